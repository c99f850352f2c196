//! APIs that a project must have switched on. Callers who want some at the same time share one call.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::Client;
use crate::context::Context;
use crate::error::{Answer, Error, refused_operation};
use crate::gcp::operations;
use crate::gcp::services::{self, BATCH_LIMIT, ServiceState};

/// What is being switched on in one project.
#[derive(Debug, Default)]
pub(super) struct Enabling {
    /// What callers are waiting for, until one of them takes care of it.
    wanted: Mutex<BTreeSet<String>>,
    /// What was switched on, until a caller who wanted it takes note.
    made: Mutex<BTreeSet<String>>,
    turn: tokio::sync::Mutex<()>,
}

/// The code of `google.rpc.Status` for an object whose state does not allow the call.
const FAILED_PRECONDITION: i64 = 9;

impl Client {
    /// Whether an API is switched on; shared by all who ask within a while.
    pub async fn service_state(&self, project: &str, service: &str, ctx: &Context) -> Result<ServiceState, Error> {
        let key = (project.to_owned(), service.to_owned());
        let request = services::get(project, service);
        let fetch = async { self.transport.send(&request, ctx).await.map(|service| service.state) };
        self.shared.services.get(&key, fetch).await
    }

    /// Switches on those of the APIs that are off. Answers with the ones that were switched on for this caller.
    pub async fn enable_services(
        &self,
        project: &str,
        services: &[String],
        ctx: &Context,
    ) -> Result<Vec<String>, Error> {
        let missing = self.not_enabled(project, services.iter().cloned().collect(), ctx).await?;
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let enabling = self.enabling(project);
        lock(&enabling.wanted).extend(missing.iter().cloned());
        tokio::time::sleep(self.timing.gather).await;

        let _turn = enabling.turn.lock().await;
        let mut all = std::mem::take(&mut *lock(&enabling.wanted));
        all.extend(missing.iter().cloned());
        let all = self.not_enabled(project, all, ctx).await?;
        let only_ours: BTreeSet<String> = all.intersection(&missing).cloned().collect();
        match self.batch_enable(project, &all, &enabling, ctx).await {
            // What others want may spoil the call; they will hear of it when it is their turn.
            Err(error) if all.len() > only_ours.len() && !error.is_cancelled() => {
                self.batch_enable(project, &only_ours, &enabling, ctx).await?;
            }
            result => result?,
        }
        let mut made = lock(&enabling.made);
        Ok(missing.into_iter().filter(|service| made.remove(service)).collect())
    }

    async fn not_enabled(
        &self,
        project: &str,
        services: BTreeSet<String>,
        ctx: &Context,
    ) -> Result<BTreeSet<String>, Error> {
        let states = services.iter().map(|service| self.service_state(project, service, ctx));
        let states = futures::future::try_join_all(states).await?;
        let off = services.iter().zip(states).filter(|(_, state)| *state != ServiceState::Enabled);
        Ok(off.map(|(service, _)| service.clone()).collect())
    }

    async fn batch_enable(
        &self,
        project: &str,
        services: &BTreeSet<String>,
        enabling: &Enabling,
        ctx: &Context,
    ) -> Result<(), Error> {
        let services: Vec<String> = services.iter().cloned().collect();
        for batch in services.chunks(BATCH_LIMIT) {
            let request = services::batch_enable(project, batch);
            let result = operations::run(&self.transport, &request, &self.timing.polling, ctx).await;
            for service in batch {
                self.shared.services.invalidate(&(project.to_owned(), service.clone()));
            }
            if let Some(failure) = result?.as_ref().and_then(|response| response["failures"].get(0)) {
                let message = format!(
                    "{} was not enabled: {}",
                    failure["serviceId"].as_str().unwrap_or("an API"),
                    failure["errorMessage"].as_str().unwrap_or("no reason given"),
                );
                let answer = Answer { message, ..Answer::default() };
                return Err(refused_operation(*request.raw().call(), FAILED_PRECONDITION, answer));
            }
            lock(&enabling.made).extend(batch.iter().cloned());
        }
        Ok(())
    }

    fn enabling(&self, project: &str) -> Arc<Enabling> {
        lock(&self.shared.enabling).entry(project.to_owned()).or_default().clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
