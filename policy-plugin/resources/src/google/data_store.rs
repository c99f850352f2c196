//! What holds data and can be encrypted with a key of one's own.

use crosscloud_policy_model::document::DataStore;

use crate::piece::Piece;
use crate::resource::Resource;
use crate::types::Reader;
use crate::view::View;

/// Type, what messages call it, the attribute that names it, and the way to the key.
type Store = (&'static str, &'static str, &'static str, &'static [&'static str]);

const STORES: &[Store] = &[
    ("google_storage_bucket", "bucket", "name", &["encryption", "default_kms_key_name"]),
    (
        "google_bigquery_dataset",
        "BigQuery dataset",
        "dataset_id",
        &["default_encryption_configuration", "kms_key_name"],
    ),
    ("google_bigquery_table", "BigQuery table", "table_id", &["encryption_configuration", "kms_key_name"]),
    ("google_bigtable_instance", "Bigtable instance", "name", &["cluster", "kms_key_name"]),
    ("google_spanner_database", "Spanner database", "name", &["encryption_config", "kms_key_name"]),
    ("google_sql_database_instance", "Cloud SQL instance", "name", &["encryption_key_name"]),
    ("google_pubsub_topic", "Pub/Sub topic", "name", &["kms_key_name"]),
    ("google_artifact_registry_repository", "Artifact Registry repository", "repository_id", &["kms_key_name"]),
    ("google_compute_disk", "disk", "name", &["disk_encryption_key", "kms_key_self_link"]),
    ("google_dataflow_job", "Dataflow job", "name", &["kms_key_name"]),
    ("google_dataproc_cluster", "Dataproc cluster", "name", &["cluster_config", "encryption_config", "kms_key_name"]),
    ("google_redis_instance", "Memorystore instance", "name", &["customer_managed_key"]),
    ("google_vertex_ai_dataset", "Vertex AI dataset", "display_name", &["encryption_spec", "kms_key_name"]),
    ("google_vertex_ai_endpoint", "Vertex AI endpoint", "name", &["encryption_spec", "kms_key_name"]),
    ("google_vertex_ai_featurestore", "Vertex AI feature store", "name", &["encryption_spec", "kms_key_name"]),
    ("google_vertex_ai_tensorboard", "Vertex AI TensorBoard", "display_name", &["encryption_spec", "kms_key_name"]),
];

pub(super) fn reader(type_name: &str) -> Option<Reader> {
    let read: Reader = |it| store(it, find(it.type_name)?);
    find(type_name).map(|_| read)
}

fn find(type_name: &str) -> Option<&'static Store> {
    STORES.iter().find(|(name, ..)| *name == type_name)
}

fn store(it: &Resource<'_>, (_, kind, name, way): &Store) -> Option<Piece> {
    let mut piece = Piece::default();
    let mut key = View::of(it.values, it.unknown, it.sensitive);
    for (index, step) in way.iter().enumerate() {
        let last = index + 1 == way.len();
        // A block that is left out stands for itself: that is where the key has to be written.
        key = if last { key.at(step) } else { key.block(step).unwrap_or_else(|| key.at(step)) };
    }
    let name = piece.text(&it.at(name), "/data_stores/0/name");
    let kms_key = piece.filled(&key, "/data_stores/0/kms_key");
    piece.document.data_stores.push(DataStore { kind: (*kind).to_owned(), name, kms_key });
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{known, partly};

    #[test]
    fn a_key_that_is_left_out_is_told_from_one_that_is_not_known_yet() {
        let none = known("google_storage_bucket", json!({"name": "b", "encryption": []}));
        assert_eq!(none.document.data_stores[0].kms_key, None);
        assert!(!none.document.is_unknown("/data_stores/0/kms_key"));
        assert_eq!(none.document.origin("/data_stores/0/kms_key"), "encryption.default_kms_key_name");
        let later = partly(
            "google_storage_bucket",
            json!({"name": "b", "encryption": [{}]}),
            json!({"encryption": [{"default_kms_key_name": true}]}),
        );
        assert!(later.document.is_unknown("/data_stores/0/kms_key"));
    }

    #[test]
    fn every_store_is_found_by_its_type() {
        for (type_name, ..) in STORES {
            let piece = known(type_name, json!({}));
            assert_eq!(piece.document.data_stores.len(), 1, "{type_name}");
        }
    }
}
