//! The cloud objects that a trust can want. One struct a kind, typed; values may be unknown while planning.

use std::collections::BTreeMap;

use crate::leaf::Text;

/// Lets a principal obtain tokens of the service account that the grant is on.
pub const SERVICE_ACCOUNT_USER_ROLE: &str = "roles/iam.workloadIdentityUser";

/// Name of an object within its trust: `cloud/kind[/role]`. Documented, part of the state, never renamed.
pub type Key = String;

/// A desired cloud object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// An API switched on in a project.
    Service(Service),
    /// A workload identity pool.
    Pool(Pool),
    /// An OIDC provider of a workload identity pool.
    Provider(Provider),
    /// A service account.
    ServiceAccount(ServiceAccount),
    /// One role for one member on a project.
    ProjectGrant(ProjectGrant),
    /// One role for one member on a service account.
    ServiceAccountGrant(ServiceAccountGrant),
}

/// An API switched on in a project. One that is already on is found, and none is ever switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Project id.
    pub project: Text,
    /// Service name, such as `aiplatform.googleapis.com`.
    pub service: Text,
}

/// A workload identity pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Project id.
    pub project: Text,
    /// Pool id.
    pub pool: Text,
    /// Shown in the console.
    pub display_name: Text,
    /// Says whose it is.
    pub description: Text,
}

/// An OIDC provider of a workload identity pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Project id.
    pub project: Text,
    /// Pool id.
    pub pool: Text,
    /// Provider id.
    pub provider: Text,
    /// Shown in the console.
    pub display_name: Text,
    /// Says whose it is.
    pub description: Text,
    /// Issuer URL, verbatim.
    pub issuer: Text,
    /// Accepted audiences; empty means the provider's own resource name.
    pub allowed_audiences: Vec<String>,
    /// Target attribute to CEL expression.
    pub attribute_mapping: BTreeMap<String, Text>,
    /// CEL condition; empty means none.
    pub attribute_condition: Text,
}

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Project id.
    pub project: Text,
    /// The part of the email before the `@`.
    pub account: Text,
    /// Shown in the console.
    pub display_name: Text,
    /// Says whose it is.
    pub description: Text,
}

/// One role for one member on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectGrant {
    /// Project id.
    pub project: Text,
    /// Role.
    pub role: Text,
    /// Member, in IAM's form.
    pub member: Text,
}

/// One role for one member on a service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccountGrant {
    /// Project id of the service account.
    pub project: Text,
    /// Email of the service account.
    pub email: Text,
    /// Role.
    pub role: Text,
    /// Member, in IAM's form.
    pub member: Text,
}

impl Object {
    /// The type shown in the `objects` map: the cloud's own name for the kind.
    pub fn type_name(&self) -> &'static str {
        match self {
            Object::Service(_) => "serviceusage.googleapis.com/Service",
            Object::Pool(_) => "iam.googleapis.com/WorkloadIdentityPool",
            Object::Provider(_) => "iam.googleapis.com/WorkloadIdentityPoolProvider",
            Object::ServiceAccount(_) => "iam.googleapis.com/ServiceAccount",
            Object::ProjectGrant(_) => "cloudresourcemanager.googleapis.com/ProjectGrant",
            Object::ServiceAccountGrant(_) => "iam.googleapis.com/ServiceAccountGrant",
        }
    }

    /// The native id, which is enough to delete the object by. Grants have no id of their own: theirs is resource, role and member,
    /// separated by spaces.
    pub fn id(&self) -> Text {
        match self {
            Object::Service(it) => {
                Text::concat(["projects/".into(), it.project.piece(), "/services/".into(), it.service.piece()])
            }
            Object::Pool(it) => pool_name(&it.project, &it.pool),
            Object::Provider(it) => {
                Text::concat([pool_name(&it.project, &it.pool).piece(), "/providers/".into(), it.provider.piece()])
            }
            Object::ServiceAccount(it) => service_account_name(&it.project, &it.email()),
            Object::ProjectGrant(it) => Text::concat([
                "projects/".into(),
                it.project.piece(),
                " ".into(),
                it.role.piece(),
                " ".into(),
                it.member.piece(),
            ]),
            Object::ServiceAccountGrant(it) => Text::concat([
                service_account_name(&it.project, &it.email).piece(),
                " ".into(),
                it.role.piece(),
                " ".into(),
                it.member.piece(),
            ]),
        }
    }

    /// Whether an object that is already there is simply used. What is not is owned: finding one that this trust did not make is an error.
    pub fn may_be_found(&self) -> bool {
        matches!(self, Object::Service(_) | Object::ProjectGrant(_) | Object::ServiceAccountGrant(_))
    }
}

impl ServiceAccount {
    /// The account's email address.
    pub fn email(&self) -> Text {
        service_account_email(&self.project, &self.account)
    }
}

/// The email address of a service account.
pub(crate) fn service_account_email(project: &Text, account: &Text) -> Text {
    Text::concat([account.piece(), "@".into(), domain_of(project).piece(), ".iam.gserviceaccount.com".into()])
}

/// The resource name of a pool; `project` is an id or a number.
pub(crate) fn pool_name(project: &Text, pool: &Text) -> Text {
    Text::concat(["projects/".into(), project.piece(), "/locations/global/workloadIdentityPools/".into(), pool.piece()])
}

fn service_account_name(project: &Text, email: &Text) -> Text {
    Text::concat(["projects/".into(), project.piece(), "/serviceAccounts/".into(), email.piece()])
}

/// A domain-scoped project `example.com:ml` has accounts under `ml.example.com.iam.gserviceaccount.com`.
fn domain_of(project: &Text) -> Text {
    project.as_ref().map(|id| match id.split_once(':') {
        Some((domain, id)) => format!("{id}.{domain}"),
        None => id.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(project: &str) -> ServiceAccount {
        ServiceAccount {
            project: Text::of(project),
            account: Text::of("aks-chat"),
            display_name: Text::of(""),
            description: Text::of(""),
        }
    }

    #[test]
    fn a_service_account_is_addressed_by_its_email() {
        assert_eq!(account("ml-prod-4711").email(), Text::of("aks-chat@ml-prod-4711.iam.gserviceaccount.com"));
        assert_eq!(account("example.com:ml").email(), Text::of("aks-chat@ml.example.com.iam.gserviceaccount.com"));
    }

    #[test]
    fn a_grant_is_known_by_resource_role_and_member() {
        let grant = Object::ProjectGrant(ProjectGrant {
            project: Text::of("ml-prod-4711"),
            role: Text::of("roles/aiplatform.user"),
            member: Text::of("serviceAccount:a@b"),
        });
        assert_eq!(grant.id(), Text::of("projects/ml-prod-4711 roles/aiplatform.user serviceAccount:a@b"));
    }
}
