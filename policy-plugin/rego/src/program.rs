//! One text in Rego: read, described, asked.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
use crosscloud_policy_model::policy::{Metadata, RuleInfo, Scope};
use regorus::Engine;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Where the text is, in messages.
const FILE: &str = "policy.rego";

/// Functions that every policy may use.
const PRELUDE: &str = include_str!("prelude.rego");

/// A text that has been read.
pub(crate) struct Program {
    engine: Engine,
    /// `data.PACKAGE`.
    package: String,
}

/// A rule as the text declares it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    id: String,
    severity: Severity,
    summary: String,
}

/// A finding as the text writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: String,
    severity: Option<Severity>,
    verdict: Option<Verdict>,
    pointer: String,
    path: Option<String>,
    message: String,
    remediation: String,
    witness: Option<BTreeMap<String, Value>>,
}

impl Program {
    /// Reads a text. It must say which rules it has, and what it finds.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn read(source: &str) -> Result<Self, String> {
        let mut engine = Engine::new();
        // A builtin that fails would otherwise be undefined, and what is undefined finds nothing.
        engine.set_strict_builtin_errors(true);
        // Nobody reads what a policy prints, and a sandbox has nowhere to print to.
        engine.set_gather_prints(true);
        engine.add_policy("prelude.rego".to_owned(), PRELUDE.to_owned()).map_err(|error| plain(&error))?;
        let package = engine.add_policy(FILE.to_owned(), source.to_owned()).map_err(|error| plain(&error))?;
        if package == "data.trust" || package == "data.settings" {
            return Err(format!("the package cannot be called `{}`: that name is taken", &package["data.".len()..]));
        }
        let program = Self { engine, package };
        for rule in ["rules", "findings"] {
            if !program.declares(rule)? {
                return Err(format!("the package {} does not define `{rule}`", program.name()));
            }
        }
        Ok(program)
    }

    /// What the text says it is.
    ///
    /// # Errors
    /// Why it does not say so.
    pub(crate) fn metadata(&mut self) -> Result<Metadata, String> {
        let declared: Vec<Declared> = self.value("rules")?;
        let rules = declared.into_iter().map(|rule| RuleInfo {
            id: rule.id,
            severity: rule.severity,
            scope: Scope::Trust,
            summary: rule.summary,
        });
        let rules: Vec<RuleInfo> = rules.collect();
        if rules.is_empty() {
            return Err("`rules` is empty, so that no finding could bear one".to_owned());
        }
        Ok(Metadata { name: self.name().to_owned(), version: String::new(), rules })
    }

    /// Lets the text check its settings, in the rule `settings_problems`. Without that rule there are none.
    ///
    /// # Errors
    /// One entry a problem.
    pub(crate) fn check(mut self, settings: &Value) -> Result<(), Vec<String>> {
        self.metadata().map_err(|problem| vec![problem])?;
        let one = |problem: String| vec![problem];
        if self.declares("settings_problems").map_err(one)? {
            self.settings(settings).map_err(one)?;
            let problems: Vec<String> = self.value("settings_problems").map_err(one)?;
            return if problems.is_empty() { Ok(()) } else { Err(problems) };
        }
        let none = settings.is_null() || settings.as_object().is_some_and(serde_json::Map::is_empty);
        if none {
            Ok(())
        } else {
            Err(vec!["this policy has no settings: it does not define `settings_problems`".to_owned()])
        }
    }

    /// Judges a document.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) fn judge(mut self, document: &TrustDocument, settings: &Value) -> Result<Vec<Finding>, String> {
        let rules = self.metadata()?.rules;
        self.settings(settings)?;
        let input = serde_json::to_string(document).map_err(|error| error.to_string())?;
        self.engine.set_input_json(&input).map_err(|error| plain(&error))?;
        let written: Vec<Written> = self.value("findings")?;
        written.into_iter().map(|finding| finding.of(&rules, document)).collect()
    }

    fn name(&self) -> &str {
        self.package.strip_prefix("data.").unwrap_or(&self.package)
    }

    fn declares(&self, rule: &str) -> Result<bool, String> {
        self.engine.has_declared_rule_rooted_at(FILE, rule).map_err(|error| plain(&error))
    }

    fn settings(&mut self, settings: &Value) -> Result<(), String> {
        self.engine.add_data_json(&json!({"settings": settings}).to_string()).map_err(|error| plain(&error))
    }

    /// The value of a rule, in the form that it must have.
    fn value<T: DeserializeOwned>(&mut self, rule: &str) -> Result<T, String> {
        let value = self.engine.eval_rule(format!("{}.{rule}", self.package)).map_err(|error| plain(&error))?;
        if value == regorus::Value::Undefined {
            return Err(format!("`{rule}` is undefined"));
        }
        let text = value.to_json_str().map_err(|error| plain(&error))?;
        serde_json::from_str(&text).map_err(|error| format!("`{rule}` has another form than it should: {error}"))
    }
}

impl Written {
    fn of(self, rules: &[RuleInfo], document: &TrustDocument) -> Result<Finding, String> {
        let Some(rule) = rules.iter().find(|rule| rule.id == self.rule) else {
            return Err(format!("a finding bears the rule `{}`, which `rules` does not list", self.rule));
        };
        Ok(Finding {
            severity: self.severity.unwrap_or(rule.severity),
            verdict: self.verdict.unwrap_or(Verdict::Violation),
            path: self.path.unwrap_or_else(|| document.origin(&self.pointer).to_owned()),
            pointer: self.pointer,
            rule: self.rule,
            message: self.message,
            remediation: self.remediation,
            witness: self.witness,
        })
    }
}

/// An error of the interpreter, which begins with an empty line for the sake of its arrow.
fn plain(error: &dyn std::fmt::Display) -> String {
    format!("{error:#}").trim().to_owned()
}
