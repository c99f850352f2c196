//! What AWS would refuse, found before anything is sent. Limits are those of the IAM reference.

use serde_json::Value;

use crate::leaf::{Leaf, Text};
use crate::names::{is_aws_account, role_name_fault, role_path_fault};
use crate::problem::Problem;
use crate::source::{Identity, Source, Tokens, Towards, github_actions, gitlab, kubernetes};
use crate::target::aws::{
    ACCOUNT, AUDIENCE, Aws, BOUNDARY, EXISTING_PROVIDER, GOOGLE, INLINE, POLICIES, ROLE_NAME, ROLE_PATH, SESSION,
};

/// Longest audience of a provider.
const MAX_AUDIENCE: usize = 255;
/// Longest URL of a provider.
const MAX_URL: usize = 255;
/// Longest inline policies of a role, without white space.
const MAX_INLINE: usize = 10_240;
/// Managed policies of a role.
const MAX_POLICIES: usize = 10;

/// Everything in an AWS target that cannot work.
pub(crate) fn problems(name: &Text, aws: &Aws, source: Option<&Source>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(problem) = source.and_then(source_problem) {
        return vec![problem];
    }
    if let Some(account) = aws.account_id.known()
        && !is_aws_account(account)
    {
        problems.push(Problem::at(
            ACCOUNT,
            "Not an AWS account id",
            format!(
                "`{}` is not twelve digits. Write the id in quotes, so that leading zeros stay; `aws sts get-caller-identity --query Account` prints it.",
                account.escape_debug()
            ),
        ));
    }
    problems.extend(role_problems(name, aws));
    problems.extend(policy_problems(aws));
    let identity = source.map(|source| source.identity(Towards::Aws, name, &Default::default()));
    problems.extend(audience_problem(aws, identity.as_ref()));
    problems.extend(identity.as_ref().and_then(issuer_problem));
    problems.extend(existing_problem(aws, identity.as_ref()));
    problems
}

/// Sources that cannot become a role, or for which that is no trust.
fn source_problem(source: &Source) -> Option<Problem> {
    let (path, summary, detail) = match source {
        Source::AwsRole(_) => (
            "to.aws",
            "An AWS role is at home in AWS already",
            "A role assumes another by name: write its ARN into the other's trust policy, `sts:AssumeRole`, with `aws_iam_role`; no token and no trust between clouds takes part. The nearest that needs one is `aws_role` to `gcp`.",
        ),
        Source::GithubActions(it) if it.environment.is_none() && it.reference.is_none() => (
            "from.github_actions",
            "No exact subject",
            "The trust policy compares subjects exactly, and every environment and every reference of a repository has its own. Set `environment` or `ref`.",
        ),
        Source::GithubActions(it) if it.workflow.is_some() && it.reference.is_none() => (
            github_actions::WORKFLOW,
            "AWS knows a workflow only with its reference",
            "The claim that IAM compares is `job_workflow_ref`, which names the file and the reference. Set `ref`, too.",
        ),
        Source::Gitlab(it) if it.environment.is_some() => (
            gitlab::ENVIRONMENT,
            "AWS cannot tell GitLab's environments apart",
            "Of GitLab's tokens IAM compares subject and audience, and the subject names the branch or tag and not the environment. Remove it, and protect the branch instead.",
        ),
        Source::Kubernetes(it) if it.jwks.is_some() => (
            kubernetes::JWKS,
            "AWS fetches the keys itself",
            "IAM reads an issuer's keys over the internet and takes none by hand. Publish the issuer's discovery document, or let a Google service account in between: `kubernetes` to `gcp` takes the keys.",
        ),
        _ => return None,
    };
    Some(Problem::at(path, summary, detail))
}

fn role_problems(name: &Text, aws: &Aws) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(value) = aws.role_name.as_ref().unwrap_or(name).known()
        && let Some(fault) = role_name_fault(value)
    {
        let value = value.escape_debug();
        problems.push(match &aws.role_name {
            Some(_) => {
                let hint = if value.to_string().contains('/') { " Its path goes into `role_path`." } else { "" };
                Problem::at(ROLE_NAME, "Not the name of a role", format!("`{value}` cannot be one: {fault}.{hint}"))
            }
            None => Problem::at(
                "name",
                "The name cannot be that of a role",
                format!("`{value}` cannot be one: {fault}. Choose another name, or set `{ROLE_NAME}`."),
            ),
        });
    }
    if let Some(Leaf::Known(path)) = &aws.role_path
        && let Some(fault) = role_path_fault(path)
    {
        let detail = format!("`{}` cannot be one: {fault}.", path.escape_debug());
        problems.push(Problem::at(ROLE_PATH, "Not the path of a role", detail));
    }
    if let Some(Leaf::Known(seconds)) = &aws.max_session_duration
        && !(3600..=43_200).contains(seconds)
    {
        problems.push(Problem::at(
            SESSION,
            "Not the length of a session",
            format!("{seconds} seconds is not within 3600 and 43200, one hour and twelve."),
        ));
    }
    problems
}

fn policy_problems(aws: &Aws) -> Vec<Problem> {
    let mut problems = Vec::new();
    let policies = aws.policy_arns.known();
    if policies.is_some_and(|policies| policies.is_empty()) && aws.inline_policy.is_none() {
        problems.push(Problem::at(
            POLICIES,
            "No policies",
            "The role would be able to do nothing. Name a managed policy, such as `arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess`, or set `inline_policy`.",
        ));
    }
    if policies.is_some_and(|policies| policies.len() > MAX_POLICIES) {
        let detail = format!("A role takes {MAX_POLICIES} managed policies. Put the rest into `inline_policy`.");
        problems.push(Problem::at(POLICIES, "Too many policies", detail));
    }
    for policy in policies.into_iter().flatten().filter_map(Leaf::known) {
        if let Some(fault) = policy_arn_fault(policy) {
            problems.push(Problem::at(POLICIES, "Not a managed policy", fault));
        }
    }
    if let Some(Leaf::Known(boundary)) = &aws.permissions_boundary
        && let Some(fault) = policy_arn_fault(boundary)
    {
        problems.push(Problem::at(BOUNDARY, "Not a managed policy", fault));
    }
    if let Some(Leaf::Known(document)) = &aws.inline_policy
        && let Some(fault) = document_fault(document)
    {
        problems.push(Problem::at(INLINE, "Not a policy document", fault));
    }
    problems
}

/// Why this is not the ARN of a managed policy.
fn policy_arn_fault(arn: &str) -> Option<String> {
    let rest = arn.strip_prefix("arn:aws:iam::");
    let (account, name) = rest.and_then(|rest| rest.split_once(":policy/")).unwrap_or_default();
    let plain = |name: &str| {
        let c = |c: u8| c.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&c);
        !name.is_empty() && !name.ends_with('/') && name.bytes().all(c)
    };
    ((account != "aws" && !is_aws_account(account)) || !plain(name)).then(|| {
        let hint = if arn.contains(":role/") {
            " This is a role."
        } else if arn.starts_with("arn:") {
            ""
        } else {
            " A name alone does not say whose policy it is."
        };
        format!(
            "`{}` is not `arn:aws:iam::aws:policy/NAME` or `arn:aws:iam::ACCOUNT:policy/NAME`.{hint}",
            arn.escape_debug()
        )
    })
}

/// Why this is not a policy that says what a role may do.
fn document_fault(document: &str) -> Option<String> {
    let Ok(policy) = serde_json::from_str::<Value>(document) else {
        return Some("It is no JSON. Write it with `jsonencode({ … })`.".to_owned());
    };
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => &[],
    };
    if statements.is_empty() {
        return Some("It has no `Statement`.".to_owned());
    }
    let count = document.chars().filter(|c| !c.is_whitespace()).count();
    if count > MAX_INLINE {
        return Some(format!("It has {count} characters, and a role takes {MAX_INLINE} of inline policies."));
    }
    if statements.iter().any(|it| it.get("Principal").is_some() || it.get("NotPrincipal").is_some()) {
        return Some(
            "It names a `Principal`, as trust policies do. Who may become the role says `from`; this says what the role may do."
                .to_owned(),
        );
    }
    let lacks = |it: &Value, one: &str, other: &str| it.get(one).is_none() && it.get(other).is_none();
    if statements.iter().any(|it| lacks(it, "Action", "NotAction") || lacks(it, "Resource", "NotResource")) {
        return Some("A statement lacks its `Action` or its `Resource`.".to_owned());
    }
    None
}

fn audience_problem(aws: &Aws, identity: Option<&Identity>) -> Option<Problem> {
    let audience = aws.audience.as_ref()?;
    if let Some(Identity { tokens: Tokens::Oidc { audience: Some(_), .. }, .. }) = identity {
        let detail =
            "The source's tokens have an audience of their own, which is what AWS compares. Remove the argument.";
        return Some(Problem::at(AUDIENCE, "Audience named twice", detail));
    }
    let text = audience.known()?;
    let detail = if text.is_empty() || text.len() > MAX_AUDIENCE || text.trim() != text {
        format!("`{}` is not 1 to {MAX_AUDIENCE} characters without white space around them.", text.escape_debug())
    } else if text.contains(['*', '?']) {
        format!("`{text}` has a wildcard, and audiences are compared exactly.")
    } else if text.contains("iam.googleapis.com") || text.starts_with("api://AzureADTokenExchange") {
        format!(
            "`{text}` is the audience of another cloud, so tokens made for that one would do here. Leave the argument out for AWS's own."
        )
    } else {
        return None;
    };
    Some(Problem::at(AUDIENCE, "Not an audience for AWS", detail))
}

fn issuer_problem(identity: &Identity) -> Option<Problem> {
    let issuers = identity.issuers().iter().filter_map(|accepted| accepted.issuer.known());
    let long = issuers.into_iter().find(|issuer| issuer.len() > MAX_URL)?;
    Some(Problem::at(
        identity.issuer_path,
        "Issuer too long for AWS",
        format!("It has {} characters, and the URL of a provider takes {MAX_URL}.", long.len()),
    ))
}

/// The provider that exists must be the one for an issuer of this trust, in this account.
fn existing_problem(aws: &Aws, identity: Option<&Identity>) -> Option<Problem> {
    let arn = aws.existing_oidc_provider.as_ref()?.known()?;
    let told = |summary: &str, detail: String| Some(Problem::at(EXISTING_PROVIDER, summary, detail));
    let form = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":oidc-provider/"));
    let Some((account, host)) = form.filter(|(account, host)| is_aws_account(account) && !host.is_empty()) else {
        return told(
            "Not an OIDC provider",
            format!(
                "`{}` is not `arn:aws:iam::ACCOUNT:oidc-provider/ISSUER`, which `aws iam list-open-id-connect-providers` prints.",
                arn.escape_debug()
            ),
        );
    };
    if aws.account_id.known().is_some_and(|own| own != account) {
        return told(
            "OIDC provider of another account",
            format!("A role trusts the providers of its own account, and `{arn}` is in {account}."),
        );
    }
    let issuers: Option<Vec<_>> = identity?.issuers().iter().map(|accepted| accepted.issuer.known()).collect();
    let issuers = issuers?;
    if issuers.iter().any(|issuer| issuer.strip_prefix("https://") == Some(GOOGLE)) {
        return told(
            "A provider that takes no part",
            "Every account knows Google's issuer without a provider. Remove the argument.".to_owned(),
        );
    }
    let of_trust = issuers.iter().any(|issuer| issuer.strip_prefix("https://") == Some(host));
    if of_trust || issuers.is_empty() {
        return None;
    }
    told(
        "OIDC provider of another issuer",
        format!("`{arn}` takes tokens of `https://{host}`, and the source's issuer is `{}`.", issuers[0]),
    )
}
