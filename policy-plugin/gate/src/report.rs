//! What is said about a plan. Every format writes out this one value.

use std::collections::BTreeMap;

pub use crosscloud_policy_model::document::Scope;
pub use crosscloud_policy_model::finding::{Severity, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Version of the report's form. A minor addition does not change it.
pub const SCHEMA_VERSION: u32 = 1;

/// What is said about a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of this form.
    pub schema_version: u32,
    /// All of it in a few figures.
    pub summary: Summary,
    /// Every finding, in the order of the plan, the gravest of a resource first. Waived ones stand among them.
    pub findings: Vec<Finding>,
    /// The rules that found something, by id.
    #[serde(default)]
    pub rules: BTreeMap<String, Rule>,
}

/// A rule that found something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Severity of its violations, unless a finding says less.
    pub severity: Severity,
    /// What it demands, in one sentence.
    pub summary: String,
    /// Why; empty for rules of one's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

/// A plan in a few figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Whether the plan is refused.
    pub denied: bool,
    /// Findings that stand, by severity.
    pub findings: BTreeMap<String, usize>,
    /// Findings that refuse the plan.
    pub denying: usize,
    /// Findings that somebody answers for.
    pub waived: usize,
    /// Resources of the plan.
    pub resources: usize,
    /// Those of them that say something about who gets in.
    pub relevant: usize,
    /// Those of these that were judged: with what a plan leaves as it is only where that was asked for.
    pub judged: usize,
    /// Rules that are switched off.
    pub switched_off: Vec<String>,
    /// Every waiver, and what became of it.
    pub waivers: Vec<WaiverUse>,
    /// What became of the baseline, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineUse>,
    /// Configurations of the crosscloud provider without a policy of their own: they judge by the built-in one alone.
    pub providers_without_policy: Vec<String>,
    /// SHA-256 over everything that decides: policies, settings, levels and waivers.
    pub policy_digest: String,
}

/// A waiver, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverUse {
    /// Rule that is waived.
    pub rule: String,
    /// Address, in which `*` stands for any text.
    pub subject: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Last day on which it counts.
    pub expires: String,
    /// What became of it.
    pub state: WaiverState,
    /// Findings that it covers.
    pub covered: usize,
}

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WaiverState {
    /// It covers findings.
    Used,
    /// It covers nothing.
    Unused,
    /// Its last day is past.
    Expired,
    /// It covers findings, but the policy file does not let it count.
    Refused,
    /// It is for resources that the plan leaves as they are, which were not judged.
    Unjudged,
}

/// What became of a baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineUse {
    /// Findings that were there already, and do not count.
    pub covered: usize,
    /// Findings that the baseline holds and the policy file does not let go.
    pub refused: usize,
    /// What it holds and nobody finds any more.
    pub stale: Vec<BaselineEntry>,
}

/// What a baseline holds of one or more equal findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineEntry {
    /// Whole address of the resource.
    pub address: String,
    /// Attribute path in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Rule id.
    pub rule: String,
    /// Violation or undetermined.
    pub verdict: Verdict,
    /// Severity of the gravest.
    pub severity: Severity,
    /// How many there are.
    pub count: usize,
}

/// A finding on one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// How much harm it can do.
    pub severity: Severity,
    /// Violation or undetermined.
    pub verdict: Verdict,
    /// Whole address of the resource.
    pub address: String,
    /// Attribute path in it; empty where it is about the resource as a whole.
    pub path: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to write instead.
    pub remediation: String,
    /// Whether it refuses the plan.
    pub denies: bool,
    /// Claims of a token that gets in and should not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<BTreeMap<String, serde_json::Value>>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// Whether it was there already when the baseline was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub baseline: bool,
    /// Where it is written, if the configuration is at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
}

/// Who answers for a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waived {
    /// Who.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Until when.
    pub expires: String,
}

/// A line of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// File, from where the folder of the configuration is counted from on.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl Finding {
    /// What it is recognised by from plan to plan, wherever its lines move: rule, address and attribute, as hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.rule, &self.address, &self.path] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it counts: nobody answers for it, and no baseline holds it.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.waived.is_none() && !self.baseline
    }
}

impl Report {
    /// Whether the plan is refused.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.summary.denied
    }

    /// The JSON Schema of reports.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Self);
        schema.insert("$id".to_owned(), format!("urn:crosscloud:gate:{SCHEMA_VERSION}:report").into());
        schema.to_value()
    }
}
