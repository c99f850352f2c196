//! A framework for Terraform and OpenTofu providers in Rust.
//!
#![doc = include_str!("../docs/guide.md")]
#![doc = "```no_run,standalone_crate"]
#![doc = include_str!("../examples/hello.rs")]
#![doc = "```"]
#![doc = ""]
#![doc = include_str!("../docs/guide-parts.md")]

// Derived code names this crate by its name, also in this crate's own tests.
extern crate self as tfplugin;

pub mod action;
pub mod codec;
pub mod context;
pub mod data_source;
pub mod deferral;
pub mod diagnostic;
pub mod ephemeral;
pub mod function;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod host;
pub mod list;
pub mod log;
pub mod model;
pub mod path;
pub mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod serve;
mod server;
#[cfg(test)]
mod testing;
pub mod timeouts;
pub mod types;
pub mod value;
pub mod wait;

pub use action::Action;
pub use context::Context;
pub use data_source::DataSource;
pub use deferral::Deferral;
pub use diagnostic::{Diagnostic, Diagnostics, Outcome, Severity};
pub use ephemeral::{EphemeralResource, Opened, Renewed};
pub use function::{Arguments, Function, FunctionError, Parameter, Signature};
pub use list::ListResource;
pub use model::{Attr, Model};
pub use path::{Path, Step};
pub use private::Private;
pub use provider::{Provider, Registry};
pub use resource::{Create, Delete, Identified, Mover, Plan, RawState, Read, Reply, Resource, Update};
pub use schema::{Attribute, Schema, Validator};
pub use serve::{ServeOptions, serve};
pub use types::Type;
pub use value::{Number, Value};
