//! Google's own service agents: the accounts under which an API acts on a project's resources. They exist once somebody made sure of them,
//! and until then no policy can name them.

use super::services::sha_digits;
use crate::http::route::Object;
use crate::state::world::{World, details};

/// APIs with a service agent: how its address begins, and the project of Google's that it lives in.
const AGENTS: &[(&str, &str, &str)] = &[
    ("aiplatform.googleapis.com", "service", "gcp-sa-aiplatform"),
    ("artifactregistry.googleapis.com", "service", "gcp-sa-artifactregistry"),
    ("cloudasset.googleapis.com", "service", "gcp-sa-cloudasset"),
    ("cloudkms.googleapis.com", "service", "gcp-sa-cloudkms"),
    ("compute.googleapis.com", "service", "compute-system"),
    ("container.googleapis.com", "service", "container-engine-robot"),
    ("logging.googleapis.com", "service", "gcp-sa-logging"),
    ("monitoring.googleapis.com", "service", "gcp-sa-monitoring"),
    ("pubsub.googleapis.com", "service", "gcp-sa-pubsub"),
    ("run.googleapis.com", "service", "serverless-robot-prod"),
    ("secretmanager.googleapis.com", "service", "gcp-sa-secretmanager"),
    ("storage.googleapis.com", "service", "gs-project-accounts"),
    ("storagetransfer.googleapis.com", "project", "storage-transfer-service"),
];

/// The address of an API's service agent in the project with that number.
pub(crate) fn email(project_number: &str, service: &str) -> Option<String> {
    let (_, kind, home) = AGENTS.iter().find(|(name, _, _)| *name == service)?;
    Some(format!("{kind}-{project_number}@{home}.iam.gserviceaccount.com"))
}

/// Makes sure of an API's service agent and returns its address.
pub(crate) fn ensure(world: &mut World, project_number: &str, service: &str) -> Option<String> {
    let email = email(project_number, service)?;
    let visible_from = world.visible_from();
    world.google.agents.entry(email.clone()).or_insert(visible_from);
    Some(email)
}

/// The number that the agent is known by in tokens.
pub(crate) fn unique_id(email: &str) -> String {
    sha_digits(email)
}

/// All service agents, for the control API.
pub(crate) fn objects(world: &World) -> impl Iterator<Item = Object> {
    world.google.agents.keys().map(|email| Object {
        kind: "gcp/service_agent",
        id: email.clone(),
        state: "live",
        seeded: false,
        details: details([]),
    })
}
