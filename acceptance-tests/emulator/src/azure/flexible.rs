//! Flexible federated identity credentials: an expression over claims in place of a subject, such as
//! `claims['sub'] matches 'repo:contoso/web:ref:refs/heads/*'`.

use serde_json::{Map, Value};

/// Issuers whose tokens may be matched by an expression, and the claims that it may look at.
const ISSUERS: &[(&str, &[&str])] = &[
    ("https://token.actions.githubusercontent.com", &["sub", "job_workflow_ref"]),
    ("https://gitlab.com", &["sub"]),
    ("https://app.terraform.io", &["sub"]),
];

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FlexibleError {
    /// Only some issuers have expressions.
    #[error("The issuer '{0}' does not support a claims matching expression.")]
    Issuer(String),
    /// There is one language version.
    #[error("The claims matching expression must have a 'value' and the 'languageVersion' 1.")]
    Version,
    /// It does not parse.
    #[error("The claims matching expression is not valid at '{0}'.")]
    Syntax(String),
    /// The claim may not be looked at.
    #[error("The claims matching expression may not use the claim '{claim}' of the issuer '{issuer}'.")]
    Claim {
        /// The claim.
        claim: String,
        /// The issuer.
        issuer: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    claim: String,
    wildcard: bool,
    value: String,
}

/// Refuses an expression, as the API writes it, that this issuer's tokens cannot be matched with.
pub(crate) fn check(issuer: &str, expression: &Value) -> Result<(), FlexibleError> {
    let Some((_, claims)) = ISSUERS.iter().find(|(known, _)| *known == issuer) else {
        return Err(FlexibleError::Issuer(issuer.to_owned()));
    };
    let value =
        expression["value"].as_str().filter(|_| expression["languageVersion"] == 1).ok_or(FlexibleError::Version)?;
    for comparison in parsed(value)? {
        if !claims.contains(&comparison.claim.as_str()) {
            return Err(FlexibleError::Claim { claim: comparison.claim, issuer: issuer.to_owned() });
        }
    }
    Ok(())
}

/// Whether a token's claims satisfy an expression.
pub(crate) fn matches(expression: &str, claims: &Map<String, Value>) -> bool {
    parsed(expression).is_ok_and(|comparisons| {
        comparisons.iter().all(|comparison| {
            let claim = claims.get(&comparison.claim).and_then(Value::as_str);
            claim.is_some_and(|claim| {
                if comparison.wildcard { like(&comparison.value, claim) } else { comparison.value == claim }
            })
        })
    })
}

fn parsed(text: &str) -> Result<Vec<Comparison>, FlexibleError> {
    let mut comparisons = Vec::new();
    let mut rest = text.trim();
    loop {
        let (comparison, after) = comparison(rest).ok_or_else(|| FlexibleError::Syntax(rest.to_owned()))?;
        comparisons.push(comparison);
        rest = after.trim_start();
        if rest.is_empty() {
            return Ok(comparisons);
        }
        rest = rest.strip_prefix("and ").ok_or_else(|| FlexibleError::Syntax(rest.to_owned()))?.trim_start();
    }
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    let (claim, rest) = text.strip_prefix("claims['")?.split_once("']")?;
    let rest = rest.trim_start();
    let (wildcard, rest) = match rest.strip_prefix("matches ") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("eq ")?),
    };
    let (value, rest) = rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
    Some((Comparison { claim: claim.to_owned(), wildcard, value: value.to_owned() }, rest))
}

/// A star stands for any characters, a question mark for one; case counts.
fn like(pattern: &str, text: &str) -> bool {
    let mut patterns = pattern.chars();
    match patterns.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = patterns.as_str();
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| like(rest, &text[at..]))
        }
        Some(wanted) => {
            let mut given = text.chars();
            given.next().is_some_and(|given| wanted == '?' || wanted == given)
                && like(patterns.as_str(), given.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const GITHUB: &str = "https://token.actions.githubusercontent.com";

    fn claims(subject: &str) -> Map<String, Value> {
        json!({ "sub": subject }).as_object().unwrap().clone()
    }

    #[test]
    fn an_expression_admits_what_it_says_and_nothing_else() {
        let expression = "claims['sub'] matches 'repo:contoso/web:ref:refs/heads/*'";
        assert!(matches(expression, &claims("repo:contoso/web:ref:refs/heads/main")));
        assert!(!matches(expression, &claims("repo:contoso/web-twin:ref:refs/heads/main")));
        assert!(!matches(expression, &claims("REPO:contoso/web:ref:refs/heads/main")));
        let both = format!("{expression} and claims['job_workflow_ref'] eq 'x'");
        assert!(!matches(&both, &claims("repo:contoso/web:ref:refs/heads/main")));
    }

    #[test]
    fn an_expression_is_checked_when_it_is_written() {
        let check = |issuer: &str, value: &str| check(issuer, &json!({ "value": value, "languageVersion": 1 }));
        assert_eq!(check(GITHUB, "claims['sub'] eq 'a'"), Ok(()));
        assert!(matches!(check("https://idp.example.com", "claims['sub'] eq 'a'"), Err(FlexibleError::Issuer(_))));
        assert!(matches!(check(GITHUB, "claims['actor'] eq 'a'"), Err(FlexibleError::Claim { .. })));
        assert!(matches!(check(GITHUB, "sub == 'a'"), Err(FlexibleError::Syntax(_))));
    }
}
