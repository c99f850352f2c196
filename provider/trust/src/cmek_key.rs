//! `crosscloud_cmek_key`: one key of one's own, in a ring made or referred to, and the services that may encrypt with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Graph};
use crate::import::{ImportError, Look, Members, Seen, grants, unless};
use crate::leaf::{Leaf, Text};
use crate::names::{kms_id_fault, project_fault};
use crate::object::gcp::{CryptoKey, KeyRing, Resource};
use crate::object::{MARKER, Object, named_by_label};
use crate::path::AttributePath;
use crate::problem::Problem;
use crate::spec::label_problems;
use crate::target::gcp::add_service;
use crate::target::gcp::encryption::{self, KeyPlan, KeySettings, VERTEX};
use crate::target::gcp::import::{service_of, settings};

const AGENTS: &str = "service_agents";

/// The type of the resource.
const RESOURCE: &str = "crosscloud_cmek_key";

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmekKey {
    /// Name, which key and ring take as their id unless they are given one.
    pub name: Text,
    /// Project id.
    pub project: Text,
    /// Location, that of the data.
    pub location: Text,
    /// Key ring id.
    pub key_ring: Option<Text>,
    /// Whether the key ring exists.
    pub existing_key_ring: Leaf<bool>,
    /// Key id.
    pub key_id: Option<Text>,
    /// Rotation, protection level and destruction.
    pub settings: KeySettings,
    /// Services whose agents may encrypt and decrypt; Vertex AI where nobody says.
    pub service_agents: Option<Leaf<BTreeSet<Text>>>,
    /// Whether no service may use the key for the time being.
    pub disabled: Leaf<bool>,
    /// Labels.
    pub labels: Leaf<BTreeMap<String, Text>>,
}

impl CmekKey {
    /// The objects that the key wants.
    pub fn graph(&self, facts: &Facts) -> Graph {
        let none = BTreeMap::new();
        let mut graph = Builder::new(self.labels.known().unwrap_or(&none));
        if self.labels.is_unknown() {
            graph.hide("labels");
        }
        graph.want_text(&self.project, |project| FactQuery::ProjectNumber { project }, None, facts);
        let api = add_service(&mut graph, &self.project, "cloudkms.googleapis.com", "project");
        let ring = self.ring();
        let exists = match self.existing_key_ring {
            Leaf::Known(exists) => exists,
            Leaf::Unknown => {
                graph.hide("existing_key_ring");
                return graph.finish();
            }
        };
        let path = if self.key_ring.is_some() { "key_ring" } else { "name" };
        encryption::add_ring(&mut graph, &self.project, &self.location, &ring, path, exists, &api);
        let Some(services) = self.services() else {
            graph.hide(AGENTS);
            return graph.finish();
        };
        let mut agents = encryption::add_agents(&mut graph, &self.project, &services, AGENTS, facts);
        if self.disabled.is_unknown() {
            graph.hide("disabled");
        }
        if self.disabled != Leaf::Known(false) {
            agents.clear();
        }
        let plan = KeyPlan {
            project: &self.project,
            location: &self.location,
            ring: &ring,
            key: &self.key(),
            settings: &self.settings,
            role: "",
            path: AttributePath::from(if self.key_id.is_some() { "key_id" } else { "name" }),
            owner: (RESOURCE, &self.name),
        };
        encryption::add_key(&mut graph, &plan, &agents);
        graph.finish()
    }

    /// The key's resource name, for the services that encrypt with it.
    pub fn key_name(&self) -> Text {
        Object::CryptoKey(CryptoKey {
            project: self.project.clone(),
            location: self.location.clone(),
            ring: self.ring(),
            key: self.key(),
            purpose: Leaf::Unknown,
            protection_level: Leaf::Unknown,
            rotation_period: Leaf::Unknown,
            destroy_scheduled_duration: None,
            labels: BTreeMap::new(),
        })
        .id()
    }

    /// The ring's resource name.
    pub fn key_ring_name(&self) -> Text {
        let ring = KeyRing { project: self.project.clone(), location: self.location.clone(), ring: self.ring() };
        Object::KeyRing(ring).id()
    }

    /// Everything that cannot work, with the attribute at fault.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(fault) = self.project.known().and_then(|project| project_fault(project)) {
            problems.push(Problem::at("project", "Not a Google Cloud project id", fault));
        }
        problems.extend(self.location.known().and_then(|it| encryption::location_problem("location", it)));
        for (path, id, what) in [("key_ring", &self.key_ring, "key ring"), ("key_id", &self.key_id, "key")] {
            let (path, value) = match id {
                Some(id) => (path, id),
                None => ("name", &self.name),
            };
            if let Some(value) = value.known()
                && let Some(fault) = kms_id_fault(value)
                && problems.iter().all(|problem| problem.path != AttributePath::from("name"))
            {
                let detail = format!("`{}` cannot be one: {fault}.", value.escape_debug());
                problems.push(Problem::at(path, format!("Not the id of a {what}"), detail));
            }
        }
        problems.extend(encryption::settings_problems(&self.settings, &AttributePath::default()));
        problems.extend(encryption::agent_problems(AGENTS, self.service_agents.as_ref()));
        problems.extend(label_problems("labels", &self.labels));
        problems
    }

    /// What an import has to look at, from the key's resource name.
    ///
    /// # Errors
    /// The expected form, where the id is not of it.
    pub fn looks(id: &str) -> Result<Vec<Look>, ImportError> {
        let key = encryption::existing_key(id).ok_or_else(|| {
            let form = "`projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY`";
            ImportError::Form { id: id.to_owned(), form }
        })?;
        let grants = Look::Grants(Resource::CryptoKey { name: Text::of(id) }, Members::Any);
        Ok(vec![Look::object("gcp/crypto_key", Object::CryptoKey(key)), grants])
    }

    /// The specification that what was seen amounts to.
    ///
    /// # Errors
    /// [`ImportError`] where the key is not there.
    pub fn reconstruct(seen: &Seen) -> Result<Self, ImportError> {
        let Some(Object::CryptoKey(key)) = seen.objects.get("gcp/crypto_key") else {
            return Err(ImportError::Missing("key of this name".to_owned()));
        };
        let said = key.labels.get(MARKER).and_then(Leaf::known).and_then(|label| named_by_label(RESOURCE, label));
        let name = said.map_or_else(|| key.key.clone(), Text::of);
        let mut labels = key.labels.clone();
        labels.remove(MARKER);
        let agents = grants(seen).filter_map(|grant| grant.member.known());
        let agents: BTreeSet<_> = agents.filter_map(|member| service_of(member)).map(Text::of).collect();
        let usual = BTreeSet::from([Text::of(VERTEX)]);
        // Which services they were nobody can tell any more.
        let disabled = agents.is_empty();
        Ok(Self {
            project: key.project.clone(),
            location: key.location.clone(),
            key_ring: unless(Some(key.ring.clone()), &name),
            existing_key_ring: Leaf::Known(false),
            key_id: unless(Some(key.key.clone()), &name),
            settings: settings(key),
            service_agents: (!disabled && agents != usual).then_some(Leaf::Known(agents)),
            disabled: Leaf::Known(disabled),
            labels: Leaf::Known(labels),
            name,
        })
    }

    fn ring(&self) -> Text {
        self.key_ring.as_ref().unwrap_or(&self.name).clone()
    }

    fn key(&self) -> Text {
        self.key_id.as_ref().unwrap_or(&self.name).clone()
    }

    /// The services that may use the key. None: not known yet.
    fn services(&self) -> Option<BTreeSet<String>> {
        match &self.service_agents {
            None => Some(BTreeSet::from([VERTEX.to_owned()])),
            Some(services) => services.known()?.iter().map(|service| service.known().cloned()).collect(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::tests::facts;

    fn key() -> CmekKey {
        CmekKey {
            name: Text::of("vertex-artifacts"),
            project: Text::of("ml-prod-4711"),
            location: Text::of("us-central1"),
            key_ring: Some(Text::of("healthcare-ml")),
            existing_key_ring: Leaf::Known(false),
            key_id: None,
            settings: KeySettings::default(),
            service_agents: None,
            disabled: Leaf::Known(false),
            labels: Leaf::Known(BTreeMap::new()),
        }
    }

    #[test]
    fn while_it_is_disabled_no_service_may_use_the_key() {
        let off = CmekKey { disabled: Leaf::Known(true), ..key() };
        let (open, shut) = (key().graph(&facts()), off.graph(&facts()));
        let gone: Vec<_> = open.nodes().keys().filter(|key| !shut.nodes().contains_key(*key)).collect();
        assert_eq!(gone, ["gcp/crypto_key_grant/aiplatform.googleapis.com"]);
        assert!(shut.nodes().iter().all(|(key, node)| open.nodes()[key] == *node), "nothing else changes");
        let seen = Seen {
            objects: [("gcp/crypto_key".to_owned(), shut.nodes()["gcp/crypto_key"].object.clone())].into(),
            listed: Vec::new(),
        };
        assert_eq!(CmekKey::reconstruct(&seen).map(|it| CmekKey { key_ring: key().key_ring, ..it }), Ok(off));
        let unknown = CmekKey { disabled: Leaf::Unknown, ..key() }.graph(&facts());
        assert_eq!(unknown.hidden(), &BTreeSet::from(["disabled"]));
        assert_eq!(unknown.nodes(), shut.nodes());
    }

    #[test]
    fn vertex_ais_agent_is_made_sure_of_before_it_is_granted_the_key() {
        let graph = key().graph(&facts());
        let grant = &graph.nodes()["gcp/crypto_key_grant/aiplatform.googleapis.com"];
        assert!(grant.after.contains("gcp/service_agent/aiplatform.googleapis.com"));
        assert!(grant.object.id().known().unwrap().ends_with(
            "cryptoKeys/vertex-artifacts roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:service-471100000011@gcp-sa-aiplatform.iam.gserviceaccount.com"
        ));
        let Object::CryptoKey(made) = &graph.nodes()["gcp/crypto_key"].object else { panic!("not a key") };
        assert_eq!(made.rotation_period, Text::of("7776000s"));
        assert!(graph.nodes().values().all(|node| node.is_complete()));
        assert_eq!(key().problems(), []);
    }

    #[test]
    fn before_the_project_number_is_known_only_the_grant_waits() {
        let graph = key().graph(&Facts::default());
        let waiting: Vec<_> =
            graph.nodes().iter().filter(|(_, node)| !node.is_complete()).map(|(key, _)| key).collect();
        assert_eq!(waiting, ["gcp/crypto_key_grant/aiplatform.googleapis.com"]);
        assert_eq!(graph.wants().len(), 1);
    }

    #[test]
    fn an_imported_key_is_the_key_that_was_made() {
        let hsm = KeySettings { protection_level: Some(Text::of("HSM")), ..KeySettings::default() };
        let labels = Leaf::Known([("team".to_owned(), Text::of("ml"))].into());
        let key = CmekKey { key_id: Some(Text::of("phi")), settings: hsm, labels, ..key() };
        let graph = key.graph(&facts());
        let made = |key: &str| graph.nodes()[key].object.clone();
        let seen = Seen {
            objects: [("gcp/crypto_key".to_owned(), made("gcp/crypto_key"))].into(),
            listed: vec![made("gcp/crypto_key_grant/aiplatform.googleapis.com")],
        };
        assert_eq!(CmekKey::looks(key.key_name().known().unwrap()).unwrap().len(), 2);
        assert_eq!(CmekKey::reconstruct(&seen), Ok(key));
        assert!(CmekKey::looks("phi").unwrap_err().to_string().contains("cryptoKeys/KEY"));
    }

    #[test]
    fn a_ring_that_exists_is_only_referred_to() {
        let key = CmekKey { existing_key_ring: Leaf::Known(true), ..key() };
        assert!(key.graph(&facts()).nodes()["gcp/key_ring"].referenced);
    }
}
