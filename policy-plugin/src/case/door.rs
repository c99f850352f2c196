//! A way in: whose tokens come to it, who should get in, and what happens to everybody else.
//!
//! A provider of Google, a federated principal of an AWS role and a federated credential of Entra are all doors. Rules ask the door; how it
//! decides is the matter of the file that made it.

use crosscloud_policy_sdk::model::attacker::{Attack, Dimension};
use crosscloud_policy_sdk::model::cel::{Acceptance, Comparison, Operator, Probe};
use crosscloud_policy_sdk::model::issuer::{Cluster, Issuer};
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::token::Token;

/// A way in.
#[derive(Debug, Default)]
pub struct Door {
    /// Whose tokens it takes; none if that is not known or not a matter of an issuer.
    pub issuer: Option<Issuer>,
    /// Whether people outside the organisation get tokens from that issuer.
    pub shared: bool,
    /// What it compares with written texts.
    pub comparisons: Vec<Comparison>,
    /// Whether anything is compared at all.
    pub conditioned: bool,
    /// What becomes of tokens that are not meant. Empty where too little is known, and where the door is shut.
    pub attempts: Vec<Attempt>,
    /// Why the attempts are missing, if they are.
    pub blind: Option<Blindness>,
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
    /// Which comparison lets a look-alike through, of those that get in.
    loose: Option<usize>,
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

/// Whether a mapped identity holds any grant; the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Some binding names it, or bindings out of view may.
    Yes,
    /// The owner of the door admits it as a member: a binding in view may be its own, and of those out of view nothing is said.
    AsMember,
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

impl Door {
    /// The door with those who came to it.
    #[must_use]
    pub fn tried_by(self, attempts: Vec<(Attack, Answer)>) -> Self {
        let probes: Vec<Probe<'_>> = self.comparisons.iter().map(Comparison::probe).collect();
        let attempts = attempts.into_iter().map(|(attack, answer)| {
            let inside = matches!(answer, Answer::Admitted { .. });
            let loose = if inside { loose(&probes, &self.comparisons, &attack) } else { None };
            Attempt { attack, answer, loose }
        });
        let attempts = attempts.collect();
        Self { attempts, ..self }
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
        self.intruders().filter(|(attack, _)| accept(attack)).min_by_key(|(_, bound)| *bound)
    }

    /// The same, for those who also ask what lets the intruder through.
    pub fn worst_by(
        &self,
        accept: impl Fn(&Attack, &Looseness<'_>) -> bool,
    ) -> Option<(&Attack, Bound, Looseness<'_>)> {
        let inside = self.attempts.iter().filter_map(|attempt| match attempt.answer {
            Answer::Admitted { bound } => Some((&attempt.attack, bound, self.looseness(attempt))),
            _ => None,
        });
        inside.filter(|(attack, _, loose)| accept(attack, loose)).min_by_key(|(_, bound, _)| *bound)
    }

    /// Why it cannot be said whether some token gets in, if so.
    #[must_use]
    pub fn unclear(&self) -> Option<&str> {
        self.attempts.iter().find_map(|attempt| match &attempt.answer {
            Answer::Unclear(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    /// Whether something is compared, and everybody gets in all the same.
    #[must_use]
    pub fn hollow(&self) -> bool {
        self.conditioned
            && !self.attempts.is_empty()
            && self.attempts.iter().all(|attempt| matches!(attempt.answer, Answer::Admitted { .. }))
    }

    fn looseness(&self, attempt: &Attempt) -> Looseness<'_> {
        match attempt.loose.map(|index| &self.comparisons[index]) {
            None => Looseness::None,
            Some(comparison) if comparison.operator == Operator::Matches => Looseness::Pattern(comparison),
            Some(comparison) => Looseness::Affix(comparison),
        }
    }

    /// Somebody who gets in and differs in this.
    #[must_use]
    pub fn differing_in(&self, dimension: Dimension) -> Option<(&Attack, Bound)> {
        self.worst(|attack| attack.dimension == dimension)
    }
}

/// Whether people outside the organisation get tokens from an issuer, as far as we know and as the settings say.
#[must_use]
pub(super) fn is_shared(issuer: &Issuer, settings: &BuiltInSettings) -> bool {
    match issuer {
        Issuer::Other { host } | Issuer::GitLab { host } | Issuer::GitHub { host }
            if settings.shared_issuer_hosts.contains(host) =>
        {
            true
        }
        known => known.is_shared(),
    }
}

/// Whose issuer a URL is. Subjects of service accounts give a cluster away whose URL is unknown or says nothing, and those of roles an AWS account
/// whose issuer is not known yet.
#[must_use]
pub(super) fn issuer_of<'a>(url: Option<&str>, subjects: impl Iterator<Item = &'a str>) -> Option<Issuer> {
    const ACCOUNT: &str = "system:serviceaccount:";
    let classified = url.map(Issuer::classify);
    if !matches!(classified, None | Some(Issuer::Other { .. })) {
        return classified;
    }
    let mut role = false;
    for text in subjects.map(|text| text.trim_start_matches('^')) {
        if text.starts_with(ACCOUNT) {
            return Some(Issuer::Kubernetes(Cluster::Generic));
        }
        role |= text.starts_with("arn:aws:iam::");
    }
    classified.or_else(|| role.then(|| Issuer::AwsOutbound { host: String::new() }))
}

/// Everybody with what happens to him.
pub(super) fn answered(attacks: Vec<Attack>, answer: impl Fn(&Attack) -> Answer) -> Vec<(Attack, Answer)> {
    let each = attacks.into_iter().map(|attack| {
        let answer = answer(&attack);
        (attack, answer)
    });
    each.collect()
}

/// Index of the comparison that lets a look-alike through.
fn loose(probes: &[Probe<'_>], comparisons: &[Comparison], attack: &Attack) -> Option<usize> {
    if !matches!(attack.dimension, Dimension::Twin | Dimension::NearMiss | Dimension::Boundary) {
        return None;
    }
    probes.iter().zip(comparisons).position(|(probe, comparison)| {
        // Where the compared value is computed, the subject is the likeliest thing that it is computed from.
        let text = match comparison.path.as_deref() {
            Some([root, path @ ..]) if root == "assertion" => lookup(&attack.token, path),
            _ => attack.token.text("sub"),
        };
        let Some(text) = text else { return false };
        match comparison.operator {
            Operator::Matches => probe.accepts(&text) == Acceptance::Part,
            Operator::StartsWith | Operator::EndsWith | Operator::Contains => {
                probe.accepts(&text) == Acceptance::Part && cuts_a_name(comparison, &text)
            }
            Operator::Equals | Operator::NotEquals => false,
        }
    })
}

/// The subject of a token, for messages.
#[must_use]
pub fn subject(token: &Token) -> String {
    token.text("sub").or_else(|| token.text("arn")).unwrap_or_default()
}

fn lookup(token: &Token, path: &[String]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return token.text(first);
    }
    let value = token.claim(first)?;
    rest.iter().try_fold(&value, |value, name| value.get(name))?.as_str().map(str::to_owned)
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
