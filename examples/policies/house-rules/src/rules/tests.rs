//! Each rule on a trust that passes, and on one change to it.

use crosscloud_policy_sdk::model::finding::{Finding, Verdict};
use crosscloud_policy_sdk::testing::{judge_with, rules};
use serde_json::{Value, json};

use crate::HouseRules;

fn judge(change: impl FnOnce(&mut Value)) -> Vec<Finding> {
    let mut document = json!({
        "subject": "crosscloud_trust/ml-chat",
        "providers": [{"name": null, "pool": null, "source": {"kind": "oidc", "issuer": "https://ci.acme.com/prod"}}],
        "bindings": [
            {"resource_kind": "service_account", "resource": "a", "role": "roles/iam.workloadIdentityUser", "members": []},
            {"resource_kind": "project", "resource": "p", "role": "roles/aiplatform.user", "members": []},
        ],
        "origins": {"/bindings/1/role": "to.gcp.roles", "/providers/0/source": "from.aks"},
    });
    change(&mut document);
    judge_with::<HouseRules>(
        document,
        json!({"issuers": ["https://ci.acme.com/*"], "roles": ["roles/aiplatform.user"], "teams": ["ml-", "web-"]}),
    )
}

#[test]
fn what_is_agreed_passes() {
    assert_eq!(judge(|_| {}), []);
}

#[test]
fn another_issuer_is_refused_where_it_was_written() {
    let findings = judge(|it| it["providers"][0]["source"]["issuer"] = "https://ci.acme.com.evil.example/prod".into());
    assert_eq!(rules(&findings), ["house-issuer"]);
    assert!(findings.iter().all(|finding| finding.path == "from.aks"), "{findings:?}");
}

#[test]
fn another_role_is_refused() {
    assert_eq!(rules(&judge(|it| it["bindings"][1]["role"] = "roles/aiplatform.admin".into())), ["house-role"]);
}

#[test]
fn a_name_of_nobody_is_refused() {
    assert_eq!(rules(&judge(|it| it["subject"] = "crosscloud_trust/chat".into())), ["house-name"]);
}

#[test]
fn what_is_not_known_is_no_pass() {
    let findings = judge(|it| it["unknown"] = json!(["/providers/0/source/issuer"]));
    assert_eq!(rules(&findings), ["house-issuer"]);
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Undetermined));
}

#[test]
fn sensitive_values_stay_out_of_findings() {
    let findings = judge(|it| {
        it["bindings"][1]["role"] = "roles/hush".into();
        it["sensitive"] = json!(["/bindings/1"]);
    });
    assert_eq!(rules(&findings), ["house-role"]);
    assert!(findings.iter().all(|finding| !finding.message.contains("hush")), "{findings:?}");
}
