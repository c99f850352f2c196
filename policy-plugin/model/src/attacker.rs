//! Who else could come: tokens that an issuer really hands out to somebody who was not meant.
//!
//! From the claims of the intended workload come hostile tokens that differ in one dimension at a time, and from every string in a
//! condition come near misses of it. Only tokens that the issuer can sign are made: a Kubernetes name has no capitals, so no attacker has.

mod generic;
mod github;
mod kubernetes;
mod near_miss;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::cel::Comparison;
use crate::issuer::Issuer;

/// Most tokens made for one provider, so that a long condition cannot make a policy slow.
const MAX_ATTACKS: usize = 160;

/// Claims of a token.
pub type Claims = Map<String, Value>;

/// In which way a hostile token differs from the intended one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Another customer of a shared issuer.
    Tenant,
    /// Another Kubernetes namespace.
    Namespace,
    /// Another workload of the same tenant: service account, repository, project.
    Workload,
    /// A name that contains or resembles the intended one.
    Twin,
    /// The same letters, cut differently into parts.
    Boundary,
    /// A pull request of the same repository.
    PullRequest,
    /// Another branch or tag.
    Ref,
    /// Another deployment environment.
    Environment,
    /// The same names under other numeric ids, as after a deletion and a new registration.
    Recycled,
    /// A near miss of a string that the condition spells.
    NearMiss,
}

/// A token that should be refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Attack {
    /// In which way it differs.
    pub dimension: Dimension,
    /// Whether its bearer is outside the organisation that the trust is for.
    pub stranger: bool,
    /// Who the bearer is, for messages: "another namespace of the cluster".
    pub bearer: &'static str,
    /// What the token says.
    pub claims: Claims,
}

/// The tokens to put to a provider.
#[derive(Debug, Clone, Default)]
pub struct Suspects {
    /// Tokens that must get in, complete to the extent that we can tell. Empty where nobody said who is meant.
    pub genuine: Vec<Claims>,
    /// Tokens that must not.
    pub attacks: Vec<Attack>,
}

/// What the tokens are made from.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Whose issuer it is.
    pub issuer: &'a Issuer,
    /// Its URL.
    pub url: &'a str,
    /// An accepted audience.
    pub audience: &'a str,
    /// Claims of the intended workloads, as far as they are said.
    pub intended: &'a [BTreeMap<String, Value>],
    /// What the condition compares.
    pub comparisons: &'a [Comparison],
}

/// Makes the tokens for one provider.
#[must_use]
pub fn suspects(scene: Scene<'_>) -> Suspects {
    match scene.issuer {
        Issuer::Kubernetes(_) => kubernetes::suspects(scene),
        Issuer::GitHub { .. } => github::suspects(scene),
        _ => generic::suspects(scene),
    }
}

/// The first occurrence of each bearer, up to the bound: claims are only made for those.
fn distinct<T, K: Ord>(found: Vec<T>, same: impl Fn(&T) -> K) -> impl Iterator<Item = T> {
    let mut seen = BTreeSet::new();
    found.into_iter().filter(move |item| seen.insert(same(item))).take(MAX_ATTACKS)
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

/// Names a stranger would pick to be mistaken for `name`; `joint` is a separator that names may contain.
fn twins(name: &str, joint: char) -> Vec<String> {
    let mut twins =
        vec![format!("{name}{joint}evil"), format!("evil{joint}{name}"), format!("{name}2"), format!("x{name}")];
    if let Some(at) = name.find(['-', '.', '_', '/']) {
        twins.push(format!("{}x{}", &name[..at], &name[at + 1..]));
    }
    if name.chars().count() > 2 {
        twins.extend(name.char_indices().next_back().map(|(last, _)| name[..last].to_owned()));
    }
    twins
}
