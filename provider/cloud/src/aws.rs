//! Amazon Web Services: requests and types, one file an API object, and the client that sends them.

pub mod query;
pub mod sigv4;
pub mod sts;
