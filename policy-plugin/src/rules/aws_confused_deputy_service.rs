//! Services that act for anybody.

use crosscloud_policy_sdk::model::aws::Decision;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Visitor};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

/// Services that act on behalf of resources of other accounts and that say for whom.
const DEPUTIES: [&str; 25] = [
    "backup",
    "bedrock",
    "bedrock-agentcore",
    "cloudtrail",
    "codebuild",
    "codepipeline",
    "config",
    "datasync",
    "delivery.logs",
    "dms",
    "events",
    "firehose",
    "glue",
    "kendra",
    "logs",
    "pipes",
    "quicksight",
    "s3",
    "sagemaker",
    "scheduler",
    "ses",
    "sns",
    "states",
    "transfer",
    "vpc-flow-logs",
];

pub(super) const RULE: Rule = Rule {
    id: "aws-confused-deputy-service",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A service that acts for many accounts is let in for this one only.",
    documentation: "Some services act on behalf of whoever set them up, in any account. Without `aws:SourceAccount` or `aws:SourceArn` \
        somebody else can point the service at this role.",
    check,
    examples: &[
        Example {
            title: "the own account",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a service that runs in the own account",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "anybody",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    const ADVICE: &str = "Add StringEquals on aws:SourceAccount with the own account, or ArnLike on aws:SourceArn.";
    for role in &case.roles {
        for visit in &role.visits {
            let Visitor::Service(name) = &visit.visitor else { continue };
            let deputy = name.strip_suffix(".amazonaws.com").is_some_and(|service| DEPUTIES.contains(&service));
            if !deputy {
                continue;
            }
            let pointer = role.in_policy(&visit.principal);
            match &visit.decision {
                Decision::Allowed { .. } => {
                    report
                        .violation(pointer, format!("`{name}` may assume the role on behalf of any account."), ADVICE)
                        .shows(&[("aws:PrincipalServiceName", name.as_str()), ("aws:SourceAccount", "666677778888")]);
                }
                Decision::Unclear(reason) => {
                    let message = format!(
                        "It cannot be said on whose behalf `{name}` may assume the role: {reason} is not known."
                    );
                    report.undetermined(pointer, message, ADVICE);
                }
                Decision::Denied => {}
            }
        }
    }
}
