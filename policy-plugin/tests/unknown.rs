//! What is not known yet never makes a violation go away in silence: in every example of every rule, each value in turn is taken away.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use crosscloud_policy_plugin::{BuiltIn, Policy as _, rules};
use crosscloud_policy_sdk::model::document::TrustDocument;
use crosscloud_policy_sdk::model::finding::{Finding, Verdict};
use crosscloud_policy_sdk::model::policy::Request;
use serde_json::Value;

/// Pointers to every value that holds no other one, and to every list and object that does.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inside = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, inner)| places(inner, &inside(key), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| places(inner, &inside(&index.to_string()), found))
        }
        _ => {}
    }
    found.push(at.to_owned());
}

/// The document without the value at a place: null there, or empty where the schema knows no null.
fn without(document: &Value, place: &str) -> Option<TrustDocument> {
    let blank = |filler: Value| {
        let mut changed = document.clone();
        *changed.pointer_mut(place)? = filler;
        let mut document: TrustDocument = serde_json::from_value(changed).ok()?;
        document.unknown.insert(place.to_owned());
        Some(document)
    };
    let empty = match document.pointer(place)? {
        Value::String(_) => Value::from(""),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(_) => Value::Object(serde_json::Map::new()),
        // A boolean of the schema is a fact about the document or a switch, which no plan leaves open.
        _ => Value::Null,
    };
    blank(Value::Null).or_else(|| blank(empty))
}

fn violated(findings: &[Finding]) -> BTreeSet<&str> {
    findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Violation)
        .map(|finding| finding.rule.as_str())
        .collect()
}

#[test]
fn a_value_that_is_not_known_hides_no_violation() {
    let mut hidden = BTreeSet::new();
    for rule in rules::all() {
        for example in rule.examples {
            let request = example.request().unwrap();
            let findings = BuiltIn::evaluate(&request);
            let before = violated(&findings);
            if before.is_empty() {
                continue;
            }
            let json = serde_json::to_value(&request.document).unwrap();
            let mut all = Vec::new();
            places(&json, "", &mut all);
            for place in all {
                // Descriptions of the document are no parts of the trust, and a key that is made in the same plan is a key all the same.
                if ["", "/subject", "/scope"].contains(&&*place)
                    || ["/origins", "/unknown", "/sensitive"].iter().any(|it| place.starts_with(it))
                    || place.contains("/intended")
                    || place.ends_with("/kms_key")
                {
                    continue;
                }
                let Some(document) = without(&json, &place) else { continue };
                let after = BuiltIn::evaluate(&Request { document, settings: request.settings.clone() });
                if after.iter().any(|finding| finding.verdict == Verdict::Undetermined) {
                    continue;
                }
                for rule in before.difference(&violated(&after)) {
                    hidden.insert(format!("{rule}: {place} ({})", example.title));
                }
            }
        }
    }
    assert!(hidden.is_empty(), "{}", hidden.into_iter().collect::<Vec<_>>().join("\n"));
}
