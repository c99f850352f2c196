//! A request for a verdict, as HCP Terraform sends it.

use std::fmt;

use serde::Deserialize;

/// With this token HCP Terraform asks whether anybody is there who knows the key.
const PING: &str = "test-token";

/// Stages at which there is a plan.
const PLANNED: [&str; 2] = ["post_plan", "pre_apply"];

/// A token that lets whoever holds it read the plan and answer. It is never shown.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Token(String);

/// A request for a verdict. What is not needed is passed over: HCP Terraform adds to it.
#[derive(Deserialize)]
pub(super) struct Task {
    payload_version: u32,
    #[serde(default)]
    stage: String,
    #[serde(rename = "access_token")]
    pub(super) token: Token,
    #[serde(default)]
    run_id: String,
    #[serde(default)]
    workspace_name: String,
    #[serde(rename = "task_result_callback_url", default)]
    pub(super) callback: String,
    #[serde(rename = "plan_json_api_url", default)]
    plan: Option<String>,
}

/// What is wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum TaskError {
    #[error("the request is no JSON of a run task, at line {line} column {column}")]
    Malformed { line: usize, column: usize },
    #[error("the request has the payload version {0}, and this server knows 1")]
    Version(u32),
    #[error("there is no plan at the stage `{0}`: let the run task ask after planning (post-plan) or before applying")]
    Stage(String),
    #[error("the request names no plan")]
    NoPlan,
}

impl Task {
    pub(super) fn read(body: &[u8]) -> Result<Self, TaskError> {
        // The request holds a token, so of what is wrong only the place is told.
        let task: Self = serde_json::from_slice(body)
            .map_err(|error| TaskError::Malformed { line: error.line(), column: error.column() })?;
        if task.payload_version != 1 {
            return Err(TaskError::Version(task.payload_version));
        }
        Ok(task)
    }

    /// Whether HCP Terraform only asks whether anybody is there.
    pub(super) fn is_ping(&self) -> bool {
        self.token.0 == PING
    }

    /// Address of the plan.
    pub(super) fn plan(&self) -> Result<&str, TaskError> {
        if !PLANNED.contains(&self.stage.as_str()) {
            return Err(TaskError::Stage(plain(&self.stage)));
        }
        self.plan.as_deref().filter(|plan| !plan.is_empty()).ok_or(TaskError::NoPlan)
    }

    /// What it is called in a log.
    pub(super) fn shown(&self) -> String {
        format!("{} of {}", plain(&self.run_id), plain(&self.workspace_name))
    }
}

impl Token {
    /// The value of the header that shows it.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token")
    }
}

/// A name without what could look like another line of a log.
fn plain(name: &str) -> String {
    name.chars().filter(|it| it.is_ascii_graphic()).take(80).collect()
}
