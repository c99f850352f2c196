//! The simulated machines: who runs on each, and what is shown there to get credentials. The control API says it; nothing runs on them at first.

use serde::Deserialize;

use crate::tokens::workloads::Workload;

/// What metadata services, container endpoints and runners know of whoever is beside them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Machine {
    /// E-mail address of the service account of Google's machine.
    pub(crate) google_service_account: Option<String>,
    /// ARN of the role of AWS's machine, of its container, and of whoever is signed in to its Identity Center.
    pub(crate) aws_role: Option<String>,
    /// What the container shows for its keys.
    pub(crate) aws_container_token: Option<String>,
    /// What `aws sso login` has left behind.
    pub(crate) aws_sso_token: Option<String>,
    /// How far the clock of whoever signs for AWS is behind, as AWS sees it.
    pub(crate) aws_clock_behind_seconds: i64,
    /// What Azure's app service shows for the tokens of its identity.
    pub(crate) azure_identity_header: Option<String>,
    /// The job of GitHub Actions.
    pub(crate) job: Option<Workload>,
    /// What the job shows for its ID tokens.
    pub(crate) job_token: Option<String>,
}

impl Machine {
    /// Whether what was shown is what must be.
    pub(crate) fn is(wanted: Option<&str>, shown: Option<&str>) -> bool {
        wanted.is_some_and(|wanted| Some(wanted) == shown)
    }
}
