//! Who else could come: tokens that an issuer really hands out to somebody who was not meant.
//!
//! From the claims of the intended workload come hostile tokens that differ in one dimension at a time, and from every string in a
//! condition come near misses of it. Only tokens that the issuer can sign are made: a Kubernetes name has no capitals, so no attacker has.

mod aws_identity;
pub(crate) mod bearer;
mod generic;
mod github;
mod grammar;
mod grammars;
mod kubernetes;
mod near_miss;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::cel::Comparison;
use crate::document::IntendedClaims;
use crate::issuer::Issuer;
use crate::token::Token;

/// Most tokens made for one provider, so that a long condition cannot make a policy slow.
const MAX_ATTACKS: usize = 160;

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
    /// The token.
    pub token: Token,
}

/// The tokens to put to a provider.
#[derive(Debug, Clone, Default)]
pub struct Suspects {
    /// Tokens that must get in, complete to the extent that we can tell. Empty where nobody said who is meant.
    pub genuine: Vec<Token>,
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
    pub intended: &'a [IntendedClaims],
    /// What the condition compares.
    pub comparisons: &'a [Comparison],
}

/// Makes the tokens for one provider.
#[must_use]
pub fn suspects(scene: Scene<'_>) -> Suspects {
    match scene.issuer {
        Issuer::Kubernetes(_) => kubernetes::suspects(scene),
        Issuer::GitHub { .. } => github::suspects(scene),
        Issuer::Aws { account } => aws_identity::suspects(scene, account),
        other => match grammar_of(other) {
            Some(grammar) => grammar::suspects(scene, grammar),
            None => generic::suspects(scene),
        },
    }
}

fn grammar_of(issuer: &Issuer) -> Option<&'static grammar::Grammar> {
    Some(match issuer {
        Issuer::GitLab { .. } if issuer.is_shared() => &grammars::GITLAB,
        Issuer::GitLab { .. } => &grammars::OWN_GITLAB,
        Issuer::TerraformCloud => &grammars::TERRAFORM,
        Issuer::Buildkite => &grammars::BUILDKITE,
        Issuer::CircleCi { .. } => &grammars::CIRCLECI,
        Issuer::Bitbucket { .. } => &grammars::BITBUCKET,
        Issuer::AzureDevOps { .. } => &grammars::AZURE_DEVOPS,
        Issuer::Google => &grammars::GOOGLE,
        Issuer::Entra { tenant: Some(_) } => &grammars::ENTRA,
        Issuer::Entra { tenant: None } => &grammars::ANY_ENTRA,
        _ => return None,
    })
}

/// The first occurrence of each bearer, up to the bound: claims are only made for those.
fn distinct<T, K: Ord>(found: Vec<T>, same: impl Fn(&T) -> K) -> impl Iterator<Item = T> {
    let mut seen = BTreeSet::new();
    found.into_iter().filter(move |item| seen.insert(same(item))).take(MAX_ATTACKS)
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
