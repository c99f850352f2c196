//! Providers that admit every principal of an AWS account.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Case, Looseness, subject};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

/// A provider for requests that roles sign.
const SIGNED: &str = r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/deploy/providers/aws", "pool": "projects/123456789012/locations/global/workloadIdentityPools/deploy", "source": {"kind": "aws", "account_id": "210987654321"}, "attribute_condition": "attribute.aws_role == 'arn:aws:sts::210987654321:assumed-role/ml-training'", "intended": [{"arn": "arn:aws:sts::210987654321:assumed-role/ml-training/i-0abc"}]}"#;

/// A provider for tokens of the account's own issuer.
const VOUCHED: &str = r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/deploy/providers/aws", "pool": "projects/123456789012/locations/global/workloadIdentityPools/deploy", "source": {"kind": "oidc", "issuer": "https://0c9f1b2e-1111-4222-8333-444455556666.tokens.sts.global.api.aws"}, "attribute_mapping": {"google.subject": "assertion.sub"}, "attribute_condition": "assertion.sub == 'arn:aws:iam::210987654321:role/team/ml/training'", "intended": [{"sub": "arn:aws:iam::210987654321:role/team/ml/training"}]}"#;

/// Exactly the role that such tokens are for.
const BOUND: &str = r#""principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/subject/arn:aws:iam::210987654321:role/team/ml/training""#;

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-aws-account-wide",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A provider for an AWS account admits the intended roles only.",
    documentation: "The account alone lets every role and user of it in, and every principal that can make one. Pin the role in the \
        condition, `attribute.aws_role == 'arn:aws:sts::ACCOUNT:assumed-role/ROLE'`, and in the bindings; in tokens of the account's own \
        issuer it is `assertion.sub == 'arn:aws:iam::ACCOUNT:role/PATH/ROLE'`. Medium where every binding names exact roles, \
        and for what the condition admits as members of a shared trust on purpose.",
    check,
    examples: &[
        Example {
            title: "the role pinned",
            base: Base::GitHub,
            changes: &[
                ("/providers/0", SIGNED),
                (
                    "/bindings/0/members/0",
                    r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.aws_role/arn:aws:sts::210987654321:assumed-role/ml-training""#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "the whole account",
            base: Base::GitHub,
            changes: &[
                ("/providers/0", SIGNED),
                ("/providers/0/attribute_condition", r#""assertion.account == '210987654321'""#),
                (
                    "/bindings/0/members/0",
                    r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/*""#,
                ),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name anywhere in the ARN",
            base: Base::GitHub,
            changes: &[
                ("/providers/0", SIGNED),
                ("/providers/0/attribute_condition", r#""assertion.arn.contains('assumed-role/ml-training/')""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the role pinned by its path and name",
            base: Base::GitHub,
            changes: &[("/providers/0", VOUCHED), ("/bindings/0/members/0", BOUND)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "every role of the account by its own issuer",
            base: Base::GitHub,
            changes: &[
                ("/providers/0", VOUCHED),
                (
                    "/providers/0/attribute_condition",
                    r#""assertion.sub.startsWith('arn:aws:iam::210987654321:role/')""#,
                ),
                ("/bindings/0/members/0", BOUND),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a path of possible members",
            base: Base::GitHub,
            changes: &[
                ("/providers/0", VOUCHED),
                (
                    "/providers/0/attribute_condition",
                    r#""(assertion.sub == 'arn:aws:iam::210987654321:role/team/ml/training') || (assertion.sub.startsWith('arn:aws:iam::210987654321:role/team/ml/'))""#,
                ),
                ("/providers/0/admits", r#""(assertion.sub.startsWith('arn:aws:iam::210987654321:role/team/ml/'))""#),
                ("/bindings/0/members/0", BOUND),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.lacks_condition()) {
        if !matches!(provider.door.issuer, Some(Issuer::Aws { .. } | Issuer::AwsOutbound { .. })) {
            continue;
        }
        let pointer = provider.at("attribute_condition");
        if let Some((attack, bound, _)) = provider.door.worst_by(|_, loose| *loose == Looseness::None) {
            let arn = report.shown(&pointer, &subject(&attack.token));
            report
                .violation(
                    pointer,
                    format!("The provider also admits {}, such as {arn}.", attack.bearer),
                    provider.condition_advice(case.document),
                )
                .lowered_if_closed(bound)
                .witness(attack);
        } else if let Some(reason) = provider.door.unclear() {
            report.undetermined(
                pointer,
                format!("It cannot be said which principals of the account the provider admits: {reason}."),
                provider.condition_advice(case.document),
            );
        }
    }
}
