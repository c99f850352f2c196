//! Who a statement is about.

use super::request::{Caller, Request};
use crate::truth::Truth;

/// The `Principal` or `NotPrincipal` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// These.
    Are(Vec<Named>),
    /// Everybody but these.
    AreNot(Vec<Named>),
    /// Not known yet.
    Unknown,
}

/// One principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Pointer to it, from the policy on.
    pub pointer: String,
    /// Who it is.
    pub who: Who,
}

/// Who a principal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// `*`.
    Everyone,
    /// Every principal of an account that its own policies let: `arn:aws:iam::ACCOUNT:root` or the twelve digits.
    Account(String),
    /// A user, a role or a session, by ARN; or what is left of a deleted one.
    Arn(String),
    /// An identity provider: the ARN of an OpenID Connect or SAML provider, or one of the names that AWS knows.
    Federated(String),
    /// A service.
    Service(String),
    /// A canonical user id.
    Canonical(String),
    /// Not known yet.
    Unknown,
}

impl Who {
    /// Reads an entry under `AWS`.
    #[must_use]
    pub fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Account(text.to_owned());
        }
        match text.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "iam", "", account, "root"] => Self::Account(account.to_owned()),
            _ => Self::Arn(text.to_owned()),
        }
    }

    /// The issuer, without its scheme, where this is an OpenID Connect provider.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        /// Providers that need no object in the account.
        const KNOWN: [&str; 4] =
            ["accounts.google.com", "www.amazon.com", "graph.facebook.com", "cognito-identity.amazonaws.com"];
        let Self::Federated(text) = self else { return None };
        match text.split_once(":oidc-provider/") {
            Some((_, issuer)) => Some(issuer),
            None => KNOWN.contains(&text.as_str()).then_some(text),
        }
    }

    /// Whether this is a SAML provider.
    #[must_use]
    pub fn is_saml(&self) -> bool {
        matches!(self, Self::Federated(text) if text.contains(":saml-provider/"))
    }

    fn is(&self, caller: &Caller<'_>) -> Truth {
        match (self, caller) {
            (Self::Unknown, _) => Truth::Unknown("a principal".to_owned()),
            (Self::Everyone, _) => Truth::Yes,
            (Self::Account(wanted), Caller::Aws { account, .. }) => Truth::from(wanted == account),
            (Self::Arn(wanted), Caller::Aws { arn, role_arn, .. }) => {
                Truth::from(wanted == arn || role_arn.is_some_and(|role| role == wanted))
            }
            (Self::Federated(_), Caller::WebIdentity { provider, .. }) => {
                Truth::from(self.issuer().is_some_and(|issuer| issuer == *provider))
            }
            (Self::Federated(wanted), Caller::Saml { provider, .. }) => Truth::from(wanted == provider),
            (Self::Service(wanted), Caller::Service { name, .. }) => Truth::from(wanted.eq_ignore_ascii_case(name)),
            _ => Truth::No,
        }
    }
}

impl Principals {
    /// Whether the caller is meant.
    #[must_use]
    pub fn include(&self, request: &Request<'_>) -> Truth {
        match self {
            Self::Are(named) => Truth::any(named.iter().map(|named| named.who.is(&request.caller))),
            Self::AreNot(named) => Truth::any(named.iter().map(|named| named.who.is(&request.caller))).negated(),
            Self::Unknown => Truth::Unknown("the principal".to_owned()),
        }
    }

    /// Whether some principal is not known yet.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        *self == Self::Unknown || self.named().iter().any(|named| named.who == Who::Unknown)
    }

    /// The principals that are written, whether they are let in or kept out.
    #[must_use]
    pub fn named(&self) -> &[Named] {
        match self {
            Self::Are(named) | Self::AreNot(named) => named,
            Self::Unknown => &[],
        }
    }
}
