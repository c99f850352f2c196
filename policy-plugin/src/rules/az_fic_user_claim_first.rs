//! Subjects that begin with what a workflow chooses.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::subject::user_claim_first;

pub(super) const RULE: Rule = Rule {
    id: "az-fic-user-claim-first",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A customised subject begins with the repository.",
    documentation: "Where a customised subject of GitHub begins with the workflow, the environment, the branch or the actor, anyone can \
        run a workflow whose subject begins alike, or is the same.",
    check,
    examples: &[
        Example { title: "the repository first", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the environment first",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", r#""environment:prod:repo:octo/app""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "in an expression",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'workflow:deploy:*'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        if !matches!(credential.door.issuer, Some(Issuer::GitHub { .. })) {
            continue;
        }
        let texts = credential.door.comparisons.iter().filter(|comparison| {
            comparison.path.as_ref().and_then(|path| path.last()).is_some_and(|claim| claim == "sub")
        });
        let mut texts = texts.map(|comparison| comparison.literal.as_str());
        if let Some(claim) = texts.find_map(user_claim_first) {
            report.violation(
                credential.deciding(),
                format!("The subject begins with `{claim}`, which whoever writes a workflow decides on."),
                "Let the subject template begin with repo, and compare the repository first.",
            );
        }
    }
}
