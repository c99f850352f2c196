//! Cloud KMS keys.

use crosscloud_policy_model::document::KmsKey;

use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

pub(super) fn crypto_key(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    piece.note(&it.at("name"), "/kms_keys/0");
    let ring = it.at("key_ring");
    let name = ring.filled().zip(it.at("name").filled()).map(|(ring, name)| format!("{ring}/cryptoKeys/{name}"));
    match &name {
        Some(name) => piece.join(name),
        None => piece.note(&ring, "/kms_keys/0/name"),
    }
    let template = View::of(it.values, it.unknown, it.sensitive).block("version_template");
    let key = KmsKey {
        name,
        purpose: piece.filled(&it.at("purpose"), "/kms_keys/0/purpose"),
        rotation_period: piece.filled(&it.at("rotation_period"), "/kms_keys/0/rotation_period"),
        protection_level: template
            .and_then(|block| piece.filled(&block.at("protection_level"), "/kms_keys/0/protection_level")),
        // `lifecycle` is no part of plans.
        prevent_destroy: None,
    };
    piece.document.kms_keys.push(key);
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::partly;

    #[test]
    fn a_key_in_a_ring_that_is_about_to_be_made() {
        let piece = partly(
            "google_kms_crypto_key",
            json!({"name": "chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": null, "version_template": []}),
            json!({"key_ring": true, "id": true, "version_template": true, "destroy_scheduled_duration": true}),
        );
        let key = &piece.document.kms_keys[0];
        assert_eq!((&key.name, &key.rotation_period), (&None, &None));
        assert!(
            piece.document.is_unknown("/kms_keys/0/name") && !piece.document.is_unknown("/kms_keys/0/rotation_period")
        );
        assert_eq!(piece.document.origin("/kms_keys/0/rotation_period"), "rotation_period");
    }

    #[test]
    fn a_key_in_a_ring_that_exists() {
        let piece = partly(
            "google_kms_crypto_key",
            json!({"name": "chat", "key_ring": "projects/p/locations/l/keyRings/r", "rotation_period": "7776000s",
                "version_template": [{"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protection_level": "HSM"}]}),
            json!({}),
        );
        let key = &piece.document.kms_keys[0];
        assert_eq!(key.name.as_deref(), Some("projects/p/locations/l/keyRings/r/cryptoKeys/chat"));
        assert_eq!(key.protection_level.as_deref(), Some("HSM"));
    }
}
