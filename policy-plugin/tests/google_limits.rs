//! Google's documented limits of mappings and conditions, a row each: just within, and one beyond.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use crosscloud_policy_plugin::BuiltIn;
use crosscloud_policy_sdk::testing::judge;
use serde_json::json;

const MAPPING: &str = "Google Cloud, IAM API, WorkloadIdentityPoolProvider.attributeMapping";
const CONDITION: &str = "Google Cloud, IAM API, WorkloadIdentityPoolProvider.attributeCondition";

/// The rules that object to a provider for a cluster with this mapping and condition.
fn objections(mapping: &BTreeMap<String, String>, condition: &str) -> Vec<String> {
    let findings = judge::<BuiltIn>(json!({"subject": "s", "providers": [{
        "pool": "projects/1/locations/global/workloadIdentityPools/p",
        "source": {"kind": "oidc", "issuer": "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c"},
        "attribute_mapping": mapping, "attribute_condition": condition,
        "intended": [{"sub": "system:serviceaccount:chat:backend"}],
    }]}));
    findings.into_iter().map(|finding| finding.rule).collect()
}

const EXACT: &str = "assertion.sub == 'system:serviceaccount:chat:backend'";

/// A text literal that makes an expression of so many characters.
fn literal(length: usize) -> String {
    format!("'{}'", "x".repeat(length - 2))
}

fn mapped(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    let subject = ("google.subject", "assertion.sub");
    let all = std::iter::once(&subject).chain(entries);
    all.map(|(target, expression)| ((*target).to_owned(), (*expression).to_owned())).collect()
}

fn custom(count: usize) -> BTreeMap<String, String> {
    let mut mapping = mapped(&[]);
    mapping.extend((0..count).map(|index| (format!("attribute.a{index}"), "assertion.sub".to_owned())));
    mapping
}

#[test]
fn mappings_and_conditions_stay_within_what_google_documents() {
    const LIMITS: &str = "gcp-wif-mapping-limits";
    const TARGET: &str = "gcp-wif-mapping-parse";
    let name = |length: usize| format!("attribute.{}", "n".repeat(length));
    let one = |target: &str, expression: &str| mapped(&[(target, expression)]);
    let subject = |expression: String| BTreeMap::from([("google.subject".to_owned(), expression)]);
    // Statement, limit, mapping, condition, and the rule that objects.
    let rows = [
        (MAPPING, "50 custom attributes", custom(50), EXACT.to_owned(), None),
        (MAPPING, "51 custom attributes", custom(51), EXACT.to_owned(), Some(LIMITS)),
        (MAPPING, "a name of 100 characters", one(&name(100), "assertion.sub"), EXACT.to_owned(), None),
        (MAPPING, "a name of 101 characters", one(&name(101), "assertion.sub"), EXACT.to_owned(), Some(LIMITS)),
        (MAPPING, "a name of a-z, 0-9 and _", one("attribute.a_9", "assertion.sub"), EXACT.to_owned(), None),
        (MAPPING, "a capital in a name", one("attribute.A", "assertion.sub"), EXACT.to_owned(), Some(LIMITS)),
        (MAPPING, "a hyphen in a name", one("attribute.a-b", "assertion.sub"), EXACT.to_owned(), Some(LIMITS)),
        (MAPPING, "2,048 characters", one("attribute.a", &literal(2048)), EXACT.to_owned(), None),
        (MAPPING, "2,049 characters", one("attribute.a", &literal(2049)), EXACT.to_owned(), Some(LIMITS)),
        // The intended subject has 34 bytes.
        (
            MAPPING,
            "a subject of 127 bytes",
            subject(format!("{} + assertion.sub", literal(95))),
            EXACT.to_owned(),
            None,
        ),
        (
            MAPPING,
            "a subject of 128 bytes",
            subject(format!("{} + assertion.sub", literal(96))),
            EXACT.to_owned(),
            Some(LIMITS),
        ),
        (MAPPING, "google.groups", one("google.groups", "[assertion.sub]"), EXACT.to_owned(), None),
        (MAPPING, "another target of google", one("google.email", "assertion.sub"), EXACT.to_owned(), Some(TARGET)),
        (MAPPING, "nothing but assertion", one("attribute.a", "google.subject"), EXACT.to_owned(), Some(TARGET)),
        (
            MAPPING,
            "google.subject is mapped",
            BTreeMap::new(),
            EXACT.to_owned(),
            Some("gcp-wif-mapping-missing-subject"),
        ),
        (
            CONDITION,
            "4,096 characters",
            mapped(&[]),
            format!("{EXACT} && {} != ''", literal(4096 - EXACT.len() - 10)),
            None,
        ),
        (
            CONDITION,
            "4,097 characters",
            mapped(&[]),
            format!("{EXACT} && {} != ''", literal(4097 - EXACT.len() - 10)),
            Some("gcp-wif-condition-parse"),
        ),
        (CONDITION, "a boolean", mapped(&[]), "'x'".to_owned(), Some("gcp-wif-condition-parse")),
        (
            CONDITION,
            "assertion, google and attribute",
            mapped(&[]),
            format!("{EXACT} && claims.sub != ''"),
            Some("gcp-wif-condition-parse"),
        ),
    ];
    for (statement, limit, mapping, condition, expected) in rows {
        let found = objections(&mapping, &condition);
        match expected {
            None => assert_eq!(found, [""; 0], "{statement}: {limit}"),
            Some(rule) => assert!(found.iter().any(|found| found == rule), "{statement}: {limit}: {found:?}"),
        }
    }
}

#[test]
fn mapped_attributes_hold_8_kb_together() {
    // A token of the intended workload that would map to more is refused.
    let many = |count: usize| {
        let mut mapping = mapped(&[]);
        mapping.extend((0..count).map(|index| (format!("attribute.a{index}"), literal(1026))));
        mapping
    };
    let fits = crosscloud_policy_sdk::model::federation::Federation::parse(&many(7), Some(EXACT)).unwrap();
    let claims = json!({"sub": "system:serviceaccount:chat:backend"});
    let claims = claims.as_object().unwrap();
    assert!(fits.exchange(claims).is_ok(), "{MAPPING}");
    let exceeds = crosscloud_policy_sdk::model::federation::Federation::parse(&many(8), Some(EXACT)).unwrap();
    let refusal = exceeds.exchange(claims).unwrap_err();
    assert!(refusal.certain() && refusal.to_string().contains("8192"), "{MAPPING}: {refusal}");
}
