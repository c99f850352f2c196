//! What AWS says of trust policies, a row each: the page and section, a policy that shows it, and what becomes of a request.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::operator::{Compare, Operator, Test};
use super::super::{Caller, Context, Decision, PolicyError, Request, TrustPolicy};
use super::{GITHUB, aws, conditioned, github, policy, web};
use crate::token::Token;

// Pages of the IAM User Guide, and their sections.
const STRINGS: &str = "IAM JSON policy elements: Condition operators, String condition operators";
const NUMBERS: &str = "IAM JSON policy elements: Condition operators, Numeric condition operators";
const DATES: &str = "IAM JSON policy elements: Condition operators, Date condition operators";
const BOOLEANS: &str = "IAM JSON policy elements: Condition operators, Boolean condition operators";
const BINARY: &str = "IAM JSON policy elements: Condition operators, Binary condition operators";
const ADDRESSES: &str = "IAM JSON policy elements: Condition operators, IP address condition operators";
const ARNS: &str = "IAM JSON policy elements: Condition operators, Amazon Resource Name (ARN) condition operators";
const IF_EXISTS: &str = "IAM JSON policy elements: Condition operators, ...IfExists condition operators";
const NULL: &str =
    "IAM JSON policy elements: Condition operators, Condition operator to check existence of condition keys";
const ABSENT: &str = "IAM JSON policy elements: Condition operators, keys that are not in the request";
const SETS: &str = "Set operators for multivalued context keys";
const SINGLE: &str = "Single-valued vs. multivalued context keys";
const MANY: &str = "Conditions with multiple context keys or values";
const CONDITION: &str = "IAM JSON policy elements: Condition";
const KEYS: &str = "AWS global condition context keys";
const FEDERATION: &str = "IAM and AWS STS condition context keys, Available keys for AWS OIDC federation";
const VARIABLES: &str = "IAM policy elements: Variables and tags";
const VERSION: &str = "IAM JSON policy elements: Version";
const PRINCIPAL: &str = "AWS JSON policy elements: Principal";
const NOT_PRINCIPAL: &str = "AWS JSON policy elements: NotPrincipal";
const ACTION: &str = "IAM JSON policy elements: Action";
const NOT_ACTION: &str = "IAM JSON policy elements: NotAction";
const STATEMENT: &str = "IAM JSON policy elements: Statement";
const EFFECT: &str = "IAM JSON policy elements: Effect";
const GRAMMAR: &str = "Grammar of the IAM JSON policy language";
const LOGIC: &str = "Policy evaluation logic";

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);
/// The documentation leaves it open, or nobody can say.
const OPEN: Option<bool> = None;

/// What a condition makes of the token of [`operators`].
type Row = (&'static str, &'static str, String, Value, Option<bool>);

/// A key that stands for a claim of the token.
fn of(claim: &str) -> String {
    format!("{GITHUB}:{claim}")
}

fn operators() -> Vec<Row> {
    let sub = || of("sub");
    let none = || of("environment");
    let both = || of("amr");
    let global = |key: &str| format!("aws:{key}");
    vec![
        (STRINGS, "StringEquals", sub(), json!("repo:octo/app:ref:refs/heads/main"), YES),
        (STRINGS, "StringEquals", sub(), json!("repo:octo/*"), NO),
        (STRINGS, "StringEquals", sub(), json!("REPO:octo/app:ref:refs/heads/main"), NO),
        (STRINGS, "StringNotEquals", sub(), json!("x"), YES),
        (STRINGS, "StringEqualsIgnoreCase", sub(), json!("REPO:OCTO/APP:REF:REFS/HEADS/MAIN"), YES),
        (STRINGS, "StringNotEqualsIgnoreCase", sub(), json!("REPO:OCTO/APP:REF:REFS/HEADS/MAIN"), NO),
        (STRINGS, "StringLike", sub(), json!("repo:octo/*"), YES),
        (STRINGS, "StringLike", sub(), json!("repo:oct?/app:*"), YES),
        (STRINGS, "StringLike", sub(), json!("repo:oct??/app:*"), NO),
        (STRINGS, "StringLike", sub(), json!("repo:octo"), NO),
        (STRINGS, "StringLike", sub(), json!("repo:OCTO/*"), NO),
        (STRINGS, "StringNotLike", sub(), json!("repo:octo/*"), NO),
        (STRINGS, "StringNotLike", sub(), json!("repo:evil/*"), YES),
        (NUMBERS, "NumericEquals", of("actor_id"), json!(7), YES),
        (NUMBERS, "NumericEquals", of("actor_id"), json!("7.0"), YES),
        (NUMBERS, "NumericNotEquals", of("actor_id"), json!(8), YES),
        (NUMBERS, "NumericNotEquals", of("actor_id"), json!(7), NO),
        (NUMBERS, "NumericLessThan", of("actor_id"), json!(7), NO),
        (NUMBERS, "NumericLessThan", of("actor_id"), json!(8), YES),
        (NUMBERS, "NumericLessThanEquals", of("actor_id"), json!("7"), YES),
        (NUMBERS, "NumericGreaterThan", of("actor_id"), json!(7), NO),
        (NUMBERS, "NumericGreaterThan", of("actor_id"), json!(6), YES),
        (NUMBERS, "NumericGreaterThanEquals", of("actor_id"), json!(7), YES),
        (DATES, "DateEquals", of("ref"), json!("2026-06-01T12:00:00Z"), YES),
        (DATES, "DateEquals", of("ref"), json!("1780315200"), YES),
        (DATES, "DateNotEquals", of("ref"), json!("2026-06-01T12:00:00Z"), NO),
        (DATES, "DateLessThan", of("ref"), json!("2026-06-02"), YES),
        (DATES, "DateLessThan", of("ref"), json!("2026-06-01T12:00:00Z"), NO),
        (DATES, "DateLessThanEquals", of("ref"), json!("2026-06-01T12:00:00Z"), YES),
        (DATES, "DateGreaterThan", of("ref"), json!("2026-06-01"), YES),
        (DATES, "DateGreaterThanEquals", of("ref"), json!("2026-06-01T12:00:01Z"), NO),
        (DATES, "DateGreaterThan", of("ref"), json!("the first of June"), OPEN),
        (BOOLEANS, "Bool", global("SecureTransport"), json!(true), YES),
        (BOOLEANS, "Bool", global("SecureTransport"), json!("TRUE"), YES),
        (BOOLEANS, "Bool", global("SecureTransport"), json!("false"), NO),
        (BINARY, "BinaryEquals", of("workflow"), json!("QmluYXJ5"), YES),
        (BINARY, "BinaryEquals", of("workflow"), json!("qmluYXJ5"), NO),
        (ADDRESSES, "IpAddress", global("SourceIp"), json!("198.51.100.0/24"), YES),
        (ADDRESSES, "IpAddress", global("SourceIp"), json!("198.51.100.77"), YES),
        (ADDRESSES, "IpAddress", global("SourceIp"), json!("203.0.113.0/24"), NO),
        (ADDRESSES, "IpAddress", global("SourceIp"), json!("0.0.0.0/0"), YES),
        (ADDRESSES, "IpAddress", global("SourceIp"), json!("2001:db8::/32"), NO),
        (ADDRESSES, "NotIpAddress", global("SourceIp"), json!(["203.0.113.0/24", "10.0.0.0/8"]), YES),
        (ADDRESSES, "NotIpAddress", global("SourceIp"), json!("0.0.0.0/0"), NO),
        (ARNS, "ArnEquals", of("job_workflow_ref"), json!("arn:aws:iam::111122223333:role/team/deploy"), YES),
        (ARNS, "ArnEquals", of("job_workflow_ref"), json!("arn:aws:iam::*:role/team/deploy"), YES),
        (ARNS, "ArnLike", of("job_workflow_ref"), json!("arn:aws:iam::111122223333:role/*"), YES),
        (ARNS, "ArnLike", of("job_workflow_ref"), json!("arn:aws:*:role/team/deploy"), NO),
        (ARNS, "ArnLike", of("job_workflow_ref"), json!("arn:aws:iam::444455556666:role/*"), NO),
        (ARNS, "ArnNotLike", of("job_workflow_ref"), json!("arn:aws:iam::444455556666:role/*"), YES),
        (ARNS, "ArnNotEquals", of("job_workflow_ref"), json!("arn:aws:iam::111122223333:role/team/deploy"), NO),
        (ABSENT, "StringEquals", none(), json!("prod"), NO),
        (ABSENT, "StringLike", none(), json!("*"), NO),
        (ABSENT, "StringNotEquals", none(), json!("prod"), YES),
        (ABSENT, "StringNotLike", none(), json!("*"), YES),
        (ABSENT, "ArnNotLike", none(), json!("arn:aws:iam::111122223333:role/*"), YES),
        (IF_EXISTS, "StringEqualsIfExists", none(), json!("prod"), YES),
        (IF_EXISTS, "StringNotEqualsIfExists", none(), json!("prod"), YES),
        (IF_EXISTS, "StringLikeIfExists", none(), json!("prod"), YES),
        (IF_EXISTS, "StringEqualsIfExists", sub(), json!("x"), NO),
        (IF_EXISTS, "StringLikeIfExists", sub(), json!("repo:octo/*"), YES),
        (NULL, "Null", none(), json!("true"), YES),
        (NULL, "Null", none(), json!(false), NO),
        (NULL, "Null", sub(), json!("false"), YES),
        (NULL, "Null", sub(), json!(true), NO),
        (SETS, "ForAllValues:StringEquals", both(), json!(["a", "b", "c"]), YES),
        (SETS, "ForAllValues:StringEquals", both(), json!(["a", "c"]), NO),
        (SETS, "ForAllValues:StringEquals", none(), json!("prod"), YES),
        (SETS, "ForAllValues:StringNotEquals", none(), json!("prod"), YES),
        (SETS, "ForAllValues:StringNotEquals", both(), json!(["c"]), YES),
        (SETS, "ForAllValues:StringNotEquals", both(), json!(["b"]), NO),
        (SETS, "ForAnyValue:StringEquals", both(), json!(["b", "c"]), YES),
        (SETS, "ForAnyValue:StringEquals", both(), json!(["c"]), NO),
        (SETS, "ForAnyValue:StringEquals", none(), json!("prod"), NO),
        (SETS, "ForAnyValue:StringNotEquals", none(), json!("prod"), NO),
        (SETS, "ForAnyValue:StringLike", both(), json!("?"), YES),
        (SETS, "ForAnyValue:StringNotEquals", both(), json!(["b"]), YES),
        (SETS, "ForAnyValue:StringNotEquals", both(), json!(["a", "b"]), NO),
        // The pages contradict each other: one lets absent keys fail, the other pass.
        (SETS, "ForAnyValue:StringEqualsIfExists", none(), json!("prod"), OPEN),
        (SINGLE, "StringEquals", both(), json!("a"), OPEN),
        (MANY, "StringEquals", sub(), json!(["x", "repo:octo/app:ref:refs/heads/main"]), YES),
        (MANY, "StringEquals", sub(), json!([]), NO),
        (MANY, "StringNotEquals", sub(), json!(["x", "repo:octo/app:ref:refs/heads/main"]), NO),
        (CONDITION, "stringlike", sub().to_uppercase(), json!("repo:octo/*"), YES),
        (KEYS, "StringEquals", "sts:RoleSessionName".to_owned(), json!("deploy"), YES),
        (KEYS, "StringEquals", global("PrincipalOrgID"), json!("o-1"), NO),
        // The time of a request cannot be said beforehand, and a key that we do not know may be a new one.
        (KEYS, "DateLessThan", global("CurrentTime"), json!("2030-01-01T00:00:00Z"), OPEN),
        (KEYS, "StringEquals", global("NewKey"), json!("1"), OPEN),
        (FEDERATION, "StringEquals", of("aud"), json!("sts.amazonaws.com"), YES),
        (FEDERATION, "StringEquals", of("repository_owner_id"), json!("1"), OPEN),
        (FEDERATION, "StringEquals", "accounts.google.com:sub".to_owned(), json!("1"), NO),
    ]
}

#[test]
fn operators_compare_as_documented() {
    let token = github(json!({
        "amr": ["a", "b"], "actor_id": "7", "ref": "2026-06-01T12:00:00Z", "workflow": "QmluYXJ5",
        "job_workflow_ref": "arn:aws:iam::111122223333:role/team/deploy",
    }));
    for (statement, operator, key, values, expected) in operators() {
        let decision = conditioned(&json!({operator: {key.as_str(): values}})).decide(&web(&token, GITHUB));
        assert_eq!(decided(&decision), expected, "{statement}: {operator} {key} {values}");
    }
}

#[test]
fn every_operator_has_a_row() {
    let shown: Vec<Operator> =
        operators().iter().map(|(statement, name, ..)| Operator::read(name).expect(statement)).collect();
    let compare = [
        Compare::Equals,
        Compare::NotEquals,
        Compare::Less,
        Compare::LessEquals,
        Compare::Greater,
        Compare::GreaterEquals,
    ];
    let either = [false, true];
    let mut tests = vec![Test::Bool, Test::Binary, Test::Null];
    tests.extend(compare.map(Test::Numeric));
    tests.extend(compare.map(Test::Date));
    for negated in either {
        tests.extend([
            Test::String { negated },
            Test::StringIgnoreCase { negated },
            Test::StringLike { negated },
            Test::IpAddress { negated },
            Test::Arn { negated },
        ]);
    }
    for test in tests {
        assert!(shown.iter().any(|operator| operator.test == test), "{test:?}");
    }
    assert!(shown.iter().any(|operator| operator.if_exists));
}

/// One statement, with these parts replaced, of the current version unless it says another.
fn one(parts: &Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
    for (name, value) in parts.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(statement.as_object_mut().and_then(|statement| statement.remove(name))),
            value => statement[name] = value.clone(),
        }
    }
    let version = statement.as_object_mut().and_then(|statement| statement.remove("Version"));
    json!({"Version": version.unwrap_or_else(|| json!("2012-10-17")), "Statement": [statement]})
}

#[test]
fn statements_apply_as_documented() {
    let role = "arn:aws:iam::111122223333:role/deploy";
    let like = |value: &str| json!({"Condition": {"StringLike": {"aws:PrincipalArn": value}}});
    let older =
        |value: &str| json!({"Version": "2008-10-17", "Condition": {"StringLike": {"aws:PrincipalArn": value}}});
    let not_principal = |value: Value| json!({"Principal": null, "NotPrincipal": value});
    let not_action = |value: Value| json!({"Action": null, "NotAction": value});
    for (statement, parts, expected) in [
        (PRINCIPAL, json!({"Principal": "*"}), YES),
        (PRINCIPAL, json!({"Principal": {"AWS": "*"}}), YES),
        (PRINCIPAL, json!({"Principal": {"AWS": "111122223333"}}), YES),
        (PRINCIPAL, json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), YES),
        (PRINCIPAL, json!({"Principal": {"AWS": [role, "444455556666"]}}), YES),
        (PRINCIPAL, json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}}), NO),
        (PRINCIPAL, json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}), NO),
        (PRINCIPAL, json!({"Principal": {"AWS": "444455556666"}}), NO),
        (PRINCIPAL, json!({"Principal": {"Service": "ec2.amazonaws.com"}}), NO),
        (PRINCIPAL, json!({"Principal": {"Federated": "accounts.google.com"}}), NO),
        (NOT_PRINCIPAL, not_principal(json!({"AWS": "111122223333"})), NO),
        (NOT_PRINCIPAL, not_principal(json!({"AWS": "444455556666"})), YES),
        (ACTION, json!({"Action": "sts:*"}), YES),
        (ACTION, json!({"Action": "*"}), YES),
        (ACTION, json!({"Action": ["sts:TagSession", "sts:assumerole"]}), YES),
        (ACTION, json!({"Action": "sts:Assume?ole"}), YES),
        (ACTION, json!({"Action": "sts:AssumeRoleWithWebIdentity"}), NO),
        (NOT_ACTION, not_action(json!("sts:TagSession")), YES),
        (NOT_ACTION, not_action(json!("sts:Assume*")), NO),
        (EFFECT, json!({"Effect": "Deny"}), NO),
        (VARIABLES, like("arn:aws:iam::${aws:PrincipalAccount}:role/*"), YES),
        (VARIABLES, like("${aws:SourceVpc, 'arn:aws:iam::111122223333:role/deploy'}"), YES),
        (VARIABLES, like("${aws:SourceVpc}"), NO),
        (VARIABLES, like("arn${*}"), NO),
        (VARIABLES, like("${aws:username}"), OPEN),
        (VERSION, older("arn:aws:iam::${aws:PrincipalAccount}:role/*"), NO),
        (VERSION, older("arn:aws:iam::111122223333:role/*"), YES),
    ] {
        let decision = policy(&one(&parts)).decide(&aws(role, "111122223333"));
        assert_eq!(decided(&decision), expected, "{statement}: {parts}");
    }
}

#[test]
fn statements_and_conditions_add_up_as_documented() {
    let allow = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
    let other = json!({"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"});
    let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition});
    let when = |condition: Value| {
        let mut statement = allow.clone();
        statement["Condition"] = condition;
        statement
    };
    let (here, elsewhere) = (json!({"aws:PrincipalOrgID": "o-1"}), json!({"aws:PrincipalOrgID": "o-2"}));
    let account = json!({"aws:PrincipalAccount": "111122223333"});
    for (statement, statements, expected) in [
        (LOGIC, json!([]), Decision::Denied),
        (LOGIC, json!([other, allow]), Decision::Allowed { statement: 1 }),
        (LOGIC, json!([allow, deny(json!({"StringEquals": here}))]), Decision::Denied),
        (LOGIC, json!([deny(json!({"StringEquals": here})), allow]), Decision::Denied),
        (LOGIC, json!([allow, deny(json!({"StringNotEquals": here}))]), Decision::Allowed { statement: 0 }),
        (MANY, json!([when(json!({"StringEquals": here, "StringLike": account}))]), Decision::Allowed { statement: 0 }),
        (MANY, json!([when(json!({"StringEquals": elsewhere, "StringLike": account}))]), Decision::Denied),
        (
            MANY,
            json!([when(
                json!({"StringEquals": {"aws:PrincipalOrgID": ["o-2", "o-1"], "aws:PrincipalAccount": "444455556666"}})
            )]),
            Decision::Denied,
        ),
    ] {
        let decision =
            policy(&json!({"Statement": statements})).decide(&aws("arn:aws:iam::111122223333:user/a", "111122223333"));
        assert_eq!(decision, expected, "{statement}: {statements}");
    }
    let doubtful = json!({"Statement": [allow, deny(json!({"StringEquals": {"aws:Unheard": "x"}}))]});
    let decision = policy(&doubtful).decide(&aws("arn:aws:iam::111122223333:user/a", "111122223333"));
    assert!(matches!(decision, Decision::Unclear(_)), "{LOGIC}: {doubtful}");
}

#[test]
fn refuses_what_iam_refuses() {
    for (statement, written) in [
        (GRAMMAR, json!(null)),
        (GRAMMAR, json!([])),
        (GRAMMAR, json!("{")),
        (GRAMMAR, json!("{\"Statement\": [], \"Statement\": []}")),
        (GRAMMAR, json!({"Statement": [], "Unheard": 1})),
        (STATEMENT, json!({})),
        (STATEMENT, json!({"Statement": [7]})),
        (VERSION, json!({"Version": "2020-01-01", "Statement": []})),
        (EFFECT, one(&json!({"Effect": "allow"}))),
        (EFFECT, one(&json!({"Effect": null}))),
        (NOT_PRINCIPAL, one(&json!({"NotPrincipal": "*"}))),
        (PRINCIPAL, one(&json!({"Principal": "arn:aws:iam::1:root"}))),
        (PRINCIPAL, one(&json!({"Principal": {"Robot": "x"}}))),
        (PRINCIPAL, one(&json!({"Principal": {"AWS": [{}]}}))),
        (GRAMMAR, one(&json!({"Resource": "*"}))),
        (ACTION, one(&json!({"Action": {}}))),
        (CONDITION, one(&json!({"Condition": []}))),
        (CONDITION, one(&json!({"Condition": {"StringEquals": "x"}}))),
    ] {
        let error = TrustPolicy::read(&written, &|_| false).unwrap_err();
        assert!(error.certain(), "{statement}: {written}: {error}");
    }
    // An operator that we do not know may be a new one.
    let novel = one(&json!({"Condition": {"StringSounds": {"k": "x"}}}));
    let error = TrustPolicy::read(&novel, &|_| false).unwrap_err();
    assert!(matches!(error, PolicyError::Operator { .. }) && !error.certain());
    // The same policy as text is read alike.
    let object = one(&json!({}));
    assert_eq!(policy(&json!(object.to_string())), policy(&object));
}

#[test]
fn each_issuer_gives_its_own_keys() {
    let claims =
        json!({"sub": "1", "aud": "client", "azp": "party", "email": "a@b.c", "google/organization_number": "7"});
    let token = Token::of_claims(claims.as_object().unwrap().clone());
    let google = "accounts.google.com";
    let cluster = "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF";
    for (provider, key, expected) in [
        (google, "accounts.google.com:aud", Some("party")),
        (google, "accounts.google.com:oaud", Some("client")),
        (google, "accounts.google.com:email", Some("a@b.c")),
        (google, "accounts.google.com:google/organization_number", Some("7")),
        (cluster, "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:sub", Some("1")),
        (cluster, "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:email", None),
        // The keys of one provider mean nothing to the tokens of another.
        (GITHUB, "accounts.google.com:sub", None),
    ] {
        let found = web(&token, provider).context(key);
        let wanted = expected.map_or(Context::Absent, |text| Context::One(text.into()));
        assert_eq!(found, wanted, "{FEDERATION}: {key}");
    }
    let newer = web(&token, GITHUB).context(&of("repository_owner"));
    assert!(matches!(newer, Context::Unknown(_)), "{FEDERATION}: {newer:?}");
}

#[test]
fn no_row_stands_there_twice() {
    let rows = operators();
    let distinct: BTreeSet<String> =
        rows.iter().map(|(_, operator, key, values, _)| format!("{operator} {key} {values}")).collect();
    assert_eq!(distinct.len(), rows.len());
}

/// Whether a request is let in; none where it cannot be said.
fn decided(decision: &Decision) -> Option<bool> {
    match decision {
        Decision::Allowed { .. } => YES,
        Decision::Denied => NO,
        Decision::Unclear(_) => OPEN,
    }
}

#[test]
fn an_external_id_is_the_callers_to_give() {
    let guarded = one(&json!({"Condition": {"StringEquals": {"sts:ExternalId": "agreed"}}}));
    for (given, expected) in [(None, NO), (Some("guess"), NO), (Some("agreed"), YES)] {
        let request = Request::of(Caller::Aws {
            arn: "arn:aws:iam::111122223333:user/a",
            role_arn: None,
            account: "111122223333",
            organization: None,
            external_id: given,
        });
        let decision = policy(&guarded).decide(&request);
        assert_eq!(decided(&decision), expected, "{KEYS}: sts:ExternalId {given:?}");
    }
}
