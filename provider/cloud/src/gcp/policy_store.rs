//! Edits of allow policies: one writer a policy, which gathers what callers want at the same time into one read-modify-write.
//!
//! A lost race is redone from the read on. A write whose outcome is unknown is found out by reading, and still counts as
//! ours, so that the answer to "granted or found?" stays right.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::AuditLog;
use super::iam_policy::{self, Grant, Policy, PolicyResource};
use crate::context::Context;
use crate::error::Error;
use crate::outcome::{Granted, Revoked};
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// Reads and edits allow policies. Cheap to clone; clones share writers and what was read.
#[derive(Clone, Debug)]
pub struct PolicyStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    transport: Transport,
    gather: Duration,
    reads: SingleFlight<PolicyResource, Arc<Policy>>,
    queues: Mutex<HashMap<PolicyResource, Vec<Edit>>>,
    /// When a policy was last written.
    written: Mutex<HashMap<PolicyResource, Instant>>,
}

/// Who writes a policy again so soon after is one of many, as with members of one trust, of which Terraform applies ten at a time.
const RECENTLY: Duration = Duration::from_secs(2);
/// So much longer is then waited for company. It costs less than a write of one's own would, for which the next ones wait in turn.
const LONGER: u32 = 10;

/// A policy that many write is contended; losing a few races in a row is ordinary however few retries the user wants.
const FEWEST_RACES: u32 = 10;

/// What a wish is about.
#[derive(Clone, Debug)]
enum Entry {
    Grant(Grant),
    AuditLog(AuditLog),
}

/// One caller's wish.
#[derive(Debug)]
struct Edit {
    add: bool,
    entry: Entry,
    ctx: Context,
    asked: Instant,
    /// Whether a write that held this edit had an unknown outcome.
    attempted: bool,
    done: oneshot::Sender<Result<bool, Error>>,
}

impl PolicyStore {
    /// A store that waits `gather` for company before each write, longer where many write, and keeps what it read for `keep`.
    pub fn new(transport: Transport, gather: Duration, keep: Duration) -> Self {
        let inner = Inner {
            transport,
            gather,
            reads: SingleFlight::new(keep),
            queues: Mutex::default(),
            written: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Makes sure of a grant.
    pub async fn grant(&self, resource: &PolicyResource, grant: &Grant, ctx: &Context) -> Result<Granted, Error> {
        let changed = self.edit(resource, true, Entry::Grant(grant.clone()), ctx).await?;
        Ok(if changed { Granted::Granted } else { Granted::Found })
    }

    /// Makes sure that a grant is gone. On a resource that does not exist it is.
    pub async fn revoke(&self, resource: &PolicyResource, grant: &Grant, ctx: &Context) -> Result<Revoked, Error> {
        self.remove(resource, Entry::Grant(grant.clone()), ctx).await
    }

    /// Makes sure that a data-access log is on.
    pub async fn audit(&self, resource: &PolicyResource, log: &AuditLog, ctx: &Context) -> Result<Granted, Error> {
        let changed = self.edit(resource, true, Entry::AuditLog(log.clone()), ctx).await?;
        Ok(if changed { Granted::Granted } else { Granted::Found })
    }

    /// Makes sure that a data-access log is off.
    pub async fn unaudit(&self, resource: &PolicyResource, log: &AuditLog, ctx: &Context) -> Result<Revoked, Error> {
        self.remove(resource, Entry::AuditLog(log.clone()), ctx).await
    }

    /// Whether a data-access log is on, with a read as shared as in [`PolicyStore::has`].
    pub async fn has_audit(&self, resource: &PolicyResource, log: &AuditLog, ctx: &Context) -> Result<bool, Error> {
        match self.read(resource, ctx).await {
            Ok(policy) => Ok(policy.has_audit_log(log)),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a grant is there. Callers at the same time, and for a while after, share one read. On a resource that does
    /// not exist it is not.
    pub async fn has(&self, resource: &PolicyResource, grant: &Grant, ctx: &Context) -> Result<bool, Error> {
        match self.read(resource, ctx).await {
            Ok(policy) => Ok(policy.has(grant)),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The policy, as shared as in [`PolicyStore::has`].
    pub async fn read(&self, resource: &PolicyResource, ctx: &Context) -> Result<Arc<Policy>, Error> {
        let fetch = async { self.inner.transport.send(&iam_policy::get(resource), ctx).await.map(Arc::new) };
        self.inner.reads.get(resource, fetch).await
    }

    async fn remove(&self, resource: &PolicyResource, entry: Entry, ctx: &Context) -> Result<Revoked, Error> {
        match self.edit(resource, false, entry, ctx).await {
            Ok(true) => Ok(Revoked::Revoked),
            Ok(false) | Err(Error::NotFound(_)) => Ok(Revoked::Absent),
            Err(error) => Err(error),
        }
    }

    async fn edit(&self, resource: &PolicyResource, add: bool, entry: Entry, ctx: &Context) -> Result<bool, Error> {
        let (done, outcome) = oneshot::channel();
        let edit = Edit { add, entry, ctx: ctx.clone(), asked: Instant::now(), attempted: false, done };
        if self.inner.enqueue(resource, edit) {
            tokio::spawn(self.inner.clone().write(resource.clone()));
        }
        let call = || iam_policy::set(resource, &Policy::default()).raw().call();
        let answer = async {
            // The writer answers every edit; it only falls silent when the whole runtime is going down.
            outcome.await.unwrap_or_else(|_| Err(Error::Cancelled { call: call(), sent: true }))
        };
        match ctx.deadline() {
            None => answer.await,
            Some(deadline) => {
                let asked = Instant::now();
                let in_time = tokio::time::timeout_at(deadline.into(), answer).await;
                in_time.unwrap_or_else(|_| Err(Error::Timeout { call: call(), after: asked.elapsed(), sent: true }))
            }
        }
    }
}

/// What is left of edits that were to be written together.
#[derive(Debug, Default)]
struct Leftover {
    /// Must be tried one by one, because one of them spoils the write.
    spoilt: Vec<Edit>,
    /// Are about something that was just made and is not known everywhere yet.
    early: Vec<Edit>,
}

impl Inner {
    /// Adds an edit to the resource's queue. Answers whether the caller must start its writer.
    fn enqueue(&self, resource: &PolicyResource, edit: Edit) -> bool {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        match queues.get_mut(resource) {
            Some(queue) => {
                queue.push(edit);
                false
            }
            None => {
                queues.insert(resource.clone(), vec![edit]);
                true
            }
        }
    }

    /// Takes what has gathered. Nothing gathered ends the writer: the queue goes away in the same moment.
    fn take(&self, resource: &PolicyResource) -> Option<Vec<Edit>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let gathered = queues.get_mut(resource).map(std::mem::take).unwrap_or_default();
        if gathered.is_empty() {
            queues.remove(resource);
            return None;
        }
        Some(gathered)
    }

    /// Puts edits back to be tried again with those that come meanwhile.
    fn put_back(&self, resource: &PolicyResource, edits: Vec<Edit>) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.entry(resource.clone()).or_default().extend(edits);
    }

    /// The one writer of a policy; runs as its own task, so that a caller who goes away takes nobody's write along.
    async fn write(self: Arc<Self>, resource: PolicyResource) {
        let mut pause = self.pause(&resource);
        let mut rounds = 0;
        loop {
            tokio::time::sleep(pause).await;
            let Some(edits) = self.take(&resource) else { return };
            let Leftover { spoilt, mut early } = self.write_together(&resource, edits).await;
            for edit in spoilt {
                early.extend(self.write_together(&resource, vec![edit]).await.early);
            }
            pause = self.pause(&resource);
            if early.is_empty() {
                rounds = 0;
            } else {
                rounds = (rounds + 1).min(5);
                pause += self.transport.retry_policy().backoff(rounds);
                self.put_back(&resource, early);
            }
        }
    }

    /// How long to wait for company before the next write.
    fn pause(&self, resource: &PolicyResource) -> Duration {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let is_busy = written.get(resource).is_some_and(|at| at.elapsed() < RECENTLY);
        if is_busy { self.gather * LONGER } else { self.gather }
    }

    /// Carries out edits in one write, redone after a lost race or a lost answer.
    async fn write_together(&self, resource: &PolicyResource, mut edits: Vec<Edit>) -> Leftover {
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            edits = drop_cancelled(resource, edits);
            let Some(first) = edits.first() else { return Leftover::default() };
            let ctx = first.ctx.without_deadline();
            let error = match self.read_modify_write(resource, &mut edits, &ctx).await {
                Ok(changes) => {
                    for (edit, changed) in edits.into_iter().zip(changes) {
                        edit.answer(Ok(changed));
                    }
                    return Leftover::default();
                }
                Err(error) => error,
            };
            // The first caller was interrupted; the others go on without it.
            if error.is_cancelled() {
                continue;
            }
            if is_spoilt(&error) && edits.len() > 1 {
                return Leftover { spoilt: edits, early: Vec::new() };
            }
            // Reads were repeated by the transport already.
            let redo = is_write(&error) && (matches!(error, Error::Conflict(_)) || error.outcome_unknown());
            if redo && attempt < retry.max_attempts.max(FEWEST_RACES) && started.elapsed() < retry.budget {
                tracing::debug!(%resource, attempt, cause = %error, "redoing the policy edit");
                ctx.sleep(retry.backoff(attempt.min(6)), &error).await;
                continue;
            }
            let (early, failed): (Vec<_>, Vec<_>) =
                edits.into_iter().partition(|edit| is_unknown_object(&error) && edit.is_patient());
            for edit in failed {
                edit.answer(Err(error.clone()));
            }
            return Leftover { spoilt: Vec::new(), early };
        }
    }

    async fn read_modify_write(
        &self,
        resource: &PolicyResource,
        edits: &mut [Edit],
        ctx: &Context,
    ) -> Result<Vec<bool>, Error> {
        let request = iam_policy::get(resource);
        let mut policy = self.transport.send(&request, ctx).await?;
        if policy.etag.is_none() {
            // Written without an etag, a policy silently loses every condition.
            let problem = "the policy has no etag".to_owned();
            return Err(Error::Protocol { call: request.raw().call(), http_status: 200, problem });
        }
        let changes: Vec<bool> = edits.iter().map(|edit| edit.apply(&mut policy)).collect();
        if changes.contains(&true) {
            policy.version = 3;
            let with_logs = edits.iter().zip(&changes).any(|(edit, changed)| *changed && edit.is_about_logs());
            let write = if with_logs { iam_policy::set_with_audit_logs } else { iam_policy::set };
            let result = self.transport.send(&write(resource, &policy), ctx).await;
            self.reads.invalidate(resource);
            self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(resource.clone(), Instant::now());
            if let Err(error) = result {
                let unknown = error.outcome_unknown();
                for (edit, changed) in edits.iter_mut().zip(&changes) {
                    edit.attempted |= unknown && *changed;
                }
                return Err(error);
            }
        }
        Ok(edits.iter().zip(changes).map(|(edit, changed)| changed || edit.attempted).collect())
    }
}

impl Edit {
    /// Carries the wish out on a policy; answers whether that changed anything.
    fn apply(&self, policy: &mut Policy) -> bool {
        match (&self.entry, self.add) {
            (Entry::Grant(grant), true) => policy.add(grant),
            (Entry::Grant(grant), false) => policy.remove(grant),
            (Entry::AuditLog(log), true) => policy.add_audit_log(log),
            (Entry::AuditLog(log), false) => policy.remove_audit_log(log),
        }
    }

    fn is_about_logs(&self) -> bool {
        matches!(self.entry, Entry::AuditLog(_))
    }

    fn answer(self, result: Result<bool, Error>) {
        // A caller who has gone away no longer needs the answer.
        let _ = self.done.send(result);
    }

    fn is_patient(&self) -> bool {
        self.ctx.create_patience().is_some_and(|patience| self.asked.elapsed() < patience)
    }
}

/// Answers and drops the edits whose callers have been interrupted.
fn drop_cancelled(resource: &PolicyResource, edits: Vec<Edit>) -> Vec<Edit> {
    let mut kept = Vec::with_capacity(edits.len());
    for edit in edits {
        if edit.ctx.is_cancelled() || edit.done.is_closed() {
            let call = iam_policy::set(resource, &Policy::default()).raw().call();
            let sent = edit.attempted;
            edit.answer(Err(Error::Cancelled { call, sent }));
        } else {
            kept.push(edit);
        }
    }
    kept
}

/// Whether the write failed, and not the read before it.
fn is_write(error: &Error) -> bool {
    error.call().operation == iam_policy::WRITE
}

/// Whether one bad edit can make the cloud refuse the whole write.
fn is_spoilt(error: &Error) -> bool {
    is_write(error) && matches!(error, Error::InvalidArgument { .. } | Error::FailedPrecondition(_))
}

/// Whether the resource or a member does not exist, or has not been heard of yet.
fn is_unknown_object(error: &Error) -> bool {
    match error {
        Error::NotFound(_) => true,
        Error::InvalidArgument { refusal, .. } => refusal.message.contains("does not exist"),
        _ => false,
    }
}
