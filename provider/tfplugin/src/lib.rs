//! A framework for Terraform and OpenTofu providers in Rust.
//!
//! A provider is written in terms of typed models; nothing of the wire shows through. See [`provider::Provider`],
//! [`resource::Resource`] and [`model::Model`].

// Derived code names this crate by its name, also in this crate's own tests.
extern crate self as tfplugin;

pub mod codec;
pub mod context;
pub mod data_source;
pub mod diagnostic;
pub mod ephemeral;
pub mod function;
pub mod host;
pub mod log;
pub mod model;
pub mod path;
pub mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod serve;
pub mod types;
pub mod value;

pub use model::{Attr, Model};
