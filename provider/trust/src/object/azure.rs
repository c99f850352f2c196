//! Azure's objects, and Entra's.

use std::collections::BTreeMap;

use crate::leaf::{Leaf, Text};
use crate::object::marker::tag;
use crate::object::{Kind, MARKER, complete};

complete! {
    /// A user-assigned managed identity.
    pub struct ManagedIdentity {
        /// Resource id, `/subscriptions/…/userAssignedIdentities/NAME`.
        pub id: Text,
        /// Region, such as `westeurope`. Immutable.
        pub location: Text,
        /// Tags; the one named `crosscloud` says whose the identity is.
        pub tags: BTreeMap<String, Text>,
    }

    /// A federated credential: whose tokens the identity takes for its own.
    pub struct FederatedCredential {
        /// Resource id of the identity.
        pub identity: Text,
        /// Name under the identity. Immutable.
        pub name: Text,
        /// Issuer URL, verbatim.
        pub issuer: Text,
        /// Subject, verbatim.
        pub subject: Text,
        /// The one audience.
        pub audience: Text,
    }

    /// One role for one principal on one scope. Nothing about it but the description can be changed.
    pub struct RoleAssignment {
        /// Scope, a resource id.
        pub scope: Text,
        /// GUID of the role definition.
        pub role_definition: Text,
        /// Object id of the principal, which is a service principal. A managed identity has one only once it is made.
        pub principal_id: Text,
        /// GUID of the assignment, made of scope, role and principal, so that it is known while planning.
        pub name: Text,
        /// Says whose it is.
        pub description: Text,
    }

    /// An application that stands for an audience. It has no secret and nobody signs in to it.
    pub struct Application {
        /// Tenant id.
        pub tenant_id: Text,
        /// Shown in the portal.
        pub display_name: Text,
        /// Its one identifier URI, unique in the tenant: the audience.
        pub identifier_uri: Text,
        /// Says whose it is.
        pub description: Text,
    }

    /// The service principal of an application in its own tenant: without one no token is issued for the application.
    pub struct ServicePrincipal {
        /// Tenant id.
        pub tenant_id: Text,
        /// Identifier URI of the application.
        pub identifier_uri: Text,
        /// Client id of the application, which it has only once it is made.
        pub application_id: Text,
    }

    /// Settings of an AKS cluster that somebody else manages. The issuer can never be switched off again.
    pub struct Cluster {
        /// Resource id, `/subscriptions/…/managedClusters/NAME`.
        pub id: Text,
        /// Whether the OIDC issuer is wanted.
        pub oidc_issuer: Leaf<bool>,
        /// Whether workload identity is wanted. One that is not wanted is left as it is.
        pub workload_identity: Leaf<bool>,
        /// Whether workload identity has to be off.
        pub disabled: Leaf<bool>,
    }
}

impl Kind for ManagedIdentity {
    fn type_name(&self) -> &'static str {
        "Microsoft.ManagedIdentity/userAssignedIdentities"
    }

    fn id(&self) -> Text {
        self.id.clone()
    }

    fn marker(&self) -> Option<&Text> {
        self.tags.get(MARKER)
    }

    fn mark(&mut self, marker: &str) -> bool {
        tag(&mut self.tags, marker)
    }
}

impl Kind for FederatedCredential {
    fn type_name(&self) -> &'static str {
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    }

    fn id(&self) -> Text {
        Text::concat([self.identity.piece(), "/federatedIdentityCredentials/".into(), self.name.piece()])
    }
}

impl Kind for RoleAssignment {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "Microsoft.Authorization/roleAssignments"
    }

    fn id(&self) -> Text {
        let provider = "/providers/Microsoft.Authorization/roleAssignments/".into();
        Text::concat([self.scope.piece(), provider, self.name.piece()])
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl Kind for Application {
    fn type_name(&self) -> &'static str {
        "graph.microsoft.com/application"
    }

    /// The identifier URI: Entra chooses object id and client id itself, and lets the URI be looked up.
    fn id(&self) -> Text {
        self.identifier_uri.clone()
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl Kind for ServicePrincipal {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "graph.microsoft.com/servicePrincipal"
    }

    /// The identifier URI of its application, which is one of its names.
    fn id(&self) -> Text {
        self.identifier_uri.clone()
    }
}

impl Kind for Cluster {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "Microsoft.ContainerService/managedClusters"
    }

    fn id(&self) -> Text {
        self.id.clone()
    }
}
