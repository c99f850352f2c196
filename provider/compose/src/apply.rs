//! Apply: makes a graph true. First what is no longer wanted goes, users first; then what is wanted comes, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::destroy::delete;
use crate::driver::{Converged, Created, Driver, Observed};
use crate::graph::{Graph, Node};
use crate::journal::{Entry, Journal, Key, Origin, Status};
use crate::outcome::{Action, Cause, Failure, Outcome};
use crate::refresh::{into_inner, lock};
use crate::schedule::{Run, run};

/// What an apply starts from and is to end in.
#[derive(Debug)]
pub struct Wanted<'a, O> {
    journal: &'a Journal,
    previous: Option<&'a Graph<O>>,
    graph: &'a Graph<O>,
    held: BTreeSet<Key>,
}

impl<'a, O> Wanted<'a, O> {
    /// Starts from what `journal` says is there and ends in `graph`.
    pub fn new(journal: &'a Journal, graph: &'a Graph<O>) -> Self {
        Self { journal, previous: None, graph, held: BTreeSet::new() }
    }

    /// Says what was wanted when the journal was written, where that is known: objects that have not changed since are not touched.
    #[must_use]
    pub fn after(self, previous: Option<&'a Graph<O>>) -> Self {
        Self { previous, ..self }
    }

    /// Names objects that are wanted but cannot be described yet: what the journal holds under their keys stays as it is.
    #[must_use]
    pub fn holding(self, held: BTreeSet<Key>) -> Self {
        Self { held, ..self }
    }
}

/// Makes a graph true. Whatever fails, the returned journal holds everything that is there.
pub async fn apply<D: Driver>(driver: &D, wanted: &Wanted<'_, D::Object>, how: &Run) -> Outcome<D::Error> {
    let nodes = wanted.graph.nodes();
    let (leftovers, kept): (Journal, Journal) =
        wanted.journal.clone().into_iter().partition(|(key, entry)| {
            !wanted.held.contains(key) && nodes.get(key).is_none_or(|node| node.id != entry.id)
        });
    let order = wanted.previous.unwrap_or(wanted.graph);
    let mut removal = delete(driver, order, leftovers, how).await;
    if !removal.is_complete() {
        // Something that should be gone is still there under its key: making its successor now would lose sight of it.
        removal.skipped.extend(nodes.keys().filter(|key| !kept.contains_key(*key)).cloned());
        removal.journal.extend(kept);
        return removal;
    }

    let journal = Mutex::new(kept.clone());
    let failures = Mutex::new(Vec::new());
    let made = Mutex::new(BTreeMap::<Key, How>::new());
    let skipped = run(how, wanted.graph.forward(), async |key| {
        let Some(node) = nodes.get(&key) else { return true };
        // What the user no longer refers to as existing is not this graph's for that: it is to be made, and is found taken.
        let before = kept.get(&key).filter(|entry| node.referenced || entry.origin != Origin::Referenced);
        let unchanged = wanted.previous.and_then(|graph| graph.nodes().get(&key)).is_some_and(|old| old == node);
        let mine = |parent: &Key| {
            kept.get(parent).is_some_and(|entry| entry.origin == Origin::Created)
                || lock(&made).get(parent) == Some(&How::Adopted)
        };
        let owned = node.below.iter().any(mine);
        match bring_about(driver, node, before, unchanged, owned).await {
            Ok((origin, how)) => {
                let entry = Entry { kind: node.kind.clone(), id: node.id.clone(), origin, status: Status::Present };
                lock(&journal).insert(key.clone(), entry);
                if let Some(how) = how {
                    lock(&made).insert(key, how);
                }
                true
            }
            Err((action, cause)) => {
                if matches!(&cause, Cause::Driver(error) if action == Action::Create && driver.is_accepted(error)) {
                    let (kind, id) = (node.kind.clone(), node.id.clone());
                    let entry = Entry { kind, id, origin: Origin::Created, status: Status::Changed };
                    lock(&journal).insert(key.clone(), entry);
                }
                lock(&failures).push(Failure { key, id: node.id.clone(), action, cause });
                false
            }
        }
    })
    .await;
    let made = into_inner(made).into_keys().collect();
    Outcome { journal: into_inner(journal), failures: into_inner(failures), skipped, made }
}

/// How an object became this graph's own in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Made,
    Adopted,
}

type Step<E> = Result<(Origin, Option<How>), (Action, Cause<E>)>;

/// Makes one object be there as wanted. `owned`: it belongs to an object that was this graph's own before this run.
async fn bring_about<D: Driver>(
    driver: &D,
    node: &Node<D::Object>,
    before: Option<&Entry>,
    unchanged: bool,
    owned: bool,
) -> Step<D::Error> {
    if node.referenced {
        let failed = |error| (Action::Read, Cause::Driver(error));
        return match driver.observe(&node.object).await.map_err(failed)? {
            Observed::Equal | Observed::Different => Ok((Origin::Referenced, None)),
            Observed::Absent => Err((Action::Read, Cause::Absent)),
            Observed::SoftDeleted => Err((Action::Read, Cause::SoftDeleted)),
        };
    }
    match before {
        Some(entry) if entry.status == Status::Present && unchanged => Ok((entry.origin, None)),
        Some(entry) if entry.status != Status::Missing => {
            let converged =
                driver.converge(&node.object).await.map_err(|error| (Action::Update, Cause::Driver(error)))?;
            match converged {
                Converged::Done => Ok((entry.origin, None)),
                Converged::Absent => create(driver, node, owned).await,
                Converged::SoftDeleted => Err((Action::Update, Cause::SoftDeleted)),
            }
        }
        _ => create(driver, node, owned).await,
    }
}

async fn create<D: Driver>(driver: &D, node: &Node<D::Object>, owned: bool) -> Step<D::Error> {
    let failed = |error| (Action::Create, Cause::Driver(error));
    match driver.create(&node.object).await.map_err(failed)? {
        Created::New => Ok((Origin::Created, Some(How::Made))),
        Created::Adopted => Ok((Origin::Created, Some(How::Adopted))),
        // A process that was killed may have made it: nobody else has a reason to add to an object of ours.
        Created::Found if owned && !driver.has_other_users(&node.object).await.map_err(failed)? => {
            Ok((Origin::Created, Some(How::Adopted)))
        }
        Created::Found => Ok((Origin::Found, None)),
        Created::Taken if owned && driver.observe(&node.object).await.map_err(failed)? == Observed::Equal => {
            Ok((Origin::Created, Some(How::Adopted)))
        }
        Created::Taken => Err((Action::Create, Cause::Taken)),
        // It went with the object that it belongs to, and comes back with it.
        Created::SoftDeleted if owned && driver.converge(&node.object).await.map_err(failed)? == Converged::Done => {
            Ok((Origin::Created, Some(How::Adopted)))
        }
        Created::SoftDeleted => Err((Action::Create, Cause::SoftDeleted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cloud, entry, graph, run_now};

    const TRUST: &[(&str, &[&str])] =
        &[("pool", &[]), ("provider", &["pool"]), ("account", &[]), ("grant", &["provider", "account"])];

    fn first(cloud: &Cloud) -> Outcome<crate::testing::Refused> {
        let graph = graph(TRUST);
        let nothing = Journal::new();
        let wanted = Wanted::new(&nothing, &graph);
        run_now(apply(cloud, &wanted, &Run { concurrency: 1, ..Run::default() }))
    }

    #[test]
    fn objects_are_made_after_what_they_wait_for() {
        let cloud = Cloud::default();
        assert!(first(&cloud).is_complete());
        assert_eq!(cloud.calls(), ["create account", "create pool", "create provider", "create grant"]);
    }

    #[test]
    fn a_refused_call_keeps_what_was_made_and_the_next_apply_finishes_without_touching_it() {
        let cloud = Cloud::default().refusing("create provider");
        let outcome = first(&cloud);
        assert_eq!(outcome.journal.keys().collect::<Vec<_>>(), ["account", "pool"]);
        assert_eq!(outcome.failures.len(), 1);
        assert_eq!(outcome.skipped, ["grant"]);

        cloud.allow();
        let graph = graph(TRUST);
        let wanted = Wanted::new(&outcome.journal, &graph).after(Some(&graph));
        assert!(run_now(apply(&cloud, &wanted, &Run::default())).is_complete());
        assert_eq!(cloud.calls(), ["create provider", "create grant"]);
    }

    #[test]
    fn what_was_accepted_is_recorded_although_nobody_saw_its_end() {
        let cloud = Cloud::default().blinding("create provider");
        let outcome = first(&cloud);
        assert_eq!(outcome.failures.len(), 1);
        assert_eq!(outcome.journal["provider"].origin, Origin::Created);

        cloud.allow();
        let graph = graph(TRUST);
        let wanted = Wanted::new(&outcome.journal, &graph).after(Some(&graph));
        assert!(run_now(apply(&cloud, &wanted, &Run::default())).is_complete());
        assert_eq!(cloud.calls(), ["converge provider", "create grant"]);
    }

    #[test]
    fn an_object_that_somebody_else_made_is_refused_and_not_recorded() {
        let cloud = Cloud::with(["pool"]);
        let outcome = first(&cloud);
        assert!(matches!(outcome.failures[..], [Failure { cause: Cause::Taken, .. }]));
        assert!(!outcome.journal.contains_key("pool"));
    }

    #[test]
    fn a_shared_object_that_is_there_is_found() {
        let cloud = Cloud::with(["shared-api"]);
        let graph = graph(&[("shared-api", &[])]);
        let nothing = Journal::new();
        let wanted = Wanted::new(&nothing, &graph);
        let outcome = run_now(apply(&cloud, &wanted, &Run::default()));
        assert_eq!(outcome.journal["shared-api"].origin, Origin::Found);
    }

    #[test]
    fn what_an_earlier_attempt_made_is_recognised_and_so_is_what_belongs_to_it() {
        let cloud = Cloud::with(["pool", "pool.provider", "pool.shared", "shared"]).marking("pool");
        let graph = graph(&[("pool", &[]), ("pool.provider", &["pool"]), ("shared", &[])]);
        let outcome = run_now(apply(&cloud, &Wanted::new(&Journal::new(), &graph), &Run::default()));
        assert!(outcome.is_complete(), "{:?}", outcome.failures);
        assert_eq!(outcome.journal["pool"].origin, Origin::Created);
        assert_eq!(outcome.journal["pool.provider"].origin, Origin::Created);
        assert_eq!(outcome.journal["shared"].origin, Origin::Found);
        assert_eq!(outcome.made, ["pool", "pool.provider"].map(str::to_owned).into());
    }

    #[test]
    fn what_others_use_stays_theirs_even_below_an_object_of_ones_own() {
        let cloud = Cloud::with(["shared", "shared.grant", "shared.used"]).marking("shared");
        let graph = graph(&[("shared", &[]), ("shared.grant", &["shared"]), ("shared.used", &["shared"])]);
        let outcome = run_now(apply(&cloud, &Wanted::new(&Journal::new(), &graph), &Run::default()));
        assert_eq!(outcome.journal["shared.grant"].origin, Origin::Created);
        assert_eq!(outcome.journal["shared.used"].origin, Origin::Found);
    }

    #[test]
    fn what_is_there_below_an_object_just_made_is_not_taken() {
        let cloud = Cloud::with(["pool.provider"]);
        let graph = graph(&[("pool", &[]), ("pool.provider", &["pool"])]);
        let outcome = run_now(apply(&cloud, &Wanted::new(&Journal::new(), &graph), &Run::default()));
        assert!(matches!(outcome.failures[..], [Failure { cause: Cause::Taken, .. }]), "{:?}", outcome.failures);
    }

    #[test]
    fn what_the_user_refers_to_has_to_be_there_and_is_left_alone() {
        let graph = graph(&[("existing", &[]), ("grant", &["existing"])]);
        let cloud = Cloud::with(["existing"]);
        let nothing = Journal::new();
        let outcome = run_now(apply(&cloud, &Wanted::new(&nothing, &graph), &Run::default()));
        assert_eq!(outcome.journal["existing"].origin, Origin::Referenced);
        assert_eq!(cloud.calls(), ["observe existing", "create grant"]);

        let cloud = Cloud::default();
        let outcome = run_now(apply(&cloud, &Wanted::new(&nothing, &graph), &Run::default()));
        assert!(matches!(outcome.failures[..], [Failure { cause: Cause::Absent, .. }]), "{:?}", outcome.failures);
        assert_eq!(outcome.skipped, ["grant"]);
    }

    #[test]
    fn what_cannot_be_described_yet_is_left_alone() {
        let cloud = Cloud::with(["pool", "grant"]);
        let journal = Journal::from([
            entry("pool", Origin::Created, Status::Present),
            entry("grant", Origin::Created, Status::Present),
        ]);
        let graph = graph(&[("pool", &[])]);
        let wanted = Wanted::new(&journal, &graph).after(Some(&graph)).holding(["grant".to_owned()].into());
        let outcome = run_now(apply(&cloud, &wanted, &Run::default()));
        assert_eq!(outcome.journal, journal);
        assert!(cloud.calls().is_empty());
    }

    #[test]
    fn drift_is_repaired_and_the_rest_is_left_alone() {
        let cloud = Cloud::with(["pool", "account"]);
        let journal = Journal::from([
            entry("pool", Origin::Created, Status::Changed),
            entry("provider", Origin::Created, Status::Missing),
            entry("account", Origin::Created, Status::Present),
            entry("grant", Origin::Created, Status::Missing),
        ]);
        let graph = graph(TRUST);
        let wanted = Wanted::new(&journal, &graph).after(Some(&graph));
        let outcome = run_now(apply(&cloud, &wanted, &Run { concurrency: 1, ..Run::default() }));
        assert!(outcome.is_complete());
        assert_eq!(cloud.calls(), ["converge pool", "create provider", "create grant"]);
        assert!(outcome.journal.values().all(|entry| entry.status == Status::Present));
    }

    #[test]
    fn what_never_comes_back_stays_in_the_journal_and_is_told() {
        let cloud = Cloud::default();
        let journal = Journal::from([entry("burnt", Origin::Created, Status::SoftDeleted)]);
        let graph = graph(&[("burnt", &[])]);
        let wanted = Wanted::new(&journal, &graph).after(Some(&graph));
        let outcome = run_now(apply(&cloud, &wanted, &Run::default()));
        assert!(matches!(outcome.failures[..], [Failure { cause: Cause::SoftDeleted, .. }]), "{:?}", outcome.failures);
        assert_eq!(outcome.journal, journal);
    }

    #[test]
    fn what_is_no_longer_wanted_goes_first() {
        let cloud = Cloud::with(["pool", "old"]);
        let before = graph(&[("pool", &[]), ("old", &["pool"])]);
        let after = graph(&[("pool", &[]), ("new", &["pool"])]);
        let journal = Journal::from([
            entry("pool", Origin::Created, Status::Present),
            entry("old", Origin::Created, Status::Present),
        ]);
        let wanted = Wanted::new(&journal, &after).after(Some(&before));
        assert!(run_now(apply(&cloud, &wanted, &Run::default())).is_complete());
        assert_eq!(cloud.calls(), ["delete old", "create new"]);
    }

    #[test]
    fn what_cannot_be_removed_stays_in_the_journal_and_nothing_new_is_made() {
        let cloud = Cloud::with(["pool", "old"]).refusing("delete old");
        let before = graph(&[("pool", &[]), ("old", &["pool"])]);
        let after = graph(&[("pool", &[]), ("new", &["pool"])]);
        let journal = Journal::from([
            entry("pool", Origin::Created, Status::Present),
            entry("old", Origin::Created, Status::Present),
        ]);
        let wanted = Wanted::new(&journal, &after).after(Some(&before));
        let outcome = run_now(apply(&cloud, &wanted, &Run::default()));
        assert_eq!(outcome.journal, journal);
        assert_eq!(outcome.skipped, ["new"]);
        assert_eq!(cloud.objects(), ["old", "pool"]);
    }

    #[test]
    fn a_cancelled_run_starts_nothing_more() {
        let cloud = Cloud::default();
        let how = Run::default();
        how.cancel.cancel();
        let graph = graph(TRUST);
        let nothing = Journal::new();
        let wanted = Wanted::new(&nothing, &graph);
        let outcome = run_now(apply(&cloud, &wanted, &how));
        assert!(cloud.calls().is_empty());
        assert_eq!(outcome.skipped.len(), TRUST.len());
    }
}
