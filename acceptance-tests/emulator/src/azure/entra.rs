//! Microsoft Entra's side of signing in: discovery as Microsoft's libraries read it, and the token endpoint for clients without a user.

use serde_json::{Value, json};

use super::assertion;
use super::certificate;
use super::directory::{Principal, Tenant};
use super::tokens::{self, Issued, Proof};
use super::{VENDOR, refusal};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::clock::rfc3339;
use crate::state::world::World;

/// `login.microsoftonline.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "login.microsoftonline.com",
    title: "Microsoft Entra ID",
    common_query: &[],
    render,
    fault: injected,
    objects: |_| Vec::new(),
    routes: &[
        Route { method: "POST", template: "/{tenant}/oauth2/v2.0/token", query: &[], handler: token },
        Route { method: "POST", template: "/{tenant}/oauth2/token", query: &[], handler: token },
        Route {
            method: "GET",
            template: "/{tenant}/v2.0/.well-known/openid-configuration",
            query: &[],
            handler: discovery_v2,
        },
        Route {
            method: "GET",
            template: "/{tenant}/.well-known/openid-configuration",
            query: &[],
            handler: discovery_v1,
        },
        Route { method: "GET", template: "/{tenant}/discovery/v2.0/keys", query: &[], handler: keys_v2 },
        Route { method: "GET", template: "/{tenant}/discovery/keys", query: &[], handler: keys_v1 },
        Route { method: "GET", template: "/common/discovery/instance", query: &[], handler: instance },
        Route { method: "GET", template: "/metadata/endpoints", query: &[], handler: endpoints },
    ],
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFETIME_SECONDS: i64 = 3599;

/// A refusal as the token endpoint words it: OAuth's error and Microsoft's number and sentence.
pub(crate) fn aadsts(status: u16, error: &str, number: u64, sentence: impl AsRef<str>) -> Refusal {
    Refusal::new(status, error, format!("AADSTS{number}: {}", sentence.as_ref()))
}

/// `client_credentials` with a federated assertion, as the token endpoint takes it.
pub(crate) fn exchange_assertion(
    world: &mut World,
    tenant: &str,
    client_id: &str,
    assertion: &str,
    scope: &str,
) -> Result<Issued, Refusal> {
    let tenant = tenant_named(world, tenant)?;
    let principal = principal(world, &tenant, client_id)?;
    assertion::check(world, &principal, assertion)?;
    granted(world, &tenant, &principal, scope, Proof::Assertion)
}

/// Issues a token for the scope or resource.
pub(crate) fn granted(
    world: &mut World,
    tenant: &Tenant,
    principal: &Principal,
    scope: &str,
    proof: Proof,
) -> Result<Issued, Refusal> {
    let mut scopes =
        scope.split_whitespace().filter(|scope| !matches!(*scope, "openid" | "profile" | "offline_access"));
    let (Some(scope), None) = (scopes.next(), scopes.next()) else {
        return Err(aadsts(
            400,
            "invalid_scope",
            70011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        ));
    };
    let Some(resource) = scope.strip_suffix("/.default") else {
        return Err(aadsts(
            400,
            "invalid_scope",
            1_002_012,
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    };
    for_resource(world, tenant, principal, resource, proof, LIFETIME_SECONDS)
}

/// Issues a token for a resource, if the tenant has it.
pub(crate) fn for_resource(
    world: &mut World,
    tenant: &Tenant,
    principal: &Principal,
    name: &str,
    proof: Proof,
    lifetime: i64,
) -> Result<Issued, Refusal> {
    let Some(resource) = tokens::resource(world, &tenant.id, name) else {
        return Err(aadsts(
            400,
            "invalid_resource",
            500_011,
            format!(
                "The resource principal named {name} was not found in the tenant named {}. This can happen if the application has not been installed by the \
                 administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
                tenant.domain
            ),
        ));
    };
    tokens::issue(world, tenant, principal, &resource, proof, lifetime)
        .ok_or_else(|| aadsts(500, "server_error", 90_033, "A transient error has occurred. Please try again."))
}

fn token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let form = call.request.form();
    let value = |name: &str| {
        form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let tenant = tenant_named(world, call.param("tenant"))?;
    let required = |name: &str| {
        value(name).ok_or_else(|| {
            aadsts(
                400,
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    };
    let grant = required("grant_type")?;
    if grant != "client_credentials" {
        return Err(aadsts(
            400,
            "unsupported_grant_type",
            70_003,
            format!("The app requested an unsupported grant type '{grant}'."),
        ));
    }
    let client = required("client_id")?;
    let old = call.request.segments.last().is_some_and(|_| call.request.segments.len() == 3);
    let scope = if old { format!("{}/.default", required("resource")?) } else { required("scope")?.to_owned() };
    let scope = graph_for_origin(call, &scope);
    let principal = principal(world, &tenant, client)?;
    let proof = match (value("client_secret"), value("client_assertion")) {
        (_, Some(given)) => {
            if value("client_assertion_type") != Some(ASSERTION) {
                return Err(aadsts(
                    401,
                    "invalid_client",
                    70_002,
                    format!("The 'client_assertion_type' must be {ASSERTION}."),
                ));
            }
            if certificate::is_own(&principal, given) {
                certificate::check(world, call, &principal, given)?;
            } else {
                assertion::check(world, &principal, given)?;
            }
            Proof::Assertion
        }
        (Some(secret), None) => {
            check_secret(world, &principal, secret)?;
            Proof::Secret
        }
        (None, None) => {
            return Err(aadsts(
                401,
                "invalid_client",
                7_000_216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
            ));
        }
    };
    let issued = granted(world, &tenant, &principal, &scope, proof)?;
    Ok(Answer::json(&json!({
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "ext_expires_in": issued.expires_in,
        "access_token": issued.token,
    })))
}

/// `az` names Microsoft Graph by its address, which here is the address of everything.
fn graph_for_origin(call: &Call<'_>, scope: &str) -> String {
    let address = scope.trim_end_matches("/.default").trim_end_matches('/');
    if address == call.request.origin() {
        String::from("https://graph.microsoft.com/.default")
    } else {
        scope.to_owned()
    }
}

fn tenant_named(world: &World, reference: &str) -> Result<Tenant, Refusal> {
    world.azure.directory.tenant(reference).cloned().ok_or_else(|| {
        aadsts(
            400,
            "invalid_request",
            90_002,
            format!(
                "Tenant '{reference}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your \
                 subscription administrator, this may happen if there are no active subscriptions for the tenant."
            ),
        )
    })
}

fn principal(world: &World, tenant: &Tenant, client: &str) -> Result<Principal, Refusal> {
    let found =
        world.azure.directory.principal(&tenant.id, client).filter(|principal| principal.life.is_visible(world.now()));
    found.cloned().ok_or_else(|| {
        aadsts(
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client}' was not found in the directory '{}'. This can happen if the application has not been installed by the \
                 administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
                tenant.domain
            ),
        )
    })
}

fn check_secret(world: &World, principal: &Principal, secret: &str) -> Result<(), Refusal> {
    let application = world.azure.directory.application(&principal.tenant, &principal.app_id);
    if application.is_some_and(|application| application.secrets.iter().any(|known| known == secret)) {
        return Ok(());
    }
    Err(aadsts(
        401,
        "invalid_client",
        7_000_215,
        format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret \
             added to app '{}'.",
            principal.app_id
        ),
    ))
}

fn discovery_v2(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let tenant = tenant_named(world, call.param("tenant"))?;
    Ok(Answer::json(&discovery(call, &tenant, 2)))
}

fn discovery_v1(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let tenant = tenant_named(world, call.param("tenant"))?;
    Ok(Answer::json(&discovery(call, &tenant, 1)))
}

/// The issuer is the real one; the endpoints are where the client came from.
fn discovery(call: &Call<'_>, tenant: &Tenant, version: u64) -> Value {
    let base = format!("{}/{}", call.request.origin(), tenant.id);
    let part = if version == 2 { "/v2.0" } else { "" };
    json!({
        "issuer": tokens::issuer(&tenant.id, version),
        "token_endpoint": format!("{base}/oauth2{part}/token"),
        "authorization_endpoint": format!("{base}/oauth2{part}/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2{part}/devicecode"),
        "jwks_uri": format!("{base}/discovery{part}/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    })
}

fn keys_v2(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    keys(world, call, 2)
}

fn keys_v1(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    keys(world, call, 1)
}

fn keys(world: &mut World, call: &Call<'_>, version: u64) -> Result<Answer, Refusal> {
    let tenant = tenant_named(world, call.param("tenant"))?;
    let published = world.issuers.published(&tokens::issuer(&tenant.id, version));
    let keys = published.and_then(|keys| serde_json::to_value(keys).ok()).unwrap_or_else(|| json!({ "keys": [] }));
    Ok(Answer::json(&keys))
}

/// Every authority on this origin is one cloud of its own.
fn instance(_: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let endpoint = call.request.query("authorization_endpoint").unwrap_or_default();
    let tenant = url::Url::parse(endpoint)
        .ok()
        .and_then(|url| url.path_segments()?.next().map(str::to_owned))
        .unwrap_or_default();
    let host = call.request.header("host").unwrap_or("localhost");
    Ok(Answer::json(&json!({
        "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", call.request.origin()),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    })))
}

/// What `az cloud register` and others learn about this cloud from its resource manager.
fn endpoints(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let origin = call.request.origin();
    let tenant = world.azure.directory.tenants.first().map_or("common", |tenant| tenant.id.as_str());
    let cloud = json!({
        "name": "Emulator",
        "resourceManager": format!("{origin}/"),
        "authentication": {
            "loginEndpoint": format!("{origin}/"),
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": tenant,
            "identityProvider": "AAD",
        },
        "graph": format!("{origin}/"),
        "microsoftGraphResourceId": format!("{origin}/"),
        "graphAudience": "https://graph.microsoft.com/",
        "portal": origin,
        "gallery": origin,
        "batch": "https://batch.core.windows.net/",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
        },
    });
    // Versions before 2019-05-01 answer with one cloud in another form, later ones with a list, and the newest with one object again.
    let version = call.request.query("api-version").unwrap_or_default();
    let answer = if version.starts_with("2019") || version.starts_with("2020") { json!([cloud]) } else { cloud };
    Ok(Answer::json(&answer))
}

/// Writes a refusal as the token endpoint does, with Microsoft's numbers.
fn render(refusal: &Refusal) -> Answer {
    let number: Option<u64> = refusal
        .message
        .strip_prefix("AADSTS")
        .and_then(|rest| rest.split_once(':'))
        .and_then(|(number, _)| number.parse().ok());
    let Some(number) = number else {
        return refusal::render(refusal);
    };
    let (id, time) = (&refusal.request_id, rfc3339(refusal_time()));
    Answer::json_with(
        refusal.status,
        &json!({
            "error": refusal.code,
            "error_description": format!("{} Trace ID: {id} Correlation ID: {id} Timestamp: {time}", refusal.message),
            "error_codes": [number],
            "timestamp": time,
            "trace_id": id,
            "correlation_id": id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        }),
    )
}

/// Error bodies carry the real time: they say when something was refused, and decide nothing.
fn refusal_time() -> i64 {
    crate::state::clock::Clock::default().now()
}

fn injected(status: u16, reason: Option<&str>) -> Refusal {
    let (error, number) = match status {
        400 => ("invalid_request", 90_014),
        401 => ("invalid_client", 700_213),
        429 => ("temporarily_unavailable", 90_055),
        _ => ("temporarily_unavailable", 90_033),
    };
    let number = reason.and_then(|reason| reason.trim_start_matches("AADSTS").parse().ok()).unwrap_or(number);
    aadsts(status, error, number, format!("The request was refused by an injected fault ({status})."))
}
