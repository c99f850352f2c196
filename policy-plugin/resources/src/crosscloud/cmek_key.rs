//! `crosscloud_cmek_key`.

use crosscloud_trust::{CmekKey, KeySettings};

use super::trust::key_settings;
use super::{facts, labels, piece_of_graph, root};
use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

pub(super) fn key(it: &Resource<'_>) -> Option<Piece> {
    let root = root(it);
    let spec = CmekKey {
        name: root.at("name").leaf(),
        project: root.at("project").leaf(),
        location: root.at("location").leaf(),
        key_ring: root.at("key_ring").option_leaf(),
        existing_key_ring: root.at("existing_key_ring").switch(false),
        key_id: root.at("key_id").option_leaf(),
        settings: KeySettings { existing: None, ..key_settings(&root) },
        service_agents: root.at("service_agents").optional(View::leaves),
        disabled: root.at("disabled").switch(false),
        labels: labels(&root),
    };
    let facts = facts::planned(it, |facts| spec.graph(facts), |_| Vec::new());
    piece_of_graph(it, &spec.name, &spec.graph(&facts), &facts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::known;

    #[test]
    fn a_key_that_rotates_too_seldom() {
        let piece = known(
            "crosscloud_cmek_key",
            json!({"name": "chat", "project": "p", "location": "europe-west4", "rotation_period": "31536000s"}),
        );
        assert_eq!(piece.document.subject, "crosscloud_cmek_key/chat");
        assert_eq!(piece.document.kms_keys[0].rotation_period.as_deref(), Some("31536000s"));
    }
}
