//! Conditions that admit other customers of a shared issuer.

use crosscloud_policy_sdk::model::attacker::{Attack, Dimension};
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Blindness, Case, Looseness};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-open-tenant",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A condition admits nobody from outside the organisation.",
    documentation: "Shared issuers sign tokens for all of their customers; only claims tell these apart. The condition is evaluated for tokens that another \
        customer really gets, and one that lets such a token in is denied even behind exact bindings. Compare a claim that names your organisation and \
        that others cannot obtain, best a numeric id: `repository_owner_id`, `namespace_id`, `terraform_organization_id`.",
    check,
    examples: &[
        Example { title: "ids pinned", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "only the branch",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.ref == 'refs/heads/main'""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an exclusion",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.repository_owner != 'evil'""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "only the name of the repository",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.repository.endsWith('/app')""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "another tenant in HCP Terraform",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/source/issuer", r#""https://app.terraform.io""#),
                (
                    "/providers/0/intended",
                    r#"[{"sub": "organization:o:project:p:workspace:w:run_phase:apply", "terraform_organization_id": "org-1", "terraform_run_phase": "apply"}]"#,
                ),
                ("/providers/0/attribute_mapping", r#"{"google.subject": "assertion.sub"}"#),
                ("/providers/0/attribute_condition", r#""assertion.terraform_run_phase == 'apply'""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a function that only Google knows",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.repository_owner.frobnicate('octo')""#)],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.door.hollow()) {
        if matches!(provider.door.issuer, Some(Issuer::Kubernetes(_))) || provider.lacks_condition() {
            continue;
        }
        if provider.door.shared
            && let Some((attack, ..)) = provider.door.worst_by(is_stranger)
        {
            let message = format!("The attribute condition also admits {}.", attack.bearer);
            report
                .violation(provider.at("attribute_condition"), message, provider.condition_advice(case.document))
                .witness(attack);
        } else if let Some(reason) = provider.door.unclear() {
            report.undetermined(
                provider.at("attribute_condition"),
                format!("It cannot be said whom the provider admits: {reason}."),
                "Write the condition and the mapping with comparisons, startsWith, endsWith, in, matches, extract and split.",
            );
        } else if provider.door.blind == Some(Blindness::Issuer) {
            report.undetermined(
                provider.at("source/issuer"),
                "The issuer is not known yet, so it cannot be said whose tokens the provider takes.",
                "Nothing needs to be written; the provider is judged again once the issuer is known.",
            );
        } else if provider.door.blind == Some(Blindness::Mapping) {
            report.undetermined(
                provider.at("attribute_mapping"),
                "The attribute mapping is not known yet, so it cannot be said whom the provider admits.",
                "Build the mapping from values that are known while planning.",
            );
        }
    }
}

/// A namesake with other ids, and a look-alike that slips past a loose comparison, have rules of their own.
fn is_stranger(attack: &Attack, loose: &Looseness<'_>) -> bool {
    attack.stranger && attack.dimension != Dimension::Recycled && *loose == Looseness::None
}
