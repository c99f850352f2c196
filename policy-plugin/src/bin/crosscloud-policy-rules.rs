//! Prints every rule of the built-in policy as JSON, with its examples and what the policy says of them. The documentation is made of it.

use std::io::Write as _;

use crosscloud_policy_plugin::examples::{Example, Outcome};
use crosscloud_policy_plugin::rule::{Rule, Scope};
use crosscloud_policy_plugin::{BuiltIn, Policy, rules};
use serde_json::{Value, json};

fn main() -> Result<(), String> {
    let rules = rules::all().iter().map(shown).collect::<Result<Vec<Value>, String>>()?;
    writeln!(std::io::stdout(), "{:#}", Value::from(rules)).map_err(|error| error.to_string())
}

fn shown(rule: &Rule) -> Result<Value, String> {
    let scope = match rule.scope {
        Scope::Trust => "trust",
        Scope::Plan => "plan",
    };
    let examples = rule.examples.iter().map(|example| tried(rule, example)).collect::<Result<Vec<Value>, String>>()?;
    Ok(json!({
        "id": rule.id,
        "severity": rule.severity,
        "scope": scope,
        "summary": rule.summary,
        "documentation": rule.documentation,
        "examples": examples,
    }))
}

fn tried(rule: &Rule, example: &Example) -> Result<Value, String> {
    let outcome = match example.outcome {
        Outcome::Pass => "pass",
        Outcome::Violation => "violation",
        Outcome::Undetermined => "undetermined",
    };
    let request = example.request().map_err(|error| format!("{}: {}: {error}", rule.id, example.title))?;
    let said = BuiltIn::evaluate(&request).into_iter().find(|finding| finding.rule == rule.id);
    let changes: Vec<Value> = example.changes.iter().map(|(at, value)| json!({"at": at, "value": value})).collect();
    Ok(json!({
        "title": example.title,
        "outcome": outcome,
        "changes": changes,
        "message": said.as_ref().map(|finding| &finding.message),
        "remediation": said.as_ref().map(|finding| &finding.remediation),
    }))
}
