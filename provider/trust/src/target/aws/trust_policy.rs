//! The trust policy of a role: one statement for each issuer, which compares audience, subject and whatever else tells the workload from
//! others, all exactly. Where members may add statements of theirs, one more is the border of whom these may let in.

use serde_json::{Map, Value, json};

use super::border;
use crate::leaf::{Leaf, Text};
use crate::object::aws::RoleMembers;
use crate::source::Identity;
use crate::target::aws::GOOGLE;

pub(super) const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// An issuer whose tokens may become the role.
pub(super) struct Admitted {
    /// The provider's ARN, or Google's own name.
    pub(super) provider: Text,
    /// The `iss` claim.
    pub(super) issuer: Text,
}

impl Admitted {
    /// What the names of this issuer's claims begin with in a condition.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.issuer.known()?.strip_prefix("https://")
    }
}

/// The trust policy, once everything in it is known.
pub(super) fn of(
    admitted: &[Admitted],
    identity: &Identity,
    audience: &Text,
    members: Option<&RoleMembers>,
    disabled: &Leaf<bool>,
) -> Text {
    let whole = || {
        let statements: Option<Vec<Value>> = if *disabled.known()? {
            admitted.iter().map(|it| Some(refusal(it.provider.known()?))).collect()
        } else {
            let own = admitted.iter().map(|it| permission(it, identity, audience));
            own.chain(members.map(|members| border::of(admitted, identity, members))).collect()
        };
        Some(json!({ "Version": "2012-10-17", "Statement": statements? }).to_string())
    };
    whole().map_or(Leaf::Unknown, Leaf::Known)
}

fn permission(it: &Admitted, identity: &Identity, audience: &Text) -> Option<Value> {
    let prefix = it.prefix()?;
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
