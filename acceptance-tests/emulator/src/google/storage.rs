//! Cloud Storage, as far as a transfer needs it: buckets, their policies and their objects. Its API is older than the others and words its
//! errors in its own way.

pub(crate) mod buckets;
pub(crate) mod objects;

use serde_json::{Value, json};

use super::access::{self, Principal};
use super::policy;
use super::projects::policy_name;
use super::refusal::{self, COMMON_QUERY};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::world::World;
use buckets::Bucket;

/// `storage.googleapis.com`.
pub(crate) const API: Api = Api {
    service: "storage.googleapis.com",
    title: "Cloud Storage JSON API",
    vendor: &crate::google::VENDOR,
    common_query: COMMON_QUERY,
    render,
    fault: refusal::injected,
    objects: all,
    routes: &[
        Route {
            method: "POST",
            template: "/storage/v1/b",
            query: &[
                "enableObjectRetention",
                "predefinedAcl",
                "predefinedDefaultObjectAcl",
                "project",
                "projection",
                "userProject",
            ],
            handler: buckets::insert,
        },
        Route {
            method: "GET",
            template: "/storage/v1/b",
            query: &["maxResults", "pageToken", "prefix", "project", "projection", "softDeleted", "userProject"],
            handler: buckets::list,
        },
        Route {
            method: "GET",
            template: BUCKET,
            query: &["ifMetagenerationMatch", "projection", "userProject"],
            handler: buckets::get,
        },
        Route { method: "PATCH", template: BUCKET, query: CHANGE, handler: buckets::patch },
        Route {
            method: "DELETE",
            template: BUCKET,
            query: &["ifMetagenerationMatch", "userProject"],
            handler: buckets::delete,
        },
        Route {
            method: "GET",
            template: "/storage/v1/b/{bucket}/iam",
            query: &["optionsRequestedPolicyVersion", "userProject"],
            handler: buckets::get_policy,
        },
        Route {
            method: "PUT",
            template: "/storage/v1/b/{bucket}/iam",
            query: &["userProject"],
            handler: buckets::set_policy,
        },
        Route {
            method: "GET",
            template: "/storage/v1/b/{bucket}/iam/testPermissions",
            query: &["permissions", "userProject"],
            handler: buckets::test_permissions,
        },
        Route {
            method: "GET",
            template: "/storage/v1/b/{bucket}/o",
            query: &[
                "delimiter",
                "endOffset",
                "includeFoldersAsPrefixes",
                "includeTrailingDelimiter",
                "matchGlob",
                "maxResults",
                "pageToken",
                "prefix",
                "projection",
                "softDeleted",
                "startOffset",
                "userProject",
                "versions",
            ],
            handler: objects::list,
        },
        Route {
            method: "GET",
            template: OBJECT,
            query: &["generation", "ifGenerationMatch", "projection", "userProject"],
            handler: objects::get,
        },
        Route {
            method: "DELETE",
            template: OBJECT,
            query: &["generation", "ifGenerationMatch", "userProject"],
            handler: objects::delete,
        },
        Route {
            method: "POST",
            template: "/upload/storage/v1/b/{bucket}/o",
            query: &["ifGenerationMatch", "name", "predefinedAcl", "projection", "userProject"],
            handler: objects::insert,
        },
        Route {
            method: "GET",
            template: "/storage/v1/projects/{project}/serviceAccount",
            query: &["userProject"],
            handler: buckets::service_account,
        },
    ],
};

const BUCKET: &str = "/storage/v1/b/{bucket}";
const OBJECT: &str = "/storage/v1/b/{bucket}/o/{object}";
const CHANGE: &[&str] =
    &["ifMetagenerationMatch", "predefinedAcl", "predefinedDefaultObjectAcl", "projection", "userProject"];

/// Writes a refusal as `{"error": {code, message, errors: [{message, domain, reason}]}}`.
fn render(refusal: &Refusal) -> Answer {
    let disabled = refusal.details.iter().any(|detail| detail["reason"] == "SERVICE_DISABLED");
    let reason = match refusal.code.as_str() {
        "PERMISSION_DENIED" if disabled => "accessNotConfigured",
        "PERMISSION_DENIED" => "forbidden",
        "UNAUTHENTICATED" => "required",
        "NOT_FOUND" => "notFound",
        "ALREADY_EXISTS" | "ABORTED" => "conflict",
        "RESOURCE_EXHAUSTED" => "rateLimitExceeded",
        "UNAVAILABLE" | "INTERNAL" | "DEADLINE_EXCEEDED" => "backendError",
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" => "invalid",
        own => own,
    };
    let mut error = json!({
        "code": refusal.status,
        "message": refusal.message,
        "errors": [{ "message": refusal.message, "domain": "global", "reason": reason }],
    });
    if !refusal.details.is_empty() {
        error["details"] = Value::Array(refusal.details.clone());
    }
    Answer::json_with(refusal.status, &json!({ "error": error }))
}

/// The bucket in the path, for a caller who holds the permission on it.
fn authorised(world: &World, call: &Call<'_>, permission: &str) -> Result<Bucket, Refusal> {
    let caller = access::caller(world, call)?;
    let Some(bucket) = buckets::visible(world, call.param("bucket")).cloned() else {
        return Err(refusal::not_found("The specified bucket does not exist."));
    };
    let project = access::existing_project(world, call, &bucket.project, permission)?;
    access::service_on(world, call, &project, permission)?;
    if !permission.is_empty() && !may(world, &bucket, &caller, permission) {
        return Err(denied(world, &caller, permission, "bucket"));
    }
    check_precondition(call, "ifMetagenerationMatch", &bucket.metageneration())?;
    Ok(bucket)
}

/// Refuses a call on condition of a state that is no more.
fn check_precondition(call: &Call<'_>, name: &str, current: &str) -> Result<(), Refusal> {
    match call.request.query(name) {
        Some(wanted) if wanted != current => Err(condition_not_met()),
        _ => Ok(()),
    }
}

fn condition_not_met() -> Refusal {
    Refusal::new(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
}

/// Whether somebody holds a permission on a bucket.
pub(crate) fn may(world: &World, bucket: &Bucket, principal: &Principal, permission: &str) -> bool {
    policy::allows(world, &[bucket.policy_name(), policy_name(&bucket.project)], principal, permission)
}

fn denied(world: &World, caller: &Principal, permission: &str, what: &str) -> Refusal {
    Refusal::new(
        403,
        "PERMISSION_DENIED",
        format!(
            "{} does not have {permission} access to the Google Cloud Storage {what}. Permission '{permission}' denied on resource (or it \
             may not exist).",
            access::shown_name(world, caller)
        ),
    )
}

fn all(world: &World) -> Vec<Object> {
    let mut all = buckets::objects(world);
    all.extend(objects::objects(world));
    all.extend(policy::objects(world, "//storage.googleapis.com/", |_| "live"));
    all
}
