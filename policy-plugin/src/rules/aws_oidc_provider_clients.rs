//! Providers for tokens of others.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::audience::whose;
use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-provider-clients",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "An OpenID Connect provider lists its own audiences only.",
    documentation: "Every role of the account can use the provider, so its client list is the last place where tokens made for somebody \
        else are refused.",
    check,
    examples: &[
        Example { title: "the audience of AWS", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "none",
            base: Base::AwsRole,
            changes: &[("/aws_oidc_providers/0/client_ids", "[]")],
            outcome: Outcome::Violation,
        },
        Example {
            title: "anything",
            base: Base::AwsRole,
            changes: &[("/aws_oidc_providers/0/client_ids/0", r#""*""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "another cloud's",
            base: Base::AwsRole,
            changes: &[("/aws_oidc_providers/0/client_ids/-", r#""api://AzureADTokenExchange""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, provider) in case.document.aws_oidc_providers.iter().enumerate() {
        let at = format!("/aws_oidc_providers/{index}/client_ids");
        if case.document.is_unknown(&at) {
            continue;
        }
        if provider.client_ids.is_empty() {
            report.violation(
                at,
                "The provider lists no audience.",
                "List sts.amazonaws.com, or the audience that the workload asks for.",
            );
            continue;
        }
        for (place, client) in provider.client_ids.iter().enumerate() {
            let pointer = format!("{at}/{place}");
            let Some(client) = client.as_deref().filter(|client| *client != "sts.amazonaws.com") else { continue };
            if let Some(whose) = whose(client) {
                let shown = report.shown(&pointer, client);
                report.violation(
                    pointer,
                    format!("The audience {shown} is {whose}, so tokens made for somebody else are accepted."),
                    "List sts.amazonaws.com, or an audience of the trust's own.",
                );
            }
        }
    }
}
