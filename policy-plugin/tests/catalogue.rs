//! The catalogue of rules, held against the rules that there are.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use crosscloud_policy_plugin::examples::Outcome;
use crosscloud_policy_plugin::rules;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::finding::Severity::{Critical, High, Low, Medium};

/// What the policy set out to judge, with the severity of each.
const CATALOGUE: &[(&str, Severity)] = &[
    ("gcp-wif-condition-missing", Critical),
    ("gcp-wif-condition-tautology", Critical),
    ("gcp-wif-condition-open-tenant", Critical),
    ("gcp-wif-condition-name-only", Medium),
    ("gcp-wif-condition-dead", High),
    ("gcp-wif-condition-unanchored-regex", High),
    ("gcp-wif-condition-prefix", High),
    ("gcp-wif-condition-user-claim", High),
    ("gcp-wif-condition-parse", High),
    ("gcp-wif-mapping-missing-subject", High),
    ("gcp-wif-mapping-mutable-subject", High),
    ("gcp-wif-mapping-collision", High),
    ("gcp-wif-mapping-many-providers", Medium),
    ("gcp-wif-mapping-actor-attr", Low),
    ("gcp-wif-mapping-limits", Low),
    ("gcp-wif-audience-foreign", High),
    ("gcp-wif-issuer-http", Critical),
    ("gcp-wif-issuer-not-allowed", High),
    ("gcp-wif-entra-common-tenant", Critical),
    ("gcp-wif-entra-audience-default", Medium),
    ("gcp-wif-k8s-subject-open", High),
    ("gcp-wif-aws-account-wide", High),
    ("gcp-wif-aws-session-subject", Low),
    ("gcp-wif-github-pull-request", High),
    ("gcp-wif-github-any-ref", Medium),
    ("gcp-wif-github-reusable-unpinned", Low),
    ("gcp-wif-saml-keys", Low),
    ("gcp-wif-jwks-inline-expiry", Low),
    ("gcp-member-public", Critical),
    ("gcp-member-pool-star", Critical),
    ("gcp-member-attribute-empty", High),
    ("gcp-member-attribute-broad", Medium),
    ("gcp-member-foreign-pool", High),
    ("gcp-binding-authoritative", Medium),
    ("gcp-role-basic", High),
    ("gcp-role-impersonation-broad", High),
    ("gcp-role-wif-admin", High),
    ("gcp-sa-admin", High),
    ("gcp-default-sa-bound", Medium),
    ("gcp-sa-key", High),
    ("gcp-kms-rotation", Medium),
    ("gcp-kms-destroy-guard", Low),
    ("gcp-kms-duties", Medium),
    ("gcp-cmek-missing", Low),
    ("gcp-perimeter-open", High),
    ("gcp-personal-email", Low),
    ("aws-oidc-no-condition", Critical),
    ("aws-oidc-sub-missing", Critical),
    ("aws-oidc-sub-star", Critical),
    ("aws-oidc-sub-org-wide", High),
    ("aws-oidc-sub-any-ref", Medium),
    ("aws-oidc-sub-pull-request", High),
    ("aws-oidc-aud-missing", High),
    ("aws-oidc-negated", Critical),
    ("aws-oidc-literal-glob", High),
    ("aws-oidc-user-claim-first", High),
    ("aws-oidc-name-only", Medium),
    ("aws-oidc-gitlab-open", Critical),
    ("aws-oidc-tfc-open", Critical),
    ("aws-oidc-buildkite-open", Critical),
    ("aws-oidc-google-any", Critical),
    ("aws-principal-star", Critical),
    ("aws-principal-account-root", Medium),
    ("aws-saml-no-aud", High),
    ("aws-oidc-provider-clients", Medium),
    ("aws-role-max-session", Low),
    ("aws-role-admin-federated", High),
    ("aws-confused-deputy-service", Medium),
    ("aws-rolesanywhere-open", High),
    ("az-fic-subject-literal-glob", Medium),
    ("az-fic-subject-shape", High),
    ("az-fic-pull-request", High),
    ("az-fic-user-claim-first", High),
    ("az-fic-audience", Medium),
    ("az-fic-issuer-allow", High),
    ("az-fic-k8s-subject", High),
    ("az-fic-sts-foreign-tenant", High),
    ("az-fic-google-sub", Medium),
    ("az-flex-star-tenant", Critical),
    ("az-flex-org-wide", High),
    ("az-flex-no-sub", High),
    ("az-flex-workflow-ref-branch", Medium),
    ("az-flex-unsupported-issuer", High),
    ("az-flex-parse", High),
    ("az-fic-count", Low),
    ("az-role-owner-federated", High),
    ("x-two-hop", High),
    ("x-env-without-protection", Medium),
    ("x-sub-template-mismatch", High),
    ("x-unknown-trust", High),
];

/// Entries of the catalogue that no document can carry, and where they are kept instead.
const ELSEWHERE: [(&str, &str); 3] = [
    (
        "az-fic-uami-uncovered",
        "managed identities are read into the same document as applications, so the same rules judge them",
    ),
    ("x-waiver-expired", "waivers are no part of a document: whoever decides on findings says so"),
    ("x-waiver-unused", "waivers are no part of a document: whoever decides on findings says so"),
];

/// Rules that came later.
const ADDED: [&str; 4] = ["aws-trust-dead", "aws-trust-parse", "gcp-wif-mapping-parse", "x-cluster-two-managers"];

#[test]
fn every_entry_is_a_rule_of_that_severity_and_no_rule_is_unheard_of() {
    assert_eq!(CATALOGUE.len() + ELSEWHERE.len(), 93);
    let mut rules: BTreeMap<&str, Severity> = rules::all().iter().map(|rule| (rule.id, rule.severity)).collect();
    for (id, severity) in CATALOGUE {
        assert_eq!(rules.remove(id), Some(*severity), "{id}");
    }
    assert_eq!(rules.into_keys().collect::<Vec<_>>(), ADDED);
}

#[test]
fn every_rule_is_documented_and_shown_passing_and_failing() {
    for rule in rules::all() {
        assert!(rule.summary.ends_with('.') && rule.documentation.ends_with('.'), "{}", rule.id);
        let outcomes: Vec<Outcome> = rule.examples.iter().map(|example| example.outcome).collect();
        assert!(outcomes.contains(&Outcome::Pass), "{} passes nothing", rule.id);
        assert!(outcomes.iter().any(|outcome| *outcome != Outcome::Pass), "{} fails nothing", rule.id);
    }
}
