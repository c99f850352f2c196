//! Drives the real terraform or tofu, with the provider as users install it, against the emulated clouds.
//!
//! A test is a script: start a [`Scenario`], write configuration, run commands, say what must have come out. Assertions
//! panic, because a panic with the caller's line is how a test says no; they show the command and all it printed.

pub mod attempt;
pub mod aws;
pub mod diagnostic;
pub mod emulator;
pub mod google;
pub mod http;
pub mod install;
pub mod matrix;
pub mod outcome;
pub mod pod;
pub mod processes;
pub mod programs;
pub mod scenario;
#[path = "../emulator/tests/emulator/signing.rs"]
mod signing;
pub mod story;
pub mod suite;
pub mod terraform;
pub mod workload;

pub use emulator::{Emulator, Fault};
pub use google::{Hop, Refusal};
pub use outcome::Outcome;
pub use pod::Pod;
pub use scenario::Scenario;
