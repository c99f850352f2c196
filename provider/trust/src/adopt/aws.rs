//! Roles that the workloads of an issuer may assume, with their policies and the issuer's OIDC provider.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Adopted, Managed, State, source_of};
use crate::target::aws::INLINE_NAME;

/// The trust that a role is part of. None: no composite has such a source.
pub(super) fn adopt(state: &State<'_>, role: &Managed) -> Option<Adopted> {
    let provider_arn = trusted(role)?;
    let issuer = format!("https://{}", provider_arn.split_once(":oidc-provider/")?.1);
    let source = source_of(&issuer).filter(|source| !["aws_role", "azure_managed_identity"].contains(source))?;
    let (arn, name) = (role.text("arn")?, role.text("name")?);
    let mut replaces = BTreeSet::from([role.configured.clone()]);
    let mut remarks = Vec::new();
    let mut import_id = format!("{source}->aws;{arn}");

    let of_role = |it: &&Managed| it.text("role") == Some(name);
    let attached = state.of("aws_iam_role_policy_attachment").filter(of_role);
    replaces.extend(attached.map(|it| it.configured.clone()));
    let (own, others): (Vec<_>, Vec<_>) =
        state.of("aws_iam_role_policy").filter(of_role).partition(|it| it.text("name") == Some(INLINE_NAME));
    replaces.extend(own.iter().map(|it| it.configured.clone()));
    if !others.is_empty() {
        let names: Vec<_> = others.iter().filter_map(|it| it.text("name")).collect();
        remarks.push(format!(
            "A trust has one inline policy, named {INLINE_NAME}; it leaves these alone: {}.",
            names.join(", ")
        ));
    }

    let users = state.of("aws_iam_role").filter(|it| trusted(it).as_deref() == Some(&provider_arn)).count();
    let provider = state.with("aws_iam_openid_connect_provider", "arn", &provider_arn);
    match provider {
        Some(provider) if users == 1 => {
            replaces.insert(provider.configured.clone());
        }
        Some(_) => {
            remarks.push(format!("{users} roles trust {issuer}: its provider stays as it is, and is referred to."));
            import_id.push_str(&format!(";existing:{provider_arn}"));
        }
        None => import_id.push_str(&format!(";existing:{provider_arn}")),
    }
    Some(Adopted { address: format!("crosscloud_trust.{}", role.label), import_id, replaces, remarks })
}

/// The one OIDC provider that the role's trust policy names; none where it admits anybody else, too. A denial admits nobody.
fn trusted(role: &Managed) -> Option<String> {
    let policy: Json = serde_json::from_str(role.text("assume_role_policy")?).ok()?;
    let statements = match &policy["Statement"] {
        Json::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let principals: BTreeSet<_> = statements
        .into_iter()
        .filter(|statement| statement["Effect"] != "Deny")
        .map(|statement| {
            let principal = statement["Principal"].as_object().filter(|all| all.len() == 1)?;
            let arn = principal.get("Federated")?.as_str().filter(|arn| arn.contains(":oidc-provider/"))?;
            (statement["Effect"] == "Allow").then(|| arn.to_owned())
        })
        .collect();
    let mut principals = principals.into_iter();
    principals.next().flatten().filter(|_| principals.next().is_none())
}
