//! Why there is no verdict. Every one of these refuses the plan: no policy, no pass.

use std::path::PathBuf;

/// Why a policy does not load or does not answer.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The module's file cannot be read.
    #[error("the policy module {} cannot be read: {source}", path.display())]
    NotLoaded {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The module's file is too large.
    #[error("the policy module {name} has {actual} bytes, and {limit} are allowed")]
    TooLarge {
        /// Module.
        name: String,
        /// Size found.
        actual: usize,
        /// Size allowed.
        limit: usize,
    },
    /// The module is not the pinned one.
    #[error(
        "the policy module {name} has the SHA-256 digest {actual}, and {expected} is pinned: review the module and update the pin, or restore the file"
    )]
    DigestMismatch {
        /// Module.
        name: String,
        /// Digest pinned.
        expected: String,
        /// Digest found.
        actual: String,
    },
    /// The file is no WebAssembly that could be a policy.
    #[error("the policy module {name} is not a usable component: {reason}")]
    NotAComponent {
        /// Module.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The text is no policy in Rego.
    #[error("the policy {name} is not a usable policy in Rego: {}", problems.join("; "))]
    Rego {
        /// Module.
        name: String,
        /// One entry a problem.
        problems: Vec<String>,
    },
    /// The module wants something from outside.
    #[error("the policy module {name} imports {}, and a policy must import nothing: build it for wasm32-unknown-unknown", imports.join(", "))]
    Imports {
        /// Module.
        name: String,
        /// What it imports.
        imports: Vec<String>,
    },
    /// The module speaks another version of the contract, or none.
    #[error(
        "the policy module {name} exports {found}, and this program needs crosscloud:policy/judge@{wanted}: build the module with a matching SDK"
    )]
    ContractVersion {
        /// Module.
        name: String,
        /// What it exports instead.
        found: String,
        /// Version needed.
        wanted: &'static str,
    },
    /// The module refuses its settings.
    #[error("the policy {name} refuses its settings: {}", problems.join("; "))]
    Settings {
        /// Module.
        name: String,
        /// One entry a problem.
        problems: Vec<String>,
    },
    /// The module does not understand the document.
    #[error("the policy {name} does not understand the trust document: {reason}")]
    Document {
        /// Module.
        name: String,
        /// What it said.
        reason: String,
    },
    /// The module ran through its instructions.
    #[error("the policy {name} used up its {limit} units of fuel without an answer")]
    OutOfFuel {
        /// Module.
        name: String,
        /// Fuel allowed.
        limit: u64,
    },
    /// The module asked for too much memory.
    #[error("the policy {name} needs more than the {limit} bytes of memory that are allowed")]
    OutOfMemory {
        /// Module.
        name: String,
        /// Bytes allowed.
        limit: usize,
    },
    /// The module ran for too long.
    #[error("the policy {name} did not answer within {limit:?}")]
    TimedOut {
        /// Module.
        name: String,
        /// Time allowed.
        limit: std::time::Duration,
    },
    /// The module answered too much.
    #[error("the policy {name} answers with more than {limit} bytes")]
    OutputTooLarge {
        /// Module.
        name: String,
        /// Bytes allowed.
        limit: usize,
    },
    /// The module crashed.
    #[error("the policy {name} crashed: {reason}")]
    Trapped {
        /// Module.
        name: String,
        /// What the runtime said.
        reason: String,
    },
    /// The module answered nonsense.
    #[error("the policy {name} answers nonsense: {reason}")]
    BadOutput {
        /// Module.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The sandbox itself does not work here.
    #[error("the policy sandbox does not start: {0}")]
    Sandbox(String),
}
