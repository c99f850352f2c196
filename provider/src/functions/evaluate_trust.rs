//! `evaluate_trust`: what a cloud answers to one token.

use std::collections::BTreeMap;

use crosscloud_policy_model::aws::{Caller, Decision, Request, TrustPolicy};
use crosscloud_policy_model::document::FederatedCredential;
use crosscloud_policy_model::entra::Match;
use crosscloud_policy_model::federation::Federation;
use crosscloud_policy_model::issuer;
use crosscloud_policy_model::token::Token;
use crosscloud_policy_model::truth::Truth;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use tfplugin::model::Field;
use tfplugin::{Arguments, Attr, Context, Function, FunctionError, Model, Parameter, Signature, Value};

use super::arguments::shaped;

const FORM: &str = "one of { google = { issuer, allowed_audiences, attribute_mapping, attribute_condition, pool, members } }, \
     { aws = { issuer, assume_role_policy } } and { azure = { issuer, audiences, subject or claims_matching_expression } }";

const CLAIMS: &str = "an object of claims, such as { iss = \"https://…\", sub = \"…\", aud = \"…\" }";

/// The door.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Door {
    Google(GoogleDoor),
    Aws(AwsDoor),
    Azure(AzureDoor),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoogleDoor {
    issuer: Option<String>,
    #[serde(default)]
    allowed_audiences: Vec<String>,
    attribute_mapping: BTreeMap<String, String>,
    attribute_condition: Option<String>,
    pool: Option<String>,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AwsDoor {
    issuer: Option<String>,
    assume_role_policy: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AzureDoor {
    issuer: String,
    audiences: Vec<String>,
    subject: Option<String>,
    claims_matching_expression: Option<String>,
}

/// What the cloud answers.
#[derive(Debug, Clone, Default, PartialEq, Model)]
struct Verdict {
    #[attr(computed)]
    verdict: Attr<String>,
    #[attr(computed)]
    reason: Attr<String>,
    #[attr(computed)]
    subject: Attr<String>,
    #[attr(computed)]
    attributes: Attr<BTreeMap<String, Attr<String>>>,
    #[attr(computed)]
    members: Attr<Vec<Attr<String>>>,
}

/// `evaluate_trust(trust, claims)`.
pub(super) struct EvaluateTrust;

impl Function for EvaluateTrust {
    fn name(&self) -> &str {
        "evaluate_trust"
    }

    fn signature(&self) -> Signature {
        Signature::new("Says what a cloud answers to a token", Attr::<Verdict>::shape().implied_type())
            .parameter(Parameter::of::<Value>("trust").describe(format!("What the token is shown to: {FORM}.")))
            .parameter(Parameter::of::<Value>("claims").describe(format!("The token: {CLAIMS}.")))
            .describe(
                "Evaluates what a provider, a role or a credential says about one token, as the cloud would: the expression itself, \
                 not its spelling. Write the tokens of strangers into `check` blocks and preconditions, and see that they stay outside.\n\n\
                 The result is an object:\n\n\
                 - `verdict`: `admitted`, `refused`, or `undetermined` where an expression is beyond this evaluation\n\
                 - `reason`: why\n\
                 - `subject`, `attributes`: what Google maps the token to, where it is admitted\n\
                 - `members`: those of `members` that name this workload of `pool`\n\n\
                 Issuer and audiences are compared where they are given. Signatures and times are not: they are the cloud's business.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let door: Door = shaped(&arguments.get::<Value>(0)?, 0, FORM)?;
        let claims: Map<String, Json> = shaped(&arguments.get::<Value>(1)?, 1, CLAIMS)?;
        let verdict = match door {
            Door::Google(door) => google(&door, &claims),
            Door::Aws(door) => aws(&door, claims),
            Door::Azure(door) => azure(door, claims),
        };
        Ok(Model::encode(&verdict))
    }
}

fn google(door: &GoogleDoor, claims: &Map<String, Json>) -> Verdict {
    if let Some(refusal) = elsewhere(door.issuer.as_deref(), &door.allowed_audiences, claims) {
        return refused(refusal);
    }
    let federation = Federation::parse(&door.attribute_mapping, door.attribute_condition.as_deref());
    match federation.and_then(|federation| federation.exchange(claims)) {
        Ok(mapped) => {
            let pool = door.pool.as_deref().unwrap_or_default().trim_start_matches("//iam.googleapis.com/");
            let members = door.members.iter().filter(|member| mapped.matches_member(pool, member)).cloned();
            let members: Vec<_> = members.map(Attr::Known).collect();
            let attributes = mapped.attributes.into_iter().map(|(name, value)| (name, Attr::Known(value)));
            Verdict {
                subject: Attr::Known(mapped.subject),
                attributes: Attr::Known(attributes.collect()),
                members: Attr::Known(members),
                ..said("admitted", "the mapping and the condition hold for the token")
            }
        }
        Err(refusal) if refusal.certain() => refused(refusal.to_string()),
        Err(refusal) => said("undetermined", &refusal.to_string()),
    }
}

fn aws(door: &AwsDoor, claims: Map<String, Json>) -> Verdict {
    if let Some(refusal) = elsewhere(door.issuer.as_deref(), &[], &claims) {
        return refused(refusal);
    }
    let policy = match TrustPolicy::read(&door.assume_role_policy, &|_| false) {
        Ok(policy) => policy,
        Err(error) => return refused(format!("the trust policy cannot be read: {error}")),
    };
    let token = Token::of_claims(claims);
    let issuer = token.text("iss").unwrap_or_default();
    let provider = issuer.trim_start_matches("https://").trim_end_matches('/');
    match policy.decide(&Request::of(Caller::WebIdentity { provider, token: &token })) {
        Decision::Allowed { statement } => said("admitted", &format!("statement {} lets the token in", statement + 1)),
        Decision::Denied => refused("no statement lets the token in, or one denies it".to_owned()),
        Decision::Unclear(reason) => said("undetermined", &format!("{reason} is not known")),
    }
}

fn azure(door: AzureDoor, claims: Map<String, Json>) -> Verdict {
    if claims.get("iss").and_then(Json::as_str) != Some(&door.issuer) {
        return refused("the issuer is another one; Entra compares it character for character".to_owned());
    }
    if let Some(refusal) = elsewhere(None, &door.audiences, &claims) {
        return refused(refusal);
    }
    let credential = FederatedCredential {
        subject: door.subject,
        claims_matching_expression: door.claims_matching_expression,
        ..FederatedCredential::default()
    };
    match Match::of(&credential).admits(&Token::of_claims(claims)) {
        Truth::Yes => said("admitted", "what the credential compares holds for the token"),
        Truth::No => refused("what the credential compares does not hold for the token".to_owned()),
        Truth::Unknown(reason) => said("undetermined", &format!("{reason} is not known")),
    }
}

/// Why the token is not for this door, whatever it says otherwise.
fn elsewhere(issuer: Option<&str>, audiences: &[String], claims: &Map<String, Json>) -> Option<String> {
    let text = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or_default();
    if let Some(issuer) = issuer.filter(|issuer| !issuer::same(issuer, text("iss"))) {
        return Some(format!("the token is of the issuer `{}`, not `{issuer}`", text("iss")));
    }
    let is_accepted = |audience: &Json| audience.as_str().is_some_and(|it| audiences.iter().any(|other| other == it));
    let meant = match claims.get("aud") {
        Some(Json::Array(all)) => all.iter().any(is_accepted),
        Some(one) => is_accepted(one),
        None => false,
    };
    (!audiences.is_empty() && !meant).then(|| "the token is for another audience".to_owned())
}

fn refused(reason: String) -> Verdict {
    said("refused", &reason)
}

fn said(verdict: &str, reason: &str) -> Verdict {
    Verdict { verdict: Attr::from(verdict), reason: Attr::from(reason), ..Verdict::default() }
}
