//! Service Usage: which APIs a project has switched on.

use serde::Deserialize;
use serde_json::json;

use super::Operation;
use crate::api::Api;
use crate::request::{Path, Request};

/// How many APIs one call may switch on.
pub const BATCH_LIMIT: usize = 20;

/// Whether an API is switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ServiceState {
    /// Switched on.
    #[serde(rename = "ENABLED")]
    Enabled,
    /// Switched off.
    #[serde(rename = "DISABLED")]
    Disabled,
    /// Anything that this version does not know.
    #[default]
    #[serde(other, rename = "STATE_UNSPECIFIED")]
    Unspecified,
}

/// An API in a project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// `projects/{number}/services/{service}`.
    pub name: String,
    /// Whether it is switched on.
    #[serde(default)]
    pub state: ServiceState,
}

/// Reads the state of one API, such as `aiplatform.googleapis.com`.
pub fn get(project: &str, service: &str) -> Request<Service> {
    Request::get(Api::ServiceUsage, collection(project).segment(service))
        .about("read", format_args!("API {service} of project {project}"))
        .needs(&["serviceusage.services.get"])
}

/// Switches APIs on, at most [`BATCH_LIMIT`] at a time. Those already on stay on.
pub fn batch_enable(project: &str, services: &[String]) -> Request<Operation> {
    Request::post(Api::ServiceUsage, collection(project).verb("batchEnable"))
        .about("enable", format_args!("API {} in project {project}", services.join(", ")))
        .needs(&["serviceusage.services.enable"])
        .idempotent(true)
        .json(&json!({ "serviceIds": services }))
}

fn collection(project: &str) -> Path {
    Path::new("v1").literal("projects").segment(project).literal("services")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn urls_and_bodies() {
        let base = "https://serviceusage.googleapis.com/v1/projects/my-proj/services";
        let get = get("my-proj", "iam.googleapis.com");
        assert_eq!(get.url(&Endpoints::official()).unwrap().as_str(), format!("{base}/iam.googleapis.com"));
        let enable = batch_enable("my-proj", &["sts.googleapis.com".to_owned()]);
        assert_eq!(enable.url(&Endpoints::official()).unwrap().as_str(), format!("{base}:batchEnable"));
        assert_eq!(enable.body().unwrap(), &json!({"serviceIds": ["sts.googleapis.com"]}));
        assert!(enable.is_idempotent());
    }
}
