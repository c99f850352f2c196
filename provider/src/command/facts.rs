//! Facts that a state tells by itself, so that nobody has to be asked.

use crosscloud_trust::{Facts, IdentityFacts, TransferAgent};
use serde_json::Value;

/// What the attributes of a composite tell of the clouds.
pub(super) fn told(attributes: &str) -> Facts {
    let mut facts = Facts::default();
    let Ok(values) = serde_json::from_str::<Value>(attributes) else { return facts };
    let text = |pointer: &str| values.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let project = text("/to/gcp/project").or_else(|| text("/project"));
    if let (Some(project), Some(number)) = (&project, project_number(attributes)) {
        facts.project_numbers.insert(project.clone(), number.to_owned());
    }
    for (project, number) in values.pointer("/project_numbers").and_then(Value::as_object).into_iter().flatten() {
        if let Some(number) = number.as_str() {
            facts.project_numbers.insert(project.clone(), number.to_owned());
        }
    }
    if let (Some(cluster), Some(issuer)) = (text("/from/aks/cluster_id"), text("/issuer")) {
        facts.issuers.insert(cluster, issuer);
    }
    if let (Some(account), Some(issuer)) = (text("/from/aws_role/account_id"), text("/issuer")) {
        facts.outbound_issuers.insert(account, issuer);
    }
    if let (Some(project), Some(email), Some(subject_id)) = (project, text("/agent_email"), text("/agent_subject")) {
        facts.transfer_agents.insert(project, TransferAgent { email, subject_id });
    }
    // The subject of an identity's own tokens is the identity; what is not told of it is not part of any object.
    if let (Some(id), Some(principal_id)) = (text("/objects/azure~1identity/id"), text("/subject"))
        && values.pointer("/from/azure_managed_identity").is_some_and(Value::is_object)
    {
        let tenant_id = text("/from/azure_managed_identity/tenant_id").unwrap_or_default();
        facts.identities.insert(id, IdentityFacts { principal_id, client_id: String::new(), tenant_id });
    }
    facts
}

/// The number of the project whose workload identity pool is named anywhere in a state.
fn project_number(attributes: &str) -> Option<&str> {
    attributes.split("projects/").skip(1).find_map(|rest| {
        let (number, after) = rest.split_once('/')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && after.starts_with("locations/global/workloadIdentityPools")).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_tells_what_the_clouds_told() {
        let facts = told(
            r#"{"to":{"gcp":{"project":"ml"}},"from":{"aks":{"cluster_id":"/c"}},"issuer":"https://i/",
                "audience":"https://iam.googleapis.com/projects/4711/locations/global/workloadIdentityPools/p/providers/q"}"#,
        );
        assert_eq!(facts.project_numbers.get("ml").map(String::as_str), Some("4711"));
        assert_eq!(facts.issuers.get("/c").map(String::as_str), Some("https://i/"));
        assert_eq!(told("no JSON"), Facts::default());
    }

    #[test]
    fn a_project_id_is_no_number() {
        assert_eq!(project_number("projects/ml/locations/global/workloadIdentityPools/p"), None);
        assert_eq!(project_number("projects/1/serviceAccounts/a"), None);
    }
}
