//! What a rule demands, and why, from the rule's own definition.

use std::fmt::Write;

use crosscloud_policy_model::document::Scope;
use crosscloud_policy_plugin::examples::Outcome;
use crosscloud_policy_plugin::rules;

use crate::error::GateError;
use crate::format::severity;
use crate::gate::Gate;

/// All that is known of a rule.
///
/// # Errors
/// [`GateError::UnknownRule`] where no policy has it.
pub fn explain(gate: &Gate, id: &str) -> Result<String, GateError> {
    let known = gate.rules();
    let (policy, info) =
        known.iter().find(|(_, rule)| rule.id == id).ok_or_else(|| GateError::UnknownRule(id.to_owned()))?;
    let scope = match info.scope {
        Scope::Trust => "one trust",
        Scope::Plan => "a whole plan",
    };
    let mut out = format!(
        "{id}\n\n{}\n\nSeverity: {}\nLooks at: {scope}\nPolicy:   {policy}\n",
        info.summary,
        severity(info.severity)
    );
    if let Some(rule) = built_in(policy, id) {
        let _ = writeln!(out, "\n{}", rule.documentation);
        for (outcome, heading) in
            [(Outcome::Violation, "Refused"), (Outcome::Undetermined, "Left open"), (Outcome::Pass, "Passes")]
        {
            let titles: Vec<&str> =
                rule.examples.iter().filter(|it| it.outcome == outcome).map(|it| it.title).collect();
            if !titles.is_empty() {
                let _ = writeln!(out, "\n{heading}: {}.", titles.join("; "));
            }
        }
    }
    Ok(out)
}

/// Why a rule demands what it demands. Only the built-in policy says it.
pub(crate) fn documentation(policy: &str, id: &str) -> Option<&'static str> {
    built_in(policy, id).map(|rule| rule.documentation)
}

fn built_in(policy: &str, id: &str) -> Option<&'static crosscloud_policy_plugin::rule::Rule> {
    rules::all().iter().find(|rule| rule.id == id).filter(|_| policy == "crosscloud")
}

/// Every rule in one line.
#[must_use]
pub fn list(gate: &Gate) -> String {
    let rules = gate.rules();
    let width = rules.iter().map(|(_, rule)| rule.id.len()).max().unwrap_or_default();
    let line = |(_, rule): &(String, crosscloud_policy_model::policy::RuleInfo)| {
        format!("{:<width$}  {:<8}  {}\n", rule.id, severity(rule.severity), rule.summary)
    };
    rules.iter().map(line).collect()
}
