//! Keys of one's own for what a workload stores (CMEK): a ring, a key for each sensitivity, and the services that may encrypt with them. A
//! service's agent is made sure of first, because Google refuses grants to an agent that does not exist yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::names::{is_google_location, is_google_service, kms_id_fault};
use crate::object::gcp::{CryptoKey, Grant, KEY_USER_ROLE, KeyRing, Resource, ServiceAgent};
use crate::object::{Key, MARKER, Object, described_label};
use crate::path::AttributePath;
use crate::problem::Problem;
use crate::target::gcp::add_service;

const PATH: &str = "to.gcp.encryption";
const AGENTS: &str = "to.gcp.encryption.service_agents";
const KEYS: &str = "to.gcp.encryption.keys";

/// Ninety days, in seconds.
pub(crate) const ROTATION: &str = "7776000s";

/// Vertex AI.
pub(crate) const VERTEX: &str = "aiplatform.googleapis.com";

/// The domain of a service's agent, whose name is `service-NUMBER` unless said otherwise.
pub(crate) const AGENTS_OF: [(&str, &str, &str); 10] = [
    (VERTEX, "service-", "@gcp-sa-aiplatform.iam.gserviceaccount.com"),
    ("artifactregistry.googleapis.com", "service-", "@gcp-sa-artifactregistry.iam.gserviceaccount.com"),
    ("bigquery.googleapis.com", "bq-", "@bigquery-encryption.iam.gserviceaccount.com"),
    ("compute.googleapis.com", "service-", "@compute-system.iam.gserviceaccount.com"),
    ("discoveryengine.googleapis.com", "service-", "@gcp-sa-discoveryengine.iam.gserviceaccount.com"),
    ("notebooks.googleapis.com", "service-", "@gcp-sa-notebooks.iam.gserviceaccount.com"),
    ("pubsub.googleapis.com", "service-", "@gcp-sa-pubsub.iam.gserviceaccount.com"),
    ("secretmanager.googleapis.com", "service-", "@gcp-sa-secretmanager.iam.gserviceaccount.com"),
    ("spanner.googleapis.com", "service-", "@gcp-sa-spanner.iam.gserviceaccount.com"),
    ("storage.googleapis.com", "service-", "@gs-project-accounts.iam.gserviceaccount.com"),
];

/// Keys, and the services that may use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// Location of ring and keys, which has to be that of the data.
    pub location: Option<Text>,
    /// Key ring id, where it is not the trust's name.
    pub key_ring: Option<Text>,
    /// Whether the key ring exists.
    pub existing_key_ring: Leaf<bool>,
    /// Keys by what they are for; one with the trust's name where there are none.
    pub keys: Option<Leaf<BTreeMap<String, Leaf<KeySettings>>>>,
    /// Time between rotations of keys that say nothing else.
    pub rotation_period: Option<Text>,
    /// Protection level of keys that say nothing else.
    pub protection_level: Option<Text>,
    /// Services whose agents may encrypt and decrypt.
    pub service_agents: Option<Leaf<BTreeSet<Text>>>,
}

/// One key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySettings {
    /// Resource name of a key that exists, in place of one to make.
    pub existing: Option<Text>,
    /// Time between rotations.
    pub rotation_period: Option<Text>,
    /// `SOFTWARE` or `HSM`.
    pub protection_level: Option<Text>,
    /// Time between the order to destroy a version and its destruction.
    pub destroy_scheduled_duration: Option<Text>,
}

/// A key and the agents that may use it, ready for the graph.
pub(crate) struct KeyPlan<'a> {
    pub(crate) project: &'a Text,
    pub(crate) location: &'a Text,
    pub(crate) ring: &'a Text,
    pub(crate) key: &'a Text,
    pub(crate) settings: &'a KeySettings,
    /// What its nodes' keys end in.
    pub(crate) role: &'a str,
    pub(crate) path: AttributePath,
    /// Type and name of the resource, for the label.
    pub(crate) owner: (&'static str, &'a Text),
}

/// Adds the keys of a trust.
pub(crate) fn add(graph: &mut Builder<'_>, it: &Encryption, project: &Text, name: &Text, facts: &Facts) {
    let Leaf::Known(existing_ring) = it.existing_key_ring else {
        return graph.hide("to.gcp.encryption.existing_key_ring");
    };
    let Some(keys) = it.keys(name) else { return graph.hide(KEYS) };
    let Leaf::Known(agents) = it.agents() else { return graph.hide(AGENTS) };
    let location = it.location.clone().unwrap_or(Leaf::Unknown);
    let ring = it.key_ring.as_ref().unwrap_or(name);
    if keys.values().any(|key| key.known().is_some_and(|key| key.existing.is_none())) {
        let api = add_service(graph, project, "cloudkms.googleapis.com", PATH);
        add_ring(graph, project, &location, ring, PATH, existing_ring, &api);
    }
    let agents = add_agents(graph, project, &agents, AGENTS, facts);
    for (role, settings) in &keys {
        let Leaf::Known(settings) = settings else {
            graph.hide(KEYS);
            continue;
        };
        let own = KeySettings {
            rotation_period: settings.rotation_period.clone().or_else(|| it.rotation_period.clone()),
            protection_level: settings.protection_level.clone().or_else(|| it.protection_level.clone()),
            ..settings.clone()
        };
        let key = Text::of(role);
        let plan = KeyPlan {
            project,
            location: &location,
            ring,
            key: &key,
            settings: &own,
            role: &format!("/{role}"),
            path: AttributePath::from(KEYS).key(role),
            owner: ("crosscloud_trust", name),
        };
        add_key(graph, &plan, &agents);
    }
}

/// Adds a key ring.
pub(crate) fn add_ring(
    graph: &mut Builder<'_>,
    project: &Text,
    location: &Text,
    ring: &Text,
    path: &'static str,
    exists: bool,
    api: &Key,
) -> Key {
    let ring = KeyRing { project: project.clone(), location: location.clone(), ring: ring.clone() };
    graph.add("gcp/key_ring", Node::new(Object::KeyRing(ring), path).after([api]).referenced(exists))
}

/// Makes sure of service agents. Returns service, key and email of each.
pub(crate) fn add_agents(
    graph: &mut Builder<'_>,
    project: &Text,
    services: &BTreeSet<String>,
    path: &'static str,
    facts: &Facts,
) -> Vec<(String, Key, Text)> {
    let number = facts.project_number(project);
    let mut agents = Vec::new();
    for service in services {
        let Some((_, start, end)) = AGENTS_OF.iter().find(|(known, ..)| known == service) else { continue };
        let api = add_service(graph, project, service, path);
        let agent = ServiceAgent { project: project.clone(), service: Text::of(service) };
        let key = graph
            .add(format!("gcp/service_agent/{service}"), Node::new(Object::ServiceAgent(agent), path).after([&api]));
        agents.push((service.clone(), key, Text::concat([(*start).into(), number.piece(), (*end).into()])));
    }
    agents
}

/// Adds a key and its grants.
pub(crate) fn add_key(graph: &mut Builder<'_>, plan: &KeyPlan<'_>, agents: &[(String, Key, Text)]) {
    let settings = plan.settings;
    let mut labels = graph.labels();
    labels.insert(MARKER.to_owned(), described_label(plan.owner.0, plan.owner.1));
    let made = CryptoKey {
        project: plan.project.clone(),
        location: plan.location.clone(),
        ring: plan.ring.clone(),
        key: plan.key.clone(),
        purpose: Text::of("ENCRYPT_DECRYPT"),
        protection_level: settings.protection_level.clone().unwrap_or_else(|| Text::of("SOFTWARE")),
        rotation_period: settings.rotation_period.clone().unwrap_or_else(|| Text::of(ROTATION)),
        destroy_scheduled_duration: settings.destroy_scheduled_duration.clone(),
        labels,
    };
    let object = match &settings.existing {
        Some(Leaf::Known(existing)) => existing_key(existing).unwrap_or(made),
        Some(Leaf::Unknown) => return graph.hide(KEYS),
        None => made,
    };
    let name = Object::CryptoKey(object.clone()).id();
    let node = Node::new(Object::CryptoKey(object), plan.path.clone());
    let node = match settings.existing {
        Some(_) => node.referenced(true),
        None => node.after([&"gcp/key_ring".to_owned()]).below([&"gcp/key_ring".to_owned()]),
    };
    let key = graph.add(format!("gcp/crypto_key{}", plan.role), node);
    for (service, agent, email) in agents {
        let grant = Grant {
            resource: Resource::CryptoKey { name: name.clone() },
            role: Text::of(KEY_USER_ROLE),
            member: Text::concat(["serviceAccount:".into(), email.piece()]),
            condition: None,
        };
        let node = Node::new(Object::Grant(grant), plan.path.clone()).after([&key, agent]).below([&key]);
        graph.add(format!("gcp/crypto_key_grant{}/{service}", plan.role), node);
    }
}

/// A key that is referred to by its resource name.
pub(crate) fn existing_key(name: &str) -> Option<CryptoKey> {
    let [project, location, ring, key] = parse_key(name)?;
    Some(CryptoKey {
        project: Text::of(project),
        location: Text::of(location),
        ring: Text::of(ring),
        key: Text::of(key),
        purpose: Text::of("ENCRYPT_DECRYPT"),
        protection_level: Leaf::Unknown,
        rotation_period: Leaf::Unknown,
        destroy_scheduled_duration: None,
        labels: BTreeMap::new(),
    })
}

/// Project, location, ring and key in a key's resource name.
pub(crate) fn parse_key(name: &str) -> Option<[&str; 4]> {
    match name.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", location, "keyRings", ring, "cryptoKeys", key]
            if !project.is_empty()
                && is_google_location(location)
                && kms_id_fault(ring).is_none()
                && kms_id_fault(key).is_none() =>
        {
            Some([project, location, ring, key])
        }
        _ => None,
    }
}

impl Encryption {
    /// The keys by what they are for. None: not known yet.
    pub(crate) fn keys(&self, name: &Text) -> Option<BTreeMap<String, Leaf<KeySettings>>> {
        match &self.keys {
            None => Some(BTreeMap::from([(name.known()?.clone(), Leaf::Known(KeySettings::default()))])),
            Some(keys) => keys.known().cloned(),
        }
    }

    fn agents(&self) -> Leaf<BTreeSet<String>> {
        match &self.service_agents {
            None => Leaf::Known(BTreeSet::from([VERTEX.to_owned()])),
            Some(Leaf::Unknown) => Leaf::Unknown,
            Some(Leaf::Known(agents)) => {
                let agents: Option<_> = agents.iter().map(|agent| agent.known().cloned()).collect();
                agents.map_or(Leaf::Unknown, Leaf::Known)
            }
        }
    }
}

/// What is wrong with the keys of a trust.
pub(crate) fn problems(it: &Encryption, name: &Text) -> Vec<Problem> {
    let mut problems = Vec::new();
    let keys = it.keys(name).unwrap_or_default();
    let makes = keys.values().any(|key| key.known().is_some_and(|key| key.existing.is_none()));
    match &it.location {
        None if makes => problems.push(Problem::at(
            PATH,
            "No location for the keys",
            "Set `location`, such as `europe-west4`. It has to be where the data is: a service encrypts only with keys of its own location.",
        )),
        Some(Leaf::Known(location)) => problems.extend(location_problem("to.gcp.encryption.location", location)),
        _ => {}
    }
    let ring = it.key_ring.as_ref().unwrap_or(name);
    if makes {
        problems.extend(ring.known().and_then(|ring| {
            let path = if it.key_ring.is_some() { "to.gcp.encryption.key_ring" } else { "name" };
            let fault = kms_id_fault(ring)?;
            Some(Problem::at(
                path,
                "Not the id of a key ring",
                format!("`{}` cannot be one: {fault}.", ring.escape_debug()),
            ))
        }));
    }
    if keys.is_empty() && it.keys.as_ref().is_some_and(|keys| !keys.is_unknown()) {
        problems.push(Problem::at(KEYS, "No keys", "Leave the argument out for one key with the trust's name."));
    }
    for (key, settings) in &keys {
        let at = || AttributePath::from(KEYS).key(key);
        if let Some(fault) = kms_id_fault(key) {
            let detail = format!("`{}` cannot be one: {fault}.", key.escape_debug());
            problems.push(Problem::new(at(), "Not the id of a key", detail));
        }
        if let Leaf::Known(settings) = settings {
            problems.extend(settings_problems(settings, &at()));
        }
    }
    let defaults = KeySettings {
        rotation_period: it.rotation_period.clone(),
        protection_level: it.protection_level.clone(),
        ..KeySettings::default()
    };
    problems.extend(settings_problems(&defaults, &AttributePath::from(PATH)));
    problems.extend(agent_problems(AGENTS, it.service_agents.as_ref()));
    problems
}

/// What is wrong with the location of a key.
pub(crate) fn location_problem(path: &str, location: &str) -> Option<Problem> {
    (!is_google_location(location)).then(|| {
        Problem::at(
            path,
            "Not a location of Cloud KMS",
            format!(
                "`{}` is not one, such as `europe-west4`, `eu` or `global`; `gcloud kms locations list` prints them.",
                location.escape_debug()
            ),
        )
    })
}

/// What is wrong with the settings of one key, at `at`.
pub(crate) fn settings_problems(settings: &KeySettings, at: &AttributePath) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(Leaf::Known(existing)) = &settings.existing
        && parse_key(existing).is_none()
    {
        problems.push(Problem::new(
            at.clone().attribute("existing"),
            "Not the resource name of a key",
            format!(
                "`{}` is not `projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY`, without a version.",
                existing.escape_debug()
            ),
        ));
    }
    if settings.existing.is_some() {
        let own = [
            ("rotation_period", &settings.rotation_period),
            ("protection_level", &settings.protection_level),
            ("destroy_scheduled_duration", &settings.destroy_scheduled_duration),
        ];
        for (attribute, _) in own.into_iter().filter(|(_, value)| value.is_some()) {
            problems.push(Problem::new(
                at.clone().attribute(attribute),
                "Setting of a key that exists",
                "The key is only referred to, so this would never be set. Remove it, or `existing`.",
            ));
        }
    }
    if let Some(Leaf::Known(period)) = &settings.rotation_period
        && !seconds(period).is_some_and(|seconds| (86_400..=3_153_600_000).contains(&seconds))
    {
        problems.push(Problem::new(
            at.clone().attribute("rotation_period"),
            "Not a rotation period",
            format!(
                "`{}` is not a number of seconds from `86400s` (a day) to `3153600000s` (876,000 hours), such as `7776000s` for 90 days.",
                period.escape_debug()
            ),
        ));
    }
    if let Some(Leaf::Known(level)) = &settings.protection_level
        && !["SOFTWARE", "HSM"].contains(&level.as_str())
    {
        problems.push(Problem::new(
            at.clone().attribute("protection_level"),
            "Not a protection level",
            format!("`{}` is neither `SOFTWARE` nor `HSM`.", level.escape_debug()),
        ));
    }
    if let Some(Leaf::Known(duration)) = &settings.destroy_scheduled_duration
        && !seconds(duration).is_some_and(|seconds| (86_400..=10_368_000).contains(&seconds))
    {
        problems.push(Problem::new(
            at.clone().attribute("destroy_scheduled_duration"),
            "Not a duration of scheduled destruction",
            format!(
                "`{}` is not a number of seconds from `86400s` (a day) to `10368000s` (120 days).",
                duration.escape_debug()
            ),
        ));
    }
    problems
}

/// What is wrong with the services that may use a key.
pub(crate) fn agent_problems(path: &str, agents: Option<&Leaf<BTreeSet<Text>>>) -> Vec<Problem> {
    let known = agents.and_then(Leaf::known).into_iter().flatten().filter_map(Leaf::known);
    let problem = |service: &String| {
        if AGENTS_OF.iter().any(|(known, ..)| known == service) {
            return None;
        }
        let hint = if service.contains('@') {
            "Write the service, such as `aiplatform.googleapis.com`, not its agent: the agent is made sure of first, and its email follows.".to_owned()
        } else if is_google_service(service) {
            let known: Vec<_> = AGENTS_OF.iter().map(|(service, ..)| format!("`{service}`")).collect();
            format!("The services whose agents are known are {}.", known.join(", "))
        } else {
            "Write it like `aiplatform.googleapis.com`.".to_owned()
        };
        Some(Problem::at(
            path,
            "Not a service with a known agent",
            format!("`{}` is not one. {hint}", service.escape_debug()),
        ))
    };
    known.filter_map(problem).collect()
}

/// The number in `7776000s`.
fn seconds(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('s')?;
    (digits.bytes().all(|c| c.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}
