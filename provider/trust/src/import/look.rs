//! What has to be looked at in the clouds before a specification can be reconstructed.

use std::collections::BTreeMap;

use crate::facts::FactQuery;
use crate::import::ImportId;
use crate::leaf::{Leaf, Text};
use crate::names::parse_role_arn;
use crate::object::gcp::{Pool, Provider, ProviderKind, Resource, ServiceAccount};
use crate::object::{Key, Object, aws, azure};
use crate::target::gcp::encryption::existing_key;
use crate::target::gcp::names::project_of;

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Read this object. Its id is known and nothing else.
    Object(Key, Box<Object>),
    /// List the grants of these members on a resource.
    Grants(Resource, Members),
    /// List the role assignments of this managed identity.
    Assignments(String),
    /// List the federated credentials of this managed identity.
    Credentials(String),
    /// List the policies of this role.
    Policies(String),
}

/// Whose grants count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// One member.
    Exactly(String),
    /// Federated identities of a pool, whatever the project in front of it: those whose name goes on with this text behind the project.
    OfPool(String),
    /// Every member.
    Any,
}

impl Look {
    pub(crate) fn object(key: impl Into<Key>, object: Object) -> Self {
        Look::Object(key.into(), Box::new(object))
    }
}

impl Members {
    /// Whether a member counts.
    pub fn include(&self, member: &str) -> bool {
        match self {
            Members::Exactly(one) => one == member,
            Members::OfPool(pool) => member.split_once("/locations/").is_some_and(|(project, rest)| {
                let federated =
                    ["principal://iam.googleapis.com/projects/", "principalSet://iam.googleapis.com/projects/"];
                federated.iter().any(|start| project.starts_with(start))
                    && format!("/locations/{rest}").starts_with(pool)
            }),
            Members::Any => true,
        }
    }
}

impl ImportId {
    /// Facts that reconstruction needs.
    pub fn queries(&self) -> Vec<FactQuery> {
        let project = self.provider.iter().map(|it| it.project.clone());
        let project = project.filter(|project| project.bytes().any(|c| !c.is_ascii_digit()));
        let project = project.map(|project| FactQuery::ProjectNumber { project });
        project.chain(self.identity.iter().map(|id| FactQuery::Identity { id: id.clone() })).collect()
    }

    /// The project that the trust is about: the service account's, else the pool's.
    pub(crate) fn project(&self) -> Option<String> {
        let of_account = self.service_account.as_ref().filter(|it| !it.exists).and_then(|it| project_of(&it.id));
        of_account.or_else(|| self.provider.as_ref().map(|it| it.project.clone()))
    }

    /// What has to be looked at.
    pub fn looks(&self) -> Vec<Look> {
        let mut looks = Vec::new();
        if let Some(it) = &self.provider {
            let (project, pool, provider) = (Text::of(&it.project), Text::of(&it.pool), Text::of(&it.provider));
            looks.push(Look::object(
                "gcp/pool".to_owned(),
                Object::Pool(Pool {
                    project: project.clone(),
                    pool: pool.clone(),
                    display_name: Leaf::Unknown,
                    description: Leaf::Unknown,
                    disabled: Leaf::Unknown,
                }),
            ));
            looks.push(Look::object(
                "gcp/provider".to_owned(),
                Object::Provider(Provider {
                    project,
                    pool,
                    provider,
                    display_name: Leaf::Unknown,
                    description: Leaf::Unknown,
                    disabled: Leaf::Unknown,
                    kind: ProviderKind::Oidc { issuer: Leaf::Unknown, allowed_audiences: Vec::new(), jwks: None },
                    attribute_mapping: BTreeMap::new(),
                    attribute_condition: Leaf::Unknown,
                }),
            ));
            let of_pool = Members::OfPool(format!("/locations/global/workloadIdentityPools/{}/", it.pool));
            let project = Resource::Project { project: Text::of(self.project().unwrap_or_default()) };
            match &self.service_account {
                None => looks.push(Look::Grants(project, of_pool)),
                Some(account) => {
                    looks.extend(self.account_look(&account.id));
                    looks.push(Look::Grants(project, Members::Exactly(format!("serviceAccount:{}", account.id))));
                    looks.push(Look::Grants(self.account_resource(&account.id), of_pool));
                }
            }
        }
        for key in &self.keys {
            let Some(object) = existing_key(&key.id) else { continue };
            let id = key.id.rsplit('/').next().unwrap_or_default();
            looks.push(Look::object(format!("gcp/crypto_key/{id}"), Object::CryptoKey(object)));
            looks.push(Look::Grants(Resource::CryptoKey { name: Text::of(&key.id) }, Members::Any));
        }
        if let Some((account, path, name)) = self.role.as_deref().and_then(parse_role_arn) {
            let role = aws::Role {
                account_id: Text::of(account),
                path: Text::of(path),
                name: Text::of(name),
                trust_policy: Leaf::Unknown,
                description: Leaf::Unknown,
                max_session_duration: Leaf::Unknown,
                permissions_boundary: None,
                tags: BTreeMap::new(),
                members: None,
            };
            looks.push(Look::object("aws/role".to_owned(), Object::Role(role)));
            looks.extend(self.role.clone().map(Look::Policies));
        }
        if let Some(id) = &self.identity {
            let identity = azure::ManagedIdentity { id: Text::of(id), location: Leaf::Unknown, tags: BTreeMap::new() };
            looks.push(Look::object("azure/identity".to_owned(), Object::ManagedIdentity(identity)));
            if self.targets.contains(&"azure") {
                looks.push(Look::Assignments(id.clone()));
                looks.push(Look::Credentials(id.clone()));
            }
        }
        looks
    }

    fn account_project(&self, email: &str) -> Text {
        Text::of(project_of(email).or_else(|| self.project()).unwrap_or_default())
    }

    fn account_resource(&self, email: &str) -> Resource {
        Resource::ServiceAccount { project: self.account_project(email), email: Text::of(email) }
    }

    fn account_look(&self, email: &str) -> Option<Look> {
        let account = ServiceAccount {
            project: self.account_project(email),
            account: Text::of(email.split('@').next()?),
            display_name: Leaf::Unknown,
            description: Leaf::Unknown,
            disabled: Leaf::Unknown,
        };
        Some(Look::object("gcp/service_account".to_owned(), Object::ServiceAccount(account)))
    }
}
