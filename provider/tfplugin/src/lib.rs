//! A framework for Terraform and OpenTofu providers in Rust.

pub mod host;
pub mod log;
pub mod serve;
