//! What must hold for every input of the policy, whoever makes the inputs up: libFuzzer or the driver beside it.
//!
//! Each check panics where something does not hold, and says whether the input was understood at all.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crosscloud_policy_model::aws::{Caller, Decision, Request, TrustPolicy};
use crosscloud_policy_model::cel::{Expression, Value as CelValue, Variables};
use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::enforcement::{Choices, Floor};
use crosscloud_policy_model::entra;
use crosscloud_policy_model::federation::Federation;
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::{BuiltInSettings, Request as Question};
use crosscloud_policy_model::token::{Claims, Token};
use crosscloud_policy_plugin::{BuiltIn, Policy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The decoders of the model: never panic, and what they read they write and read again alike. The first byte chooses the type.
pub fn documents(input: &[u8]) -> bool {
    let Some((choice, bytes)) = input.split_first() else { return false };
    match choice % 5 {
        0 => survives::<TrustDocument>(bytes),
        1 => survives::<Floor>(bytes),
        2 => survives::<Choices>(bytes),
        3 => survives::<BuiltInSettings>(bytes),
        _ => survives::<Finding>(bytes),
    }
}

fn survives<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else { return false };
    let written = serde_json::to_vec(&value).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    // Numbers with a fraction may lose their last digit once, and never again.
    let stable = serde_json::to_vec(&again).expect("what was read can be written");
    let last: T = serde_json::from_slice(&stable).expect("what was written can be read");
    assert_eq!(again, last);
    true
}

/// Conditions and mappings: never panic, and a token is judged alike whether its claims are written out or not.
pub fn conditions(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(expression) = Expression::parse(text) else { return false };
    let _ =
        (expression.references(), expression.comparisons(), expression.path(), expression.joins_without_separator());
    let token = token();
    let whole = Variables::new().with("assertion", CelValue::from(&token.claims()));
    let answer = expression.evaluate(&whole);
    assert_eq!(answer, expression.evaluate(&whole), "two answers to one question");
    let mapping = BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]);
    if let Ok(federation) = Federation::parse(&mapping, Some(text)) {
        let (lazy, written) = (federation.admit(&token), federation.exchange(&token.claims()));
        assert_eq!(lazy.is_ok(), written.is_ok(), "{text}");
        let certain = |outcome: &Result<_, crosscloud_policy_model::federation::Refusal>| {
            outcome.as_ref().err().is_none_or(crosscloud_policy_model::federation::Refusal::certain)
        };
        assert_eq!(certain(&lazy), certain(&written), "{text}");
    }
    true
}

/// AWS trust policies, as JSON text: never panic, and the text is read like the JSON that it is.
pub fn trust_policies(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(policy) = TrustPolicy::read(&Value::from(text), &|_| false) else { return false };
    let json: Value = serde_json::from_str(text).expect("the strict reader reads JSON");
    assert_eq!(TrustPolicy::read(&json, &|_| false).as_ref(), Ok(&policy));
    let token = token();
    let provider = "token.actions.githubusercontent.com";
    let (arn, role) = ("arn:aws:sts::111122223333:assumed-role/a/b", "arn:aws:iam::111122223333:role/a");
    let callers = [
        Caller::WebIdentity { provider, token: &token },
        Caller::Aws { arn, role_arn: Some(role), account: "111122223333", organization: None, external_id: Some("x") },
        Caller::Saml { provider: "arn:aws:iam::123456789012:saml-provider/corp" },
        Caller::Service {
            name: "s3.amazonaws.com",
            source_account: "111122223333",
            source_arn: arn,
            common_name: None,
        },
    ];
    for caller in callers {
        let decision = policy.decide(&Request::of(caller));
        if let Decision::Allowed { statement } = decision {
            assert!(statement < policy.statements.len());
        }
        // With nothing known, nothing is allowed.
        let blind = TrustPolicy::read(&json, &|pointer| pointer.starts_with("/Statement/") || pointer == "/Statement");
        let blind = blind.map(|blind| blind.decide(&Request::of(caller)));
        assert!(!matches!(blind, Ok(Decision::Allowed { .. })), "{text}");
    }
    true
}

/// Entra's expressions: never panic, and what is compared exactly holds of exactly that.
pub fn expressions(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(expression) = entra::Expression::parse(text) else { return false };
    let _ = expression.admits(&token());
    for comparison in &expression.comparisons {
        // A pattern matches itself, as its wildcards match themselves.
        assert!(comparison.holds(&comparison.comparand), "{text}");
    }
    true
}

/// The built-in policy on documents: never panics, says the same twice, and points into the document.
pub fn verdicts(input: &[u8]) -> bool {
    let Ok(document) = serde_json::from_slice::<TrustDocument>(input) else { return false };
    let question = Question { document, settings: Value::Null };
    let findings = BuiltIn::evaluate(&question);
    assert_eq!(findings, BuiltIn::evaluate(&question), "two answers to one question");
    for finding in &findings {
        assert!(finding.pointer.starts_with('/') && !finding.message.is_empty(), "{finding:?}");
    }
    true
}

fn token() -> Token {
    let claims = json!({
        "iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com", "sub": "repo:octo/app:ref:refs/heads/main",
        "repository_id": "2001", "groups": ["a", "b"], "iat": 1_767_225_600, "email_verified": true, "nested": {"a": {"b": null}},
    });
    Token::of_claims(claims.as_object().cloned().unwrap_or_else(Claims::new))
}
