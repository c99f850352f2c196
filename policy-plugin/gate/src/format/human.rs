//! For people: findings by address, each with who would get in, and what to write instead.

use std::fmt::Write;

use crosscloud_policy_model::finding::{Severity, Verdict};

use super::{severity, witness};
use crate::report::{Finding, Report};

pub(super) fn write(report: &Report, colour: bool) -> String {
    let mut out = String::new();
    let paint = Paint(colour);
    for group in by_address(&report.findings) {
        // Writing to a text never fails.
        let _ = writeln!(out, "{}", paint.bold(&printable(&group[0].address)));
        for finding in group {
            one(&mut out, finding, paint);
        }
        out.push('\n');
    }
    for note in super::notes(report) {
        let _ = writeln!(out, "{}", paint.dim(&printable(&note)));
    }
    let verdict = if report.is_denied() { paint.severity(Severity::Critical, "denied") } else { paint.good("allowed") };
    let _ = writeln!(out, "{verdict}: {}", super::counts(report));
    out
}

/// Findings of one address together, in the order in which addresses appear.
fn by_address(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let place = *places.entry(finding.address.as_str()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(finding);
    }
    groups
}

fn one(out: &mut String, finding: &Finding, paint: Paint) {
    let label = match finding.verdict {
        Verdict::Violation => severity(finding.severity).to_owned(),
        Verdict::Undetermined => format!("{}, undetermined", severity(finding.severity)),
    };
    let label = match (&finding.waived, finding.baseline) {
        (Some(_), _) => paint.dim("waived"),
        (None, true) => paint.dim("baseline"),
        (None, false) => paint.severity(finding.severity, &label),
    };
    let path = if finding.path.is_empty() { String::new() } else { format!("  {}", printable(&finding.path)) };
    let _ = writeln!(out, "  {label}  {}{path}", finding.rule);
    if let Some(place) = &finding.source {
        let line = format!("{}:{}", printable(&place.file), place.line);
        let _ = writeln!(out, "      {} {}", paint.dim(&format!("{line} |")), printable(place.text.trim()));
    }
    let _ = writeln!(out, "      {}", printable(&finding.message));
    if let Some(claims) = witness(finding) {
        let _ = writeln!(out, "      {} {}", paint.dim("gets in:"), printable(&claims));
    }
    let _ = writeln!(out, "      {} {}", paint.dim("instead:"), printable(&finding.remediation));
    if let Some(who) = super::answered(finding) {
        let _ = writeln!(out, "      {}", paint.dim(&printable(&who)));
    }
}

/// Text of a plan ends up on a terminal, where control characters can hide other text.
fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// Colours, where the reader can see some.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Critical => "1;31",
            Severity::High => "31",
            Severity::Medium => "33",
            Severity::Low => "36",
        };
        self.with(code, text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
