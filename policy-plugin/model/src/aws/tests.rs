//! Trust policies against the documentation of IAM, against values that are not known yet, and against whatever JSON can be.
#![allow(clippy::unwrap_used)]

mod conformance;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Caller, Decision, Request, TrustPolicy};
use crate::token::Token;

const GITHUB: &str = "token.actions.githubusercontent.com";

fn policy(value: &Value) -> TrustPolicy {
    TrustPolicy::read(value, &|_| false).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn github(claims: Value) -> Token {
    let mut all = json!({"iss": format!("https://{GITHUB}"), "aud": "sts.amazonaws.com", "sub": "repo:octo/app:ref:refs/heads/main"});
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    Token::of_claims(all.as_object().unwrap().clone())
}

fn web<'a>(token: &'a Token, provider: &'a str) -> Request<'a> {
    Request::of(Caller::WebIdentity { provider, token })
}

fn aws<'a>(arn: &'a str, account: &'a str) -> Request<'a> {
    Request::of(Caller::Aws { arn, role_arn: None, account, organization: Some("o-1"), external_id: None })
}

/// One statement for GitHub with this condition block.
fn conditioned(condition: &Value) -> TrustPolicy {
    policy(&json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
        "Principal": {"Federated": format!("arn:aws:iam::123456789012:oidc-provider/{GITHUB}")},
    }]}))
}

#[test]
fn what_is_not_known_yet_decides_nothing() {
    let written = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": [null, "111122223333"]}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": [null]}}}]});
    let gaps = ["/Statement/0/Principal/AWS/0", "/Statement/0/Condition/StringEquals/sts:ExternalId/0"];
    let read = TrustPolicy::read(&written, &|pointer| gaps.contains(&pointer)).unwrap();
    let mut request = aws("arn:aws:iam::111122223333:user/a", "111122223333");
    // Without an external id it is refused whatever the id is.
    assert_eq!(read.decide(&request), Decision::Denied);
    if let Caller::Aws { external_id, .. } = &mut request.caller {
        *external_id = Some("guess");
    }
    assert!(matches!(read.decide(&request), Decision::Unclear(_)));
    for gap in ["/Statement", "/Statement/0", "/Statement/0/Principal", "/Statement/0/Action", "/Statement/0/Condition"]
    {
        let read = TrustPolicy::read(&written, &|pointer| pointer == gap || gaps.contains(&pointer)).unwrap();
        assert!(!matches!(read.decide(&request), Decision::Allowed { .. }), "{gap}");
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        proptest::sample::select(vec![
            "Allow",
            "Deny",
            "*",
            "sts:AssumeRole",
            "2012-10-17",
            "${aws:username}",
            "arn:aws:iam::1:root"
        ])
        .prop_map(Value::from),
    ];
    let keys = || {
        proptest::sample::select(vec![
            "Version",
            "Statement",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Condition",
            "AWS",
            "Federated",
            "Service",
            "StringLike",
            "ForAllValues:StringEquals",
            "Null",
            "IpAddress",
            "aws:SourceIp",
            "sts:ExternalId",
        ])
    };
    leaf.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((keys(), inner), 0..6).prop_map(|entries| Value::Object(
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_policy_panics(policy in json_values()) {
        if let Ok(policy) = TrustPolicy::read(&policy, &|_| false) {
            let token = github(json!({}));
            let _ = policy.decide(&web(&token, GITHUB));
            let _ = policy.decide(&aws("arn:aws:iam::1:user/a", "1"));
        }
    }
}
