//! Plans to verdicts, through the program and through the library.
#![allow(clippy::unwrap_used)]

mod support;

mod bad_input;
mod baseline;
mod cases;
mod findings;
mod formats;
mod graph;
mod hostile;
mod lifecycle;
mod narrowing;
mod pages;
mod program;
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod waivers;
