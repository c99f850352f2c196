//! Tokens of issuers whose claims we only know from the intended ones.
//!
//! Every claim but the envelope is taken to be the bearer's own, so a stranger has all of them different, and an insider one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Attack, Claims, Dimension, MAX_ATTACKS, Scene, Suspects, envelope, near_miss, twins};

/// Parts of claim names that tell whose token it is. What other claims say, such as a phase or a branch, anybody's token can say.
const IDENTITY: [&str; 14] = [
    "sub",
    "id",
    "org",
    "name",
    "path",
    "project",
    "workspace",
    "namespace",
    "owner",
    "repo",
    "account",
    "tenant",
    "mail",
    "user",
];

/// Claims that the issuer sets alike for everyone or that Google checks by itself.
const ENVELOPE: [&str; 7] = ["iss", "aud", "iat", "nbf", "exp", "jti", "azp"];

pub(super) fn suspects(scene: Scene<'_>) -> Suspects {
    let complete = |said: &BTreeMap<String, Value>| {
        let mut claims = envelope(scene);
        claims.extend(said.iter().map(|(name, value)| (name.clone(), value.clone())));
        claims
    };
    let genuine: Vec<Claims> = scene.intended.iter().map(complete).collect();
    let model = genuine.first().cloned().unwrap_or_else(|| complete(&guess(scene)));
    let shared = scene.issuer.is_shared();
    let identity = |name: &str| IDENTITY.iter().any(|part| name.contains(part));
    let changed = |change: &dyn Fn(&str) -> bool| Attack {
        dimension: Dimension::Tenant,
        stranger: shared,
        bearer: if shared { "another customer of the issuer" } else { "another client of the issuer" },
        claims: model
            .iter()
            .map(|(name, value)| (name.clone(), if change(name) { other(name, value) } else { value.clone() }))
            .collect(),
    };
    let mut attacks = vec![changed(&|_| true), changed(&identity)];
    let subject = model.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    let with_subject = |subject: String| {
        let mut claims = model.clone();
        claims.insert("sub".to_owned(), subject.into());
        claims
    };
    let mut add = |dimension, bearer, claims| attacks.push(Attack { dimension, stranger: shared, bearer, claims });
    add(Dimension::Workload, "another identity of the issuer", with_subject("evil".to_owned()));
    let mut lookalikes = twins(&subject, '-');
    lookalikes.push(subject.to_uppercase());
    lookalikes.push(subject.replacen('a', "\u{430}", 1).replacen('e', "\u{435}", 1));
    for twin in lookalikes {
        add(Dimension::Twin, "an identity with a similar name", with_subject(twin));
    }
    for comparison in scene.comparisons {
        let name = match comparison.path.as_deref() {
            Some([root, name]) if root == "assertion" && !ENVELOPE.contains(&name.as_str()) => name.clone(),
            Some([root, ..]) if root == "assertion" => continue,
            _ => "sub".to_owned(),
        };
        for text in near_miss::of(comparison, &["", "-", "/", ":"]) {
            let mut claims = model.clone();
            claims.insert(name.clone(), text.into());
            add(Dimension::NearMiss, "an identity close to what the condition spells", claims);
        }
    }
    attacks.retain(|attack| !genuine.contains(&attack.claims));
    attacks.truncate(MAX_ATTACKS);
    Suspects { genuine, attacks }
}

fn guess(scene: Scene<'_>) -> BTreeMap<String, Value> {
    let mut claims = BTreeMap::from([("sub".to_owned(), Value::from("workload"))]);
    for comparison in scene.comparisons {
        if let Some([root, name]) = comparison.path.as_deref()
            && root == "assertion"
            && !ENVELOPE.contains(&name.as_str())
        {
            claims.insert(name.clone(), comparison.literal.as_str().into());
        }
    }
    claims
}

fn other(name: &str, value: &Value) -> Value {
    if ENVELOPE.contains(&name) {
        return value.clone();
    }
    match value {
        Value::String(text) => Value::from(if text == "evil" { "intruder" } else { "evil" }),
        Value::Number(number) => Value::from(number.as_i64().unwrap_or_default().wrapping_add(1)),
        Value::Bool(_) | Value::Null => value.clone(),
        Value::Array(items) => items.iter().map(|item| other("", item)).collect(),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(name, value)| (name.clone(), other(name, value))).collect())
        }
    }
}
