//! IAM roles.

use crosscloud_policy_model::document::AwsRole;
use serde_json::Value;

use super::policy_document::{self, Written};
use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

const POLICY: &str = "/aws_roles/0/assume_role_policy";

pub(super) fn role(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let name = piece.filled(&it.at("name"), "/aws_roles/0/name");
    piece.note(&it.at("name"), "/aws_roles/0");
    if let Some(name) = &name {
        piece.join(name_of(name));
    }
    let arn = piece.text(&it.at("arn"), "/aws_roles/0/arn");
    let account_id = arn.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
    let assume_role_policy = policy(it, "assume_role_policy", POLICY, &mut piece);
    let managed = it.at("managed_policy_arns");
    // What is attached by other resources shows here as not known yet; those say it themselves.
    let attached_policies =
        if managed.is_unknown() { Vec::new() } else { piece.each_text(&managed, "/aws_roles/0/attached_policies") };
    let inline = it.at("inline_policy");
    let blocks = if inline.is_unknown() { Vec::new() } else { inline.items() };
    let inline_policies = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| !block.at("policy").is_absent())
        .map(|(index, block)| {
            json_of(&block.at("policy"), &format!("/aws_roles/0/inline_policies/{index}"), &mut piece)
        })
        .collect();
    let role = AwsRole {
        name,
        arn,
        account_id,
        assume_role_policy,
        attached_policies,
        inline_policies,
        max_session_duration: it.at("max_session_duration").number(),
        intended: Vec::new(),
    };
    piece.note(&it.at("max_session_duration"), "/aws_roles/0/max_session_duration");
    piece.document.aws_roles.push(role);
    Some(piece)
}

/// How roles are named among the pieces that belong together.
pub(super) fn name_of(role: &str) -> String {
    format!("aws-role:{role}")
}

/// A policy in an attribute: its text, or the `aws_iam_policy_document` that the text is going to be made of.
pub(super) fn policy(it: &Resource<'_>, attribute: &str, pointer: &str, piece: &mut Piece) -> Value {
    let text = it.at(attribute);
    let document = if text.is_unknown() { it.referred(attribute, &["aws_iam_policy_document"]) } else { None };
    let Some(Written { policy, unknown }) = document.as_ref().and_then(policy_document::read) else {
        return json_of(&text, pointer, piece);
    };
    piece.document.origins.insert(pointer.to_owned(), text.path.clone());
    if text.is_sensitive() {
        piece.document.sensitive.insert(pointer.to_owned());
    }
    for inner in unknown {
        piece.unknown(format!("{pointer}{inner}"));
    }
    policy
}

/// A policy that is written as text; one that is no JSON stays a text.
pub(super) fn json_of(view: &View<'_>, pointer: &str, piece: &mut Piece) -> Value {
    let text = piece.text(view, pointer);
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Other, beside, partly};

    #[test]
    fn a_role_with_its_policy_as_text() {
        let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
        let piece = partly(
            "aws_iam_role",
            json!({"name": "deploy", "assume_role_policy": policy, "max_session_duration": 7200, "inline_policy": []}),
            json!({"arn": true, "managed_policy_arns": true, "inline_policy": true}),
        );
        let role = &piece.document.aws_roles[0];
        assert_eq!(role.assume_role_policy, json!({"Version": "2012-10-17", "Statement": []}));
        assert_eq!(role.max_session_duration, Some(7200));
        assert!(role.attached_policies.is_empty() && role.inline_policies.is_empty());
        assert_eq!(piece.document.origin("/aws_roles/0/assume_role_policy/Statement/0"), "assume_role_policy");
    }

    #[test]
    fn an_unknown_policy_is_narrowed_by_the_document_that_it_is_made_of() {
        let document = Other {
            type_name: "aws_iam_policy_document",
            address: "data.aws_iam_policy_document.trust",
            values: json!({"statement": [{
                "actions": ["sts:AssumeRoleWithWebIdentity"], "effect": null,
                "principals": [{"type": "Federated", "identifiers": [null]}],
                "condition": [{"test": "StringLike", "variable": "token.actions.githubusercontent.com:sub", "values": ["repo:octo/*"]}],
            }]}),
            unknown: json!({"json": true, "id": true, "statement": [{"principals": [{"identifiers": [true]}], "condition": [{"values": [false]}]}]}),
        };
        let piece = beside(
            "aws_iam_role",
            json!({"name": "deploy"}),
            json!({"assume_role_policy": true, "arn": true}),
            document,
        );
        let policy = &piece.document.aws_roles[0].assume_role_policy;
        assert_eq!(policy.pointer("/Statement/0/Effect"), Some(&json!("Allow")));
        let sub = "/Statement/0/Condition/StringLike/token.actions.githubusercontent.com:sub/0";
        assert_eq!(policy.pointer(sub), Some(&json!("repo:octo/*")));
        assert!(!piece.document.is_unknown("/aws_roles/0/assume_role_policy"));
        assert!(piece.document.is_unknown("/aws_roles/0/assume_role_policy/Statement/0/Principal/Federated/0"));
    }

    #[test]
    fn an_unknown_policy_that_nothing_tells_of_stays_unknown() {
        let piece = partly("aws_iam_role", json!({"name": "deploy"}), json!({"assume_role_policy": true}));
        assert!(piece.document.is_unknown("/aws_roles/0/assume_role_policy"));
    }
}
