//! What a project needs before anything else works: APIs switched on, service agents, audit logs.

use crate::leaf::Text;
use crate::object::{Kind, complete};

complete! {
    /// An API switched on in a project. One that is already on is found, and none is ever switched off.
    pub struct Service {
        /// Project id.
        pub project: Text,
        /// Service name, such as `aiplatform.googleapis.com`.
        pub service: Text,
    }

    /// The account that a service itself acts as in a project. Google makes it when asked and never removes it.
    pub struct ServiceAgent {
        /// Project id.
        pub project: Text,
        /// Service name, such as `aiplatform.googleapis.com`.
        pub service: Text,
    }

    /// Data-access logs of one service and one kind of access, in the project's allow policy.
    pub struct AuditConfig {
        /// Project id.
        pub project: Text,
        /// Service name, such as `sts.googleapis.com`.
        pub service: Text,
        /// `ADMIN_READ`, `DATA_READ` or `DATA_WRITE`.
        pub log_type: Text,
    }
}

impl Kind for Service {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "serviceusage.googleapis.com/Service"
    }

    fn id(&self) -> Text {
        Text::concat(["projects/".into(), self.project.piece(), "/services/".into(), self.service.piece()])
    }
}

impl Kind for ServiceAgent {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "serviceusage.googleapis.com/ServiceAgent"
    }

    fn id(&self) -> Text {
        let agent = "/serviceAgent".into();
        Text::concat(["projects/".into(), self.project.piece(), "/services/".into(), self.service.piece(), agent])
    }
}

impl Kind for AuditConfig {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "cloudresourcemanager.googleapis.com/AuditConfig"
    }

    fn id(&self) -> Text {
        Text::concat([
            "projects/".into(),
            self.project.piece(),
            " ".into(),
            self.service.piece(),
            " ".into(),
            self.log_type.piece(),
        ])
    }
}
