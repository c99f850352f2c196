//! How reports are written, one file a format. A format turns a [`Report`] into text and knows nothing else.

mod human;
mod json;

use std::str::FromStr;

use crosscloud_policy_model::finding::Severity;

use crate::report::Report;

/// A way to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, grouped by address.
    Human,
    /// For programs; its JSON Schema is [`Report::schema`].
    Json,
}

/// The name is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no format `{0}`: write one of {names}", names = Format::NAMES.map(|(name, _)| name).join(", "))]
pub struct UnknownFormat(String);

impl Format {
    /// Every format by its name.
    pub const NAMES: [(&'static str, Self); 2] = [("human", Self::Human), ("json", Self::Json)];

    /// Writes a report, with colours where they are wanted and the format has some.
    #[must_use]
    pub fn write(self, report: &Report, colour: bool) -> String {
        match self {
            Self::Human => human::write(report, colour),
            Self::Json => json::write(report),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, format)| *format).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A severity in lower case, as everywhere outside.
#[must_use]
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
