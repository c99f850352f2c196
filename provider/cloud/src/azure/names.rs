//! Resource ids of Azure Resource Manager. They are compared without regard to case, as Azure does, and kept as they were written.

mod assignment;

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;

pub use self::assignment::{RoleAssignmentName, Scope};
use crate::request::Path;

/// A type of resource that lies in a resource group.
pub trait Kind: Clone + fmt::Debug + Eq + Hash + Ord + Send + Sync + 'static {
    /// The provider's namespace.
    const NAMESPACE: &'static str;
    /// The type within it.
    const TYPE: &'static str;
    /// What people call it.
    const WHAT: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $alias:ident, $namespace:literal, $type:literal, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $kind;

        impl Kind for $kind {
            const NAMESPACE: &'static str = $namespace;
            const TYPE: &'static str = $type;
            const WHAT: &'static str = $what;
        }

        #[doc = concat!("The id of a ", $what, ".")]
        pub type $alias = ResourceName<$kind>;
    )*};
}

kinds! {
    /// Marks ids of user-assigned managed identities.
    IdentityKind, IdentityName, "Microsoft.ManagedIdentity", "userAssignedIdentities", "managed identity";
    /// Marks ids of AKS clusters.
    ClusterKind, ClusterName, "Microsoft.ContainerService", "managedClusters", "AKS cluster";
    /// Marks ids of Azure OpenAI and other Cognitive Services accounts.
    CognitiveKind, CognitiveAccountName, "Microsoft.CognitiveServices", "accounts", "Cognitive Services account";
    /// Marks ids of storage accounts.
    StorageKind, StorageAccountName, "Microsoft.Storage", "storageAccounts", "storage account";
}

/// A resource group: `/subscriptions/{subscription}/resourceGroups/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceGroupName {
    /// The subscription's id.
    pub subscription: String,
    /// The group's name.
    pub name: String,
}

/// A resource in a resource group: `{group}/providers/{namespace}/{type}/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceName<K> {
    /// The group that it lies in.
    pub group: ResourceGroupName,
    /// Its name.
    pub name: String,
    kind: PhantomData<K>,
}

/// A federated credential of a managed identity: `{identity}/federatedIdentityCredentials/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FederatedCredentialName {
    /// The identity that may be acted as.
    pub identity: IdentityName,
    /// The credential's name.
    pub name: String,
}

/// A text is not the resource id that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an Azure resource id of the form {expected}")]
pub struct IdError {
    given: String,
    expected: String,
}

const CREDENTIALS: &str = "federatedIdentityCredentials";

impl ResourceGroupName {
    /// Names a resource group.
    pub fn new(subscription: impl Into<String>, name: impl Into<String>) -> Self {
        Self { subscription: subscription.into(), name: name.into() }
    }

    pub(crate) fn path(&self) -> Path {
        Path::root().literal("subscriptions").segment(&self.subscription).literal("resourceGroups").segment(&self.name)
    }
}

impl<K: Kind> ResourceName<K> {
    /// Names a resource.
    pub fn new(subscription: impl Into<String>, group: impl Into<String>, name: impl Into<String>) -> Self {
        Self { group: ResourceGroupName::new(subscription, group), name: name.into(), kind: PhantomData }
    }

    /// The scope that it is for role assignments.
    pub fn scope(&self) -> Scope {
        Scope::of_id(self.to_string())
    }

    pub(crate) fn path(&self) -> Path {
        self.group.path().literal("providers").literal(K::NAMESPACE).literal(K::TYPE).segment(&self.name)
    }

    /// The same for two spellings of one id.
    pub(crate) fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    fn form() -> String {
        format!("/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/{}/{}/NAME", K::NAMESPACE, K::TYPE)
    }
}

impl IdentityName {
    /// Names one of its federated credentials.
    pub fn federated_credential(&self, name: impl Into<String>) -> FederatedCredentialName {
        FederatedCredentialName { identity: self.clone(), name: name.into() }
    }
}

impl FederatedCredentialName {
    pub(crate) fn collection(identity: &IdentityName) -> Path {
        identity.path().literal(CREDENTIALS)
    }

    pub(crate) fn path(&self) -> Path {
        Self::collection(&self.identity).segment(&self.name)
    }
}

impl fmt::Display for ResourceGroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/subscriptions/{}/resourceGroups/{}", self.subscription, self.name)
    }
}

impl<K: Kind> fmt::Display for ResourceName<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/providers/{}/{}/{}", self.group, K::NAMESPACE, K::TYPE, self.name)
    }
}

impl fmt::Display for FederatedCredentialName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{CREDENTIALS}/{}", self.identity, self.name)
    }
}

impl FromStr for ResourceGroupName {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        match *id.split('/').collect::<Vec<_>>() {
            ["", subscriptions, subscription, groups, name]
                if is(subscriptions, "subscriptions")
                    && is(groups, "resourceGroups")
                    && is_named(subscription)
                    && is_named(name) =>
            {
                Ok(Self::new(subscription, name))
            }
            _ => Err(IdError {
                given: id.to_owned(),
                expected: "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP".to_owned(),
            }),
        }
    }
}

impl<K: Kind> FromStr for ResourceName<K> {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        match *id.split('/').collect::<Vec<_>>() {
            ["", subscriptions, subscription, groups, group, providers, namespace, kind, name]
                if is(subscriptions, "subscriptions")
                    && is(groups, "resourceGroups")
                    && is(providers, "providers")
                    && is(namespace, K::NAMESPACE)
                    && is(kind, K::TYPE)
                    && [subscription, group, name].into_iter().all(is_named) =>
            {
                Ok(Self::new(subscription, group, name))
            }
            _ => Err(IdError { given: id.to_owned(), expected: Self::form() }),
        }
    }
}

impl FromStr for FederatedCredentialName {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let wrong =
            || IdError { given: id.to_owned(), expected: format!("{}/{CREDENTIALS}/CREDENTIAL", IdentityName::form()) };
        let (parent, name) = id.rsplit_once('/').ok_or_else(wrong)?;
        let (identity, kind) = parent.rsplit_once('/').ok_or_else(wrong)?;
        if !is(kind, CREDENTIALS) || !is_named(name) {
            return Err(wrong());
        }
        Ok(identity.parse::<IdentityName>().map_err(|_| wrong())?.federated_credential(name))
    }
}

/// Whether two ids are one.
pub fn same_id(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'))
}

/// Whether two locations are one: `West Europe` and `westeurope` are.
pub fn same_location(a: &str, b: &str) -> bool {
    let plain = |location: &str| location.replace(' ', "").to_ascii_lowercase();
    plain(a) == plain(b)
}

fn is(given: &str, word: &str) -> bool {
    given.eq_ignore_ascii_case(word)
}

fn is_named(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ID: &str =
        "/subscriptions/s-1/resourceGroups/rg (a)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml";

    #[test]
    fn ids_round_trip_in_any_case() {
        let identity: IdentityName = ID.parse().unwrap();
        assert_eq!(identity.to_string(), ID);
        let shouted: IdentityName = ID.replace("resourceGroups", "resourcegroups").parse().unwrap();
        assert_eq!(shouted, identity);
        let credential = identity.federated_credential("aks");
        assert_eq!(credential.to_string().parse::<FederatedCredentialName>().unwrap(), credential);
        assert_eq!(
            identity.path().to_string(),
            "/subscriptions/s-1/resourceGroups/rg%20%28a%29/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml"
        );
        let group: ResourceGroupName = "/subscriptions/s/resourceGroups/g".parse().unwrap();
        assert_eq!(group, ResourceGroupName::new("s", "g"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "ml",
            "/subscriptions//resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml",
            "/subscriptions/s/resourceGroups/../providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml/more",
        ] {
            assert!(text.parse::<IdentityName>().is_err(), "{text}");
            assert!(
                format!("{text}/federatedIdentityCredentials/x").parse::<FederatedCredentialName>().is_err(),
                "{text}"
            );
        }
        assert!(format!("{ID}/federatedIdentityCredentials/").parse::<FederatedCredentialName>().is_err());
    }

    #[test]
    fn ids_and_locations_are_compared_as_azure_compares_them() {
        assert!(same_id("/Subscriptions/S/", "/subscriptions/s"));
        assert!(same_location("West Europe", "westeurope") && !same_location("westeurope", "northeurope"));
    }
}
