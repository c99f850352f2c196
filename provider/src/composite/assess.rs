//! What a configuration amounts to: its problems, its facts, its graph, what the workload needs, and what the policy says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use crosscloud_cloud::CancellationToken;
use crosscloud_compose::{Entry, Graph as Resolved, Journal, Key, Node, Origin};
use crosscloud_trust::document::Surroundings;
use crosscloud_trust::{Facts, Graph, Object};
use tfplugin::{Diagnostic, Diagnostics};

use super::live::{self, Live};
use super::{Composite, LeftBehind, USUAL, facts, is_there, sign_in};
use crate::clouds::{CloudError, Clouds};
use crate::diagnostics;
use crate::policy;
use crate::shared::Shared;

/// What a configuration amounts to.
pub(super) struct Assessment<C: Composite> {
    spec: C::Spec,
    /// What was seen of the objects that are only referred to.
    live: Live,
    /// What is known.
    pub(super) facts: Facts,
    /// The wanted objects.
    pub(super) graph: Graph,
    /// Errors and warnings.
    pub(super) diagnostics: Diagnostics,
    composite: PhantomData<C>,
}

/// The part of a graph that can be made now.
pub(super) struct Runnable {
    /// Objects of which everything is known, and whatever they wait for.
    pub(super) graph: Resolved<Object>,
    /// The others.
    pub(super) held: BTreeSet<Key>,
}

/// Checks a configuration without asking anybody. The policy's findings are warnings here: errors begin at plan, where the provider's own
/// policy settings are known.
pub(super) fn validate<C: Composite>(shared: Option<&Shared>, config: &C::Model) -> Diagnostics {
    let spec = C::spec(config);
    let mut found = diagnostics::of_problems(C::problems(&spec));
    if found.has_error() {
        return found;
    }
    if shared.is_some() {
        // Whoever configures the provider goes on to plan, and the plan says it as it counts.
        return found;
    }
    let facts = Facts::default();
    let document = C::document(&spec, &C::graph(&spec, &facts), &facts, &Surroundings::default());
    found.extend(policy::warnings(document));
    found
}

impl<C: Composite> Assessment<C> {
    /// Assesses a configuration that is about to be made true, with the policy asked.
    pub(super) async fn judged(
        shared: &Arc<Shared>,
        model: &C::Model,
        journal: &Journal,
        cancel: &CancellationToken,
    ) -> Self {
        let mut assessment = Self::looked_up(shared, model, journal, cancel).await;
        if !assessment.diagnostics.has_error() {
            let judgement = assessment.judge(shared, false);
            assessment.diagnostics.extend(judgement);
        }
        assessment
    }

    /// Assesses a configuration with what the clouds say: the facts that it needs, and what stands behind what it refers to.
    pub(super) async fn looked_up(
        shared: &Arc<Shared>,
        model: &C::Model,
        journal: &Journal,
        cancel: &CancellationToken,
    ) -> Self {
        let spec = C::spec(model);
        let problems = diagnostics::of_problems(C::problems(&spec));
        if problems.has_error() {
            return Self { diagnostics: problems, ..Self::of(spec, Facts::default()) };
        }
        let mut assessment = Self::of(spec, Facts::default()).asking(shared, journal, cancel, true).await;
        assessment.diagnostics.extend(problems);
        if !assessment.diagnostics.has_error() {
            let signed_out = sign_in::check(shared, &assessment.graph, cancel).await;
            assessment.diagnostics.extend(signed_out);
        }
        if !assessment.diagnostics.has_error() {
            let clouds = Clouds::new(Arc::clone(shared), cancel.clone(), Instant::now() + USUAL).surveying();
            assessment.live = live::look(&clouds, &assessment.graph).await;
        }
        assessment
    }

    /// Assesses a state with the facts that can be had: what it stands for was checked and judged when it was made.
    pub(super) async fn recalled(
        shared: &Shared,
        state: &C::Model,
        journal: &Journal,
        cancel: &CancellationToken,
    ) -> Self {
        Self::offline(state).completed(shared, journal, cancel).await
    }

    /// The shape of a state's graph, as far as the state itself tells it.
    pub(super) fn offline(state: &C::Model) -> Self {
        Self::of(C::spec(state), Facts::default())
    }

    fn of(spec: C::Spec, facts: Facts) -> Self {
        let graph = C::graph(&spec, &facts);
        Self { spec, live: Live::default(), facts, graph, diagnostics: Diagnostics::new(), composite: PhantomData }
    }

    /// The same with the facts that can be had by now.
    pub(super) async fn completed(self, shared: &Shared, journal: &Journal, cancel: &CancellationToken) -> Self {
        self.asking(shared, journal, cancel, false).await
    }

    async fn asking(self, shared: &Shared, journal: &Journal, cancel: &CancellationToken, strict: bool) -> Self {
        let Self { spec, live, facts, mut diagnostics, .. } = self;
        let graph = |facts: &Facts| C::graph(&spec, facts);
        let looked_up = facts::complete(shared, facts.clone(), graph, journal, cancel, strict).await;
        let facts = diagnostics.absorb(looked_up).unwrap_or(facts);
        Self { live, diagnostics, ..Self::of(spec, facts) }
    }

    /// The same with more facts.
    pub(super) fn learning(self, more: Facts) -> Self {
        let mut facts = self.facts;
        facts.merge(more);
        Self { live: self.live, diagnostics: self.diagnostics, ..Self::of(self.spec, facts) }
    }

    /// What the policy says. `settled`: nothing is about to be done.
    pub(super) fn judge(&self, shared: &Shared, settled: bool) -> Diagnostics {
        let document = C::document(&self.spec, &self.graph, &self.facts, &self.live.around);
        let unread = if settled { Vec::new() } else { self.live.unread.clone() };
        shared.policy.judge(&document, unread, settled)
    }

    /// Whom others let in by what is about to be deleted: all of the resource's own that `keep` does not name.
    pub(super) async fn left_behind(
        &self,
        clouds: &Clouds,
        journal: &Journal,
        keep: &BTreeSet<String>,
    ) -> Result<LeftBehind, CloudError> {
        let goes = |entry: &Entry| entry.origin == Origin::Created && !keep.contains(&entry.id);
        let nodes = self.graph.nodes().iter();
        let doomed = nodes.filter(|(key, _)| is_there(journal, key) && journal.get(*key).is_some_and(goes));
        let doomed: Vec<_> = doomed.map(|(_, node)| node.object.clone()).collect();
        C::left_behind(clouds, &self.spec, &doomed, journal).await
    }

    /// Sets the attributes that a workload reads.
    pub(super) fn publish(&self, shared: &Shared, model: &mut C::Model) {
        C::publish(&self.spec, &self.facts, &shared.token_endpoints(), model);
    }

    /// The part of the graph that can be made now.
    ///
    /// # Errors
    /// An attribute that decides which objects there are and is not known; or what kept facts from becoming known.
    pub(super) fn runnable(&self) -> Result<Runnable, Diagnostics> {
        if self.diagnostics.has_error() {
            return Err(self.diagnostics.clone());
        }
        if let Some(path) = self.graph.hidden().first() {
            let detail = format!("`{path}` is still unknown, so the objects behind it cannot be named.");
            return Err(Diagnostic::error("A value is not known yet", detail).into());
        }
        let nodes = self.graph.nodes();
        let mut ready: BTreeMap<Key, String> = nodes
            .iter()
            .filter(|(_, node)| node.is_complete())
            .filter_map(|(key, node)| Some((key.clone(), node.object.id().known()?.clone())))
            .collect();
        // What waits for something that cannot be made yet has to wait as well.
        loop {
            let early = |key: &Key| !nodes[key].after.iter().all(|after| ready.contains_key(after));
            let waiting: Vec<Key> = ready.keys().filter(|key| early(key)).cloned().collect();
            if waiting.is_empty() {
                break;
            }
            for key in waiting {
                ready.remove(&key);
            }
        }
        let held = nodes.keys().filter(|key| !ready.contains_key(*key)).cloned().collect();
        let graph = ready.into_iter().map(|(key, id)| (key.clone(), node(&nodes[&key], id))).collect();
        let graph =
            Resolved::new(graph).map_err(|error| Diagnostic::error("The objects have no order", error.to_string()))?;
        Ok(Runnable { graph, held })
    }

    /// The graph as far as it is known, for its order and its ids: an id that is not known yet is empty.
    pub(super) fn order(&self) -> Resolved<Object> {
        let nodes = self.graph.nodes().iter();
        let nodes = nodes.map(|(key, it)| (key.clone(), node(it, it.object.id().known().cloned().unwrap_or_default())));
        Resolved::new(nodes.collect()).unwrap_or_default()
    }
}

fn node(node: &crosscloud_trust::Node, id: String) -> Node<Object> {
    Node {
        object: node.object.clone(),
        kind: node.object.type_name().to_owned(),
        id,
        after: node.after.clone(),
        below: node.below.clone(),
        referenced: node.referenced,
    }
}
