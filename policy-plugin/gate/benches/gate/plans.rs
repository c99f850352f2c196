//! Plans of any size: pools, providers with a condition each, who may come, and what they may do.

use serde_json::{Map, Value, json};

/// The text of a plan of so many resources, a quarter of them providers with conditions that all differ. As in every plan of this size, the
/// configuration has few blocks and each stands for many resources.
pub(crate) fn text(resources: usize) -> String {
    let mut changes = Vec::with_capacity(resources);
    let mut planned = Vec::with_capacity(resources);
    for index in 0..resources.div_ceil(4) {
        for (type_name, values, unknown) in quartet(index).into_iter().take(resources - changes.len()) {
            let key = format!("octo-{index}");
            let address = format!("{type_name}.each[\"{key}\"]");
            planned.push(
                json!({"address": address, "mode": "managed", "type": type_name, "name": "each", "index": key, "schema_version": 0,
                "provider_name": "registry.terraform.io/hashicorp/google", "values": values, "sensitive_values": {}}),
            );
            changes.push(
                json!({"address": address, "mode": "managed", "type": type_name, "name": "each", "index": key,
                "provider_name": "registry.terraform.io/hashicorp/google",
                "change": {"actions": ["create"], "before": null, "after": values, "after_unknown": unknown,
                    "before_sensitive": false, "after_sensitive": {}}}),
            );
        }
    }
    let configured = quartet(0).map(|(type_name, values, _)| {
        let expressions: Map<String, Value> = values
            .as_object()
            .unwrap()
            .keys()
            .map(|key| (key.clone(), json!({"references": [format!("each.value.{key}"), "each.value"]})))
            .collect();
        json!({"address": format!("{type_name}.each"), "mode": "managed", "type": type_name, "name": "each", "schema_version": 0,
            "provider_config_key": "google", "expressions": expressions, "for_each_expression": {"references": ["var.repositories"]}})
    });
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"provider_config": {"google": {"name": "google"}}, "root_module": {"resources": configured}},
    });
    plan.to_string()
}

/// One trust for one repository.
fn quartet(index: usize) -> [(&'static str, Value, Value); 4] {
    let (pool, account) = (format!("pool-{index}"), format!("deploy-{index}@ml-prod.iam.gserviceaccount.com"));
    let (owner, repository) = (1_000_000 + index, 5_000_000 + index);
    let subject = format!("repo:octo-{index}@{owner}/app-{index}@{repository}:environment:prod");
    // Every tenth lets more in than was meant.
    let condition = if index.is_multiple_of(10) {
        format!("assertion.sub.startsWith('repo:octo-{index}')")
    } else {
        format!(
            "assertion.repository_owner_id == '{owner}' && assertion.repository_id == '{repository}' && assertion.sub == '{subject}'"
        )
    };
    let member = format!(
        "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/{pool}/subject/{subject}"
    );
    [
        (
            "google_iam_workload_identity_pool",
            json!({"workload_identity_pool_id": pool, "project": "123456789012", "display_name": format!("Pool {index}"), "description": "Workflows that deploy", "disabled": false, "timeouts": null}),
            json!({"id": true, "name": true, "state": true}),
        ),
        (
            "google_iam_workload_identity_pool_provider",
            json!({"workload_identity_pool_id": pool, "workload_identity_pool_provider_id": "github", "project": "123456789012",
                "display_name": "GitHub", "description": null, "disabled": null,
                "attribute_mapping": {"google.subject": "assertion.sub", "attribute.repository_id": "assertion.repository_id"},
                "attribute_condition": condition, "aws": [], "saml": [], "x509": [], "timeouts": null,
                "oidc": [{"issuer_uri": "https://token.actions.githubusercontent.com", "allowed_audiences": null, "jwks_json": null}]}),
            json!({"id": true, "name": true, "state": true, "attribute_mapping": {}, "oidc": [{}], "aws": [], "saml": [], "x509": []}),
        ),
        (
            "google_service_account_iam_member",
            json!({"service_account_id": format!("projects/ml-prod/serviceAccounts/{account}"), "role": "roles/iam.workloadIdentityUser", "member": member, "condition": []}),
            json!({"id": true, "etag": true, "condition": []}),
        ),
        (
            "google_project_iam_member",
            json!({"project": "ml-prod", "role": "roles/run.developer", "member": format!("serviceAccount:{account}"), "condition": []}),
            json!({"id": true, "etag": true, "condition": []}),
        ),
    ]
}
