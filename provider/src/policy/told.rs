//! Findings in words: what is wrong, the token that gets in and what lets it in, and what to write instead, a line each.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_policy_model::enforcement::{Outcome, Ruling, Waiver};
use crosscloud_policy_model::finding::{Finding, Verdict};
use crosscloud_trust::document::Described;
use serde_json::{Map, Value};
use tfplugin::{Diagnostic, Path, Severity};

use crate::diagnostics;

/// Longest value that is repeated in a message; one that is longer stands in the configuration for whoever wants to read it.
const SHOWN: usize = 200;

/// Claims that say when a token was made, which nobody decides by.
const TIMES: [&str; 3] = ["exp", "iat", "nbf"];

/// Tells findings on one document.
pub(super) struct Telling<'a> {
    described: &'a Described,
    /// The document as findings point into it.
    values: Value,
}

impl<'a> Telling<'a> {
    pub(super) fn of(described: &'a Described) -> Self {
        Self { described, values: serde_json::to_value(&described.document).unwrap_or_default() }
    }

    /// What is told of a ruling: nothing where the rule is off or somebody answers for the finding. `settled`: nothing is about to be done.
    pub(super) fn ruling(&self, ruling: &Ruling, waiver: Option<&Waiver>, settled: bool) -> Option<Diagnostic> {
        let severity = match ruling.outcome {
            // A trust that is there and stays as it is becomes no safer by a refusal, and could not even be destroyed.
            Outcome::Deny if settled && self.described.existing(&ruling.finding.pointer).is_some() => Severity::Warning,
            Outcome::Deny => Severity::Error,
            Outcome::Warn => Severity::Warning,
            Outcome::Waived | Outcome::Off => return None,
        };
        let told = self.finding(&ruling.finding);
        let detail = match waiver {
            Some(waiver) => format!(
                "{}\nThe waiver for it that {} granted until {} does not count: it has run out, or the policy file does not let it.",
                told.detail, waiver.owner, waiver.expires
            ),
            None => told.detail,
        };
        Some(Diagnostic { severity, detail, ..told })
    }

    /// What is told of a finding while validating, when nobody knows what the provider block says.
    pub(super) fn warning(&self, finding: &Finding) -> Diagnostic {
        let told = self.finding(finding);
        let detail = format!(
            "{}\nThe plan decides: only there do the levels and waivers of the provider block count.",
            told.detail
        );
        Diagnostic { severity: Severity::Warning, detail, ..told }
    }

    /// What is told of a finding that counts.
    pub(super) fn finding(&self, finding: &Finding) -> Diagnostic {
        let gravity = super::severity(finding.severity);
        let summary = match finding.verdict {
            Verdict::Violation => format!("Policy {} ({gravity})", finding.rule),
            Verdict::Undetermined => format!("Policy {} ({gravity}) cannot be decided", finding.rule),
        };
        let mut lines = vec![finding.message.clone()];
        if let Some(existing) = self.described.existing(&finding.pointer) {
            lines.push(format!("This is about {existing}, which exists already and is not managed here."));
        }
        if let Some(witness) = &finding.witness {
            lines.push(self.witness(finding, witness));
        }
        lines.push(finding.remediation.clone());
        let at = finding.path.parse().map_or_else(|_| Path::root(), |path| diagnostics::path(&path));
        Diagnostic::error(summary, lines.join("\n")).at(&at)
    }

    /// The token that gets in, by the claims that tell it from the workload that is meant, and the expression that lets it in.
    fn witness(&self, finding: &Finding, witness: &BTreeMap<String, Value>) -> String {
        let deciding = self.values.pointer(&finding.pointer).and_then(Value::as_str);
        let shown = deciding.filter(|text| !text.trim().is_empty() && text.len() <= SHOWN);
        // A principal of AWS comes without a token.
        let bearer = if witness.contains_key("iss") || witness.contains_key("sub") { "token" } else { "caller" };
        let start = match shown.filter(|_| !self.described.document.is_sensitive(&finding.pointer)) {
            Some(text) => format!("`{text}` lets this {bearer} in: "),
            None => format!("This {bearer} gets in: "),
        };
        let telling = self.telling_claims(&finding.pointer, deciding.unwrap_or_default(), witness);
        let claims: Map<String, Value> = witness
            .iter()
            .filter(|(name, _)| telling.contains(name.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let more = witness.len() - claims.len();
        let rest = if more == 0 { String::new() } else { format!(" and {more} more claims") };
        format!("{start}{}{rest}", Value::Object(claims))
    }

    /// The claims that differ from what is meant, those that the expression looks at, and the subject.
    fn telling_claims<'w>(
        &self,
        pointer: &str,
        deciding: &str,
        witness: &'w BTreeMap<String, Value>,
    ) -> BTreeSet<&'w str> {
        let element: Vec<&str> = pointer.split('/').take(3).collect();
        let meant = self.values.pointer(&format!("{}/intended", element.join("/"))).and_then(Value::as_array);
        let names = witness.keys().map(String::as_str).filter(|name| !TIMES.contains(name));
        let looked_at = |name: &str| deciding.contains(&format!("assertion.{name}"));
        let Some(meant) = meant.filter(|meant| !meant.is_empty()) else {
            // Nobody says who is meant, so the token is told by its issuer and its subject, where it has one.
            let whole = !witness.contains_key("sub");
            return names.filter(|name| whole || ["iss", "sub"].contains(name) || looked_at(name)).collect();
        };
        let differs = |name: &str| meant.iter().all(|claims| claims.get(name).is_some_and(|it| *it != witness[name]));
        names.filter(|name| *name == "sub" || differs(name) || looked_at(name)).collect()
    }
}
