//! Conformance with the IAM documentation on policy elements, condition operators, set operators, variables and the evaluation logic.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Caller, Context, Decision, PolicyError, Request, TrustPolicy};
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
fn operators_compare_as_documented() {
    let sub = format!("{GITHUB}:sub");
    let many = format!("{GITHUB}:amr");
    let missing = format!("{GITHUB}:environment");
    let yes = Some(true);
    let no = Some(false);
    for (operator, key, values, expected) in [
        ("StringEquals", &sub, json!("repo:octo/app:ref:refs/heads/main"), yes),
        ("StringEquals", &sub, json!("repo:octo/*"), no),
        ("StringEquals", &sub, json!("REPO:octo/app:ref:refs/heads/main"), no),
        ("StringEquals", &sub, json!(["x", "repo:octo/app:ref:refs/heads/main"]), yes),
        ("StringEquals", &sub, json!([]), no),
        ("StringNotEquals", &sub, json!("x"), yes),
        ("StringNotEquals", &sub, json!(["x", "repo:octo/app:ref:refs/heads/main"]), no),
        ("StringEqualsIgnoreCase", &sub, json!("REPO:OCTO/APP:REF:REFS/HEADS/MAIN"), yes),
        ("StringNotEqualsIgnoreCase", &sub, json!("REPO:OCTO/APP:REF:REFS/HEADS/MAIN"), no),
        ("StringLike", &sub, json!("repo:octo/*"), yes),
        ("StringLike", &sub, json!("repo:oct?/app:*"), yes),
        ("StringLike", &sub, json!("repo:octo"), no),
        ("StringNotLike", &sub, json!("repo:octo/*"), no),
        ("StringNotLike", &sub, json!("repo:evil/*"), yes),
        // A key that the request lacks.
        ("StringEquals", &missing, json!("prod"), no),
        ("StringNotEquals", &missing, json!("prod"), yes),
        ("StringEqualsIfExists", &missing, json!("prod"), yes),
        ("StringNotEqualsIfExists", &missing, json!("prod"), yes),
        ("StringEqualsIfExists", &sub, json!("x"), no),
        ("Null", &missing, json!("true"), yes),
        ("Null", &missing, json!(false), no),
        ("Null", &sub, json!("false"), yes),
        ("Null", &sub, json!(true), no),
        ("ForAllValues:StringEquals", &missing, json!("prod"), yes),
        ("ForAllValues:StringNotEquals", &missing, json!("prod"), yes),
        ("ForAnyValue:StringEquals", &missing, json!("prod"), no),
        ("ForAnyValue:StringNotEquals", &missing, json!("prod"), no),
        // The pages contradict each other: one lets absent keys fail, the other pass.
        ("ForAnyValue:StringEqualsIfExists", &missing, json!("prod"), None),
        // A key with the values a and b.
        ("ForAllValues:StringEquals", &many, json!(["a", "b", "c"]), yes),
        ("ForAllValues:StringEquals", &many, json!(["a", "c"]), no),
        ("ForAnyValue:StringEquals", &many, json!(["b", "c"]), yes),
        ("ForAnyValue:StringEquals", &many, json!(["c"]), no),
        ("ForAnyValue:StringLike", &many, json!("?"), yes),
        ("ForAllValues:StringNotEquals", &many, json!(["c"]), yes),
        ("ForAllValues:StringNotEquals", &many, json!(["b"]), no),
        ("ForAnyValue:StringNotEquals", &many, json!(["b"]), yes),
        ("ForAnyValue:StringNotEquals", &many, json!(["a", "b"]), no),
        ("StringEquals", &many, json!("a"), None),
        // Keys and operators without regard to case.
        ("stringlike", &sub.to_uppercase(), json!("repo:octo/*"), yes),
        // Other kinds.
        ("Bool", &"aws:SecureTransport".to_owned(), json!(true), yes),
        ("Bool", &"aws:SecureTransport".to_owned(), json!("false"), no),
        ("IpAddress", &"aws:SourceIp".to_owned(), json!("203.0.113.0/24"), no),
        ("NotIpAddress", &"aws:SourceIp".to_owned(), json!(["203.0.113.0/24", "10.0.0.0/8"]), yes),
        ("IpAddress", &"aws:SourceIp".to_owned(), json!("0.0.0.0/0"), yes),
        ("NumericLessThanEquals", &format!("{GITHUB}:actor_id"), json!("7"), yes),
        ("NumericGreaterThan", &format!("{GITHUB}:actor_id"), json!(7), no),
        ("NumericNotEquals", &format!("{GITHUB}:actor_id"), json!(8), yes),
        ("DateLessThan", &"aws:CurrentTime".to_owned(), json!("2030-01-01T00:00:00Z"), None),
        ("StringEquals", &"sts:RoleSessionName".to_owned(), json!("deploy"), yes),
        ("StringEquals", &format!("{GITHUB}:repository_owner_id"), json!("1"), None),
        ("StringEquals", &"aws:NewKey".to_owned(), json!("1"), None),
        ("StringEquals", &"aws:PrincipalOrgID".to_owned(), json!("o-1"), no),
        ("StringEquals", &"accounts.google.com:sub".to_owned(), json!("1"), no),
    ] {
        let token = github(json!({"amr": ["a", "b"], "actor_id": "7"}));
        let decision = conditioned(&json!({operator: {key: values}})).decide(&web(&token, GITHUB));
        let found = match decision {
            Decision::Allowed { .. } => Some(true),
            Decision::Denied => Some(false),
            Decision::Unclear(_) => None,
        };
        assert_eq!(found, expected, "{operator} {key} {values}");
    }
}

#[test]
fn all_conditions_must_hold_and_one_value_is_enough() {
    let (aud, sub) = (format!("{GITHUB}:aud"), format!("{GITHUB}:sub"));
    let token = github(json!({}));
    let both =
        json!({"StringEquals": {aud.clone(): "sts.amazonaws.com"}, "StringLike": {sub.clone(): ["x", "repo:octo/*"]}});
    assert_eq!(conditioned(&both).decide(&web(&token, GITHUB)), Decision::Allowed { statement: 0 });
    let one = json!({"StringEquals": {aud: "other"}, "StringLike": {sub: "repo:octo/*"}});
    assert_eq!(conditioned(&one).decide(&web(&token, GITHUB)), Decision::Denied);
}

#[test]
fn arns_match_part_by_part() {
    let arn = |operator: &str, value: &str| {
        let policy = policy(&json!({"Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {operator: {"aws:PrincipalArn": value}},
        }}));
        policy.decide(&aws("arn:aws:iam::111122223333:role/team/deploy", "111122223333")) != Decision::Denied
    };
    assert!(arn("ArnLike", "arn:aws:iam::111122223333:role/*"));
    assert!(arn("ArnEquals", "arn:aws:iam::*:role/team/deploy"));
    assert!(!arn("ArnLike", "arn:aws:*:role/team/deploy"));
    assert!(!arn("ArnLike", "arn:aws:iam::444455556666:role/*"));
    assert!(arn("ArnNotLike", "arn:aws:iam::444455556666:role/*"));
    assert!(arn("StringLike", "arn:aws:*:role/team/deploy"));
}

#[test]
fn variables_are_filled_in_by_the_current_version_only() {
    let policy_of = |version: &str, value: &str| {
        policy(&json!({"Version": version, "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {"aws:PrincipalArn": value}},
        }}))
    };
    let request = aws("arn:aws:iam::111122223333:role/deploy", "111122223333");
    let current = "2012-10-17";
    let allowed = Decision::Allowed { statement: 0 };
    assert_eq!(policy_of(current, "arn:aws:iam::${aws:PrincipalAccount}:role/*").decide(&request), allowed);
    assert_eq!(
        policy_of("2008-10-17", "arn:aws:iam::${aws:PrincipalAccount}:role/*").decide(&request),
        Decision::Denied
    );
    assert_eq!(
        policy_of(current, "${aws:SourceVpc, 'arn:aws:iam::111122223333:role/deploy'}").decide(&request),
        allowed
    );
    assert_eq!(policy_of(current, "${aws:SourceVpc}").decide(&request), Decision::Denied);
    assert_eq!(policy_of(current, "arn${*}").decide(&request), Decision::Denied);
    assert!(matches!(policy_of(current, "${aws:username}").decide(&request), Decision::Unclear(_)));
}

#[test]
fn principals_and_actions_as_documented() {
    let role = "arn:aws:iam::111122223333:role/deploy";
    let request = aws(role, "111122223333");
    for (principal, action, expected) in [
        (json!("*"), json!("sts:AssumeRole"), true),
        (json!({"AWS": "*"}), json!("sts:*"), true),
        (json!({"AWS": "111122223333"}), json!("*"), true),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), json!(["sts:TagSession", "sts:assumerole"]), true),
        (json!({"AWS": [role, "x"]}), json!("sts:AssumeRole"), true),
        (json!({"AWS": "arn:aws:iam::111122223333:role/other"}), json!("sts:AssumeRole"), false),
        (json!({"AWS": "arn:aws:iam::111122223333:role/*"}), json!("sts:AssumeRole"), false),
        (json!({"AWS": "444455556666"}), json!("sts:AssumeRole"), false),
        (json!({"Service": "ec2.amazonaws.com"}), json!("sts:AssumeRole"), false),
        (json!({"AWS": "111122223333"}), json!("sts:AssumeRoleWithWebIdentity"), false),
    ] {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
        let decision = policy(&json!({"Statement": statement})).decide(&request);
        assert_eq!(decision != Decision::Denied, expected, "{principal} {action}");
    }
    let not = |part: &str, value: Value| {
        let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
        let kept = if part == "NotAction" { "Action" } else { "Principal" };
        statement.as_object_mut().unwrap().remove(kept);
        statement[part] = value;
        policy(&json!({"Statement": [statement]})).decide(&request) != Decision::Denied
    };
    assert!(!not("NotPrincipal", json!({"AWS": "111122223333"})));
    assert!(not("NotPrincipal", json!({"AWS": "444455556666"})));
    assert!(not("NotAction", json!("sts:TagSession")));
    assert!(!not("NotAction", json!("sts:Assume*")));
}

#[test]
fn a_denial_counts_more_than_a_permission() {
    let allow = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
    let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition});
    let request = aws("arn:aws:iam::111122223333:user/a", "111122223333");
    let both = |condition: Value| policy(&json!({"Statement": [allow.clone(), deny(condition)]})).decide(&request);
    assert_eq!(both(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-2"}})), Decision::Denied);
    assert_eq!(both(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})), Decision::Allowed { statement: 0 });
    assert!(matches!(both(json!({"StringEquals": {"aws:Unheard": "x"}})), Decision::Unclear(_)));
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

#[test]
fn refuses_what_iam_refuses() {
    let statement = |change: &dyn Fn(&mut Value)| {
        let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
        change(&mut statement);
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let refused = [
        json!(null),
        json!([]),
        json!("{"),
        json!("{\"Statement\": [], \"Statement\": []}"),
        json!({}),
        json!({"Version": "2020-01-01", "Statement": []}),
        json!({"Statement": [], "Unheard": 1}),
        json!({"Statement": [7]}),
        statement(&|it| it["Effect"] = json!("allow")),
        statement(&|it| it["NotPrincipal"] = json!("*")),
        statement(&|it| it["Principal"] = json!("arn:aws:iam::1:root")),
        statement(&|it| it["Principal"] = json!({"Robot": "x"})),
        statement(&|it| it["Principal"] = json!({"AWS": [{}]})),
        statement(&|it| it["Resource"] = json!("*")),
        statement(&|it| it["Action"] = json!({})),
        statement(&|it| it["Condition"] = json!([])),
        statement(&|it| it["Condition"] = json!({"StringEquals": "x"})),
    ];
    for policy in refused {
        let error = TrustPolicy::read(&policy, &|_| false).unwrap_err();
        assert!(error.certain(), "{policy}: {error}");
    }
    let novel = statement(&|it| it["Condition"] = json!({"StringSounds": {"k": "x"}}));
    let error = TrustPolicy::read(&novel, &|_| false).unwrap_err();
    assert!(matches!(error, PolicyError::Operator { .. }) && !error.certain());
    // The same policy as text is read alike.
    let object = statement(&|_| {});
    assert_eq!(policy(&json!(object.to_string())), policy(&object));
}

#[test]
fn each_issuer_gives_its_own_keys() {
    let token = Token::of_claims(
        json!({"sub": "1", "aud": "client", "azp": "party", "email": "a@b.c", "google/organization_number": "7"})
            .as_object()
            .unwrap()
            .clone(),
    );
    let values = |provider: &str, name: &str| web(&token, provider).context(&format!("{provider}:{name}"));
    let one = |text: &str| Context::Values(vec![text.to_owned()]);
    assert_eq!(values("accounts.google.com", "aud"), one("party"));
    assert_eq!(values("accounts.google.com", "oaud"), one("client"));
    assert_eq!(values("accounts.google.com", "email"), one("a@b.c"));
    assert_eq!(values("oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF", "sub"), one("1"));
    assert_eq!(values("oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF", "email"), Context::Absent);
    assert!(matches!(values(GITHUB, "repository_owner"), Context::Unknown(_)));
    // The keys of one provider mean nothing to the tokens of another.
    assert_eq!(web(&token, GITHUB).context("accounts.google.com:sub"), Context::Absent);
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
