//! CEL as Google takes it: an expression that does not parse is refused when it is written, not when a token arrives.

use std::collections::BTreeMap;

use crosscloud_policy_model::cel::{CelError, Expression, Value, Variables};

use super::refusal::invalid_with_violation;
use crate::http::answer::Refusal;

/// Refuses a condition that does not parse.
pub(crate) fn check_condition(field: &str, expression: &str) -> Result<(), Refusal> {
    refuse(field, Expression::parse(expression))
}

/// Refuses an attribute mapping that does not parse.
pub(crate) fn check_mapping(field: &str, expression: &str) -> Result<(), Refusal> {
    refuse(field, Expression::parse_mapping(expression))
}

/// Whether a condition depends on a claim of the token.
pub(crate) fn mentions_claim(condition: &str) -> bool {
    Expression::parse(condition).is_ok_and(|expression| expression.references().variables.contains("assertion"))
}

/// Whether the condition of a role binding holds for a request to that resource. One that speaks of what no emulated call carries
/// gives nothing.
pub(crate) fn binding_holds(condition: &str, service: &str, resource: &str) -> bool {
    let facts = BTreeMap::from([
        (String::from("name"), Value::from(resource)),
        (String::from("service"), Value::from(service)),
    ]);
    Expression::parse(condition)
        .and_then(|expression| expression.holds(&Variables::new().with("resource", facts)))
        .unwrap_or(false)
}

fn refuse(field: &str, parsed: Result<Expression, CelError>) -> Result<(), Refusal> {
    match parsed {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(invalid_with_violation(field, &format!("The expression in {field} does not compile: {error}")))
        }
    }
}
