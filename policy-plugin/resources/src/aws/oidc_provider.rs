//! OpenID Connect providers.

use crosscloud_policy_model::document::AwsOidcProvider;

use crate::piece::Piece;
use crate::resource::Resource;

pub(super) fn provider(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let at = "/aws_oidc_providers/0";
    let provider = AwsOidcProvider {
        arn: piece.text(&it.at("arn"), format!("{at}/arn")),
        issuer: piece.text(&it.at("url"), format!("{at}/issuer")),
        client_ids: if it.at("client_id_list").is_unknown() {
            piece.note(&it.at("client_id_list"), format!("{at}/client_ids"));
            Vec::new()
        } else {
            piece.each_text(&it.at("client_id_list"), &format!("{at}/client_ids"))
        },
        thumbprints: it.at("thumbprint_list").texts(),
    };
    piece.document.aws_oidc_providers.push(provider);
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::partly;

    #[test]
    fn a_provider_that_is_about_to_be_made() {
        let piece = partly(
            "aws_iam_openid_connect_provider",
            json!({"url": "https://token.actions.githubusercontent.com", "client_id_list": ["*"]}),
            json!({"arn": true, "thumbprint_list": true, "client_id_list": [false]}),
        );
        let it = &piece.document.aws_oidc_providers[0];
        assert_eq!(it.client_ids, [Some("*".to_owned())]);
        assert!(piece.document.is_unknown("/aws_oidc_providers/0/arn"));
        assert_eq!(piece.document.origin("/aws_oidc_providers/0/client_ids/0"), "client_id_list[0]");
    }
}
