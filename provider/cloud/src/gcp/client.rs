//! The client for Google's objects: requests sent, operations waited for, shared reads shared.

mod kms;
mod perimeters;
mod pools;
mod providers;
mod service_accounts;
mod service_agents;
mod services;
mod transfers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::operations::{self, Polling};
use super::{KeyRing, Operation, PolicyStore, Project, ServiceAgent, ServiceState, TransferAgent, projects};
use crate::context::Context;
use crate::creation::{self, Found, Settling};
use crate::error::Error;
use crate::keyed_lock::KeyedLock;
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
    rings: SingleFlight<String, Option<KeyRing>>,
    agents: SingleFlight<(String, String), ServiceAgent>,
    transfer_agents: SingleFlight<String, TransferAgent>,
    perimeter_writes: KeyedLock<String>,
    enabling: Mutex<HashMap<String, Arc<services::Enabling>>>,
}

/// How the client waits. The defaults suit the real cloud.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How operations are polled.
    pub polling: Polling,
    /// How to make sure that a new service account is known everywhere.
    pub settling: Settling,
    /// How long a policy edit waits for others to join it.
    pub gather: Duration,
    /// How long shared reads of policies and API states are kept.
    pub keep_reads: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            polling: Polling::default(),
            settling: Settling { reads: 3, interval: Duration::from_secs(1), timeout: Duration::from_secs(120) },
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
            settling: Settling { interval: Duration::from_millis(10), ..Self::default().settling },
            ..Self::default()
        }
    }
}

impl Client {
    /// A client on a transport.
    pub fn new(transport: Transport, timing: Timing) -> Self {
        let policies = PolicyStore::new(transport.clone(), timing.gather, timing.keep_reads);
        let shared = Shared {
            // A project's number never changes.
            projects: SingleFlight::new(Duration::MAX),
            services: SingleFlight::new(timing.keep_reads),
            rings: SingleFlight::new(timing.keep_reads),
            // An agent never goes away.
            agents: SingleFlight::new(Duration::MAX),
            transfer_agents: SingleFlight::new(Duration::MAX),
            perimeter_writes: KeyedLock::default(),
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

    async fn find<T: DeserializeOwned>(&self, request: &Request<T>, ctx: &Context) -> Result<Option<T>, Error> {
        creation::find(&self.transport, request, ctx).await
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

    /// Creates an object so that a lost answer does no harm; `judge` says what an object found after it is.
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
        creation::create(&self.transport, |_| send(), read, judge, ctx).await
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
