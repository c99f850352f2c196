//! IAM v1: the table of its methods, and what pools, providers and service accounts have in common.

use serde_json::{Map, Value, json};

use super::refusal::{self, COMMON_QUERY, invalid, invalid_with_violation, not_found};
use super::schema::{self, Field};
use super::{access, accounts, keys, policy, pools, providers};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::world::World;

/// `iam.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "iam.googleapis.com",
    title: "Identity and Access Management (IAM) API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects,
    routes: &[
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools",
            query: &["workloadIdentityPoolId"],
            handler: pools::create,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools",
            query: LIST,
            handler: pools::list,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}",
            query: &[],
            handler: pools::get,
        },
        Route {
            method: "PATCH",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}",
            query: &["updateMask"],
            handler: pools::patch,
        },
        Route {
            method: "DELETE",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}",
            query: &[],
            handler: pools::delete,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}:undelete",
            query: &[],
            handler: pools::undelete,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}:getIamPolicy",
            query: &[],
            handler: pools::get_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}:setIamPolicy",
            query: &[],
            handler: pools::set_policy,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/operations/{operation}",
            query: &[],
            handler: operation,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers",
            query: &["workloadIdentityPoolProviderId"],
            handler: providers::create,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers",
            query: LIST,
            handler: providers::list,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers/{provider}",
            query: &[],
            handler: providers::get,
        },
        Route {
            method: "PATCH",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers/{provider}",
            query: &["updateMask"],
            handler: providers::patch,
        },
        Route {
            method: "DELETE",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers/{provider}",
            query: &[],
            handler: providers::delete,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers/{provider}:undelete",
            query: &[],
            handler: providers::undelete,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}/providers/{provider}/operations/{operation}",
            query: &[],
            handler: operation,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts",
            query: &[],
            handler: accounts::create,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/serviceAccounts",
            query: &["pageSize", "pageToken"],
            handler: accounts::list,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/serviceAccounts/{account}",
            query: &[],
            handler: accounts::get,
        },
        Route {
            method: "PATCH",
            template: "/v1/projects/{project}/serviceAccounts/{account}",
            query: &[],
            handler: accounts::patch,
        },
        Route {
            method: "PUT",
            template: "/v1/projects/{project}/serviceAccounts/{account}",
            query: &[],
            handler: accounts::update,
        },
        Route {
            method: "DELETE",
            template: "/v1/projects/{project}/serviceAccounts/{account}",
            query: &[],
            handler: accounts::delete,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}/keys",
            query: &[],
            handler: keys::create,
        },
        Route {
            method: "DELETE",
            template: "/v1/projects/{project}/serviceAccounts/{account}/keys/{key}",
            query: &[],
            handler: keys::delete,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:undelete",
            query: &[],
            handler: accounts::undelete,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:enable",
            query: &[],
            handler: accounts::enable,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:disable",
            query: &[],
            handler: accounts::disable,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:getIamPolicy",
            query: &["options.requestedPolicyVersion"],
            handler: accounts::get_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:setIamPolicy",
            query: &[],
            handler: accounts::set_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/serviceAccounts/{account}:testIamPermissions",
            query: &[],
            handler: accounts::test_permissions,
        },
    ],
};

const LIST: &[&str] = &["pageSize", "pageToken", "showDeleted"];

/// What a body says of a resource, checked against its fields.
pub(crate) fn body(call: &Call<'_>, fields: &'static [Field], name: &str) -> Result<Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    schema::checked(&body, fields, name)
}

/// Starts an operation below a resource and answers it, undone.
pub(crate) fn start_operation(world: &mut World, resource: &str, response: Value) -> Answer {
    let id = world.next_id("iam operation");
    let ready_at = world.visible_from();
    Answer::json(&world.operations.start(format!("{resource}/operations/{}", &id[..32]), response, ready_at))
}

/// Whether a list is asked to show deleted resources too. gcloud writes booleans as Python does.
pub(crate) fn show_deleted(call: &Call<'_>) -> Result<bool, Refusal> {
    match call.request.query("showDeleted").unwrap_or("false") {
        "true" | "True" => Ok(true),
        "false" | "False" => Ok(false),
        other => Err(invalid(format!("Invalid value at 'show_deleted' (TYPE_BOOL), \"{other}\""))),
    }
}

/// Answers one page of a list.
pub(crate) fn paged(
    call: &Call<'_>,
    name: &str,
    items: Vec<Value>,
    default: usize,
    most: usize,
) -> Result<Answer, Refusal> {
    let size = match call.request.query("pageSize") {
        None | Some("0" | "") => default,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| invalid(format!("Invalid value at 'page_size' (TYPE_INT32), \"{text}\"")))?,
    };
    let from = match call.request.query("pageToken") {
        None | Some("") => 0,
        Some(text) => text.strip_prefix("after-").and_then(|number| number.parse::<usize>().ok()).ok_or_else(|| {
            invalid_with_violation("page_token", "The page token is not one that this list gave out.")
        })?,
    };
    let total = items.len();
    let page: Vec<Value> = items.into_iter().skip(from).take(size.min(most)).collect();
    let end = from + page.len();
    let mut answer = json!({});
    if !page.is_empty() {
        answer[name] = Value::Array(page);
    }
    if end < total {
        answer["nextPageToken"] = json!(format!("after-{end}"));
    }
    Ok(Answer::json(&answer))
}

/// Checks the id of a pool or provider: 4 to 32 of `[a-z0-9-]`, not beginning with `gcp-`.
pub(crate) fn check_id(field: &str, id: &str) -> Result<(), Refusal> {
    let allowed = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !(4..=32).contains(&id.len()) || !allowed {
        return Err(invalid_with_violation(
            field,
            &format!("'{id}' is not an id of 4 to 32 characters from [a-z0-9-]."),
        ));
    }
    if id.starts_with("gcp-") {
        return Err(invalid_with_violation(
            field,
            &format!("'{id}' begins with 'gcp-', which is reserved for use by Google."),
        ));
    }
    Ok(())
}

/// Checks `displayName` and `description` of a pool or provider, which are limited in characters.
pub(crate) fn check_texts(fields: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, field, limit) in [("displayName", "display_name", 32), ("description", "description", 256)] {
        let length = fields.get(name).and_then(Value::as_str).unwrap_or_default().chars().count();
        if length > limit {
            return Err(invalid_with_violation(
                field,
                &format!("The {field} has {length} characters; at most {limit} are allowed."),
            ));
        }
    }
    Ok(())
}

fn operation(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "iam.workloadIdentityPools.get")?;
    let mut segments = call.request.segments.clone();
    if let Some(segment) = segments.get_mut(2) {
        *segment = project.number;
    }
    let name = segments.get(1..).unwrap_or_default().join("/");
    world
        .operations
        .poll(&name, world.now())
        .map(|answer| Answer::json(&answer))
        .ok_or_else(|| not_found("Requested entity was not found."))
}

fn objects(world: &World) -> Vec<Object> {
    let mut objects = pools::objects(world);
    objects.extend(providers::objects(world));
    objects.extend(accounts::objects(world));
    objects.extend(policy::objects(world, "//iam.googleapis.com/", |name| {
        let id = name.rsplit('/').next().unwrap_or_default();
        match (world.google.accounts.get(id), world.google.pools.get(name.trim_start_matches("//iam.googleapis.com/")))
        {
            (Some(account), _) => account.life.state(),
            (None, Some(pool)) => pool.life.state(),
            (None, None) => "soft_deleted",
        }
    }));
    objects
}
