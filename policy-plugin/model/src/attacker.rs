//! Who else could come: tokens that an issuer really hands out to somebody who was not meant.
//!
//! From the claims of the intended workload come hostile tokens that differ in one dimension at a time, and from every string in a
//! condition come near misses of it. Only tokens that the issuer can sign are made: a Kubernetes name has no capitals, so no attacker has.

mod aws_identity;
mod aws_token;
pub(crate) mod bearer;
mod generic;
mod github;
mod grammar;
mod grammars;
mod kubernetes;
mod near_miss;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::cel::{Comparison, Operator};
use crate::document::IntendedClaims;
use crate::issuer::Issuer;
use crate::token::{Claims, Token};

/// Most bearers thought of for one provider, so that a long condition cannot make a policy slow.
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
    /// Another workflow of the same repository.
    Workflow,
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
    let (mut suspects, model) = match scene.issuer {
        Issuer::Kubernetes(_) => (kubernetes::suspects(scene), None),
        Issuer::GitHub { .. } => github::suspects(scene),
        Issuer::Aws { account } => (aws_identity::suspects(scene, account), None),
        Issuer::AwsOutbound { .. } => (aws_token::suspects(scene), None),
        // AWS takes the authorised party for the audience, so it counts whether a token has one.
        Issuer::Entra { tenant: Some(_) } if scene.url.starts_with("https://sts.windows.net/") => {
            grammar::suspects(scene, &grammars::ENTRA_V1)
        }
        other => match grammar_of(other) {
            Some(grammar) => grammar::suspects(scene, grammar),
            None => (generic::suspects(scene), None),
        },
    };
    let obliging = obliging(scene, &suspects, model);
    suspects.attacks.extend(obliging);
    suspects
}

/// Claims that say which organisation somebody belongs to, so that a stranger has others.
const ORGANISATION: [&str; 3] = ["enterprise", "enterprise_id", "hd"];

/// The same attackers, saying what the condition wants to hear in every claim that an issuer lets its clients decide on: a workflow calls
/// itself and its branches as it likes, and asks for the audience that it likes. `model` is whom the others differ from.
fn obliging(scene: Scene<'_>, suspects: &Suspects, model: Option<Token>) -> Vec<Attack> {
    let mut wanted: IntendedClaims = BTreeMap::new();
    for comparison in scene.comparisons.iter().filter(|it| it.operator != Operator::NotEquals) {
        if let Some([root, name]) = comparison.path.as_deref()
            && root == "assertion"
            && suspects.attacks.first().is_some_and(|attack| attack.token.leaves_open(name))
            && !wanted.contains_key(name)
            && let Some(text) = near_miss::core(comparison)
        {
            wanted.insert(name.clone(), text.into());
        }
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    // Whoever differs from the intended in such claims alone would become the intended.
    let telling =
        |token: &Token| token.claims().into_iter().filter(|(name, _)| !token.leaves_open(name)).collect::<Claims>();
    let meant: Vec<Claims> = suspects.genuine.iter().chain(&model).map(telling).collect();
    let mut seen = BTreeSet::new();
    let obliging = suspects.attacks.iter().filter_map(|attack| {
        let foreign = |name: &str| attack.stranger && ORGANISATION.contains(&name);
        let said =
            wanted.iter().filter(|(name, text)| !foreign(name) && attack.token.claim(name).as_ref() != Some(text));
        let said: IntendedClaims = said.map(|(name, text)| (name.clone(), text.clone())).collect();
        if said.is_empty() || meant.contains(&telling(&attack.token)) {
            return None;
        }
        let token = attack.token.clone().saying(&said);
        seen.insert(serde_json::Value::Object(token.claims()).to_string()).then(|| Attack { token, ..attack.clone() })
    });
    obliging.collect()
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

/// Names of branches to be mistaken for one: longer, in capitals, in another script. Unlike names of owners and projects they may hold any letter,
/// and case counts.
fn branch_twins(reference: &str) -> Vec<String> {
    let name = ["refs/heads/", "refs/tags/"].iter().find_map(|kind| reference.strip_prefix(kind)).unwrap_or(reference);
    let kind = &reference[..reference.len() - name.len()];
    let twins = [format!("{name}-evil"), name.to_uppercase(), lookalike(name)];
    twins.into_iter().filter(|twin| twin != name).map(|twin| format!("{kind}{twin}")).collect()
}

/// The same to the eye, with one letter of another script.
fn lookalike(text: &str) -> String {
    const CYRILLIC: [(char, &str); 6] =
        [('a', "\u{430}"), ('e', "\u{435}"), ('o', "\u{43e}"), ('c', "\u{441}"), ('p', "\u{440}"), ('x', "\u{445}")];
    let letter = CYRILLIC.into_iter().find(|(latin, _)| text.contains(*latin));
    letter.map_or_else(|| text.to_owned(), |(latin, other)| text.replacen(latin, other, 1))
}
