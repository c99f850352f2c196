//! Markdown for the comment on a pull request or the summary of a job: a verdict, and what was found, folded.
//!
//! Addresses and values come from plans, so none of their characters means anything here: no markup, no mention, no link.

use std::cmp::Reverse;
use std::fmt::Write;

use crosscloud_policy_model::finding::Verdict;

use super::{severity, subject, witness};
use crate::report::{Finding, Report};

/// Bytes of a comment. GitHub takes 65,536 characters, GitLab a million.
const LONGEST: usize = 65_000;

/// Bytes of one text in it.
const TEXT: usize = 2_000;

/// By which a pipeline finds the comment that it wrote last time.
const MARK: &str = "<!-- crosscloud-gate -->";

pub(super) fn write(report: &Report) -> String {
    let verdict = if report.is_denied() { "denied" } else { "allowed" };
    let mut out = format!("{MARK}\n### crosscloud-gate: {verdict}\n\n{}\n", literal(&super::counts(report)));
    let notes = notes(report);
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse((finding.denies, finding.stands(), finding.severity)));
    let mut shown = 0;
    for finding in &findings {
        let block = block(finding);
        // What follows the findings has to fit as well.
        if out.len() + block.len() + notes.len() + 200 > LONGEST {
            break;
        }
        out.push_str(&block);
        shown += 1;
    }
    if shown < findings.len() {
        // Writing to a text never fails.
        let _ = writeln!(out, "\n{} more findings do not fit here; the report holds them all.", findings.len() - shown);
    }
    out.push_str(&notes);
    out
}

fn block(finding: &Finding) -> String {
    let label = match finding.verdict {
        Verdict::Violation => severity(finding.severity).to_owned(),
        Verdict::Undetermined => format!("{}, undetermined", severity(finding.severity)),
    };
    let label = if super::answered(finding).is_some() { "not counted".to_owned() } else { label };
    let weight = if finding.denies { format!("<b>{label}</b>") } else { label };
    let (rule, subject) = (code(&finding.rule), code(&subject(finding)));
    format!("\n<details><summary>{weight} {rule} {subject}</summary>\n\n{}\n</details>\n", details(finding))
}

/// What is wrong, who gets in, what to write instead, and where.
pub(super) fn details(finding: &Finding) -> String {
    let mut out = format!("{}\n\n", prose(&finding.message));
    if let Some(claims) = witness(finding) {
        let _ = writeln!(out, "- gets in: {}", code(&claims));
    }
    let _ = writeln!(out, "- instead: {}", prose(&finding.remediation));
    if let Some(place) = &finding.source {
        let _ = writeln!(out, "- {}", code(&format!("{}:{}: {}", place.file, place.line, place.text.trim())));
    }
    if let Some(who) = super::answered(finding) {
        let _ = writeln!(out, "- {}", literal(&who));
    }
    out
}

/// What is to be known besides the findings.
fn notes(report: &Report) -> String {
    let notes = super::notes(report);
    if notes.is_empty() {
        return String::new();
    }
    let lines: String = notes.iter().take(20).map(|note| format!("- {}\n", literal(note))).collect();
    let more = notes.len().saturating_sub(20);
    let rest = if more == 0 { String::new() } else { format!("- and {more} more\n") };
    format!("\n{lines}{rest}")
}

/// Words of a rule, in which texts between backticks are code.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its other is a character like others.
    if parts.len().is_multiple_of(2) {
        return literal(text);
    }
    parts.iter().enumerate().map(|(index, part)| if index % 2 == 1 { code(part) } else { literal(part) }).collect()
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", literal(text))
}

/// Text in which no character means anything to Markdown or HTML.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if at > TEXT {
            out.push('…');
            break;
        }
        match character {
            // The dot and the hyphen would hinder reading most, and mean something only where links or lists begin.
            ' ' | '.' | ',' | '-' | '/' | '(' | ')' | '=' | ';' | '\'' | '"' | '?' => out.push(character),
            _ if character.is_alphanumeric() => out.push(character),
            _ if character.is_whitespace() || character.is_control() => out.push(' '),
            _ => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
        }
    }
    out.replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::{literal, prose};

    #[test]
    fn no_character_means_anything() {
        assert_eq!(
            literal("@octo #1 <b> [a](b) a_b*c* |\n## x"),
            "&#64;octo &#35;1 &#60;b&#62; &#91;a&#93;(b) a&#95;b&#42;c&#42; &#124; &#35;&#35; x"
        );
        assert_eq!(literal("https://a.example"), "https&#58;//a.example");
        assert_eq!(prose("write `a*` there"), "write <code>a&#42;</code> there");
        assert_eq!(prose("an odd ` one"), "an odd &#96; one");
        assert!(literal(&"x".repeat(5_000)).len() < 2_100);
    }
}
