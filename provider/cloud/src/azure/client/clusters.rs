//! AKS clusters: read together, changed one at a time under their etag.

use std::time::Instant;

use super::Client;
use crate::azure::clusters::{self, Cluster, WorkloadIdentity};
use crate::azure::{ClusterName, operations};
use crate::context::Context;
use crate::error::Error;

impl Client {
    /// Reads a cluster; shared by all who ask within a while.
    pub async fn cluster(&self, name: &ClusterName, ctx: &Context) -> Result<Option<Cluster>, Error> {
        let request = clusters::get(name);
        self.shared.clusters.get(&name.key(), self.find(&request, ctx)).await
    }

    /// Makes sure that a cluster has what is wanted. Nothing is written when it does. Takes minutes otherwise.
    ///
    /// A change of somebody else's between the read and the write is respected: the write is refused, and begins again with the read.
    pub async fn set_workload_identity(
        &self,
        name: &ClusterName,
        wanted: &WorkloadIdentity,
        ctx: &Context,
    ) -> Result<Cluster, Error> {
        let read = clusters::get(name);
        let turn = self.shared.cluster_writes.lock(name.key(), ctx).await;
        let _turn = turn.ok_or_else(|| Self::no_turn(&read, ctx))?;
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let cluster = self.transport.send(&read, ctx).await?;
            if cluster.has(wanted) && cluster.provisioning_state().eq_ignore_ascii_case("Succeeded") {
                return Ok(cluster);
            }
            let put = clusters::put(name, &cluster.with(wanted), cluster.etag());
            let watched = read.clone().answering();
            let result = operations::run(&self.transport, &put, &watched, &self.timing.polling, ctx).await;
            self.shared.clusters.invalidate(&name.key());
            let error = match result {
                Ok(done) => match done.object {
                    Some(cluster) if cluster.has(wanted) => return Ok(cluster),
                    _ => return self.transport.send(&read, ctx).await,
                },
                Err(error) => error,
            };
            // Also an operation in progress is a conflict; it ends on its own. An unknown outcome is told by the next read.
            let again = matches!(error, Error::Conflict(_)) || (error.outcome_unknown() && !error.is_cancelled());
            let wait = retry.backoff(attempt);
            let over = attempt >= retry.max_attempts || started.elapsed() + wait > self.timing.polling.timeout;
            if !again || over || matches!(error, Error::Timeout { .. }) || !ctx.sleep(wait, &error).await {
                return Err(error);
            }
        }
    }
}
