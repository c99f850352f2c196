//! Plans to verdicts, through the program and through the library.
#![allow(clippy::unwrap_used)]

mod support;

mod bad_input;
mod findings;
mod graph;
mod hostile;
mod lifecycle;
mod narrowing;
mod program;
mod schema;
mod waivers;
