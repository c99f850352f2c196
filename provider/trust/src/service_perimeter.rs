//! `crosscloud_service_perimeter`: a VPC service perimeter around projects, with the ways in that federated workloads need. Token exchange has no
//! identity yet, so its way in admits any, for that one service; everything behind it admits named principals only.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{self, Described, Surroundings};
use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Graph, Node};
use crate::leaf::{Leaf, Text};
use crate::object::gcp::{Operation, Perimeter, Rule, RuleSource};
use crate::object::{Object, description_of};

mod check;
mod import;

/// The type of the resource.
const RESOURCE: &str = "crosscloud_service_perimeter";

/// What is guarded where nobody says: the token services, Vertex AI, and where its data and keys are.
const GUARDED: [&str; 5] =
    ["aiplatform.googleapis.com", "cloudkms.googleapis.com", IMPERSONATION, "storage.googleapis.com", TOKEN_EXCHANGE];

const TOKEN_EXCHANGE: &str = "sts.googleapis.com";
const IMPERSONATION: &str = "iamcredentials.googleapis.com";

/// A perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePerimeter {
    /// Short name in the access policy.
    pub name: Text,
    /// Number of the access policy.
    pub access_policy: Text,
    /// Title; the name where there is none.
    pub title: Option<Text>,
    /// Ids of the projects inside.
    pub projects: Leaf<BTreeSet<Text>>,
    /// Services that are guarded.
    pub restricted_services: Option<Leaf<BTreeSet<Text>>>,
    /// Access levels that let anybody in.
    pub access_levels: Option<Leaf<BTreeSet<Text>>>,
    /// Services that are reachable from inside.
    pub vpc_accessible_services: Option<Leaf<BTreeSet<Text>>>,
    /// Federated workloads that may come in.
    pub admit: Option<Leaf<Admitted>>,
    /// Other ways in, as Google has them.
    pub ingress: Option<Leaf<Vec<Leaf<Rule>>>>,
    /// Ways out.
    pub egress: Option<Leaf<Vec<Leaf<Rule>>>>,
    /// Whether every way in and out is shut for the time being.
    pub disabled: Leaf<bool>,
    /// Whether violations are only logged.
    pub dry_run: Leaf<bool>,
}

/// Who may come in, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Principals, principal sets and service accounts, in IAM's form.
    pub principals: Leaf<BTreeSet<Text>>,
    /// Access levels that they have to come from; anywhere where there are none.
    pub access_levels: Option<Leaf<BTreeSet<Text>>>,
    /// Guarded services that they may call; all where nobody says.
    pub services: Option<Leaf<BTreeSet<Text>>>,
}

impl ServicePerimeter {
    /// The objects that the perimeter wants.
    pub fn graph(&self, facts: &Facts) -> Graph {
        let nothing = Default::default();
        let mut graph = Builder::new(&nothing);
        for project in self.projects.known().into_iter().flatten() {
            graph.want_text(project, |project| FactQuery::ProjectNumber { project }, None, facts);
        }
        let restricted = self.restricted();
        let Leaf::Known(disabled) = self.disabled else {
            graph.hide("disabled");
            return graph.finish();
        };
        let admitted = match &self.admit {
            None => Some(Vec::new()),
            Some(admitted) => admitted.known().and_then(|admitted| self.ways_in(admitted, &restricted)),
        };
        let ways = [("admit", admitted), ("ingress", all(&self.ingress)), ("egress", all(&self.egress))];
        let parts = ways.map(|(path, rules)| (path, if disabled { Some(Vec::new()) } else { rules }));
        let access_levels = self.access_levels.clone().filter(|_| !disabled);
        for (path, _) in parts.iter().filter(|(_, rules)| rules.is_none()) {
            graph.hide(path);
        }
        let [Some(mut ingress), Some(more), Some(egress)] = parts.map(|(_, rules)| rules) else {
            return graph.finish();
        };
        ingress.extend(more);
        let number = |project: &Text| Text::concat(["projects/".into(), facts.project_number(project).piece()]);
        let perimeter = Perimeter {
            policy: self.access_policy.clone(),
            name: self.name.clone(),
            title: self.title.as_ref().unwrap_or(&self.name).clone(),
            description: description_of(RESOURCE, &self.name),
            resources: self.projects.as_ref().map(|projects| projects.iter().map(number).collect()),
            restricted_services: restricted,
            access_levels: access_levels.unwrap_or(Leaf::Known(BTreeSet::new())),
            vpc_accessible_services: self.vpc_accessible_services.clone(),
            ingress,
            egress,
            dry_run: self.dry_run,
            beyond: Vec::new(),
        };
        graph.add("gcp/perimeter", Node::new(Object::Perimeter(perimeter), "name"));
        graph.finish()
    }

    /// Numbers of the projects inside, by id.
    pub fn project_numbers(&self, facts: &Facts) -> Leaf<BTreeMap<String, Text>> {
        let Leaf::Known(projects) = &self.projects else { return Leaf::Unknown };
        let number = |project: &Text| Some((project.known()?.clone(), facts.project_number(project)));
        projects.iter().map(number).collect::<Option<_>>().map_or(Leaf::Unknown, Leaf::Known)
    }

    /// What policies judge: each way in or out at the attribute that it comes from.
    pub fn document(&self, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
        let mut described = document::graph_amid((RESOURCE, &self.name), graph, facts, around);
        let document = &mut described.document;
        let own = self.ingress.as_ref().and_then(Leaf::known).map_or(0, Vec::len);
        for (index, perimeter) in document.perimeters.iter().enumerate() {
            for (side, config) in [("enforced", &perimeter.enforced), ("dry_run", &perimeter.dry_run)] {
                let Some(config) = config else { continue };
                let admitted = config.ingress.len().saturating_sub(own);
                let ways_in = (0..config.ingress.len()).map(|way| match way.checked_sub(admitted) {
                    Some(own) => ("ingress", way, format!("ingress[{own}]")),
                    None => ("ingress", way, "admit".to_owned()),
                });
                let ways_out = (0..config.egress.len()).map(|way| ("egress", way, format!("egress[{way}]")));
                let origins = ways_in.chain(ways_out).map(|(direction, way, attribute)| {
                    (format!("/perimeters/{index}/{side}/{direction}/{way}"), attribute)
                });
                document.origins.extend(origins);
            }
        }
        described
    }

    /// The perimeter's resource name.
    pub fn resource_name(&self) -> Text {
        let policy = self.access_policy.piece();
        Text::concat(["accessPolicies/".into(), policy, "/servicePerimeters/".into(), self.name.piece()])
    }

    fn restricted(&self) -> Leaf<BTreeSet<Text>> {
        let usual = || Leaf::Known(GUARDED.into_iter().map(Text::of).collect());
        self.restricted_services.clone().unwrap_or_else(usual)
    }

    /// The ways in of who is admitted. None: what decides how many there are is not known yet.
    fn ways_in(&self, admitted: &Admitted, restricted: &Leaf<BTreeSet<Text>>) -> Option<Vec<Rule>> {
        let restricted = restricted.known()?;
        let services = match &admitted.services {
            None => restricted.clone(),
            Some(services) => services.known()?.clone(),
        };
        let sources: BTreeSet<_> = match &admitted.access_levels {
            None => [RuleSource::AccessLevel(Text::of("*"))].into(),
            Some(levels) => levels.known()?.iter().cloned().map(RuleSource::AccessLevel).collect(),
        };
        let exchange = Text::of(TOKEN_EXCHANGE);
        let mut behind: BTreeSet<Text> = services.into_iter().filter(|service| *service != exchange).collect();
        let impersonation = Text::of(IMPERSONATION);
        if restricted.contains(&impersonation) {
            behind.insert(impersonation);
        }
        let everything = || BTreeSet::from([Text::of("*")]);
        let calls = |service| Operation { service, methods: everything(), permissions: BTreeSet::new() };
        let way = |title: &str, operations: Vec<Operation>| Rule {
            title: Text::of(title),
            identities: BTreeSet::new(),
            identity_type: None,
            sources: sources.clone(),
            resources: everything(),
            external_resources: BTreeSet::new(),
            operations,
            roles: BTreeSet::new(),
        };
        let mut ingress = Vec::new();
        if restricted.contains(&exchange) {
            let anybody = Some(Text::of("ANY_IDENTITY"));
            ingress.push(Rule { identity_type: anybody, ..way("Token exchange", vec![calls(exchange)]) });
        }
        let identities = admitted.principals.known()?.clone();
        ingress.push(Rule { identities, ..way("Federated workloads", behind.into_iter().map(calls).collect()) });
        Some(ingress)
    }
}

/// Rules that are known, every one.
fn all(rules: &Option<Leaf<Vec<Leaf<Rule>>>>) -> Option<Vec<Rule>> {
    match rules {
        None => Some(Vec::new()),
        Some(rules) => rules.known()?.iter().map(|rule| rule.known().cloned()).collect(),
    }
}
