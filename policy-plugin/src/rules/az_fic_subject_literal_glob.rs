//! Wildcards in plain credentials.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-subject-literal-glob",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A plain federated credential has no wildcard.",
    documentation: "Entra compares a plain subject as it stands, so `*` matches nothing but itself and the credential is dead. Write the \
        whole subject, or use an expression on an application.",
    check,
    examples: &[
        Example { title: "the whole subject", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a wildcard",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/subject", r#""repo:octo@1001/app@2001:*""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        if matches!(&credential.matching, Match::Subject(subject) if subject.contains('*')) {
            report.violation(
                credential.deciding(),
                "The subject holds `*`, which is compared as it stands and matches no token.",
                "Write the whole subject, or use a claims matching expression on an application.",
            );
        }
    }
}
