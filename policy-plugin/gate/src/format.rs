//! How reports are written, one file a format. A format turns a [`Report`] into text and knows nothing else.

mod github;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;

use std::str::FromStr;

use crosscloud_policy_model::finding::Severity;
use serde_json::Value;

use crate::report::{Finding, Report, WaiverState};

/// A way to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, grouped by address.
    Human,
    /// For programs; its JSON Schema is [`Report::schema`].
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test tabs.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// For a comment on a pull request.
    Markdown,
}

/// The name is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no format `{0}`: write one of {names}", names = Format::NAMES.map(|(name, _)| name).join(", "))]
pub struct UnknownFormat(String);

impl Format {
    /// Every format by its name.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("human", Self::Human),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("junit", Self::Junit),
        ("github", Self::Github),
        ("markdown", Self::Markdown),
    ];

    /// Writes a report, with colours where they are wanted and the format has some.
    #[must_use]
    pub fn write(self, report: &Report, colour: bool) -> String {
        match self {
            Self::Human => human::write(report, colour),
            Self::Json => json::write(report),
            Self::Sarif => sarif::write(report),
            Self::Junit => junit::write(report),
            Self::Github => github::write(report),
            Self::Markdown => markdown::write(report),
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

/// What there is to say of a finding, in Markdown.
#[cfg(feature = "serve")]
pub(crate) fn details(finding: &Finding) -> String {
    markdown::details(finding)
}

/// What a finding is about: the address, and the attribute where there is one.
pub(crate) fn subject(finding: &Finding) -> String {
    let dot = if finding.path.is_empty() || finding.address.is_empty() { "" } else { "." };
    format!("{}{dot}{}", finding.address, finding.path)
}

/// The claims of the token that gets in.
fn witness(finding: &Finding) -> Option<String> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""));
    let claims = finding.witness.as_ref()?.iter().map(|(name, value)| format!("{name} = {}", shown(value)));
    Some(claims.collect::<Vec<_>>().join(", "))
}

/// Why a finding does not count, where it does not.
fn answered(finding: &Finding) -> Option<String> {
    match &finding.waived {
        Some(it) => Some(format!("{} answers for it until {}: {}", it.owner, it.expires, it.reason)),
        None => finding.baseline.then(|| "It was there already when the baseline was written.".to_owned()),
    }
}

/// The findings that stand, by severity, and what was judged, in one line.
pub(crate) fn counts(report: &Report) -> String {
    let it = &report.summary;
    let count = |grade: Severity| {
        let count = it.findings.get(severity(grade)).copied().filter(|count| *count > 0)?;
        Some(format!("{count} {}", severity(grade)))
    };
    let grades = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let counts = grades.into_iter().filter_map(count).collect::<Vec<_>>().join(", ");
    let found = if counts.is_empty() { "nothing found".to_owned() } else { counts };
    let waived = if it.waived == 0 { String::new() } else { format!(", {} waived", it.waived) };
    let known = it.baseline.as_ref().map(|baseline| baseline.covered).filter(|covered| *covered > 0);
    let known = known.map_or_else(String::new, |covered| format!(", {covered} in the baseline"));
    format!("{found}{waived}{known}; {} of {} resources judged", it.judged, it.resources)
}

/// What is to be known besides the findings, a sentence each.
fn notes(report: &Report) -> Vec<String> {
    let it = &report.summary;
    let mut notes: Vec<String> =
        it.switched_off.iter().map(|rule| format!("The rule {rule} is switched off.")).collect();
    for waiver in &it.waivers {
        let who = format!("{} on {}", waiver.rule, waiver.subject);
        match waiver.state {
            WaiverState::Used => {
                let times =
                    if waiver.covered == 1 { "one finding".to_owned() } else { format!("{} findings", waiver.covered) };
                notes.push(format!(
                    "{} answers for {times} of {who} until {}: {}",
                    waiver.owner, waiver.expires, waiver.reason
                ));
            }
            WaiverState::Refused => notes.push(format!("The policy file does not let the waiver of {who} count.")),
            // These two are findings.
            WaiverState::Unused | WaiverState::Expired => {}
            WaiverState::Unjudged => {
                notes.push(format!("The waiver of {who} is for what this plan leaves as it is; `--all` judges it."));
            }
        }
    }
    if let Some(baseline) = &it.baseline {
        let place = |path: &str| if path.is_empty() { String::new() } else { format!(" {path}") };
        for entry in &baseline.stale {
            let path = place(&entry.path);
            notes.push(format!(
                "The baseline holds {} on {}{path}, which is not found any more: write it anew.",
                entry.rule, entry.address
            ));
        }
        if baseline.refused > 0 {
            notes.push(format!(
                "The policy file does not let {} findings of the baseline go: their rules are not waivable.",
                baseline.refused
            ));
        }
    }
    for provider in &it.providers_without_policy {
        notes.push(format!("provider {provider} has no policy of its own: it judges by the built-in one alone."));
    }
    notes
}
