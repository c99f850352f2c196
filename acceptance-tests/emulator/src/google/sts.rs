//! The security token service: a workload's own token in, a Google token out. Nothing is taken on trust: pool, provider, signature, issuer,
//! audience, times, mapping and condition are all really looked at, in that order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crosscloud_policy_model::cel::CelError;
use crosscloud_policy_model::federation::{self, Mapped, Refusal as Rejection};
use serde_json::{Map, Value, json};

use super::access::{Federated, Principal, service_on};
use super::providers::Provider;
use super::refusal::{self, COMMON_QUERY};
use super::schema::{self, Field, Kind};
use super::{aws_token, provider_rules, subject_token};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `sts.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "sts.googleapis.com",
    title: "Security Token Service API",
    common_query: COMMON_QUERY,
    render,
    fault: injected,
    objects: |_| Vec::new(),
    routes: &[Route { method: "POST", template: "/v1/token", query: &[], handler: exchange }],
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const AUDIENCE: &str = "//iam.googleapis.com/";

/// The largest subject token, in bytes.
const TOKEN_LIMIT: usize = 12 * 1024;
const LIFETIME_SECONDS: i64 = 3600;

/// The parameters of an exchange. A form writes their names with underscores.
pub(crate) const EXCHANGE: &[Field] = &[
    Field("grantType", Kind::Text),
    Field("audience", Kind::Text),
    Field("scope", Kind::Text),
    Field("requestedTokenType", Kind::Text),
    Field("subjectToken", Kind::Text),
    Field("subjectTokenType", Kind::Text),
    Field("actorToken", Kind::Text),
    Field("actorTokenType", Kind::Text),
    Field("options", Kind::Text),
];

/// The kinds of subject token and the kinds of provider that take them.
const TOKEN_TYPES: &[(&str, &str)] = &[
    ("urn:ietf:params:oauth:token-type:jwt", "oidc"),
    ("urn:ietf:params:oauth:token-type:id_token", "oidc"),
    ("urn:ietf:params:aws:token-type:aws4_request", "aws"),
    ("urn:ietf:params:oauth:token-type:saml2", "saml"),
    ("urn:ietf:params:oauth:token-type:mtls", "x509"),
];

/// A refusal as OAuth words it.
pub(crate) fn oauth(error: &str, description: impl Into<String>) -> Refusal {
    Refusal::new(400, error, description)
}

/// OAuth refusals as `{"error", "error_description"}`, Google's own in Google's shape.
fn render(refusal: &Refusal) -> Answer {
    if refusal.code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
        return refusal::render(refusal);
    }
    let body = json!({ "error": refusal.code, "error_description": refusal.message });
    Answer::json_with(refusal.status, &body)
}

fn injected(status: u16, reason: Option<&str>) -> Refusal {
    match (status, reason) {
        (400 | 401, reason) => Refusal::new(
            status,
            reason.unwrap_or("invalid_request"),
            format!("The request was refused by an injected fault ({status})."),
        ),
        _ => refusal::injected(status, reason),
    }
}

fn exchange(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = parameters(call)?;
    let value = |name: &str| given.get(name).map_or("", String::as_str);
    if value("grantType") != GRANT {
        return Err(oauth(
            "unsupported_grant_type",
            format!("Invalid value for \"grant_type\". This value must be {GRANT}."),
        ));
    }
    if value("requestedTokenType") != ACCESS_TOKEN {
        return Err(oauth(
            "invalid_request",
            format!("Invalid value for \"requested_token_type\". This value must be {ACCESS_TOKEN}."),
        ));
    }
    let scopes: Vec<String> = value("scope").split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(oauth(
            "invalid_scope",
            "Invalid value for \"scope\". At least one scope is required to exchange an external credential.",
        ));
    }
    let token = value("subjectToken");
    if token.is_empty() || token.len() > TOKEN_LIMIT {
        return Err(oauth(
            "invalid_request",
            "Invalid value for \"subject_token\". It must be given and have at most 12 KB.",
        ));
    }
    let provider = provider(world, call, value("audience"))?;
    let kind = TOKEN_TYPES.iter().find(|(name, _)| *name == value("subjectTokenType")).map(|(_, kind)| *kind);
    if kind.is_none() || kind != provider_rules::kind(&provider.fields) {
        return Err(oauth(
            "invalid_request",
            format!(
                "Invalid value for \"subject_token_type\". The provider {} does not take tokens of this type.",
                provider.name
            ),
        ));
    }
    let claims = match kind {
        Some("oidc") => subject_token::verified(world, &provider, token)?,
        Some("aws") => aws_token::verified(world, &provider, token)?,
        _ => {
            return Err(oauth(
                "invalid_request",
                "The emulator verifies tokens of OIDC and AWS providers only; this provider is of another kind.",
            ));
        }
    };
    let mapped = mapped(&provider, &claims)?;
    let expires_at = world.now() + LIFETIME_SECONDS * 1000;
    let principal = Principal::Federated(Arc::new(Federated { pool: provider.pool, mapped, scopes }));
    let token = world.issue_access_token(principal, expires_at);
    Ok(Answer::json(&json!({
        "access_token": token,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": LIFETIME_SECONDS,
    })))
}

/// The parameters of the exchange, from a form as Google's libraries send it or from JSON as the discovery document has it.
fn parameters(call: &Call<'_>) -> Result<BTreeMap<&'static str, String>, Refusal> {
    let pairs: Vec<(String, String)> = if call.request.is_form() {
        url::form_urlencoded::parse(&call.request.body).into_owned().collect()
    } else {
        match call.json() {
            Ok(Value::Object(body)) => body
                .into_iter()
                .filter_map(|(name, value)| match value {
                    Value::String(text) => Some((name, text)),
                    Value::Null => None,
                    other => Some((name, other.to_string())),
                })
                .collect(),
            _ => return Err(oauth("invalid_request", "The body is neither a form nor a JSON object.")),
        }
    };
    let mut given = BTreeMap::new();
    for (name, value) in pairs {
        let Some(known) = schema::named(EXCHANGE, &name) else {
            return Err(oauth("invalid_request", format!("Unknown parameter \"{name}\".")));
        };
        given.insert(known, value);
    }
    Ok(given)
}

/// The provider that the audience names, if it and its pool take tokens.
fn provider(world: &World, call: &Call<'_>, audience: &str) -> Result<Provider, Refusal> {
    let malformed = || {
        oauth(
            "invalid_request",
            "Invalid value for \"audience\". This value should be the full resource name of the Identity Provider: \
             //iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER.",
        )
    };
    let name = audience.strip_prefix(AUDIENCE).ok_or_else(malformed)?;
    let parts: Vec<&str> = name.split('/').collect();
    let ["projects", number, "locations", "global", "workloadIdentityPools", _, "providers", _] = parts.as_slice()
    else {
        return Err(malformed());
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    let unusable = || {
        oauth(
            "invalid_target",
            "The target service indicated by the \"audience\" parameters is invalid. This might either be because the pool or provider \
             is disabled or deleted or because it doesn't exist.",
        )
    };
    let project = world.project(number).ok_or_else(unusable)?;
    service_on(world, call, project, "sts.tokens.exchange")?;
    let now = world.now();
    let provider =
        world.google.providers.get(name).filter(|provider| provider.admits() && provider.life.is_visible(now));
    let provider = provider.ok_or_else(unusable)?;
    let pool = world.google.pools.get(&provider.pool).filter(|pool| pool.admits() && pool.life.is_visible(now));
    pool.map(|_| provider.clone()).ok_or_else(unusable)
}

fn mapped(provider: &Provider, claims: &Map<String, Value>) -> Result<Mapped, Refusal> {
    let mapping: BTreeMap<String, String> = provider
        .fields
        .get("attributeMapping")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(target, expression)| Some((target.clone(), expression.as_str()?.to_owned())))
        .collect();
    let condition = provider.fields.get("attributeCondition").and_then(Value::as_str);
    federation::exchange(&mapping, condition, claims).map_err(|rejection| rejected(&rejection))
}

fn rejected(rejection: &Rejection) -> Refusal {
    match rejection {
        Rejection::ConditionFalse | Rejection::Condition(CelError::Failed(_)) => {
            oauth("unauthorized_client", "The given credential is rejected by the attribute condition.")
        }
        Rejection::SubjectTooLong(_) => oauth(
            "invalid_request",
            "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming \
             assertion to produce a mapped attribute that is less than 127 bytes.",
        ),
        Rejection::NoSubject => {
            oauth("invalid_request", "Could not obtain a value for google.subject from the given credential.")
        }
        Rejection::Mapping { attribute, source } => oauth(
            "invalid_request",
            format!("Could not obtain a value for {attribute} from the given credential: {source}."),
        ),
        other => oauth("invalid_request", format!("The attribute mapping or condition fails: {other}.")),
    }
}
