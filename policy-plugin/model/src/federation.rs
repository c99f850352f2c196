//! What Google does with a token at the security token service: attribute mapping first, then the attribute condition, then, whenever a
//! binding is looked at, the comparison with its members.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::cel::{CelError, Expression, Value, Variables};
use crate::principal::{Principal, Selector};
use crate::token::Token;

/// Longest `google.subject` that Google takes, in bytes.
pub const SUBJECT_LIMIT: usize = 127;

/// Most that all mapped attributes together may hold, in bytes.
pub const ATTRIBUTES_LIMIT: usize = 8192;

/// What Google knows about the bearer of an accepted token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapped {
    /// `google.subject`.
    pub subject: String,
    /// `google.groups`.
    pub groups: Vec<String>,
    /// Custom attributes, without the `attribute.` in front.
    pub attributes: BTreeMap<String, String>,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A mapping expression is invalid or fails for this token.
    #[error("the mapping of `{attribute}` fails: {source}")]
    Mapping {
        /// Target attribute.
        attribute: String,
        /// What failed.
        source: CelError,
    },
    /// A mapping gives a value of the wrong type.
    #[error("the mapping of `{attribute}` gives a {found}, and {expected} is needed")]
    MappedType {
        /// Target attribute.
        attribute: String,
        /// Type found.
        found: &'static str,
        /// Type needed.
        expected: &'static str,
    },
    /// The mapping targets an attribute that does not exist.
    #[error("`{0}` cannot be mapped to: write google.subject, google.groups or attribute.NAME")]
    UnknownTarget(String),
    /// No `google.subject`, or an empty one.
    #[error("the mapping gives no `google.subject`")]
    NoSubject,
    /// `google.subject` is too long.
    #[error("`google.subject` has {0} bytes, and Google accepts 127")]
    SubjectTooLong(usize),
    /// The mapped attributes are too large together.
    #[error("the mapped attributes hold {0} bytes, and Google accepts 8192")]
    AttributesTooLarge(usize),
    /// The condition is false.
    #[error("the attribute condition rejects the token")]
    ConditionFalse,
    /// The condition is invalid or fails for this token.
    #[error("the attribute condition fails: {0}")]
    Condition(#[source] CelError),
}

impl Refusal {
    /// Whether Google surely refuses too. False where an expression is beyond this evaluator.
    #[must_use]
    pub fn certain(&self) -> bool {
        !matches!(
            self,
            Self::Mapping { source: CelError::Unsupported(_), .. } | Self::Condition(CelError::Unsupported(_))
        )
    }
}

/// Maps the claims of a verified token and puts the result to the condition.
///
/// # Errors
/// The first reason for which Google would refuse.
pub fn exchange(
    mapping: &BTreeMap<String, String>,
    condition: Option<&str>,
    assertion: &Map<String, Json>,
) -> Result<Mapped, Refusal> {
    Federation::parse(mapping, condition)?.exchange(assertion)
}

/// A parsed mapping and condition, for putting many tokens to them.
#[derive(Debug, Clone)]
pub struct Federation {
    mapping: Vec<(String, Expression)>,
    condition: Option<Expression>,
    /// Whether mapping and condition read single claims of a token, and never the token as a whole.
    reads_single_claims: bool,
    /// Whether the condition reads what the mapping gives.
    condition_needs_mapping: bool,
}

impl Federation {
    /// Parses. A blank condition is none.
    ///
    /// # Errors
    /// [`Refusal::UnknownTarget`], or a parse error inside [`Refusal::Mapping`] and [`Refusal::Condition`].
    pub fn parse(mapping: &BTreeMap<String, String>, condition: Option<&str>) -> Result<Self, Refusal> {
        let mapping = mapping.iter().map(|(attribute, expression)| {
            let custom = attribute.strip_prefix("attribute.").is_some_and(|name| !name.is_empty());
            if !custom && !matches!(attribute.as_str(), "google.subject" | "google.groups") {
                return Err(Refusal::UnknownTarget(attribute.clone()));
            }
            match Expression::parse_mapping(expression) {
                Ok(expression) => Ok((attribute.clone(), expression)),
                Err(source) => Err(Refusal::Mapping { attribute: attribute.clone(), source }),
            }
        });
        let mapping = mapping.collect::<Result<_, _>>()?;
        let condition = condition.filter(|text| !text.trim().is_empty()).map(Expression::parse).transpose();
        Ok(Self::new(mapping, condition.map_err(Refusal::Condition)?))
    }

    fn new(mapping: Vec<(String, Expression)>, condition: Option<Expression>) -> Self {
        const ASSERTION: &str = "assertion";
        let expressions = mapping.iter().map(|(_, expression)| expression).chain(&condition);
        let reads_single_claims = expressions.into_iter().all(|expression| expression.fields(ASSERTION).is_some());
        let condition_needs_mapping = condition.as_ref().is_some_and(|condition| {
            let variables = condition.references().variables;
            variables.contains("google") || variables.contains("attribute")
        });
        Self { mapping, condition, reads_single_claims, condition_needs_mapping }
    }

    /// What Google makes of a token, of which only the claims are made that matter. Where both mapping and condition refuse, it does not
    /// matter which of them is told.
    ///
    /// # Errors
    /// A reason for which Google would refuse.
    pub fn admit(&self, token: &Token) -> Result<Mapped, Refusal> {
        let assertion =
            if self.reads_single_claims { Value::Token(Arc::new(token.clone())) } else { Value::from(&token.claims()) };
        let condition = match &self.condition {
            Some(condition) if !self.condition_needs_mapping => condition,
            _ => return self.exchange_value(assertion),
        };
        // Most tokens are refused by the condition, so it comes first where it can.
        let variables = Variables::new().with("assertion", assertion);
        match condition.holds(&variables) {
            Ok(true) => self.map(&variables),
            Ok(false) => Err(Refusal::ConditionFalse),
            Err(error) if error.denies() => Err(Refusal::Condition(error)),
            // A mapping that surely refuses decides where the condition cannot be evaluated.
            Err(error) => match self.map(&variables) {
                Err(refusal) if refusal.certain() => Err(refusal),
                _ => Err(Refusal::Condition(error)),
            },
        }
    }

    /// What Google makes of a token with these claims.
    ///
    /// # Errors
    /// The first reason for which Google would refuse.
    pub fn exchange(&self, assertion: &Map<String, Json>) -> Result<Mapped, Refusal> {
        self.exchange_value(assertion.into())
    }

    fn exchange_value(&self, assertion: Value) -> Result<Mapped, Refusal> {
        let variables = Variables::new().with("assertion", assertion);
        let mapped = self.map(&variables)?;
        let Some(condition) = &self.condition else { return Ok(mapped) };
        let mut google = BTreeMap::from([("subject".to_owned(), Value::from(mapped.subject.as_str()))]);
        if self.mapping.iter().any(|(attribute, _)| attribute == "google.groups") {
            let groups: Vec<Value> = mapped.groups.iter().map(|group| group.as_str().into()).collect();
            google.insert("groups".to_owned(), groups.into());
        }
        let attributes: BTreeMap<String, Value> =
            mapped.attributes.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let variables = variables.with("google", google).with("attribute", attributes);
        match condition.holds(&variables) {
            Ok(true) => Ok(mapped),
            Ok(false) => Err(Refusal::ConditionFalse),
            Err(error) => Err(Refusal::Condition(error)),
        }
    }

    fn map(&self, variables: &Variables) -> Result<Mapped, Refusal> {
        let mut mapped = Mapped::default();
        for (attribute, expression) in &self.mapping {
            let value = expression
                .evaluate(variables)
                .map_err(|source| Refusal::Mapping { attribute: attribute.clone(), source })?;
            match attribute.as_str() {
                "google.groups" => mapped.groups = texts(attribute, &value)?,
                "google.subject" => mapped.subject = text(attribute, &value, "a string")?,
                custom => {
                    let name = custom.strip_prefix("attribute.").unwrap_or(custom);
                    mapped.attributes.insert(name.to_owned(), text(attribute, &value, "a string")?);
                }
            }
        }
        if mapped.subject.is_empty() {
            return Err(Refusal::NoSubject);
        }
        if mapped.subject.len() > SUBJECT_LIMIT {
            return Err(Refusal::SubjectTooLong(mapped.subject.len()));
        }
        let attributes = mapped.attributes.values().chain(&mapped.groups).chain([&mapped.subject]);
        match attributes.map(String::len).sum() {
            size if size > ATTRIBUTES_LIMIT => Err(Refusal::AttributesTooLarge(size)),
            _ => Ok(mapped),
        }
    }
}

impl Mapped {
    /// Whether `member` of an allow policy names this identity, coming through the pool `pool_name`
    /// (`projects/NUMBER/locations/global/workloadIdentityPools/ID`). Comparison is exact, case included.
    #[must_use]
    pub fn matches_member(&self, pool_name: &str, member: &str) -> bool {
        member.parse().is_ok_and(|principal| self.matches(pool_name, &principal))
    }

    /// As [`Mapped::matches_member`], for a member that is parsed already.
    #[must_use]
    pub fn matches(&self, pool_name: &str, principal: &Principal) -> bool {
        match principal {
            Principal::AllUsers | Principal::AllAuthenticatedUsers => true,
            Principal::Federated { pool, selector } if pool == pool_name => match selector {
                Selector::Subject(subject) => *subject == self.subject,
                Selector::Group(group) => self.groups.contains(group),
                Selector::Attribute { name, value } => self.attributes.get(name) == Some(value),
                Selector::All => true,
            },
            _ => false,
        }
    }
}

fn text(attribute: &str, value: &Value, expected: &'static str) -> Result<String, Refusal> {
    value.as_str().map(str::to_owned).ok_or_else(|| Refusal::MappedType {
        attribute: attribute.to_owned(),
        found: value.type_name(),
        expected,
    })
}

fn texts(attribute: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    const EXPECTED: &str = "a list of strings";
    match value {
        Value::List(items) => items.iter().map(|item| text(attribute, item, EXPECTED)).collect(),
        other => {
            Err(Refusal::MappedType { attribute: attribute.to_owned(), found: other.type_name(), expected: EXPECTED })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value as Json, json};

    use super::{Mapped, Refusal, exchange};

    const POOL: &str = "projects/123456789012/locations/global/workloadIdentityPools/aks";

    fn claims() -> Map<String, Json> {
        let Json::Object(claims) = json!({
            "sub": "system:serviceaccount:chat:backend", "groups": ["a", "b"], "team": "red", "number": 7,
        }) else {
            unreachable!()
        };
        claims
    }

    fn mapping(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(target, expression)| ((*target).to_owned(), (*expression).to_owned())).collect()
    }

    #[test]
    fn maps_then_judges() {
        let mapping = mapping(&[
            ("google.subject", "assertion.sub"),
            ("google.groups", "assertion.groups"),
            ("attribute.team", "assertion.team"),
        ]);
        let condition = "google.subject == assertion.sub && 'a' in google.groups && attribute.team == 'red'";
        let mapped = exchange(&mapping, Some(condition), &claims()).unwrap();
        assert_eq!(mapped.subject, "system:serviceaccount:chat:backend");
        assert_eq!(mapped.groups, ["a", "b"]);
        assert_eq!(mapped.attributes["team"], "red");
        assert_eq!(exchange(&mapping, Some("false"), &claims()), Err(Refusal::ConditionFalse));
        assert!(exchange(&mapping, Some(" "), &claims()).is_ok());
        let missing = exchange(&mapping, Some("assertion.missing == 'x'"), &claims()).unwrap_err();
        assert!(missing.certain(), "{missing}");
        let unknown = exchange(&mapping, Some("frobnicate(assertion.sub)"), &claims()).unwrap_err();
        assert!(!unknown.certain(), "{unknown}");
    }

    #[test]
    fn refuses_what_google_refuses() {
        for (entries, expected) in [
            (vec![], Refusal::NoSubject),
            (vec![("google.subject", "''")], Refusal::NoSubject),
            (vec![("google.groups", "assertion.groups")], Refusal::NoSubject),
            (vec![("google.email", "assertion.sub")], Refusal::UnknownTarget("google.email".to_owned())),
            (vec![("attribute.", "assertion.sub")], Refusal::UnknownTarget("attribute.".to_owned())),
            (
                vec![("google.subject", "assertion.number")],
                Refusal::MappedType { attribute: "google.subject".to_owned(), found: "int", expected: "a string" },
            ),
        ] {
            assert_eq!(exchange(&mapping(&entries), None, &claims()), Err(expected));
        }
        let mut long = claims();
        long.insert("sub".to_owned(), "é".repeat(64).into());
        let mapping = mapping(&[("google.subject", "assertion.sub")]);
        assert_eq!(exchange(&mapping, None, &long), Err(Refusal::SubjectTooLong(128)));
        let error = exchange(&mapping, None, &Map::new()).unwrap_err();
        assert!(matches!(error, Refusal::Mapping { .. }));
    }

    #[test]
    fn compares_members_exactly() {
        let mapped = Mapped {
            subject: "system:serviceaccount:chat:backend".to_owned(),
            groups: vec!["admins".to_owned()],
            attributes: BTreeMap::from([("repository".to_owned(), "o/r".to_owned())]),
        };
        let other = POOL.replace("aks", "gke");
        for (member, expected) in [
            (format!("principal://iam.googleapis.com/{POOL}/subject/system:serviceaccount:chat:backend"), true),
            (format!("principal://iam.googleapis.com/{POOL}/subject/system:serviceaccount:chat:Backend"), false),
            (format!("principal://iam.googleapis.com/{other}/subject/system:serviceaccount:chat:backend"), false),
            (format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/o/r"), true),
            (format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/o/"), false),
            (format!("principalSet://iam.googleapis.com/{POOL}/attribute.owner/o"), false),
            (format!("principalSet://iam.googleapis.com/{POOL}/group/admins"), true),
            (format!("principalSet://iam.googleapis.com/{POOL}/*"), true),
            (format!("principalSet://iam.googleapis.com/{other}/*"), false),
            ("serviceAccount:x@y.iam.gserviceaccount.com".to_owned(), false),
            ("allUsers".to_owned(), true),
            ("not a member".to_owned(), false),
        ] {
            assert_eq!(mapped.matches_member(POOL, &member), expected, "{member}");
        }
    }
}
