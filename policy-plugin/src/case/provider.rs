//! Providers of Google's workload identity pools, asked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crosscloud_policy_sdk::model::attacker::{Attack, Scene, Suspects, suspects};
use crosscloud_policy_sdk::model::cel::{CelError, Comparison, Expression, Value, Variables};
use crosscloud_policy_sdk::model::document::{Pool, PoolProvider, TokenSource, TrustDocument};
use crosscloud_policy_sdk::model::federation::{Federation, Mapped, Refusal};
use crosscloud_policy_sdk::model::issuer::Issuer;
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::principal::{Principal, Selector};
use crosscloud_policy_sdk::model::token::Token;

use super::Member;
use super::door::{Answer, Blindness, Bound, Door, answered, is_shared, issuer_of};

/// A provider and what it does with tokens.
#[derive(Debug)]
pub struct ProviderCase<'a> {
    /// The provider itself.
    pub provider: &'a PoolProvider,
    /// Where it stands.
    pub pointer: String,
    /// Whether it and its pool are switched on.
    pub active: bool,
    /// Its condition.
    pub condition: Condition,
    /// Its mapping, or what Google takes for AWS where there is none.
    pub mapping: Cow<'a, BTreeMap<String, String>>,
    /// What becomes of tokens that are meant to get in.
    pub genuine: Vec<(Token, Result<Mapped, Refusal>)>,
    /// What becomes of the others.
    pub door: Door,
}

/// State of a condition.
#[derive(Debug)]
pub enum Condition {
    /// Not known yet.
    Unknown,
    /// Absent or blank.
    Missing,
    /// Present, and not to be parsed.
    Invalid(CelError),
    /// Present.
    Parsed(Expression),
}

impl ProviderCase<'_> {
    /// Pointer to a field of the provider.
    #[must_use]
    pub fn at(&self, field: &str) -> String {
        format!("{}/{field}", self.pointer)
    }

    /// Whether there is no condition to judge; another rule says so.
    #[must_use]
    pub fn lacks_condition(&self) -> bool {
        matches!(self.condition, Condition::Missing | Condition::Unknown | Condition::Invalid(_))
    }

    /// The condition that admits the intended workloads and nobody else, if it is said who they are.
    #[must_use]
    pub fn tight_condition(&self) -> Option<String> {
        let mut subjects: Vec<String> = Vec::new();
        for (token, _) in &self.genuine {
            subjects.push(token.text("sub")?);
        }
        let quoted: Vec<String> = subjects.iter().map(|subject| quote(subject)).collect();
        match quoted.as_slice() {
            [] => None,
            [one] => Some(format!("assertion.sub == {one}")),
            many => Some(format!("assertion.sub in [{}]", many.join(", "))),
        }
    }

    /// What to write as the condition, as the end of a sentence.
    #[must_use]
    pub fn condition_advice(&self, document: &TrustDocument) -> String {
        if document.subject.starts_with("crosscloud_trust_member/") {
            return "Have whoever made the trust admit it with `admits`, or write a crosscloud_trust of its own."
                .to_owned();
        }
        if document.origin(&self.at("attribute_condition")) == "admits" {
            return "Keep `admits` short: each member is let in by an exact binding of its own.".to_owned();
        }
        match self.tight_condition() {
            Some(condition) if document.subject.starts_with("crosscloud_") => {
                format!("Write attribute_condition = \"{condition}\", or leave the argument out: that is its default.")
            }
            Some(condition) => format!("Write attribute_condition = \"{condition}\"."),
            None => self.general_advice(),
        }
    }

    fn general_advice(&self) -> String {
        let example = match &self.door.issuer {
            Some(Issuer::GitHub { .. }) => {
                "assertion.repository_owner_id == 'ID' && assertion.sub == 'repo:OWNER/REPO:ref:refs/heads/main'"
            }
            Some(Issuer::GitLab { .. }) => {
                "assertion.namespace_id == 'ID' && assertion.sub == 'project_path:GROUP/PROJECT:ref_type:branch:ref:main'"
            }
            Some(Issuer::TerraformCloud) => {
                "assertion.terraform_organization_id == 'org-ID' && assertion.terraform_workspace_id == 'ws-ID'"
            }
            Some(Issuer::Buildkite) => "assertion.organization_id == 'ID' && assertion.pipeline_id == 'ID'",
            Some(Issuer::Kubernetes(_)) => "assertion.sub == 'system:serviceaccount:NAMESPACE:NAME'",
            Some(Issuer::AwsOutbound { .. }) => "assertion.sub == 'arn:aws:iam::ACCOUNT:role/PATH/ROLE'",
            Some(Issuer::Aws { .. }) => "attribute.aws_role == 'arn:aws:sts::ACCOUNT:assumed-role/ROLE'",
            _ => "assertion.sub == 'SUBJECT'",
        };
        format!("Write a condition that names exactly who may come, such as \"{example}\".")
    }
}

/// A CEL string literal.
#[must_use]
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What Google maps for AWS where the mapping is left out.
const AWS_MAPPING: [(&str, &str); 2] = [
    ("google.subject", "assertion.arn"),
    (
        "attribute.aws_role",
        "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
    ),
];

pub(super) fn ask<'a>(
    document: &'a TrustDocument,
    settings: &BuiltInSettings,
    members: &[Member<'_>],
    index: usize,
    provider: &'a PoolProvider,
) -> ProviderCase<'a> {
    let pointer = format!("/providers/{index}");
    let at = |field: &str| format!("{pointer}/{field}");
    let pool = pool_of(document, provider);
    let condition = if document.is_unknown(&at("attribute_condition")) {
        Condition::Unknown
    } else {
        match provider.attribute_condition.as_deref().filter(|text| !text.trim().is_empty()) {
            None => Condition::Missing,
            Some(text) => Expression::parse(text).map_or_else(Condition::Invalid, Condition::Parsed),
        }
    };
    let default = matches!(provider.source, TokenSource::Aws { .. }) && provider.attribute_mapping.is_empty();
    let mapping = if default {
        Cow::Owned(AWS_MAPPING.map(|(name, cel)| (name.to_owned(), cel.to_owned())).into())
    } else {
        Cow::Borrowed(&provider.attribute_mapping)
    };
    let comparisons = match &condition {
        Condition::Parsed(expression) => {
            expression.comparisons().into_iter().map(|comparison| through_mapping(comparison, &mapping)).collect()
        }
        _ => Vec::new(),
    };
    let known = |text: &'a Option<String>, field: &str| text.as_deref().filter(|_| !document.is_unknown(&at(field)));
    let subjects = provider.intended.iter().filter_map(|claims| claims.get("sub")?.as_str());
    let subjects = subjects.chain(comparisons.iter().map(|comparison| comparison.literal.as_str()));
    let (url, issuer, audience) = match &provider.source {
        TokenSource::Oidc { issuer, allowed_audiences, .. } => {
            let url = known(issuer, "source/issuer");
            (url, issuer_of(url, subjects), allowed_audiences.first().cloned())
        }
        TokenSource::Aws { account_id } => {
            let account = known(account_id, "source/account_id").unwrap_or("123456789012");
            (None, Some(Issuer::Aws { account: account.to_owned() }), None)
        }
        TokenSource::Saml => (None, None, None),
    };
    let federation = Federation::parse(&mapping, provider.attribute_condition.as_deref());
    let blind = match (&condition, &issuer) {
        (Condition::Unknown, _) => Some(Blindness::Condition),
        _ if document.has_unknown(&at("attribute_mapping")) => Some(Blindness::Mapping),
        (_, None) if matches!(provider.source, TokenSource::Oidc { .. }) => Some(Blindness::Issuer),
        _ => None,
    };
    let active = !provider.disabled && !pool.is_some_and(|pool| pool.disabled);
    let (mut genuine, mut attempts) = (Vec::new(), Vec::new());
    if let (Some(issuer), true) = (&issuer, active) {
        // Without audiences of its own a provider takes tokens for its own resource name.
        let own = || provider.name.as_ref().map(|name| format!("https://iam.googleapis.com/{name}"));
        let audience = &audience.or_else(own).unwrap_or_else(|| "audience".to_owned());
        let url = url.unwrap_or("https://issuer.invalid");
        let scene = Scene { issuer, url, audience, intended: &provider.intended, comparisons: &comparisons };
        let Suspects { genuine: meant, attacks } = suspects(scene);
        genuine = meant
            .into_iter()
            .map(|token| {
                let answer = match &federation {
                    Ok(federation) => federation.exchange(&token.claims()),
                    Err(refusal) => Err(refusal.clone()),
                };
                (token, answer)
            })
            .collect();
        if blind.is_none() {
            let admitted = provider.admits.as_deref().and_then(|text| Expression::parse(text).ok());
            let answer = |attack: &Attack| match federation
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|it| it.admit(&attack.token))
            {
                Ok(mapped) => {
                    let is_member = |selectors: &[&Selector]| {
                        selectors.iter().all(|selector| is_of_one(selector, &mapping))
                            && admitted.as_ref().is_some_and(|it| is_admitted(it, &attack.token))
                    };
                    Answer::Admitted { bound: bound(document, members, provider, pool, &mapped, is_member) }
                }
                Err(refusal) if refusal.certain() => Answer::Refused,
                Err(refusal) => Answer::Unclear(refusal.to_string()),
            };
            attempts = answered(attacks, answer);
        }
    }
    let shared = issuer.as_ref().is_some_and(|issuer| is_shared(issuer, settings));
    let conditioned = matches!(condition, Condition::Parsed(_));
    let door = Door { issuer, shared, comparisons, conditioned, blind, ..Door::default() }.tried_by(attempts);
    ProviderCase { provider, pointer, active, condition, mapping, genuine, door }
}

/// A comparison of a mapped attribute is one of the claim that it is mapped from, where it is mapped unchanged.
fn through_mapping(comparison: Comparison, mapping: &BTreeMap<String, String>) -> Comparison {
    let target = match comparison.path.as_deref() {
        Some([root, name]) if root == "google" || root == "attribute" => format!("{root}.{name}"),
        _ => return comparison,
    };
    let source = mapping.get(&target).and_then(|expression| Expression::parse_mapping(expression).ok()?.path());
    Comparison { path: source.or(comparison.path), ..comparison }
}

/// The provider's pool, which a document of one pool need not name.
fn pool_of<'a>(document: &'a TrustDocument, provider: &PoolProvider) -> Option<&'a Pool> {
    match (&provider.pool, document.pools.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (name, pools) => pools.iter().find(|pool| pool.name == *name),
    }
}

/// Whether a token is one of a possible member's.
fn is_admitted(admits: &Expression, token: &Token) -> bool {
    admits.holds(&Variables::new().with("assertion", Value::from(&token.claims()))) == Ok(true)
}

/// Whether a binding that selects so is one member's, which is a matter of what is selected by: a repository has an id of its own and a role its
/// name, but an owner, an account and a namespace are everybody's. Whatever is mapped in another way counts as theirs.
fn is_of_one(selector: &Selector, mapping: &BTreeMap<String, String>) -> bool {
    let [(_, session), (_, role)] = AWS_MAPPING;
    let is_mapped = |name: &str, sources: &[&str]| mapping.get(name).is_some_and(|it| sources.contains(&it.as_str()));
    match selector {
        Selector::Subject(_) => is_mapped("google.subject", &["assertion.sub", session]),
        Selector::Attribute { name, .. } => is_mapped(&format!("attribute.{name}"), &["assertion.repository_id", role]),
        Selector::Group(_) | Selector::All => false,
    }
}

/// Where the view of a pool's bindings is not complete, every mapped identity counts as bound, but for those that `is_member` takes for members,
/// given what the bindings in view select it by.
fn bound(
    document: &TrustDocument,
    members: &[Member<'_>],
    provider: &PoolProvider,
    pool: Option<&Pool>,
    mapped: &Mapped,
    is_member: impl FnOnce(&[&Selector]) -> bool,
) -> Bound {
    let hidden = |index| document.is_unknown(&format!("/bindings/{index}/members"));
    let listed = !document.is_unknown("/bindings") && !(0..document.bindings.len()).any(hidden);
    let Some(name) = provider.pool.as_deref().filter(|_| listed) else { return Bound::Yes };
    let principals = members.iter().filter_map(|member| of_pool(member.principal.as_ref()?.as_ref().ok()?, name));
    let principals: Vec<_> = principals.collect();
    if members.iter().any(|member| member.text.is_none()) {
        return Bound::Yes;
    }
    let naming = principals.iter().filter(|(principal, _)| mapped.matches(name, principal));
    let naming: Vec<&Selector> = naming.map(|(_, selector)| *selector).collect();
    match pool.is_some_and(|pool| pool.complete) {
        true if naming.is_empty() && !principals.is_empty() => Bound::No,
        false if is_member(&naming) => Bound::AsMember,
        _ => Bound::Yes,
    }
}

/// A principal of the pool, and what it selects by.
fn of_pool<'p>(principal: &'p Principal, name: &str) -> Option<(&'p Principal, &'p Selector)> {
    match principal {
        Principal::Federated { pool, selector } if pool == name => Some((principal, selector)),
        _ => None,
    }
}
