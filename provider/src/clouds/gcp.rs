//! Google Cloud's kinds of objects.

mod audit_config;
mod crypto_key;
mod grant;
mod key_ring;
mod perimeter;
mod pool;
mod pool_provider;
mod service;
mod service_account;
mod service_agent;
mod transfer_job;

use crosscloud_cloud::gcp::Client;
pub(super) use crosscloud_trust::gcp::Pool;

pub(super) use grant::resource as policy_resource;
pub(super) use pool::{name as pool_name, open as open_pool, refuse_foreign_providers};
pub(super) use pool_provider::{name as provider_name, of as seen_provider};
pub(super) use transfer_job::another_touches;

use super::Clouds;

/// The client that Google's kinds go through.
pub(super) fn client(clouds: &Clouds) -> &Client {
    &clouds.shared.google
}
