//! The attributes of `crosscloud_trust_member`. Doc comments are the registry page.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::schema::validate::at_least_one_of;
use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;
use crate::trust::model::{ExistingAzureModel, FromModel};

/// One more workload in a trust that exists, which another module or another team may have made: a binding or roles of its own on Google, one
/// more federated credential on Azure, one more statement in the role's trust policy on AWS, and nothing else. It is planned against the trust as it is: a member whose tokens the provider's
/// condition would refuse is refused. What the trust itself holds is only looked at, and stays when the member goes.
///
/// Policies judge a member on what is its own: that the condition admits it, and that its binding names it exactly. Whom else the trust admits is
/// for the trust to answer for, which was told the same: there and here it is one severity lower than it would be, unless a binding in view
/// lets in more than one member. A condition that is missing, admits everybody or admits other tenants refuses members, too.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct TrustMemberModel {
    /// Name of the member. The federated credential takes it.
    #[attr(required)]
    pub(crate) name: Attr<String>,
    /// Who is let in: exactly one source, of the issuer that the trust accepts.
    #[attr(required)]
    pub(crate) from: Attr<FromModel>,
    /// What the workload is let in to: at least one target.
    #[attr(required)]
    pub(crate) to: Attr<MemberToModel>,
    /// Whether the member stays outside for the time being: its binding, its roles, its credential and its subject are removed. Default: `false`.
    #[attr(optional)]
    pub(crate) disabled: Attr<bool>,
    /// The workload as the target's IAM names it: the member of an allow policy on Google, the object id on Azure, the role on AWS. With several, Google's, else Azure's.
    #[attr(computed)]
    pub(crate) principal: Attr<String>,
    /// Audience that the workload asks its token for. With several targets, Google's, else Azure's.
    #[attr(computed)]
    pub(crate) audience: Attr<String>,
    /// The `iss` claim of the workload's tokens. Null for AWS roles at Google, which sign requests instead.
    #[attr(computed)]
    pub(crate) issuer: Attr<String>,
    /// The `sub` claim of the workload's tokens.
    #[attr(computed)]
    pub(crate) subject: Attr<String>,
    /// Credential configuration (`external_account`) for Google's client libraries, as of `crosscloud_trust`. Null without `to.gcp`.
    #[attr(computed)]
    pub(crate) credential_config: Attr<String>,
    /// Kubernetes manifest, as of `crosscloud_trust`. Null for workloads that run elsewhere.
    #[attr(computed)]
    pub(crate) kubernetes_manifest: Attr<String>,
    /// Profile for AWS's configuration file, as of `crosscloud_trust`. Null without `to.aws`.
    #[attr(computed)]
    pub(crate) aws_config: Attr<String>,
    /// Environment variables for the workload.
    #[attr(computed)]
    pub(crate) environment: Attr<BTreeMap<String, Attr<String>>>,
    /// Shell commands that put the workload's tokens where the configurations look for them, by target. Null where the platform does it.
    #[attr(computed)]
    pub(crate) token_commands: Attr<BTreeMap<String, Attr<String>>>,
    /// Every cloud object behind the member, by `cloud/kind[/role]`; those of the trust are `referenced`. A `status` other than `present` is
    /// drift, which the next apply repairs.
    #[attr(computed)]
    pub(crate) objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the member lives in: `real`, `emulator` under `CROSSCLOUD_ENDPOINT`, or `custom:` and the hosts of other endpoints.
    #[attr(computed)]
    pub(crate) realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub(crate) timeouts: Attr<Timeouts>,
}

/// What a workload is let in to.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = at_least_one_of(["gcp", "azure", "aws"]))]
pub(crate) struct MemberToModel {
    /// A trust's provider in Google Cloud.
    #[attr(optional)]
    pub(crate) gcp: Attr<MemberGcpModel>,
    /// A trust's managed identity in Azure.
    #[attr(optional)]
    pub(crate) azure: Attr<MemberAzureModel>,
    /// A trust's role in AWS.
    #[attr(optional)]
    pub(crate) aws: Attr<MemberAwsModel>,
}

/// What a workload is let in to in Google Cloud.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct MemberGcpModel {
    /// Project id (not the number) that the roles are in.
    #[attr(required)]
    pub(crate) project: Attr<String>,
    /// The trust's own objects. They are only referred to: never changed and never deleted.
    #[attr(required)]
    pub(crate) existing: Attr<MemberExistingModel>,
    /// Roles on the project of the workload's own, which it has itself, without a service account. Not beside `existing.service_account`,
    /// whose roles are everybody's who acts as it.
    #[attr(optional)]
    pub(crate) roles: Attr<BTreeSet<Attr<String>>>,
}

/// Google objects of the trust.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct MemberExistingModel {
    /// Resource name of the provider, `projects/…/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`: `objects["gcp/provider"].id` of
    /// the trust.
    #[attr(required)]
    pub(crate) provider: Attr<String>,
    /// Email of a service account that the workload may act as: `service_account_email` of the trust.
    #[attr(optional)]
    pub(crate) service_account: Attr<String>,
}

/// What a workload is let in to in Azure.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct MemberAzureModel {
    /// The identity that the workload may act as, which takes 20 credentials: `objects["azure/identity"].id` of the trust.
    #[attr(required)]
    pub(crate) existing: Attr<ExistingAzureModel>,
    /// Name of the federated credential, 3 to 120 letters, digits, hyphens and underscores. Default: `name`.
    #[attr(optional)]
    pub(crate) credential_name: Attr<String>,
    /// Audience of the workload's tokens. Default: `api://AzureADTokenExchange`.
    #[attr(optional)]
    pub(crate) audience: Attr<String>,
}

/// What a workload is let in to in AWS: its subject in the trust policy of the role. A trust policy has 2,048 characters, which AWS raises on
/// request; so members that differ in nothing else, such as the service accounts of a cluster, share a statement, in which each takes some 40
/// characters. Whom the role's trust does not admit, a statement of the trust refuses, and the member's plan fails. The other statements are left
/// as they are. IAM knows no way to tell that somebody writes the same policy at the very same moment: let one pipeline at a time change the
/// members of a role.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct MemberAwsModel {
    /// The role that the workload may become.
    #[attr(required)]
    pub(crate) existing: Attr<MemberExistingAwsModel>,
    /// Audience of the workload's tokens, which the trust's own have, too. Default: `sts.amazonaws.com`.
    #[attr(optional)]
    pub(crate) audience: Attr<String>,
}

/// AWS objects of the trust.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct MemberExistingAwsModel {
    /// ARN of the role: `role_arn` of the trust, whose `admits` says who may be a member.
    #[attr(required)]
    pub(crate) role: Attr<String>,
}
