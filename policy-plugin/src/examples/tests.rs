//! Every rule against its examples, and the findings against what readers need.
#![allow(clippy::unwrap_used)]

use crosscloud_policy_sdk::Policy;
use crosscloud_policy_sdk::model::finding::{Finding, Severity, Verdict};
use crosscloud_policy_sdk::model::policy::Request;

use super::{Base, Example, Outcome};
use crate::{BuiltIn, rules};

fn judge(example: &Example) -> Vec<Finding> {
    let request = example.request().unwrap_or_else(|error| panic!("{}: {error}", example.title));
    BuiltIn::validate_settings(&request.settings).unwrap();
    BuiltIn::evaluate(&request)
}

#[test]
fn tight_trusts_pass_every_rule() {
    for base in [Base::Aks, Base::GitHub, Base::AwsRole, Base::Entra, Base::Plan] {
        let findings = judge(&Example { title: "tight", base, changes: &[], outcome: Outcome::Pass });
        assert_eq!(findings, [], "{base:?}");
    }
}

#[test]
fn rules_say_what_their_examples_promise() {
    let mut broken = Vec::new();
    for rule in rules::all() {
        let outcomes: Vec<Outcome> = rule.examples.iter().map(|example| example.outcome).collect();
        // A rule on what is not known never finds a violation.
        let failing = outcomes.iter().any(|outcome| *outcome != Outcome::Pass);
        assert!(outcomes.contains(&Outcome::Pass) && failing, "{} lacks an example", rule.id);
        for example in rule.examples {
            let mine: Vec<Finding> = judge(example).into_iter().filter(|finding| finding.rule == rule.id).collect();
            let found = match mine.first() {
                None => Outcome::Pass,
                Some(Finding { verdict: Verdict::Violation, .. }) => Outcome::Violation,
                Some(_) => Outcome::Undetermined,
            };
            if found != example.outcome {
                broken.push(format!("{}: {}: {found:?} {mine:?}", rule.id, example.title));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn findings_read_well() {
    for example in rules::all().iter().flat_map(|rule| rule.examples) {
        for finding in judge(example) {
            for text in [&finding.message, &finding.remediation] {
                assert!(text.ends_with('.') && text.len() < 420 && !text.contains('\n'), "{}: {text:?}", finding.rule);
                assert!(
                    text.starts_with(|first: char| first.is_uppercase() || first == '`'),
                    "{}: {text:?}",
                    finding.rule
                );
            }
            let json = serde_json::to_value(example.document().unwrap()).unwrap();
            let parent = finding.pointer.rsplit_once('/').unwrap().0;
            assert!(
                json.pointer(parent).is_some() || finding.pointer.contains("attribute_mapping"),
                "{} points at {}",
                finding.rule,
                finding.pointer
            );
            assert!(
                ["to.gcp", "to.aws", "to.azure", "from.", "plan"].iter().any(|path| finding.path.starts_with(path)),
                "{} at {}",
                finding.rule,
                finding.path
            );
        }
    }
}

#[test]
fn rules_are_listed_once_and_in_order() {
    let ids: Vec<&str> = rules::all().iter().map(|rule| rule.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
}

fn found<'a>(findings: &'a [Finding], rule: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("no {rule} in {findings:?}"))
}

#[test]
fn a_pool_wide_principal_is_shown_with_its_witness_and_its_remedy() {
    let pool = "projects/123456789012/locations/global/workloadIdentityPools/aks-chat";
    let findings = judge(&Example {
        title: "pool-wide",
        base: Base::Aks,
        changes: &[(
            "/bindings/0/members/0",
            "\"principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/*\"",
        )],
        outcome: Outcome::Violation,
    });
    let finding = found(&findings, "gcp-member-pool-star");
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(finding.pointer, "/bindings/0/members/0");
    assert_eq!(finding.path, "to.gcp.principals");
    let exact = format!("principal://iam.googleapis.com/{pool}/subject/system:serviceaccount:chat:backend");
    assert!(finding.remediation.contains(&exact), "{}", finding.remediation);
}

#[test]
fn a_missing_condition_is_denied_behind_exact_bindings_and_names_the_tight_one() {
    let findings = judge(&Example {
        title: "missing",
        base: Base::Aks,
        changes: &[("/providers/0/attribute_condition", "\"\"")],
        outcome: Outcome::Violation,
    });
    let finding = found(&findings, "gcp-wif-condition-missing");
    assert_eq!(finding.severity, Severity::High);
    assert!(
        finding.remediation.contains("assertion.sub == 'system:serviceaccount:chat:backend'"),
        "{}",
        finding.remediation
    );
    assert!(finding.remediation.contains("leave the argument out"), "{}", finding.remediation);
    assert!(finding.witness.as_ref().unwrap()["sub"].as_str().unwrap().starts_with("system:serviceaccount:"));
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn bindings_that_close_a_hole_lower_the_severity() {
    let example = Example {
        title: "closed",
        base: Base::Aks,
        changes: &[("/providers/0/attribute_condition", "\"assertion['kubernetes.io'].namespace == 'chat'\"")],
        outcome: Outcome::Violation,
    };
    assert_eq!(found(&judge(&example), "gcp-wif-k8s-subject-open").severity, Severity::Medium);
    // Out of view, a binding may name anyone.
    let example = Example {
        title: "out of view",
        base: Base::Aks,
        changes: &[
            ("/providers/0/attribute_condition", "\"assertion['kubernetes.io'].namespace == 'chat'\""),
            ("/pools/0/complete", "false"),
        ],
        outcome: Outcome::Violation,
    };
    assert_eq!(found(&judge(&example), "gcp-wif-k8s-subject-open").severity, Severity::High);
}

#[test]
fn possible_members_are_the_owners_to_answer_for_and_nobody_else_is() {
    const ADMITS: (&str, &str) = ("/providers/0/admits", "\"assertion['kubernetes.io'].namespace in ['reports']\"");
    let severity = |condition: &'static str, member: &'static str| {
        let changes: &'static [_] = Box::leak(Box::new([
            ADMITS,
            ("/pools/0/complete", "false"),
            ("/providers/0/attribute_condition", condition),
            ("/bindings/0/members/-", member),
        ]));
        let example = Example { title: "members", base: Base::Aks, changes, outcome: Outcome::Violation };
        let findings = judge(&example);
        let finding = found(&findings, "gcp-wif-k8s-subject-open");
        assert_eq!(finding.message.contains("possible member"), finding.severity == Severity::Medium, "{finding:?}");
        finding.severity
    };
    let shared = "\"assertion.sub == 'system:serviceaccount:chat:backend' || assertion['kubernetes.io'].namespace in ['reports']\"";
    let exact = "\"principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:reports:backend\"";
    assert_eq!(severity(shared, exact), Severity::Medium);
    // Somebody has bound all of the pool.
    let everyone =
        "\"principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/*\"";
    assert_eq!(severity(shared, everyone), Severity::High);
    let namespace = "\"principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/attribute.namespace/reports\"";
    assert_eq!(severity(shared, namespace), Severity::Medium, "the provider maps no such attribute");
    // The condition lets in more than whom its owner names.
    let wider = "\"assertion.sub == 'system:serviceaccount:chat:backend' || assertion['kubernetes.io'].namespace in ['reports', 'default']\"";
    assert_eq!(severity(wider, exact), Severity::High);
}

#[test]
fn a_binding_for_a_whole_account_is_no_members_own() {
    const PROVIDER: &str = r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/deploy/providers/aws",
        "pool": "projects/123456789012/locations/global/workloadIdentityPools/deploy", "source": {"kind": "aws", "account_id": "210987654321"},
        "attribute_mapping": {"google.subject": "assertion.arn", "attribute.account": "assertion.account",
            "attribute.aws_role": "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn"},
        "attribute_condition": "(attribute.aws_role == 'arn:aws:sts::210987654321:assumed-role/ml-training') || (assertion.account == '210987654321' && assertion.arn.startsWith('arn:aws:sts::210987654321:assumed-role/') && assertion.arn.extract('assumed-role/{role_name}/') in ['intruder'])",
        "admits": "(assertion.account == '210987654321' && assertion.arn.startsWith('arn:aws:sts::210987654321:assumed-role/') && assertion.arn.extract('assumed-role/{role_name}/') in ['intruder', 'ml-training'])",
        "intended": [{"arn": "arn:aws:sts::210987654321:assumed-role/ml-training/i-0abc"}]}"#;
    const ROLE: &str = r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.aws_role/arn:aws:sts::210987654321:assumed-role/intruder""#;
    const ACCOUNT: &str = r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.account/210987654321""#;
    for (member, severity) in [(ROLE, Severity::Medium), (ACCOUNT, Severity::High)] {
        let changes: &'static [_] = Box::leak(Box::new([
            ("/pools/0/complete", "false"),
            ("/providers/0", PROVIDER),
            ("/bindings/0/members/0", member),
        ]));
        let findings = judge(&Example { title: "members", base: Base::GitHub, changes, outcome: Outcome::Violation });
        let finding = found(&findings, "gcp-wif-aws-account-wide");
        assert_eq!(finding.severity, severity, "{member}: {finding:?}");
    }
}

#[test]
fn what_lets_in_everybody_is_refused_at_a_member_too() {
    const CLUSTER: &str = "\"assertion['kubernetes.io'].namespace in ['reports']\"";
    const OWNER: &str = "\"(assertion.repository_owner_id == '1001' && assertion.repository_id in ['3001'])\"";
    for (base, condition, admits, rule) in [
        (Base::Aks, "null", CLUSTER, "gcp-wif-condition-missing"),
        (
            Base::Aks,
            "\"(true) || assertion['kubernetes.io'].namespace in ['reports']\"",
            CLUSTER,
            "gcp-wif-condition-tautology",
        ),
        (
            Base::GitHub,
            "\"(assertion.repository_owner != '') || (assertion.repository_owner_id == '1001' && assertion.repository_id in ['3001'])\"",
            OWNER,
            "gcp-wif-condition-tautology",
        ),
        (
            Base::GitHub,
            "\"(assertion.repository_owner.startsWith('octo')) || (assertion.repository_owner_id == '1001' && assertion.repository_id in ['3001'])\"",
            OWNER,
            "gcp-wif-condition-prefix",
        ),
    ] {
        let changes: &'static [_] = Box::leak(Box::new([
            ("/subject", "\"crosscloud_trust_member/reports\""),
            ("/pools/0/complete", "false"),
            ("/providers/0/attribute_condition", condition),
            ("/providers/0/admits", admits),
        ]));
        let findings = judge(&Example { title: "a member", base, changes, outcome: Outcome::Violation });
        assert!(found(&findings, rule).severity >= Severity::High, "{condition}: {findings:?}");
    }
}

#[test]
fn sensitive_values_stay_out_of_findings() {
    let example = Example {
        title: "sensitive",
        base: Base::Aks,
        changes: &[
            ("/providers/0/attribute_condition", "\"assertion.sub.startsWith('system:serviceaccount:hush')\""),
            ("/providers/0/intended", "[]"),
            ("/sensitive", "[\"/providers/0\"]"),
        ],
        outcome: Outcome::Violation,
    };
    let findings = judge(&example);
    assert!(!findings.is_empty());
    assert!(!serde_json::to_string(&findings).unwrap().contains("hush"), "{findings:?}");
}

#[test]
fn nothing_known_is_no_pass_and_no_panic() {
    let example = Example {
        title: "unknown",
        base: Base::Aks,
        changes: &[
            ("/providers/0/attribute_condition", "null"),
            ("/providers/0/source", "{\"kind\": \"oidc\", \"issuer\": null}"),
            ("/providers/0/attribute_mapping", "{}"),
            ("/bindings/0/members", "[null]"),
            ("/unknown", "[\"/providers/0\", \"/bindings/0/members/0\"]"),
        ],
        outcome: Outcome::Undetermined,
    };
    let findings = judge(&example);
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Undetermined), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.rule == "gcp-wif-condition-missing"));
    assert!(findings.iter().any(|finding| finding.rule == "gcp-member-pool-star"));
}

#[test]
fn extra_shared_hosts_come_from_the_settings() {
    let example = Example {
        title: "own shared issuer",
        base: Base::GitHub,
        changes: &[
            ("/providers/0/source/issuer", "\"https://ci.example.com\""),
            ("/providers/0/attribute_condition", "null"),
        ],
        outcome: Outcome::Violation,
    };
    let document = example.document().unwrap();
    let severity = |settings| {
        found(&BuiltIn::evaluate(&Request { document: document.clone(), settings }), "gcp-wif-condition-missing")
            .severity
    };
    assert_eq!(severity(serde_json::Value::Null), Severity::High);
    assert_eq!(severity(serde_json::json!({"shared_issuer_hosts": ["ci.example.com"]})), Severity::Critical);
    assert!(BuiltIn::validate_settings(&serde_json::json!({"unheard": 1})).is_err());
}
