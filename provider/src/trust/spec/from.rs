//! From `from` to a source.

use crosscloud_trust::{
    Aks, AwsRole, AzureManagedIdentity, ExistingIdentity, GcpServiceAccount, GithubActions, Gitlab, Kubernetes, Leaf,
    Oidc, OwnedIdentity, Source, TerraformCloud,
};
use tfplugin::Attr;

use crate::convert::{leaf, option, option_text, switch, text, text_map};
use crate::trust::model::{
    AksModel, AwsRoleModel, AzureManagedIdentityModel, ExistingIdentityModel, FromModel, GcpServiceAccountModel,
    GithubActionsModel, GitlabModel, KubernetesModel, OidcModel, TerraformCloudModel,
};

/// A source that is not chosen, like one that is not known, cannot be judged; whether one is chosen is the schema's to check.
pub(crate) fn source(from: &Attr<FromModel>) -> Leaf<Source> {
    let Attr::Known(from) = from else { return Leaf::Unknown };
    let sources = [
        leaf(&from.aks, |it| Source::Aks(aks(it))),
        leaf(&from.aws_role, aws_role).flatten().map(Source::AwsRole),
        leaf(&from.azure_managed_identity, |it| Source::AzureManagedIdentity(managed_identity(it))),
        leaf(&from.github_actions, |it| Source::GithubActions(github_actions(it))),
        leaf(&from.gitlab, |it| Source::Gitlab(gitlab(it))),
        leaf(&from.terraform_cloud, |it| Source::TerraformCloud(terraform_cloud(it))),
        leaf(&from.kubernetes, |it| Source::Kubernetes(kubernetes(it))),
        leaf(&from.gcp_service_account, |it| Source::GcpServiceAccount(gcp_service_account(it))),
        leaf(&from.oidc, |it| Source::Oidc(oidc(it))),
    ];
    sources.into_iter().find(|source| !source.is_unknown()).unwrap_or(Leaf::Unknown)
}

fn aks(it: &AksModel) -> Aks {
    Aks {
        issuer: option_text(&it.issuer),
        cluster_id: option_text(&it.cluster_id),
        issuers: option(&it.issuers, text_map),
        namespace: text(&it.namespace),
        service_account: text(&it.service_account),
    }
}

/// Without knowing who vouches for the role, nothing is known of what it shows.
fn aws_role(it: &AwsRoleModel) -> Leaf<AwsRole> {
    switch(&it.web_identity).map(|web_identity| AwsRole {
        account_id: text(&it.account_id),
        role_name: text(&it.role_name),
        role_path: option_text(&it.role_path),
        session_name: option_text(&it.session_name),
        web_identity,
    })
}

fn managed_identity(it: &AzureManagedIdentityModel) -> AzureManagedIdentity {
    let existing = |it: &ExistingIdentityModel| ExistingIdentity {
        principal_id: text(&it.principal_id),
        client_id: option_text(&it.client_id),
    };
    AzureManagedIdentity {
        tenant_id: text(&it.tenant_id),
        identity: option(&it.identity, existing),
        owned: OwnedIdentity {
            subscription_id: option_text(&it.subscription_id),
            resource_group: option_text(&it.resource_group),
            location: option_text(&it.location),
            name: option_text(&it.identity_name),
        },
        audience: option_text(&it.audience),
    }
}

fn github_actions(it: &GithubActionsModel) -> GithubActions {
    GithubActions {
        owner: text(&it.owner),
        owner_id: text(&it.owner_id),
        repository: text(&it.repository),
        repository_id: text(&it.repository_id),
        environment: option_text(&it.environment),
        reference: option_text(&it.r#ref),
        workflow: option_text(&it.workflow),
        issuer: option_text(&it.issuer),
    }
}

fn gitlab(it: &GitlabModel) -> Gitlab {
    Gitlab {
        project: text(&it.project),
        project_id: text(&it.project_id),
        namespace_id: text(&it.namespace_id),
        branch: option_text(&it.branch),
        tag: option_text(&it.tag),
        environment: option_text(&it.environment),
        issuer: option_text(&it.issuer),
    }
}

fn terraform_cloud(it: &TerraformCloudModel) -> TerraformCloud {
    TerraformCloud {
        organization: text(&it.organization),
        organization_id: text(&it.organization_id),
        project: option_text(&it.project),
        workspace: text(&it.workspace),
        workspace_id: text(&it.workspace_id),
        run_phase: option_text(&it.run_phase),
        issuer: option_text(&it.issuer),
    }
}

fn kubernetes(it: &KubernetesModel) -> Kubernetes {
    Kubernetes {
        issuer: option_text(&it.issuer),
        issuers: option(&it.issuers, text_map),
        namespace: text(&it.namespace),
        service_account: text(&it.service_account),
        jwks: option_text(&it.jwks),
    }
}

fn gcp_service_account(it: &GcpServiceAccountModel) -> GcpServiceAccount {
    GcpServiceAccount { unique_id: text(&it.unique_id), email: option_text(&it.email) }
}

fn oidc(it: &OidcModel) -> Oidc {
    Oidc { issuer: text(&it.issuer), subject: text(&it.subject), audience: option_text(&it.audience) }
}
