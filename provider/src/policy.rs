//! What the policy says of a trust, as diagnostics. Fails closed: a policy that gives no answer refuses.

use std::path::PathBuf;
use std::sync::OnceLock;

use crosscloud_policy_host::{Limits, Module, Policy, PolicyError, PolicySet};
use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::{Finding, Severity as Gravity, Verdict};
use crosscloud_policy_model::policy::Request;
use tfplugin::{Diagnostic, Diagnostics, Path, Severity};

use crate::diagnostics;

/// A module to load beside the built-in policy.
pub(crate) struct Source {
    /// File of the component.
    pub(crate) path: String,
    /// SHA-256 that the file must have.
    pub(crate) sha256: Option<String>,
}

/// Loads the built-in policy and these modules.
pub(crate) fn load(sources: Vec<Source>) -> Result<PolicySet, PolicyError> {
    let module = |source: Source| Module {
        path: PathBuf::from(source.path),
        sha256: source.sha256,
        settings: serde_json::Value::Null,
    };
    PolicySet::load(&sources.into_iter().map(module).collect::<Vec<_>>(), Limits::default())
}

/// What `-version` says of the policy.
pub fn policy_version() -> Vec<String> {
    vec![format!("built-in policy sha256:{}", Policy::built_in_digest())]
}

/// Judges a trust. What it refuses are errors; what it cannot decide yet, because a value is unknown, are warnings: it is asked again
/// before the first call of the apply, when everything is known.
pub(crate) fn judge(policy: &PolicySet, document: TrustDocument) -> Diagnostics {
    let undecided_is_final = document.unknown.is_empty();
    let findings = match evaluate(policy, document) {
        Ok(findings) => findings,
        Err(error) => return error.into(),
    };
    let mut diagnostics = Diagnostics::new();
    for finding in findings {
        let grave = finding.severity >= Gravity::High;
        let refused = grave && (finding.verdict == Verdict::Violation || undecided_is_final);
        let told = told(&finding);
        diagnostics.push(if refused { told } else { Diagnostic { severity: Severity::Warning, ..told } });
    }
    diagnostics
}

/// Judges a configuration that may still change in every way: violations alone, and as warnings. Terraform validates without configuring the
/// provider, so often only the built-in policy is there.
pub(crate) fn warnings(policy: Option<&PolicySet>, document: TrustDocument) -> Diagnostics {
    static BUILT_IN: OnceLock<Result<PolicySet, PolicyError>> = OnceLock::new();
    let policy = match policy {
        Some(policy) => Ok(policy),
        None => BUILT_IN.get_or_init(PolicySet::built_in).as_ref().map_err(no_answer),
    };
    let findings = match policy.and_then(|policy| evaluate(policy, document)) {
        Ok(findings) => findings,
        Err(error) => return Diagnostic { severity: Severity::Warning, ..error }.into(),
    };
    let mut diagnostics = Diagnostics::new();
    for finding in findings.iter().filter(|finding| finding.verdict == Verdict::Violation) {
        diagnostics.push(Diagnostic { severity: Severity::Warning, ..told(finding) });
    }
    diagnostics
}

fn evaluate(policy: &PolicySet, document: TrustDocument) -> Result<Vec<Finding>, Diagnostic> {
    let request = Request { document, ..Request::default() };
    policy.evaluate(&request).map(|evaluation| evaluation.findings).map_err(|error| no_answer(&error))
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
        detail.push_str(&format!("\nThis token would get in: {}", serde_json::Value::Object(claims)));
    }
    detail.push_str(&format!("\n\n{}", finding.remediation));
    let at = finding.path.parse().map_or_else(|_| Path::root(), |path| diagnostics::path(&path));
    Diagnostic::error(summary, detail).at(&at)
}
