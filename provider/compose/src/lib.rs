//! Runs a graph of cloud objects.
//!
//! A [`Graph`] says what is wanted and in which order; a [`Journal`] says what is there. [`apply`] makes the first true and returns the
//! second, whatever fails on the way; [`refresh`] notices drift; [`destroy`] removes what was made and nothing else. Objects are opaque
//! here: a [`Driver`] knows the clouds, and nothing in this crate knows Terraform.

mod apply;
#[cfg(test)]
mod convergence;
mod destroy;
mod driver;
mod graph;
mod journal;
mod outcome;
mod refresh;
mod schedule;
#[cfg(test)]
mod testing;

pub use apply::{Wanted, apply};
pub use destroy::{Destroyed, destroy};
pub use driver::{Converged, Created, Driver, Observed};
pub use graph::{Graph, GraphError, Node};
pub use journal::{Entry, Journal, Key, Origin, Status};
pub use outcome::{Action, Cause, Failure, Outcome};
pub use refresh::refresh;
pub use schedule::Run;
