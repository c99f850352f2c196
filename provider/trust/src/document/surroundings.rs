//! What exists around a resource's own objects: who else comes in by the same pool, acts as the same account or uses the same key.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, Writer};
use crate::object::{Key, Object, azure, gcp};

/// What was seen of the objects that a graph refers to as existing. It is for judging alone: no planned value may depend on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// Those objects, as the clouds have them. An identity stands here once all of its credentials were seen.
    pub seen: BTreeMap<Key, Object>,
    /// What lies in or on one of them and is not the graph's own.
    pub beside: Vec<(Key, Beside)>,
}

/// Something that somebody else put into or onto an object that a graph refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// Another provider of the pool.
    Provider(gcp::Provider),
    /// Another grant on the account or the key.
    Grant(gcp::Grant),
    /// Another credential of the identity.
    Credential {
        /// The credential; its subject is empty where an expression stands instead.
        credential: azure::FederatedCredential,
        /// A flexible expression over claims.
        expression: Option<String>,
    },
}

impl Beside {
    /// Whether this lets in, as an account and without a condition, somebody whose principal begins so.
    pub(super) fn is_of(&self, start: &str) -> bool {
        let Self::Grant(grant) = self else { return false };
        matches!(grant.resource, gcp::Resource::ServiceAccount { .. })
            && grant.condition.is_none()
            && grant.role.known().is_some_and(|role| role == gcp::SERVICE_ACCOUNT_USER_ROLE)
            && grant.member.known().is_some_and(|member| member.starts_with(start))
    }
}

impl Writer<'_> {
    /// Writes what lies in or on the object with the key.
    pub(super) fn beside(&mut self, key: &str, it: &Beside, path: &str) {
        let found = |name: String| Some(Found { name, path: path.to_owned(), foreign: true });
        match it {
            Beside::Provider(it) => {
                self.found = found(name(&Object::Provider(it.clone())));
                self.provider(it, false, path);
            }
            Beside::Grant(it) => {
                self.found = found(name(&Object::Grant(it.clone())));
                self.grant(it, path);
            }
            Beside::Credential { credential, expression } => {
                self.found = found(name(&Object::FederatedCredential(credential.clone())));
                self.credential(credential, &BTreeSet::from([key.to_owned()]), path);
                if let (Some(expression), Some(last)) = (expression, self.document().federated_credentials.last_mut()) {
                    last.subject = None;
                    last.claims_matching_expression = Some(expression.clone());
                }
            }
        }
        self.found = None;
    }

    /// Writes an object that nobody here wants, and what lies in or on it.
    pub(super) fn existing(&mut self, object: &Object, beside: &[Beside], path: &str) {
        const KEY: &str = "existing";
        self.found = Some(Found { name: name(object), path: path.to_owned(), foreign: true });
        match object {
            Object::Pool(it) => self.pool(it, true, false, path),
            Object::Provider(it) => self.provider(it, false, path),
            Object::Role(it) => self.role(it, object, false, path),
            Object::ManagedIdentity(it) => self.managed_identity(KEY, it, true, path),
            Object::Application(it) => self.application(KEY, it, path),
            _ => {}
        }
        self.found = None;
        for it in beside {
            self.beside(KEY, it, path);
        }
    }
}

/// An object in a sentence.
pub(super) fn name(object: &Object) -> String {
    let id = || object.id().known().cloned().unwrap_or_else(|| "(known after apply)".to_owned());
    match object {
        Object::Pool(_) => format!("the pool {}", id()),
        Object::Provider(_) => format!("the provider {}", id()),
        Object::ServiceAccount(_) => format!("the service account {}", id()),
        Object::CryptoKey(_) => format!("the key {}", id()),
        Object::Role(_) => format!("the role {}", id()),
        Object::ManagedIdentity(_) => format!("the managed identity {}", id()),
        Object::FederatedCredential(_) => format!("the federated credential {}", id()),
        Object::Grant(it) => {
            let text = |text: &crate::leaf::Text| text.known().cloned().unwrap_or_default();
            format!("the grant of {} to {} on {}", text(&it.role), text(&it.member), text(&it.resource.name()))
        }
        _ => id(),
    }
}
