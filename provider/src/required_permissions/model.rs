//! The attributes of `crosscloud_required_permissions`. Doc comments are the registry page.

use std::collections::BTreeSet;

use crosscloud_cloud::{Api, Cloud};
use tfplugin::value::Dynamic;
use tfplugin::{Attr, Model};

use crate::clouds::Permission;

/// The permissions that a resource of this provider takes, and a custom role for each cloud that holds them and no others. They follow from the
/// requests that the provider would send for the configuration, and nothing is sent to find them out, so that the role can be made before anybody
/// holds it.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct RequiredPermissionsModel {
    /// Type of the resource, such as `crosscloud_trust`.
    #[attr(required)]
    pub resource: Attr<String>,
    /// Its arguments, written as in its block.
    #[attr(required)]
    pub config: Attr<Dynamic>,
    /// Title of the custom roles. Default: `crosscloud`.
    #[attr(optional)]
    pub role_name: Attr<String>,
    /// What `terraform plan` takes, and every refresh.
    #[attr(computed)]
    pub plan: Attr<PermissionsModel>,
    /// What creating it takes, and planning it afterwards. With the provider's `owner` it includes changes, which take the mark of an unfinished
    /// attempt away.
    #[attr(computed)]
    pub create: Attr<PermissionsModel>,
    /// What changes in place take, `disabled` and back included. Ask without `disabled`: while it is set there is less to be there.
    #[attr(computed)]
    pub update: Attr<PermissionsModel>,
    /// What destroying it takes. With the provider's `owner` it includes changes, which mark what is about to go.
    #[attr(computed)]
    pub destroy: Attr<PermissionsModel>,
    /// Custom roles that hold all of this, one for each cloud in which there is anything to do.
    #[attr(computed)]
    pub roles: Attr<RolesModel>,
}

/// Permissions by the cloud that asks for them.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct PermissionsModel {
    /// Google Cloud's IAM permissions.
    #[attr(computed)]
    pub gcp: Attr<BTreeSet<Attr<String>>>,
    /// Azure's actions.
    #[attr(computed)]
    pub azure: Attr<BTreeSet<Attr<String>>>,
    /// Microsoft Graph's application permissions, which an administrator of the tenant consents to; no role of Azure's holds them.
    #[attr(computed)]
    pub microsoft_graph: Attr<BTreeSet<Attr<String>>>,
    /// AWS's actions.
    #[attr(computed)]
    pub aws: Attr<BTreeSet<Attr<String>>>,
}

/// Definitions of custom roles.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct RolesModel {
    /// JSON for `gcloud iam roles create ID --project PROJECT --file FILE`. Null where nothing is done in Google Cloud.
    #[attr(computed)]
    pub gcp: Attr<String>,
    /// JSON for `az role definition create --role-definition FILE`, assignable in the subscriptions that the configuration names. Null where
    /// nothing is done in Azure.
    #[attr(computed)]
    pub azure: Attr<String>,
    /// A policy document for `aws iam create-policy --policy-document FILE`. Null where nothing is done in AWS.
    #[attr(computed)]
    pub aws: Attr<String>,
}

impl PermissionsModel {
    /// The permissions by cloud.
    pub(super) fn of(permissions: &BTreeSet<Permission>) -> Self {
        let names = |kind: Kind| {
            let names = permissions.iter().filter(move |it| Kind::of(it.api) == kind);
            Attr::Known(names.map(|it| Attr::Known(it.name.to_owned())).collect())
        };
        Self {
            gcp: names(Kind::Google),
            azure: names(Kind::Azure),
            microsoft_graph: names(Kind::Graph),
            aws: names(Kind::Aws),
        }
    }
}

/// Whose permission it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Google,
    Azure,
    Graph,
    Aws,
}

impl Kind {
    pub(super) fn of(api: Api) -> Self {
        match (api, api.cloud()) {
            (Api::MicrosoftGraph, _) => Self::Graph,
            (_, Cloud::Google) => Self::Google,
            (_, Cloud::Azure) => Self::Azure,
            (_, Cloud::Aws) => Self::Aws,
        }
    }
}
