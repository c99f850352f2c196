//! Federated credentials against Microsoft's documentation, a row each: the page and section, what shows it, and what becomes of a token.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Expression, ExpressionError, Match};
use crate::document::FederatedCredential;
use crate::token::Token;
use crate::truth::Truth;

// Sections of "Flexible federated identity credentials", Microsoft Entra Workload ID.
const STRUCTURE: &str = "Flexible federated identity credentials: language structure";
const LOOKUP: &str = "Flexible federated identity credentials: language structure, claim lookup";
const EQ: &str = "Flexible federated identity credentials: language structure, operator eq";
const MATCHES: &str = "Flexible federated identity credentials: language structure, operator matches";
const AND: &str = "Flexible federated identity credentials: language structure, operator and";
const COMPARAND: &str = "Flexible federated identity credentials: language structure, comparand";
const GITHUB: &str = "Flexible federated identity credentials: examples, GitHub";
const GITLAB: &str = "Flexible federated identity credentials: examples, GitLab";
const TERRAFORM: &str = "Flexible federated identity credentials: examples, Terraform Cloud";
/// What credentials that are not flexible do.
const EXPLICIT: &str = "Flexible federated identity credentials: why use them, explicit matching";

const MAIN: &str = "repo:contoso/contoso-repo:ref:refs/heads/main";

fn token(claims: Value) -> Token {
    let Value::Object(claims) = claims else { return Token::of_claims(Map::new()) };
    Token::of_claims(claims)
}

/// Statement, expression, claims of a token, and whether it is let in.
fn rows() -> Vec<(&'static str, &'static str, Value, bool)> {
    let sub = |text: &str| json!({"sub": text});
    vec![
        (EQ, "claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/main'", sub(MAIN), true),
        (EQ, "claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/Main'", sub(MAIN), false),
        (EQ, "claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/main '", sub(MAIN), false),
        (EQ, "claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/*'", sub(MAIN), false),
        (EQ, "claims['sub'] eq 'repo:contoso/contoso-repo:ref:refs/heads/mai?'", sub(MAIN), false),
        (MATCHES, "claims['sub'] matches 'repo:contoso/contoso-repo:ref:refs/heads/*'", sub(MAIN), true),
        (MATCHES, "claims['sub'] matches 'repo:contoso/*'", sub(MAIN), true),
        (MATCHES, "claims['sub'] matches 'repo:CONTOSO/*'", sub(MAIN), false),
        (MATCHES, "claims['sub'] matches 'repo:contoso-*'", sub(MAIN), false),
        (MATCHES, "claims['sub'] matches 'repo:contoso/contoso-repo:ref:refs/heads/main'", sub(MAIN), true),
        (MATCHES, "claims['sub'] matches 'contoso/contoso-repo'", sub(MAIN), false),
        (MATCHES, "claims['sub'] matches 'repo:contoso/contoso-rep?:ref:refs/heads/main'", sub(MAIN), true),
        (MATCHES, "claims['sub'] matches 'repo:contoso/contoso-rep??:ref:refs/heads/main'", sub(MAIN), false),
        (MATCHES, "claims['sub'] matches '*'", sub(""), true),
        (MATCHES, "claims['sub'] matches '?'", sub(""), false),
        (LOOKUP, "claims['sub'] matches '*'", json!({}), false),
        (LOOKUP, "claims['sub'] matches '*'", json!({"sub": 7}), false),
        (LOOKUP, "claims['sub'] matches '*'", json!({"SUB": "x"}), false),
        (AND, "claims['sub'] matches 'repo:contoso/*' and claims['job_workflow_ref'] eq 'x'", sub(MAIN), false),
        (AND, "claims['sub'] eq 'a' and claims['sub'] eq 'b'", sub("a"), false),
        (
            GITHUB,
            "claims['sub'] matches 'repo:contoso/*' and claims['job_workflow_ref'] matches 'contoso/ops/.github/workflows/*.yml@refs/heads/main'",
            json!({"sub": MAIN, "job_workflow_ref": "contoso/ops/.github/workflows/deploy.yml@refs/heads/main"}),
            true,
        ),
        (
            GITLAB,
            "claims['sub'] matches 'project_path:group/*:ref_type:branch:ref:main'",
            sub("project_path:group/app:ref_type:branch:ref:main"),
            true,
        ),
        (
            GITLAB,
            "claims['sub'] matches 'project_path:group/*:ref_type:branch:ref:main'",
            sub("project_path:group-twin/app:ref_type:branch:ref:main"),
            false,
        ),
        (
            TERRAFORM,
            "claims['sub'] matches 'organization:my-org:project:Default Project:workspace:Terraform:run_phase:*'",
            sub("organization:my-org:project:Default Project:workspace:Terraform:run_phase:apply"),
            true,
        ),
        (
            TERRAFORM,
            "claims['sub'] matches 'organization:my-org:project:Default Project:workspace:Terraform:run_phase:*'",
            sub("organization:my-org:project:Default Project:workspace:Other:run_phase:apply"),
            false,
        ),
    ]
}

/// Statement, text, and the character at which it stops being an expression.
const REFUSED: &[(&str, &str, usize)] = &[
    (STRUCTURE, "", 1),
    (STRUCTURE, "claims['sub'] eq 'x' 'y'", 22),
    (STRUCTURE, "claims['sub']eq 'x'", 14),
    (LOOKUP, "sub eq 'x'", 1),
    (LOOKUP, "claims.sub eq 'x'", 7),
    (LOOKUP, "claims[\"sub\"] eq 'x'", 8),
    (LOOKUP, "claims[''] eq 'x'", 11),
    (AND, "claims['sub'] eq 'x' and", 25),
    (COMPARAND, "claims['sub'] eq \"x\"", 18),
    (COMPARAND, "claims['sub'] eq 'x", 20),
    (COMPARAND, "claims['sub'] eq x", 18),
];

#[test]
fn expressions_hold_as_documented() {
    for (statement, expression, claims, expected) in rows() {
        let parsed = Expression::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!(parsed.admits(&token(claims.clone())), expected, "{statement}: {expression}, {claims}");
    }
}

#[test]
fn says_where_an_expression_ends_to_be_one() {
    for (statement, expression, position) in REFUSED {
        match Expression::parse(expression) {
            Err(ExpressionError::Expected { position: found, .. }) => {
                assert_eq!(found, *position, "{statement}: {expression}");
            }
            other => panic!("{statement}: {expression}: {other:?}"),
        }
    }
}

#[test]
fn what_the_language_may_have_gained_is_undetermined() {
    for expression in
        ["claims['sub'] startsWith 'x'", "claims['sub'] ne 'x'", "claims['sub'] eq 'x' or claims['sub'] eq 'y'"]
    {
        let error = Expression::parse(expression).unwrap_err();
        assert!(!error.certain(), "{STRUCTURE}: {error}");
        let credential =
            FederatedCredential { claims_matching_expression: Some(expression.to_owned()), ..Default::default() };
        assert!(matches!(Match::of(&credential).admits(&token(json!({"sub": "x"}))), Truth::Unknown(_)));
    }
}

#[test]
fn plain_subjects_compare_exactly() {
    for (statement, subject, sub, expected) in [
        (EXPLICIT, "repo:o/r:*", "repo:o/r:ref:refs/heads/main", Truth::No),
        (EXPLICIT, "repo:o/r:*", "repo:o/r:*", Truth::Yes),
        (EXPLICIT, "repo:o/r:ref:refs/heads/main", "repo:o/r:ref:refs/heads/main", Truth::Yes),
        (EXPLICIT, "repo:o/r:ref:refs/heads/main", "repo:O/r:ref:refs/heads/main", Truth::No),
        (EXPLICIT, "", "x", Truth::No),
    ] {
        let plain = Match::of(&FederatedCredential { subject: Some(subject.to_owned()), ..Default::default() });
        assert_eq!(plain.admits(&token(json!({"sub": sub}))), expected, "{statement}: {subject} {sub}");
        assert_eq!(plain.admits(&token(json!({}))), Truth::No, "{statement}: {subject} and no subject");
    }
    assert!(matches!(Match::of(&FederatedCredential::default()).admits(&token(json!({}))), Truth::Unknown(_)));
}

#[test]
fn every_statement_is_shown() {
    let shown: BTreeSet<&str> = rows()
        .iter()
        .map(|(statement, ..)| *statement)
        .chain(REFUSED.iter().map(|(statement, ..)| *statement))
        .collect();
    for statement in [STRUCTURE, LOOKUP, EQ, MATCHES, AND, COMPARAND, GITHUB, GITLAB, TERRAFORM] {
        assert!(shown.contains(statement), "{statement}");
    }
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
