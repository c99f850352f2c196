//! Plans for the tests, as terraform writes them.

use crosscloud_gate::{Options, Report, check};
use serde_json::{Value, json};

pub(crate) const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// A resource that is about to be made.
pub(crate) fn create(address: &str, after: Value) -> Value {
    change(address, &["create"], after)
}

/// A resource with these actions.
pub(crate) fn change(address: &str, actions: &[&str], after: Value) -> Value {
    // Keys in these tests hold no bracket.
    let plain: String = address.split('[').map(|part| part.rsplit(']').next().unwrap_or_default()).collect();
    let mut parts = plain.rsplit('.');
    let (name, type_name) = (parts.next().unwrap(), parts.next().unwrap());
    let mode = if parts.next() == Some("data") { "data" } else { "managed" };
    json!({
        "address": address, "mode": mode, "type": type_name, "name": name, "provider_name": "registry.terraform.io/hashicorp/google",
        "change": {"actions": actions, "before": null, "after": after, "after_unknown": {}, "before_sensitive": false, "after_sensitive": {}},
    })
}

/// The same with what is not known yet.
pub(crate) fn unknown(mut change: Value, unknown: Value) -> Value {
    change["change"]["after_unknown"] = unknown;
    change
}

pub(crate) fn plan(changes: &[Value]) -> Value {
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {"root_module": {}}})
}

/// A pool provider for GitHub with a condition.
pub(crate) fn provider(name: &str, condition: Value) -> Value {
    create(
        &format!("google_iam_workload_identity_pool_provider.{name}"),
        json!({
            "workload_identity_pool_id": name, "workload_identity_pool_provider_id": "github", "project": "ml-prod", "disabled": null,
            "attribute_mapping": {"google.subject": "assertion.sub"}, "attribute_condition": condition,
            "oidc": [{"issuer_uri": GITHUB, "allowed_audiences": null, "jwks_json": null}], "aws": [], "saml": [],
        }),
    )
}

pub(crate) fn judged(plan: &Value) -> Report {
    judged_with(plan, Options::default())
}

pub(crate) fn judged_with(plan: &Value, options: Options) -> Report {
    check(&plan.to_string(), options).unwrap()
}

/// Rules and addresses of what was found.
pub(crate) fn rules(report: &Report) -> Vec<(&str, &str)> {
    report.findings.iter().map(|finding| (finding.rule.as_str(), finding.address.as_str())).collect()
}

pub(crate) fn has(report: &Report, rule: &str, address: &str) -> bool {
    rules(report).contains(&(rule, address))
}
