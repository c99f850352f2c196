//! From the resource's attributes to the typed specification.

use crosscloud_trust::{Leaf, Member, MemberOf, MemberOfAws, MemberOfAzure, MemberOfGcp};

use tfplugin::Attr;

use super::model::{
    MemberAwsModel, MemberAzureModel, MemberExistingAwsModel, MemberExistingModel, MemberGcpModel, MemberToModel,
    TrustMemberModel,
};
use crate::convert::{
    attr, leaf, leaf_attr, option, option_attr, option_leaf_attr, option_text, set_attr, switch, switch_attr, text,
    texts,
};
use crate::trust::model::ExistingAzureModel;
use crate::trust::{from_model, source};

impl TrustMemberModel {
    /// What the user asks for. Required attributes that are null count as unknown: Terraform has refused them already.
    pub(super) fn spec(&self) -> Member {
        Member {
            name: text(&self.name),
            from: source(&self.from),
            to: leaf(&self.to, |to| MemberOf {
                gcp: option(&to.gcp, gcp),
                azure: option(&to.azure, azure),
                aws: option(&to.aws, aws),
            }),
            disabled: switch(&self.disabled),
        }
    }

    /// The attributes of a member; what is computed is not known yet.
    pub(super) fn of(member: &Member) -> Self {
        Self {
            name: attr(&member.name),
            from: leaf_attr(&member.from, from_model),
            to: leaf_attr(&member.to, |to| MemberToModel {
                gcp: option_leaf_attr(&to.gcp, gcp_model),
                azure: option_leaf_attr(&to.azure, azure_model),
                aws: option_leaf_attr(&to.aws, aws_model),
            }),
            disabled: switch_attr(&member.disabled),
            principal: Attr::Unknown,
            audience: Attr::Unknown,
            issuer: Attr::Unknown,
            subject: Attr::Unknown,
            credential_config: Attr::Unknown,
            kubernetes_manifest: Attr::Unknown,
            aws_config: Attr::Unknown,
            environment: Attr::Unknown,
            token_commands: Attr::Unknown,
            objects: Attr::Unknown,
            realm: Attr::Unknown,
            timeouts: Attr::Null,
        }
    }
}

fn gcp(it: &MemberGcpModel) -> MemberOfGcp {
    let existing = it.existing.known();
    MemberOfGcp {
        project: text(&it.project),
        provider: existing.map_or(Leaf::Unknown, |existing| text(&existing.provider)),
        service_account: existing.and_then(|existing| option_text(&existing.service_account)),
        roles: option(&it.roles, texts),
    }
}

fn azure(it: &MemberAzureModel) -> MemberOfAzure {
    MemberOfAzure {
        identity: leaf(&it.existing, |existing| text(&existing.identity)).flatten(),
        credential_name: option_text(&it.credential_name),
        audience: option_text(&it.audience),
    }
}

fn gcp_model(it: &MemberOfGcp) -> MemberGcpModel {
    MemberGcpModel {
        project: attr(&it.project),
        existing: Attr::Known(MemberExistingModel {
            provider: attr(&it.provider),
            service_account: option_attr(&it.service_account),
        }),
        roles: option_leaf_attr(&it.roles, set_attr),
    }
}

fn azure_model(it: &MemberOfAzure) -> MemberAzureModel {
    MemberAzureModel {
        existing: Attr::Known(ExistingAzureModel { identity: attr(&it.identity) }),
        credential_name: option_attr(&it.credential_name),
        audience: option_attr(&it.audience),
    }
}

fn aws(it: &MemberAwsModel) -> MemberOfAws {
    MemberOfAws {
        role_arn: leaf(&it.existing, |existing| text(&existing.role)).flatten(),
        audience: option_text(&it.audience),
    }
}

fn aws_model(it: &MemberOfAws) -> MemberAwsModel {
    MemberAwsModel {
        existing: Attr::Known(MemberExistingAwsModel { role: attr(&it.role_arn) }),
        audience: option_attr(&it.audience),
    }
}
