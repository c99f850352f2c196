//! Google Cloud: a pool and a provider take the source's tokens, a service account acts, and one exact binding joins the two. Or, without a
//! service account, the roles go to the workload itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::object::gcp::{
    AuditConfig, Grant, Pool, Provider, ProviderKind, Resource, SERVICE_ACCOUNT_USER_ROLE, Service, ServiceAccount,
};
use crate::object::{Key, Object, description_of};
use crate::source::aws_role::web_identity;
use crate::source::{Accepted, Identity, Tokens, Towards};
use crate::spec::Spec;

mod check;
pub(crate) mod encryption;
pub(crate) mod import;
pub(crate) mod names;

pub(crate) use check::{MAX_CONDITION, SEVERAL_ISSUERS, problems};
pub use encryption::{Encryption, KeySettings};
pub(crate) use names::number;

pub(crate) const CONDITION: &str = "to.gcp.attribute_condition";
pub(crate) const MAPPING: &str = "to.gcp.attribute_mapping";
pub(crate) const PRINCIPALS: &str = "to.gcp.principals";
pub(crate) const ROLES: &str = "to.gcp.roles";
pub(crate) const PROJECT: &str = "to.gcp.project";
pub(crate) const POOL: &str = "to.gcp.pool_id";
pub(crate) const PROVIDER: &str = "to.gcp.provider_id";
pub(crate) const ACCOUNT: &str = "to.gcp.service_account_id";
pub(crate) const AUDIENCES: &str = "to.gcp.allowed_audiences";
pub(crate) const DISABLED: &str = "to.gcp.disabled";
pub(crate) const DIRECT: &str = "to.gcp.direct";
pub(crate) const EXISTING: &str = "to.gcp.existing";
pub(crate) const EXISTING_POOL: &str = "to.gcp.existing.pool";
pub(crate) const EXISTING_PROVIDER: &str = "to.gcp.existing.provider";
pub(crate) const EXISTING_ACCOUNT: &str = "to.gcp.existing.service_account";
const AUDIT_LOGS: &str = "to.gcp.audit_logs";

/// APIs that every trust with Google uses: the identity objects, the token exchange, and impersonation.
const SERVICES: [&str; 3] = ["iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"];

/// APIs whose data-access logs tell who came in, as whom, and what was done with models and keys.
const AUDITED: [&str; 5] = [
    "aiplatform.googleapis.com",
    "cloudkms.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "sts.googleapis.com",
];

/// The kinds of data-access logs. An exchange of tokens counts as `ADMIN_READ`.
const LOG_TYPES: [&str; 3] = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

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

/// What a source may act as in a Google project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gcp {
    /// Project id.
    pub project: Text,
    /// Roles on the project, for the service account or for the workload itself.
    pub roles: Leaf<BTreeSet<Text>>,
    /// Id of the workload identity pool, where it is not the trust's name.
    pub pool_id: Option<Text>,
    /// Id of the pool's provider, where it is not the trust's name.
    pub provider_id: Option<Text>,
    /// Id of the service account, where it is not the trust's name.
    pub service_account_id: Option<Text>,
    /// Objects that exist, in place of ones to make.
    pub existing: Option<Leaf<ExistingGcp>>,
    /// Whether the roles go to the workload itself, without a service account.
    pub direct: Leaf<bool>,
    /// CEL condition; omitted means the tight one, empty means none.
    pub attribute_condition: Option<Text>,
    /// CEL mapping; omitted means the source's own.
    pub attribute_mapping: Option<Leaf<BTreeMap<String, Text>>>,
    /// Raw principals in place of the source's exact one.
    pub principals: Option<Leaf<BTreeSet<Text>>>,
    /// Audiences that the provider takes, in place of its own resource name.
    pub allowed_audiences: Option<Leaf<BTreeSet<Text>>>,
    /// Whether pool, provider and service account admit nobody for the time being.
    pub disabled: Leaf<bool>,
    /// Whether data-access logs are switched on.
    pub audit_logs: Leaf<bool>,
    /// Keys of one's own for what the workload stores.
    pub encryption: Option<Leaf<Encryption>>,
}

/// Google objects that exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExistingGcp {
    /// Pool: its id in the same project, or its resource name.
    pub pool: Option<Text>,
    /// Id of a provider in that pool.
    pub provider: Option<Text>,
    /// Email of a service account.
    pub service_account: Option<Text>,
}

/// Adds the objects of a Google target.
pub(crate) fn build(graph: &mut Builder<'_>, spec: &Spec, gcp: &Gcp, identity: &Identity, facts: &Facts) {
    if gcp.existing.as_ref().is_some_and(Leaf::is_unknown) {
        return graph.hide(EXISTING);
    }
    let names = gcp.names(&spec.name);
    for project in [&gcp.project, &names.pool_project] {
        graph.want_text(project, |project| FactQuery::ProjectNumber { project }, None, facts);
    }
    let disabled = either(&gcp.disabled, &spec.disabled);
    let description = description_of("crosscloud_trust", &spec.name);
    let services = add_services(graph, gcp);

    let pool = Pool {
        project: names.pool_project.clone(),
        pool: names.pool.clone(),
        display_name: spec.name.clone(),
        description: description.clone(),
        disabled,
    };
    let node = Node::new(Object::Pool(pool), names.pool_path).after(&services).referenced(names.pool_exists);
    let pool = graph.add("gcp/pool", node);
    let mut before = Vec::new();
    for (key, provider, kind) in gcp.kinds(identity, &names.provider) {
        let provider = Provider {
            project: names.pool_project.clone(),
            pool: names.pool.clone(),
            provider,
            display_name: spec.name.clone(),
            description: description.clone(),
            disabled,
            kind,
            attribute_mapping: gcp.mapping(identity),
            attribute_condition: gcp.condition(spec, identity),
        };
        let node = Node::new(Object::Provider(provider), names.provider_path)
            .after([&pool])
            .after(&identity.after)
            .below([&pool])
            .referenced(names.provider_exists);
        before.push(graph.add(key, node));
    }
    let audiences = gcp.audiences(&spec.name, identity, facts);
    before.extend(web_identity::let_ask(graph, &spec.name, identity, Towards::Gcp, &audiences));
    if gcp.attribute_mapping.as_ref().is_some_and(Leaf::is_unknown) {
        graph.hide(MAPPING);
    }
    if gcp.allowed_audiences.as_ref().is_some_and(Leaf::is_unknown) {
        graph.hide(AUDIENCES);
    }

    // A provider that exists is not this trust's to switch off: there the binding goes instead.
    let bound = if names.provider_exists { disabled.map(|off| !off) } else { Leaf::Known(true) };
    let door = Door { pool, before, bound };
    match gcp.direct {
        Leaf::Unknown => graph.hide(DIRECT),
        Leaf::Known(true) => add_direct(graph, spec, gcp, identity, facts, &door),
        Leaf::Known(false) => {
            let account = ServiceAccount {
                project: names.account_project.clone(),
                account: gcp.account(&spec.name),
                display_name: spec.name.clone(),
                description,
                disabled,
            };
            add_impersonation(graph, spec, gcp, identity, facts, &door, (account, &services));
        }
    }
    match gcp.audit_logs {
        Leaf::Known(false) => {}
        Leaf::Known(true) => add_audit_logs(graph, gcp),
        Leaf::Unknown => graph.hide(AUDIT_LOGS),
    }
    match &gcp.encryption {
        None => {}
        Some(Leaf::Known(keys)) => encryption::add(graph, keys, &gcp.project, &spec.name, facts),
        Some(Leaf::Unknown) => graph.hide("to.gcp.encryption"),
    }
}

/// What a binding opens.
struct Door {
    pool: Key,
    /// The providers, and whatever else a workload needs to get a token.
    before: Vec<Key>,
    /// Whether anybody is bound at all.
    bound: Leaf<bool>,
}

/// The workload acts as a service account, which has the roles.
fn add_impersonation(
    graph: &mut Builder<'_>,
    spec: &Spec,
    gcp: &Gcp,
    identity: &Identity,
    facts: &Facts,
    door: &Door,
    (account, services): (ServiceAccount, &[Key]),
) {
    let names = gcp.names(&spec.name);
    let node = Node::new(Object::ServiceAccount(account), names.account_path);
    let node = node.after(services).referenced(names.account_exists);
    let account = graph.add("gcp/service_account", node);
    let member = Text::concat(["serviceAccount:".into(), names.email.piece()]);
    each_role(graph, gcp, |graph, role| {
        let grant = grant(Resource::Project { project: gcp.project.clone() }, role, &member);
        let node = Node::new(grant, ROLES).after([&account]).below([&account]);
        graph.add(format!("gcp/project_grant/{role}"), node);
    });
    // The door opens last: whoever is bound can act only once everything behind the binding is as it should be.
    each_principal(graph, spec, gcp, identity, facts, door, |graph, suffix, member, path| {
        let resource = Resource::ServiceAccount { project: names.account_project.clone(), email: names.email.clone() };
        let grants = graph.keys("gcp/project_grant/");
        let node = Node::new(grant(resource, SERVICE_ACCOUNT_USER_ROLE, member), path)
            .after(&door.before)
            .after([&account])
            .after(&grants)
            .below([&account, &door.pool]);
        graph.add(format!("gcp/service_account_grant/{SERVICE_ACCOUNT_USER_ROLE}{suffix}"), node);
    });
}

/// The workload itself has the roles.
fn add_direct(graph: &mut Builder<'_>, spec: &Spec, gcp: &Gcp, identity: &Identity, facts: &Facts, door: &Door) {
    each_principal(graph, spec, gcp, identity, facts, door, |graph, suffix, member, path| {
        each_role(graph, gcp, |graph, role| {
            let grant = grant(Resource::Project { project: gcp.project.clone() }, role, member);
            let node = Node::new(grant, path).after(&door.before).below([&door.pool]);
            graph.add(format!("gcp/project_grant/{role}{suffix}"), node);
        });
    });
}

fn grant(resource: Resource, role: &str, member: &Text) -> Object {
    Object::Grant(Grant { resource, role: Text::of(role), member: member.clone(), condition: None })
}

fn each_role(graph: &mut Builder<'_>, gcp: &Gcp, mut add: impl FnMut(&mut Builder<'_>, &str)) {
    match &gcp.roles {
        Leaf::Unknown => graph.hide(ROLES),
        Leaf::Known(roles) => {
            for role in roles {
                match role {
                    Leaf::Known(role) => add(graph, role),
                    Leaf::Unknown => graph.hide(ROLES),
                }
            }
        }
    }
}

/// Calls `add` for every principal that the trust binds, with what its key ends in and where it was written.
fn each_principal(
    graph: &mut Builder<'_>,
    spec: &Spec,
    gcp: &Gcp,
    identity: &Identity,
    facts: &Facts,
    door: &Door,
    mut add: impl FnMut(&mut Builder<'_>, &str, &Text, &'static str),
) {
    match door.bound {
        Leaf::Known(true) => {}
        Leaf::Known(false) => return,
        Leaf::Unknown => return graph.hide(DISABLED),
    }
    match &gcp.principals {
        None => {
            for (index, member) in gcp.members(&spec.name, identity, facts).iter().enumerate() {
                let suffix = if index == 0 { String::new() } else { format!("/{}", index + 1) };
                add(graph, &suffix, member, identity.subject_path);
            }
        }
        Some(Leaf::Unknown) => graph.hide(PRINCIPALS),
        Some(Leaf::Known(principals)) => {
            for principal in principals {
                match principal {
                    Leaf::Known(member) => add(graph, &format!("/{member}"), principal, PRINCIPALS),
                    Leaf::Unknown => graph.hide(PRINCIPALS),
                }
            }
        }
    }
}

fn add_audit_logs(graph: &mut Builder<'_>, gcp: &Gcp) {
    for service in AUDITED {
        for log_type in LOG_TYPES {
            let config =
                AuditConfig { project: gcp.project.clone(), service: Text::of(service), log_type: Text::of(log_type) };
            let node = Node::new(Object::AuditConfig(config), AUDIT_LOGS);
            graph.add(format!("gcp/audit_config/{service}/{log_type}"), node);
        }
    }
}

/// Adds the APIs that this target needs and returns the keys of those that the identity objects wait for.
fn add_services(graph: &mut Builder<'_>, gcp: &Gcp) -> Vec<Key> {
    let roles = gcp.roles.known().into_iter().flatten().filter_map(Leaf::known);
    let of_roles = roles
        .filter_map(|role| SERVICES_OF_ROLES.iter().find(|(prefix, _)| role.starts_with(prefix)))
        .map(|(_, service)| *service);
    for service in SERVICES.into_iter().chain(of_roles) {
        add_service(graph, &gcp.project, service, PROJECT);
    }
    SERVICES.map(|service| format!("gcp/service/{service}")).to_vec()
}

/// Adds an API and returns its key.
pub(crate) fn add_service(graph: &mut Builder<'_>, project: &Text, service: &str, path: &'static str) -> Key {
    let object = Object::Service(Service { project: project.clone(), service: Text::of(service) });
    graph.add(format!("gcp/service/{service}"), Node::new(object, path))
}

/// Whether one of two switches is on.
pub(crate) fn either(a: &Leaf<bool>, b: &Leaf<bool>) -> Leaf<bool> {
    match (a, b) {
        (Leaf::Known(true), _) | (_, Leaf::Known(true)) => Leaf::Known(true),
        (Leaf::Known(false), Leaf::Known(false)) => Leaf::Known(false),
        _ => Leaf::Unknown,
    }
}

impl Gcp {
    /// Whose tokens are taken: one provider for each issuer, with its key and its id.
    fn kinds(&self, identity: &Identity, provider: &Text) -> Vec<(Key, Text, ProviderKind)> {
        let key = "gcp/provider";
        match &identity.tokens {
            Tokens::Aws { account_id } => {
                vec![(key.to_owned(), provider.clone(), ProviderKind::Aws { account_id: account_id.clone() })]
            }
            Tokens::Oidc { issuers, audience, jwks } => {
                let allowed_audiences = match &self.allowed_audiences {
                    Some(Leaf::Known(audiences)) => audiences.iter().cloned().collect(),
                    Some(Leaf::Unknown) => vec![Leaf::Unknown],
                    None => audience.iter().cloned().collect::<Vec<_>>(),
                };
                let of = |accepted: &Accepted| {
                    let kind = ProviderKind::Oidc {
                        issuer: accepted.issuer.clone(),
                        allowed_audiences: allowed_audiences.clone(),
                        jwks: jwks.clone(),
                    };
                    (accepted.key(key), accepted.named(provider), kind)
                };
                issuers.iter().map(of).collect()
            }
        }
    }

    /// The attribute condition: the user's, else the tight one, else the one that members share.
    fn condition(&self, spec: &Spec, identity: &Identity) -> Text {
        match (&self.attribute_condition, &spec.admits, &spec.from) {
            (Some(condition), ..) => condition.clone(),
            (None, Some(Leaf::Known(admits)), Leaf::Known(source)) => admits.condition(source, &identity.condition),
            (None, Some(_), _) => Leaf::Unknown,
            (None, None, _) => identity.condition.clone(),
        }
    }

    /// The attribute mapping, the source's own where the user gave none. One that is unknown as a whole counts as empty.
    pub(crate) fn mapping(&self, identity: &Identity) -> BTreeMap<String, Text> {
        match &self.attribute_mapping {
            None => identity.attribute_mapping.iter().map(|(key, cel)| (key.clone(), Text::of(cel))).collect(),
            Some(Leaf::Known(mapping)) => mapping.clone(),
            Some(Leaf::Unknown) => BTreeMap::new(),
        }
    }
}
