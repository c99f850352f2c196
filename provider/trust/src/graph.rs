//! The graph: every cloud object that a trust wants, and what each waits for. Plan, apply, drift, destroy and the policy's document
//! all read this one graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{FactQuery, Facts, Want};
use crate::leaf::{Leaf, Text};
use crate::object::{Key, Object};
use crate::path::AttributePath;
use crate::source::Towards;
use crate::spec::Spec;
use crate::target::{aws, azure, gcp};

/// The objects that a trust wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: BTreeMap<Key, Node>,
    hidden: BTreeSet<&'static str>,
    wants: BTreeSet<Want>,
}

/// One wanted object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What is wanted.
    pub object: Object,
    /// Objects that must be there first.
    pub after: BTreeSet<Key>,
    /// Objects that it is part of: one without a text of its own to say whose it is belongs to whoever these belong to.
    pub below: BTreeSet<Key>,
    /// Whether the user refers to it as existing: it must be there, and is never made, changed or deleted.
    pub referenced: bool,
    /// The attribute that the object comes from, to point at when something is wrong with it.
    pub path: AttributePath,
}

impl Graph {
    /// The graph of a specification. Parts that hang on an unknown value are left out and named by [`Graph::hidden`].
    pub fn of(spec: &Spec, facts: &Facts) -> Self {
        let empty = BTreeMap::new();
        let mut builder = Builder::new(spec.labels.known().unwrap_or(&empty));
        if spec.labels.is_unknown() {
            builder.hide("labels");
        }
        match (&spec.from, &spec.to) {
            (Leaf::Known(source), Leaf::Known(targets)) => {
                let identity = |towards, builder: &mut Builder<'_>| source.build(towards, builder, &spec.name, facts);
                match &targets.gcp {
                    Some(Leaf::Known(target)) => {
                        let identity = identity(Towards::Gcp, &mut builder);
                        gcp::build(&mut builder, spec, target, &identity, facts);
                    }
                    Some(Leaf::Unknown) => builder.hide("to.gcp"),
                    None => {}
                }
                match &targets.azure {
                    Some(Leaf::Known(target)) => {
                        let identity = identity(Towards::Azure, &mut builder);
                        azure::build(&mut builder, spec, target, &identity, facts);
                    }
                    Some(Leaf::Unknown) => builder.hide("to.azure"),
                    None => {}
                }
                match &targets.aws {
                    Some(Leaf::Known(target)) => {
                        let identity = identity(Towards::Aws, &mut builder);
                        aws::build(&mut builder, spec, target, &identity);
                    }
                    Some(Leaf::Unknown) => builder.hide("to.aws"),
                    None => {}
                }
            }
            (Leaf::Unknown, _) => builder.hide("from"),
            (_, Leaf::Unknown) => builder.hide("to"),
        }
        builder.finish()
    }

    /// The same without the objects whose keys begin so, for which somebody else sees to it.
    pub(crate) fn without(mut self, start: &str) -> Self {
        self.nodes.retain(|key, _| !key.starts_with(start));
        for node in self.nodes.values_mut() {
            node.after.retain(|key| !key.starts_with(start));
            node.below.retain(|key| !key.starts_with(start));
        }
        self
    }

    /// Says which facts can be had only once an object is there: another resource of the same plan may make it.
    pub(crate) fn ask_after(&mut self, key: &str, about: impl Fn(&FactQuery) -> bool) {
        if self.nodes.contains_key(key) {
            let wants = std::mem::take(&mut self.wants).into_iter();
            self.wants = wants
                .map(|want| if about(&want.query) { Want { after: Some(key.to_owned()), ..want } } else { want })
                .collect();
        }
    }

    /// Takes an object out; whatever waits for it keeps waiting.
    pub(crate) fn take(&mut self, key: &str) -> Option<Node> {
        self.nodes.remove(key)
    }

    /// Puts an object in.
    pub(crate) fn put(&mut self, key: impl Into<Key>, node: Node) {
        self.nodes.insert(key.into(), node);
    }

    /// Says that objects which depend on this unknown attribute are left out.
    pub(crate) fn hide(&mut self, path: &'static str) {
        self.hidden.insert(path);
    }

    /// Says which attribute an object comes from.
    pub(crate) fn comes_from(&mut self, key: &str, path: impl Into<AttributePath>) {
        if let Some(node) = self.nodes.get_mut(key) {
            node.path = path.into();
        }
    }

    /// The nodes by key.
    pub fn nodes(&self) -> &BTreeMap<Key, Node> {
        &self.nodes
    }

    /// Attributes whose value is not known and that decide which objects there are. Empty: the graph is whole.
    pub fn hidden(&self) -> &BTreeSet<&'static str> {
        &self.hidden
    }

    /// Facts that are missing. Look them up, each once the object is there that it waits for, build the graph again, and go on.
    pub fn wants(&self) -> &BTreeSet<Want> {
        &self.wants
    }
}

impl Node {
    /// A node that comes from the attribute at `path`.
    pub(crate) fn new(object: Object, path: impl Into<AttributePath>) -> Self {
        Self { object, after: BTreeSet::new(), below: BTreeSet::new(), referenced: false, path: path.into() }
    }

    /// Adds objects that must be there first.
    pub(crate) fn after<'a>(mut self, keys: impl IntoIterator<Item = &'a Key>) -> Self {
        self.after.extend(keys.into_iter().cloned());
        self
    }

    /// Adds objects that this one is part of.
    pub(crate) fn below<'a>(mut self, keys: impl IntoIterator<Item = &'a Key>) -> Self {
        self.below.extend(keys.into_iter().cloned());
        self
    }

    /// Says that the object exists and is only referred to.
    pub(crate) fn referenced(self, referenced: bool) -> Self {
        Self { referenced, ..self }
    }

    /// Whether nothing in the object is unknown any more, so that it can be made. Of an object that is only referred to, nothing but the id
    /// counts.
    pub fn is_complete(&self) -> bool {
        if self.referenced { self.object.id().known().is_some() } else { self.object.is_complete() }
    }
}

/// Collects nodes while sources and targets are built.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    graph: Graph,
    labels: &'a BTreeMap<String, Text>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(labels: &'a BTreeMap<String, Text>) -> Self {
        Self { graph: Graph::default(), labels }
    }

    /// Labels for everything that takes some.
    pub(crate) fn labels(&self) -> BTreeMap<String, Text> {
        self.labels.clone()
    }

    /// Adds a node and returns its key.
    pub(crate) fn add(&mut self, key: impl Into<Key>, node: Node) -> Key {
        let key = key.into();
        self.graph.nodes.insert(key.clone(), node);
        key
    }

    /// Says that objects which depend on this unknown attribute are left out.
    pub(crate) fn hide(&mut self, path: &'static str) {
        self.graph.hide(path);
    }

    /// Says that a fact is needed, unless it is known.
    pub(crate) fn want(&mut self, query: FactQuery, after: Option<&Key>, facts: &Facts) {
        if !facts.answers(&query) {
            self.graph.wants.insert(Want { query, after: after.cloned() });
        }
    }

    /// Says that a fact about something is needed, once that is known.
    pub(crate) fn want_text(
        &mut self,
        of: &Text,
        query: impl FnOnce(String) -> FactQuery,
        after: Option<&Key>,
        facts: &Facts,
    ) {
        if let Some(of) = of.known() {
            self.want(query(of.clone()), after, facts);
        }
    }

    /// The keys so far that begin so.
    pub(crate) fn keys(&self, start: &str) -> Vec<Key> {
        self.graph.nodes.keys().filter(|key| key.starts_with(start)).cloned().collect()
    }

    pub(crate) fn finish(self) -> Graph {
        self.graph
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use crate::leaf::Text;
    use crate::source::{Aks, Source};
    use crate::spec::Targets;
    use crate::target::aws::Aws;
    use crate::target::gcp::Gcp;

    pub(crate) const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/";

    pub(crate) fn facts() -> Facts {
        Facts { project_numbers: [("ml-prod-4711".to_owned(), "471100000011".to_owned())].into(), ..Facts::default() }
    }

    pub(crate) fn trust() -> Spec {
        Spec {
            name: Text::of("aks-chat"),
            from: Leaf::Known(Source::Aks(Aks {
                issuer: Some(Text::of(ISSUER)),
                cluster_id: None,
                issuers: None,
                namespace: Text::of("chat"),
                service_account: Text::of("backend"),
            })),
            to: Leaf::Known(Targets { gcp: Some(Leaf::Known(google())), ..Targets::default() }),
            admits: None,
            disabled: Leaf::Known(false),
            labels: Leaf::Known(BTreeMap::new()),
        }
    }

    pub(crate) fn google() -> Gcp {
        Gcp {
            project: Text::of("ml-prod-4711"),
            roles: Leaf::Known([Text::of("roles/aiplatform.user")].into()),
            pool_id: None,
            provider_id: None,
            service_account_id: None,
            attribute_condition: None,
            attribute_mapping: None,
            principals: None,
            existing: None,
            direct: Leaf::Known(false),
            allowed_audiences: None,
            disabled: Leaf::Known(false),
            audit_logs: Leaf::Known(false),
            encryption: None,
        }
    }

    pub(crate) fn aws() -> Aws {
        Aws {
            account_id: Text::of("123456789012"),
            role_name: None,
            role_path: None,
            policy_arns: Leaf::Known([Text::of("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")].into()),
            inline_policy: None,
            audience: None,
            max_session_duration: None,
            permissions_boundary: None,
            existing_oidc_provider: None,
            disabled: Leaf::Known(false),
        }
    }

    pub(crate) fn with(change: impl FnOnce(&mut Gcp)) -> Spec {
        let mut gcp = google();
        change(&mut gcp);
        Spec { to: Leaf::Known(Targets { gcp: Some(Leaf::Known(gcp)), ..Targets::default() }), ..trust() }
    }

    #[test]
    fn a_trust_wants_exactly_these_objects() {
        let graph = Graph::of(&trust(), &facts());
        let keys: Vec<_> = graph.nodes().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "gcp/pool",
                "gcp/project_grant/roles/aiplatform.user",
                "gcp/provider",
                "gcp/service/aiplatform.googleapis.com",
                "gcp/service/iam.googleapis.com",
                "gcp/service/iamcredentials.googleapis.com",
                "gcp/service/sts.googleapis.com",
                "gcp/service_account",
                "gcp/service_account_grant/roles/iam.workloadIdentityUser",
            ]
        );
        assert!(graph.hidden().is_empty());
        for node in graph.nodes().values() {
            assert!(node.object.id().known().is_some(), "{:?}", node.object);
            assert!(node.after.iter().all(|key| graph.nodes().contains_key(key)), "{:?}", node.after);
        }
    }

    #[test]
    fn an_unknown_set_hides_only_the_objects_that_hang_on_it() {
        let graph = Graph::of(&with(|gcp| gcp.principals = Some(Leaf::Unknown)), &facts());
        assert_eq!(graph.hidden(), &BTreeSet::from(["to.gcp.principals"]));
        assert!(graph.nodes().contains_key("gcp/pool"));
        assert!(!graph.nodes().keys().any(|key| key.starts_with("gcp/service_account_grant")));
    }

    #[test]
    fn a_good_trust_has_no_problems_and_nor_has_an_unknown_one() {
        assert_eq!(trust().problems(), []);
        assert_eq!(Spec { name: Leaf::Unknown, from: Leaf::Unknown, to: Leaf::Unknown, ..trust() }.problems(), []);
    }

    #[test]
    fn each_problem_is_told_at_its_attribute() {
        type Change = fn(&mut Gcp);
        let table: [(Change, &str); 16] = [
            (|gcp| gcp.project = Text::of("471100000011"), "to.gcp.project"),
            (|gcp| gcp.project = Text::of(""), "to.gcp.project"),
            (|gcp| gcp.project = Text::of("projects/ml-prod-4711"), "to.gcp.project"),
            (|gcp| gcp.project = Text::of("ML-PROD"), "to.gcp.project"),
            (|gcp| gcp.roles = Leaf::Known(BTreeSet::new()), "to.gcp.roles"),
            (|gcp| gcp.roles = Leaf::Known([Text::of("aiplatform.user")].into()), "to.gcp.roles"),
            (|gcp| gcp.roles = Leaf::Known([Text::of("")].into()), "to.gcp.roles"),
            (|gcp| gcp.pool_id = Some(Text::of("gcp-mine")), "to.gcp.pool_id"),
            (|gcp| gcp.provider_id = Some(Text::of("aks")), "to.gcp.provider_id"),
            (|gcp| gcp.service_account_id = Some(Text::of("1abcdef")), "to.gcp.service_account_id"),
            (|gcp| gcp.attribute_condition = Some(Text::of("   ")), "to.gcp.attribute_condition"),
            (|gcp| gcp.attribute_condition = Some(Text::of("a".repeat(4097))), "to.gcp.attribute_condition"),
            (|gcp| gcp.attribute_mapping = Some(Leaf::Known(BTreeMap::new())), "to.gcp.attribute_mapping"),
            (
                |gcp| {
                    let mapping = [("google.subject", "assertion.sub"), ("subject", "assertion.sub")];
                    gcp.attribute_mapping =
                        Some(Leaf::Known(mapping.map(|(key, cel)| (key.to_owned(), Text::of(cel))).into()));
                },
                "to.gcp.attribute_mapping[\"subject\"]",
            ),
            (|gcp| gcp.principals = Some(Leaf::Known(BTreeSet::new())), "to.gcp.principals"),
            (|gcp| gcp.principals = Some(Leaf::Known([Text::of("user:me@example.com")].into())), "to.gcp.principals"),
        ];
        for (index, (change, path)) in table.into_iter().enumerate() {
            let problems = with(change).problems();
            assert_eq!(problems.len(), 1, "row {index}: {problems:?}");
            assert_eq!(problems[0].path.to_string(), path, "row {index}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_an_id_is_told_at_the_name() {
        let short = Spec { name: Text::of("chat"), ..trust() };
        let paths: Vec<_> = short.problems().iter().map(|problem| problem.path.to_string()).collect();
        assert_eq!(paths, ["name"], "a service account id has at least six characters");
        assert_eq!(Spec { name: Text::of(""), ..trust() }.problems().len(), 1);
    }
}
