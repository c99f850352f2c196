//! What a rule is called, and the findings that it makes.

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
use crosscloud_policy_model::policy::{RuleInfo, Scope};

/// A rule's name and weight, as a constant: what a policy lists in its metadata and what its findings bear is then the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable id. Configurations and waivers name it, so it begins with something of one's own, such as `acme-`.
    pub id: &'static str,
    /// Severity of its findings. By default high and critical refuse the plan, and the others warn.
    pub severity: Severity,
    /// What it demands, in one sentence.
    pub summary: &'static str,
}

impl Rule {
    /// The rule as lists show it: one that looks at one trust.
    #[must_use]
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            id: self.id.to_owned(),
            severity: self.severity,
            scope: Scope::Trust,
            summary: self.summary.to_owned(),
        }
    }

    /// The value at `pointer` breaks the rule. The finding names the attribute that the value was written in.
    #[must_use]
    pub fn violation(
        &self,
        document: &TrustDocument,
        pointer: impl Into<String>,
        message: impl Into<String>,
        remediation: impl Into<String>,
    ) -> Finding {
        self.finding(Verdict::Violation, document, pointer.into(), message.into(), remediation.into())
    }

    /// The value at `pointer` is not known yet, or says something that the rule cannot judge. Silence would be a pass.
    #[must_use]
    pub fn undetermined(
        &self,
        document: &TrustDocument,
        pointer: impl Into<String>,
        message: impl Into<String>,
        remediation: impl Into<String>,
    ) -> Finding {
        self.finding(Verdict::Undetermined, document, pointer.into(), message.into(), remediation.into())
    }

    fn finding(
        &self,
        verdict: Verdict,
        document: &TrustDocument,
        pointer: String,
        message: String,
        remediation: String,
    ) -> Finding {
        Finding {
            rule: self.id.to_owned(),
            severity: self.severity,
            verdict,
            path: document.origin(&pointer).to_owned(),
            pointer,
            message,
            remediation,
            witness: None,
        }
    }
}

/// A value for a message, or a word in its stead where it must not be shown.
#[must_use]
pub fn shown(document: &TrustDocument, pointer: &str, value: &str) -> String {
    if document.is_sensitive(pointer) { "a sensitive value".to_owned() } else { format!("`{value}`") }
}

#[cfg(test)]
mod tests {
    use crosscloud_policy_model::document::TrustDocument;
    use crosscloud_policy_model::finding::{Severity, Verdict};

    use super::{Rule, shown};

    const RULE: Rule = Rule { id: "acme-x", severity: Severity::High, summary: "X." };

    #[test]
    fn findings_name_the_attribute() {
        let mut document = TrustDocument::default();
        document.origins.insert("/bindings".to_owned(), "to.gcp".to_owned());
        let finding = RULE.violation(&document, "/bindings/0/role", "M.", "R.");
        assert_eq!((finding.rule.as_str(), finding.path.as_str()), ("acme-x", "to.gcp"));
        assert_eq!(finding.verdict, Verdict::Violation);
        assert_eq!(RULE.undetermined(&document, "/pools/0", "M.", "R.").verdict, Verdict::Undetermined);
    }

    #[test]
    fn sensitive_values_are_not_shown() {
        let mut document = TrustDocument::default();
        document.sensitive.insert("/bindings/0".to_owned());
        assert_eq!(shown(&document, "/bindings/0/role", "hush"), "a sensitive value");
        assert_eq!(shown(&document, "/bindings/1/role", "plain"), "`plain`");
    }
}
