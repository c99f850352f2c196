//! JUnit XML: a test suite of findings, for the test tabs of GitLab, Jenkins, Azure and the like.
//!
//! What refuses the plan has failed, what somebody answers for is skipped, and what only warns has passed and says so.

use std::fmt::Write;

use crosscloud_policy_model::finding::Verdict;

use super::{severity, subject, witness};
use crate::report::{Finding, Report};

pub(super) fn write(report: &Report) -> String {
    let failures = report.findings.iter().filter(|finding| finding.denies).count();
    let skipped = report.findings.iter().filter(|finding| !finding.stands()).count();
    // Some readers take a suite without a test for a broken one.
    let tests = report.findings.len().max(1);
    let counted = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a text never fails.
    let _ = writeln!(out, "<testsuites name=\"crosscloud-gate\" {counted} time=\"0\">");
    let _ = writeln!(out, "  <testsuite name=\"crosscloud-gate\" {counted} time=\"0\">");
    if report.findings.is_empty() {
        let judged = format!("{} resources judged", report.summary.judged);
        let _ = writeln!(out, "    <testcase classname=\"crosscloud-gate\" name=\"{}\" time=\"0\"/>", xml(&judged));
    }
    for finding in &report.findings {
        case(&mut out, finding);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn case(out: &mut String, finding: &Finding) {
    let path = if finding.path.is_empty() { String::new() } else { format!(" {}", finding.path) };
    let name = format!("{}{path}", finding.rule);
    let place = finding
        .source
        .as_ref()
        .map_or_else(String::new, |place| format!(" file=\"{}\" line=\"{}\"", xml(&place.file), place.line));
    let class = xml(&finding.address);
    let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{}\" time=\"0\"{place}>", xml(&name));
    let undetermined = if finding.verdict == Verdict::Undetermined { ", undetermined" } else { "" };
    let label = format!("{}{undetermined}", severity(finding.severity));
    let mut text = format!("{}\n{}\n", subject(finding), finding.message);
    if let Some(claims) = witness(finding) {
        let _ = writeln!(text, "Gets in: {claims}");
    }
    let _ = writeln!(text, "Instead: {}", finding.remediation);
    let _ = match (finding.denies, super::answered(finding)) {
        (true, _) => {
            write!(
                out,
                "<failure type=\"{}\" message=\"{}\">{}</failure>",
                xml(&label),
                xml(&finding.message),
                xml(&text)
            )
        }
        (false, Some(who)) => write!(out, "<skipped message=\"{}\"/>", xml(&who)),
        (false, None) => write!(out, "<system-out>{}</system-out>", xml(&format!("{label}: {text}"))),
    };
    out.push_str("</testcase>\n");
}

/// Text as XML 1.0 takes it, in elements and attributes: some characters cannot be written in it at all.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
