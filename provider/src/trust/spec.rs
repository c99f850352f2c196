//! From the resource's attributes to the typed specification.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_trust::{
    Admits, Aws, Azure, Encryption, ExistingGcp, Gcp, KeySettings, Leaf, OwnedIdentity, ScopedRole, Spec, Targets,
};

use crate::convert::{leaf, option, option_text, switch, text, text_map, texts};
use crate::trust::model::{
    AdmitsModel, AwsModel, AzureModel, EncryptionModel, ExistingGcpModel, GcpModel, KeyModel, ScopedRoleModel,
    TrustModel,
};

mod back;
mod from;

pub(crate) use back::from_model;
pub(crate) use from::source;

impl TrustModel {
    /// What the user asks for. Required attributes that are null count as unknown: Terraform has refused them already.
    pub(crate) fn spec(&self) -> Spec {
        Spec {
            name: text(&self.name),
            from: source(&self.from),
            to: leaf(&self.to, |to| Targets {
                gcp: option(&to.gcp, gcp),
                azure: option(&to.azure, azure),
                aws: option(&to.aws, aws),
            }),
            admits: option(&self.admits, admits),
            disabled: switch(&self.disabled),
            labels: option(&self.labels, text_map).unwrap_or_else(|| Leaf::Known(BTreeMap::new())),
        }
    }
}

fn admits(it: &AdmitsModel) -> Admits {
    Admits {
        namespaces: option(&it.namespaces, texts),
        repository_ids: option(&it.repository_ids, texts),
        role_names: option(&it.role_names, texts),
        role_paths: option(&it.role_paths, texts),
    }
}

fn gcp(it: &GcpModel) -> Gcp {
    Gcp {
        project: text(&it.project),
        roles: leaf(&it.roles, texts),
        pool_id: option_text(&it.pool_id),
        provider_id: option_text(&it.provider_id),
        service_account_id: option_text(&it.service_account_id),
        existing: option(&it.existing, existing),
        direct: switch(&it.direct),
        attribute_condition: option_text(&it.attribute_condition),
        attribute_mapping: option(&it.attribute_mapping, text_map),
        principals: option(&it.principals, texts),
        allowed_audiences: option(&it.allowed_audiences, texts),
        disabled: switch(&it.disabled),
        audit_logs: switch(&it.audit_logs),
        encryption: option(&it.encryption, encryption),
    }
}

fn existing(it: &ExistingGcpModel) -> ExistingGcp {
    ExistingGcp {
        pool: option_text(&it.pool),
        provider: option_text(&it.provider),
        service_account: option_text(&it.service_account),
    }
}

fn encryption(it: &EncryptionModel) -> Encryption {
    Encryption {
        location: option_text(&it.location),
        key_ring: option_text(&it.key_ring),
        existing_key_ring: switch(&it.existing_key_ring),
        keys: option(&it.keys, |keys| keys.iter().map(|(id, key_model)| (id.clone(), leaf(key_model, key))).collect()),
        rotation_period: option_text(&it.rotation_period),
        protection_level: option_text(&it.protection_level),
        service_agents: option(&it.service_agents, texts),
    }
}

fn key(it: &KeyModel) -> KeySettings {
    KeySettings {
        existing: option_text(&it.existing),
        rotation_period: option_text(&it.rotation_period),
        protection_level: option_text(&it.protection_level),
        destroy_scheduled_duration: option_text(&it.destroy_scheduled_duration),
    }
}

fn azure(it: &AzureModel) -> Azure {
    let role = |it: &ScopedRoleModel| ScopedRole { role: text(&it.role), scope: text(&it.scope) };
    Azure {
        owned: OwnedIdentity {
            subscription_id: option_text(&it.subscription_id),
            resource_group: option_text(&it.resource_group),
            location: option_text(&it.location),
            name: option_text(&it.identity_name),
        },
        existing: option(&it.existing, |it| text(&it.identity)).map(Leaf::flatten),
        roles: leaf(&it.roles, |roles| roles.iter().map(|it| leaf(it, role)).collect()),
        credential_name: option_text(&it.credential_name),
        audience: option_text(&it.audience),
        disabled: switch(&it.disabled),
    }
}

fn aws(it: &AwsModel) -> Aws {
    Aws {
        account_id: text(&it.account_id),
        role_name: option_text(&it.role_name),
        role_path: option_text(&it.role_path),
        policy_arns: option(&it.policy_arns, texts).unwrap_or_else(|| Leaf::Known(BTreeSet::new())),
        inline_policy: option_text(&it.inline_policy),
        audience: option_text(&it.audience),
        max_session_duration: option(&it.max_session_duration, |seconds| *seconds),
        permissions_boundary: option_text(&it.permissions_boundary),
        existing_oidc_provider: option(&it.existing, |it| text(&it.oidc_provider)).map(Leaf::flatten),
        disabled: switch(&it.disabled),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
