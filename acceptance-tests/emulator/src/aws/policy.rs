//! Policy documents: JSON with one or many statements, read strictly, because IAM refuses what it does not know.

use serde_json::{Map, Value};

/// Versions of the language.
const VERSIONS: &[&str] = &["2008-10-17", "2012-10-17"];

/// The names of condition operators, without prefix and suffix.
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// A policy document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) statements: Vec<Statement>,
}

/// A statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    /// Who, in a trust policy: type and value, such as `Federated` and `accounts.google.com`.
    pub(crate) principals: Option<Patterns<(String, String)>>,
    pub(crate) actions: Patterns<String>,
    pub(crate) resources: Option<Patterns<String>>,
    pub(crate) conditions: Vec<Condition>,
}

/// What a statement is about, or is about everything but.
#[derive(Debug, Clone)]
pub(crate) struct Patterns<T> {
    pub(crate) negated: bool,
    pub(crate) values: Vec<T>,
}

/// One condition.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Quantifier,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// How a condition looks at a key with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// The key has one value.
    One,
    /// One of the values is enough.
    ForAnyValue,
    /// All of the values, and no value at all, will do.
    ForAllValues,
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// It is no JSON.
    #[error("This policy contains invalid Json")]
    Json,
    /// Something is unknown, missing or of the wrong type.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// A condition's operator does not exist.
    #[error("Invalid Condition type : {0}.")]
    Operator(String),
    /// A statement allows nothing.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// An identity policy's statement is about nothing.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// An action has no service.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    NoVendor,
    /// Two statements have the same name.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    SameSid,
    /// What only another kind of policy may have.
    #[error("Has prohibited field {0}")]
    Prohibited(&'static str),
    /// A trust policy without anybody.
    #[error("Missing required field Principal")]
    NoPrincipal,
    /// A trust policy about something else.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    NotAssumeRole,
    /// Somebody who does not exist, or not yet.
    #[error("Invalid principal in policy: {0}")]
    Principal(String),
    /// A shared issuer without a look at who the token is for.
    #[error(
        "The trust policy must evaluate the condition key {0} of this shared identity provider with a value that is not a wildcard."
    )]
    SharedIssuer(String),
}

impl Document {
    /// Reads a document.
    pub(crate) fn parsed(text: &str) -> Result<Self, Malformed> {
        let value: Value = serde_json::from_str(text).map_err(|_| Malformed::Json)?;
        let object = value.as_object().ok_or(Malformed::Syntax)?;
        known(object, &["Version", "Id", "Statement"])?;
        if let Some(version) = object.get("Version")
            && !version.as_str().is_some_and(|version| VERSIONS.contains(&version))
        {
            return Err(Malformed::Syntax);
        }
        let statements = match object.get("Statement") {
            Some(Value::Array(statements)) if !statements.is_empty() => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err(Malformed::Syntax),
        };
        let mut names = Vec::new();
        let mut parsed = Vec::new();
        for statement in statements {
            let statement = statement.as_object().ok_or(Malformed::Syntax)?;
            if let Some(name) = statement.get("Sid") {
                let name = name.as_str().ok_or(Malformed::Syntax)?;
                if !name.is_empty() && names.contains(&name) {
                    return Err(Malformed::SameSid);
                }
                names.push(name);
            }
            parsed.push(Statement::parsed(statement)?);
        }
        Ok(Self { statements: parsed })
    }

    /// Refuses what an identity policy may not have.
    pub(crate) fn check_identity(&self) -> Result<(), Malformed> {
        for statement in &self.statements {
            if statement.principals.is_some() {
                return Err(Malformed::Prohibited("Principal"));
            }
            if statement.resources.is_none() {
                return Err(Malformed::NoResources);
            }
        }
        Ok(())
    }
}

impl Statement {
    fn parsed(object: &Map<String, Value>) -> Result<Self, Malformed> {
        known(
            object,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
        )?;
        let allow = match object.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(Malformed::Syntax),
        };
        let actions = either(object, "Action", "NotAction", texts)?.ok_or(Malformed::NoActions)?;
        if actions.values.iter().any(|action| action != "*" && !action.contains(':')) {
            return Err(Malformed::NoVendor);
        }
        Ok(Self {
            allow,
            principals: either(object, "Principal", "NotPrincipal", principals)?,
            actions,
            resources: either(object, "Resource", "NotResource", texts)?,
            conditions: conditions(object.get("Condition"))?,
        })
    }
}

fn either<T>(
    object: &Map<String, Value>,
    name: &str,
    negated: &str,
    read: fn(&Value) -> Result<Vec<T>, Malformed>,
) -> Result<Option<Patterns<T>>, Malformed> {
    match (object.get(name), object.get(negated)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some(Patterns { negated: false, values: read(value)? })),
        (None, Some(value)) => Ok(Some(Patterns { negated: true, values: read(value)? })),
        (Some(_), Some(_)) => Err(Malformed::Syntax),
    }
}

/// A text or a list of texts that is not empty.
fn texts(value: &Value) -> Result<Vec<String>, Malformed> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(values) if !values.is_empty() => {
            values.iter().map(|value| value.as_str().map(str::to_owned).ok_or(Malformed::Syntax)).collect()
        }
        _ => Err(Malformed::Syntax),
    }
}

fn principals(value: &Value) -> Result<Vec<(String, String)>, Malformed> {
    match value {
        Value::String(all) if all == "*" => Ok(vec![(String::from("AWS"), String::from("*"))]),
        Value::Object(kinds) if !kinds.is_empty() => {
            known(kinds, &["AWS", "Federated", "Service", "CanonicalUser"])?;
            let mut principals = Vec::new();
            for (kind, values) in kinds {
                principals.extend(texts(values)?.into_iter().map(|value| (kind.clone(), value)));
            }
            Ok(principals)
        }
        _ => Err(Malformed::Syntax),
    }
}

fn conditions(value: Option<&Value>) -> Result<Vec<Condition>, Malformed> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let mut conditions = Vec::new();
    for (name, keys) in value.as_object().ok_or(Malformed::Syntax)? {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAnyValue", rest)) => (Quantifier::ForAnyValue, rest),
            Some(("ForAllValues", rest)) => (Quantifier::ForAllValues, rest),
            Some(_) => return Err(Malformed::Operator(name.clone())),
            None => (Quantifier::One, name.as_str()),
        };
        let (operator, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |operator| (operator, true));
        if !OPERATORS.contains(&operator) {
            return Err(Malformed::Operator(name.clone()));
        }
        for (key, values) in keys.as_object().ok_or(Malformed::Syntax)? {
            conditions.push(Condition {
                operator: operator.to_owned(),
                if_exists,
                quantifier,
                key: key.clone(),
                values: scalars(values)?,
            });
        }
    }
    Ok(conditions)
}

/// Condition values may also be numbers and booleans.
fn scalars(value: &Value) -> Result<Vec<String>, Malformed> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err(Malformed::Syntax),
    };
    match value {
        Value::Array(values) if !values.is_empty() => values.iter().map(scalar).collect(),
        other => Ok(vec![scalar(other)?]),
    }
}

fn known(object: &Map<String, Value>, names: &[&str]) -> Result<(), Malformed> {
    if object.keys().all(|name| names.contains(&name.as_str())) { Ok(()) } else { Err(Malformed::Syntax) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_strictly() {
        let read = |value: Value| Document::parsed(&value.to_string()).map(|_| ());
        let good = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
        assert_eq!(read(json!({ "Version": "2012-10-17", "Statement": good })), Ok(()));
        assert_eq!(Document::parsed("{").map(|_| ()), Err(Malformed::Json));
        assert_eq!(read(json!({ "Statement": good, "Extra": 1 })), Err(Malformed::Syntax));
        assert_eq!(read(json!({ "Version": "2012-10-18", "Statement": good })), Err(Malformed::Syntax));
        assert_eq!(read(json!({ "Statement": [] })), Err(Malformed::Syntax));
        let one = |name: &str, value: Value| {
            let mut statement = good.clone();
            statement[name] = value;
            read(json!({ "Statement": [statement] }))
        };
        assert_eq!(one("Effect", json!("allow")), Err(Malformed::Syntax));
        assert_eq!(one("Action", json!("GetObject")), Err(Malformed::NoVendor));
        assert_eq!(
            one("Condition", json!({ "StringIs": { "a": "b" } })),
            Err(Malformed::Operator(String::from("StringIs")))
        );
        assert_eq!(one("Condition", json!({ "ForAnyValue:StringLike": { "a": ["b"] } })), Ok(()));
        assert_eq!(one("Actions", json!("s3:*")), Err(Malformed::Syntax));
    }
}
