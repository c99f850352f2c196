//! A framework for Terraform and OpenTofu providers in Rust.
