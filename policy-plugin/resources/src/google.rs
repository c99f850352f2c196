//! Resources of the `google` and `google-beta` providers.

mod data_store;
mod iam;
mod kms;
mod perimeter;
mod pool;
mod service_account_key;

use crate::types::Reader;

pub(crate) fn reader(type_name: &str) -> Option<Reader> {
    Some(match type_name {
        "google_iam_workload_identity_pool" => pool::pool,
        "google_iam_workload_identity_pool_provider" => pool::provider,
        "google_kms_crypto_key" => kms::crypto_key,
        "google_service_account_key" => service_account_key::key,
        "google_access_context_manager_service_perimeter" => perimeter::perimeter,
        "google_access_context_manager_service_perimeters" => perimeter::perimeters,
        "google_access_context_manager_service_perimeter_ingress_policy" => perimeter::ingress_policy,
        "google_access_context_manager_service_perimeter_egress_policy" => perimeter::egress_policy,
        "google_access_context_manager_access_level" => perimeter::access_level,
        _ => return iam::reader(type_name).or_else(|| data_store::reader(type_name)),
    })
}
