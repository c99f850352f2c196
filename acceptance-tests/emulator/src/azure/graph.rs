//! Microsoft Graph, version 1.0: applications with their federated credentials, service principals, and what was deleted lately.

use serde_json::{Map, Value, json};

use super::access::{self, Caller};
use super::{VENDOR as AZURE, refusal as arm};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route, Vendor};
use crate::state::clock::{Clock, rfc3339};
use crate::state::world::World;

mod applications;
mod credentials;
mod deleted;
mod filter;
mod principals;

/// Graph's way on the wire.
pub(crate) static VENDOR: Vendor = Vendor {
    any_case: true,
    strict_query: false,
    owns: |request| request.segments.first().is_some_and(|first| first == "v1.0"),
    request_id: AZURE.request_id,
    request_id_headers: &["request-id", "client-request-id"],
    render,
};

/// `graph.microsoft.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "graph.microsoft.com",
    title: "Microsoft Graph",
    common_query: &[],
    render,
    fault: injected,
    objects: |world| {
        let mut objects = applications::objects(world);
        objects.extend(principals::objects(world));
        objects
    },
    routes: &[
        Route { method: "GET", template: "/v1.0/applications", query: &[], handler: applications::list },
        Route { method: "POST", template: "/v1.0/applications", query: &[], handler: applications::create },
        Route { method: "GET", template: "/v1.0/applications/{application}", query: &[], handler: applications::get },
        Route {
            method: "PATCH",
            template: "/v1.0/applications/{application}",
            query: &[],
            handler: applications::patch,
        },
        Route {
            method: "DELETE",
            template: "/v1.0/applications/{application}",
            query: &[],
            handler: applications::delete,
        },
        Route { method: "GET", template: CREDENTIALS, query: &[], handler: credentials::list },
        Route { method: "POST", template: CREDENTIALS, query: &[], handler: credentials::create },
        Route { method: "GET", template: CREDENTIAL, query: &[], handler: credentials::get },
        Route { method: "PATCH", template: CREDENTIAL, query: &[], handler: credentials::patch },
        Route { method: "DELETE", template: CREDENTIAL, query: &[], handler: credentials::delete },
        Route { method: "GET", template: "/v1.0/servicePrincipals", query: &[], handler: principals::list },
        Route { method: "POST", template: "/v1.0/servicePrincipals", query: &[], handler: principals::create },
        Route { method: "GET", template: "/v1.0/servicePrincipals/{principal}", query: &[], handler: principals::get },
        Route {
            method: "PATCH",
            template: "/v1.0/servicePrincipals/{principal}",
            query: &[],
            handler: principals::patch,
        },
        Route {
            method: "DELETE",
            template: "/v1.0/servicePrincipals/{principal}",
            query: &[],
            handler: principals::delete,
        },
        Route { method: "GET", template: "/v1.0/directoryObjects/{principal}", query: &[], handler: principals::get },
        Route { method: "POST", template: "/v1.0/directoryObjects/getByIds", query: &[], handler: principals::by_ids },
        Route {
            method: "GET",
            template: "/v1.0/directory/deletedItems/microsoft.graph.application",
            query: &[],
            handler: deleted::list_applications,
        },
        Route {
            method: "GET",
            template: "/v1.0/directory/deletedItems/microsoft.graph.servicePrincipal",
            query: &[],
            handler: deleted::list_principals,
        },
        Route { method: "GET", template: "/v1.0/directory/deletedItems/{item}", query: &[], handler: deleted::get },
        Route {
            method: "DELETE",
            template: "/v1.0/directory/deletedItems/{item}",
            query: &[],
            handler: deleted::purge,
        },
        Route {
            method: "POST",
            template: "/v1.0/directory/deletedItems/{item}/restore",
            query: &[],
            handler: deleted::restore,
        },
        // `applications(appId='…')` and `servicePrincipals(appId='…')`.
        Route { method: "GET", template: "/v1.0/{entity}", query: &[], handler: by_key },
    ],
};

const CREDENTIALS: &str = "/v1.0/applications/{application}/federatedIdentityCredentials";
const CREDENTIAL: &str = "/v1.0/applications/{application}/federatedIdentityCredentials/{credential}";

const AUDIENCES: &[&str] = &[
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
    "00000003-0000-0000-c000-000000000000",
];

/// Whoever calls: the operator of a tenant, or nobody who may do anything here.
fn operator(world: &World, call: &Call<'_>) -> Result<Caller, Refusal> {
    let token = call
        .request
        .bearer()
        .ok_or_else(|| Refusal::new(401, "InvalidAuthenticationToken", "Access token is empty."))?;
    let caller = access::bearer(world, token, AUDIENCES)
        .map_err(|refusal| Refusal { code: String::from("InvalidAuthenticationToken"), ..refusal })?;
    let reads = call.request.method == "GET";
    let of_deleted = reads && call.request.path.starts_with("/v1.0/directory/deletedItems/");
    let manages = !of_deleted && world.operator.allows("Application.ReadWrite.OwnedBy");
    let enough = manages || reads && world.operator.allows("Application.Read.All");
    if enough && access::is_operator(world, &caller.object_id) {
        return Ok(caller);
    }
    Err(Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
}

fn by_key(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let entity = call.param("entity");
    let keyed = |name: &str| {
        let start = entity.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name))?;
        entity.strip_prefix(start)?.strip_prefix("(appId='")?.strip_suffix("')")
    };
    let now = world.now();
    let directory = &world.azure.directory;
    if let Some(id) = keyed("applications") {
        let found = directory.application(&caller.tenant, id).filter(|application| application.life.is_visible(now));
        return found.map(|application| Answer::json(&applications::shown(application))).ok_or_else(|| not_found(id));
    }
    if let Some(id) = keyed("servicePrincipals") {
        let found = directory.principal(&caller.tenant, id).filter(|principal| principal.life.is_visible(now));
        return found.map(|principal| Answer::json(&principals::shown(world, principal))).ok_or_else(|| not_found(id));
    }
    Err(Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{entity}'.")))
}

/// The JSON object of the body, with no member but these.
fn body(call: &Call<'_>, members: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(body)) = call.json() else {
        return Err(bad_request(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        ));
    };
    match body.keys().find(|name| !members.contains(&name.as_str()) && !name.starts_with('@')) {
        None => Ok(body),
        Some(name) => Err(bad_request(format!("Invalid property '{name}'."))),
    }
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "Request_BadRequest", message)
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(
        404,
        "Request_ResourceNotFound",
        format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
    )
}

/// 400 for a value that another object has.
fn conflict(property: &str) -> Refusal {
    let message = format!("Another object with the same value for property {property} already exists.");
    let detail = json!({ "code": "ObjectConflict", "message": message, "target": property });
    bad_request(message).with_detail(detail)
}

/// Writes a refusal with Graph's inner error.
fn render(refusal: &Refusal) -> Answer {
    let id = &refusal.request_id;
    let mut error = json!({
        "code": refusal.code,
        "message": refusal.message,
        "innerError": { "date": rfc3339(Clock::default().now()), "request-id": id, "client-request-id": id },
    });
    if !refusal.details.is_empty() {
        error["details"] = json!(refusal.details);
    }
    Answer::json_with(refusal.status, &json!({ "error": error }))
}

fn injected(status: u16, reason: Option<&str>) -> Refusal {
    let code = match status {
        400 => "Request_BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "Authorization_RequestDenied",
        404 => "Request_ResourceNotFound",
        429 => "TooManyRequests",
        503 => "serviceNotAvailable",
        _ => "Service_InternalServerError",
    };
    Refusal { code: reason.unwrap_or(code).to_owned(), ..arm::injected(status, reason) }
}
