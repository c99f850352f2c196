//! What the rules on AWS trust policies share: which conditions say who the bearer of a token is, and what to write instead.

use crosscloud_policy_sdk::model::attacker::{Attack, Dimension};
use crosscloud_policy_sdk::model::aws::{Condition, Statement};
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Bound, RoleDoor};

/// Whether a condition is about a claim that says who the bearer is. For whom a token was made says nothing about that.
#[must_use]
pub fn is_about_bearer(door: &RoleDoor, condition: &Condition) -> bool {
    let claim = condition.claim_of(&door.provider);
    match door.door.issuer {
        // AWS calls the authorised party of a Google token its audience.
        Some(Issuer::Google) => claim.is_some_and(|claim| !matches!(claim, "oaud" | "amr")),
        _ => claim.is_some_and(|claim| !matches!(claim, "aud" | "amr")),
    }
}

/// Whether any condition is about who the bearer is.
#[must_use]
pub fn mentions_bearer(door: &RoleDoor, statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| is_about_bearer(door, condition))
}

/// Whether some condition asks for a certain bearer, rather than excluding some.
#[must_use]
pub fn requires_bearer(door: &RoleDoor, statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| is_about_bearer(door, condition) && condition.operator.is_positive())
}

/// Pointer to the condition that decides who gets in: the one on the subject, or else the first about the bearer.
#[must_use]
pub fn deciding(door: &RoleDoor, statement: &Statement) -> String {
    let mut about = statement.conditions.iter().filter(|condition| is_about_bearer(door, condition)).peekable();
    let first = about.peek().map(|condition| condition.pointer.clone());
    let subject = about.find(|condition| condition.claim_of(&door.provider) == Some("sub"));
    let found = subject.map(|condition| condition.pointer.clone()).or(first);
    found.unwrap_or_else(|| statement.pointer.clone())
}

/// Somebody from outside the organisation who gets in, look-alikes included; namesakes have a rule of their own.
#[must_use]
pub fn stranger(door: &RoleDoor) -> Option<(&Attack, Bound)> {
    door.door.worst(|attack| attack.stranger && attack.dimension != Dimension::Recycled)
}

/// What to write as the condition, as a sentence.
#[must_use]
pub fn advice(door: &RoleDoor) -> String {
    let key = format!("{}:sub", door.provider);
    let exact = door.genuine.iter().find_map(|(token, _)| token.text("sub"));
    let subject = exact.unwrap_or_else(|| {
        match door.door.issuer {
            Some(Issuer::GitHub { .. }) => "repo:OWNER@ID/REPOSITORY@ID:ref:refs/heads/BRANCH",
            Some(Issuer::GitLab { .. }) => "project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH",
            Some(Issuer::TerraformCloud) => {
                "organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply"
            }
            Some(Issuer::Kubernetes(_)) => "system:serviceaccount:NAMESPACE:NAME",
            _ => "SUBJECT",
        }
        .to_owned()
    });
    format!("Write StringEquals with \"{key}\": \"{subject}\".")
}

/// A bearer at the beginning of a sentence.
#[must_use]
pub fn capital(bearer: &str) -> String {
    let mut characters = bearer.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
