//! Any other OpenID Connect issuer: one subject of it, exactly.

use std::collections::BTreeMap;

use crosscloud_policy_model::issuer::Issuer;
use serde_json::json;

use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::{cel_string, issuer_fault};
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};

const ISSUER: &str = "from.oidc.issuer";
const SUBJECT: &str = "from.oidc.subject";
const AUDIENCE: &str = "from.oidc.audience";

/// Longest subject, which is that of Entra.
const MAX_SUBJECT: usize = 600;
/// Longest audience, which is that of Google and AWS.
const MAX_AUDIENCE: usize = 255;

/// A workload with tokens of an issuer that no other source knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// Issuer URL, verbatim.
    pub issuer: Text,
    /// The `sub` claim, verbatim.
    pub subject: Text,
    /// The `aud` claim, where the workload cannot choose it.
    pub audience: Option<Text>,
}

pub(super) fn identity(it: &Oidc) -> Identity {
    let claims = match (it.issuer.known(), it.subject.known()) {
        (Some(issuer), Some(subject)) => {
            Leaf::Known(vec![BTreeMap::from([("iss".to_owned(), json!(issuer)), ("sub".to_owned(), json!(subject))])])
        }
        _ => Leaf::Unknown,
    };
    Identity {
        tokens: Tokens::Oidc { issuers: Accepted::one(it.issuer.clone()), audience: it.audience.clone(), jwks: None },
        condition: it.subject.as_ref().map(|subject| format!("assertion.sub == {}", cel_string(subject))),
        selectors: vec![Selector::Subject(it.subject.clone())],
        subjects: vec![it.subject.clone()],
        pins: BTreeMap::new(),
        issuer_path: ISSUER,
        subject_path: SUBJECT,
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        claims,
        delivery: TokenDelivery::File,
        after: Vec::new(),
    }
}

/// The source that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<Oidc, &'static str> {
    let issuer = evidence.issuer().ok_or("there is no provider and no credential with an issuer")?;
    let subject = evidence.subjects().first().copied();
    let subject = subject.ok_or("no binding, no condition, no credential and no trust policy names a subject")?;
    // A role that names an audience says it in `to.aws` as well.
    let audience = evidence.provider().and_then(|_| evidence.audience());
    Ok(Oidc { issuer: known(issuer), subject: known(subject), audience: audience.map(known) })
}

pub(super) fn problems(it: &Oidc) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(issuer) = it.issuer.known() {
        if let Some(fault) = issuer_fault(issuer, false) {
            problems.push(Problem::at(ISSUER, "Not an issuer", fault));
        } else if let Some(source) = source_of(issuer) {
            problems.push(Problem::at(
                ISSUER,
                "An issuer with a source of its own",
                format!(
                    "Write `from = {{ {source} = {{ … }} }}`, which pins what tokens of `{issuer}` are told apart by."
                ),
            ));
        }
    }
    if let Some(subject) = it.subject.known() {
        let fault = if subject.trim().is_empty() {
            "is empty; every token of the issuer would do"
        } else if subject.contains('*') {
            "has a wildcard, and subjects are compared exactly"
        } else if subject.trim() != subject || subject.chars().any(char::is_control) {
            "has white space around it or control characters in it, which no subject has"
        } else if subject.chars().count() > MAX_SUBJECT {
            "has more than 600 characters"
        } else {
            ""
        };
        if !fault.is_empty() {
            problems.push(Problem::at(SUBJECT, "Not a subject", format!("`{}` {fault}.", subject.escape_debug())));
        }
    }
    if let Some(Leaf::Known(audience)) = &it.audience
        && (audience.is_empty()
            || audience.len() > MAX_AUDIENCE
            || audience.trim() != audience
            || audience.contains('*'))
    {
        problems.push(Problem::at(
            AUDIENCE,
            "Not an audience",
            format!(
                "`{}` is not 1 to {MAX_AUDIENCE} characters without wildcards and without white space around them. Leave it out where the \
                 workload can ask for any.",
                audience.escape_debug()
            ),
        ));
    }
    problems
}

/// The source that knows this issuer.
fn source_of(issuer: &str) -> Option<&'static str> {
    match Issuer::classify(issuer) {
        Issuer::GitHub { .. } => Some("github_actions"),
        Issuer::GitLab { .. } => Some("gitlab"),
        Issuer::TerraformCloud => Some("terraform_cloud"),
        Issuer::Google => Some("gcp_service_account"),
        Issuer::Kubernetes(crosscloud_policy_model::issuer::Cluster::Aks { .. }) => Some("aks"),
        Issuer::Kubernetes(_) => Some("kubernetes"),
        _ => None,
    }
}
