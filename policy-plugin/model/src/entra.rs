//! Federated credentials as Microsoft Entra compares them: issuer, subject and audience exactly, or an expression over claims.
//!
//! The expression language has a claim lookup, an operator and a quoted text, with `and` between such comparisons:
//! `claims['sub'] matches 'repo:octo/app:ref:refs/heads/*' and claims['job_workflow_ref'] eq 'octo/ops/.github/workflows/deploy.yml@refs/tags/v1'`.

mod expression;
#[cfg(test)]
mod tests;

pub use expression::{Comparison, Expression, ExpressionError, Operator};

use crate::cel;
use crate::document::FederatedCredential;
use crate::token::Token;
use crate::truth::Truth;

/// Most federated credentials of one identity.
pub const CREDENTIAL_LIMIT: usize = 20;

/// Longest issuer, subject or audience.
pub const FIELD_LIMIT: usize = 600;

/// The audience of the token exchange, in each of Microsoft's clouds.
pub const EXCHANGE_AUDIENCES: [&str; 3] =
    ["api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina"];

/// A credential, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// The subject must be this.
    Subject(String),
    /// The expression must hold.
    Flexible(Expression),
    /// The expression cannot be read.
    Unreadable(ExpressionError),
    /// Neither, or not known yet.
    Nothing,
}

impl Match {
    /// What a credential compares besides issuer and audience.
    #[must_use]
    pub fn of(credential: &FederatedCredential) -> Self {
        match (&credential.claims_matching_expression, &credential.subject) {
            (Some(text), _) => Expression::parse(text).map_or_else(Self::Unreadable, Self::Flexible),
            (None, Some(subject)) => Self::Subject(subject.clone()),
            (None, None) => Self::Nothing,
        }
    }

    /// What it compares, for those who look for what slips past.
    #[must_use]
    pub fn comparisons(&self) -> Vec<cel::Comparison> {
        match self {
            Self::Subject(subject) => vec![cel::Comparison {
                operator: cel::Operator::Equals,
                path: Some(vec!["assertion".to_owned(), "sub".to_owned()]),
                literal: subject.clone(),
            }],
            Self::Flexible(expression) => {
                let each = expression.comparisons.iter();
                each.flat_map(|one| cel::Comparison::of_glob(&one.claim, &one.comparand)).collect()
            }
            Self::Unreadable(_) | Self::Nothing => Vec::new(),
        }
    }

    /// Whether a token of the right issuer and audience gets in.
    #[must_use]
    pub fn admits(&self, token: &Token) -> Truth {
        match self {
            Self::Subject(subject) => Truth::from(token.text("sub").as_ref() == Some(subject)),
            Self::Flexible(expression) => Truth::from(expression.admits(token)),
            Self::Unreadable(error) if error.certain() => Truth::No,
            Self::Unreadable(error) => Truth::Unknown(error.to_string()),
            Self::Nothing => Truth::Unknown("the subject".to_owned()),
        }
    }
}
