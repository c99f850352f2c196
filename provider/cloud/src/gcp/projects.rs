//! Projects: above all the number, which audiences and principals are made of.

use serde::Deserialize;

use crate::api::Api;
use crate::request::{Path, Request};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The id, chosen by people.
    pub project_id: String,
    /// The number, given by Google; it never changes.
    #[serde(rename = "projectNumber")]
    pub number: String,
    /// `ACTIVE`, `DELETE_REQUESTED` or `DELETE_IN_PROGRESS`.
    #[serde(default)]
    pub lifecycle_state: String,
}

/// Reads a project by its id or number.
pub fn get(project: &str) -> Request<Project> {
    Request::get(Api::ResourceManager, Path::new("v1").literal("projects").segment(project))
        .about("read", format_args!("project {project}"))
        .needs(&["resourcemanager.projects.get"])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn url_and_answer() {
        let url = get("my-proj").url(&Endpoints::official()).unwrap();
        assert_eq!(url.as_str(), "https://cloudresourcemanager.googleapis.com/v1/projects/my-proj");
        let body = r#"{"projectNumber":"123","projectId":"my-proj","lifecycleState":"ACTIVE","labels":{}}"#;
        let project: Project = serde_json::from_str(body).unwrap();
        assert_eq!((project.number.as_str(), project.project_id.as_str()), ("123", "my-proj"));
    }
}
