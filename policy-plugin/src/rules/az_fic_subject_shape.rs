//! Subjects that the issuer never writes.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::truth::Truth;

use crate::case::{Blindness, Case, subject};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::subject::{misfit, user_claim_first};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-subject-shape",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A subject has the form that its issuer gives, and is that of the workload.",
    documentation: "A credential whose subject no token can have is dead, and the first repair under pressure is to open it wide. Issuer \
        and subject are compared with case, white space and trailing slash.",
    check,
    examples: &[
        Example { title: "the subject of the workload", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "another issuer's form",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", r#""project_path:octo/app:ref_type:branch:ref:main""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "no form at all",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", r#""octo/app""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "another branch than the one that is meant",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/subject", r#""repo:octo@1001/app@2001:ref:refs/heads/mian""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "neither subject nor expression",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/subject", "null")],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/unknown", r#"["/federated_credentials/0/subject"]"#),
            ],
            outcome: Outcome::Pass,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let pointer = credential.deciding();
        let refused = credential.genuine.iter().find(|(_, answer)| *answer == Truth::No);
        match (&credential.matching, &credential.door.issuer) {
            // A wildcard and a claim of the user's choice have rules of their own.
            (Match::Subject(text), _) if text.contains('*') || user_claim_first(text).is_some() => {}
            (Match::Subject(text), Some(issuer)) if misfit(issuer, text).is_some() => {
                let shape = misfit(issuer, text).unwrap_or_default();
                let shown = report.shown(&pointer, text);
                report.violation(
                    pointer,
                    format!("No token of {issuer} has the subject {shown}."),
                    format!("Write the subject in the form {shape}."),
                );
            }
            (Match::Subject(_) | Match::Flexible(_), _) => {
                if let Some((token, _)) = refused {
                    let meant = report.shown(&credential.at("intended"), &subject(token));
                    report.violation(
                        pointer,
                        format!("The credential refuses the workload that the trust is for, {meant}."),
                        format!("Write the subject {meant}."),
                    );
                }
            }
            (Match::Nothing, _) if credential.door.blind != Some(Blindness::Condition) => {
                report.violation(
                    pointer,
                    "The credential has neither a subject nor an expression.",
                    "Write the subject that the workload's tokens have.",
                );
            }
            _ => {}
        }
    }
}
