//! From a specification back to attributes, for an import. What is as it would be anyway is left out, as a user would.

use crosscloud_trust::{
    Aws, Azure, Encryption, ExistingGcp, Gcp, KeySettings, Leaf, OwnedIdentity, ScopedRole, Source, Spec,
};
use tfplugin::Attr;

use crate::convert::{
    attr, labels_attr, leaf_attr, option_attr, option_leaf_attr, set_attr, switch_attr, text_map_attr,
};
use crate::trust::model::{
    AdmitsModel, AksModel, AwsModel, AwsRoleModel, AzureManagedIdentityModel, AzureModel, EncryptionModel,
    ExistingAwsModel, ExistingAzureModel, ExistingGcpModel, ExistingIdentityModel, FromModel, GcpModel,
    GcpServiceAccountModel, GithubActionsModel, GitlabModel, KeyModel, KubernetesModel, OidcModel, ScopedRoleModel,
    TerraformCloudModel, ToModel, TrustModel,
};

impl TrustModel {
    /// The attributes of a specification; what is computed is not known yet.
    pub(crate) fn of(spec: &Spec) -> Self {
        Self {
            name: attr(&spec.name),
            from: leaf_attr(&spec.from, from_model),
            to: leaf_attr(&spec.to, |to| ToModel {
                gcp: option_leaf_attr(&to.gcp, gcp),
                azure: option_leaf_attr(&to.azure, azure),
                aws: option_leaf_attr(&to.aws, aws),
            }),
            admits: option_leaf_attr(&spec.admits, |it| AdmitsModel {
                namespaces: option_leaf_attr(&it.namespaces, set_attr),
                repository_ids: option_leaf_attr(&it.repository_ids, set_attr),
                role_names: option_leaf_attr(&it.role_names, set_attr),
                role_paths: option_leaf_attr(&it.role_paths, set_attr),
            }),
            disabled: switch_attr(&spec.disabled),
            labels: labels_attr(&spec.labels),
            principal: Attr::Unknown,
            audience: Attr::Unknown,
            issuer: Attr::Unknown,
            subject: Attr::Unknown,
            service_account_email: Attr::Unknown,
            client_id: Attr::Unknown,
            tenant_id: Attr::Unknown,
            role_arn: Attr::Unknown,
            oidc_provider_arn: Attr::Unknown,
            credential_configs: Attr::Unknown,
            aws_config: Attr::Unknown,
            token_commands: Attr::Unknown,
            credential_config: Attr::Unknown,
            kubernetes_manifest: Attr::Unknown,
            environment: Attr::Unknown,
            key_names: Attr::Unknown,
            objects: Attr::Unknown,
            realm: Attr::Unknown,
            timeouts: Attr::Null,
        }
    }
}

/// The attributes of a source.
pub(crate) fn from_model(source: &Source) -> FromModel {
    let mut from = FromModel {
        aks: Attr::Null,
        aws_role: Attr::Null,
        azure_managed_identity: Attr::Null,
        github_actions: Attr::Null,
        gitlab: Attr::Null,
        terraform_cloud: Attr::Null,
        kubernetes: Attr::Null,
        gcp_service_account: Attr::Null,
        oidc: Attr::Null,
    };
    match source {
        Source::Aks(it) => {
            from.aks = Attr::Known(AksModel {
                issuer: option_attr(&it.issuer),
                cluster_id: option_attr(&it.cluster_id),
                issuers: option_leaf_attr(&it.issuers, text_map_attr),
                namespace: attr(&it.namespace),
                service_account: attr(&it.service_account),
            });
        }
        Source::AwsRole(it) => {
            from.aws_role = Attr::Known(AwsRoleModel {
                account_id: attr(&it.account_id),
                role_name: attr(&it.role_name),
                role_path: option_attr(&it.role_path),
                session_name: option_attr(&it.session_name),
                web_identity: switch_attr(&Leaf::Known(it.web_identity)),
            });
        }
        Source::AzureManagedIdentity(it) => {
            let OwnedIdentity { subscription_id, resource_group, location, name } = &it.owned;
            from.azure_managed_identity = Attr::Known(AzureManagedIdentityModel {
                tenant_id: attr(&it.tenant_id),
                identity: option_leaf_attr(&it.identity, |it| ExistingIdentityModel {
                    principal_id: attr(&it.principal_id),
                    client_id: option_attr(&it.client_id),
                }),
                subscription_id: option_attr(subscription_id),
                resource_group: option_attr(resource_group),
                location: option_attr(location),
                identity_name: option_attr(name),
                audience: option_attr(&it.audience),
            });
        }
        Source::GithubActions(it) => {
            from.github_actions = Attr::Known(GithubActionsModel {
                owner: attr(&it.owner),
                owner_id: attr(&it.owner_id),
                repository: attr(&it.repository),
                repository_id: attr(&it.repository_id),
                environment: option_attr(&it.environment),
                r#ref: option_attr(&it.reference),
                workflow: option_attr(&it.workflow),
                issuer: option_attr(&it.issuer),
            });
        }
        Source::Gitlab(it) => {
            from.gitlab = Attr::Known(GitlabModel {
                project: attr(&it.project),
                project_id: attr(&it.project_id),
                namespace_id: attr(&it.namespace_id),
                branch: option_attr(&it.branch),
                tag: option_attr(&it.tag),
                environment: option_attr(&it.environment),
                issuer: option_attr(&it.issuer),
            });
        }
        Source::TerraformCloud(it) => {
            from.terraform_cloud = Attr::Known(TerraformCloudModel {
                organization: attr(&it.organization),
                organization_id: attr(&it.organization_id),
                project: option_attr(&it.project),
                workspace: attr(&it.workspace),
                workspace_id: attr(&it.workspace_id),
                run_phase: option_attr(&it.run_phase),
                issuer: option_attr(&it.issuer),
            });
        }
        Source::Kubernetes(it) => {
            from.kubernetes = Attr::Known(KubernetesModel {
                issuer: option_attr(&it.issuer),
                issuers: option_leaf_attr(&it.issuers, text_map_attr),
                namespace: attr(&it.namespace),
                service_account: attr(&it.service_account),
                jwks: option_attr(&it.jwks),
            });
        }
        Source::GcpServiceAccount(it) => {
            from.gcp_service_account =
                Attr::Known(GcpServiceAccountModel { unique_id: attr(&it.unique_id), email: option_attr(&it.email) });
        }
        Source::Oidc(it) => {
            from.oidc = Attr::Known(OidcModel {
                issuer: attr(&it.issuer),
                subject: attr(&it.subject),
                audience: option_attr(&it.audience),
            });
        }
    }
    from
}

fn gcp(it: &Gcp) -> GcpModel {
    GcpModel {
        project: attr(&it.project),
        roles: leaf_attr(&it.roles, set_attr),
        pool_id: option_attr(&it.pool_id),
        provider_id: option_attr(&it.provider_id),
        service_account_id: option_attr(&it.service_account_id),
        existing: option_leaf_attr(&it.existing, |it: &ExistingGcp| ExistingGcpModel {
            pool: option_attr(&it.pool),
            provider: option_attr(&it.provider),
            service_account: option_attr(&it.service_account),
        }),
        direct: switch_attr(&it.direct),
        attribute_condition: option_attr(&it.attribute_condition),
        attribute_mapping: option_leaf_attr(&it.attribute_mapping, text_map_attr),
        principals: option_leaf_attr(&it.principals, set_attr),
        allowed_audiences: option_leaf_attr(&it.allowed_audiences, set_attr),
        disabled: switch_attr(&it.disabled),
        undelete: Attr::Null,
        adopt: Attr::Null,
        audit_logs: switch_attr(&it.audit_logs),
        encryption: option_leaf_attr(&it.encryption, encryption),
    }
}

fn encryption(it: &Encryption) -> EncryptionModel {
    let key = |it: &KeySettings| KeyModel {
        existing: option_attr(&it.existing),
        rotation_period: option_attr(&it.rotation_period),
        protection_level: option_attr(&it.protection_level),
        destroy_scheduled_duration: option_attr(&it.destroy_scheduled_duration),
    };
    EncryptionModel {
        location: option_attr(&it.location),
        key_ring: option_attr(&it.key_ring),
        existing_key_ring: switch_attr(&it.existing_key_ring),
        keys: option_leaf_attr(&it.keys, |keys| {
            keys.iter().map(|(id, settings)| (id.clone(), leaf_attr(settings, key))).collect()
        }),
        rotation_period: option_attr(&it.rotation_period),
        protection_level: option_attr(&it.protection_level),
        service_agents: option_leaf_attr(&it.service_agents, set_attr),
    }
}

fn azure(it: &Azure) -> AzureModel {
    let role = |it: &ScopedRole| ScopedRoleModel { role: attr(&it.role), scope: attr(&it.scope) };
    AzureModel {
        subscription_id: option_attr(&it.owned.subscription_id),
        resource_group: option_attr(&it.owned.resource_group),
        location: option_attr(&it.owned.location),
        identity_name: option_attr(&it.owned.name),
        existing: match &it.existing {
            Some(id) => Attr::Known(ExistingAzureModel { identity: attr(id) }),
            None => Attr::Null,
        },
        roles: leaf_attr(&it.roles, |roles| roles.iter().map(|it| leaf_attr(it, role)).collect()),
        credential_name: option_attr(&it.credential_name),
        audience: option_attr(&it.audience),
        disabled: switch_attr(&it.disabled),
        adopt: Attr::Null,
    }
}

fn aws(it: &Aws) -> AwsModel {
    AwsModel {
        account_id: attr(&it.account_id),
        role_name: option_attr(&it.role_name),
        role_path: option_attr(&it.role_path),
        policy_arns: match &it.policy_arns {
            Leaf::Known(policies) if policies.is_empty() => Attr::Null,
            policies => leaf_attr(policies, set_attr),
        },
        inline_policy: option_attr(&it.inline_policy),
        audience: option_attr(&it.audience),
        max_session_duration: option_leaf_attr(&it.max_session_duration, |seconds| *seconds),
        permissions_boundary: option_attr(&it.permissions_boundary),
        existing: match &it.existing_oidc_provider {
            Some(arn) => Attr::Known(ExistingAwsModel { oidc_provider: attr(arn) }),
            None => Attr::Null,
        },
        disabled: switch_attr(&it.disabled),
        adopt: Attr::Null,
    }
}
