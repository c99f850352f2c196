//! Audiences that tokens for somebody else carry.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::audience::whose;
use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-audience-foreign",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A provider accepts tokens made for itself only.",
    documentation: "The audience says whom a token is for. A provider that accepts the default audience of another cloud, of the Kubernetes API or of a whole \
        organisation takes tokens that were handed to somebody else, who can pass them on. Leave the audiences empty, which means the provider's own \
        resource name, and ask for that audience where the token is made.",
    check,
    examples: &[
        Example { title: "the provider's own name", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example { title: "none, which means the same", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the audience of Azure's token exchange",
            base: Base::Aks,
            changes: &[("/providers/0/source/allowed_audiences", r#"["api://AzureADTokenExchange"]"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the audience of AWS",
            base: Base::GitHub,
            changes: &[("/providers/0/source/allowed_audiences", r#"["sts.amazonaws.com"]"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "GitHub's default",
            base: Base::GitHub,
            changes: &[("/providers/0/source/allowed_audiences", r#"["https://github.com/octo"]"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "anything",
            base: Base::GitHub,
            changes: &[("/providers/0/source/allowed_audiences", r#"["*"]"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Aks,
            changes: &[
                ("/providers/0/source/allowed_audiences", "[]"),
                ("/unknown", r#"["/providers/0/source/allowed_audiences"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        let TokenSource::Oidc { allowed_audiences, .. } = &provider.provider.source else { continue };
        let all = provider.at("source/allowed_audiences");
        if case.document.is_unknown(&all) {
            report.undetermined(
                all,
                "The accepted audiences are not known yet.",
                "Leave them out: the default is the provider's own resource name.",
            );
            continue;
        }
        for (index, audience) in allowed_audiences.iter().enumerate() {
            let pointer = provider.at(&format!("source/allowed_audiences/{index}"));
            if let (false, Some(whose)) = (case.document.is_unknown(&pointer), whose(audience)) {
                let shown = report.shown(&pointer, audience);
                report.violation(
                    pointer,
                    format!("The audience {shown} is {whose}, so tokens made for somebody else are accepted."),
                    "Leave the audiences empty, which means the provider's own resource name, and request tokens for that audience.",
                );
            }
        }
    }
}
