//! Terraform plugin protocol 6 and go-plugin messages, generated from our own .proto files.
//!
//! Nothing but generated code: clients and servers for both packages. The contract of policy modules,
//! `policy.wit`, lies beside the .proto files and is read from there by the crates that need it.

/// Terraform plugin protocol 6 (package `tfplugin6`).
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services that go-plugin expects of every plugin (package `plugin`).
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod plugin {
    tonic::include_proto!("plugin");
}
