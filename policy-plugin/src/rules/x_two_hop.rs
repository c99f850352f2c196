//! Open doors one hop away.

use crosscloud_policy_sdk::model::attacker::{Attack, Dimension};
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "x-two-hop",
    severity: Severity::High,
    scope: Scope::Plan,
    summary: "A trust in another cloud rests on an identity there that is not open itself.",
    documentation: "Whoever gets into the identity of the other cloud gets in here as well, whatever is written here. Close the first \
        door, or let the workload come directly, with its own token. Judged over a whole plan.",
    check,
    examples: &[
        Example { title: "no second hop", base: Base::Plan, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "an open Entra identity",
            base: Base::Plan,
            changes: &[
                ("/providers/0/source/issuer", r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#),
                ("/providers/0/intended", r#"[{"oid": "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9"}]"#),
                ("/providers/0/attribute_condition", r#""assertion.oid == '3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9'""#),
                ("/federated_credentials/0/subject", "null"),
                ("/federated_credentials/0/claims_matching_expression", r#""claims['sub'] matches 'repo:*'""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an open AWS role",
            base: Base::Plan,
            changes: &[
                ("/providers/0/source", r#"{"kind": "aws", "account_id": "123456789012"}"#),
                ("/providers/0/attribute_mapping", "{}"),
                ("/providers/0/intended", "[]"),
                (
                    "/providers/0/attribute_condition",
                    r#""attribute.aws_role == 'arn:aws:sts::123456789012:assumed-role/deploy'""#,
                ),
                ("/aws_roles/0/assume_role_policy/Statement/0/Condition", "{}"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    const ADVICE: &str = "Close the trust of that identity first, or let the workload come with its own token.";
    for provider in case.active() {
        // What the provider names: texts that it compares, and claims of those who are meant.
        let compared = provider.door.comparisons.iter().map(|comparison| comparison.literal.clone());
        let meant = provider.provider.intended.iter().flat_map(|claims| claims.values());
        let meant = meant.filter_map(|value| value.as_str().map(str::to_owned));
        let named: Vec<String> = compared.chain(meant).collect();
        let hop = match &provider.door.issuer {
            Some(Issuer::Entra { .. }) => case.credentials.iter().find_map(|credential| {
                let identity = credential.identity?;
                let hidden = credential.identity_hides(case.document, "principal_id");
                let reached = named.iter().any(|text| identity.principal_id.as_ref() == Some(text));
                let intruder = credential.door.worst(is_outsider)?.0;
                let name = identity.name.clone().unwrap_or_else(|| identity.id.clone());
                (reached || hidden).then_some(("an Entra identity", name, hidden, intruder))
            }),
            Some(Issuer::Aws { account }) => case.roles.iter().find_map(|role| {
                let hidden = case.document.is_unknown(&role.at("name"));
                let name = role.role.name.as_deref().unwrap_or_default();
                let same_account = role.account.is_none_or(|own| own == account);
                let session = format!(":assumed-role/{name}");
                let reached = named.iter().any(|text| {
                    text.split_once(&session).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('/'))
                });
                let intruder = role.doors.iter().find_map(|door| door.door.worst(is_outsider))?.0;
                (same_account && (reached || hidden)).then(|| ("an AWS role", name.to_owned(), hidden, intruder))
            }),
            _ => None,
        };
        let pointer = provider.at("attribute_condition");
        match hop {
            Some((kind, name, false, intruder)) => {
                report
                    .violation(
                        pointer,
                        format!("The provider rests on {kind}, `{name}`, which {} can become.", intruder.bearer),
                        ADVICE,
                    )
                    .witness(intruder);
            }
            Some((kind, _, true, intruder)) => {
                let message =
                    format!("The provider may rest on {kind} of this plan that {} can become.", intruder.bearer);
                report.undetermined(pointer, message, ADVICE);
            }
            None => {}
        }
    }
}

/// Somebody whom the first trust should not have let in.
fn is_outsider(attack: &Attack) -> bool {
    matches!(
        attack.dimension,
        Dimension::Tenant | Dimension::Workload | Dimension::Namespace | Dimension::Twin | Dimension::NearMiss
    )
}
