//! The published JSON Schema is that of the report. `UPDATE_GOLDEN=1` writes it anew.

use std::path::Path;

use crosscloud_gate::Report;

#[test]
fn the_published_schema_is_fresh() {
    let text = serde_json::to_string_pretty(&Report::schema()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    } else {
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(published, text, "{} is stale: run this test with UPDATE_GOLDEN=1", path.display());
    }
}
