//! Tokens of issuers whose claims we only know from the intended ones.
//!
//! Every claim but the envelope is taken to be the bearer's own, so a stranger has all of them different, and an insider one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Attack, Dimension, MAX_ATTACKS, Scene, Suspects, lookalike, near_miss, twins};
use crate::document::IntendedClaims;
use crate::token::{Claims, Token};

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
    let complete = |said: &IntendedClaims| {
        let mut claims = envelope(scene);
        claims.extend(said.iter().map(|(name, value)| (name.clone(), value.clone())));
        claims
    };
    let genuine: Vec<Claims> = scene.intended.iter().map(complete).collect();
    let model = genuine.first().cloned().unwrap_or_else(|| complete(&guess(scene)));
    let base = Token::of_claims(model.clone());
    let shared = scene.issuer.is_shared();
    let identity = |name: &str| IDENTITY.iter().any(|part| name.contains(part));
    let changed = |change: &dyn Fn(&str) -> bool| -> IntendedClaims {
        let those = model.iter().filter(|(name, _)| change(name));
        let changed = those.map(|(name, value)| (name.clone(), other(name, value)));
        changed.filter(|(name, value)| model.get(name) != Some(value)).collect()
    };
    let subject = model.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut attacks = Vec::new();
    let mut seen: Vec<IntendedClaims> = Vec::new();
    let mut add = |dimension, bearer, said: IntendedClaims| {
        let meant = |claims: &Claims| said.iter().all(|(name, value)| claims.get(name) == Some(value));
        if attacks.len() < MAX_ATTACKS && !genuine.iter().any(meant) && !seen.contains(&said) {
            attacks.push(Attack { dimension, stranger: shared, bearer, token: base.clone().saying(&said) });
            seen.push(said);
        }
    };
    let only = |name: &str, text: String| BTreeMap::from([(name.to_owned(), Value::from(text))]);
    let (dimension, bearer) = if shared {
        (Dimension::Tenant, "another customer of the issuer")
    } else {
        (Dimension::Workload, "another client of the issuer")
    };
    add(dimension, bearer, changed(&|_| true));
    add(dimension, bearer, changed(&identity));
    add(Dimension::Workload, "another identity of the issuer", only("sub", "evil".to_owned()));
    let mut lookalikes = twins(&subject, '-');
    lookalikes.push(subject.to_uppercase());
    lookalikes.push(lookalike(&subject));
    for twin in lookalikes {
        add(Dimension::Twin, "an identity with a similar name", only("sub", twin));
    }
    for comparison in scene.comparisons {
        let name = match comparison.path.as_deref() {
            Some([root, name]) if root == "assertion" && !ENVELOPE.contains(&name.as_str()) => name,
            Some([root, ..]) if root == "assertion" => continue,
            _ => "sub",
        };
        for text in near_miss::of(comparison, &["", "-", "/", ":"]) {
            add(Dimension::NearMiss, "an identity close to what the condition spells", only(name, text));
        }
    }
    Suspects { genuine: genuine.into_iter().map(Token::of_claims).collect(), attacks }
}

/// Claims that every token of an issuer carries.
fn envelope(scene: Scene<'_>) -> Claims {
    let mut claims = Claims::new();
    claims.insert("iss".to_owned(), scene.url.into());
    claims.insert("aud".to_owned(), scene.audience.into());
    claims.insert("iat".to_owned(), 1_767_225_600.into());
    claims.insert("nbf".to_owned(), 1_767_225_600.into());
    claims.insert("exp".to_owned(), 1_767_229_200.into());
    claims
}

fn guess(scene: Scene<'_>) -> IntendedClaims {
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
