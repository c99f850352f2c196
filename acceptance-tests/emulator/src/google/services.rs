//! Service Usage: which APIs are switched on in a project, and Google's own service agents.

use serde_json::{Value, json};

use super::access;
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

/// APIs that can be switched on, with the names of their service agents where they have one.
const SERVICES: &[(&str, &str, Option<&str>)] = &[
    ("accesscontextmanager.googleapis.com", "Access Context Manager API", None),
    ("aiplatform.googleapis.com", "Vertex AI API", Some("gcp-sa-aiplatform")),
    ("artifactregistry.googleapis.com", "Artifact Registry API", Some("gcp-sa-artifactregistry")),
    ("bigquery.googleapis.com", "BigQuery API", None),
    ("bigquerystorage.googleapis.com", "BigQuery Storage API", None),
    ("binaryauthorization.googleapis.com", "Binary Authorization API", None),
    ("cloudasset.googleapis.com", "Cloud Asset API", Some("gcp-sa-cloudasset")),
    ("cloudbilling.googleapis.com", "Cloud Billing API", None),
    ("cloudbuild.googleapis.com", "Cloud Build API", None),
    ("cloudfunctions.googleapis.com", "Cloud Functions API", None),
    ("cloudkms.googleapis.com", "Cloud Key Management Service (KMS) API", Some("gcp-sa-cloudkms")),
    ("cloudresourcemanager.googleapis.com", "Cloud Resource Manager API", None),
    ("cloudscheduler.googleapis.com", "Cloud Scheduler API", None),
    ("cloudtasks.googleapis.com", "Cloud Tasks API", None),
    ("cloudtrace.googleapis.com", "Cloud Trace API", None),
    ("compute.googleapis.com", "Compute Engine API", Some("compute-system")),
    ("container.googleapis.com", "Kubernetes Engine API", Some("container-engine-robot")),
    ("dataflow.googleapis.com", "Dataflow API", None),
    ("dataproc.googleapis.com", "Cloud Dataproc API", None),
    ("discoveryengine.googleapis.com", "Discovery Engine API", None),
    ("dns.googleapis.com", "Cloud DNS API", None),
    ("documentai.googleapis.com", "Cloud Document AI API", None),
    ("eventarc.googleapis.com", "Eventarc API", None),
    ("gkehub.googleapis.com", "GKE Hub API", None),
    ("iam.googleapis.com", "Identity and Access Management (IAM) API", None),
    ("iamcredentials.googleapis.com", "IAM Service Account Credentials API", None),
    ("iap.googleapis.com", "Cloud Identity-Aware Proxy API", None),
    ("logging.googleapis.com", "Cloud Logging API", Some("gcp-sa-logging")),
    ("monitoring.googleapis.com", "Cloud Monitoring API", Some("gcp-sa-monitoring")),
    ("notebooks.googleapis.com", "Notebooks API", None),
    ("orgpolicy.googleapis.com", "Organization Policy API", None),
    ("oslogin.googleapis.com", "Cloud OS Login API", None),
    ("privateca.googleapis.com", "Certificate Authority API", None),
    ("pubsub.googleapis.com", "Cloud Pub/Sub API", Some("gcp-sa-pubsub")),
    ("redis.googleapis.com", "Google Cloud Memorystore for Redis API", None),
    ("run.googleapis.com", "Cloud Run Admin API", Some("serverless-robot-prod")),
    ("secretmanager.googleapis.com", "Secret Manager API", Some("gcp-sa-secretmanager")),
    ("securitycenter.googleapis.com", "Security Command Center API", None),
    ("servicenetworking.googleapis.com", "Service Networking API", None),
    ("serviceusage.googleapis.com", "Service Usage API", None),
    ("spanner.googleapis.com", "Cloud Spanner API", None),
    ("speech.googleapis.com", "Cloud Speech-to-Text API", None),
    ("sqladmin.googleapis.com", "Cloud SQL Admin API", None),
    ("storage.googleapis.com", "Cloud Storage API", Some("gs-project-accounts")),
    ("storagetransfer.googleapis.com", "Storage Transfer API", Some("storage-transfer-service")),
    ("sts.googleapis.com", "Security Token Service API", None),
    ("translate.googleapis.com", "Cloud Translation API", None),
    ("vision.googleapis.com", "Cloud Vision API", None),
    ("vpcaccess.googleapis.com", "Serverless VPC Access API", None),
    ("workflows.googleapis.com", "Workflows API", None),
    ("workloadidentity.googleapis.com", "Workload Identity API", None),
];

const BATCH_LIMIT: usize = 20;
const BATCH: &[Field] = &[Field("serviceIds", Kind::Texts)];
const DISABLE: &[Field] = &[Field("disableDependentServices", Kind::Flag), Field("checkIfServiceHasUsage", Kind::Text)];

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
        .map(|(service, _, _)| *service)
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
    let project = access::project_always_on(world, call, "serviceusage.services.enable")?;
    let service = known(call.param("service"))?;
    let agent = SERVICES.iter().find(|(name, _, _)| *name == service).and_then(|(_, _, agent)| *agent);
    let mut response = json!({ "@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity" });
    if let Some(agent) = agent {
        let email = format!("service-{}@{agent}.iam.gserviceaccount.com", project.number);
        world.google.agents.insert(email.clone());
        response["uniqueId"] = json!(sha_digits(&email));
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
    let agents = world.google.agents.iter().map(|email| Object {
        kind: "gcp/service_agent",
        id: email.clone(),
        state: "live",
        seeded: false,
        details: details([]),
    });
    services.chain(agents).collect()
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
    SERVICES.iter().map(|(name, _, _)| *name).find(|name| *name == service).ok_or_else(|| {
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
    let title = SERVICES.iter().find(|(name, _, _)| *name == service).map_or(service, |(_, title, _)| *title);
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
