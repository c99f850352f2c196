//! Runs policy components: load, pin, limit, evaluate.
//!
//! A policy is judged before it judges: a module that imports anything, speaks another contract or is not the pinned one never runs. Each
//! question goes to a fresh memory, within limits, and whatever goes wrong is an error, never a pass. Nothing happens before the first use.

mod bindings;
mod embedded;
mod engine;
mod error;
mod limits;
mod module;
mod set;
mod slots;
mod ticker;

pub use error::PolicyError;
pub use limits::Limits;
pub use module::Policy;
pub use set::{Evaluation, Module, PolicySet};

pub use crosscloud_policy_model as model;
