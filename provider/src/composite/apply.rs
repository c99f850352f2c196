//! Apply: makes a resource true, in as many stages as it takes until everything about its objects is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crosscloud_compose::{Graph as Resolved, Journal, Key, Origin, Wanted, apply};
use crosscloud_trust::{Graph, Object};
use tfplugin::{Attr, Context, Diagnostic, Diagnostics, Private, Reply};

use super::assess::{Assessment, Runnable};
use super::{Composite, FRESH, KEEP, POLICY, UNFINISHED, driver, journal, run};
use crate::clouds::Clouds;
use crate::diagnostics;
use crate::shared::Shared;

/// Creates or updates. Whatever fails, the reply holds everything that is there, so that the next apply goes on from it.
pub(super) async fn make_true<C: Composite>(
    context: &Context<Arc<Shared>>,
    mut planned: C::Model,
    prior: Option<C::Model>,
    mut private: Private,
) -> Reply<C::Model> {
    let shared = &context.provider;
    for key in [FRESH, KEEP, POLICY, UNFINISHED] {
        private.remove(key);
    }
    let mut journal = prior.as_ref().map(|prior| journal::read(C::common(prior).objects)).unwrap_or_default();
    let assessment = Assessment::<C>::judged(shared, &planned, &journal, &context.cancel).await;
    if prior.is_none() {
        // Also where this creation is refused: nobody else knows any more of what was left for it.
        journal.extend(shared.handover.take(&assessment.order()));
    }
    *C::computed(&mut planned).realm = Attr::Known(shared.realm().name().into_owned());
    let diagnostics = assessment.diagnostics.clone();
    let runnable = match assessment.runnable() {
        Ok(runnable) if !diagnostics.has_error() => runnable,
        refused => {
            // Refused before the first call: an update keeps its prior state, a creation what it took over.
            let mut diagnostics = diagnostics;
            diagnostics.absorb(refused.map(drop));
            assessment.publish(shared, &mut planned);
            *C::computed(&mut planned).objects = journal::write(&journal);
            return match prior {
                None if !journal.is_empty() => Reply::partial(planned, diagnostics),
                _ => Reply::failed(diagnostics),
            };
        }
    };
    let before = match &prior {
        Some(prior) => {
            let recalled = Assessment::<C>::recalled(shared, prior, &journal, &context.cancel).await;
            recalled.runnable().ok().map(|runnable| runnable.graph)
        }
        None => None,
    };
    let mut driver = driver::<C>(context, &planned).serving(&assessment.order());
    if prior.is_none() {
        driver = driver.beginning();
    }
    let stages = Stages { context, driver, journal, before, made: BTreeSet::new(), diagnostics: Diagnostics::new() };
    let Done { assessment, journal, left, mut diagnostics } = stages.run(assessment, runnable).await;
    assessment.publish(shared, &mut planned);
    *C::computed(&mut planned).objects = journal::write(&journal);
    if prior.is_none() && journal.is_empty() && diagnostics.has_error() {
        return Reply::failed(diagnostics);
    }
    if prior.is_none() {
        shared.handover.claim(&journal);
        if diagnostics.has_error() {
            // Its deletion has to know what another attempt has taken over from it.
            let stored = private.set(UNFINISHED, &left);
            diagnostics.absorb(stored);
        }
    }
    Reply::partial(planned, diagnostics).with_private(private)
}

/// An apply under way.
struct Stages<'a> {
    context: &'a Context<Arc<Shared>>,
    driver: Clouds,
    journal: Journal,
    /// What was wanted of the objects that the journal holds.
    before: Option<Resolved<Object>>,
    /// What this apply made or recognised.
    made: BTreeSet<Key>,
    diagnostics: Diagnostics,
}

/// An apply that is over.
struct Done<C: Composite> {
    assessment: Assessment<C>,
    journal: Journal,
    /// The marks that it has left, by the id of the object.
    left: BTreeMap<String, String>,
    diagnostics: Diagnostics,
}

impl Stages<'_> {
    async fn run<C: Composite>(mut self, mut assessment: Assessment<C>, mut runnable: Runnable) -> Done<C> {
        let shared = &self.context.provider;
        loop {
            let Runnable { graph, held } = &runnable;
            let wanted = Wanted::new(&self.journal, graph).after(self.before.as_ref()).holding(held.clone());
            let outcome = apply(&self.driver, &wanted, &run(self.context)).await;
            self.diagnostics.extend(diagnostics::of_outcome(&outcome, &assessment.graph));
            let complete = outcome.is_complete();
            self.made.extend(outcome.made);
            self.journal = outcome.journal;
            if !complete || held.is_empty() {
                if complete {
                    // What only the last objects could tell goes into the outputs, such as a cluster's issuer.
                    assessment = assessment.learning(self.driver.learnt());
                    assessment = assessment.completed(shared, &self.journal, &self.context.cancel).await;
                }
                break;
            }
            let ready = graph.nodes().len();
            self.before = Some(union(self.before.take(), graph));
            assessment = assessment.learning(self.driver.learnt());
            assessment = assessment.completed(shared, &self.journal, &self.context.cancel).await;
            // What was not known when the policy was first asked is known now, and the doors are still shut.
            let judgement = assessment.judge(shared, false);
            let refused = judgement.has_error();
            if refused {
                self.diagnostics.extend(judgement);
                break;
            }
            match assessment.runnable() {
                Ok(next) if next.graph.nodes().len() > ready => runnable = next,
                Ok(next) => {
                    let keys: Vec<_> = next.held.into_iter().collect();
                    let detail = format!("What it takes to make {} is still not known.", keys.join(", "));
                    self.diagnostics.push(Diagnostic::error("The objects cannot be completed", detail));
                    break;
                }
                Err(problems) => {
                    self.diagnostics.extend(problems);
                    break;
                }
            }
        }
        let left = self.driver.left();
        if !self.diagnostics.has_error() {
            if let Err(error) = self.driver.open_revived().await {
                self.diagnostics.push(diagnostics::of_error("Cannot enable the pool again", &error));
            } else {
                let marked = self.marked(&assessment.graph);
                shared.finisher.finish_soon(self.driver.finishing(), marked);
            }
        }
        let mut diagnostics = assessment.diagnostics.clone();
        diagnostics.extend(self.diagnostics);
        Done { assessment, journal: self.journal, left, diagnostics }
    }
}

impl Stages<'_> {
    /// The objects that bear the mark of an unfinished attempt: after a creation all of them, after an update those that it made.
    fn marked(&self, graph: &Graph) -> Vec<Object> {
        let bears = |key: &Key| {
            let entry = self.journal.get(key).filter(|entry| entry.origin == Origin::Created);
            entry.is_some() && (self.driver.is_beginning() || self.made.contains(key))
        };
        let nodes = graph.nodes().iter().filter(|(key, _)| bears(key));
        nodes.map(|(_, node)| node.object.clone()).filter(|object| self.driver.marks(object)).collect()
    }
}

/// What is wanted of all the objects made so far.
fn union(before: Option<Resolved<Object>>, now: &Resolved<Object>) -> Resolved<Object> {
    let mut nodes: BTreeMap<_, _> = before.map(|graph| graph.nodes().clone()).unwrap_or_default();
    nodes.extend(now.nodes().clone());
    Resolved::new(nodes).unwrap_or_else(|_| now.clone())
}
