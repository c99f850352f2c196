//! Conformance with Microsoft's description of flexible federated identity credentials, and with its rule that plain ones compare exactly.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Expression, ExpressionError, Match};
use crate::document::FederatedCredential;
use crate::token::Token;
use crate::truth::Truth;

fn token(claims: Value) -> Token {
    let Value::Object(claims) = claims else { return Token::of_claims(Map::new()) };
    Token::of_claims(claims)
}

#[test]
fn expressions_hold_as_documented() {
    let main = "repo:contoso/contoso-repo:ref:refs/heads/main";
    for (expression, claims, expected) in [
        ("claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/main'", json!({"sub": main}), true),
        ("claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/Main'", json!({"sub": main}), false),
        ("claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/*'", json!({"sub": main}), false),
        ("claims['sub'] matches 'repo:contoso/contoso-repo:ref:refs/heads/*'", json!({"sub": main}), true),
        ("claims['sub'] matches 'repo:contoso/*'", json!({"sub": main}), true),
        ("claims['sub'] matches 'repo:contoso-*'", json!({"sub": main}), false),
        ("claims['sub'] matches 'repo:contoso/contoso-rep?:ref:refs/heads/main'", json!({"sub": main}), true),
        ("claims['sub'] matches 'repo:contoso/contoso-rep??:ref:refs/heads/main'", json!({"sub": main}), false),
        ("claims['sub'] matches '*'", json!({"sub": ""}), true),
        ("claims['sub'] matches '*'", json!({}), false),
        ("claims['sub'] matches '*'", json!({"sub": 7}), false),
        (
            "claims['sub'] matches 'repo:contoso/*' and claims['job_workflow_ref'] matches 'contoso/ops/.github/workflows/*.yml@refs/heads/main'",
            json!({"sub": main, "job_workflow_ref": "contoso/ops/.github/workflows/deploy.yml@refs/heads/main"}),
            true,
        ),
        ("claims['sub'] matches 'repo:contoso/*' and claims['job_workflow_ref'] eq 'x'", json!({"sub": main}), false),
        (
            "claims['sub'] matches 'organization:my-org:project:Default Project:workspace:Terraform:run_phase:*'",
            json!({"sub": "organization:my-org:project:Default Project:workspace:Terraform:run_phase:apply"}),
            true,
        ),
        (
            "claims['sub'] matches 'project_path:group/*:ref_type:branch:ref:main'",
            json!({"sub": "project_path:group/app:ref_type:branch:ref:main"}),
            true,
        ),
    ] {
        let parsed = Expression::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!(parsed.admits(&token(claims)), expected, "{expression}");
    }
}

#[test]
fn says_where_an_expression_ends_to_be_one() {
    for (expression, position) in [
        ("", 1),
        ("sub eq 'x'", 1),
        ("claims.sub eq 'x'", 7),
        ("claims[\"sub\"] eq 'x'", 8),
        ("claims['sub'] eq \"x\"", 18),
        ("claims['sub'] eq 'x", 20),
        ("claims['sub']eq 'x'", 14),
        ("claims[''] eq 'x'", 11),
        ("claims['sub'] eq 'x' and", 25),
        ("claims['sub'] eq 'x' 'y'", 22),
    ] {
        match Expression::parse(expression) {
            Err(ExpressionError::Expected { position: found, .. }) => assert_eq!(found, position, "{expression}"),
            other => panic!("{expression}: {other:?}"),
        }
    }
    // What the language may have gained denies nothing.
    for expression in ["claims['sub'] startsWith 'x'", "claims['sub'] eq 'x' or claims['sub'] eq 'y'"] {
        let error = Expression::parse(expression).unwrap_err();
        assert!(!error.certain(), "{error}");
        let credential =
            FederatedCredential { claims_matching_expression: Some(expression.to_owned()), ..Default::default() };
        assert!(matches!(Match::of(&credential).admits(&token(json!({"sub": "x"}))), Truth::Unknown(_)));
    }
}

#[test]
fn plain_subjects_compare_exactly() {
    let credential = FederatedCredential { subject: Some("repo:o/r:*".to_owned()), ..Default::default() };
    let plain = Match::of(&credential);
    assert_eq!(plain.admits(&token(json!({"sub": "repo:o/r:ref:refs/heads/main"}))), Truth::No);
    assert_eq!(plain.admits(&token(json!({"sub": "repo:o/r:*"}))), Truth::Yes);
    assert!(matches!(Match::of(&FederatedCredential::default()).admits(&token(json!({}))), Truth::Unknown(_)));
}

proptest! {
    #[test]
    fn no_text_panics(text in "[ -~\\u{e9}]{0,60}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn no_combination_of_tokens_panics(tokens in proptest::collection::vec(
        proptest::sample::select(vec!["claims", "[", "]", "'", "sub", "eq", " ", "matches", "and", "*", "é"]), 0..20)) {
        let _ = Expression::parse(&tokens.concat());
    }
}
