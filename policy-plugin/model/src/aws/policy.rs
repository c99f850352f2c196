//! Reading a trust policy.

use serde_json::{Map, Value as Json};

use super::condition::{Condition, Value};
use super::operator::Operator;
use super::pattern::Pattern;
use super::principal::{Named, Principals, Who};
use super::strict_json;
use crate::cel::{self, Comparison};
use crate::truth::Truth;

/// Most statements that are read; IAM's size limit allows far fewer.
const MAX_STATEMENTS: usize = 200;

/// Most values of one condition that are read.
const MAX_VALUES: usize = 1000;

/// A trust policy, read.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustPolicy {
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Pointer to it, from the policy on.
    pub pointer: String,
    /// Permission or denial.
    pub effect: Effect,
    /// Who it is about.
    pub principals: Principals,
    /// What it is about.
    pub actions: Actions,
    /// When it applies; all of them must hold.
    pub conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids.
    Deny,
}

/// The `Action` or `NotAction` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actions {
    /// These.
    Are(Vec<Pattern>),
    /// All but these.
    AreNot(Vec<Pattern>),
    /// Not known yet.
    Unknown,
}

/// Why a text is no trust policy that IAM takes, or none that can be read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is not JSON, or holds a key twice.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// A part has the wrong form.
    #[error("{pointer} {problem}")]
    Form {
        /// Where, from the policy on.
        pointer: String,
        /// What is wrong.
        problem: String,
    },
    /// A condition operator that is not known here. AWS may know it, so nothing follows.
    #[error("{pointer} uses the operator `{operator}`, which is not known here")]
    Operator {
        /// Where, from the policy on.
        pointer: String,
        /// The operator.
        operator: String,
    },
    /// The policy is larger than any that IAM takes.
    #[error("it is larger than any policy that IAM takes")]
    TooLarge,
}

impl PolicyError {
    /// Whether IAM surely refuses the policy, too.
    #[must_use]
    pub fn certain(&self) -> bool {
        !matches!(self, Self::Operator { .. })
    }
}

impl TrustPolicy {
    /// Reads a policy, given as a JSON object or as JSON text. `unknown` says of a pointer, from the policy on, whether that place is not
    /// known yet; the value that stands there is then ignored.
    ///
    /// # Errors
    /// [`PolicyError`] where no statement can be read with certainty.
    pub fn read(policy: &Json, unknown: &dyn Fn(&str) -> bool) -> Result<Self, PolicyError> {
        let parsed;
        let policy = match policy {
            Json::String(text) => {
                parsed = strict_json::parse(text).map_err(|error| PolicyError::Json(error.to_string()))?;
                &parsed
            }
            other => other,
        };
        let reader = Reader { unknown, variables: true };
        let root = policy.as_object().ok_or_else(|| form("", "is no object"))?;
        known_keys("", root, &["Version", "Id", "Statement"])?;
        let variables = match root.get("Version").map(Json::as_str) {
            None | Some(Some("2008-10-17")) => false,
            Some(Some("2012-10-17")) => true,
            Some(_) if unknown("/Version") => true,
            Some(_) => return Err(form("/Version", "is neither 2012-10-17 nor 2008-10-17")),
        };
        let reader = Reader { variables, ..reader };
        let statements = match root.get("Statement") {
            _ if unknown("/Statement") => vec![Statement::unknown("/Statement")],
            None => return Err(form("", "has no Statement")),
            Some(Json::Array(items)) if items.len() > MAX_STATEMENTS => return Err(PolicyError::TooLarge),
            Some(Json::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| reader.statement(format!("/Statement/{index}"), item))
                .collect::<Result<_, _>>()?,
            Some(single) => vec![reader.statement("/Statement".to_owned(), single)?],
        };
        Ok(Self { statements })
    }

    /// Statements that permit something.
    pub fn permissions(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.effect == Effect::Allow)
    }
}

impl Statement {
    /// What the statement compares of the tokens of a provider, for those who look for what slips past.
    #[must_use]
    pub fn comparisons(&self, provider: &str) -> Vec<Comparison> {
        let mut found = Vec::new();
        for condition in &self.conditions {
            let Some(claim) = condition.claim_of(provider) else { continue };
            for text in condition.texts() {
                if condition.operator.test.is_negated() {
                    let path = Some(vec!["assertion".to_owned(), claim.to_owned()]);
                    found.push(Comparison { operator: cel::Operator::NotEquals, path, literal: text.to_owned() });
                } else {
                    found.extend(Comparison::of_glob(claim, text));
                }
            }
        }
        found
    }

    /// A permission of which nothing is known.
    fn unknown(pointer: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            effect: Effect::Allow,
            principals: Principals::Unknown,
            actions: Actions::Unknown,
            conditions: Vec::new(),
        }
    }
}

impl Actions {
    /// Whether an action is meant.
    #[must_use]
    pub fn include(&self, action: &str) -> Truth {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches_ignoring_case(action));
        match self {
            Self::Are(patterns) => Truth::from(any(patterns)),
            Self::AreNot(patterns) => Truth::from(!any(patterns)),
            Self::Unknown => Truth::Unknown("the action".to_owned()),
        }
    }
}

struct Reader<'a> {
    unknown: &'a dyn Fn(&str) -> bool,
    variables: bool,
}

impl Reader<'_> {
    fn statement(&self, pointer: String, statement: &Json) -> Result<Statement, PolicyError> {
        // What may permit or forbid says nothing until it is known which.
        if (self.unknown)(&pointer) || (self.unknown)(&format!("{pointer}/Effect")) {
            return Ok(Statement::unknown(&pointer));
        }
        let parts = statement.as_object().ok_or_else(|| form(&pointer, "is no object"))?;
        known_keys(
            &pointer,
            parts,
            &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"],
        )?;
        let effect = match parts.get("Effect").and_then(Json::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err(form(&pointer, "has no Effect that is Allow or Deny")),
        };
        let at = |key: &str| format!("{pointer}/{key}");
        let principals = match (parts.get("Principal"), parts.get("NotPrincipal")) {
            (Some(_), None) if (self.unknown)(&at("Principal")) => Principals::Unknown,
            (None, Some(_)) if (self.unknown)(&at("NotPrincipal")) => Principals::Unknown,
            (Some(those), None) => Principals::Are(self.principals(at("Principal"), those)?),
            (None, Some(others)) => Principals::AreNot(self.principals(at("NotPrincipal"), others)?),
            _ => return Err(form(&pointer, "needs either Principal or NotPrincipal")),
        };
        let actions = match (parts.get("Action"), parts.get("NotAction")) {
            (Some(_), None) if (self.unknown)(&at("Action")) => Actions::Unknown,
            (None, Some(_)) if (self.unknown)(&at("NotAction")) => Actions::Unknown,
            (Some(these), None) => self.actions(at("Action"), these)?.map_or(Actions::Unknown, Actions::Are),
            (None, Some(others)) => self.actions(at("NotAction"), others)?.map_or(Actions::Unknown, Actions::AreNot),
            _ => return Err(form(&pointer, "needs either Action or NotAction")),
        };
        let conditions = match parts.get("Condition") {
            None => Vec::new(),
            Some(block) => self.conditions(&at("Condition"), block)?,
        };
        Ok(Statement { pointer, effect, principals, actions, conditions })
    }

    fn principals(&self, pointer: String, value: &Json) -> Result<Vec<Named>, PolicyError> {
        match value {
            Json::String(text) if text == "*" => return Ok(vec![Named { pointer, who: Who::Everyone }]),
            Json::Object(_) => {}
            _ => return Err(form(&pointer, "is neither `*` nor an object")),
        }
        let mut found = Vec::new();
        for (kind, names) in value.as_object().into_iter().flatten() {
            let read: fn(&str) -> Who = match kind.as_str() {
                "AWS" => Who::aws,
                "Federated" => |text| Who::Federated(text.to_owned()),
                "Service" => |text| Who::Service(text.to_owned()),
                "CanonicalUser" => |text| Who::Canonical(text.to_owned()),
                _ => return Err(form(&pointer, &format!("names a principal of the unheard kind `{kind}`"))),
            };
            for (pointer, text) in self.texts(&format!("{pointer}/{kind}"), names)? {
                found.push(Named { pointer, who: text.map_or(Who::Unknown, |text| read(&text)) });
            }
        }
        Ok(found)
    }

    /// None if one of the actions is not known.
    fn actions(&self, pointer: String, value: &Json) -> Result<Option<Vec<Pattern>>, PolicyError> {
        let texts = self.texts(&pointer, value)?;
        Ok(texts.into_iter().map(|(_, text)| Some(Pattern::read(&text?, false))).collect())
    }

    fn conditions(&self, pointer: &str, block: &Json) -> Result<Vec<Condition>, PolicyError> {
        let unreadable = |pointer: &str| Condition {
            pointer: pointer.to_owned(),
            operator: Operator {
                quantifier: super::operator::Quantifier::Single,
                test: super::operator::Test::String { negated: false },
                if_exists: false,
            },
            key: Condition::UNKNOWN.to_owned(),
            values: vec![None],
        };
        if (self.unknown)(pointer) {
            return Ok(vec![unreadable(pointer)]);
        }
        let operators = block.as_object().ok_or_else(|| form(pointer, "is no object"))?;
        let mut found = Vec::new();
        for (name, keys) in operators {
            let at = format!("{pointer}/{}", escape(name));
            if (self.unknown)(&at) {
                found.push(unreadable(&at));
                continue;
            }
            let operator = Operator::read(name)
                .ok_or_else(|| PolicyError::Operator { pointer: pointer.to_owned(), operator: name.clone() })?;
            let keys = keys.as_object().ok_or_else(|| form(&at, "is no object"))?;
            for (key, values) in keys {
                let pointer = format!("{at}/{}", escape(key));
                let values = self
                    .texts(&pointer, values)?
                    .into_iter()
                    .map(|(_, text)| text.map(|text| Value { pattern: Pattern::read(&text, self.variables), text }));
                found.push(Condition { operator, key: key.to_ascii_lowercase(), values: values.collect(), pointer });
            }
        }
        Ok(found)
    }

    /// One text or a list of them, each with its pointer; none for one that is not known.
    fn texts(&self, pointer: &str, value: &Json) -> Result<Vec<(String, Option<String>)>, PolicyError> {
        if (self.unknown)(pointer) {
            return Ok(vec![(pointer.to_owned(), None)]);
        }
        let one = |pointer: String, value: &Json| match value {
            _ if (self.unknown)(&pointer) => Ok((pointer, None)),
            Json::String(text) => Ok((pointer, Some(text.clone()))),
            Json::Bool(_) | Json::Number(_) => Ok((pointer, Some(value.to_string()))),
            _ => Err(form(&pointer, "is no text")),
        };
        match value {
            Json::Array(items) if items.len() > MAX_VALUES => Err(PolicyError::TooLarge),
            Json::Array(items) => {
                items.iter().enumerate().map(|(index, item)| one(format!("{pointer}/{index}"), item)).collect()
            }
            single => Ok(vec![one(pointer.to_owned(), single)?]),
        }
    }
}

fn form(pointer: &str, problem: &str) -> PolicyError {
    let pointer = if pointer.is_empty() { "it".to_owned() } else { pointer.to_owned() };
    PolicyError::Form { pointer, problem: problem.to_owned() }
}

/// IAM takes no other keys; case counts.
fn known_keys(pointer: &str, parts: &Map<String, Json>, known: &[&str]) -> Result<(), PolicyError> {
    match parts.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) if matches!(key.as_str(), "Resource" | "NotResource") => {
            Err(form(pointer, &format!("holds {key}, which a trust policy must not")))
        }
        Some(key) => Err(form(pointer, &format!("holds the unheard part `{key}`"))),
    }
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
