//! The wire: one origin, a table of routes, and answers in each vendor's own shape.

pub(crate) mod answer;
pub(crate) mod held;
pub(crate) mod request;
pub(crate) mod route;
pub(crate) mod server;
pub(crate) mod tls;
