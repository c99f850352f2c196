//! Whose token it is: what an issuer makes the claims from.

use std::sync::Arc;

use super::aws_identity::Identity;
use super::aws_token::Caller;
use super::github::Run;
use super::grammar::Holder;
use super::kubernetes::Account;
use crate::cel::Value;
use crate::token::Claims;

/// The bearer of a token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bearer {
    /// A service account of a Kubernetes cluster.
    Account(Account),
    /// A job of a GitHub workflow.
    Run(Run),
    /// A client of an issuer whose claims follow a grammar.
    Holder(Holder),
    /// A principal of AWS, through `GetCallerIdentity`.
    Aws(Identity),
    /// A principal of AWS, through a token of its account's issuer.
    Vouched(Caller),
    /// Somebody of whom only the claims are known.
    Claims(Arc<Claims>),
}

impl Bearer {
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        match self {
            Self::Account(account) => account.value(name),
            Self::Run(run) => run.value(name),
            Self::Holder(holder) => holder.value(name),
            Self::Aws(identity) => identity.value(name),
            Self::Vouched(caller) => caller.value(name),
            Self::Claims(claims) => claims.get(name).map(Value::from),
        }
    }

    /// Whether a claim says nothing about whose token it is, so that anybody's may say anything there.
    pub(crate) fn leaves_open(&self, name: &str) -> bool {
        match self {
            Self::Run(_) => !Run::TELLING.contains(&name),
            Self::Holder(holder) => holder.leaves_open(name),
            Self::Account(_) | Self::Vouched(_) | Self::Claims(_) => name == "aud",
            Self::Aws(_) => false,
        }
    }

    /// Names of the claims that the bearer gives.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Account(_) => vec!["sub", "kubernetes.io"],
            Self::Run(_) => Run::NAMES.to_vec(),
            Self::Holder(holder) => holder.names().collect(),
            Self::Aws(_) => Identity::NAMES.to_vec(),
            Self::Vouched(_) => Caller::NAMES.to_vec(),
            Self::Claims(claims) => claims.keys().map(String::as_str).collect(),
        }
    }

    /// Whether it is a token with an envelope. `GetCallerIdentity` answers without one, and claims as they are said have their own.
    pub(crate) fn is_jwt(&self) -> bool {
        !matches!(self, Self::Aws(_) | Self::Claims(_))
    }
}
