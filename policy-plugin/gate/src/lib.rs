//! Judges plan files of Terraform and OpenTofu: whose trusts between clouds let in more than was meant.
//!
//! ```
//! let plan = r#"{
//!   "format_version": "1.2",
//!   "resource_changes": [{
//!     "address": "google_project_iam_member.ci", "mode": "managed", "type": "google_project_iam_member", "name": "ci",
//!     "change": {"actions": ["create"], "after": {"project": "ml-prod", "role": "roles/viewer", "member": "allUsers"}}
//!   }]
//! }"#;
//! let report = crosscloud_gate::check(plan, crosscloud_gate::Options::default())?;
//! assert!(report.is_denied());
//! assert_eq!(report.findings[0].rule, "gcp-member-public");
//! assert_eq!(report.findings[0].address, "google_project_iam_member.ci");
//! # Ok::<(), crosscloud_gate::GateError>(())
//! ```
//!
//! A [`Gate`] is made once and judges many plans, from several threads if need be; it keeps nothing of what it has judged. What it says is a
//! [`Report`], and each format in [`mod@format`] writes one out.

mod baseline;
pub mod cases;
pub mod cli;
mod error;
pub mod explain;
pub mod format;
mod gate;
pub mod input;
mod judge;
mod output;
mod plan;
mod policies;
pub mod report;
#[cfg(feature = "serve")]
pub mod serve;
mod source;

pub use baseline::Baseline;
pub use error::{GateError, InputError};
pub use gate::{Gate, OnUndetermined, Options, check};
pub use policies::PolicyFiles;
pub use report::Report;
pub use source::Sources;
