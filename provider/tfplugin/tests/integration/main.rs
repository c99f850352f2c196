//! The crate from outside: example providers are started as processes and driven over the wire, by our own host and
//! by the real `terraform` or `tofu`.

#![allow(clippy::unwrap_used)]

mod calls;
mod every_call;
mod floats;
mod golden;
mod guide;
mod life;
mod load;
mod process;
mod security;
mod shelf;
mod support;
mod terraform;
