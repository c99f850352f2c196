//! The published JSON Schemas are those of the types. `UPDATE_GOLDEN=1` writes them anew.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::enforcement::{Choices, Floor};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::{BuiltInSettings, Metadata, Request};
use schemars::{Schema, schema_for};

#[test]
fn published_schemas_are_fresh() {
    check("document", schema_for!(TrustDocument));
    check("choices", schema_for!(Choices));
    check("finding", schema_for!(Finding));
    check("floor", schema_for!(Floor));
    check("metadata", schema_for!(Metadata));
    check("request", schema_for!(Request));
    check("settings", schema_for!(BuiltInSettings));
}

fn check(name: &str, mut schema: Schema) {
    schema.insert("$id".to_owned(), format!("urn:crosscloud:policy:1:{name}").into());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    } else {
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(published, text, "{} is stale: run this test with UPDATE_GOLDEN=1", path.display());
    }
}
