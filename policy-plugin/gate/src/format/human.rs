//! For people: findings by address, each with who would get in, and what to write instead.

use std::fmt::Write;

use crosscloud_policy_model::finding::{Severity, Verdict};
use serde_json::Value;

use super::severity;
use crate::report::{Finding, Report, WaiverState};

pub(super) fn write(report: &Report, colour: bool) -> String {
    let mut out = String::new();
    let paint = Paint(colour);
    let mut addresses: Vec<&str> = Vec::new();
    for finding in &report.findings {
        if !addresses.contains(&finding.address.as_str()) {
            addresses.push(&finding.address);
        }
    }
    for address in addresses {
        // Writing to a text never fails.
        let _ = writeln!(out, "{}", paint.bold(&printable(address)));
        for finding in report.findings.iter().filter(|finding| finding.address == address) {
            one(&mut out, finding, paint);
        }
        out.push('\n');
    }
    summary(&mut out, report, paint);
    out
}

fn one(out: &mut String, finding: &Finding, paint: Paint) {
    let label = match finding.verdict {
        Verdict::Violation => severity(finding.severity).to_owned(),
        Verdict::Undetermined => format!("{}, undetermined", severity(finding.severity)),
    };
    let label = if finding.waived.is_some() { paint.dim("waived") } else { paint.severity(finding.severity, &label) };
    let path = if finding.path.is_empty() { String::new() } else { format!("  {}", printable(&finding.path)) };
    let _ = writeln!(out, "  {label}  {}{path}", finding.rule);
    if let Some(place) = &finding.source {
        let line = format!("{}:{}", place.file, place.line);
        let _ = writeln!(out, "      {} {}", paint.dim(&format!("{line} |")), printable(place.text.trim()));
    }
    let _ = writeln!(out, "      {}", printable(&finding.message));
    if let Some(witness) = &finding.witness {
        let claims = witness.iter().map(|(name, value)| format!("{name} = {}", shown(value)));
        let claims = claims.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "      {} {}", paint.dim("gets in:"), printable(&claims));
    }
    let _ = writeln!(out, "      {} {}", paint.dim("instead:"), printable(&finding.remediation));
    if let Some(waived) = &finding.waived {
        let text = format!("{} answers for it until {}: {}", waived.owner, waived.expires, waived.reason);
        let _ = writeln!(out, "      {}", paint.dim(&printable(&text)));
    }
}

fn summary(out: &mut String, report: &Report, paint: Paint) {
    let it = &report.summary;
    for rule in &it.switched_off {
        let _ = writeln!(out, "{}", paint.dim(&format!("The rule {rule} is switched off.")));
    }
    for waiver in it.waivers.iter().filter(|waiver| waiver.state == WaiverState::Used) {
        let times = if waiver.covered == 1 { "one finding".to_owned() } else { format!("{} findings", waiver.covered) };
        let text = format!(
            "{} answers for {times} of {} on {} until {}: {}",
            waiver.owner, waiver.rule, waiver.subject, waiver.expires, waiver.reason
        );
        let _ = writeln!(out, "{}", paint.dim(&printable(&text)));
    }
    for provider in &it.providers_without_policy {
        let text = format!("provider {provider} has no policy of its own: it judges by the built-in one alone.");
        let _ = writeln!(out, "{}", paint.dim(&printable(&text)));
    }
    let counts = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .iter()
        .filter_map(|grade| {
            let count = it.findings.get(severity(*grade)).copied().filter(|count| *count > 0)?;
            Some(format!("{count} {}", severity(*grade)))
        })
        .collect::<Vec<_>>()
        .join(", ");
    let found = if counts.is_empty() { "nothing found".to_owned() } else { counts };
    let waived = if it.waived == 0 { String::new() } else { format!(", {} waived", it.waived) };
    let verdict = if it.denied { paint.severity(Severity::Critical, "denied") } else { paint.good("allowed") };
    let _ = writeln!(out, "{verdict}: {found}{waived}; {} of {} resources judged", it.judged, it.resources);
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""))
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
