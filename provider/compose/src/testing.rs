//! A cloud of names, for tests: objects are there or not, and calls can be refused.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Mutex;

use crate::driver::{Converged, Created, Driver, Observed};
use crate::graph::{Graph, Node};
use crate::journal::{Entry, Key, Origin, Status};

/// Objects are their own ids; those whose name begins with `shared` may be found.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    objects: BTreeSet<String>,
    calls: Vec<String>,
    refused: BTreeSet<String>,
    blind: BTreeSet<String>,
    marked: BTreeSet<String>,
}

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// Refused.
    #[error("refused")]
    Refused,
    /// Carried out, which nobody saw.
    #[error("unwatched")]
    Unwatched,
}

impl Cloud {
    pub(crate) fn with<const N: usize>(objects: [&str; N]) -> Self {
        let cloud = Self::default();
        cloud.inner().objects = objects.map(str::to_owned).into();
        cloud
    }

    /// Puts the mark of an earlier attempt on an object.
    pub(crate) fn marking(self, id: &str) -> Self {
        self.inner().marked.insert(id.to_owned());
        self
    }

    pub(crate) fn refusing(self, call: &str) -> Self {
        self.refuse(call);
        self
    }

    /// Carries this call out and says that it failed.
    pub(crate) fn blinding(self, call: &str) -> Self {
        self.inner().blind.insert(call.to_owned());
        self
    }

    pub(crate) fn refuse(&self, call: &str) {
        self.inner().refused.insert(call.to_owned());
    }

    /// Refuses nothing any more and forgets the calls so far.
    pub(crate) fn allow(&self) {
        let mut inner = self.inner();
        inner.refused.clear();
        inner.blind.clear();
        inner.calls.clear();
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.inner().calls.clone()
    }

    pub(crate) fn objects(&self) -> Vec<String> {
        self.inner().objects.iter().cloned().collect()
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn call(&self, verb: &str, id: &str) -> Result<std::sync::MutexGuard<'_, Inner>, Refused> {
        let mut inner = self.inner();
        let call = format!("{verb} {id}");
        if inner.refused.contains(&call) {
            return Err(Refused::Refused);
        }
        inner.calls.push(call);
        Ok(inner)
    }
}

impl Driver for Cloud {
    type Object = String;
    type Error = Refused;

    async fn create(&self, object: &String) -> Result<Created, Refused> {
        tokio::task::yield_now().await;
        let mut inner = self.call("create", object)?;
        let marked = inner.marked.contains(object);
        if inner.blind.contains(&format!("create {object}")) {
            inner.objects.insert(object.clone());
            return Err(Refused::Unwatched);
        }
        Ok(match (inner.objects.insert(object.clone()), object.starts_with("shared")) {
            (true, _) => Created::New,
            (false, _) if marked => Created::Adopted,
            (false, true) => Created::Found,
            (false, false) => Created::Taken,
        })
    }

    fn is_accepted(&self, error: &Refused) -> bool {
        matches!(error, Refused::Unwatched)
    }

    async fn converge(&self, object: &String) -> Result<Converged, Refused> {
        let inner = self.call("converge", object)?;
        Ok(match inner.objects.contains(object) {
            true => Converged::Done,
            false if object.starts_with("burnt") => Converged::SoftDeleted,
            false => Converged::Absent,
        })
    }

    async fn observe(&self, object: &String) -> Result<Observed, Refused> {
        let inner = self.call("observe", object)?;
        Ok(if inner.objects.contains(object) { Observed::Equal } else { Observed::Absent })
    }

    /// Objects whose name ends so are others' as well.
    async fn has_other_users(&self, object: &String) -> Result<bool, Refused> {
        Ok(object.ends_with(".used"))
    }

    async fn delete(&self, entry: &Entry) -> Result<(), Refused> {
        self.call("delete", &entry.id)?.objects.remove(&entry.id);
        Ok(())
    }
}

/// A graph of names, in which `pool.provider` belongs to `pool`, and `existing` is referred to as existing.
pub(crate) fn graph(edges: &[(&str, &[&str])]) -> Graph<String> {
    let nodes: BTreeMap<Key, Node<String>> = edges
        .iter()
        .map(|(key, after)| {
            let after = after.iter().map(ToString::to_string).collect();
            let below = key.rsplit_once('.').map(|(parent, _)| parent.to_owned()).into_iter().collect();
            (
                key.to_string(),
                Node {
                    object: key.to_string(),
                    kind: "name".into(),
                    id: key.to_string(),
                    after,
                    below,
                    referenced: key.starts_with("existing"),
                },
            )
        })
        .collect();
    Graph::new(nodes).unwrap()
}

/// A journal entry whose id is its key.
pub(crate) fn entry(key: &str, origin: Origin, status: Status) -> (Key, Entry) {
    (key.to_owned(), Entry { kind: "name".into(), id: key.to_owned(), origin, status })
}

/// Runs a future to its end.
pub(crate) fn run_now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
