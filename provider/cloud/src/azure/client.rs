//! The client for Azure's objects: requests sent, operations waited for, shared reads shared, writes kept apart that must be.

mod applications;
mod clusters;
mod federated_credentials;
mod identities;
mod role_assignments;

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::role_assignments::Assigned;
use super::{
    Cluster, CognitiveAccount, CognitiveAccountName, ResourceGroup, ResourceGroupName, RoleDefinition, StorageAccount,
    StorageAccountName, accounts, operations, resource_groups,
};
use crate::context::Context;
use crate::creation::{self, Settling};
use crate::error::Error;
use crate::keyed_lock::KeyedLock;
use crate::polling::Polling;
use crate::request::{Empty, Request};
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// Creates, reads, changes and deletes Azure's objects. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    timing: Timing,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    groups: SingleFlight<String, ResourceGroup>,
    clusters: SingleFlight<String, Option<Cluster>>,
    cognitive: SingleFlight<String, Option<CognitiveAccount>>,
    storage: SingleFlight<String, Option<StorageAccount>>,
    roles: SingleFlight<(String, String), Option<RoleDefinition>>,
    /// Azure refuses writes of federated credentials beside one another under one identity.
    credential_writes: KeyedLock<String>,
    cluster_writes: KeyedLock<String>,
}

/// How the client waits. The defaults suit the real cloud.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How operations are polled; a cluster takes minutes.
    pub polling: Polling,
    /// How to make sure that a new identity is known everywhere.
    pub settling: Settling,
    /// How long shared reads of clusters, accounts and roles are kept.
    pub keep_reads: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            polling: Polling {
                initial: Duration::from_secs(1),
                max: Duration::from_secs(15),
                timeout: Duration::from_secs(1_800),
            },
            settling: Settling { reads: 2, interval: Duration::from_secs(1), timeout: Duration::from_secs(120) },
            keep_reads: Duration::from_secs(120),
        }
    }
}

impl Timing {
    /// For an emulator, which answers at once.
    pub fn emulator() -> Self {
        let default = Self::default();
        Self {
            polling: Polling { initial: Duration::from_millis(10), ..default.polling },
            settling: Settling { interval: Duration::from_millis(10), ..default.settling },
            ..default
        }
    }
}

/// What Azure answers when there was nothing to delete.
const NOTHING_THERE: u16 = 204;

impl Client {
    /// A client on a transport that is signed in to Azure.
    pub fn new(transport: Transport, timing: Timing) -> Self {
        let keep = timing.keep_reads;
        let shared = Shared {
            groups: SingleFlight::new(keep),
            clusters: SingleFlight::new(keep),
            cognitive: SingleFlight::new(keep),
            storage: SingleFlight::new(keep),
            roles: SingleFlight::new(Duration::MAX),
            credential_writes: KeyedLock::default(),
            cluster_writes: KeyedLock::default(),
        };
        Self { transport, timing, shared: Arc::new(shared) }
    }

    /// The transport that it sends with.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Reads a resource group; shared by all who ask within a while.
    pub async fn resource_group(&self, name: &ResourceGroupName, ctx: &Context) -> Result<ResourceGroup, Error> {
        let key = name.to_string().to_ascii_lowercase();
        self.shared.groups.get(&key, self.transport.send(&resource_groups::get(name), ctx)).await
    }

    /// Reads a Cognitive Services account; shared by all who ask within a while.
    pub async fn cognitive_account(
        &self,
        name: &CognitiveAccountName,
        ctx: &Context,
    ) -> Result<Option<CognitiveAccount>, Error> {
        let request = accounts::cognitive(name);
        self.shared.cognitive.get(&name.key(), self.find(&request, ctx)).await
    }

    /// Reads a storage account; shared by all who ask within a while.
    pub async fn storage_account(
        &self,
        name: &StorageAccountName,
        ctx: &Context,
    ) -> Result<Option<StorageAccount>, Error> {
        let request = accounts::storage(name);
        self.shared.storage.get(&name.key(), self.find(&request, ctx)).await
    }

    async fn find<T: DeserializeOwned>(&self, request: &Request<T>, ctx: &Context) -> Result<Option<T>, Error> {
        creation::find(&self.transport, request, ctx).await
    }

    /// Deletes an object. Answers whether it was there.
    async fn delete(&self, request: &Request<Empty>, read: &Request<Value>, ctx: &Context) -> Result<bool, Error> {
        let retry = self.transport.retry_policy();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match operations::run(&self.transport, request, read, &self.timing.polling, ctx).await {
                Ok(done) => return Ok(done.http_status != NOTHING_THERE),
                Err(Error::NotFound(_)) => return Ok(false),
                Err(error) => error,
            };
            let again = matches!(error, Error::Conflict(_)) && attempt < retry.max_attempts;
            if !again || !ctx.sleep(retry.backoff(attempt), &error).await {
                return Err(error);
            }
        }
    }

    /// The request for the next page of a list, if there is one.
    ///
    /// # Errors
    /// A page elsewhere: the credentials go nowhere but to the API.
    fn next_page<T>(&self, request: &Request<T>, link: Option<&str>) -> Result<Option<Request<T>>, Error> {
        let Some(link) = link.filter(|link| !link.is_empty()) else { return Ok(None) };
        let raw = request.raw();
        let next = Request::follow(raw.api, link, self.transport.endpoints());
        let next = next.map(|next| next.about(raw.operation, &raw.object).needs(&raw.permissions).or(raw.instead));
        next.map(Some).ok_or_else(|| Error::Protocol {
            call: raw.call(),
            http_status: 200,
            problem: "its next page is at another host".to_owned(),
        })
    }

    /// The error of a caller whose turn did not come.
    fn no_turn<T>(request: &Request<T>, ctx: &Context) -> Error {
        if ctx.is_cancelled() {
            Error::Cancelled { call: request.raw().call(), sent: false }
        } else {
            Error::Timeout { call: request.raw().call(), after: Duration::ZERO, sent: false }
        }
    }
}
