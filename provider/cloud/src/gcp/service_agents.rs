//! Service agents: the accounts that Google's services act as in a project. Until one exists, no binding may name it.

use serde::Deserialize;
use serde_json::json;

use super::Operation;
use crate::api::{Api, Quota};
use crate::request::{Path, Request};

/// The service whose agent has an API of its own.
pub const STORAGE: &str = "storage.googleapis.com";

/// A service agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAgent {
    /// Its email, such as `service-1@gcp-sa-aiplatform.iam.gserviceaccount.com`.
    pub email: String,
    /// Its number; some services do not tell.
    #[serde(default)]
    pub unique_id: String,
}

impl ServiceAgent {
    /// How the agent is named as a member of an allow policy.
    pub fn member(&self) -> String {
        format!("serviceAccount:{}", self.email)
    }
}

/// The service agent of Cloud Storage, which has an API of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StorageAgent {
    /// Its email.
    pub email_address: String,
}

/// Makes sure of a service's agent in a project. The service must be switched on; for one that has no agent Google answers without an email.
pub fn generate(project: &str, service: &str) -> Request<Operation> {
    let path = Path::new("v1beta1").literal("projects").segment(project).literal("services").segment(service);
    Request::post(Api::ServiceUsage, path.verb("generateServiceIdentity"))
        .about("make sure of", format_args!("the service agent of {service} in project {project}"))
        .needs(&["serviceusage.services.generateServiceIdentity"])
        .idempotent(true)
        .json(&json!({}))
}

/// Asks for the agent of Cloud Storage, which comes about by being asked for.
pub fn of_storage(project: &str) -> Request<StorageAgent> {
    let path = Path::new("storage").literal("v1").literal("projects").segment(project).literal("serviceAccount");
    Request::get(Api::Storage, path)
        .about("make sure of", format_args!("the service agent of Cloud Storage in project {project}"))
        .needs(&["resourcemanager.projects.get"])
        .quota(Quota::Read(Api::Storage))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn urls() {
        let generate = generate("p", "aiplatform.googleapis.com");
        assert_eq!(
            generate.url(&Endpoints::official()).unwrap().as_str(),
            "https://serviceusage.googleapis.com/v1beta1/projects/p/services/aiplatform.googleapis.com:generateServiceIdentity"
        );
        assert_eq!(
            of_storage("p").url(&Endpoints::official()).unwrap().as_str(),
            "https://storage.googleapis.com/storage/v1/projects/p/serviceAccount"
        );
    }
}
