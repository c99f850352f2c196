//! Providers of workload identity pools, with the account and the grants behind them.

use std::collections::BTreeSet;

use super::{Adopted, Managed, State, source_of};

const WORKLOAD_USER: &str = "roles/iam.workloadIdentityUser";

/// The trust that a pool's provider is part of. None: no composite has such a source.
pub(super) fn adopt(state: &State<'_>, provider: &Managed) -> Option<Adopted> {
    let source = source(provider)?;
    let project = provider.text("project")?;
    let pool_id = provider.text("workload_identity_pool_id")?;
    let pool_name = format!("projects/{project}/locations/global/workloadIdentityPools/{pool_id}");
    let provider_name = format!("{pool_name}/providers/{}", provider.text("workload_identity_pool_provider_id")?);
    let mut replaces = BTreeSet::from([provider.configured.clone()]);
    let mut remarks = Vec::new();
    let mut import_id = format!("{source}->gcp");

    let in_pool =
        |it: &&Managed| it.text("workload_identity_pool_id") == Some(pool_id) && it.text("project") == Some(project);
    let neighbours = state.of(&provider.kind).filter(in_pool).count();
    match state.of("google_iam_workload_identity_pool").find(in_pool) {
        Some(pool) if neighbours == 1 => {
            replaces.insert(pool.configured.clone());
        }
        Some(_) => {
            remarks
                .push(format!("The pool {pool_id} has {neighbours} providers: it stays as it is, and is referred to."));
            import_id.push_str(&format!(";existing:{pool_name}"));
        }
        None => import_id.push_str(&format!(";existing:{pool_name}")),
    }
    import_id.push_str(&format!(";{provider_name}"));

    // Members of a pool are written with the number of its project, which need not be told by anything else.
    let ours = format!("/locations/global/workloadIdentityPools/{pool_id}/");
    let is_ours = |it: &&Managed| it.text("member").is_some_and(|member| member.contains(&ours));
    let doors: Vec<_> = state
        .of("google_service_account_iam_member")
        .filter(|it| it.text("role") == Some(WORKLOAD_USER))
        .filter(is_ours)
        .collect();
    let accounts: BTreeSet<_> = doors.iter().filter_map(|it| it.text("service_account_id")).collect();
    let principal = match accounts.iter().collect::<Vec<_>>()[..] {
        [] => None,
        [account] => {
            let email = account.rsplit('/').next().unwrap_or(account);
            let other_doors = state.of("google_service_account_iam_member").filter(|it| !is_ours(it));
            let shared = neighbours > 1
                || other_doors
                    .filter(|it| it.text("role") == Some(WORKLOAD_USER))
                    .any(|it| it.text("service_account_id") == Some(account));
            match state.with("google_service_account", "email", email).filter(|_| !shared) {
                Some(account) => {
                    replaces.insert(account.configured.clone());
                    import_id.push_str(&format!(";{email}"));
                }
                None => import_id.push_str(&format!(";existing:{email}")),
            }
            // Which provider of a pool a door is for is nowhere to be read.
            if neighbours == 1 {
                replaces.extend(doors.iter().map(|it| it.configured.clone()));
            }
            (!shared).then(|| format!("serviceAccount:{email}"))
        }
        _ => {
            let all: Vec<_> = accounts.iter().map(|it| it.rsplit('/').next().unwrap_or(it)).collect();
            remarks.push(format!("It acts as several accounts, and a trust acts as one: {}.", all.join(", ")));
            return Some(Adopted { address: address(provider), import_id, replaces: BTreeSet::new(), remarks });
        }
    };
    let grants = state.of("google_project_iam_member").filter(|it| match &principal {
        Some(principal) => it.text("member") == Some(principal),
        None => accounts.is_empty() && neighbours == 1 && is_ours(it),
    });
    replaces.extend(grants.filter(|it| it.text("project") == Some(project)).map(|it| it.configured.clone()));
    if source == "github_actions" {
        remarks.push(
            "Where the condition names the repository by its number, add `;repo:OWNER/NAME` to the import id."
                .to_owned(),
        );
    }
    if source == "azure_managed_identity" {
        remarks
            .push("Where the identity or the Entra application are to be the trust's own, add their ids.".to_owned());
    }
    Some(Adopted { address: address(provider), import_id, replaces, remarks })
}

fn source(provider: &Managed) -> Option<&'static str> {
    let block = |name: &str| provider.attributes.get(name)?.get(0);
    if block("aws").is_some() {
        return Some("aws_role");
    }
    source_of(block("oidc")?.get("issuer_uri")?.as_str()?)
}

fn address(provider: &Managed) -> String {
    format!("crosscloud_trust.{}", provider.label)
}
