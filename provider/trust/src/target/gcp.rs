//! Google Cloud: a pool and a provider take the source's tokens, a service account acts, and one exact binding joins the two.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::graph::Builder;
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::object::gcp::{
    Grant, Pool, Provider, ProviderKind, Resource, SERVICE_ACCOUNT_USER_ROLE, Service, ServiceAccount, pool_name,
    service_account_email,
};
use crate::source::Identity;
use crate::spec::Gcp;

mod check;

pub(crate) use check::problems;

pub(crate) const CONDITION: &str = "to.gcp.attribute_condition";
pub(crate) const MAPPING: &str = "to.gcp.attribute_mapping";
pub(crate) const PRINCIPALS: &str = "to.gcp.principals";
pub(crate) const ROLES: &str = "to.gcp.roles";

/// APIs that every trust with Google uses: the identity objects, the token exchange, and impersonation.
const SERVICES: [&str; 3] = ["iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"];

/// The API behind a role, by the role's prefix.
const SERVICES_OF_ROLES: [(&str, &str); 7] = [
    ("roles/aiplatform.", "aiplatform.googleapis.com"),
    ("roles/bigquery.", "bigquery.googleapis.com"),
    ("roles/cloudkms.", "cloudkms.googleapis.com"),
    ("roles/discoveryengine.", "discoveryengine.googleapis.com"),
    ("roles/pubsub.", "pubsub.googleapis.com"),
    ("roles/secretmanager.", "secretmanager.googleapis.com"),
    ("roles/storage.", "storage.googleapis.com"),
];

/// Adds the objects of a Google target.
pub(crate) fn build(graph: &mut Builder, name: &Text, gcp: &Gcp, identity: &Identity, facts: &Facts) {
    let project = &gcp.project;
    if let Some(project) = project.known() {
        graph.want(crate::facts::FactQuery::ProjectNumber { project: project.clone() });
    }
    let description = Text::concat(["Managed by Terraform: crosscloud_trust ".into(), name.piece()]);
    let services = add_services(graph, gcp);

    let pool = graph.add(
        "gcp/pool",
        if gcp.pool_id.is_some() { "to.gcp.pool_id" } else { "name" },
        Object::Pool(Pool {
            project: project.clone(),
            pool: gcp.pool(name),
            display_name: name.clone(),
            description: description.clone(),
            disabled: Leaf::Known(false),
        }),
        &services,
    );
    let provider = graph.add(
        "gcp/provider",
        if gcp.provider_id.is_some() { "to.gcp.provider_id" } else { "name" },
        Object::Provider(Provider {
            project: project.clone(),
            pool: gcp.pool(name),
            provider: gcp.provider(name),
            display_name: name.clone(),
            description: description.clone(),
            disabled: Leaf::Known(false),
            kind: ProviderKind::Oidc { issuer: identity.issuer.clone(), allowed_audiences: Vec::new(), jwks: None },
            attribute_mapping: gcp.mapping(identity),
            attribute_condition: gcp.attribute_condition.clone().unwrap_or_else(|| identity.condition.clone()),
        }),
        &[pool],
    );
    let account = ServiceAccount {
        project: project.clone(),
        account: gcp.account(name),
        display_name: name.clone(),
        description,
        disabled: Leaf::Known(false),
    };
    let email = gcp.email(name);
    let account = graph.add(
        "gcp/service_account",
        if gcp.service_account_id.is_some() { "to.gcp.service_account_id" } else { "name" },
        Object::ServiceAccount(account),
        &services,
    );

    let member = Text::concat(["serviceAccount:".into(), email.piece()]);
    match &gcp.roles {
        Leaf::Known(roles) => {
            for role in roles {
                let grant = Grant {
                    resource: Resource::Project { project: project.clone() },
                    role: role.clone(),
                    member: member.clone(),
                    condition: None,
                };
                match role.known() {
                    Some(name) => {
                        let key = format!("gcp/project_grant/{name}");
                        graph.add(&key, ROLES, Object::Grant(grant), std::slice::from_ref(&account));
                    }
                    None => graph.hide(ROLES),
                }
            }
        }
        Leaf::Unknown => graph.hide(ROLES),
    }

    // The door opens last: whoever is bound can act only once everything behind the binding is as it should be.
    let bind = |graph: &mut Builder, key: &str, member: Text| {
        let grant = Grant {
            resource: Resource::ServiceAccount { project: project.clone(), email: email.clone() },
            role: Text::of(SERVICE_ACCOUNT_USER_ROLE),
            member,
            condition: None,
        };
        let path = if gcp.principals.is_some() { PRINCIPALS } else { identity.subject_path };
        graph.add(key, path, Object::Grant(grant), &[provider.clone(), account.clone()]);
    };
    let key = format!("gcp/service_account_grant/{SERVICE_ACCOUNT_USER_ROLE}");
    match &gcp.principals {
        None => bind(graph, &key, gcp.principal(name, identity, facts)),
        Some(Leaf::Unknown) => graph.hide(PRINCIPALS),
        Some(Leaf::Known(principals)) => {
            for principal in principals {
                match principal.known() {
                    Some(member) => bind(graph, &format!("{key}/{member}"), principal.clone()),
                    None => graph.hide(PRINCIPALS),
                }
            }
        }
    }
}

impl Gcp {
    /// Pool id.
    pub(crate) fn pool(&self, name: &Text) -> Text {
        self.pool_id.clone().unwrap_or_else(|| name.clone())
    }

    /// Provider id.
    pub(crate) fn provider(&self, name: &Text) -> Text {
        self.provider_id.clone().unwrap_or_else(|| name.clone())
    }

    /// Service account id.
    pub(crate) fn account(&self, name: &Text) -> Text {
        self.service_account_id.clone().unwrap_or_else(|| name.clone())
    }

    /// Email of the service account.
    pub(crate) fn email(&self, name: &Text) -> Text {
        service_account_email(&self.project, &self.account(name))
    }

    /// The attribute mapping, the source's own where the user gave none. One that is unknown as a whole counts as empty.
    pub(crate) fn mapping(&self, identity: &Identity) -> BTreeMap<String, Text> {
        match &self.attribute_mapping {
            None => identity.attribute_mapping.iter().map(|(key, cel)| (key.clone(), Text::of(cel))).collect(),
            Some(Leaf::Known(mapping)) => mapping.clone(),
            Some(Leaf::Unknown) => BTreeMap::new(),
        }
    }

    /// The principal that stands for the source's exact subject.
    pub(crate) fn principal(&self, name: &Text, identity: &Identity, facts: &Facts) -> Text {
        Text::concat([
            "principal://iam.googleapis.com/".into(),
            pool_name(&facts.project_number(&self.project), &self.pool(name)).piece(),
            "/subject/".into(),
            identity.subject.piece(),
        ])
    }

    /// The provider's full resource name without a scheme, by project number, as token exchange takes it.
    pub(crate) fn provider_resource(&self, name: &Text, facts: &Facts) -> Text {
        Text::concat([
            "//iam.googleapis.com/".into(),
            pool_name(&facts.project_number(&self.project), &self.pool(name)).piece(),
            "/providers/".into(),
            self.provider(name).piece(),
        ])
    }
}

/// Adds the APIs that this target needs and returns the keys of those that the identity objects wait for.
fn add_services(graph: &mut Builder, gcp: &Gcp) -> Vec<String> {
    let roles = gcp.roles.known().into_iter().flatten().filter_map(Leaf::known);
    let of_roles = roles
        .filter_map(|role| SERVICES_OF_ROLES.iter().find(|(prefix, _)| role.starts_with(prefix)))
        .map(|(_, service)| *service);
    let mut needed = SERVICES.to_vec();
    needed.extend(of_roles);
    for service in needed {
        let object = Object::Service(Service { project: gcp.project.clone(), service: Text::of(service) });
        graph.add(&format!("gcp/service/{service}"), "to.gcp.project", object, &[]);
    }
    SERVICES.map(|service| format!("gcp/service/{service}")).to_vec()
}
