//! The rules.

use crosscloud_policy_sdk::model::document::{ResourceKind, TokenSource, TrustDocument};
use crosscloud_policy_sdk::model::finding::{Finding, Severity};
use crosscloud_policy_sdk::model::issuer;
use crosscloud_policy_sdk::rule::{Rule, shown};

use crate::settings::Settings;

const ISSUER: Rule =
    Rule { id: "house-issuer", severity: Severity::Critical, summary: "Only tokens of our own issuers are trusted." };
const ROLE: Rule = Rule { id: "house-role", severity: Severity::High, summary: "Only agreed roles are granted." };
const NAME: Rule =
    Rule { id: "house-name", severity: Severity::Medium, summary: "The name of a trust says whose it is." };

/// Every rule.
pub(crate) const ALL: [Rule; 3] = [ISSUER, ROLE, NAME];

/// What the rules say.
pub(crate) fn judge(document: &TrustDocument, settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (pointer, issuer) in issuers(document) {
        findings.extend(allowed(ISSUER, document, pointer, issuer, "issuer", |it| {
            issuer::is_allowed(it, &settings.issuers)
        }));
    }
    for (pointer, role) in roles(document) {
        findings
            .extend(allowed(ROLE, document, pointer, role, "role", |it| settings.roles.iter().any(|own| own == it)));
    }
    findings.extend(name(document, settings));
    findings
}

/// Whose tokens the trust takes, in any cloud, and where that stands.
fn issuers(document: &TrustDocument) -> Vec<(String, Option<&str>)> {
    let mut issuers = Vec::new();
    for (index, provider) in document.providers.iter().enumerate() {
        // Accounts of AWS have no issuer.
        if let TokenSource::Oidc { issuer, .. } = &provider.source {
            issuers.push((format!("/providers/{index}/source/issuer"), issuer.as_deref()));
        }
    }
    for (index, credential) in document.federated_credentials.iter().enumerate() {
        issuers.push((format!("/federated_credentials/{index}/issuer"), credential.issuer.as_deref()));
    }
    issuers
}

/// Which roles the trust hands out. The grants on service accounts are how a trust works, not what it is for.
fn roles(document: &TrustDocument) -> Vec<(String, Option<&str>)> {
    let bindings = document.bindings.iter().enumerate();
    let google = bindings
        .filter(|(_, binding)| binding.resource_kind != ResourceKind::ServiceAccount)
        .map(|(index, binding)| (format!("/bindings/{index}/role"), binding.role.as_deref()));
    let azure = document.azure_role_assignments.iter().enumerate();
    let azure = azure.map(|(index, it)| (format!("/azure_role_assignments/{index}/role"), it.role.as_deref()));
    google.chain(azure).collect()
}

/// One value that must be agreed on.
fn allowed(
    rule: Rule,
    document: &TrustDocument,
    pointer: String,
    value: Option<&str>,
    what: &str,
    agreed: impl Fn(&str) -> bool,
) -> Option<Finding> {
    let known = value.filter(|_| !document.is_unknown(&pointer));
    let Some(value) = known else {
        let message = format!("The {what} is not known yet.");
        return Some(rule.undetermined(document, pointer, message, format!("Write the {what} out.")));
    };
    if agreed(value) {
        return None;
    }
    let message = format!("The {what} {} is not agreed on.", shown(document, &pointer, value));
    Some(rule.violation(document, pointer, message, "Take one of those agreed on, or ask the platform team."))
}

fn name(document: &TrustDocument, settings: &Settings) -> Option<Finding> {
    let (_, name) = document.subject.split_once('/')?;
    if settings.teams.iter().any(|team| name.starts_with(team.as_str())) {
        return None;
    }
    let finding = NAME.violation(
        document,
        "/subject",
        format!("The name `{name}` does not say whose it is."),
        format!("Begin it with one of: {}.", settings.teams.join(", ")),
    );
    // The document does not say where its subject was written; every resource calls it so.
    Some(Finding { path: "name".to_owned(), ..finding })
}

#[cfg(test)]
mod tests;
