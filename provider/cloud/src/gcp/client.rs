//! The client for Google's objects: requests sent, operations waited for, shared reads shared.

mod pools;
mod providers;
mod service_accounts;
mod services;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::operations::{self, Polling};
use super::{Operation, PolicyStore, Project, ServiceState, projects};
use crate::context::Context;
use crate::error::Error;
use crate::request::Request;
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// Creates, reads, changes and deletes Google's objects. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    policies: PolicyStore,
    timing: Timing,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    projects: SingleFlight<String, Project>,
    services: SingleFlight<(String, String), ServiceState>,
    enabling: Mutex<HashMap<String, Arc<services::Enabling>>>,
}

/// How the client waits. The defaults suit the real cloud.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How operations are polled.
    pub polling: Polling,
    /// How many good reads in a row prove that a new service account is known everywhere.
    pub settled_reads: u32,
    /// The pause between those reads.
    pub settle_interval: Duration,
    /// When to give up on them.
    pub settle_timeout: Duration,
    /// How long a policy edit waits for others to join it.
    pub gather: Duration,
    /// How long shared reads of policies and API states are kept.
    pub keep_reads: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            polling: Polling::default(),
            settled_reads: 3,
            settle_interval: Duration::from_secs(1),
            settle_timeout: Duration::from_secs(120),
            gather: Duration::from_millis(25),
            keep_reads: Duration::from_secs(120),
        }
    }
}

impl Timing {
    /// For an emulator, which answers at once.
    pub fn emulator() -> Self {
        Self {
            polling: Polling { initial: Duration::from_millis(10), ..Polling::default() },
            settle_interval: Duration::from_millis(10),
            ..Self::default()
        }
    }
}

/// What an object is that stands where one was to be made, after the answer was lost.
enum Found {
    /// Equal to what was sent: the call went through.
    Ours,
    /// Something else.
    Foreign,
    /// The state before the call.
    NotYet,
}

impl Client {
    /// A client on a transport.
    pub fn new(transport: Transport, timing: Timing) -> Self {
        let policies = PolicyStore::new(transport.clone(), timing.gather, timing.keep_reads);
        let shared = Shared {
            // A project's number never changes.
            projects: SingleFlight::new(Duration::MAX),
            services: SingleFlight::new(timing.keep_reads),
            enabling: Mutex::default(),
        };
        Self { transport, policies, timing, shared: Arc::new(shared) }
    }

    /// The transport that it sends with.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Grants and revokes.
    pub fn policies(&self) -> &PolicyStore {
        &self.policies
    }

    /// Reads a project by id or number; asked once in a client's life.
    pub async fn project(&self, project: &str, ctx: &Context) -> Result<Project, Error> {
        let key = project.to_owned();
        self.shared.projects.get(&key, self.transport.send(&projects::get(project), ctx)).await
    }

    /// Sends a read; "not found" is an answer.
    async fn find<T: DeserializeOwned>(&self, request: &Request<T>, ctx: &Context) -> Result<Option<T>, Error> {
        match self.transport.send(request, ctx).await {
            Ok(object) => Ok(Some(object)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs an operation and answers with the object it was about, from its response or else by reading it.
    async fn run<T: DeserializeOwned>(
        &self,
        request: &Request<Operation>,
        read: &Request<T>,
        ctx: &Context,
    ) -> Result<T, Error> {
        let response = operations::run(&self.transport, request, &self.timing.polling, ctx).await?;
        match response.and_then(|response| serde_json::from_value(response).ok()) {
            Some(object) => Ok(object),
            None => self.transport.send(read, ctx).await,
        }
    }

    /// Creates an object so that a lost answer does no harm: looks whether the object came about, and tries again if not.
    ///
    /// `judge` says what an object found that way is.
    async fn create<T, F>(
        &self,
        send: impl Fn() -> F,
        read: &Request<T>,
        judge: impl Fn(&T) -> Found,
        ctx: &Context,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned,
        F: Future<Output = Result<T, Error>>,
    {
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match send().await {
                Ok(object) => return Ok(object),
                Err(error) => error,
            };
            let doubtful = error.outcome_unknown() || (attempt > 1 && matches!(error, Error::AlreadyExists(_)));
            if !doubtful || error.is_cancelled() {
                return Err(error);
            }
            if let Ok(found) = self.find(read, ctx).await {
                match found.map(|object| (judge(&object), object)) {
                    Some((Found::Ours, object)) => return Ok(object),
                    Some((Found::Foreign, _)) => return Err(error),
                    Some((Found::NotYet, _)) | None => {}
                }
            }
            let wait = retry.backoff(attempt);
            if attempt >= retry.max_attempts
                || started.elapsed() + wait > retry.budget
                || !ctx.sleep(wait, &error).await
            {
                return Err(error);
            }
        }
    }

    /// Deletes an object. Answers whether it was there.
    async fn delete<T: DeserializeOwned>(
        &self,
        request: &Request<Operation>,
        read: &Request<T>,
        is_deleted: impl Fn(&T) -> bool,
        ctx: &Context,
    ) -> Result<bool, Error> {
        let error = match operations::run(&self.transport, request, &self.timing.polling, ctx).await {
            Ok(_) => return Ok(true),
            Err(Error::NotFound(_)) => return Ok(false),
            Err(error) => error,
        };
        // Deleting what is already soft-deleted is refused in more than one way; only its state tells.
        let refused = matches!(error, Error::FailedPrecondition(_) | Error::InvalidArgument { .. });
        if refused && self.find(read, ctx).await?.is_none_or(|object| is_deleted(&object)) {
            return Ok(false);
        }
        Err(error)
    }
}
