//! The judged document, with every provider already asked whom it lets in.

use crosscloud_policy_sdk::model::attacker::{Attack, Claims, Dimension, Scene, Suspects, suspects};
use crosscloud_policy_sdk::model::cel::{Acceptance, CelError, Comparison, Expression, Operator};
use crosscloud_policy_sdk::model::document::{Pool, PoolProvider, TokenSource, TrustDocument};
use crosscloud_policy_sdk::model::federation::{Federation, Mapped, Refusal};
use crosscloud_policy_sdk::model::issuer::{Cluster, Issuer};
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::principal::{Principal, PrincipalError};

/// What rules look at.
#[derive(Debug)]
pub struct Case<'a> {
    /// The document itself.
    pub document: &'a TrustDocument,
    /// Every member of every binding.
    pub members: Vec<Member<'a>>,
    /// Every provider, asked.
    pub providers: Vec<ProviderCase<'a>>,
}

/// A member of a binding.
#[derive(Debug)]
pub struct Member<'a> {
    /// Where it stands.
    pub pointer: String,
    /// Index of its binding.
    pub binding: usize,
    /// As written; none if it is not known yet.
    pub text: Option<&'a str>,
    /// As read.
    pub principal: Option<Result<Principal, PrincipalError>>,
}

/// A provider and what it does with tokens.
#[derive(Debug)]
pub struct ProviderCase<'a> {
    /// The provider itself.
    pub provider: &'a PoolProvider,
    /// Where it stands.
    pub pointer: String,
    /// Whether it and its pool are switched on.
    pub active: bool,
    /// Whose tokens it takes; none if that is not known or not a matter of an issuer.
    pub issuer: Option<Issuer>,
    /// Whether people outside the organisation get tokens from that issuer.
    pub shared: bool,
    /// Its condition.
    pub condition: Condition,
    /// What the condition compares.
    pub comparisons: Vec<Comparison>,
    /// What becomes of tokens that are meant to get in.
    pub genuine: Vec<(Claims, Result<Mapped, Refusal>)>,
    /// What becomes of tokens that are not. Empty where condition, mapping or issuer are not known, and where the provider is off.
    pub attempts: Vec<Attempt>,
    /// Why the attempts are missing, if they are.
    pub blind: Option<Blindness>,
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

/// Why nobody can be put to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blindness {
    /// The condition is not known yet.
    Condition,
    /// The mapping is not known yet.
    Mapping,
    /// The issuer is not known yet, and nothing else says whose it is.
    Issuer,
}

/// A hostile token at the door.
#[derive(Debug)]
pub struct Attempt {
    /// Who comes.
    pub attack: Attack,
    /// What happens.
    pub answer: Answer,
}

/// What happens to a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Refused.
    Refused,
    /// Admitted by mapping and condition.
    Admitted {
        /// Whether a binding gives it anything.
        bound: Bound,
    },
    /// It cannot be said.
    Unclear(String),
}

/// Whether a mapped identity holds any grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Some binding names it, or bindings out of view may.
    Yes,
    /// No binding names it.
    No,
}

/// What in a condition lets a look-alike through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looseness<'a> {
    /// Nothing looks only at a part of a claim.
    None,
    /// A comparison with the beginning, the end or some part of a claim, cut in the middle of a name.
    Affix(&'a Comparison),
    /// A pattern that matches a part of a claim.
    Pattern(&'a Comparison),
}

impl<'a> Case<'a> {
    /// Asks every provider of the document.
    #[must_use]
    pub fn new(document: &'a TrustDocument, settings: &BuiltInSettings) -> Self {
        let members: Vec<Member<'a>> = document
            .bindings
            .iter()
            .enumerate()
            .flat_map(|(binding, grant)| {
                grant.members.iter().enumerate().map(move |(index, text)| (binding, index, text))
            })
            .map(|(binding, index, text)| {
                let pointer = format!("/bindings/{binding}/members/{index}");
                let text = text.as_deref().filter(|_| !document.is_unknown(&pointer));
                Member { pointer, binding, text, principal: text.map(str::parse) }
            })
            .collect();
        let providers = document
            .providers
            .iter()
            .enumerate()
            .map(|(index, provider)| ask(document, settings, &members, index, provider))
            .collect();
        Self { document, members, providers }
    }

    /// Providers that are switched on.
    pub fn active(&self) -> impl Iterator<Item = &ProviderCase<'a>> {
        self.providers.iter().filter(|provider| provider.active)
    }
}

impl ProviderCase<'_> {
    /// Pointer to a field of the provider.
    #[must_use]
    pub fn at(&self, field: &str) -> String {
        format!("{}/{field}", self.pointer)
    }

    /// Tokens that get in and should not, with what bindings make of them.
    pub fn intruders(&self) -> impl Iterator<Item = (&Attack, Bound)> {
        self.attempts.iter().filter_map(|attempt| match attempt.answer {
            Answer::Admitted { bound } => Some((&attempt.attack, bound)),
            _ => None,
        })
    }

    /// The intruder to show, bound ones first, among those that `accept` takes.
    pub fn worst(&self, accept: impl Fn(&Attack) -> bool) -> Option<(&Attack, Bound)> {
        self.intruders().filter(|(attack, _)| accept(attack)).min_by_key(|(_, bound)| *bound == Bound::No)
    }

    /// Why it cannot be said whether some token gets in, if so.
    #[must_use]
    pub fn unclear(&self) -> Option<&str> {
        self.attempts.iter().find_map(|attempt| match &attempt.answer {
            Answer::Unclear(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    /// Whether there is no condition to judge; another rule says so.
    #[must_use]
    pub fn lacks_condition(&self) -> bool {
        matches!(self.condition, Condition::Missing | Condition::Unknown | Condition::Invalid(_))
    }

    /// Whether a condition stands there and keeps nobody out.
    #[must_use]
    pub fn hollow(&self) -> bool {
        matches!(self.condition, Condition::Parsed(_))
            && !self.attempts.is_empty()
            && self.attempts.iter().all(|attempt| matches!(attempt.answer, Answer::Admitted { .. }))
    }

    /// What in the condition lets this look-alike through.
    #[must_use]
    pub fn looseness(&self, attack: &Attack) -> Looseness<'_> {
        if !matches!(attack.dimension, Dimension::Twin | Dimension::NearMiss | Dimension::Boundary) {
            return Looseness::None;
        }
        for comparison in &self.comparisons {
            // Where the compared value is computed, the subject is the likeliest thing that it is computed from.
            let text = match comparison.path.as_deref() {
                Some([root, path @ ..]) if root == "assertion" => lookup(&attack.claims, path),
                _ => attack.claims.get("sub"),
            };
            let Some(text) = text.and_then(serde_json::Value::as_str) else { continue };
            if comparison.accepts(text) != Acceptance::Part {
                continue;
            }
            match comparison.operator {
                Operator::Matches => return Looseness::Pattern(comparison),
                Operator::StartsWith | Operator::EndsWith | Operator::Contains if cuts_a_name(comparison, text) => {
                    return Looseness::Affix(comparison);
                }
                _ => {}
            }
        }
        Looseness::None
    }

    /// The condition that admits the intended workloads and nobody else, if it is said who they are.
    #[must_use]
    pub fn tight_condition(&self) -> Option<String> {
        let mut subjects: Vec<&str> = Vec::new();
        for (claims, _) in &self.genuine {
            subjects.push(claims.get("sub")?.as_str()?);
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
        match self.tight_condition() {
            Some(condition) if document.subject.starts_with("crosscloud_") => {
                format!("Write attribute_condition = \"{condition}\", or leave the argument out: that is its default.")
            }
            Some(condition) => format!("Write attribute_condition = \"{condition}\"."),
            None => self.general_advice(),
        }
    }

    fn general_advice(&self) -> String {
        let example = match &self.issuer {
            Some(Issuer::GitHub { .. }) => {
                "assertion.repository_owner_id == 'ID' && assertion.sub == 'repo:OWNER/REPO:ref:refs/heads/main'"
            }
            Some(Issuer::GitLab { .. }) => {
                "assertion.namespace_id == 'ID' && assertion.sub == 'project_path:GROUP/PROJECT:ref_type:branch:ref:main'"
            }
            Some(Issuer::TerraformCloud) => {
                "assertion.terraform_organization_id == 'org-ID' && assertion.terraform_workspace_id == 'ws-ID'"
            }
            Some(Issuer::Kubernetes(_)) => "assertion.sub == 'system:serviceaccount:NAMESPACE:NAME'",
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

fn lookup<'a>(claims: &'a Claims, path: &[String]) -> Option<&'a serde_json::Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(claims.get(first)?, |value, name| value.get(name))
}

/// Whether a part of a claim ends inside a name rather than at a separator.
fn cuts_a_name(comparison: &Comparison, text: &str) -> bool {
    const SEPARATORS: [char; 3] = [':', '/', '@'];
    let literal = comparison.literal.as_str();
    let Some(at) = text.find(literal) else { return false };
    let (before, after) = (&text[..at], &text[at + literal.len()..]);
    let open = |inner: Option<char>, outer: Option<char>| matches!((inner, outer), (Some(inner), Some(outer)) if !SEPARATORS.contains(&inner) && !SEPARATORS.contains(&outer));
    open(literal.chars().next_back(), after.chars().next()) || open(literal.chars().next(), before.chars().next_back())
}

fn ask<'a>(
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
    let comparisons = match &condition {
        Condition::Parsed(expression) => expression.comparisons(),
        _ => Vec::new(),
    };
    let (url, audience) = match &provider.source {
        TokenSource::Oidc { issuer, allowed_audiences, .. } => (
            issuer.as_deref().filter(|_| !document.is_unknown(&at("source/issuer"))),
            allowed_audiences.first().cloned(),
        ),
        TokenSource::Aws { .. } | TokenSource::Saml => (None, None),
    };
    let issuer = issuer_of(provider, url, &comparisons);
    let shared = issuer.as_ref().is_some_and(|issuer| match issuer {
        Issuer::Other { host } | Issuer::GitLab { host } | Issuer::GitHub { host }
            if settings.shared_issuer_hosts.contains(host) =>
        {
            true
        }
        known => known.is_shared(),
    });
    let mut case = ProviderCase {
        provider,
        active: !provider.disabled && !pool.is_some_and(|pool| pool.disabled),
        issuer,
        shared,
        condition,
        comparisons,
        genuine: Vec::new(),
        attempts: Vec::new(),
        blind: None,
        pointer,
    };
    let federation = Federation::parse(&provider.attribute_mapping, provider.attribute_condition.as_deref());
    case.blind = match (&case.condition, &case.issuer) {
        (Condition::Unknown, _) => Some(Blindness::Condition),
        _ if document.has_unknown(&case.at("attribute_mapping")) => Some(Blindness::Mapping),
        (_, None) if matches!(provider.source, TokenSource::Oidc { .. }) => Some(Blindness::Issuer),
        _ => None,
    };
    if let (Some(issuer), true) = (&case.issuer, case.active) {
        // Without audiences of its own a provider takes tokens for its own resource name.
        let own = || provider.name.as_ref().map(|name| format!("https://iam.googleapis.com/{name}"));
        let audience = &audience.or_else(own).unwrap_or_else(|| "audience".to_owned());
        let url = url.unwrap_or("https://issuer.invalid");
        let scene = Scene { issuer, url, audience, intended: &provider.intended, comparisons: &case.comparisons };
        let Suspects { genuine, attacks } = suspects(scene);
        let exchange = |claims: &Claims| match &federation {
            Ok(federation) => federation.exchange(claims),
            Err(refusal) => Err(refusal.clone()),
        };
        case.genuine = genuine.into_iter().map(|claims| (claims.clone(), exchange(&claims))).collect();
        if case.blind.is_none() {
            let answer = |attack: &Attack| match exchange(&attack.claims) {
                Ok(mapped) => Answer::Admitted { bound: bound(document, members, provider, pool, &mapped) },
                Err(refusal) if refusal.certain() => Answer::Refused,
                Err(refusal) => Answer::Unclear(refusal.to_string()),
            };
            case.attempts = attacks.into_iter().map(|attack| Attempt { answer: answer(&attack), attack }).collect();
        }
    }
    case
}

/// The provider's pool, which a document of one pool need not name.
fn pool_of<'a>(document: &'a TrustDocument, provider: &PoolProvider) -> Option<&'a Pool> {
    match (&provider.pool, document.pools.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (name, pools) => pools.iter().find(|pool| pool.name == *name),
    }
}

/// Whose issuer it is. Subjects of service accounts give a cluster away whose URL is unknown or says nothing.
fn issuer_of(provider: &PoolProvider, url: Option<&str>, comparisons: &[Comparison]) -> Option<Issuer> {
    const ACCOUNT: &str = "system:serviceaccount:";
    let classified = url.map(Issuer::classify);
    if !matches!(classified, None | Some(Issuer::Other { .. })) || !matches!(provider.source, TokenSource::Oidc { .. })
    {
        return classified;
    }
    let subjects = provider.intended.iter().filter_map(|claims| claims.get("sub")?.as_str());
    let accounts = subjects.chain(comparisons.iter().map(|comparison| comparison.literal.trim_start_matches('^')));
    if accounts.into_iter().any(|text| text.starts_with(ACCOUNT)) {
        Some(Issuer::Kubernetes(Cluster::Generic))
    } else {
        classified
    }
}

/// Where the view of a pool's bindings is not complete, every mapped identity counts as bound.
fn bound(
    document: &TrustDocument,
    members: &[Member<'_>],
    provider: &PoolProvider,
    pool: Option<&Pool>,
    mapped: &Mapped,
) -> Bound {
    let hidden = |index| document.is_unknown(&format!("/bindings/{index}/members"));
    let listed = !document.is_unknown("/bindings") && !(0..document.bindings.len()).any(hidden);
    let complete = listed && pool.is_some_and(|pool| pool.complete);
    let Some(name) = provider.pool.as_deref().filter(|_| complete) else { return Bound::Yes };
    let of_pool = |principal: &Principal| matches!(principal, Principal::Federated { pool, .. } if pool == name);
    let mut principals = members.iter().filter_map(|member| member.principal.as_ref()?.as_ref().ok());
    let unknown = members.iter().any(|member| member.text.is_none());
    let in_view = principals.clone().any(of_pool);
    if unknown || !in_view || principals.any(|principal| mapped.matches(name, principal)) {
        Bound::Yes
    } else {
        Bound::No
    }
}
