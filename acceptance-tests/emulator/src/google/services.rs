//! Service Usage: which APIs are switched on in a project.

use serde_json::{Value, json};

use super::access;
use super::agents;
use super::iam::paged;
use super::projects::Project;
use super::refusal::{self, COMMON_QUERY, invalid, invalid_with_violation, not_found, precondition};
use super::schema::{self, Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::clock::Millis;
use crate::state::world::{World, details};

/// `serviceusage.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "serviceusage.googleapis.com",
    title: "Service Usage API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects,
    routes: &[
        Route {
            method: "GET",
            template: "/v1/projects/{project}/services",
            query: &["filter", "pageSize", "pageToken"],
            handler: list,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/services:batchGet",
            query: &["names"],
            handler: batch_get,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/services:batchEnable",
            query: &[],
            handler: batch_enable,
        },
        Route { method: "GET", template: "/v1/projects/{project}/services/{service}", query: &[], handler: get },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/services/{service}:enable",
            query: &[],
            handler: enable,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/services/{service}:disable",
            query: &[],
            handler: disable,
        },
        Route {
            method: "POST",
            template: "/v1beta1/projects/{project}/services/{service}:generateServiceIdentity",
            query: &[],
            handler: generate_identity,
        },
        Route { method: "GET", template: "/v1/operations/{operation}", query: &[], handler: operation },
        Route { method: "GET", template: "/v1beta1/operations/{operation}", query: &[], handler: operation },
    ],
};

/// APIs that can be switched on.
const SERVICES: &[(&str, &str)] = &[
    ("accesscontextmanager.googleapis.com", "Access Context Manager API"),
    ("aiplatform.googleapis.com", "Vertex AI API"),
    ("artifactregistry.googleapis.com", "Artifact Registry API"),
    ("bigquery.googleapis.com", "BigQuery API"),
    ("bigquerystorage.googleapis.com", "BigQuery Storage API"),
    ("binaryauthorization.googleapis.com", "Binary Authorization API"),
    ("cloudasset.googleapis.com", "Cloud Asset API"),
    ("cloudbilling.googleapis.com", "Cloud Billing API"),
    ("cloudbuild.googleapis.com", "Cloud Build API"),
    ("cloudfunctions.googleapis.com", "Cloud Functions API"),
    ("cloudkms.googleapis.com", "Cloud Key Management Service (KMS) API"),
    ("cloudresourcemanager.googleapis.com", "Cloud Resource Manager API"),
    ("cloudscheduler.googleapis.com", "Cloud Scheduler API"),
    ("cloudtasks.googleapis.com", "Cloud Tasks API"),
    ("cloudtrace.googleapis.com", "Cloud Trace API"),
    ("compute.googleapis.com", "Compute Engine API"),
    ("container.googleapis.com", "Kubernetes Engine API"),
    ("dataflow.googleapis.com", "Dataflow API"),
    ("dataproc.googleapis.com", "Cloud Dataproc API"),
    ("discoveryengine.googleapis.com", "Discovery Engine API"),
    ("dns.googleapis.com", "Cloud DNS API"),
    ("documentai.googleapis.com", "Cloud Document AI API"),
    ("eventarc.googleapis.com", "Eventarc API"),
    ("gkehub.googleapis.com", "GKE Hub API"),
    ("iam.googleapis.com", "Identity and Access Management (IAM) API"),
    ("iamcredentials.googleapis.com", "IAM Service Account Credentials API"),
    ("iap.googleapis.com", "Cloud Identity-Aware Proxy API"),
    ("logging.googleapis.com", "Cloud Logging API"),
    ("monitoring.googleapis.com", "Cloud Monitoring API"),
    ("notebooks.googleapis.com", "Notebooks API"),
    ("orgpolicy.googleapis.com", "Organization Policy API"),
    ("oslogin.googleapis.com", "Cloud OS Login API"),
    ("privateca.googleapis.com", "Certificate Authority API"),
    ("pubsub.googleapis.com", "Cloud Pub/Sub API"),
    ("redis.googleapis.com", "Google Cloud Memorystore for Redis API"),
    ("run.googleapis.com", "Cloud Run Admin API"),
    ("secretmanager.googleapis.com", "Secret Manager API"),
    ("securitycenter.googleapis.com", "Security Command Center API"),
    ("servicenetworking.googleapis.com", "Service Networking API"),
    ("serviceusage.googleapis.com", "Service Usage API"),
    ("spanner.googleapis.com", "Cloud Spanner API"),
    ("speech.googleapis.com", "Cloud Speech-to-Text API"),
    ("sqladmin.googleapis.com", "Cloud SQL Admin API"),
    ("storage.googleapis.com", "Cloud Storage API"),
    ("storagetransfer.googleapis.com", "Storage Transfer API"),
    ("sts.googleapis.com", "Security Token Service API"),
    ("translate.googleapis.com", "Cloud Translation API"),
    ("vision.googleapis.com", "Cloud Vision API"),
    ("vpcaccess.googleapis.com", "Serverless VPC Access API"),
    ("workflows.googleapis.com", "Workflows API"),
    ("workloadidentity.googleapis.com", "Workload Identity API"),
];

const BATCH_LIMIT: usize = 20;
/// The body of `services.batchEnable`.
pub(crate) const BATCH: &[Field] = &[Field("serviceIds", Kind::Texts)];
/// The body of `services.disable`.
pub(crate) const DISABLE: &[Field] =
    &[Field("disableDependentServices", Kind::Flag), Field("checkIfServiceHasUsage", Kind::Text)];

/// An API that is switched on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enablement {
    pub(crate) seeded: bool,
    /// Until then calls are refused as if it were off.
    pub(crate) visible_from: Millis,
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.get")?;
    let service = known(call.param("service"))?;
    Ok(Answer::json(&shown(&project, service)))
}

fn batch_get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.get")?;
    let names = call.request.query.iter().filter(|(key, _)| key == "names");
    let services = names.map(|(_, name)| {
        let service = known(name.rsplit('/').next().unwrap_or_default())?;
        Ok(shown(&project, service))
    });
    Ok(Answer::json(&json!({ "services": services.collect::<Result<Vec<_>, Refusal>>()? })))
}

fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.list")?;
    let wanted = match call.request.query("filter").unwrap_or_default() {
        "" => None,
        "state:ENABLED" => Some(true),
        "state:DISABLED" => Some(false),
        other => return Err(invalid(format!("The filter '{other}' is not one of state:ENABLED and state:DISABLED."))),
    };
    let services = SERVICES
        .iter()
        .map(|(service, _)| *service)
        .filter(|service| wanted.is_none_or(|on| project.services.contains_key(*service) == on));
    let services: Vec<Value> = services.map(|service| shown(&project, service)).collect();
    paged(call, "services", services, 50, 200)
}

fn enable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.enable")?;
    body(call, &[])?;
    let service = known(call.param("service"))?;
    let was_on = project.services.contains_key(service);
    switch_on(world, &project.id, service);
    let project = world.project(&project.id).cloned().unwrap_or(project);
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse",
        "service": shown(&project, service),
    });
    if was_on {
        return Ok(Answer::json(
            &json!({ "name": "operations/noop.DONE_OPERATION", "done": true, "response": response }),
        ));
    }
    Ok(start(world, &project, response))
}

fn batch_enable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.enable")?;
    let body = body(call, BATCH)?;
    let ids = body.get("serviceIds").and_then(Value::as_array).cloned().unwrap_or_default();
    if ids.is_empty() || ids.len() > BATCH_LIMIT {
        return Err(invalid_with_violation(
            "service_ids",
            &format!("Between 1 and {BATCH_LIMIT} services can be switched on at once."),
        ));
    }
    let services = ids.iter().map(|id| known(id.as_str().unwrap_or_default())).collect::<Result<Vec<_>, _>>()?;
    for service in &services {
        switch_on(world, &project.id, service);
    }
    let project = world.project(&project.id).cloned().unwrap_or(project);
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse",
        "services": services.iter().map(|service| shown(&project, service)).collect::<Vec<_>>(),
    });
    Ok(start(world, &project, response))
}

fn disable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.disable")?;
    body(call, DISABLE)?;
    let service = known(call.param("service"))?;
    let held = world.google.projects.get_mut(&project.id).and_then(|project| project.services.remove(service));
    if held.is_none() {
        return Err(precondition(format!("The service {service} is not enabled in project {}.", project.number)));
    }
    let project = world.project(&project.id).cloned().unwrap_or(project);
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.DisableServiceResponse",
        "service": shown(&project, service),
    });
    Ok(start(world, &project, response))
}

fn generate_identity(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "serviceusage.services.generateServiceIdentity")?;
    let service = known(call.param("service"))?;
    let mut response = json!({ "@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity" });
    if let Some(email) = agents::ensure(world, &project.number, service) {
        response["uniqueId"] = json!(agents::unique_id(&email));
        response["email"] = json!(email);
    }
    if world.lag > 0 {
        return Ok(start(world, &project, response));
    }
    // gcloud reads the identity from this very answer, so the real call must be done at once.
    let id = world.next_id("service identity");
    let name = format!("operations/finished.DONE_OPERATION_{}", &id[..12]);
    Ok(Answer::json(&json!({ "name": name, "done": true, "response": response })))
}

fn operation(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    access::caller(world, call)?;
    let name = format!("operations/{}", call.param("operation"));
    world
        .operations
        .poll(&name, world.now())
        .map(|answer| Answer::json(&answer))
        .ok_or_else(|| not_found("Operation not found."))
}

fn objects(world: &World) -> Vec<Object> {
    let services = world.google.projects.values().flat_map(|project| {
        project.services.iter().map(|(service, enablement)| Object {
            kind: "gcp/service",
            id: format!("projects/{}/services/{service}", project.id),
            state: "live",
            seeded: enablement.seeded,
            details: details([]),
        })
    });
    services.chain(agents::objects(world)).collect()
}

fn body(call: &Call<'_>, fields: &'static [Field]) -> Result<serde_json::Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    schema::checked(&body, fields, "")
}

fn switch_on(world: &mut World, project: &str, service: &str) {
    let visible_from = world.visible_from();
    if let Some(project) = world.google.projects.get_mut(project) {
        project.services.entry(service.to_owned()).or_insert(Enablement { seeded: false, visible_from });
    }
}

fn start(world: &mut World, project: &Project, response: Value) -> Answer {
    let id = world.next_id("service operation");
    let name = format!("operations/acat.p2-{}-{}", project.number, &id[..24]);
    let ready_at = world.visible_from();
    Answer::json(&world.operations.start(name, response, ready_at))
}

fn known(service: &str) -> Result<&'static str, Refusal> {
    SERVICES.iter().map(|(name, _)| *name).find(|name| *name == service).ok_or_else(|| {
        Refusal::new(403, "PERMISSION_DENIED", format!("Not found or permission denied for service(s): {service}."))
            .with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
                "domain": "serviceusage.googleapis.com",
                "metadata": { "services": service },
            }))
    })
}

fn shown(project: &Project, service: &str) -> Value {
    let title = SERVICES.iter().find(|(name, _)| *name == service).map_or(service, |(_, title)| *title);
    let parent = format!("projects/{}", project.number);
    json!({
        "name": format!("{parent}/services/{service}"),
        "parent": parent,
        "config": { "name": service, "title": title },
        "state": if project.services.contains_key(service) { "ENABLED" } else { "DISABLED" },
    })
}

/// A stable number of 21 digits, as Google numbers accounts.
pub(crate) fn sha_digits(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let digits: String = Sha256::digest(text).iter().take(20).map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("1{digits}")
}
