//! VPC Service Controls: a perimeter around projects, and who may reach in and out.

use std::collections::BTreeSet;

use crate::leaf::{Leaf, Text};
use crate::object::{Complete, Kind, complete};

complete! {
    /// A regular service perimeter.
    pub struct Perimeter {
        /// Number of the access policy.
        pub policy: Text,
        /// Short name, the last part of the resource name.
        pub name: Text,
        /// Title, unique in the access policy.
        pub title: Text,
        /// Says whose it is.
        pub description: Text,
        /// Projects inside, `projects/NUMBER`.
        pub resources: Leaf<BTreeSet<Text>>,
        /// Services that are guarded, such as `aiplatform.googleapis.com`.
        pub restricted_services: Leaf<BTreeSet<Text>>,
        /// Full names of access levels that may reach in.
        pub access_levels: Leaf<BTreeSet<Text>>,
        /// Services that are reachable from inside; all where there is none.
        pub vpc_accessible_services: Option<Leaf<BTreeSet<Text>>>,
        /// Who may reach in.
        pub ingress: Vec<Rule>,
        /// Who may reach out.
        pub egress: Vec<Rule>,
        /// Whether violations are only logged: the configuration goes to `spec`, not to `status`.
        pub dry_run: Leaf<bool>,
        /// What a perimeter that was seen says besides, and no specification can say. A wanted one says nothing else.
        pub beyond: Vec<String>,
    }

    /// Who may reach in or out, from where, to what.
    pub struct Rule {
        /// Title, at most 100 characters; empty for none.
        pub title: Text,
        /// Members, in IAM's form; empty where `identity_type` says who.
        pub identities: BTreeSet<Text>,
        /// `ANY_IDENTITY`, `ANY_USER_ACCOUNT` or `ANY_SERVICE_ACCOUNT`.
        pub identity_type: Option<Text>,
        /// From where. A way out without any is open from everywhere inside.
        pub sources: BTreeSet<RuleSource>,
        /// To what: `projects/NUMBER`, or `*`.
        pub resources: BTreeSet<Text>,
        /// To what beyond Google a way out leads, such as `s3://BUCKET`.
        pub external_resources: BTreeSet<Text>,
        /// Which calls.
        pub operations: Vec<Operation>,
        /// Which roles, in place of calls.
        pub roles: BTreeSet<Text>,
    }

    /// Calls to one service.
    pub struct Operation {
        /// Service name, such as `sts.googleapis.com`, or `*`.
        pub service: Text,
        /// Methods, such as `*` or `google.iam.credentials.v1.IAMCredentials.GenerateAccessToken`. Empty only where the service is `*`.
        pub methods: BTreeSet<Text>,
        /// Permissions, for services that tell calls apart by them.
        pub permissions: BTreeSet<Text>,
    }
}

/// From where a perimeter may be crossed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleSource {
    /// From where an access level holds; `*` is anywhere.
    AccessLevel(Text),
    /// From a project, `projects/NUMBER`, or a network.
    Resource(Text),
}

impl Complete for RuleSource {
    fn is_complete(&self) -> bool {
        match self {
            Self::AccessLevel(text) | Self::Resource(text) => text.is_complete(),
        }
    }
}

impl Kind for Perimeter {
    fn type_name(&self) -> &'static str {
        "accesscontextmanager.googleapis.com/ServicePerimeter"
    }

    fn id(&self) -> Text {
        Text::concat(["accessPolicies/".into(), self.policy.piece(), "/servicePerimeters/".into(), self.name.piece()])
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}
