//! Service agents, each made sure of once in a client's life.
//!
//! That an agent exists is known before bindings to it are accepted: grant to it with a context that is patient after creations.

use serde_json::from_value;

use super::Client;
use crate::context::Context;
use crate::error::Error;
use crate::gcp::operations;
use crate::gcp::service_agents::{self, STORAGE, ServiceAgent};

impl Client {
    /// Makes sure of a service's agent in a project, such as that of `aiplatform.googleapis.com`, and tells who it is.
    pub async fn service_agent(&self, project: &str, service: &str, ctx: &Context) -> Result<ServiceAgent, Error> {
        let key = (project.to_owned(), service.to_owned());
        let make = async {
            if service == STORAGE {
                let agent = self.transport.send(&service_agents::of_storage(project), ctx).await?;
                return Ok(ServiceAgent { email: agent.email_address, unique_id: String::new() });
            }
            let request = service_agents::generate(project, service);
            let response = operations::run(&self.transport, &request, &self.timing.polling, ctx).await?;
            let agent = response.and_then(|response| from_value::<ServiceAgent>(response).ok());
            agent.filter(|agent| !agent.email.is_empty()).ok_or_else(|| Error::Protocol {
                call: request.raw().call(),
                http_status: 200,
                problem: "the service has no agent, or Google does not say who it is".to_owned(),
            })
        };
        self.shared.agents.get(&key, make).await
    }
}
