//! A company with many trusts, some of them open: the bases of the built-in policy's examples under other names, with some of its mistakes.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use crosscloud_policy_model::document::{Scope, TrustDocument};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::Request;
use crosscloud_policy_plugin::examples::{Base, Example, Outcome};
use crosscloud_policy_plugin::{BuiltIn, Policy};
use serde_json::{Map, Value, json};

/// A change to a base: JSON pointer and JSON value.
type Change = (&'static str, &'static str);

/// Mistakes that people make, each with the base that shows it.
const MISTAKES: [(Base, &[Change]); 8] = [
    (Base::GitHub, &[("/providers/0/attribute_condition", "null")]),
    (
        Base::AwsRole,
        &[
            (
                "/aws_roles/0/assume_role_policy/Statement/0/Condition/StringLike",
                r#"{"token.actions.githubusercontent.com:sub": "repo:octo/*"}"#,
            ),
            (
                "/aws_roles/0/assume_role_policy/Statement/0/Condition/StringEquals",
                r#"{"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}"#,
            ),
        ],
    ),
    (
        Base::Aks,
        &[(
            "/bindings/0/members/0",
            r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/*""#,
        )],
    ),
    (Base::Entra, &[("/federated_credentials/0/subject", r#""repo:octo/app:pull_request""#)]),
    (Base::GitHub, &[("/providers/0/attribute_condition", r#""assertion.repository_owner == 'octo'""#)]),
    (Base::Aks, &[("/bindings/1/members/-", r#""allAuthenticatedUsers""#)]),
    (Base::Aks, &[("/unknown", r#"["/providers/0/attribute_condition"]"#)]),
    (Base::Aks, &[("/providers/0/attribute_condition", r#""assertion.sub.startsWith('system:serviceaccount:chat')""#)]),
];

/// One base with changes.
pub fn example(base: Base, changes: &'static [Change]) -> TrustDocument {
    Example { title: "drawn", base, changes, outcome: Outcome::Pass }.document().unwrap()
}

/// What the built-in policy says of a document.
pub fn judge(document: &TrustDocument) -> Vec<Finding> {
    BuiltIn::evaluate(&Request { document: document.clone(), settings: Value::Null })
}

/// So many trusts in one document, every eighth of them with a mistake.
pub fn estate(trusts: usize) -> TrustDocument {
    let mut whole = Map::new();
    for index in 0..trusts {
        let bases = [Base::Aks, Base::GitHub, Base::AwsRole, Base::Entra];
        let (base, changes) =
            if index % 8 == 3 { MISTAKES[(index / 8) % MISTAKES.len()] } else { (bases[index % 4], &[][..]) };
        let text = serde_json::to_string(&example(base, changes)).unwrap();
        // Thirty teams with a project and a cluster each; every trust has names of its own.
        let team = index % 30;
        let text = text
            .replace("aks-chat", &format!("aks-chat-{index}"))
            .replace("octo/app", &format!("octo/app-{index}"))
            .replace("2001", &format!("{}", 20_000 + index))
            .replace("system:serviceaccount:chat:backend", &format!("system:serviceaccount:chat:backend-{index}"))
            .replace("ml-prod", &format!("team-{team}-prod"))
            .replace("5a2c1e0d-3b7f", &format!("5a2c1e{team:02}-3b7f"))
            .replace("123456789012", &format!("1234567890{team:02}"))
            .replace("workloadIdentityPools/deploy", &format!("workloadIdentityPools/deploy-{index}"))
            .replace("deploy@", &format!("deploy-{index}@"))
            .replace("role/deploy", &format!("role/deploy-{index}"))
            .replace(r#""deploy""#, &format!(r#""deploy-{index}""#));
        merge(&mut whole, serde_json::from_str(&text).unwrap());
    }
    whole.insert("subject".to_owned(), json!(format!("{trusts} trusts")));
    let mut document: TrustDocument = serde_json::from_value(Value::Object(whole)).unwrap();
    document.scope = Scope::Plan;
    document
}

/// Appends one document to another, with its pointers.
fn merge(whole: &mut Map<String, Value>, part: Map<String, Value>) {
    let moved = |whole: &Map<String, Value>, pointer: &str| {
        let mut segments: Vec<String> = pointer.split('/').map(str::to_owned).collect();
        if segments.len() > 2 {
            let before = whole.get(&segments[1]).and_then(Value::as_array).map_or(0, Vec::len);
            segments[2] = (segments[2].parse::<usize>().unwrap() + before).to_string();
        }
        segments.join("/")
    };
    let origins = part.get("origins").and_then(Value::as_object).cloned().unwrap_or_default();
    let origins: Vec<_> = origins
        .into_iter()
        .filter(|(pointer, _)| pointer.matches('/').count() > 1)
        .map(|(pointer, origin)| (moved(whole, &pointer), origin))
        .collect();
    let unknown = part.get("unknown").and_then(Value::as_array).cloned().unwrap_or_default();
    let unknown: Vec<Value> = unknown.iter().map(|pointer| moved(whole, pointer.as_str().unwrap()).into()).collect();
    for (name, value) in part {
        if let (Value::Array(items), false) = (value, name == "unknown") {
            whole.entry(name).or_insert_with(|| json!([])).as_array_mut().unwrap().extend(items);
        }
    }
    whole.entry("unknown").or_insert_with(|| json!([])).as_array_mut().unwrap().extend(unknown);
    whole.entry("origins").or_insert_with(|| json!({})).as_object_mut().unwrap().extend(origins);
}
