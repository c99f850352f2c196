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

/// `iamcredentials.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "iamcredentials.googleapis.com",
    title: "IAM Service Account Credentials API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects: |_| Vec::new(),
    routes: &[Route {
        method: "POST",
        template: "/v1/projects/{project}/serviceAccounts/{account}:generateAccessToken",
        query: &[],
        handler: generate_access_token,
    }],
};

/// The body of `generateAccessToken`.
pub(crate) const REQUEST: &[Field] =
    &[Field("scope", Kind::Texts), Field("lifetime", Kind::Text), Field("delegates", Kind::Texts)];
const GET_TOKEN: &str = "iam.serviceAccounts.getAccessToken";
const DELEGATE: &str = "iam.serviceAccounts.implicitDelegation";

/// The longest life of a token, in seconds, without an organization policy that allows more.
const LONGEST: i64 = 3600;

/// Scopes of a federated token that allow impersonation.
const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];

fn generate_access_token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = access::caller(world, call)?;
    if call.param("project") != "-" {
        return Err(invalid_with_violation(
            "name",
            "The project must be the wildcard '-': projects/-/serviceAccounts/ACCOUNT.",
        ));
    }
    check_scope(call, &caller)?;
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let body = schema::checked(&body, REQUEST, "")?;
    let texts = |name: &str| -> Vec<String> {
        let items = body.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let lifetime = lifetime(body.get("lifetime").and_then(Value::as_str))?;
    let mut principal = caller;
    for delegate in texts("delegates") {
        let reference = delegate.rsplit('/').next().unwrap_or_default().to_owned();
        let account = impersonated(world, call, &principal, &reference, DELEGATE)?;
        principal = Principal::Account(account.unique_id);
    }
    let account = impersonated(world, call, &principal, call.param("account"), GET_TOKEN)?;
    if texts("scope").is_empty() {
        return Err(invalid_with_violation("scope", "At least one scope is required."));
    }
    let expires_at = (world.now() / 1000 + lifetime) * 1000;
    let token = world.issue_access_token(Principal::Account(account.unique_id), expires_at);
    Ok(Answer::json(&json!({ "accessToken": token, "expireTime": rfc3339(expires_at) })))
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
