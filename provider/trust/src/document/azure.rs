//! Azure's and Entra's objects in the document.

use std::collections::BTreeSet;

use crosscloud_policy_model::document::{
    AzureRoleAssignment, ClusterKind, EntraIdentity, EntraIdentityKind, FederatedCredential, ManagedCluster,
};

use super::Writer;
use crate::facts::IdentityFacts;
use crate::leaf::{Leaf, Text};
use crate::object::{Key, azure};

impl Writer<'_> {
    /// `complete`: every credential of it is in the document.
    pub(super) fn managed_identity(&mut self, key: &str, it: &azure::ManagedIdentity, complete: bool, path: &str) {
        let facts = self.facts.identity(&it.id);
        let principal = IdentityFacts::text(facts, |it| &it.principal_id);
        let tenant = IdentityFacts::text(facts, |it| &it.tenant_id);
        self.entra(key, EntraIdentityKind::UserAssigned, &last(&it.id), &principal, &tenant, complete, path);
    }

    pub(super) fn application(&mut self, key: &str, it: &azure::Application, path: &str) {
        let name = it.display_name.clone();
        let tenant = it.tenant_id.clone();
        // Nothing is exchanged for an application that only stands for an audience, so who it would be is of no account.
        self.entra(key, EntraIdentityKind::Application, &name, &Leaf::Unknown, &tenant, true, path);
    }

    #[allow(clippy::too_many_arguments, reason = "one line for each field of the document")]
    fn entra(
        &mut self,
        key: &str,
        kind: EntraIdentityKind,
        name: &Text,
        principal: &Text,
        tenant: &Text,
        complete: bool,
        path: &str,
    ) {
        let at = format!("/entra_identities/{}", self.document().entra_identities.len());
        let identity = EntraIdentity {
            id: key.to_owned(),
            kind,
            name: self.leaf(name, format!("{at}/name"), path),
            principal_id: self.leaf(principal, format!("{at}/principal_id"), path),
            tenant_id: self.leaf(tenant, format!("{at}/tenant_id"), path),
            complete,
        };
        self.document().entra_identities.push(identity);
        self.origin(at, path);
    }

    pub(super) fn credential(&mut self, it: &azure::FederatedCredential, below: &BTreeSet<Key>, path: &str) {
        let at = format!("/federated_credentials/{}", self.document().federated_credentials.len());
        let (issuer_path, subject_path) = match &self.identities.azure {
            Some(identity) => (identity.issuer_path, identity.subject_path),
            None => (path, path),
        };
        let subject = self.leaf(&it.subject, format!("{at}/subject"), subject_path);
        let audience = self.leaf(&it.audience, format!("{at}/audiences/0"), "to.azure.audience");
        let credential = FederatedCredential {
            identity: below.iter().next().cloned(),
            name: self.leaf(&it.name, format!("{at}/name"), path),
            issuer: self.leaf(&it.issuer, format!("{at}/issuer"), issuer_path),
            claims_matching_expression: None,
            // A credential of somebody else's can have several, which are read as one text.
            audiences: match audience {
                Some(audiences) => audiences.split(' ').map(|audience| Some(audience.to_owned())).collect(),
                None => vec![None],
            },
            intended: match (&self.identities.azure, &it.issuer) {
                _ if self.is_foreign() => Vec::new(),
                // Of the forms that a workload's tokens have, each credential is meant for one.
                (Some(identity), Leaf::Known(issuer)) => {
                    let mut claims = identity.claims_of(issuer);
                    claims.retain(|it| it.get("sub").and_then(serde_json::Value::as_str) == subject.as_deref());
                    claims
                }
                _ => Vec::new(),
            },
            subject,
        };
        self.document().federated_credentials.push(credential);
        self.origin(at, path);
    }

    pub(super) fn role_assignment(&mut self, it: &azure::RoleAssignment, below: &BTreeSet<Key>, path: &str) {
        let at = format!("/azure_role_assignments/{}", self.document().azure_role_assignments.len());
        let assignment = AzureRoleAssignment {
            scope: self.leaf(&it.scope, format!("{at}/scope"), path),
            role: self.leaf(&it.role_definition, format!("{at}/role"), path),
            principal_id: self.leaf(&it.principal_id, format!("{at}/principal_id"), path),
            identity: below.iter().next().cloned(),
            principal_type: Some("ServicePrincipal".to_owned()),
            condition: None,
        };
        self.document().azure_role_assignments.push(assignment);
        self.origin(at, path);
    }

    pub(super) fn cluster(&mut self, it: &azure::Cluster, path: &str) {
        let at = format!("/clusters/{}", self.document().clusters.len());
        let issuer = it.id.known().and_then(|id| self.facts.issuers.get(id)).cloned();
        let issuer = issuer.map_or(Leaf::Unknown, Leaf::Known);
        let cluster = ManagedCluster {
            kind: ClusterKind::Aks,
            // Azure compares ids without case.
            name: self.leaf(&it.id.as_ref().map(|id| id.to_lowercase()), format!("{at}/name"), path),
            oidc_issuer_enabled: it.oidc_issuer.known().copied(),
            workload_identity_enabled: it.workload_identity.known().copied(),
            issuer: self.leaf(&issuer, format!("{at}/issuer"), path),
        };
        self.document().clusters.push(cluster);
        self.origin(at, path);
    }
}

/// The last part of a resource id.
fn last(id: &Text) -> Text {
    id.as_ref().map(|id| id.rsplit('/').next().unwrap_or_default().to_owned())
}
