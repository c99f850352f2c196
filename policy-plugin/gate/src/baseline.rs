//! What was there when a team began to look: findings that do not count until they change.
//!
//! A finding is recognised by its rule, its address and its attribute. What becomes graver, decided, or more of the same is new.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crosscloud_policy_model::finding::{Severity, Verdict};
use serde::{Deserialize, Serialize};

use crate::error::GateError;
use crate::report::{BaselineEntry, BaselineUse, Finding, Report};

/// Version of the file's form.
const VERSION: u32 = 1;

/// What was there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema_version: u32,
    findings: Vec<BaselineEntry>,
}

/// What a finding is recognised by.
type Key<'a> = (&'a str, &'a str, &'a str, bool);

impl Baseline {
    /// Everything that counts in a report. Waivers that have run out are no finding on a resource, and nobody is to forget them.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut entries: BTreeMap<Key<'_>, BaselineEntry> = BTreeMap::new();
        for finding in report.findings.iter().filter(|it| it.waived.is_none() && is_on_a_resource(it)) {
            let entry = entries.entry(key(finding)).or_insert_with(|| BaselineEntry {
                address: finding.address.clone(),
                path: finding.path.clone(),
                rule: finding.rule.clone(),
                verdict: finding.verdict,
                severity: finding.severity,
                count: 0,
            });
            entry.count += 1;
            entry.severity = entry.severity.max(finding.severity);
        }
        Self { schema_version: VERSION, findings: entries.into_values().collect() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`GateError::File`] where it is no baseline.
    pub fn read(path: &Path) -> Result<Self, GateError> {
        let refused = |reason: String| GateError::File { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        // A list would be taken for the fields in order.
        if !text.trim_start().starts_with('{') {
            return Err(refused("it is no baseline: write one with `--write-baseline`".to_owned()));
        }
        let baseline: Self = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        if baseline.schema_version != VERSION {
            return Err(refused(format!(
                "it has the version {}, and this gate reads {VERSION}",
                baseline.schema_version
            )));
        }
        Ok(baseline)
    }

    /// The contents of a file.
    #[must_use]
    pub fn text(&self) -> String {
        // Every value in it can be written as JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Marks the findings that were there already, where `may_go` lets the rule go. What it holds of resources that were not judged is not stale.
    pub(crate) fn cover(
        &self,
        findings: &mut [Finding],
        may_go: impl Fn(&str, Severity) -> bool,
        unjudged: &HashSet<&str>,
    ) -> BaselineUse {
        let held: HashMap<Key<'_>, usize> =
            self.findings.iter().enumerate().map(|(at, entry)| (key_of(entry), at)).collect();
        let mut found: Vec<Vec<usize>> = vec![Vec::new(); self.findings.len()];
        let counting = |it: &Finding| it.waived.is_none() && is_on_a_resource(it);
        for (index, finding) in findings.iter().enumerate().filter(|(_, it)| counting(it)) {
            if let Some(at) = held.get(&key(finding)) {
                found[*at].push(index);
            }
        }
        let mut told = BaselineUse::default();
        for (entry, indices) in self.findings.iter().zip(found) {
            if indices.is_empty() {
                if !unjudged.contains(entry.address.as_str()) {
                    told.stale.push(entry.clone());
                }
                continue;
            }
            // Where there are more than before, nobody can say which are the new ones.
            let as_before =
                indices.len() <= entry.count && indices.iter().all(|index| findings[*index].severity <= entry.severity);
            for index in indices.iter().filter(|_| as_before) {
                let finding = &mut findings[*index];
                if may_go(&finding.rule, finding.severity) {
                    finding.baseline = true;
                    finding.denies = false;
                    told.covered += 1;
                } else {
                    told.refused += 1;
                }
            }
        }
        told
    }
}

fn key(finding: &Finding) -> Key<'_> {
    (&finding.address, &finding.path, &finding.rule, finding.verdict == Verdict::Undetermined)
}

fn key_of(entry: &BaselineEntry) -> Key<'_> {
    (&entry.address, &entry.path, &entry.rule, entry.verdict == Verdict::Undetermined)
}

fn is_on_a_resource(finding: &Finding) -> bool {
    !crosscloud_policy_model::enforcement::waiver_rules().iter().any(|rule| rule.id == finding.rule)
}
