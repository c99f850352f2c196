//! Azure in `to`.

use std::collections::BTreeSet;

use tfplugin::{Attr, Model};

/// A managed identity in Azure.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AzureModel {
    /// Subscription in which to make the managed identity. Needed unless one that exists is referred to.
    #[attr(optional)]
    pub subscription_id: Attr<String>,
    /// Resource group, which exists, in which to make the identity.
    #[attr(optional)]
    pub resource_group: Attr<String>,
    /// Region in which to make the identity, by its short name such as `westeurope`.
    #[attr(optional)]
    pub location: Attr<String>,
    /// Name of the identity to make, 3 to 128 letters, digits, hyphens and underscores. Default: `name`.
    #[attr(optional)]
    pub identity_name: Attr<String>,
    /// An identity that exists, in place of one to make. It is only referred to: never changed and never deleted.
    #[attr(optional)]
    pub existing: Attr<ExistingAzureModel>,
    /// What the identity may do, and where.
    #[attr(required)]
    pub roles: Attr<BTreeSet<Attr<ScopedRoleModel>>>,
    /// Name of the federated credential, 3 to 120 letters, digits, hyphens and underscores. Default: `name`. An identity takes 20 credentials.
    #[attr(optional)]
    pub credential_name: Attr<String>,
    /// Audience of the workload's tokens. Default: `api://AzureADTokenExchange`, the one that Azure's webhook and login actions ask for;
    /// the US Government and China clouds have their own.
    #[attr(optional)]
    pub audience: Attr<String>,
    /// Whether nobody may act as the identity for the time being: its federated credential is removed. Default: `false`.
    #[attr(optional)]
    pub disabled: Attr<bool>,
    /// Whether objects that exist and are exactly as wanted are taken over: changed and deleted with this resource from then on. Default:
    /// `false`.
    #[attr(optional)]
    pub adopt: Attr<bool>,
}

/// A managed identity that exists.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ExistingAzureModel {
    /// Resource id of a user-assigned managed identity: `az identity show --query id`.
    #[attr(required)]
    pub identity: Attr<String>,
}

/// A role at a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Model)]
pub struct ScopedRoleModel {
    /// Name, GUID or resource id of a role definition, such as `Cognitive Services OpenAI User` for Azure OpenAI.
    #[attr(required)]
    pub role: Attr<String>,
    /// Resource id that it holds at, such as that of an Azure OpenAI account: `az cognitiveservices account show --query id`.
    #[attr(required)]
    pub scope: Attr<String>,
}
