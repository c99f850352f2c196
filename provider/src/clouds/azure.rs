//! Azure's kinds of objects, and Entra's.

mod application;
mod cluster;
mod federated_credential;
mod managed_identity;
mod role_assignment;
mod service_principal;

use std::collections::BTreeMap;

use crosscloud_cloud::azure::Client;
use crosscloud_trust::Text;

use super::Clouds;

pub(super) use role_assignment::seen as seen_assignment;

/// The client that Azure's kinds go through.
pub(super) fn client(clouds: &Clouds) -> &Client {
    &clouds.shared.azure
}

/// Tags as Azure has them. Those that Azure keeps for itself are left out.
fn seen_tags(tags: BTreeMap<String, String>) -> BTreeMap<String, Text> {
    let own = |name: &String| !name.starts_with("hidden-") && !name.starts_with("ms-resource-");
    tags.into_iter().filter(|(name, _)| own(name)).map(|(name, value)| (name, Text::of(value))).collect()
}
