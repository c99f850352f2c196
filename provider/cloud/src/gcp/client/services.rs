//! APIs that a project must have switched on.

use std::sync::{Arc, PoisonError};

use tokio::sync::Mutex;

use super::Client;
use crate::context::Context;
use crate::error::{Answer, Error, refused_operation};
use crate::gcp::operations;
use crate::gcp::services::{self, BATCH_LIMIT, ServiceState};

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

    /// Switches on those of the APIs that are off. Answers with the ones that this call switched on.
    pub async fn enable_services(
        &self,
        project: &str,
        services: &[String],
        ctx: &Context,
    ) -> Result<Vec<String>, Error> {
        // Trusts that want the same APIs come at the same time; the second one then finds them on.
        let lock = self.enabling_lock(project);
        let _turn = lock.lock().await;
        let mut missing = Vec::new();
        for service in services {
            if self.service_state(project, service, ctx).await? != ServiceState::Enabled && !missing.contains(service) {
                missing.push(service.clone());
            }
        }
        for batch in missing.chunks(BATCH_LIMIT) {
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
                return Err(refused_operation(
                    *request.raw().call(),
                    FAILED_PRECONDITION,
                    Answer { message, ..Answer::default() },
                ));
            }
        }
        Ok(missing)
    }

    fn enabling_lock(&self, project: &str) -> Arc<Mutex<()>> {
        let mut locks = self.shared.enabling.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(project.to_owned()).or_default().clone()
    }
}
