//! Trusts that pass common scanners although strangers get in, as a plan file shows them: nobody says whom they are meant for.
//! The comments name what the scanners look at instead.
#![allow(clippy::unwrap_used)]

use crosscloud_policy_plugin::BuiltIn;
use crosscloud_policy_sdk::model::finding::{Finding, Severity};
use crosscloud_policy_sdk::testing::judge;
use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";

fn google(condition: &str) -> Vec<Finding> {
    let pool = "projects/1/locations/global/workloadIdentityPools/p";
    judge::<BuiltIn>(json!({"subject": "s", "providers": [{
        "pool": pool, "source": {"kind": "oidc", "issuer": format!("https://{GITHUB}/")},
        "attribute_mapping": {"google.subject": "assertion.sub"}, "attribute_condition": condition,
    }]}))
}

fn statement(condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
        "Principal": {"Federated": format!("arn:aws:iam::123456789012:oidc-provider/{GITHUB}")}})
}

fn role(statements: Value) -> Vec<Finding> {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    judge::<BuiltIn>(
        json!({"subject": "s", "aws_roles": [{"arn": "arn:aws:iam::123456789012:role/r", "assume_role_policy": policy}]}),
    )
}

fn azure(subject: &str) -> Vec<Finding> {
    judge::<BuiltIn>(json!({"subject": "s", "federated_credentials": [{
        "issuer": format!("https://{GITHUB}"), "subject": subject, "audiences": ["api://AzureADTokenExchange"],
    }]}))
}

/// The rules that object, of at least this severity.
fn rules(findings: &[Finding], least: Severity) -> Vec<&str> {
    findings.iter().filter(|finding| finding.severity >= least).map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn a_condition_that_is_there_is_not_a_condition_that_holds() {
    // Scanners ask whether there is a condition, or whether its text holds an equation.
    for condition in [
        "true",
        "assertion.sub == 'repo:octo/app:ref:refs/heads/main' || true",
        "assertion.sub != ''",
        "has(assertion.sub)",
        "assertion.sub.matches('octo')",
        "assertion.ref == 'refs/heads/main'",
        "assertion.repository.contains('octo/app')",
        "assertion.repository_owner != 'evil'",
        "size(assertion.repository_owner_id) > 0",
    ] {
        let findings = google(condition);
        assert!(!rules(&findings, Severity::High).is_empty(), "{condition}: {findings:?}");
    }
    // What Google advises passes, although one scanner rejects it.
    for condition in [
        "assertion.repository_owner_id == '1001' && assertion.repository_id == '2001'",
        "assertion.repository_owner_id == '1001'",
    ] {
        let findings = google(condition);
        let grave = rules(&findings, Severity::High);
        assert!(grave.iter().all(|rule| *rule == "gcp-wif-github-pull-request"), "{condition}: {findings:?}");
    }
}

#[test]
fn negations_globs_and_second_statements_of_aws_are_evaluated() {
    let (aud, sub) = (format!("{GITHUB}:aud"), format!("{GITHUB}:sub"));
    let tight = || json!({"StringEquals": {aud.clone(): "sts.amazonaws.com", sub.clone(): "repo:octo@1/app@2:ref:refs/heads/main"}});
    assert_eq!(role(json!([statement(tight())])), []);
    for (condition, rule) in [
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringNotEquals": {sub.clone(): "repo:evil/x:ref:refs/heads/main"}}),
            "aws-oidc-negated",
        ),
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "ForAllValues:StringEquals": {sub.clone(): "x"}}),
            "",
        ),
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): "repo:oct*"}}),
            "aws-oidc-sub-star",
        ),
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): "repo:octo/*"}}),
            "aws-oidc-sub-org-wide",
        ),
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): "repo:octo/app:*"}}),
            "aws-oidc-sub-pull-request",
        ),
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com", sub.clone(): "repo:octo/*"}}),
            "aws-oidc-literal-glob",
        ),
        (
            json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "Null": {sub.clone(): "false"}}),
            "aws-oidc-negated",
        ),
    ] {
        let findings = role(json!([statement(condition.clone())]));
        assert!(rule.is_empty() || rules(&findings, Severity::High).contains(&rule), "{condition}: {findings:?}");
    }
    // A second statement without a condition, and the single statement that is no list.
    let findings = role(json!([statement(tight()), statement(json!({}))]));
    assert!(rules(&findings, Severity::Critical).contains(&"aws-oidc-no-condition"), "{findings:?}");
    assert_eq!(findings[0].pointer, "/aws_roles/0/assume_role_policy/Statement/1");
    let findings = role(statement(json!({})));
    assert!(rules(&findings, Severity::Critical).contains(&"aws-oidc-no-condition"), "{findings:?}");
    // A denial that closes what a permission opens.
    let mut deny = statement(json!({"StringNotLike": {sub.clone(): "repo:octo@1/app@2:*"}}));
    deny["Effect"] = json!("Deny");
    let wide = json!({"StringEquals": {aud: "sts.amazonaws.com"}, "StringLike": {sub: "repo:*"}});
    let findings = role(json!([statement(wide), deny]));
    assert!(!rules(&findings, Severity::Low).contains(&"aws-oidc-sub-star"), "{findings:?}");
}

#[test]
fn what_bearers_decide_on_says_nothing_about_them() {
    // Claims that no attacker was thought to have, because nobody wrote them into his token.
    for condition in [
        "assertion.workflow == 'Deploy to production'",
        "assertion.head_ref == 'release'",
        "assertion.base_ref == 'main' && assertion.repository_visibility == 'public'",
        "assertion.job_workflow_ref == 'octo/ops/.github/workflows/deploy.yml@refs/tags/v1'",
        "assertion.aud == 'prod'",
        "assertion.sub.extract('environment:{name}') == 'prod'",
        "assertion.sub.split(':')[3] == 'refs/heads/main'",
        "assertion.sub.extract('repo:{owner}/').startsWith('octo')",
    ] {
        let findings = google(condition);
        assert!(!rules(&findings, Severity::High).is_empty(), "{condition}: {findings:?}");
    }
    let (aud, sub) = (format!("{GITHUB}:aud"), format!("{GITHUB}:sub"));
    for other in [
        json!({"StringEquals": {aud.clone(): "sts.amazonaws.com", format!("{GITHUB}:workflow"): "Deploy"}}),
        json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): "*octo/app*"}}),
        json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): "repo:oct?/ap?:*"}}),
        json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): "repo:*o/app:ref:refs/heads/main"}}),
    ] {
        let findings = role(json!([statement(other.clone())]));
        assert!(!rules(&findings, Severity::High).is_empty(), "{other}: {findings:?}");
    }
    for expression in ["claims['sub'] matches '*octo/app*'", "claims['sub'] matches 'repo:oct?/ap?:*'"] {
        let findings = judge::<BuiltIn>(json!({"subject": "s", "federated_credentials": [{
            "issuer": format!("https://{GITHUB}"), "claims_matching_expression": expression,
            "audiences": ["api://AzureADTokenExchange"],
        }]}));
        assert!(!rules(&findings, Severity::High).is_empty(), "{expression}: {findings:?}");
    }
    // An organisation's own claim keeps strangers out, though not colleagues.
    let findings = google("assertion.enterprise_id == '77'");
    assert!(findings.iter().all(|finding| finding.severity < Severity::Critical), "{findings:?}");
}

#[test]
fn whoever_everybody_is() {
    // Nobody with a token is named, and everybody is.
    for action in ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"] {
        let findings = role(json!({"Effect": "Allow", "Principal": "*", "Action": action}));
        assert!(rules(&findings, Severity::Critical).contains(&"aws-principal-star"), "{findings:?}");
    }
}

#[test]
fn wildcards_in_credentials_of_azure_are_dead() {
    // A scanner passes this one, and Entra compares it as it stands.
    assert!(rules(&azure("repo:octo/app:*"), Severity::Medium).contains(&"az-fic-subject-literal-glob"));
    assert!(rules(&azure("environment:prod:repo:octo/app"), Severity::High).contains(&"az-fic-user-claim-first"));
    assert_eq!(azure("repo:octo@1/app@2:ref:refs/heads/main"), []);
}
