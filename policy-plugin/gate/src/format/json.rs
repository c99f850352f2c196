//! For programs.

use crate::report::Report;

pub(super) fn write(report: &Report) -> String {
    // Every value of a report can be written as JSON.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}
