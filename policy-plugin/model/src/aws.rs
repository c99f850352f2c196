//! Trust policies of IAM roles, as AWS evaluates them: who may assume the role.
//!
//! A policy is read once into [`TrustPolicy`] and then asked about [`Request`]s. What is not known yet, or what only AWS knows, makes the answer
//! [`Decision::Unclear`]; it never becomes a yes or a no.

mod condition;
mod evaluate;
mod operator;
mod pattern;
mod policy;
mod principal;
mod request;
mod strict_json;
#[cfg(test)]
mod tests;

pub use condition::Condition;
pub use evaluate::Decision;
pub use operator::{Compare, Operator, Quantifier, Test};
pub use pattern::Pattern;
pub use policy::{Actions, Effect, PolicyError, Statement, TrustPolicy};
pub use principal::{Named, Principals, Who};
pub use request::{Caller, Context, Request};
