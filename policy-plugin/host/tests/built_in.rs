//! The built-in policy in its sandbox says what it says natively.
#![allow(clippy::unwrap_used)]

use crosscloud_policy_host::model::enforcement::{Choices, Date, Enforcement, Floor};
use crosscloud_policy_host::model::policy::Request;
use crosscloud_policy_host::{Limits, Module, Policy, PolicyError, PolicySet};
use crosscloud_policy_plugin::examples::{Base, Example, Outcome};
use crosscloud_policy_plugin::rules;
use serde_json::{Value, json};

#[test]
fn every_example_is_judged_alike_inside_and_outside() {
    let set = PolicySet::built_in().unwrap();
    let tight = [Base::Aks, Base::GitHub, Base::AwsRole, Base::Entra, Base::Plan].map(|base| Example {
        title: "tight",
        base,
        changes: &[],
        outcome: Outcome::Pass,
    });
    let examples = rules::all().iter().flat_map(|rule| rule.examples).chain(&tight);
    for example in examples {
        let request = example.request().unwrap();
        let inside = set.evaluate(&request).unwrap();
        let outside = <crosscloud_policy_plugin::BuiltIn as crosscloud_policy_plugin::Policy>::evaluate(&request);
        assert_eq!(inside.findings, outside, "{}", example.title);
        assert_eq!(set.evaluate(&request).unwrap(), inside, "same question, same answer, same fuel");
        assert!(inside.fuel < Limits::default().fuel / 5, "{} uses {}", example.title, inside.fuel);
    }
}

#[test]
fn it_lists_its_rules() {
    let metadata = PolicySet::built_in().unwrap().metadata().unwrap();
    let ids: Vec<&str> = metadata[0].rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, rules::all().iter().map(|rule| rule.id).collect::<Vec<_>>());
}

#[test]
fn settings_are_checked_by_the_guest() {
    let set = PolicySet::built_in().unwrap();
    set.validate_settings(&json!({"shared_issuer_hosts": ["ci.example.com"]})).unwrap();
    assert!(matches!(set.validate_settings(&json!({"unheard": 1})), Err(PolicyError::Settings { .. })));
    let request = Request { settings: json!({"unheard": 1}), ..Request::default() };
    assert!(matches!(set.evaluate(&request), Err(PolicyError::Settings { .. })));
}

#[test]
fn a_module_that_does_not_load_refuses_the_set() {
    let module = Module { path: "no-such-policy.wasm".into(), sha256: None, settings: Value::Null };
    assert!(matches!(PolicySet::load(&[module], Limits::default()), Err(PolicyError::NotLoaded { .. })));
}

#[test]
fn too_little_of_anything_is_an_error() {
    let document = Request::default().document;
    let starved = Policy::built_in(Limits { fuel: 1000, ..Limits::default() }).unwrap();
    assert!(matches!(starved.evaluate(&document, &Value::Null), Err(PolicyError::OutOfFuel { limit: 1000, .. })));
    let cramped = Policy::built_in(Limits { memory: 1 << 16, ..Limits::default() }).unwrap();
    assert!(matches!(cramped.evaluate(&document, &Value::Null), Err(PolicyError::OutOfMemory { .. })));
}

#[test]
fn the_digest_is_that_of_the_component() {
    let digest = Policy::built_in_digest();
    assert_eq!(digest.len(), 64);
    assert_eq!(Policy::built_in(Limits::default()).unwrap().digest(), digest);
    assert_ne!(PolicySet::built_in().unwrap().digest(), digest);
}

#[test]
fn the_digest_covers_everything_that_decides() {
    let set = PolicySet::built_in().unwrap();
    let rules = set.rules().unwrap();
    let today = Date::of_unix_seconds(1_795_305_600);
    let digest = |choices: Value, floor: Option<&str>, settings: Value| {
        let choices: Choices = serde_json::from_value(choices).unwrap();
        let floor = floor.map(|text| Floor::read(text).unwrap());
        set.digest_with(&settings, &Enforcement::new(choices, floor, &rules, today).unwrap())
    };
    let plain = digest(json!({}), None, Value::Null);
    assert_eq!(plain, digest(json!({"rules": {}}), None, Value::Null));
    let mut others = vec![
        digest(json!({"rules": {"gcp-personal-email": "off"}}), None, Value::Null),
        digest(json!({}), Some("{}"), Value::Null),
        digest(json!({}), None, json!({"shared_issuer_hosts": ["ci.example.com"]})),
        plain,
    ];
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), 4);
}
