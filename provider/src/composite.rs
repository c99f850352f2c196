//! Composite resources: one resource of Terraform, a graph of cloud objects.
//!
//! A resource says with [`Composite`] what its attributes amount to: a specification, and pure functions from it to a graph, to the document
//! that policies judge, and to its outputs. What a plan says and what an apply does is the same for all of them, and is here.

mod apply;
mod assess;
mod facts;
mod finish;
mod handover;
mod import;
pub(crate) mod journal;
mod live;
mod refresh;
pub(crate) mod replace;
mod sight;
mod sign_in;

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crosscloud_compose::{Journal, Run, destroy};
use crosscloud_trust::document::{Described, Surroundings};
use crosscloud_trust::{Endpoints, Facts, Graph, Object, Problem};
use tfplugin::timeouts::{Operation, Timeouts};
use tfplugin::{
    Attr, Context, Create, Delete, Diagnostic, Diagnostics, Model, Path, Plan, Private, Read, Reply, Resource, Update,
};

use crate::clouds::{CloudError, Clouds, Marks, Permits};
use crate::diagnostics;
use crate::shared::Shared;
use assess::Assessment;
pub(crate) use facts::ask;
pub(crate) use finish::Finisher;
pub(crate) use handover::Handover;
pub use journal::ObjectModel;
pub(crate) use live::beside;
pub(crate) use sight::{see, unreadable, unrecognised};

/// Private data: ids of the objects that the planned instance wants. The delete half of a replacement leaves them alone.
const KEEP: &str = "keep";

/// Private data: ids of objects that a replacement has to make anew under the same id, because a setting of theirs never changes.
const FRESH: &str = "fresh";

/// Private data of a creation that failed: the marks that it has left, by the id of the object.
const UNFINISHED: &str = "unfinished";

/// Private data: digest of what the plan was judged by.
const POLICY: &str = "policy";

/// How long an operation may take where the user sets no timeout.
const USUAL: Duration = Duration::from_secs(20 * 60);

/// A resource that is a graph of cloud objects.
pub(crate) trait Composite: Send + Sync + 'static {
    /// Its attributes.
    type Model: Model + Clone + Send + Sync;
    /// What the attributes amount to.
    type Spec: Send + Sync;

    /// The full type name.
    const TYPE_NAME: &'static str;

    /// Attributes that name owned objects, or settings of theirs that never change: a change can need new objects.
    const NAMES: &'static [&'static str];

    /// Whether what an import finds is the resource's own even where it could be simply used: that is all there is to the resource.
    const OWNS_WHAT_IT_IMPORTS: bool = false;

    /// What the user asks for. Required attributes that are null count as unknown: Terraform has refused them already.
    fn spec(model: &Self::Model) -> Self::Spec;

    /// Everything that cannot work, with the attribute at fault.
    fn problems(spec: &Self::Spec) -> Vec<Problem>;

    /// The wanted objects.
    fn graph(spec: &Self::Spec, facts: &Facts) -> Graph;

    /// What policies judge.
    fn document(spec: &Self::Spec, graph: &Graph, facts: &Facts, around: &Surroundings) -> Described;

    /// Sets the computed attributes that a workload or another resource reads.
    fn publish(spec: &Self::Spec, facts: &Facts, endpoints: &Endpoints, model: &mut Self::Model);

    /// What the user allows that is refused otherwise.
    fn permits(_model: &Self::Model) -> Permits {
        Permits::default()
    }

    /// Whom others let in by the objects that are about to be deleted.
    fn left_behind(
        _clouds: &Clouds,
        _spec: &Self::Spec,
        _doomed: &[Object],
        _journal: &Journal,
    ) -> impl Future<Output = Result<LeftBehind, CloudError>> + Send {
        std::future::ready(Ok(LeftBehind::default()))
    }

    /// The attributes of what an import id names, as far as the clouds tell them.
    fn import(
        clouds: &Clouds,
        shared: &Shared,
        context: &crosscloud_cloud::Context,
        id: &str,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;

    /// The attributes that every composite has.
    fn common(model: &Self::Model) -> Common<'_>;

    /// The computed attributes that every composite has.
    fn computed(model: &mut Self::Model) -> Computed<'_>;
}

/// Whom others let in by objects that are about to be deleted.
#[derive(Debug, Default)]
pub(crate) struct LeftBehind {
    /// Them, by name.
    pub(crate) names: Vec<String>,
    /// Whether the resource says that there may be such: then it stays until they have gone.
    pub(crate) awaited: bool,
}

/// The attributes that every composite has.
pub(crate) struct Common<'a> {
    /// Its name, unique among the resources of one owner.
    pub(crate) name: &'a Attr<String>,
    /// The journal.
    pub(crate) objects: &'a Attr<BTreeMap<String, ObjectModel>>,
    /// The world that it lives in.
    pub(crate) realm: &'a Attr<String>,
    /// How long operations may take.
    pub(crate) timeouts: &'a Attr<Timeouts>,
}

/// The computed attributes that every composite has.
pub(crate) struct Computed<'a> {
    /// The journal.
    pub(crate) objects: &'a mut Attr<BTreeMap<String, ObjectModel>>,
    /// The world that it lives in.
    pub(crate) realm: &'a mut Attr<String>,
}

/// A composite as Terraform sees it.
pub(crate) struct CompositeResource<C>(PhantomData<C>);

impl<C> Default for CompositeResource<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C: Composite> Resource for CompositeResource<C> {
    type Model = C::Model;
    type Provider = Shared;

    fn type_name(&self) -> &str {
        C::TYPE_NAME
    }

    async fn validate(&self, context: Context<Option<Arc<Shared>>>, config: C::Model) -> Diagnostics {
        assess::validate::<C>(context.provider.as_deref(), &config)
    }

    async fn plan(&self, context: Context<Arc<Shared>>, plan: &mut Plan<C::Model>) {
        let shared = Arc::clone(&context.provider);
        if let Some(warning) = shared.realm_warning() {
            plan.diagnostics.push(warning);
        }
        if let Some(prior) = &plan.prior
            && let Err(error) = shared.check_realm(C::common(prior).realm)
        {
            plan.diagnostics.push(error);
            return;
        }
        let Some(planned) = &mut plan.planned else {
            // A destroy has no successor to keep anything for.
            plan.private.remove(KEEP);
            plan.private.remove(FRESH);
            return;
        };
        if let Err(error) = judged_alike(&shared, plan.approved_private.as_ref()) {
            plan.diagnostics.push(error);
            return;
        }
        let journal = plan.prior.as_ref().map(|prior| journal::read(C::common(prior).objects)).unwrap_or_default();
        let assessment = Assessment::<C>::looked_up(&shared, planned, &journal, &context.cancel).await;
        let failed = assessment.diagnostics.has_error();
        plan.diagnostics.extend(assessment.diagnostics.clone());
        if failed {
            return;
        }
        assessment.publish(&shared, planned);
        *C::computed(planned).realm = Attr::Known(shared.realm().name().into_owned());
        *C::computed(planned).objects = journal::plan(&assessment.graph, &journal);
        // Terraform also plans what it is about to destroy as if it were to stay.
        let settled = plan.prior.as_ref().is_some_and(|prior| prior.encode() == planned.encode());
        let judgement = assessment.judge(&shared, settled);
        let refused = judgement.has_error();
        plan.diagnostics.extend(judgement);
        if refused {
            return;
        }
        if let Some(prior) = &plan.prior {
            let before = Assessment::<C>::offline(prior);
            let needed = replace::needed(&before.graph, &assessment.graph, &journal);
            plan.diagnostics.extend(needed.impossible);
            // The plan of the new half, which knows no prior state, is handed this.
            let stored = plan.private.set(FRESH, &needed.fresh);
            plan.diagnostics.absorb(stored);
            if needed.replace {
                let (before, after) = (prior.encode(), planned.encode());
                // Terraform refuses a path that leads nowhere in both.
                let leads = |path: &Path| before.get(path).is_some() || after.get(path).is_some();
                plan.requires_replace.extend(C::NAMES.iter().map(|name| dotted(name)).filter(leads));
            }
        }
        let fresh = plan.diagnostics.absorb(plan.private.get::<BTreeSet<String>>(FRESH)).flatten().unwrap_or_default();
        let ids = assessment.graph.nodes().values().filter_map(|node| node.object.id().known().cloned());
        let wanted: BTreeSet<_> = ids.filter(|id| !fresh.contains(id)).collect();
        for stored in [plan.private.set(KEEP, &wanted), plan.private.set(POLICY, &shared.policy.digest())] {
            plan.diagnostics.absorb(stored);
        }
    }

    async fn create(&self, context: Context<Arc<Shared>>, request: Create<C::Model>) -> Reply<C::Model> {
        let limit = Timeouts::limit(C::common(&request.planned).timeouts, Operation::Create, USUAL);
        apply::make_true::<C>(&context.with_timeout(limit), request.planned, None, request.private).await
    }

    async fn update(&self, context: Context<Arc<Shared>>, request: Update<C::Model>) -> Reply<C::Model> {
        if let Err(error) = context.provider.check_realm(C::common(&request.prior).realm) {
            return Reply::failed(error);
        }
        let limit = Timeouts::limit(C::common(&request.planned).timeouts, Operation::Update, USUAL);
        apply::make_true::<C>(&context.with_timeout(limit), request.planned, Some(request.prior), request.private).await
    }

    async fn read(&self, context: Context<Arc<Shared>>, request: Read<C::Model>) -> Reply<C::Model> {
        if let Err(error) = context.provider.check_realm(C::common(&request.state).realm) {
            return Reply::failed(error);
        }
        let limit = Timeouts::limit(C::common(&request.state).timeouts, Operation::Read, USUAL);
        refresh::look_again::<C>(&context.with_timeout(limit), request.state).await
    }

    async fn import(&self, context: Context<Arc<Shared>>, id: String) -> Reply<C::Model> {
        import::find::<C>(&context, &id).await
    }

    async fn delete(&self, context: Context<Arc<Shared>>, request: Delete<C::Model>) -> Reply<C::Model> {
        let Delete { mut state, private } = request;
        if let Err(error) = context.provider.check_realm(C::common(&state).realm) {
            return Reply::failed(error);
        }
        let limit = Timeouts::limit(C::common(&state).timeouts, Operation::Delete, USUAL);
        let context = context.with_timeout(limit);
        let mut diagnostics = Diagnostics::new();
        let mut keep = diagnostics.absorb(private.get::<BTreeSet<String>>(KEEP)).flatten().unwrap_or_default();
        let mut marks =
            diagnostics.absorb(private.get::<BTreeMap<String, String>>(UNFINISHED)).flatten().unwrap_or_default();
        if diagnostics.has_error() {
            return Reply::failed(diagnostics);
        }
        // Deleting goes by the journal alone; the graph only gives the order, and an order can be had without asking anybody.
        let assessment = Assessment::<C>::offline(&state);
        let order = assessment.order();
        let journal = journal::read(C::common(&state).objects);
        let driver = driver::<C>(&context, &state).serving(&order);
        // Under create_before_destroy the successor has been there since before this call, in this process or in one that has died.
        let mut others = context.provider.handover.claimed();
        marks.retain(|id, _| !keep.contains(id) && !others.contains(id));
        let taken = match handover::taken_over(&driver, &order, &journal, &marks).await {
            Ok(taken) => taken,
            Err(error) => return Reply::failed(diagnostics::of_error("Cannot tell whose the objects are", &error)),
        };
        others.extend(taken.iter().cloned());
        keep.extend(others.iter().cloned());
        let left_behind = match assessment.left_behind(&driver, &journal, &keep).await {
            Ok(left_behind) => left_behind,
            Err(error) => return Reply::failed(diagnostics::of_error("Cannot tell who else comes in", &error)),
        };
        let mut told = Diagnostics::new();
        told.extend(diagnostics::of_left_behind(&left_behind));
        if told.has_error() {
            return Reply::failed(told);
        }
        let destroyed = destroy(&driver, &order, &journal, &keep, &run(&context)).await;
        let mut diagnostics = diagnostics::of_outcome(&destroyed.outcome, &assessment.graph);
        diagnostics.extend(told);
        if !taken.is_empty() {
            diagnostics.push(diagnostics::of_taken_over(&taken));
        }
        if diagnostics.has_error() {
            // What was to be left for a successor is still this instance's, unless it has one already.
            let mut journal = destroyed.outcome.journal;
            journal.extend(destroyed.kept.into_iter().filter(|(_, entry)| !others.contains(&entry.id)));
            *C::computed(&mut state).objects = journal::write(&journal);
            return Reply::partial(state, diagnostics);
        }
        context.provider.handover.leave(destroyed.kept);
        Reply::gone().with_diagnostics(diagnostics)
    }
}

/// Refuses to apply what was planned under another policy. Hosts before Terraform 1.16 do not hand on what the approved plan left; with them the
/// policy at hand judges again before the first call.
fn judged_alike(shared: &Shared, approved: Option<&Private>) -> Result<(), Diagnostic> {
    let planned = approved.and_then(|private| private.get::<String>(POLICY).ok().flatten());
    match planned {
        Some(planned) if planned != shared.policy.digest() => {
            let detail = "Modules, settings, levels or waivers are others than when this was planned. Plan again.";
            Err(Diagnostic::error("Planned under another policy", detail))
        }
        _ => Ok(()),
    }
}

/// A driver for the objects of one resource.
fn driver<C: Composite>(context: &Context<Arc<Shared>>, model: &C::Model) -> Clouds {
    let shared = Arc::clone(&context.provider);
    let marks = shared.owner.as_deref().zip(C::common(model).name.as_str()).map(|(owner, name)| Marks::of(owner, name));
    let deadline = context.deadline().unwrap_or_else(|| Instant::now() + USUAL);
    Clouds::new(shared, context.cancel.clone(), deadline).marking(marks).permitting(C::permits(model))
}

fn run(context: &Context<Arc<Shared>>) -> Run {
    Run { cancel: context.cancel.clone(), ..Run::default() }
}

fn dotted(path: &str) -> Path {
    path.split('.').fold(Path::root(), |path, name| path.attribute(name.to_owned()))
}

/// What is there of a journal.
fn is_there(journal: &Journal, key: &str) -> bool {
    use crosscloud_compose::Status::{Changed, Present};
    journal.get(key).is_some_and(|entry| matches!(entry.status, Present | Changed))
}
