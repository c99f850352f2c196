//! The grammars of issuers: how each makes its claims. From the vendors' documentation; flat tables.

use super::grammar::{Grammar, Kind, Part};

const fn part(name: &'static str, kind: Kind, model: &'static str, other: &'static str) -> Part {
    Part { name, kind, model, other }
}

/// All of them, for tests.
#[cfg(test)]
pub(super) const ALL: [&Grammar; 9] =
    [&GITLAB, &OWN_GITLAB, &TERRAFORM, &BUILDKITE, &CIRCLECI, &BITBUCKET, &AZURE_DEVOPS, &GOOGLE, &ENTRA];

const GITLAB_PARTS: &[Part] = &[
    part("group", Kind::Tenant, "octo", "evil"),
    part("group_id", Kind::TenantId, "1001", "9001"),
    part("project", Kind::Workload, "app", "intruder"),
    part("project_id", Kind::WorkloadId, "2001", "9002"),
    part("ref_type", Kind::Plain, "branch", ""),
    part("ref", Kind::Ref, "main", "evil"),
    part("environment", Kind::Environment, "", "evil"),
    part("source", Kind::Event, "push", "merge_request_event"),
    part("workflow", Kind::Workflow, ".gitlab-ci.yml", "evil.yml"),
    part("login", Kind::Plain, "octocat", ""),
];

const GITLAB_CLAIMS: &[(&str, &str)] = &[
    ("sub", "project_path:{group}/{project}:ref_type:{ref_type}:ref:{ref}"),
    ("namespace_id", "{group_id}"),
    ("namespace_path", "{group}"),
    ("project_id", "{project_id}"),
    ("project_path", "{group}/{project}"),
    ("pipeline_source", "{source}"),
    ("ref", "{ref}"),
    ("ref_type", "{ref_type}"),
    ("ref_path", "refs/heads/{ref}"),
    ("ref_protected", "true"),
    ("ci_config_ref_uri", "gitlab.com/{group}/{project}//{workflow}@refs/heads/{ref}"),
    ("environment", "{environment}"),
    ("user_login", "{login}"),
    ("user_id", "42"),
    ("runner_environment", "gitlab-hosted"),
];

/// gitlab.com.
pub(super) const GITLAB: Grammar = Grammar {
    parts: GITLAB_PARTS,
    claims: GITLAB_CLAIMS,
    stranger: "a pipeline of another group",
    insider: "another project of the same group",
    shared: true,
};

/// A GitLab instance of one's own, where other groups are colleagues.
pub(super) const OWN_GITLAB: Grammar = Grammar { shared: false, ..GITLAB };

/// HCP Terraform.
pub(super) const TERRAFORM: Grammar = Grammar {
    parts: &[
        part("organization", Kind::Tenant, "octo", "evil"),
        part("organization_id", Kind::TenantId, "org-Ab1Cd2Ef3Gh4Ij5K", "org-9vil9vil9vil9vil"),
        part("project", Kind::Workload, "core", "intruder"),
        part("project_id", Kind::WorkloadId, "prj-Ab1Cd2Ef3Gh4Ij5K", "prj-9vil9vil9vil9vil"),
        part("workspace", Kind::Workload, "prod", "intruder"),
        part("workspace_id", Kind::WorkloadId, "ws-Ab1Cd2Ef3Gh4Ij5K", "ws-9vil9vil9vil9vil"),
        part("phase", Kind::Environment, "apply", "plan"),
    ],
    claims: &[
        ("sub", "organization:{organization}:project:{project}:workspace:{workspace}:run_phase:{phase}"),
        ("terraform_organization_id", "{organization_id}"),
        ("terraform_organization_name", "{organization}"),
        ("terraform_project_id", "{project_id}"),
        ("terraform_project_name", "{project}"),
        ("terraform_workspace_id", "{workspace_id}"),
        ("terraform_workspace_name", "{workspace}"),
        ("terraform_full_workspace", "organization:{organization}:project:{project}:workspace:{workspace}"),
        ("terraform_run_id", "run-Ab1Cd2Ef3Gh4Ij5K"),
        ("terraform_run_phase", "{phase}"),
    ],
    stranger: "a workspace of another organization",
    insider: "another workspace of the same organization",
    shared: true,
};

/// Buildkite.
pub(super) const BUILDKITE: Grammar = Grammar {
    parts: &[
        part("organization", Kind::Tenant, "octo", "evil"),
        part(
            "organization_id",
            Kind::TenantId,
            "0184990a-477b-4fa8-9968-496074483cee",
            "9e419e41-9e41-4e41-8e41-9e419e419e41",
        ),
        part("pipeline", Kind::Workload, "app", "intruder"),
        part(
            "pipeline_id",
            Kind::WorkloadId,
            "0184990a-477b-4fa8-9968-496074483cff",
            "9e429e42-9e42-4e42-8e42-9e429e429e42",
        ),
        part("branch", Kind::Ref, "main", "evil"),
        part("commit", Kind::Plain, "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2", ""),
        part("step", Kind::Plain, "deploy", ""),
    ],
    claims: &[
        ("sub", "organization:{organization}:pipeline:{pipeline}:ref:refs/heads/{branch}:commit:{commit}:step:{step}"),
        ("organization_slug", "{organization}"),
        ("organization_id", "{organization_id}"),
        ("pipeline_slug", "{pipeline}"),
        ("pipeline_id", "{pipeline_id}"),
        ("build_branch", "{branch}"),
        ("build_commit", "{commit}"),
        ("build_source", "webhook"),
        ("step_key", "{step}"),
        ("runner_environment", "self-hosted"),
    ],
    stranger: "a pipeline of another organization",
    insider: "another pipeline of the same organization",
    shared: true,
};

/// CircleCI, whose issuer names the organisation.
pub(super) const CIRCLECI: Grammar = Grammar {
    parts: &[
        part("organization_id", Kind::TenantId, "5034460f-c7c4-4c43-9457-de07e2029e7b", ""),
        part(
            "project_id",
            Kind::WorkloadId,
            "4c01b4e0-0a6c-4b3c-9d39-1c6a5b1d5c11",
            "9e439e43-9e43-4e43-8e43-9e439e439e43",
        ),
        part("user_id", Kind::Plain, "8c1a2b3c-1111-4222-8333-444455556666", ""),
        part("origin", Kind::Plain, "github.com/octo/app", ""),
        part("ref", Kind::Ref, "refs/heads/main", "refs/heads/evil"),
    ],
    claims: &[
        ("sub", "org/{organization_id}/project/{project_id}/user/{user_id}"),
        ("oidc.circleci.com/project-id", "{project_id}"),
        ("oidc.circleci.com/vcs-origin", "{origin}"),
        ("oidc.circleci.com/vcs-ref", "{ref}"),
        ("oidc.circleci.com/ssh-rerun", "=false"),
    ],
    stranger: "a job of another organization",
    insider: "another project of the same organization",
    shared: false,
};

/// Bitbucket Pipelines, whose issuer names the workspace.
pub(super) const BITBUCKET: Grammar = Grammar {
    parts: &[
        part(
            "repository",
            Kind::WorkloadId,
            "{2c1a4f5e-7d3b-4d6e-8f90-1a2b3c4d5e6f}",
            "{9e449e44-9e44-4e44-8e44-9e449e449e44}",
        ),
        part("environment", Kind::Environment, "", "{9e459e45-9e45-4e45-8e45-9e459e459e45}"),
        part("step", Kind::Plain, "{6a7b8c9d-0e1f-4a2b-8c3d-4e5f6a7b8c9d}", ""),
        part("workspace", Kind::TenantId, "{1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9}", ""),
        part("branch", Kind::Ref, "main", "evil"),
    ],
    claims: &[
        ("sub", "{repository}[:{environment}]:{step}"),
        ("repositoryUuid", "{repository}"),
        ("workspaceUuid", "{workspace}"),
        ("deploymentEnvironmentUuid", "{environment}"),
        ("stepUuid", "{step}"),
        ("branchName", "{branch}"),
    ],
    stranger: "a pipeline of another workspace",
    insider: "another repository of the same workspace",
    shared: false,
};

/// Azure DevOps service connections, whose issuer names the organisation.
pub(super) const AZURE_DEVOPS: Grammar = Grammar {
    parts: &[
        part("organization", Kind::Plain, "octo", ""),
        part("project", Kind::Workload, "core", "intruder"),
        part("connection", Kind::Workload, "deploy", "intruder"),
    ],
    claims: &[("sub", "sc://{organization}/{project}/{connection}")],
    stranger: "a service connection of another organization",
    insider: "another service connection of the same organization",
    shared: false,
};

/// Google accounts: identity tokens of service accounts.
pub(super) const GOOGLE: Grammar = Grammar {
    parts: &[
        part("id", Kind::TenantId, "104857600000000000001", "118999988887777666655"),
        part("name", Kind::Tenant, "robot", "evil"),
        part("project", Kind::Workload, "octo-prod", "intruder"),
    ],
    claims: &[
        ("sub", "{id}"),
        ("azp", "{id}"),
        ("email", "{name}@{project}.iam.gserviceaccount.com"),
        ("email_verified", "=true"),
    ],
    stranger: "a service account of another organisation",
    insider: "a service account of another project",
    shared: true,
};

const ENTRA_OBJECT: Part =
    part("object", Kind::WorkloadId, "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9", "9e469e46-9e46-4e46-8e46-9e469e469e46");

const ENTRA_CLIENT: Part =
    part("client", Kind::WorkloadId, "8b7a6c5d-4e3f-4a2b-9c1d-0e9f8a7b6c5d", "9e479e47-9e47-4e47-8e47-9e479e479e47");

const ENTRA_IDENTITY: Part = part("identity", Kind::Workload, "chat", "intruder");

/// One tenant of Microsoft Entra: tokens of applications and managed identities.
pub(super) const ENTRA: Grammar = Grammar {
    parts: &[
        part("tenant", Kind::Plain, "72f988bf-86f1-41af-91ab-2d7cd011db47", ""),
        ENTRA_OBJECT,
        ENTRA_CLIENT,
        ENTRA_IDENTITY,
    ],
    claims: &[
        ("sub", "{object}"),
        ("oid", "{object}"),
        ("tid", "{tenant}"),
        ("appid", "{client}"),
        ("azp", "{client}"),
        ("idtyp", "app"),
        (
            "xms_mirid",
            "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/team/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}",
        ),
        ("ver", "1.0"),
    ],
    stranger: "an application of another tenant",
    insider: "another application or managed identity of the tenant",
    shared: false,
};

/// The same in tokens of version 1, which name the application in `appid` alone.
pub(super) const ENTRA_V1: Grammar = Grammar {
    claims: &[
        ("sub", "{object}"),
        ("oid", "{object}"),
        ("tid", "{tenant}"),
        ("appid", "{client}"),
        ("idtyp", "app"),
        (
            "xms_mirid",
            "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/team/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}",
        ),
        ("ver", "1.0"),
    ],
    ..ENTRA
};

/// All of Microsoft Entra at once.
pub(super) const ANY_ENTRA: Grammar = Grammar {
    parts: &[
        part("tenant", Kind::TenantId, "72f988bf-86f1-41af-91ab-2d7cd011db47", "9e489e48-9e48-4e48-8e48-9e489e489e48"),
        ENTRA_OBJECT,
        ENTRA_CLIENT,
        ENTRA_IDENTITY,
    ],
    shared: true,
    ..ENTRA
};
