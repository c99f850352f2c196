//! What a rule is made of.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::policy::RuleInfo;

pub use crosscloud_policy_sdk::model::policy::Scope;

use crate::case::Case;
use crate::examples::Example;
use crate::report::Report;

/// One rule: the only place where its name, its severity, its words and its judgement stand.
#[derive(Debug)]
pub struct Rule {
    /// Stable id.
    pub id: &'static str,
    /// Severity of its violations, unless bindings close the hole.
    pub severity: Severity,
    /// One trust, or a whole plan.
    pub scope: Scope,
    /// What it demands, in one sentence.
    pub summary: &'static str,
    /// Why, and what to do, for the documentation. Markdown.
    pub documentation: &'static str,
    /// The judgement.
    pub check: fn(&Case<'_>, &mut Report<'_>),
    /// Documents that pass, and documents that do not.
    pub examples: &'static [Example],
}

impl Rule {
    /// The rule as lists show it.
    #[must_use]
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            id: self.id.to_owned(),
            severity: self.severity,
            scope: self.scope,
            summary: self.summary.to_owned(),
        }
    }
}
