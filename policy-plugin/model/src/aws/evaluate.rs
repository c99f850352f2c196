//! The decision on a request.

use super::policy::{Effect, Statement, TrustPolicy};
use super::request::Request;
use crate::truth::Truth;

/// Whether a trust policy lets a request through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It does, by this statement.
    Allowed {
        /// Index of the statement.
        statement: usize,
    },
    /// It does not.
    Denied,
    /// It cannot be said, and why.
    Unclear(String),
}

impl TrustPolicy {
    /// Decides on a request. An explicit denial counts more than any permission.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let mut allowed: Option<usize> = None;
        let (mut doubtful_permission, mut doubtful_denial) = (None, None);
        for (index, statement) in self.statements.iter().enumerate() {
            match (statement.effect, statement.applies(request)) {
                (Effect::Deny, Truth::Yes) => return Decision::Denied,
                (Effect::Allow, Truth::Yes) => allowed = allowed.or(Some(index)),
                (Effect::Deny, Truth::Unknown(reason)) => doubtful_denial = Some(reason),
                (Effect::Allow, Truth::Unknown(reason)) => doubtful_permission = Some(reason),
                (_, Truth::No) => {}
            }
        }
        // A doubt about a denial outweighs a permission; a doubt about a permission matters only where no other one is sure.
        match (allowed, doubtful_denial, doubtful_permission) {
            (Some(statement), None, _) => Decision::Allowed { statement },
            (Some(_), Some(reason), _) | (None, _, Some(reason)) => Decision::Unclear(reason),
            (None, _, None) => Decision::Denied,
        }
    }
}

impl Statement {
    /// Whether the statement is about the request.
    #[must_use]
    pub fn applies(&self, request: &Request<'_>) -> Truth {
        let who = self.principals.include(request);
        if who == Truth::No {
            return who;
        }
        let parts = [who, self.actions.include(request.action())];
        Truth::all(parts.into_iter().chain(self.conditions.iter().map(|condition| condition.holds(request))))
    }
}
