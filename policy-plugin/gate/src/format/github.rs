//! Workflow commands of GitHub Actions: each finding an annotation on its line.

use std::cmp::Reverse;
use std::fmt::Write;

use crosscloud_policy_model::finding::Verdict;

use super::{severity, witness};
use crate::report::{Finding, Report};

/// Annotations of one kind that GitHub shows of a step. Those that it would drop in silence are counted in a line instead.
const SHOWN: usize = 10;

pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.stands()).collect();
    findings.sort_by_key(|finding| Reverse((finding.denies, finding.severity)));
    for command in ["error", "warning"] {
        let of_kind: Vec<&Finding> = findings.iter().copied().filter(|it| it.denies == (command == "error")).collect();
        for finding in of_kind.iter().take(SHOWN) {
            annotation(&mut out, command, finding);
        }
        if of_kind.len() > SHOWN {
            let more =
                format!("{} more findings are not shown here; the report holds them all.", of_kind.len() - SHOWN);
            // Writing to a text never fails.
            let _ = writeln!(out, "{}", data(&more));
        }
    }
    let verdict = if report.is_denied() { "denied" } else { "allowed" };
    let _ = writeln!(out, "{}", data(&format!("crosscloud-gate: {verdict}: {}", super::counts(report))));
    out
}

fn annotation(out: &mut String, command: &str, finding: &Finding) {
    let place = finding
        .source
        .as_ref()
        .map_or_else(String::new, |place| format!("file={},line={},", property(&place.file), place.line));
    let undetermined = if finding.verdict == Verdict::Undetermined { ", undetermined" } else { "" };
    let title = format!("{} ({}{undetermined})", finding.rule, severity(finding.severity));
    let mut message = format!("{}: {}", super::subject(finding), finding.message);
    if let Some(claims) = witness(finding) {
        let _ = write!(message, "\nGets in: {claims}");
    }
    let _ = write!(message, "\nInstead: {}", finding.remediation);
    let _ = writeln!(out, "::{command} {place}title={}::{}", property(&title), data(&message));
}

/// A message. A line break would end it, and what follows could be another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, in which commas and colons mean something, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_in_a_text_becomes_a_command() {
        assert_eq!(data("100%\n::error::x\r"), "100%25%0A::error::x%0D");
        assert_eq!(property("a:b,c%3A"), "a%3Ab%2Cc%253A");
    }
}
