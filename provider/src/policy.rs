//! What the policy says of a resource, as diagnostics. Fails closed: a policy that gives no answer refuses.

mod model;
mod told;

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use crosscloud_policy_host::{Policy, PolicyError, PolicySet};
use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::enforcement::{Date, Enforcement, Level, Moment, Ruling};
use crosscloud_policy_model::finding::{Finding, Severity as Gravity, Verdict};
use crosscloud_policy_model::policy::Request;
use crosscloud_trust::document::Described;
use serde_json::Value;
use tfplugin::{Diagnostic, Diagnostics, Severity};

pub use model::FindingModel;
pub(crate) use model::severity;
use told::Telling;

/// The policies, and how seriously their rules are taken.
pub(crate) struct Judge {
    set: PolicySet,
    settings: Value,
    enforcement: Enforcement,
    digest: String,
}

impl Judge {
    /// A judge with checked settings.
    pub(crate) fn new(set: PolicySet, settings: Value, enforcement: Enforcement) -> Self {
        let digest = set.digest_with(&settings, &enforcement);
        Self { set, settings, enforcement, digest }
    }

    /// SHA-256 over everything that decides. What was planned under one is not applied under another.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// Judges a resource. What it refuses are errors; what it cannot decide yet, because a value is unknown, are warnings: it is asked again
    /// before the first call of the apply, when everything is known. `unread` says what nobody will know better then. `settled`: the
    /// resource is there and nothing about it changes; then what others did to what it refers to is a warning.
    pub(crate) fn judge(&self, described: &Described, unread: Vec<Finding>, settled: bool) -> Diagnostics {
        let moment = if described.document.unknown.is_empty() { Moment::Final } else { Moment::Undecided };
        let findings = match self.findings(&described.document) {
            Ok(findings) => findings,
            Err(error) => return error.into(),
        };
        let rule = |findings, moment| self.enforcement.rule(&described.document.subject, findings, moment, today());
        let rulings = [rule(findings, moment), rule(unread, Moment::Final)].concat();
        let telling = Telling::of(described);
        let mut diagnostics = Diagnostics::new();
        for ruling in &rulings {
            let waiver = ruling.waiver.and_then(|index| self.enforcement.waivers().get(index));
            diagnostics.extend(telling.ruling(ruling, waiver, settled));
        }
        diagnostics
    }

    /// Judges something that nobody here manages: everything that is found, and what is told of it. A rule that the levels name is taken as they
    /// say; of the others, a finding as grave as `fail_on` or graver is an error. Nothing is told of what somebody answers for.
    pub(crate) fn check(
        &self,
        described: &Described,
        fail_on: Option<Gravity>,
    ) -> Result<(Vec<Finding>, Diagnostics), Diagnostic> {
        let findings = self.findings(&described.document)?;
        let rulings = self.enforcement.rule(&described.document.subject, findings.clone(), Moment::Final, today());
        let telling = Telling::of(described);
        let mut told = Diagnostics::new();
        for Ruling { finding, .. } in rulings.iter().filter(|ruling| ruling.stands()) {
            let grave = fail_on.is_some_and(|least| finding.severity >= least);
            let severity = match self.enforcement.named(&finding.rule, finding.severity) {
                Some(Level::Deny) => Severity::Error,
                Some(Level::Warn) => Severity::Warning,
                None if grave => Severity::Error,
                Some(Level::Off) | None => continue,
            };
            told.push(Diagnostic { severity, ..telling.finding(finding) });
        }
        Ok((findings, told))
    }

    /// What every policy finds, before anybody says how seriously it is taken.
    pub(crate) fn findings(&self, document: &TrustDocument) -> Result<Vec<Finding>, Diagnostic> {
        let request = Request { document: document.clone(), settings: self.settings.clone() };
        self.set.evaluate(&request).map(|evaluation| evaluation.findings).map_err(|error| no_answer(&error))
    }
}

/// What `-version` says of the policy.
pub fn policy_version() -> Vec<String> {
    vec![format!("built-in policy sha256:{}", Policy::built_in_digest())]
}

/// Judges a configuration while it is validated, which is before the provider is configured: only the built-in policy with its own settings is
/// there, and what it finds is a warning.
pub(crate) fn warnings(described: Described) -> Diagnostics {
    let findings = match built_in().and_then(|judge| judge.findings(&described.document)) {
        Ok(findings) => findings,
        Err(error) => return Diagnostic { severity: Severity::Warning, ..error }.into(),
    };
    let telling = Telling::of(&described);
    let violations = findings.iter().filter(|finding| finding.verdict == Verdict::Violation);
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(violations.map(|finding| telling.warning(finding)));
    diagnostics
}

/// The built-in policy with its own settings, for where no provider is configured.
pub(crate) fn built_in() -> Result<&'static Judge, Diagnostic> {
    static BUILT_IN: OnceLock<Result<Judge, PolicyError>> = OnceLock::new();
    let load = || PolicySet::built_in().map(|set| Judge::new(set, Value::Null, Enforcement::default()));
    BUILT_IN.get_or_init(load).as_ref().map_err(no_answer)
}

/// Today in UTC: waivers end with a day.
pub(crate) fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Date::of_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn no_answer(error: &PolicyError) -> Diagnostic {
    let detail =
        format!("{error}.\n\nWithout an answer nothing is allowed. Fix or remove the policy module, then plan again.");
    Diagnostic::error("The policy gave no answer", detail)
}
