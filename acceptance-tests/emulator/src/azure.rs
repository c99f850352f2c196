//! Azure: the resource manager with its providers, Microsoft Entra's token endpoint, Microsoft Graph, a simulated machine's metadata service,
//! and Azure OpenAI.

use std::collections::BTreeMap;

pub(crate) mod access;
pub(crate) mod arm;
pub(crate) mod assertion;
pub(crate) mod assignments;
pub(crate) mod certificate;
pub(crate) mod clusters;
pub(crate) mod cognitive;
pub(crate) mod credentials;
pub(crate) mod definitions;
pub(crate) mod directory;
pub(crate) mod entra;
pub(crate) mod flexible;
pub(crate) mod graph;
pub(crate) mod identities;
pub(crate) mod metadata;
pub(crate) mod openai;
pub(crate) mod operations;
pub(crate) mod refusal;
pub(crate) mod resources;
pub(crate) mod roles;
pub(crate) mod seeding;
pub(crate) mod storage;
pub(crate) mod tokens;

pub(crate) use seeding::plant;

use crate::http::request::Request;
use crate::http::route::Vendor;
use crate::state::journal::request_guid;
use assignments::Assignment;
use definitions::Definition;
use directory::Directory;
use operations::Operation;
use resources::{Resource, Subscription};

/// The resource manager and what lives beside it: paths in any case, GUIDs as request ids, unknown query parameters ignored.
pub(crate) static VENDOR: Vendor = Vendor {
    any_case: true,
    strict_query: false,
    owns: is_azure,
    request_id: request_guid,
    request_id_headers: &["x-ms-request-id", "x-ms-correlation-request-id"],
    render: refusal::render,
};

/// Everything that Azure holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) directory: Directory,
    /// By id in lower case.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// Resource groups, resources and their children, by id in lower case.
    pub(crate) resources: BTreeMap<String, Resource>,
    /// By id in lower case.
    pub(crate) assignments: BTreeMap<String, Assignment>,
    /// Custom roles, by GUID.
    pub(crate) definitions: BTreeMap<String, Definition>,
    /// Accounts that were deleted and can be restored, by id in lower case.
    pub(crate) deleted: BTreeMap<String, Resource>,
    /// By id.
    pub(crate) operations: BTreeMap<String, Operation>,
}

/// Google's and AWS's paths never look like these.
fn is_azure(request: &Request) -> bool {
    let segment = |index: usize| request.segments.get(index).map(|segment| segment.to_ascii_lowercase());
    match segment(0).as_deref() {
        Some("subscriptions" | "providers" | "tenants" | "metadata" | "openai" | "common") => true,
        _ => matches!(segment(1).as_deref(), Some("oauth2" | "discovery" | "v2.0" | ".well-known")),
    }
}
