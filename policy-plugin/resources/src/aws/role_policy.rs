//! Permissions of a role that other resources give it.

use crosscloud_policy_model::document::AwsRole;

use super::role::{name_of, policy};
use crate::piece::Piece;
use crate::resource::Resource;

const ROLE: &str = "aws_iam_role";

/// A policy that is written into a role.
pub(super) fn inline(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = on_role(it)?;
    let policy = policy(it, "policy", "/aws_roles/0/inline_policies/0", &mut piece);
    piece.document.aws_roles.push(AwsRole { inline_policies: vec![policy], ..AwsRole::default() });
    Some(piece)
}

/// A managed policy on a role. One that is still to be made counts by what it says.
pub(super) fn attachment(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = on_role(it)?;
    let role = attached(it, &mut piece);
    piece.document.aws_roles.push(role);
    Some(piece)
}

/// A managed policy on everything that has it. Whoever has several roles is looked at through the first that is part of the plan.
pub(super) fn attachments(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let names: std::collections::BTreeSet<String> = it.at("roles").texts().iter().map(|name| name_of(name)).collect();
    let referred = it.referred("roles", &[ROLE]).map(|role| role.address.to_owned());
    let names: std::collections::BTreeSet<String> = names.into_iter().chain(referred).collect();
    if names.is_empty() {
        return None;
    }
    piece.joins.clone_from(&names);
    piece.extends = Some(names);
    let role = attached(it, &mut piece);
    piece.document.aws_roles.push(role);
    Some(piece)
}

fn attached(it: &Resource<'_>, piece: &mut Piece) -> AwsRole {
    let arn = it.at("policy_arn");
    if arn.is_unknown()
        && let Some(made) = it.referred("policy_arn", &["aws_iam_policy"])
    {
        let pointer = "/aws_roles/0/inline_policies/0";
        let policy = policy(&made, "policy", pointer, piece);
        piece.document.origins.insert(pointer.to_owned(), arn.path);
        return AwsRole { inline_policies: vec![policy], ..AwsRole::default() };
    }
    let policy = piece.text(&arn, "/aws_roles/0/attached_policies/0");
    AwsRole { attached_policies: vec![policy], ..AwsRole::default() }
}

/// A piece that adds to the role which the resource names.
fn on_role(it: &Resource<'_>) -> Option<Piece> {
    let name = it.at("role").filled().map(name_of);
    let referred = it.referred("role", &[ROLE]).map(|role| role.address.to_owned());
    let names: std::collections::BTreeSet<String> = name.into_iter().chain(referred).collect();
    (!names.is_empty()).then(|| Piece { joins: names.clone(), extends: Some(names), ..Piece::default() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Other, beside, known};

    #[test]
    fn a_managed_policy_on_a_role() {
        let piece = known(
            "aws_iam_role_policy_attachment",
            json!({"role": "deploy", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        );
        assert_eq!(piece.extends, Some(["aws-role:deploy".to_owned()].into()));
        assert_eq!(piece.document.aws_roles[0].attached_policies.len(), 1);
        assert_eq!(piece.document.origin("/aws_roles/0/attached_policies/0"), "policy_arn");
    }

    #[test]
    fn a_policy_that_is_still_to_be_made_counts_by_what_it_says() {
        let made = Other {
            type_name: "aws_iam_policy",
            address: "aws_iam_policy.all",
            values: json!({"policy": r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#}),
            unknown: json!({"arn": true}),
        };
        let piece =
            beside("aws_iam_role_policy_attachment", json!({"role": "deploy"}), json!({"policy_arn": true}), made);
        assert_eq!(piece.document.aws_roles[0].inline_policies[0].pointer("/Statement/Action"), Some(&json!("*")));
        assert_eq!(piece.document.origin("/aws_roles/0/inline_policies/0"), "policy_arn");
    }
}
