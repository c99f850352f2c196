//! The map: every source at every target, in one table. The acceptance tests go through it, and the page `docs/guides/matrix.md` shows it.

use std::fmt::Write;

/// A source and what a configuration says of it.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The attribute of `from`.
    pub attribute: &'static str,
    /// What it is, for the page.
    pub title: &'static str,
    /// The value of `from`, in Terraform's language.
    pub from: &'static str,
}

/// A target and what a configuration says of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The attribute of `to`.
    pub attribute: &'static str,
    /// What it is, for the page.
    pub title: &'static str,
    /// The value of `to`, in Terraform's language.
    pub to: &'static str,
}

/// One source at one target.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The attribute of `from`.
    pub source: &'static str,
    /// The attribute of `to`.
    pub target: &'static str,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a source at a target.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// There is a trust.
    Works {
        /// How the target comes to trust the source's workload, for the page.
        trust: &'static str,
        /// How the workload comes by what it needs, for the page.
        workload: &'static str,
        /// The import id that the configuration of the table has.
        import: Import,
    },
    /// The plan is refused.
    Refused {
        /// Why, for the page.
        reason: &'static str,
        /// What the diagnostic says.
        says: &'static str,
        /// The nearest cell that works.
        nearest: (&'static str, &'static str),
    },
}

/// What an import needs.
#[derive(Clone, Copy, Debug)]
pub enum Import {
    /// The native ids of what the trust made.
    Ids(&'static str),
    /// What was made does not say everything that the configuration has to say: this, for the page.
    Lacks(&'static str),
}

/// The sources, in the order of the page.
pub const SOURCES: &[Source] = &[
    Source {
        attribute: "aks",
        title: "a Kubernetes service account on AKS",
        from: r#"{ aks = {
      issuer          = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
      namespace       = "chat"
      service_account = "backend"
    } }"#,
    },
    Source {
        attribute: "azure_managed_identity",
        title: "an Azure managed identity",
        from: r#"{ azure_managed_identity = {
      tenant_id       = "11111111-2222-3333-4444-555555555555"
      subscription_id = "22222222-3333-4444-5555-666666666666"
      resource_group  = "ml-prod"
      location        = "westeurope"
    } }"#,
    },
    Source {
        attribute: "aws_role",
        title: "an AWS role",
        from: r#"{ aws_role = { account_id = "123456789012", role_name = "ml-training-role" } }"#,
    },
    Source {
        attribute: "github_actions",
        title: "a GitHub Actions workflow",
        from: r#"{ github_actions = {
      owner         = "octo-org"
      owner_id      = "1001"
      repository    = "app"
      repository_id = "2001"
      environment   = "production"
    } }"#,
    },
    Source {
        attribute: "gitlab",
        title: "a GitLab job",
        from: r#"{ gitlab = { project = "octo/team/app", project_id = "2001", namespace_id = "1001", branch = "main" } }"#,
    },
    Source {
        attribute: "terraform_cloud",
        title: "a run of HCP Terraform",
        from: r#"{ terraform_cloud = {
      organization    = "octo"
      organization_id = "org-Ab1Cd2Ef3Gh4Ij5K"
      workspace       = "prod"
      workspace_id    = "ws-Ab1Cd2Ef3Gh4Ij5K"
    } }"#,
    },
    Source {
        attribute: "kubernetes",
        title: "a Kubernetes service account on any cluster",
        from: r#"{ kubernetes = {
      issuer          = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E"
      namespace       = "chat"
      service_account = "backend"
    } }"#,
    },
    Source {
        attribute: "gcp_service_account",
        title: "a Google service account",
        from: r#"{ gcp_service_account = { unique_id = "104857600000000000001" } }"#,
    },
    Source {
        attribute: "oidc",
        title: "any other OpenID Connect issuer",
        from: r#"{ oidc = { issuer = "https://id.example.com", subject = "billing" } }"#,
    },
];

/// The targets, in the order of the page.
pub const TARGETS: &[Target] = &[
    Target {
        attribute: "gcp",
        title: "Google Cloud",
        to: r#"{ gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }"#,
    },
    Target {
        attribute: "azure",
        title: "Azure",
        to: r#"{ azure = {
      subscription_id = "22222222-3333-4444-5555-666666666666"
      resource_group  = "ml-prod"
      location        = "westeurope"
      roles = [{
        role  = "Cognitive Services OpenAI User"
        scope = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai"
      }]
    } }"#,
    },
    Target {
        attribute: "aws",
        title: "AWS",
        to: r#"{ aws = {
      account_id    = "123456789012"
      inline_policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::ml-data/*" }]
      })
    } }"#,
    },
];

const POOL: &str = "a pool's provider for the issuer, and one exact binding";
const CREDENTIAL: &str = "a federated credential for issuer and subject";
const ROLE: &str = "an OIDC provider for the issuer, and a role that compares audience and subject";

macro_rules! google_ids {
    ($source:literal) => {
        Import::Ids(concat!(
            $source,
            "->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/map-trust/providers/map-trust;map-trust@ml-prod-4711.iam.gserviceaccount.com"
        ))
    };
}

macro_rules! azure_ids {
    ($source:literal) => {
        Import::Ids(concat!(
            $source,
            "->azure;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/map-trust/federatedIdentityCredentials/map-trust"
        ))
    };
}

macro_rules! aws_ids {
    ($source:literal) => {
        Import::Ids(concat!($source, "->aws;arn:aws:iam::123456789012:role/map-trust"))
    };
}

const GITLAB_IDS: Import =
    Import::Lacks("the ids of project and namespace, which stand only in the condition of Google's provider");
const TERRAFORM_IDS: Import =
    Import::Lacks("the ids of organisation and workspace, which stand only in the condition of Google's provider");
/// Every source at every target, source by source.
pub const CELLS: &[Cell] = &[
    works(
        "aks",
        "gcp",
        POOL,
        "pod with a projected token and `credential_config`, both in `kubernetes_manifest`",
        google_ids!("aks"),
    ),
    works(
        "aks",
        "azure",
        CREDENTIAL,
        "pod with the webhook's label and annotations, in `kubernetes_manifest`",
        azure_ids!("aks"),
    ),
    works(
        "aks",
        "aws",
        ROLE,
        "pod with a projected token, `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`, in `kubernetes_manifest`",
        aws_ids!("aks"),
    ),
    works(
        "azure_managed_identity",
        "gcp",
        "a pool's provider for the tenant's issuer, and one exact binding; an Entra application stands for the audience",
        "`credential_config` asks the metadata service",
        Import::Ids(
            "azure_managed_identity->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/map-trust/providers/map-trust;map-trust@ml-prod-4711.iam.gserviceaccount.com;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/map-trust;api://11111111-2222-3333-4444-555555555555/map-trust",
        ),
    ),
    Cell {
        source: "azure_managed_identity",
        target: "azure",
        outcome: Outcome::Refused {
            reason: "A managed identity is at home there: roles are assigned to it directly, with `azurerm_role_assignment`.",
            says: "at home in Azure already",
            nearest: ("azure_managed_identity", "gcp"),
        },
    },
    works(
        "azure_managed_identity",
        "aws",
        "an OIDC provider for the tenant's issuer, and a role that compares audience and subject; an Entra application stands for the audience",
        "`token_commands` asks the metadata service, and `aws_config` reads the token",
        Import::Ids(
            "azure_managed_identity->aws;arn:aws:iam::123456789012:role/map-trust;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/map-trust;api://11111111-2222-3333-4444-555555555555/map-trust",
        ),
    ),
    works(
        "aws_role",
        "gcp",
        "a pool's provider for the account, and one exact binding; nothing changes in AWS, unless `web_identity` asks for the account's own issuer",
        "`credential_config` has the library sign a `GetCallerIdentity` request; with `web_identity` it reads a token that `token_commands` fetches",
        google_ids!("aws_role"),
    ),
    works(
        "aws_role",
        "azure",
        "the account's own issuer is switched on, the role may ask it for tokens for Azure, and a federated credential names the role",
        "`token_commands` asks AWS's token service, and `AZURE_FEDERATED_TOKEN_FILE` reads the token",
        azure_ids!("aws_role"),
    ),
    Cell {
        source: "aws_role",
        target: "aws",
        outcome: Outcome::Refused {
            reason: "A role assumes another by name: its ARN goes into the other's trust policy, with `aws_iam_role`.",
            says: "at home in AWS already",
            nearest: ("aws_role", "gcp"),
        },
    },
    works(
        "github_actions",
        "gcp",
        "a pool's provider for the issuer, with the repository's ids in its condition, and one exact binding",
        "`credential_config` asks the runner, after `envsubst`",
        google_ids!("github_actions"),
    ),
    works(
        "github_actions",
        "azure",
        "two federated credentials, for the two forms of GitHub's subjects",
        "`azure/login` with `AZURE_CLIENT_ID` and `AZURE_TENANT_ID`",
        azure_ids!("github_actions"),
    ),
    works(
        "github_actions",
        "aws",
        "an OIDC provider for the issuer, and a role that compares audience, subject and the repository's id",
        "`aws-actions/configure-aws-credentials` with `AWS_ROLE_ARN`",
        aws_ids!("github_actions"),
    ),
    works(
        "gitlab",
        "gcp",
        "a pool's provider for the issuer, with the ids of project and namespace in its condition, and one exact binding",
        "job with an ID token that `token_commands` stores and `credential_config` reads",
        google_ids!("gitlab"),
    ),
    works(
        "gitlab",
        "azure",
        CREDENTIAL,
        "job with an ID token that `token_commands` stores and `AZURE_FEDERATED_TOKEN_FILE` reads",
        GITLAB_IDS,
    ),
    works(
        "gitlab",
        "aws",
        ROLE,
        "job with an ID token that `token_commands` stores and `aws_config` reads",
        GITLAB_IDS,
    ),
    works(
        "terraform_cloud",
        "gcp",
        "a pool's provider for the issuer, with the ids of organisation and workspace in its condition, and one exact binding",
        "workspace variables `TFC_GCP_…`, in `environment`",
        google_ids!("terraform_cloud"),
    ),
    works(
        "terraform_cloud",
        "azure",
        "two federated credentials, for plan and apply",
        "workspace variables `TFC_AZURE_…`, in `environment`",
        TERRAFORM_IDS,
    ),
    works("terraform_cloud", "aws", ROLE, "workspace variables `TFC_AWS_…`, in `environment`", TERRAFORM_IDS),
    works(
        "kubernetes",
        "gcp",
        "a pool's provider for the issuer, which is given a private cluster's keys with `jwks`, and one exact binding",
        "pod with a projected token and `credential_config`, both in `kubernetes_manifest`",
        google_ids!("kubernetes"),
    ),
    works(
        "kubernetes",
        "azure",
        CREDENTIAL,
        "pod with the webhook's label and annotations, in `kubernetes_manifest`",
        azure_ids!("kubernetes"),
    ),
    works(
        "kubernetes",
        "aws",
        ROLE,
        "pod with a projected token, `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`, in `kubernetes_manifest`",
        aws_ids!("kubernetes"),
    ),
    Cell {
        source: "gcp_service_account",
        target: "gcp",
        outcome: Outcome::Refused {
            reason: "A service account is at home there: roles are granted to it directly, with `google_project_iam_member`.",
            says: "at home in Google Cloud already",
            nearest: ("gcp_service_account", "aws"),
        },
    },
    works(
        "gcp_service_account",
        "azure",
        "a federated credential for `https://accounts.google.com` and the account's number",
        "`token_commands` asks the metadata server, and `AZURE_FEDERATED_TOKEN_FILE` reads the token",
        azure_ids!("gcp_service_account"),
    ),
    works(
        "gcp_service_account",
        "aws",
        "a role that compares the account's number and the audience; every AWS account knows Google's issuer",
        "`token_commands` asks the metadata server, and `aws_config` reads the token",
        aws_ids!("gcp_service_account"),
    ),
    works("oidc", "gcp", POOL, "`credential_config` reads the token from a file", google_ids!("oidc")),
    works("oidc", "azure", CREDENTIAL, "`AZURE_FEDERATED_TOKEN_FILE` reads the token", azure_ids!("oidc")),
    works("oidc", "aws", ROLE, "`aws_config` reads the token from a file", aws_ids!("oidc")),
];

const fn works(
    source: &'static str,
    target: &'static str,
    trust: &'static str,
    workload: &'static str,
    import: Import,
) -> Cell {
    Cell { source, target, outcome: Outcome::Works { trust, workload, import } }
}

impl Cell {
    /// The configuration of the cell: one trust, `crosscloud_trust.cell`.
    ///
    /// # Panics
    ///
    /// If the table has no such source or target.
    #[must_use]
    pub fn configuration(&self) -> String {
        let from =
            SOURCES.iter().find(|source| source.attribute == self.source).expect("the table has the source").from;
        let to = TARGETS.iter().find(|target| target.attribute == self.target).expect("the table has the target").to;
        format!(
            "terraform {{\n  required_providers {{\n    crosscloud = {{ source = \"crosscloud/crosscloud\" }}\n  }}\n}}\n\n\
             provider \"crosscloud\" {{}}\n\nresource \"crosscloud_trust\" \"cell\" {{\n  name = \"map-trust\"\n  from = {from}\n  to   = {to}\n}}\n"
        )
    }
}

/// The page `docs/guides/matrix.md`.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "---\npage_title: \"From where to where\"\nsubcategory: \"\"\ndescription: |-\n  Every source at every target: what is set up, what the workload needs, and what is refused.\n---\n\n\
         # From where to where\n\n<!-- Written by `cargo xtask docs` from acceptance-tests/src/matrix.rs, which the acceptance tests go through. -->\n\n\
         Each pair below is planned, applied, planned again, used by its workload, tried by a stranger and destroyed by an acceptance test; what is\nrefused is refused while planning, with the reason.\n\n",
    );
    let _ = writeln!(page, "| `from` | {} |", join(TARGETS.iter().map(|target| format!("`to.{}`", target.attribute))));
    let _ = writeln!(page, "| --- |{}", " --- |".repeat(TARGETS.len()));
    for source in SOURCES {
        let row = TARGETS.iter().map(|target| match cell(source.attribute, target.attribute).outcome {
            Outcome::Works { .. } => "yes".to_owned(),
            Outcome::Refused { nearest: (from, to), .. } => format!("no; nearest: `{from}` to `{to}`"),
        });
        let _ = writeln!(page, "| [`{0}`](#{0}), {1} | {2} |", source.attribute, source.title, join(row));
    }
    for source in SOURCES {
        let _ = writeln!(page, "\n## {}\n\n{}.\n", source.attribute, capital(source.title));
        let _ = writeln!(page, "```terraform\nfrom = {}\n```\n", dedented(source.from));
        page.push_str("| to | what trusts it | what the workload needs | import id |\n| --- | --- | --- | --- |\n");
        for target in TARGETS {
            let title = target.title;
            let _ = match cell(source.attribute, target.attribute).outcome {
                Outcome::Works { trust, workload, import } => {
                    let import = match import {
                        Import::Ids(id) => format!("`{id}`"),
                        Import::Lacks(what) => format!("none: nothing that was made says {what}"),
                    };
                    writeln!(page, "| {title} | {trust} | {workload} | {import} |")
                }
                Outcome::Refused { reason, .. } => writeln!(page, "| {title} | refused | {reason} | |"),
            };
        }
    }
    page
}

/// The cell of a source and a target.
///
/// # Panics
///
/// If the table lacks it.
#[must_use]
pub fn cell(source: &str, target: &str) -> &'static Cell {
    CELLS
        .iter()
        .find(|cell| cell.source == source && cell.target == target)
        .unwrap_or_else(|| panic!("the table has no cell for {source} at {target}"))
}

fn join(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" | ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn dedented(text: &str) -> String {
    text.replace("\n    ", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_cell_for_every_target_and_the_nearest_one_works() {
        assert_eq!(CELLS.len(), SOURCES.len() * TARGETS.len());
        for source in SOURCES {
            for target in TARGETS {
                if let Outcome::Refused { nearest: (from, to), .. } = cell(source.attribute, target.attribute).outcome {
                    assert!(matches!(cell(from, to).outcome, Outcome::Works { .. }), "{from} to {to}");
                }
            }
        }
    }
}
