//! What the subjects of known issuers look like.

use crosscloud_policy_sdk::model::issuer::Issuer;

/// Claims of CI systems that whoever writes a workflow, or starts it, decides on. Alone they say nothing about whose workflow it is.
pub const USER_CLAIMS: [&str; 17] = [
    "actor",
    "base_ref",
    "build_branch",
    "deployment_tier",
    "environment",
    "event_name",
    "head_ref",
    "job",
    "pipeline_source",
    "ref",
    "ref_path",
    "ref_type",
    "runner_environment",
    "step_key",
    "terraform_run_phase",
    "user_login",
    "workflow",
];

/// The claim that a customised subject of GitHub begins with, if whoever writes the workflow decides on it.
#[must_use]
pub fn user_claim_first(subject: &str) -> Option<&str> {
    let (first, _) = subject.split_once(':')?;
    USER_CLAIMS.contains(&first).then_some(first)
}

/// How the subjects of an issuer are made up, where that is known and the text is not made so.
#[must_use]
pub fn misfit(issuer: &Issuer, subject: &str) -> Option<&'static str> {
    let parts = |prefix: &str, inner: &[&str]| {
        let Some(mut rest) = subject.strip_prefix(prefix) else { return false };
        for separator in inner {
            match rest.split_once(separator) {
                Some((part, behind)) if !part.is_empty() => rest = behind,
                _ => return false,
            }
        }
        !rest.is_empty()
    };
    let guid = |text: &str| {
        text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let (fits, shape) = match issuer {
        // With a customised subject any claim may come first, so only the default form is checked.
        Issuer::GitHub { .. } if !subject.starts_with("repo:") && subject.contains(':') => return None,
        Issuer::GitHub { .. } => (parts("repo:", &["/", ":"]), "repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH"),
        Issuer::GitLab { .. } => (
            parts("project_path:", &["/", ":ref_type:", ":ref:"]),
            "project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH",
        ),
        Issuer::TerraformCloud => (
            parts("organization:", &[":project:", ":workspace:", ":run_phase:"]),
            "organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply",
        ),
        Issuer::Buildkite => (
            parts("organization:", &[":pipeline:", ":ref:"]),
            "organization:SLUG:pipeline:SLUG:ref:REF:commit:SHA:step:KEY",
        ),
        Issuer::CircleCi { .. } => (parts("org/", &["/project/", "/user/"]), "org/ID/project/ID/user/ID"),
        Issuer::AzureDevOps { .. } => (parts("sc://", &["/", "/"]), "sc://ORGANIZATION/PROJECT/CONNECTION"),
        Issuer::Entra { .. } => (guid(subject), "the object id of the identity"),
        _ => return None,
    };
    if fits { None } else { Some(shape) }
}

#[cfg(test)]
mod tests {
    use super::{misfit, user_claim_first};
    use crosscloud_policy_sdk::model::issuer::Issuer;

    #[test]
    fn knows_the_shapes() {
        for (url, subject, expected) in [
            ("https://token.actions.githubusercontent.com", "repo:octo/app:ref:refs/heads/main", true),
            ("https://token.actions.githubusercontent.com", "repo:octo@1/app@2:pull_request", true),
            ("https://token.actions.githubusercontent.com", "job_workflow_ref:octo/ops/.github/x.yml@v1", true),
            ("https://token.actions.githubusercontent.com", "repo:octo/app", false),
            ("https://token.actions.githubusercontent.com", "octo/app", false),
            ("https://gitlab.com", "project_path:octo/team/app:ref_type:branch:ref:main", true),
            ("https://gitlab.com", "repo:octo/app:ref:refs/heads/main", false),
            ("https://app.terraform.io", "organization:o:project:p:workspace:w:run_phase:plan", true),
            ("https://app.terraform.io", "organization:o:workspace:w", false),
            (
                "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
                "72f988bf-86f1-41af-91ab-2d7cd011db47",
                true,
            ),
            ("https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", "chat", false),
            ("https://oidc.example.com", "anything", true),
        ] {
            assert_eq!(misfit(&Issuer::classify(url), subject).is_none(), expected, "{url} {subject}");
        }
        assert_eq!(user_claim_first("environment:prod"), Some("environment"));
        assert_eq!(user_claim_first("repo:octo/app:environment:prod"), None);
    }
}
