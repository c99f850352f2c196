//! `Microsoft.ContainerService/managedClusters`: written as a whole, guarded by eTags, changed by long-running operations; an OIDC issuer that
//! is switched on stays on.

use serde_json::{Map, Value, json};

use super::arm::kept;
use super::directory::guid_of;
use super::operations::Busy;
use super::refusal::{self, bad_request};
use super::resources::{self, Resource, admitted, body, check_version, group_id, key, live, missing, page};
use super::{VENDOR, access, operations};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `Microsoft.ContainerService`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "Microsoft.ContainerService",
    title: "Azure Kubernetes Service",
    common_query: &[],
    render,
    fault: refusal::injected,
    objects: |world| resources::objects(world, KIND, "azure/aks_cluster"),
    routes: &[
        Route { method: "PUT", template: CLUSTER, query: &[], handler: put },
        Route { method: "GET", template: CLUSTER, query: &[], handler: get },
        Route { method: "PATCH", template: CLUSTER, query: &[], handler: patch },
        Route { method: "DELETE", template: CLUSTER, query: &[], handler: delete },
        Route { method: "GET", template: IN_GROUP, query: &[], handler: list_in_group },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/providers/Microsoft.ContainerService/managedClusters",
            query: &[],
            handler: list_in_subscription,
        },
    ],
};

/// The type.
pub(crate) const KIND: &str = "Microsoft.ContainerService/managedClusters";

const CLUSTER: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}";
const IN_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters";

const VERSIONS: &[&str] = &[
    "2024-05-01",
    "2024-07-01",
    "2024-08-01",
    "2024-09-01",
    "2025-01-01",
    "2025-02-01",
    "2025-03-01",
    "2025-04-01",
    "2025-05-01",
    "2025-06-01",
    "2025-07-01",
    "2025-08-01",
    "2025-09-01",
    "2025-10-01",
    "2026-01-01",
    "2026-02-01",
    "2026-03-01",
    "2026-04-01",
    "2026-05-01",
    "2026-06-01",
    "2026-07-01",
    "2026-08-01",
];

const MEMBERS: &[&str] = &[
    "id",
    "name",
    "type",
    "systemData",
    "tags",
    "location",
    "properties",
    "eTag",
    "sku",
    "extendedLocation",
    "identity",
    "kind",
];
/// What the service says and nobody else: ignored when it comes in.
const OUTPUTS: &[&str] = &[
    "provisioningState",
    "powerState",
    "maxAgentPools",
    "currentKubernetesVersion",
    "fqdn",
    "privateFQDN",
    "azurePortalFQDN",
    "resourceUID",
    "status",
];
const PROPERTIES: &[&str] = &[
    "kubernetesVersion",
    "dnsPrefix",
    "fqdnSubdomain",
    "agentPoolProfiles",
    "linuxProfile",
    "windowsProfile",
    "servicePrincipalProfile",
    "addonProfiles",
    "podIdentityProfile",
    "oidcIssuerProfile",
    "nodeResourceGroup",
    "nodeResourceGroupProfile",
    "enableFIPS",
    "enableRBAC",
    "supportPlan",
    "networkProfile",
    "aadProfile",
    "autoUpgradeProfile",
    "upgradeSettings",
    "autoScalerProfile",
    "apiServerAccessProfile",
    "diskEncryptionSetID",
    "identityProfile",
    "privateLinkResources",
    "disableLocalAccounts",
    "httpProxyConfig",
    "securityProfile",
    "storageProfile",
    "ingressProfile",
    "publicNetworkAccess",
    "workloadAutoScalerProfile",
    "azureMonitorProfile",
    "serviceMeshProfile",
    "metricsProfile",
    "nodeProvisioningProfile",
    "bootstrapProfile",
    "aiToolchainOperatorProfile",
    "schedulerProfile",
    "hostedSystemProfile",
];
/// What cannot be changed, nor left out once it is set.
const UNCHANGEABLE: &[&str] = &[
    "/dnsPrefix",
    "/fqdnSubdomain",
    "/nodeResourceGroup",
    "/enableRBAC",
    "/networkProfile/networkPlugin",
    "/networkProfile/serviceCidr",
    "/networkProfile/dnsServiceIP",
    "/linuxProfile/adminUsername",
    "/windowsProfile/adminUsername",
];

/// Codes that the front door answers, in the resource manager's shape; the service's own are flat.
const FRONT_DOOR: &[&str] = &[
    "AuthenticationFailed",
    "AuthorizationFailed",
    "ExpiredAuthenticationToken",
    "InvalidAuthenticationToken",
    "InvalidAuthenticationTokenAudience",
    "InvalidAuthenticationTokenTenant",
    "InvalidRequestContent",
    "InvalidResourceLocation",
    "InvalidResourceType",
    "LocationNotAvailableForResourceType",
    "LocationRequired",
    "MissingApiVersionParameter",
    "NoRegisteredProviderFound",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "SubscriptionNotFound",
];

fn render(refusal: &Refusal) -> Answer {
    if FRONT_DOOR.contains(&refusal.code.as_str()) {
        return refusal::render(refusal);
    }
    let details = if refusal.details.is_empty() { Value::Null } else { json!(refusal.details) };
    Answer::json_with(
        refusal.status,
        &json!({ "code": refusal.code, "details": details, "message": refusal.message, "subcode": "" }),
    )
}

/// Whether the webhook of the cluster with this issuer puts tokens into pods that start.
pub(crate) fn injects_tokens(world: &World, issuer: &str) -> bool {
    world.azure.resources.values().filter(|it| it.kind == KIND).any(|cluster| {
        cluster.property("oidcIssuerProfile")["issuerURL"] == issuer
            && cluster.property("securityProfile")["workloadIdentity"]["enabled"] == true
    })
}

fn id(call: &Call<'_>) -> String {
    format!("{}/providers/{KIND}/{}", group_id(call), call.param("cluster"))
}

fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    let caller = admitted(world, call, &format!("{KIND}/write"), &id)?;
    let given = body(call, MEMBERS)?;
    let location = resources::location(&given)?;
    let tags = resources::tags(&given)?;
    let allowed: Vec<&str> = PROPERTIES.iter().chain(OUTPUTS).copied().collect();
    let mut properties = resources::properties(&given, &allowed)?;
    properties.retain(|name, value| !OUTPUTS.contains(&name.as_str()) && !value.is_null());
    let existing = world.azure.resources.get(&key(&id)).cloned();
    check_preconditions(call, existing.as_ref())?;
    check_federation(&properties, existing.as_ref())?;
    if properties.get("agentPoolProfiles").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(Refusal::new(400, "BadRequest", "Required parameter agentPoolProfiles is missing (null)."));
    }
    let mut top = kept(&given, &["sku", "kind", "identity", "extendedLocation"]);
    top.insert(String::from("location"), json!(location));
    top.insert(String::from("tags"), tags);
    let (status, state) = match &existing {
        Some(existing) => {
            check_idle(world, existing)?;
            resources::same_location(existing, &location, call.param("group"))?;
            check_unchanged(&Value::Object(properties.clone()), existing)?;
            (200, "Updating")
        }
        None => {
            if !properties.contains_key("dnsPrefix") && !properties.contains_key("fqdnSubdomain") {
                return Err(Refusal::new(400, "BadRequest", "Required parameter dnsPrefix is missing (null)."));
            }
            (201, "Creating")
        }
    };
    let new_issuer = complete(world, &mut properties, existing.as_ref(), &location, &caller.tenant);
    top.insert(String::from("properties"), Value::Object(properties));
    add_identities(&id, &caller.tenant, &mut top);
    let cluster = match existing {
        Some(mut existing) => {
            existing.body = top;
            existing.revision = world.next_number();
            existing
        }
        None => resources::insert(world, id, KIND, top),
    };
    let hides = new_issuer.then_some(("oidcIssuerProfile", "issuerURL"));
    Ok(begin(world, call, cluster, status, Busy { until: operations::until(world), state, hides }))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/read"), &id)?;
    let cluster = live(world, &id).ok_or_else(|| missing(call, KIND, call.param("cluster")))?;
    Ok(Answer::json(&shown(world, cluster)))
}

/// Changes tags, and nothing else.
fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/write"), &id)?;
    let given = body(call, &["tags"])?;
    let mut cluster = live(world, &id).cloned().ok_or_else(|| missing(call, KIND, call.param("cluster")))?;
    check_preconditions(call, Some(&cluster))?;
    check_idle(world, &cluster)?;
    cluster.body.insert(String::from("tags"), resources::tags(&given)?);
    cluster.revision = world.next_number();
    Ok(begin(world, call, cluster, 200, Busy { until: operations::until(world), state: "Updating", hides: None }))
}

fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/delete"), &id)?;
    let Some(cluster) = live(world, &id).cloned() else {
        return Ok(Answer::empty(204));
    };
    check_preconditions(call, Some(&cluster))?;
    resources::remove(world, &id);
    let operation = operations::start(world, None);
    let answer =
        operations::with_status(Answer::empty(202), call, "Microsoft.ContainerService", cluster.location(), &operation);
    Ok(operations::with_result(answer, call, "Microsoft.ContainerService", cluster.location(), &operation))
}

fn list_in_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let group = group_id(call);
    admitted(world, call, &format!("{KIND}/read"), &group)?;
    Ok(page(resources::listed(world, KIND, &group).into_iter().map(|cluster| shown(world, cluster)).collect()))
}

fn list_in_subscription(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let subscription = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/read"), &subscription)?;
    Ok(page(resources::listed(world, KIND, &subscription).into_iter().map(|cluster| shown(world, cluster)).collect()))
}

/// Stores the cluster as one whose write goes on for a while.
fn begin(world: &mut World, call: &Call<'_>, mut cluster: Resource, status: u16, busy: Busy) -> Answer {
    cluster.busy = Some(busy);
    let operation = operations::start(world, Some(&cluster.id));
    let answer = Answer::json_with(status, &shown(world, &cluster));
    let answer = operations::with_status(answer, call, "Microsoft.ContainerService", cluster.location(), &operation);
    world.azure.resources.insert(cluster.key(), cluster);
    answer
}

fn shown(world: &World, cluster: &Resource) -> Value {
    let mut shown = cluster.shown_at(world.now());
    shown["eTag"] = json!(etag(cluster));
    shown
}

fn etag(cluster: &Resource) -> String {
    guid_of(&format!("etag {} {}", cluster.key(), cluster.revision))
}

fn check_preconditions(call: &Call<'_>, existing: Option<&Resource>) -> Result<(), Refusal> {
    let current = existing.map(etag);
    let matches = |wanted: &str| match &current {
        Some(current) => wanted.trim() == "*" || wanted.trim().trim_matches('"') == current,
        None => false,
    };
    let failed = |message: String| Err(Refusal::new(412, "PreconditionFailed", message));
    if let Some(wanted) = call.request.header("if-match")
        && !matches(wanted)
    {
        return failed(format!(
            "The condition specified by If-Match is not met: the etag {wanted} is not that of the resource."
        ));
    }
    if let Some(wanted) = call.request.header("if-none-match")
        && matches(wanted)
    {
        return failed(String::from("The condition specified by If-None-Match is not met: the resource exists."));
    }
    Ok(())
}

fn check_idle(world: &World, cluster: &Resource) -> Result<(), Refusal> {
    if !cluster.is_busy(world.now()) {
        return Ok(());
    }
    let detail =
        json!({ "code": "Unspecified", "message": "rpc error: code = FailedPrecondition desc = Etag mismatched" });
    Err(Refusal::new(409, "EtagMismatch", "Operation is not allowed: Another operation is in progress")
        .with_detail(detail))
}

fn check_federation(properties: &Map<String, Value>, existing: Option<&Resource>) -> Result<(), Refusal> {
    let switch = |value: Option<&Value>, path: &str| -> Result<bool, Refusal> {
        match value.and_then(|value| value.pointer(path)) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(on)) => Ok(*on),
            Some(_) => Err(bad_request(format!("The property {path} must be true or false."))),
        }
    };
    let issuer = switch(properties.get("oidcIssuerProfile"), "/enabled")?;
    let workload = switch(properties.get("securityProfile"), "/workloadIdentity/enabled")?;
    let was_on = existing.is_some_and(|existing| existing.property("oidcIssuerProfile")["enabled"] == true);
    if was_on && !issuer {
        return Err(Refusal::new(400, "OIDCIssuerFeatureCannotBeDisabled", "OIDC issuer feature cannot be disabled."));
    }
    if workload && !issuer {
        return Err(Refusal::new(
            400,
            "InvalidParameter",
            "Workload identity requires the OIDC issuer: oidcIssuerProfile.enabled must be true when securityProfile.workloadIdentity.enabled is true.",
        ));
    }
    Ok(())
}

fn check_unchanged(properties: &Value, existing: &Resource) -> Result<(), Refusal> {
    let before = existing.body.get("properties").unwrap_or(&Value::Null);
    for path in UNCHANGEABLE {
        let old = before.pointer(path).filter(|value| !value.is_null());
        if old.is_some() && properties.pointer(path) != old {
            let name = path.trim_start_matches('/').replace('/', ".");
            return Err(Refusal::new(
                400,
                "PropertyChangeNotAllowed",
                format!("Changing property '{name}' is not allowed."),
            ));
        }
    }
    Ok(())
}

/// Adds what the service says. Answers whether the cluster has an issuer only from now on.
fn complete(
    world: &mut World,
    properties: &mut Map<String, Value>,
    existing: Option<&Resource>,
    location: &str,
    tenant: &str,
) -> bool {
    for name in OUTPUTS.iter().chain(&["nodeResourceGroup"]) {
        if let Some(old) = existing.map(|existing| existing.property(name)).filter(|value| !value.is_null()) {
            properties.insert((*name).to_owned(), old.clone());
        }
    }
    properties.insert(String::from("provisioningState"), json!("Succeeded"));
    properties.entry("powerState").or_insert_with(|| json!({ "code": "Running" }));
    let Some(profile) = properties.get_mut("oidcIssuerProfile").and_then(Value::as_object_mut) else {
        return false;
    };
    profile.retain(|name, _| name != "issuerURL");
    if profile.get("enabled") != Some(&Value::Bool(true)) {
        return false;
    }
    let old =
        existing.map(|existing| existing.property("oidcIssuerProfile")["issuerURL"].clone()).filter(Value::is_string);
    let is_new = old.is_none();
    let issuer = old.unwrap_or_else(|| json!(issuer(location, tenant, &world.next_guid("cluster issuer"))));
    profile.insert(String::from("issuerURL"), issuer);
    is_new
}

/// Adds the identities that the service makes for a cluster: its own, and that of its nodes.
pub(crate) fn add_identities(id: &str, tenant: &str, body: &mut Map<String, Value>) {
    let of = |what: &str| guid_of(&format!("{what} {}", key(id)));
    if let Some(identity) = body.get_mut("identity").filter(|identity| identity["type"] == "SystemAssigned") {
        identity["principalId"] = json!(of("cluster identity"));
        identity["tenantId"] = json!(tenant);
    }
    let parts: Vec<&str> = id.split('/').collect();
    let (subscription, group, name) = (parts.get(2), parts.get(4), parts.last());
    let (Some(subscription), Some(group), Some(name)) = (subscription, group, name) else {
        return;
    };
    let location = body.get("location").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let nodes = format!("MC_{group}_{name}_{location}");
    let nodes =
        properties.entry("nodeResourceGroup").or_insert_with(|| json!(nodes)).as_str().unwrap_or_default().to_owned();
    properties.entry("identityProfile").or_insert_with(|| {
        json!({ "kubeletidentity": {
            "clientId": of("kubelet client"),
            "objectId": of("kubelet principal"),
            "resourceId": format!("/subscriptions/{subscription}/resourceGroups/{nodes}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}-agentpool"),
        } })
    });
}

/// An issuer as the service makes them: its own for every cluster, with a slash at the end.
pub(crate) fn issuer(location: &str, tenant: &str, id: &str) -> String {
    format!("https://{location}.oic.prod-aks.azure.com/{tenant}/{id}/")
}
