//! Collects what a rule finds.

use crosscloud_policy_sdk::model::attacker::Attack;
use crosscloud_policy_sdk::model::document::TrustDocument;
use crosscloud_policy_sdk::model::finding::{Finding, Severity, Verdict};

use crate::case::Bound;
use crate::rule::Rule;

/// What is said where nobody has looked at every binding.
const ADMITTED: &str = " The condition admits it as a possible member on purpose; as far as bindings are in view, only one of its own lets it in.";

/// What is to be done about that.
const ALREADY_TOLD: &str =
    "Nothing has to be written here: `admits` of the trust says who may become a member, and should stay short.";

/// The findings of one rule on one document.
#[derive(Debug)]
pub struct Report<'a> {
    rule: &'a Rule,
    document: &'a TrustDocument,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    /// An empty report.
    #[must_use]
    pub fn new(rule: &'a Rule, document: &'a TrustDocument) -> Self {
        Self { rule, document, findings: Vec::new() }
    }

    /// Reports a violation, which the returned entry can refine.
    pub fn violation(
        &mut self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        remediation: impl Into<String>,
    ) -> Entry<'_> {
        self.add(Verdict::Violation, pointer.into(), message.into(), remediation.into())
    }

    /// Reports that a needed value is not known, or says something that cannot be evaluated.
    pub fn undetermined(
        &mut self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        remediation: impl Into<String>,
    ) -> Entry<'_> {
        self.add(Verdict::Undetermined, pointer.into(), message.into(), remediation.into())
    }

    /// A value for a message, or a word in its stead where it must not be shown.
    #[must_use]
    pub fn shown(&self, pointer: &str, value: &str) -> String {
        if self.document.is_sensitive(pointer) { "a sensitive value".to_owned() } else { format!("`{value}`") }
    }

    /// What was found.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    fn add(&mut self, verdict: Verdict, pointer: String, message: String, remediation: String) -> Entry<'_> {
        let sensitive = self.document.is_sensitive(&pointer);
        self.findings.push(Finding {
            rule: self.rule.id.to_owned(),
            severity: self.rule.severity,
            verdict,
            path: self.document.origin(&pointer).to_owned(),
            pointer,
            message,
            remediation,
            witness: None,
        });
        let last = self.findings.len() - 1;
        Entry { finding: &mut self.findings[last], sensitive }
    }
}

/// A finding being written.
#[derive(Debug)]
pub struct Entry<'a> {
    finding: &'a mut Finding,
    sensitive: bool,
}

impl Entry<'_> {
    /// Sets another severity than the rule's.
    pub fn severity(self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Lowers the severity by one where exact bindings keep the token out all the same, or where its bearer may become a member: then whoever
    /// admitted it was told the same.
    pub fn lowered_if_closed(self, bound: Bound) -> Self {
        if bound == Bound::AsMember {
            self.finding.message.push_str(ADMITTED);
            ALREADY_TOLD.clone_into(&mut self.finding.remediation);
        }
        if bound != Bound::Yes {
            self.finding.severity = match self.finding.severity {
                Severity::Critical => Severity::High,
                Severity::High => Severity::Medium,
                Severity::Medium | Severity::Low => Severity::Low,
            };
        }
        self
    }

    /// Shows what else gets in, where that is no token: name and text.
    pub fn shows(self, facts: &[(&str, &str)]) -> Self {
        if !self.sensitive {
            let facts = facts.iter().map(|(name, text)| ((*name).to_owned(), serde_json::Value::from(*text)));
            self.finding.witness = Some(facts.collect());
        }
        self
    }

    /// Shows a token that gets in. Its claims may repeat what the judged value spells, so a sensitive place has none.
    pub fn witness(self, attack: &Attack) -> Self {
        if !self.sensitive {
            self.finding.witness = Some(attack.token.claims().into_iter().collect());
        }
        self
    }
}
