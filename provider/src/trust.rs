//! The resource `crosscloud_trust`: what a plan says, what an apply does. The objects themselves are the graph's, the calls the driver's.

mod assess;
mod journal;
mod model;
mod spec;

use std::collections::BTreeSet;
use std::sync::Arc;

use crosscloud_compose::{Entry, Graph, Journal, Origin, Run, Status, Wanted, apply, destroy, refresh};
use crosscloud_trust::Object;
use tfplugin::{Attr, Context, Create, Delete, Diagnostics, Path, Plan, Private, Read, Reply, Resource, Update};

use crate::diagnostics;
use crate::google::Google;
use crate::shared::Shared;
use assess::Assessment;
pub use model::TrustModel;

/// Private data: ids of the objects that the planned instance wants. The delete half of a replacement leaves them alone.
const KEEP: &str = "keep";

/// The resource `crosscloud_trust`.
pub(crate) struct Trust;

impl Resource for Trust {
    type Model = TrustModel;
    type Provider = Shared;

    fn type_name(&self) -> &str {
        "crosscloud_trust"
    }

    async fn validate(&self, context: Context<Option<Arc<Shared>>>, config: TrustModel) -> Diagnostics {
        assess::validate(context.provider.as_deref(), &config)
    }

    async fn plan(&self, context: Context<Arc<Shared>>, plan: &mut Plan<TrustModel>) {
        let shared = Arc::clone(&context.provider);
        if let Some(warning) = shared.realm_warning() {
            plan.diagnostics.push(warning);
        }
        if let Some(prior) = &plan.prior
            && let Err(error) = shared.check_realm(&prior.realm)
        {
            plan.diagnostics.push(error);
            return;
        }
        let Some(planned) = &mut plan.planned else {
            // A destroy has no successor to keep anything for.
            plan.private.remove(KEEP);
            return;
        };
        let assessment = assess::assess(&shared, planned, &context.cancel).await;
        let refused = assessment.diagnostics.has_error();
        plan.diagnostics.extend(assessment.diagnostics.clone());
        if refused {
            return;
        }
        let journal = plan.prior.as_ref().map(|prior| journal::read(&prior.objects)).unwrap_or_default();
        assessment.fill_outputs(planned);
        planned.realm = Attr::Known(shared.realm().name().to_owned());
        planned.objects = journal::plan(&assessment.graph, &journal);
        if plan.prior.is_some() {
            plan.requires_replace.extend(moved(&assessment, &journal));
        }
        let wanted: BTreeSet<_> =
            assessment.graph.nodes().values().filter_map(|node| node.object.id().known().cloned()).collect();
        let stored = plan.private.set(KEEP, &wanted);
        plan.diagnostics.absorb(stored);
    }

    async fn create(&self, context: Context<Arc<Shared>>, request: Create<TrustModel>) -> Reply<TrustModel> {
        make_true(&context, request.planned, None, request.private).await
    }

    async fn update(&self, context: Context<Arc<Shared>>, request: Update<TrustModel>) -> Reply<TrustModel> {
        if let Err(error) = context.provider.check_realm(&request.prior.realm) {
            return Reply::failed(error);
        }
        make_true(&context, request.planned, Some(request.prior), request.private).await
    }

    async fn read(&self, context: Context<Arc<Shared>>, request: Read<TrustModel>) -> Reply<TrustModel> {
        let mut state = request.state;
        let shared = &context.provider;
        if let Err(error) = shared.check_realm(&state.realm) {
            return Reply::failed(error);
        }
        let journal = journal::read(&state.objects);
        let assessment = assess::recall(shared, &state, &context.cancel).await;
        let graph = match assessment.resolved() {
            Ok(graph) => graph,
            Err(problems) => return Reply::failed(problems),
        };
        let outcome = refresh(&driver(&context, &graph), &graph, &journal, &run(&context)).await;
        let diagnostics = diagnostics::of_outcome(&outcome, &assessment.graph);
        if diagnostics.has_error() {
            return Reply::failed(diagnostics);
        }
        if is_gone(&outcome.journal) {
            return Reply::gone();
        }
        state.objects = journal::write(&outcome.journal);
        Reply::state(state).with_diagnostics(diagnostics)
    }

    async fn delete(&self, context: Context<Arc<Shared>>, request: Delete<TrustModel>) -> Reply<TrustModel> {
        let Delete { mut state, private } = request;
        if let Err(error) = context.provider.check_realm(&state.realm) {
            return Reply::failed(error);
        }
        let keep = match private.get::<BTreeSet<String>>(KEEP) {
            Ok(keep) => keep.unwrap_or_default(),
            Err(problems) => return Reply::failed(problems),
        };
        // Deleting goes by the journal alone; the graph only gives the order, and an order can be had without asking anybody.
        let assessment = Assessment::offline(&context.provider, &state);
        let order = assessment.order();
        let destroyed =
            destroy(&driver(&context, &order), &order, &journal::read(&state.objects), &keep, &run(&context)).await;
        let diagnostics = diagnostics::of_outcome(&destroyed.outcome, &assessment.graph);
        if diagnostics.has_error() {
            // What was to be left for a successor is still this instance's.
            let mut journal = destroyed.outcome.journal;
            journal.extend(destroyed.kept);
            state.objects = journal::write(&journal);
            return Reply::partial(state, diagnostics);
        }
        context.provider.handover.leave(destroyed.kept);
        Reply::gone().with_diagnostics(diagnostics)
    }
}

/// Creates or updates. Whatever fails, the reply holds everything that is there, so that the next apply goes on from it.
async fn make_true(
    context: &Context<Arc<Shared>>,
    mut planned: TrustModel,
    prior: Option<TrustModel>,
    mut private: Private,
) -> Reply<TrustModel> {
    let shared = &context.provider;
    private.remove(KEEP);
    let assessment = assess::assess(shared, &planned, &context.cancel).await;
    let resolved = assessment.resolved();
    let mut journal = prior.as_ref().map(|prior| journal::read(&prior.objects)).unwrap_or_default();
    if prior.is_none() {
        // Also where this creation is refused: nobody else knows any more of what was left for it.
        journal.extend(shared.handover.take(&assessment.order()));
    }
    assessment.fill_outputs(&mut planned);
    planned.realm = Attr::Known(shared.realm().name().to_owned());
    let mut diagnostics = assessment.diagnostics.clone();
    let graph = match resolved {
        Ok(graph) if !diagnostics.has_error() => graph,
        resolved => {
            // Refused before the first call: an update keeps its prior state, a creation what it took over.
            diagnostics.absorb(resolved.map(drop));
            planned.objects = journal::write(&journal);
            return match prior {
                None if !journal.is_empty() => Reply::partial(planned, diagnostics),
                _ => Reply::failed(diagnostics),
            };
        }
    };
    let before = match &prior {
        Some(prior) => assess::recall(shared, prior, &context.cancel).await.resolved().ok(),
        None => None,
    };
    let wanted = Wanted::new(&journal, &graph).after(before.as_ref());
    let driver = driver(context, &graph);
    let outcome = apply(&driver, &wanted, &run(context)).await;
    diagnostics.extend(diagnostics::of_outcome(&outcome, &assessment.graph));
    if outcome.is_complete()
        && let Err(error) = driver.open_revived().await
    {
        diagnostics.push(diagnostics::of_error("Cannot enable the pool again", &error));
    }
    planned.objects = journal::write(&outcome.journal);
    if prior.is_none() && outcome.journal.is_empty() && diagnostics.has_error() {
        return Reply::failed(diagnostics);
    }
    Reply::partial(planned, diagnostics).with_private(private)
}

/// The attributes that name owned objects which can only move by being made anew, if one of them does. Terraform replaces on account of those
/// among them that change.
fn moved(assessment: &Assessment, journal: &Journal) -> Vec<Path> {
    let moves = assessment.graph.nodes().iter().any(|(key, node)| {
        let owned = matches!(node.object, Object::Pool(_) | Object::ServiceAccount(_));
        owned && journal.get(key).is_some_and(|before| node.object.id().known() != Some(&before.id))
    });
    if !moves {
        return Vec::new();
    }
    let gcp = Path::root().attribute("to").attribute("gcp");
    let ids = ["project", "pool_id", "service_account_id"].map(|name| gcp.attribute(name));
    [Path::root().attribute("name")].into_iter().chain(ids).collect()
}

/// Whether nothing is left of a trust: not even an object whose name is still taken.
fn is_gone(journal: &Journal) -> bool {
    let owned = |entry: &&Entry| entry.origin == Origin::Created && !entry.kind.ends_with("/Service");
    let mut owned = journal.values().filter(owned).peekable();
    owned.peek().is_some() && owned.all(|entry| entry.status == Status::Missing)
}

fn driver(context: &Context<Arc<Shared>>, graph: &Graph<Object>) -> Google {
    Google::new(context.provider.google.clone(), graph, context.cancel.clone())
}

fn run(context: &Context<Arc<Shared>>) -> Run {
    Run { cancel: context.cancel.clone(), ..Run::default() }
}
