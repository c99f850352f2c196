//! The trust policy of a role: one statement for each issuer, which compares audience, subject and whatever else tells the workload from
//! others, all exactly.

use serde_json::{Map, Value, json};

use crate::leaf::{Leaf, Text};
use crate::source::Identity;
use crate::target::aws::GOOGLE;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// An issuer whose tokens may become the role.
pub(super) struct Admitted {
    /// The provider's ARN, or Google's own name.
    pub(super) provider: Text,
    /// The `iss` claim.
    pub(super) issuer: Text,
}

/// The trust policy, once everything in it is known.
pub(super) fn of(admitted: &[Admitted], identity: &Identity, audience: &Text, disabled: &Leaf<bool>) -> Text {
    let whole = || {
        let disabled = *disabled.known()?;
        let statement = |it: &Admitted| {
            if disabled { Some(refusal(it.provider.known()?)) } else { permission(it, identity, audience) }
        };
        let statements: Option<Vec<Value>> = admitted.iter().map(statement).collect();
        Some(json!({ "Version": "2012-10-17", "Statement": statements? }).to_string())
    };
    whole().map_or(Leaf::Unknown, Leaf::Known)
}

fn permission(it: &Admitted, identity: &Identity, audience: &Text) -> Option<Value> {
    let prefix = it.issuer.known()?.strip_prefix("https://")?;
    let mut compared = Map::new();
    let mut compare = |claim: &str, value: Value| compared.insert(format!("{prefix}:{claim}"), value);
    let subjects: Option<Vec<_>> = identity.subjects.iter().map(Leaf::known).collect();
    match subjects?.as_slice() {
        [subject] => compare("sub", json!(subject)),
        subjects => compare("sub", json!(subjects)),
    };
    if prefix == GOOGLE {
        // Tokens of service accounts name an authorised party, which IAM then calls the audience; the real one is `oaud`.
        compare("aud", json!(identity.subject().known()?));
        compare("oaud", json!(audience.known()?));
    } else {
        compare("aud", json!(audience.known()?));
    }
    for (claim, value) in &identity.pins {
        compare(claim, json!(value.known()?));
    }
    Some(json!({
        "Effect": "Allow",
        "Principal": { "Federated": it.provider.known()? },
        "Action": ACTION,
        "Condition": { "StringEquals": compared },
    }))
}

/// A trust policy has at least one statement, so a role that is switched off says no.
fn refusal(provider: &str) -> Value {
    json!({ "Effect": "Deny", "Principal": { "Federated": provider }, "Action": ACTION })
}
