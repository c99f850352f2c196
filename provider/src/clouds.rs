//! The driver: what a graph wants, said in the cloud clients' words.
//!
//! What is the same for every kind of object is decided here: what is adopted, what is taken, what is brought back. How one kind is looked at,
//! made, changed and deleted says [`Kind`], one file a kind.

mod aws;
mod azure;
mod dispatch;
mod error;
mod gcp;
mod kind;
mod known;
mod listing;
mod marks;
mod needs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crosscloud_cloud::gcp::{PoolName, ProviderName};
use crosscloud_cloud::{CancellationToken, Context};
use crosscloud_compose::{Converged, Created, Driver, Entry, Graph, Observed};
use crosscloud_trust::gcp::{Grant, Resource};
use crosscloud_trust::{Facts, Leaf, Object};

use crate::shared::Shared;
pub(crate) use error::CloudError;
pub(crate) use kind::Look;
use kind::Made;
pub(crate) use marks::Marks;
pub(crate) use needs::{Needs, Permission};

/// How long an API that was just switched on may go on refusing calls.
const AFTER_ENABLE: Duration = Duration::from_secs(120);
/// How long what was just created may go on being unknown elsewhere.
const AFTER_CREATE: Duration = Duration::from_secs(120);

/// How long it may take to take the marks from objects.
const FINISHING: Duration = Duration::from_secs(60);

/// Makes graphs of cloud objects true.
pub(crate) struct Clouds {
    shared: Arc<Shared>,
    cancel: CancellationToken,
    /// What marks the objects of an unfinished attempt; none where the provider has no owner.
    marks: Option<Marks>,
    /// Whether the resource is being created: until its state is known, even what it changes bears the mark.
    beginning: bool,
    permits: Permits,
    /// When the operation's time is over.
    deadline: Instant,
    /// Whether this run only looks: then objects that many resources refer to are read once.
    surveying: bool,
    learnt: Mutex<Facts>,
    /// The marks that this attempt has left, by the id of the object.
    left: Mutex<BTreeMap<String, String>>,
    /// The providers that the graph wants: what else a pool of it holds is foreign.
    providers: BTreeSet<ProviderName>,
    /// Project and name of the transfer job that the graph wants: another one may need what Google's agent may do, too.
    job: Option<(String, String)>,
    revived: Mutex<BTreeMap<PoolName, gcp::Pool>>,
}

/// What the user allows that is refused otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Permits {
    /// Deleted objects whose names are still taken may be brought back, whoever deleted them.
    pub(crate) undelete: bool,
    /// Objects that exist and are exactly as wanted may be taken over.
    pub(crate) adopt: bool,
}

impl Clouds {
    /// A driver whose reads stop when `cancel` fires, and that sends nothing more after `deadline`.
    pub(crate) fn new(shared: Arc<Shared>, cancel: CancellationToken, deadline: Instant) -> Self {
        Self {
            shared,
            cancel,
            marks: None,
            beginning: false,
            permits: Permits::default(),
            deadline,
            surveying: false,
            learnt: Mutex::default(),
            left: Mutex::default(),
            providers: BTreeSet::new(),
            job: None,
            revived: Mutex::default(),
        }
    }

    /// The same driver for what this owner calls `name`.
    pub(crate) fn marking(self, marks: Option<Marks>) -> Self {
        Self { marks, ..self }
    }

    /// The same driver with what the user allows.
    pub(crate) fn permitting(self, permits: Permits) -> Self {
        Self { permits, ..self }
    }

    /// The same driver for a resource that no state knows yet.
    pub(crate) fn beginning(self) -> Self {
        Self { beginning: true, ..self }
    }

    /// The same driver for what is left to do once the state is known. It has a time of its own.
    pub(crate) fn finishing(self) -> Self {
        Self { beginning: false, deadline: Instant::now() + FINISHING, ..self }
    }

    /// The same driver for a run that only looks.
    pub(crate) fn surveying(self) -> Self {
        Self { surveying: true, ..self }
    }

    /// Whether the resource is being created.
    pub(crate) fn is_beginning(&self) -> bool {
        self.beginning
    }

    /// Whether this object bears a mark until its resource is finished.
    pub(crate) fn marks(&self, object: &Object) -> bool {
        self.marked(object).is_some()
    }

    /// The marks that this attempt has left, by the id of the object.
    pub(crate) fn left(&self) -> BTreeMap<String, String> {
        lock(&self.left).clone()
    }

    /// Whether the object of a journal is no longer that of the attempt that left `mark` on it: another has taken it over since, and has marked
    /// it anew or finished it.
    pub(crate) async fn is_taken_over(&self, entry: &Entry, mark: &str) -> Result<bool, CloudError> {
        Ok(match self.look(&entry.kind, &entry.id).await? {
            Look::There(there) => there.marked(mark).is_some_and(|marked| marked.marker() != there.marker()),
            Look::Absent | Look::Deleted(_) => false,
        })
    }

    /// What the answers of the clouds told besides.
    pub(crate) fn learnt(&self) -> Facts {
        lock(&self.learnt).clone()
    }

    /// The same driver for the objects of `graph`.
    pub(crate) fn serving(self, graph: &Graph<Object>) -> Self {
        let names = graph.nodes().values().filter_map(|node| match &node.object {
            Object::Provider(it) => gcp::provider_name(it).ok(),
            _ => None,
        });
        let job = graph.nodes().values().find_map(|node| match &node.object {
            Object::TransferJob(it) => it.project.known().cloned().zip(it.name.known().cloned()),
            _ => None,
        });
        Self { providers: names.collect(), job, ..self }
    }

    /// Opens the pools that were brought back, once everything behind them is as wanted.
    pub(crate) async fn open_revived(&self) -> Result<(), CloudError> {
        let revived = std::mem::take(&mut *lock(&self.revived));
        for (name, wanted) in revived {
            gcp::open_pool(self, &name, &wanted).await?;
        }
        Ok(())
    }

    /// Looks at a wanted object as the cloud has it.
    pub(crate) async fn look_for(&self, object: &Object) -> Result<Look<Object>, CloudError> {
        dispatch::look_for(self, object).await
    }

    /// Looks at an object by the type and the id that a state holds.
    async fn look(&self, kind: &str, id: &str) -> Result<Look<Object>, CloudError> {
        dispatch::look(self, kind, id).await
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The context of reads.
    fn context(&self) -> Context {
        let context = Context::new().with_cancel(self.cancel.clone()).with_timeout(self.time_left());
        if self.surveying { context.sharing_reads() } else { context }
    }

    /// The context of writes, which may have to wait until earlier writes have spread. A wish to stop does not reach them: a step that has begun
    /// is brought to its end, so that what it made is known.
    fn patient(&self) -> Context {
        Context::new().with_timeout(self.time_left()).after_enable(AFTER_ENABLE).after_create(AFTER_CREATE)
    }

    /// The object as it is made: with the mark of an unfinished attempt, where its kind can bear one.
    fn marked(&self, object: &Object) -> Option<Object> {
        object.marked(self.marks.as_ref()?.first())
    }

    fn leave(&self, object: &Object, mark: &str) {
        if let Some(id) = object.id().known() {
            lock(&self.left).insert(id.clone(), mark.to_owned());
        }
    }

    /// Whether what is there is as wanted. The mark of this attempt, or of one that nobody had the time to finish, is no difference.
    fn is_as_wanted(&self, wanted: &Object, there: &Object) -> bool {
        dispatch::equals(wanted, there) || self.is_unfinished(wanted, there)
    }

    fn is_unfinished(&self, wanted: &Object, there: &Object) -> bool {
        self.mark_on(wanted, there).is_some()
    }

    /// The mark of an unfinished attempt on an object that is as wanted otherwise.
    fn mark_on(&self, wanted: &Object, there: &Object) -> Option<&str> {
        let bears = |mark: &&str| wanted.marked(mark).is_some_and(|marked| dispatch::equals(&marked, there));
        self.marks.as_ref()?.unfinished().find(bears)
    }

    /// Whether an object that nobody in this run made is this resource's own all the same, or may become so.
    async fn may_adopt(&self, wanted: &Object, there: &Object) -> Result<bool, CloudError> {
        let equal = |mark: &str| {
            let (wanted, there) = (wanted.marked(mark), there.marked(mark));
            wanted.zip(there).is_some_and(|(wanted, there)| dispatch::equals(&wanted, &there))
        };
        let mine = self.is_unfinished(wanted, there);
        let offered = self.permits.adopt && (equal("-") || dispatch::equals(wanted, there));
        if !mine && !offered {
            return Ok(false);
        }
        if let Object::Pool(pool) = there {
            gcp::refuse_foreign_providers(self, pool).await?;
        }
        Ok(true)
    }

    /// Whether a deleted object may be brought back: one that this resource deleted, or any if the user says so.
    fn may_revive(&self, wanted: &Object, there: &Object) -> bool {
        let ours = self.marks.as_ref().and_then(|marks| wanted.marked(&marks.destroyed));
        self.permits.undelete || ours.is_some_and(|ours| ours.marker().is_some() && ours.marker() == there.marker())
    }
}

impl Driver for Clouds {
    type Object = Object;
    type Error = CloudError;

    async fn create(&self, object: &Object) -> Result<Created, CloudError> {
        let marked = self.marked(object);
        let wanted = marked.as_ref().unwrap_or(object);
        let first = self.marks.as_ref().filter(|_| marked.is_some()).map(Marks::first);
        let made = dispatch::create(self, wanted).await;
        if made.as_ref().map_or_else(CloudError::is_accepted, |made| *made == Made::New) {
            first.inspect(|mark| self.leave(object, mark));
        }
        if made? == Made::New {
            return Ok(Created::New);
        }
        if object.may_be_found() && marked.is_none() {
            return Ok(Created::Found);
        }
        match self.look_for(object).await? {
            Look::There(there) if object.may_be_found() => {
                Ok(if self.is_unfinished(object, &there) { Created::Adopted } else { Created::Found })
            }
            // It was there a moment ago; whoever deletes it may be at it still.
            Look::Absent => Ok(Created::Taken),
            Look::Deleted(there)
                if self.may_revive(object, &there) && dispatch::revive(self, wanted, &there).await? =>
            {
                first.inspect(|mark| self.leave(object, mark));
                Ok(Created::Adopted)
            }
            Look::Deleted(_) => Ok(Created::SoftDeleted),
            Look::There(there) if self.may_adopt(object, &there).await? => {
                let marks = self.marks.as_ref().filter(|_| marked.is_some());
                let mark =
                    marks.map(|marks| self.mark_on(object, &there).map_or(marks.first(), |it| marks.other_than(it)));
                let marked = mark.and_then(|mark| object.marked(mark));
                let wanted = marked.as_ref().unwrap_or(object);
                if !dispatch::equals(wanted, &there) {
                    dispatch::update(self, wanted, &there).await?;
                }
                mark.inspect(|mark| self.leave(object, mark));
                Ok(Created::Adopted)
            }
            Look::There(_) => Ok(Created::Taken),
        }
    }

    fn is_accepted(&self, error: &CloudError) -> bool {
        error.is_accepted()
    }

    async fn converge(&self, object: &Object) -> Result<Converged, CloudError> {
        let marked = self.marked(object).filter(|_| self.beginning);
        let wanted = marked.as_ref().unwrap_or(object);
        let mut mark = self.marks.as_ref().filter(|_| marked.is_some()).map(Marks::first);
        match self.look_for(object).await? {
            Look::Absent => return Ok(Converged::Absent),
            Look::Deleted(there) if !dispatch::revive(self, wanted, &there).await? => {
                return Ok(Converged::SoftDeleted);
            }
            Look::Deleted(_) => {}
            Look::There(there) if dispatch::equals(wanted, &there) => {}
            // Its own mark stays, whichever of the two it is.
            Look::There(there) if mark.is_some() && self.is_unfinished(object, &there) => {
                mark = self.mark_on(object, &there);
            }
            Look::There(there) => dispatch::update(self, wanted, &there).await?,
        }
        mark.inspect(|mark| self.leave(object, mark));
        Ok(Converged::Done)
    }

    /// Nothing is written here, so those who look at the same object at a time share one read: a thousand members of a trust refer to one pool.
    async fn observe(&self, object: &Object) -> Result<Observed, CloudError> {
        let looking = Self {
            providers: self.providers.clone(),
            job: self.job.clone(),
            ..Self::new(Arc::clone(&self.shared), self.cancel.clone(), self.deadline).surveying()
        };
        let looked = looking.look_for(object).await;
        lock(&self.learnt).merge(looking.learnt());
        Ok(match looked? {
            Look::Absent => Observed::Absent,
            Look::Deleted(_) => Observed::SoftDeleted,
            Look::There(there) if self.is_as_wanted(object, &there) => Observed::Equal,
            Look::There(_) => Observed::Different,
        })
    }

    async fn has_other_users(&self, object: &Object) -> Result<bool, CloudError> {
        match object {
            Object::Grant(Grant { resource: Resource::Bucket { bucket: Leaf::Known(bucket) }, .. }) => {
                match &self.job {
                    Some((project, name)) => gcp::another_touches(self, (project, name), bucket).await,
                    None => Ok(true),
                }
            }
            // Under another name it was made by somebody else.
            Object::RoleAssignment(_) => match object.id().known() {
                Some(id) => Ok(self.look(object.type_name(), id).await? == Look::Absent),
                None => Ok(true),
            },
            _ => Ok(false),
        }
    }

    async fn delete(&self, entry: &Entry) -> Result<(), CloudError> {
        if let Some(marks) = &self.marks
            && dispatch::comes_back(&entry.kind)
            && let Look::There(there) = self.look(&entry.kind, &entry.id).await?
            && let Some(marked) = there.marked(&marks.destroyed)
        {
            // A deleted object cannot be marked any more, and what comes back later has to be recognised.
            dispatch::update(self, &marked, &there).await?;
        }
        dispatch::delete(self, &entry.kind, &entry.id).await
    }
}

/// No call panics while it holds a lock, so a poisoned one still holds what was done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
