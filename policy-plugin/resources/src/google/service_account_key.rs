//! Keys of service accounts.

use crosscloud_policy_model::document::ServiceAccountKey;

use crate::piece::Piece;
use crate::resource::Resource;

pub(super) fn key(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let service_account = piece.text(&it.at("service_account_id"), "/service_account_keys/0/service_account");
    piece.document.service_account_keys.push(ServiceAccountKey { service_account });
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::partly;

    #[test]
    fn a_key_counts_though_its_account_is_not_known_yet() {
        let piece =
            partly("google_service_account_key", json!({}), json!({"service_account_id": true, "private_key": true}));
        assert_eq!(piece.document.service_account_keys.len(), 1);
        assert!(piece.document.is_unknown("/service_account_keys/0/service_account"));
    }
}
