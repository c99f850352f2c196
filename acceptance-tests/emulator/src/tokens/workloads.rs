//! What well-known issuers put into the tokens of their workloads, so that a test says who the workload is and not what its token looks like.

use serde::Deserialize;
use serde_json::{Map, Value, json};

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.com";
const GOOGLE: &str = "https://accounts.google.com";
const TERRAFORM: &str = "https://app.terraform.io";

/// A workload.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Workload {
    /// A pod. Its cluster is the issuer, which the order names.
    Kubernetes {
        namespace: String,
        service_account: String,
        /// Whether it starts without a volume of its own, and gets its token by the webhook of an AKS cluster.
        #[serde(default)]
        by_webhook: bool,
    },
    /// A job of GitHub Actions. Repositories made, renamed or transferred since July 2026 have subjects with the numbers in them.
    GithubActions {
        owner: String,
        owner_id: u64,
        repository: String,
        repository_id: u64,
        #[serde(rename = "ref", default = "main_branch")]
        reference: String,
        #[serde(default)]
        environment: Option<String>,
        #[serde(default = "push")]
        event: String,
        #[serde(default)]
        immutable_subject: bool,
    },
    /// A job of GitLab.
    Gitlab {
        project_path: String,
        project_id: u64,
        namespace_id: u64,
        #[serde(rename = "ref", default = "default_branch")]
        reference: String,
        #[serde(default = "branch")]
        ref_type: String,
        #[serde(default)]
        environment: Option<String>,
    },
    /// A run of HCP Terraform.
    TerraformCloud {
        organization: String,
        organization_id: String,
        #[serde(default = "default_project")]
        project: String,
        workspace: String,
        workspace_id: String,
        #[serde(default = "apply")]
        run_phase: String,
    },
    /// A Google service account, by its identity token.
    GoogleServiceAccount {
        unique_id: String,
        #[serde(default)]
        email: Option<String>,
    },
    /// An Azure managed identity, whose token is of version 1 or 2 as the application asks for that it is meant for.
    AzureManagedIdentity {
        tenant_id: String,
        object_id: String,
        client_id: String,
        #[serde(default = "version_one")]
        version: u8,
    },
}

/// What a token says of its workload.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The issuer, where the kind of workload has one of its own.
    pub(crate) issuer: Option<String>,
    pub(crate) subject: String,
    pub(crate) claims: Map<String, Value>,
}

impl Workload {
    /// The facts.
    pub(crate) fn facts(&self) -> Facts {
        let (issuer, subject, claims) = match self {
            Self::Kubernetes { namespace, service_account, .. } => pod(namespace, service_account),
            Self::GithubActions { .. } => self.github(),
            Self::Gitlab { .. } => self.gitlab(),
            Self::TerraformCloud { organization, organization_id, project, workspace, workspace_id, run_phase } => (
                Some(TERRAFORM.to_owned()),
                format!("organization:{organization}:project:{project}:workspace:{workspace}:run_phase:{run_phase}"),
                json!({
                    "terraform_organization_id": organization_id,
                    "terraform_organization_name": organization,
                    "terraform_project_name": project,
                    "terraform_workspace_id": workspace_id,
                    "terraform_workspace_name": workspace,
                    "terraform_full_workspace": format!("organization:{organization}:project:{project}:workspace:{workspace}"),
                    "terraform_run_phase": run_phase,
                    "terraform_run_id": "run-emulated0000001",
                }),
            ),
            Self::GoogleServiceAccount { unique_id, email } => {
                let mut claims = json!({ "azp": unique_id });
                if let Some(email) = email {
                    claims["email"] = json!(email);
                    claims["email_verified"] = json!(true);
                }
                (Some(GOOGLE.to_owned()), unique_id.clone(), claims)
            }
            Self::AzureManagedIdentity { tenant_id, object_id, client_id, version } => {
                identity(tenant_id, object_id, client_id, *version)
            }
        };
        Facts { issuer, subject, claims: claims.as_object().cloned().unwrap_or_default() }
    }

    fn github(&self) -> (Option<String>, String, Value) {
        let Self::GithubActions {
            owner,
            owner_id,
            repository,
            repository_id,
            reference,
            environment,
            event,
            immutable_subject,
        } = self
        else {
            return Default::default();
        };
        let name = if *immutable_subject {
            format!("{owner}@{owner_id}/{repository}@{repository_id}")
        } else {
            format!("{owner}/{repository}")
        };
        let context = match environment {
            Some(environment) => format!("environment:{}", environment.replace(':', "%3A")),
            None if event == "pull_request" => String::from("pull_request"),
            None => format!("ref:{reference}"),
        };
        let workflow = format!("{owner}/{repository}/.github/workflows/deploy.yml@{reference}");
        let mut claims = json!({
            "repository": format!("{owner}/{repository}"),
            "repository_id": repository_id.to_string(),
            "repository_owner": owner,
            "repository_owner_id": owner_id.to_string(),
            "repository_visibility": "private",
            "ref": reference,
            "ref_type": if reference.starts_with("refs/tags/") { "tag" } else { "branch" },
            "ref_protected": "true",
            "sha": "0123456789abcdef0123456789abcdef01234567",
            "event_name": event,
            "workflow": "deploy",
            "workflow_ref": workflow,
            "job_workflow_ref": workflow,
            "actor": "octocat",
            "actor_id": "583231",
            "run_id": "1000001",
            "run_number": "1",
            "run_attempt": "1",
            "runner_environment": "github-hosted",
            "head_ref": "",
            "base_ref": "",
        });
        if let Some(environment) = environment {
            claims["environment"] = json!(environment);
        }
        (Some(GITHUB.to_owned()), format!("repo:{name}:{context}"), claims)
    }

    fn gitlab(&self) -> (Option<String>, String, Value) {
        let Self::Gitlab { project_path, project_id, namespace_id, reference, ref_type, environment } = self else {
            return Default::default();
        };
        let namespace = project_path.rsplit_once('/').map_or(project_path.as_str(), |(namespace, _)| namespace);
        let heads = if ref_type == "tag" { "tags" } else { "heads" };
        let mut claims = json!({
            "namespace_id": namespace_id.to_string(),
            "namespace_path": namespace,
            "project_id": project_id.to_string(),
            "project_path": project_path,
            "project_visibility": "private",
            "user_id": "7",
            "user_login": "developer",
            "user_email": "developer@example.com",
            "pipeline_id": "1001",
            "pipeline_source": "push",
            "job_id": "2001",
            "ref": reference,
            "ref_type": ref_type,
            "ref_path": format!("refs/{heads}/{reference}"),
            "ref_protected": "true",
            "runner_environment": "gitlab-hosted",
            "sha": "0123456789abcdef0123456789abcdef01234567",
        });
        if let Some(environment) = environment {
            claims["environment"] = json!(environment);
            claims["environment_protected"] = json!("true");
        }
        let subject = format!("project_path:{project_path}:ref_type:{ref_type}:ref:{reference}");
        (Some(GITLAB.to_owned()), subject, claims)
    }
}

fn pod(namespace: &str, service_account: &str) -> (Option<String>, String, Value) {
    let claims = json!({
        "kubernetes.io": {
            "namespace": namespace,
            "serviceaccount": { "name": service_account, "uid": "5b6cf52d-3f3a-4a4d-9d6b-2f0f6f8a0001" },
            "pod": { "name": format!("{service_account}-7d4b9c6f5-x2x9z"), "uid": "5b6cf52d-3f3a-4a4d-9d6b-2f0f6f8a0002" },
        },
    });
    (None, format!("system:serviceaccount:{namespace}:{service_account}"), claims)
}

fn identity(tenant: &str, object: &str, client: &str, version: u8) -> (Option<String>, String, Value) {
    let mut claims = json!({ "oid": object, "tid": tenant, "idtyp": "app", "rh": "0.emulated." });
    let issuer = if version == 2 {
        claims["azp"] = json!(client);
        claims["azpacr"] = json!("2");
        claims["ver"] = json!("2.0");
        format!("https://login.microsoftonline.com/{tenant}/v2.0")
    } else {
        claims["appid"] = json!(client);
        claims["appidacr"] = json!("2");
        claims["idp"] = json!(format!("https://sts.windows.net/{tenant}/"));
        claims["ver"] = json!("1.0");
        format!("https://sts.windows.net/{tenant}/")
    };
    (Some(issuer), object.to_owned(), claims)
}

fn main_branch() -> String {
    String::from("refs/heads/main")
}

fn default_branch() -> String {
    String::from("main")
}

fn branch() -> String {
    String::from("branch")
}

fn push() -> String {
    String::from("push")
}

fn apply() -> String {
    String::from("apply")
}

fn default_project() -> String {
    String::from("Default Project")
}

fn version_one() -> u8 {
    1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn facts(workload: Value) -> Facts {
        serde_json::from_value::<Workload>(workload).unwrap().facts()
    }

    #[test]
    fn github_has_two_forms_of_subject() {
        let mut job = json!({
            "kind": "github_actions", "owner": "octo-org", "owner_id": 1234, "repository": "octo-repo", "repository_id": 5678,
        });
        assert_eq!(facts(job.clone()).subject, "repo:octo-org/octo-repo:ref:refs/heads/main");
        job["immutable_subject"] = json!(true);
        job["environment"] = json!("prod:eu");
        let facts = facts(job);
        assert_eq!(facts.subject, "repo:octo-org@1234/octo-repo@5678:environment:prod%3Aeu");
        assert_eq!(facts.claims["repository_owner_id"], "1234");
    }

    #[test]
    fn entra_has_two_issuers() {
        let identity = |version: u8| {
            facts(
                json!({ "kind": "azure_managed_identity", "tenant_id": "t", "object_id": "o", "client_id": "c", "version": version }),
            )
        };
        assert_eq!(identity(1).issuer.unwrap(), "https://sts.windows.net/t/");
        assert_eq!(identity(2).issuer.unwrap(), "https://login.microsoftonline.com/t/v2.0");
        assert_eq!((identity(1).claims["appid"].as_str(), identity(2).claims["azp"].as_str()), (Some("c"), Some("c")));
    }

    #[test]
    fn pods_and_pipelines_have_their_vendors_subjects() {
        let pod = json!({ "kind": "kubernetes", "namespace": "chat", "service_account": "backend" });
        assert_eq!(facts(pod).subject, "system:serviceaccount:chat:backend");
        let job = json!({ "kind": "gitlab", "project_path": "group/sub/app", "project_id": 1, "namespace_id": 2 });
        let job = facts(job);
        assert_eq!(job.subject, "project_path:group/sub/app:ref_type:branch:ref:main");
        assert_eq!(job.claims["namespace_path"], "group/sub");
    }
}
