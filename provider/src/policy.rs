//! What the policy says of a resource, as diagnostics. Fails closed: a policy that gives no answer refuses.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use crosscloud_policy_host::{Policy, PolicyError, PolicySet};
use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::enforcement::{Date, Enforcement, Moment, Outcome, Ruling};
use crosscloud_policy_model::finding::{Finding, Verdict};
use crosscloud_policy_model::policy::Request;
use serde_json::Value;
use tfplugin::{Diagnostic, Diagnostics, Path, Severity};

use crate::diagnostics;

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
    /// before the first call of the apply, when everything is known.
    pub(crate) fn judge(&self, document: TrustDocument) -> Diagnostics {
        let moment = if document.unknown.is_empty() { Moment::Final } else { Moment::Undecided };
        let subject = document.subject.clone();
        let findings = match self.evaluate(document) {
            Ok(findings) => findings,
            Err(error) => return error.into(),
        };
        let mut diagnostics = Diagnostics::new();
        for ruling in self.enforcement.rule(&subject, findings, moment, today()) {
            diagnostics.extend(self.told(&ruling));
        }
        diagnostics
    }

    /// Judges a configuration that may still change in every way: violations alone, and as warnings.
    fn warnings(&self, document: TrustDocument) -> Diagnostics {
        let subject = document.subject.clone();
        let findings = match self.evaluate(document) {
            Ok(findings) => findings,
            Err(error) => return Diagnostic { severity: Severity::Warning, ..error }.into(),
        };
        let violations = findings.into_iter().filter(|finding| finding.verdict == Verdict::Violation).collect();
        let mut diagnostics = Diagnostics::new();
        for ruling in self.enforcement.rule(&subject, violations, Moment::Undecided, today()) {
            let told = self.told(&ruling).map(|told| Diagnostic { severity: Severity::Warning, ..told });
            diagnostics.extend(told);
        }
        diagnostics
    }

    fn evaluate(&self, document: TrustDocument) -> Result<Vec<Finding>, Diagnostic> {
        let request = Request { document, settings: self.settings.clone() };
        self.set.evaluate(&request).map(|evaluation| evaluation.findings).map_err(|error| no_answer(&error))
    }

    /// What is told of a ruling: nothing where the rule is off or somebody answers for the finding.
    fn told(&self, ruling: &Ruling) -> Option<Diagnostic> {
        let told = told(&ruling.finding);
        let expired = ruling.waiver.and_then(|index| self.enforcement.waivers().get(index)).map(|waiver| {
            format!(
                "A waiver for it does not count (any more); it was granted by {} until {}.",
                waiver.owner, waiver.expires
            )
        });
        let told = match expired {
            Some(expired) => Diagnostic { detail: format!("{}\n\n{expired}", told.detail), ..told },
            None => told,
        };
        match ruling.outcome {
            Outcome::Deny => Some(told),
            Outcome::Warn => Some(Diagnostic { severity: Severity::Warning, ..told }),
            Outcome::Waived | Outcome::Off => None,
        }
    }
}

/// What `-version` says of the policy.
pub fn policy_version() -> Vec<String> {
    vec![format!("built-in policy sha256:{}", Policy::built_in_digest())]
}

/// Judges a configuration while it is validated. Terraform validates without configuring the provider, so often only the built-in policy with its
/// own settings is there.
pub(crate) fn warnings(judge: Option<&Judge>, document: TrustDocument) -> Diagnostics {
    static BUILT_IN: OnceLock<Result<Judge, PolicyError>> = OnceLock::new();
    let built_in = || PolicySet::built_in().map(|set| Judge::new(set, Value::Null, Enforcement::default()));
    match judge {
        Some(judge) => judge.warnings(document),
        None => match BUILT_IN.get_or_init(built_in) {
            Ok(judge) => judge.warnings(document),
            Err(error) => Diagnostic { severity: Severity::Warning, ..no_answer(error) }.into(),
        },
    }
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

fn told(finding: &Finding) -> Diagnostic {
    let summary = match finding.verdict {
        Verdict::Violation => format!("Policy {}", finding.rule),
        Verdict::Undetermined => format!("Policy {} cannot be decided yet", finding.rule),
    };
    let mut detail = finding.message.clone();
    if let Some(witness) = &finding.witness {
        let claims: serde_json::Map<_, _> = witness.clone().into_iter().collect();
        detail.push_str(&format!("\nThis token would get in: {}", Value::Object(claims)));
    }
    detail.push_str(&format!("\n\n{}", finding.remediation));
    let at = finding.path.parse().map_or_else(|_| Path::root(), |path| diagnostics::path(&path));
    Diagnostic::error(summary, detail).at(&at)
}
