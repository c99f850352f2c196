//! Google Cloud's kinds of objects.

mod grant;
mod pool;
mod pool_provider;
mod service;
mod service_account;

use crosscloud_cloud::gcp::Client;
pub(super) use crosscloud_trust::gcp::Pool;
use crosscloud_trust::{Leaf, Text};

pub(super) use pool::{open as open_pool, refuse_foreign_providers};
pub(super) use pool_provider::name as provider_name;

use super::{CloudError, Clouds};

/// The client that Google's kinds go through.
fn client(clouds: &Clouds) -> &Client {
    &clouds.shared.google
}

/// A value that has to be known by now.
fn known<T: Clone>(value: &Leaf<T>) -> Result<T, CloudError> {
    value.known().cloned().ok_or(CloudError::Unknown)
}

/// A text that a cloud answered with.
fn seen(text: &str) -> Text {
    Text::of(text)
}

/// The names of the fields that differ.
fn mask<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
