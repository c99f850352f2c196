//! Which permissions an object's life takes: told from the requests that the clients send, so that no list of them is kept.

use std::collections::BTreeSet;

use crosscloud_cloud::aws::outbound;
use crosscloud_cloud::azure::{applications, clusters, federated_credentials, identities, role_definitions};
use crosscloud_cloud::gcp::{iam_policy, projects, providers, transfers};
use crosscloud_cloud::{Api, Request};
use crosscloud_trust::gcp::Resource;
use crosscloud_trust::{FactQuery, Object};

use super::known::known;
use super::{CloudError, dispatch, gcp};

/// A permission of Google's, an action of Azure's or AWS's, or an application permission of Microsoft Graph's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Permission {
    /// The API that asks for it.
    pub(crate) api: Api,
    /// Its name.
    pub(crate) name: &'static str,
    /// The name of one for more than this, in whose company it is not needed.
    pub(crate) within: Option<&'static str>,
}

/// The permissions that objects take, by what is done with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// To look at them.
    pub(crate) look: BTreeSet<Permission>,
    /// To make them.
    pub(crate) create: BTreeSet<Permission>,
    /// To change them in place.
    pub(crate) update: BTreeSet<Permission>,
    /// To bring deleted ones back.
    pub(crate) revive: BTreeSet<Permission>,
    /// To delete them.
    pub(crate) delete: BTreeSet<Permission>,
}

impl Needs {
    /// A look sends this request.
    pub(super) fn look<T>(&mut self, request: &Request<T>) -> &mut Self {
        self.look.extend(permissions(request));
        self
    }

    /// A creation sends this request.
    pub(super) fn create<T>(&mut self, request: &Request<T>) -> &mut Self {
        self.create.extend(permissions(request));
        self
    }

    /// A change sends this request.
    pub(super) fn update<T>(&mut self, request: &Request<T>) -> &mut Self {
        self.update.extend(permissions(request));
        self
    }

    /// A deletion sends this request.
    pub(super) fn delete<T>(&mut self, request: &Request<T>) -> &mut Self {
        self.delete.extend(permissions(request));
        self
    }

    /// Bringing a deleted object back sends this request, besides those of a change.
    pub(super) fn revive<T>(&mut self, request: &Request<T>) -> &mut Self {
        self.revive.extend(permissions(request));
        self
    }

    /// An object is looked at, made, changed and deleted.
    pub(crate) fn object(&mut self, object: &Object) -> Result<(), CloudError> {
        dispatch::needs(object, self)?;
        if !self.revive.is_empty() {
            self.revive.extend(self.update.iter().copied());
        }
        Ok(())
    }

    /// An object that exists is looked at, and what lies in or on it is listed for the policy.
    pub(crate) fn referenced(&mut self, object: &Object) -> Result<(), CloudError> {
        let mut own = Self::default();
        match dispatch::needs(object, &mut own) {
            // Settings that a creation would take are its cloud's to tell.
            Err(CloudError::Unknown) if !own.look.is_empty() => {}
            result => result?,
        }
        self.look.extend(own.look);
        match object {
            Object::Pool(it) => self.look(&providers::list(&gcp::pool_name(it)?, "")),
            Object::ServiceAccount(it) => {
                let resource = Resource::ServiceAccount { project: it.project.clone(), email: it.email() };
                self.look(&iam_policy::get(&gcp::policy_resource(&resource)?))
            }
            Object::CryptoKey(_) => {
                let resource = Resource::CryptoKey { name: object.id() };
                self.look(&iam_policy::get(&gcp::policy_resource(&resource)?))
            }
            Object::ManagedIdentity(it) => self.look(&federated_credentials::list(&known(&it.id)?.parse()?)),
            _ => self,
        };
        Ok(())
    }

    /// A fact is asked for.
    pub(crate) fn fact(&mut self, query: &FactQuery) -> Result<(), CloudError> {
        match query {
            FactQuery::ProjectNumber { project: it } | FactQuery::ProjectId { number: it } => {
                self.look(&projects::get(it))
            }
            FactQuery::Identity { id } => self.look(&identities::get(&id.parse()?)),
            FactQuery::Issuer { cluster } => self.look(&clusters::get(&cluster.parse()?)),
            FactQuery::RoleDefinition { scope, name } => self.look(&role_definitions::by_name(&scope.parse()?, name)),
            FactQuery::Application { identifier_uri, .. } => {
                self.look(&applications::by_identifier_uri(identifier_uri))
            }
            FactQuery::TransferAgent { project } => self.look(&transfers::agent(project)),
            FactQuery::OutboundIssuer { .. } => self.look(&outbound::get()),
        };
        Ok(())
    }
}

fn permissions<T>(request: &Request<T>) -> impl Iterator<Item = Permission> {
    let (api, within) = (request.api(), request.instead());
    request.permissions().iter().map(move |name| Permission { api, name, within })
}
