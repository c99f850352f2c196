//! Policies in Rego in the sandbox: the same document, the same limits, and no answer where there is none.
#![allow(clippy::unwrap_used)]

use crosscloud_policy_host::model::document::TrustDocument;
use crosscloud_policy_host::model::finding::Verdict;
use crosscloud_policy_host::{Limits, Policy, PolicyError};
use serde_json::{Value, json};

const HOUSE_RULES: &str = include_str!("../../../examples/policies/rego/house_rules.rego");

fn load(text: &str) -> Result<Policy, PolicyError> {
    Policy::from_rego("policy.rego", text.as_bytes(), None, Limits::default())
}

fn document(role: &str) -> TrustDocument {
    let document = json!({
        "subject": "crosscloud_trust/ml-chat",
        "bindings": [{"resource_kind": "project", "resource": "p", "role": role, "members": []}],
        "origins": {"/bindings/0/role": "to.gcp.roles"},
    });
    serde_json::from_value(document).unwrap()
}

fn settings() -> Value {
    json!({"roles": ["roles/aiplatform.user"], "teams": ["ml-"]})
}

#[test]
fn the_example_judges() {
    let policy = load(HOUSE_RULES).unwrap();
    let metadata = policy.metadata().unwrap();
    assert_eq!(metadata.name, "house");
    assert_eq!(metadata.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["house-role", "house-name"]);
    policy.validate_settings(&settings()).unwrap();
    assert!(
        matches!(policy.validate_settings(&Value::Null), Err(PolicyError::Settings { problems, .. }) if problems.len() == 2)
    );

    let (findings, fuel) = policy.evaluate(&document("roles/aiplatform.user"), &settings()).unwrap();
    assert_eq!(findings, []);
    assert!(fuel < Limits::default().fuel / 5, "{fuel}");
    let (findings, fuel) = policy.evaluate(&document("roles/owner"), &settings()).unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].rule.as_str(), findings[0].path.as_str()), ("house-role", "to.gcp.roles"));
    assert!(findings[0].message.contains("`roles/owner`"), "{}", findings[0].message);
    let again = policy.evaluate(&document("roles/owner"), &settings()).unwrap();
    assert_eq!(again, (findings, fuel), "same question, same answer, same fuel");

    let mut hidden = document("roles/owner");
    hidden.sensitive.insert("/bindings/0".to_owned());
    assert!(!policy.evaluate(&hidden, &settings()).unwrap().0[0].message.contains("owner"));
    let mut open = document("roles/owner");
    open.unknown.insert("/bindings/0/role".to_owned());
    assert_eq!(policy.evaluate(&open, &settings()).unwrap().0[0].verdict, Verdict::Undetermined);
}

#[test]
fn what_is_no_policy_does_not_load() {
    for text in ["", "not rego", "package house", "package house\nrules := [] if {"] {
        assert!(matches!(load(text), Err(PolicyError::Rego { .. })), "{text}");
    }
    let binary = Policy::from_rego("policy.rego", &[0xff, 0xfe], None, Limits::default());
    assert!(matches!(binary, Err(PolicyError::Rego { .. })));
    let other = Policy::from_rego("policy.rego", HOUSE_RULES.as_bytes(), Some(&"0".repeat(64)), Limits::default());
    assert!(matches!(other, Err(PolicyError::DigestMismatch { .. })));
}

/// A policy with one rule, and whatever else.
fn text(body: &str) -> String {
    const HEAD: &str = "package acme\nimport data.trust\nimport rego.v1\n\
        rules := [{\"id\": \"acme-role\", \"severity\": \"low\", \"summary\": \"S.\"}]\n";
    format!("{HEAD}{body}")
}

#[test]
fn an_error_is_no_pass() {
    let finding = |fields: &str| format!("findings contains {{{fields}}}");
    for (body, says) in [
        ("findings := x if { some x in [] }".to_owned(), "undefined"),
        ("findings := true".to_owned(), "another form"),
        ("findings contains \"text\"".to_owned(), "another form"),
        (finding("\"rule\": \"acme-role\""), "another form"),
        (finding("\"rule\": \"x\", \"pointer\": \"\", \"message\": \"\", \"remediation\": \"\""), "does not list"),
        ("findings contains x if { x := to_number(\"none\") }".to_owned(), "to_number"),
        ("findings := 1\nfindings := 2".to_owned(), "policy.rego"),
    ] {
        let answer = load(&text(&body)).and_then(|policy| policy.evaluate(&document("r"), &Value::Null));
        assert!(matches!(&answer, Err(error) if error.to_string().contains(says)), "{body}: {answer:?}");
    }
}

#[test]
fn nothing_but_the_question_can_be_asked() {
    for builtin in ["http.send({})", "time.now_ns()", "rand.intn(\"a\", 9)", "opa.runtime()", "uuid.rfc4122(\"a\")"] {
        let body = format!("findings contains x if {{ x := {builtin} }}");
        let answer = load(&text(&body)).and_then(|policy| policy.evaluate(&document("r"), &Value::Null));
        assert!(answer.is_err(), "{builtin}: {answer:?}");
    }
}

#[test]
fn a_text_that_runs_on_is_ended() {
    let endless = "findings contains x if { some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); x := a * b; x < 0 }";
    let answer = load(&text(endless)).unwrap().evaluate(&document("r"), &Value::Null);
    let ended = matches!(
        answer,
        Err(PolicyError::OutOfFuel { .. } | PolicyError::TimedOut { .. } | PolicyError::OutOfMemory { .. })
    );
    assert!(ended, "{answer:?}");
    let deep = format!("findings := {}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(load(&text(&deep)).is_err());
}

#[test]
fn settings_are_checked_by_the_text() {
    let none = load(&text("findings := []")).unwrap();
    none.validate_settings(&json!({})).unwrap();
    assert!(matches!(none.validate_settings(&json!({"roles": []})), Err(PolicyError::Settings { .. })));
}
