//! The driver of Google's objects: what a graph wants, said in the cloud client's words. One file a kind of object.

mod grant;
mod pool;
mod pool_provider;
mod service;
mod service_account;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crosscloud_cloud::gcp::{Client, NameError, PoolName, ProviderName};
use crosscloud_cloud::{CancellationToken, Context};
use crosscloud_compose::{Converged, Created, Driver, Entry, Graph, Observed};
use crosscloud_trust::{Object, Text};

/// How long an API that was just switched on may go on refusing calls.
const AFTER_ENABLE: Duration = Duration::from_secs(120);
/// How long a service account that was just created may go on being unknown to allow policies.
const AFTER_CREATE: Duration = Duration::from_secs(120);
/// How long one object may take.
const PER_OBJECT: Duration = Duration::from_secs(20 * 60);

/// Makes graphs of Google objects true.
#[derive(Debug)]
pub(crate) struct Google {
    client: Client,
    cancel: CancellationToken,
    /// The providers that the graph wants: what else a revived pool holds is foreign.
    providers: BTreeSet<ProviderName>,
    revived: Mutex<BTreeSet<PoolName>>,
}

/// Why a Google object could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GoogleError {
    /// The cloud call failed.
    #[error(transparent)]
    Cloud(#[from] crosscloud_cloud::Error),
    /// A pool that was brought back holds providers that are not this trust's.
    #[error("{pool} was brought back and then disabled, because it holds providers that this trust did not make: {}", providers.join(", "))]
    Foreign {
        /// The pool.
        pool: PoolName,
        /// The providers' ids.
        providers: Vec<String>,
    },
    /// The state holds an id that is not one.
    #[error("the state is damaged: {0}")]
    Name(#[from] NameError),
    /// The state holds a grant that is not one.
    #[error("the state is damaged: `{0}` is not a resource, a role and a member, separated by spaces")]
    Grant(String),
    /// The state holds a kind of object that this version does not know.
    #[error("this version of the provider does not know objects of type `{0}`")]
    Kind(String),
    /// A value is still unknown when it has to be sent.
    #[error("a value is still unknown while applying; this is a bug in the provider")]
    Unknown,
}

impl Google {
    /// A driver for the objects of `graph`, whose reads stop when `cancel` fires.
    pub(crate) fn new(client: Client, graph: &Graph<Object>, cancel: CancellationToken) -> Self {
        let providers = graph.nodes().values().filter_map(|node| match &node.object {
            Object::Provider(it) => pool_provider::name(it).ok(),
            _ => None,
        });
        let providers = providers.collect();
        Self { client, cancel, providers, revived: Mutex::default() }
    }

    /// Opens the pools that were brought back, once everything behind them is as wanted.
    pub(crate) async fn open_revived(&self) -> Result<(), GoogleError> {
        let revived = std::mem::take(&mut *self.revived.lock().unwrap_or_else(PoisonError::into_inner));
        for name in revived {
            pool::open(self, &name).await?;
        }
        Ok(())
    }

    /// The context of the calls for one object, whose time runs from here.
    fn context(&self) -> Context {
        Context::new().with_cancel(self.cancel.clone()).with_timeout(PER_OBJECT)
    }

    /// The context of writes, which may have to wait until earlier writes have spread. A wish to stop does not reach them: a step that has begun
    /// is brought to its end, so that what it made is known.
    fn patient(&self) -> Context {
        Context::new().with_timeout(PER_OBJECT).after_enable(AFTER_ENABLE).after_create(AFTER_CREATE)
    }
}

impl Driver for Google {
    type Object = Object;
    type Error = GoogleError;

    async fn create(&self, object: &Object) -> Result<Created, GoogleError> {
        match object {
            Object::Service(it) => service::create(self, it).await,
            Object::Pool(it) => pool::create(self, it).await,
            Object::Provider(it) => pool_provider::create(self, it).await,
            Object::ServiceAccount(it) => service_account::create(self, it).await,
            Object::Grant(it) => grant::create(self, &grant::of(it)?).await,
            other => Err(GoogleError::Kind(other.type_name().to_owned())),
        }
    }

    async fn converge(&self, object: &Object) -> Result<Converged, GoogleError> {
        match object {
            Object::Pool(it) => pool::converge(self, it).await,
            Object::Provider(it) => pool_provider::converge(self, it).await,
            Object::ServiceAccount(it) => service_account::converge(self, it).await,
            // These are there or not; there is nothing about them that could differ.
            Object::Service(_) | Object::Grant(_) => self.create(object).await.map(|_| Converged::Done),
            other => Err(GoogleError::Kind(other.type_name().to_owned())),
        }
    }

    async fn observe(&self, object: &Object) -> Result<Observed, GoogleError> {
        match object {
            Object::Service(it) => service::observe(self, it).await,
            Object::Pool(it) => pool::observe(self, it).await,
            Object::Provider(it) => pool_provider::observe(self, it).await,
            Object::ServiceAccount(it) => service_account::observe(self, it).await,
            Object::Grant(it) => grant::observe(self, &grant::of(it)?).await,
            other => Err(GoogleError::Kind(other.type_name().to_owned())),
        }
    }

    async fn delete(&self, entry: &Entry) -> Result<(), GoogleError> {
        match entry.kind.as_str() {
            "iam.googleapis.com/WorkloadIdentityPool" => {
                self.client.delete_pool(&entry.id.parse()?, &self.patient()).await?;
            }
            "iam.googleapis.com/WorkloadIdentityPoolProvider" => {
                self.client.delete_provider(&entry.id.parse()?, &self.patient()).await?;
            }
            "iam.googleapis.com/ServiceAccount" => {
                self.client.delete_service_account(&entry.id.parse()?, &self.patient()).await?;
            }
            "cloudresourcemanager.googleapis.com/ProjectGrant" | "iam.googleapis.com/ServiceAccountGrant" => {
                grant::delete(self, &grant::of_id(&entry.id)?).await?;
            }
            // Others in the project may have come to rely on an API that is on.
            "serviceusage.googleapis.com/Service" => {}
            other => return Err(GoogleError::Kind(other.to_owned())),
        }
        Ok(())
    }
}

/// A value that has to be known by now.
fn known(value: &Text) -> Result<String, GoogleError> {
    value.known().cloned().ok_or(GoogleError::Unknown)
}
