//! Findings: what a rule answers about a trust document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much harm the finding can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Should be fixed.
    Medium,
    /// Lets in more than was meant.
    High,
    /// Lets in strangers.
    Critical,
}

/// What a rule concluded. A rule that passes yields no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The trust breaks the rule.
    Violation,
    /// A value that the rule needs is not known, or says something that the rule cannot evaluate.
    Undetermined,
}

/// One answer of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Rule id, such as `gcp-member-pool-star`.
    pub rule: String,
    /// Severity of this finding; a rule may lower its own where other parts close the hole.
    pub severity: Severity,
    /// Violation or undetermined.
    pub verdict: Verdict,
    /// JSON pointer into the judged document, to the value at fault.
    pub pointer: String,
    /// Attribute path of that value as the user wrote it, such as `to.gcp.principals`; empty where the document does not say.
    pub path: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to write instead.
    pub remediation: String,
    /// Claims of a token that gets in and should not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<BTreeMap<String, serde_json::Value>>,
}
