//! Impersonation: a service account's token for whoever may have it.

use serde_json::{Value, json};

use super::access::{self, Principal};
use super::accounts::{self, Account};
use super::policy;
use super::refusal::{self, COMMON_QUERY, denied, invalid, invalid_with_violation, not_found, precondition};
use super::schema::{self, Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::clock::rfc3339;
use crate::state::world::World;
use crate::tokens::mint::{self, Order};

/// `iamcredentials.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "iamcredentials.googleapis.com",
    title: "IAM Service Account Credentials API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects: |_| Vec::new(),
    routes: &[
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:generateAccessToken",
            query: &[],
            handler: generate_access_token,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:generateIdToken",
            query: &[],
            handler: generate_id_token,
        },
    ],
};

/// The body of `generateAccessToken`.
pub(crate) const REQUEST: &[Field] =
    &[Field("scope", Kind::Texts), Field("lifetime", Kind::Text), Field("delegates", Kind::Texts)];
/// The body of `generateIdToken`.
pub(crate) const ID_REQUEST: &[Field] = &[
    Field("audience", Kind::Text),
    Field("includeEmail", Kind::Flag),
    Field("organizationNumberIncluded", Kind::Flag),
    Field("delegates", Kind::Texts),
];
const GET_ID_TOKEN: &str = "iam.serviceAccounts.getOpenIdToken";
const GOOGLE: &str = "https://accounts.google.com";
const GET_TOKEN: &str = "iam.serviceAccounts.getAccessToken";
const DELEGATE: &str = "iam.serviceAccounts.implicitDelegation";

/// The longest life of a token, in seconds, without an organization policy that allows more.
const LONGEST: i64 = 3600;

/// Scopes of a federated token that allow impersonation.
const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];

fn generate_access_token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = checked_caller(world, call)?;
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let body = schema::checked(&body, REQUEST, "")?;
    let texts = |name: &str| -> Vec<String> {
        let items = body.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let lifetime = lifetime(body.get("lifetime").and_then(Value::as_str))?;
    let principal = delegated(world, call, caller, &texts("delegates"))?;
    let account = impersonated(world, call, &principal, call.param("account"), GET_TOKEN)?;
    if texts("scope").is_empty() {
        return Err(invalid_with_violation("scope", "At least one scope is required."));
    }
    let expires_at = (world.now() / 1000 + lifetime) * 1000;
    let token = world.issue_access_token(Principal::Account(account.unique_id), expires_at);
    Ok(Answer::json(&json!({ "accessToken": token, "expireTime": rfc3339(expires_at) })))
}

/// A token by which other clouds know the service account.
fn generate_id_token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = checked_caller(world, call)?;
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let body = schema::checked(&body, ID_REQUEST, "")?;
    let delegates = body.get("delegates").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let delegates: Vec<String> = delegates.map(str::to_owned).collect();
    let principal = delegated(world, call, caller, &delegates)?;
    let account = impersonated(world, call, &principal, call.param("account"), GET_ID_TOKEN)?;
    let audience = body.get("audience").and_then(Value::as_str).unwrap_or_default();
    if audience.is_empty() {
        return Err(invalid_with_violation("audience", "The audience is required."));
    }
    let mut claims = json!({ "azp": account.unique_id });
    if body.get("includeEmail") == Some(&json!(true)) {
        claims["email"] = json!(account.email);
        claims["email_verified"] = json!(true);
    }
    let claims = claims.as_object().cloned().unwrap_or_default();
    let minted = mint::mint(world, Order::plain(GOOGLE, audience, &account.unique_id, claims));
    let minted = minted.map_err(|error| Refusal::new(500, "INTERNAL", error.to_string()))?;
    Ok(Answer::json(&json!({ "token": minted["token"] })))
}

/// Whoever calls, where the path and the credential's scopes allow a call at all.
fn checked_caller(world: &World, call: &Call<'_>) -> Result<Principal, Refusal> {
    let caller = access::caller(world, call)?;
    if call.param("project") != "-" {
        return Err(invalid_with_violation(
            "name",
            "The project must be the wildcard '-': projects/-/serviceAccounts/ACCOUNT.",
        ));
    }
    check_scope(call, &caller)?;
    Ok(caller)
}

/// The last account of a chain, each of which lets the one before stand in for it.
fn delegated(world: &World, call: &Call<'_>, caller: Principal, delegates: &[String]) -> Result<Principal, Refusal> {
    delegates.iter().try_fold(caller, |principal, delegate| {
        let reference = delegate.rsplit('/').next().unwrap_or_default();
        let account = impersonated(world, call, &principal, reference, DELEGATE)?;
        Ok(Principal::Account(account.unique_id))
    })
}

/// The account, for a principal who holds the permission on it. One that does not exist looks like one without the permission.
fn impersonated(
    world: &World,
    call: &Call<'_>,
    principal: &Principal,
    reference: &str,
    permission: &str,
) -> Result<Account, Refusal> {
    let resource = format!("//iam.googleapis.com/projects/-/serviceAccounts/{reference}");
    let Some(account) = accounts::live(world, reference) else {
        return Err(denied(call.api, permission, &resource));
    };
    let project = world.project(&account.project).ok_or_else(|| not_found("Requested entity was not found."))?;
    access::service_on(world, call, project, permission)?;
    if !policy::allows(world, &accounts::policies(account), principal, permission) {
        return Err(denied(call.api, permission, &resource));
    }
    if account.disabled {
        return Err(precondition(format!("Service account {} is disabled.", account.email)));
    }
    Ok(account.clone())
}

fn check_scope(call: &Call<'_>, caller: &Principal) -> Result<(), Refusal> {
    let Principal::Federated(federated) = caller else { return Ok(()) };
    if federated.scopes.iter().any(|scope| SCOPES.contains(&scope.as_str())) {
        return Ok(());
    }
    Err(Refusal::new(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.").with_detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": { "service": call.api.service },
    })))
}

fn lifetime(text: Option<&str>) -> Result<i64, Refusal> {
    let Some(text) = text else { return Ok(LONGEST) };
    let seconds = text.strip_suffix('s').and_then(|number| number.parse::<i64>().ok());
    match seconds {
        Some(seconds) if (1..=LONGEST).contains(&seconds) => Ok(seconds),
        Some(_) => Err(invalid_with_violation(
            "lifetime",
            "The lifetime must be between 1 and 3600 seconds; more needs the organization policy constraint \
             iam.allowServiceAccountCredentialLifetimeExtension.",
        )),
        None => Err(invalid(format!(
            "Invalid value at 'lifetime' (type.googleapis.com/google.protobuf.Duration), \"{text}\""
        ))),
    }
}
