//! Trusts that cannot be judged.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::{Blindness, Case, Member, Reading};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "x-unknown-trust",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Who gets in is known while planning.",
    documentation: "A value that is not known yet, or a condition on what only the cloud knows, leaves open who gets in. The trust is \
        judged again once everything is known; build conditions from values that are known before, so that a plan can be \
        trusted.",
    check,
    examples: &[
        Example { title: "everything known", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a trust policy that is not known yet",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy", "null"),
                ("/unknown", r#"["/aws_roles/0/assume_role_policy"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "a subject that is not known yet",
            base: Base::AwsRole,
            changes: &[(
                "/unknown",
                r#"["/aws_roles/0/assume_role_policy/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub"]"#,
            )],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "a condition on what only AWS knows",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition/DateLessThan",
                r#"{"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
            )],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "grants that are not known yet",
            base: Base::Aks,
            changes: &[("/unknown", r#"["/bindings"]"#)],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "a credential whose subject is not known yet",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/unknown", r#"["/federated_credentials/0/subject"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

const ADVICE: &str =
    "Build it from values that are known while planning; otherwise it is judged again when it is applied.";

/// Places that decide who gets in or what they may do there, and of which no other rule says that they are not known. `#` stands for the
/// index of an entry, `*` at the end for the place itself and everything below.
const DECIDING: [&str; 35] = [
    "/access_levels",
    "/access_levels/#",
    "/access_levels/#/ip_subnetworks/*",
    "/aws_oidc_providers",
    "/aws_oidc_providers/#",
    "/aws_oidc_providers/#/client_ids/*",
    "/aws_roles",
    "/aws_roles/#/attached_policies",
    "/aws_roles/#/inline_policies/*",
    "/aws_roles/#/max_session_duration",
    "/azure_role_assignments",
    "/bindings",
    "/bindings/#/members",
    "/data_stores",
    "/entra_identities",
    "/entra_identities/#/id",
    "/federated_credentials",
    "/federated_credentials/#/identity",
    "/github_environments/*",
    "/github_subject_templates/*",
    "/kms_keys",
    "/kms_keys/#/prevent_destroy",
    "/perimeters",
    "/perimeters/#",
    "/perimeters/#/enforced",
    "/perimeters/#/enforced/ingress/*",
    "/perimeters/#/enforced/egress/*",
    "/perimeters/#/dry_run",
    "/perimeters/#/dry_run/ingress/*",
    "/perimeters/#/dry_run/egress/*",
    "/providers",
    "/providers/#/pool",
    "/providers/#/source/account_id",
    "/providers/#/source/allowed_audiences/#",
    "/service_account_keys",
];

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for place in case.document.unknown.iter().filter(|place| DECIDING.iter().any(|pattern| fits(pattern, place))) {
        if place.ends_with("/pool") && !tells_pools_apart(case) {
            continue;
        }
        report.undetermined(
            place,
            "A part that decides about the trust is not known yet, so it was not judged.",
            ADVICE,
        );
    }
    for role in &case.roles {
        if matches!(role.reading, Reading::Unknown) {
            let message = "The trust policy is not known yet, so it cannot be said who may assume the role.";
            report.undetermined(role.in_policy(""), message, ADVICE);
        }
        for door in &role.doors {
            if let Some(reason) = door.door.unclear() {
                report.undetermined(
                    role.in_policy(&door.principal),
                    format!("It cannot be said whose tokens may assume the role: {reason} is not known."),
                    ADVICE,
                );
            }
        }
        let policy = role.policy().into_iter().flat_map(|policy| policy.permissions());
        for statement in policy.filter(|statement| statement.principals.has_unknown()) {
            report.undetermined(
                role.in_policy(&statement.pointer),
                "A principal is not known yet, so it cannot be said who may assume the role.",
                ADVICE,
            );
        }
    }
    for credential in &case.credentials {
        let hidden = credential.door.blind == Some(Blindness::Condition);
        if hidden {
            let message = "What the credential compares is not known yet, so it cannot be said who gets in.";
            report.undetermined(credential.deciding(), message, ADVICE);
        }
    }
}

/// Whether a pointer is one of those that a pattern stands for.
fn fits(pattern: &str, pointer: &str) -> bool {
    let mut parts = pointer.split('/');
    for wanted in pattern.split('/') {
        match (wanted, parts.next()) {
            ("*", _) => return true,
            ("#", Some(part)) if part.bytes().all(|digit| digit.is_ascii_digit()) => {}
            (wanted, Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

/// Whether anything depends on which pool a provider is in.
fn tells_pools_apart(case: &Case<'_>) -> bool {
    let federated = |member: &Member<'_>| matches!(member.principal, Some(Ok(Principal::Federated { .. })));
    case.providers.len() > 1 || case.members.iter().any(federated)
}
