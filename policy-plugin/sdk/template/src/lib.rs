//! Our own rules for trusts between clouds.

use crosscloud_policy_sdk::model::document::TrustDocument;
use crosscloud_policy_sdk::model::finding::{Finding, Severity};
use crosscloud_policy_sdk::model::policy::{Metadata, Request};
use crosscloud_policy_sdk::rule::{Rule, shown};
use crosscloud_policy_sdk::{Policy, export_policy};

const NO_ADMIN: Rule = Rule {
    id: "policy-template-no-admin",
    severity: Severity::High,
    summary: "No workload gets an administrator's role.",
};

/// The policy.
pub struct Template;

impl Policy for Template {
    fn metadata() -> Metadata {
        Metadata {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: vec![NO_ADMIN.info()],
        }
    }

    fn evaluate(request: &Request) -> Vec<Finding> {
        no_admin(&request.document)
    }
}

export_policy!(Template);

fn no_admin(document: &TrustDocument) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, binding) in document.bindings.iter().enumerate() {
        let pointer = format!("/bindings/{index}/role");
        match &binding.role {
            // What is not known yet is judged again before anything is created; until then it is no pass.
            _ if document.is_unknown(&pointer) => findings.push(NO_ADMIN.undetermined(
                document,
                pointer,
                "Which role is granted is not known yet.",
                "Write the role out.",
            )),
            Some(role) if role.to_lowercase().ends_with("admin") => {
                let message = format!("{} is a role for administrators.", shown(document, &pointer, role));
                findings.push(NO_ADMIN.violation(
                    document,
                    pointer,
                    message,
                    "Grant the role that holds what the workload calls.",
                ));
            }
            _ => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crosscloud_policy_sdk::model::finding::{Finding, Verdict};
    use crosscloud_policy_sdk::testing::{judge, rules};
    use serde_json::json;

    use super::Template;

    fn granting(role: &str) -> Vec<Finding> {
        judge::<Template>(json!({
            "subject": "crosscloud_trust/chat",
            "bindings": [{"resource_kind": "project", "resource": "projects/p", "role": role, "members": []}],
            "origins": {"/bindings/0/role": "to.gcp.roles"},
        }))
    }

    #[test]
    fn administrators_are_refused() {
        let findings = granting("roles/aiplatform.admin");
        assert_eq!(rules(&findings), ["policy-template-no-admin"]);
        assert!(findings.iter().all(|finding| finding.path == "to.gcp.roles"), "{findings:?}");
    }

    #[test]
    fn others_pass() {
        assert_eq!(granting("roles/aiplatform.user"), []);
    }

    #[test]
    fn what_is_not_known_is_no_pass() {
        let findings = judge::<Template>(json!({
            "subject": "crosscloud_trust/chat",
            "bindings": [{"resource_kind": "project", "resource": "projects/p", "role": null, "members": []}],
            "unknown": ["/bindings/0/role"],
        }));
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Undetermined));
        assert_eq!(rules(&findings), ["policy-template-no-admin"]);
    }
}
