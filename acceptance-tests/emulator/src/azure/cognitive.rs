//! `Microsoft.CognitiveServices/accounts` and their model deployments. A deleted account keeps its name until it is restored or purged.

use serde_json::{Map, Value, json};

use super::arm::kept;
use super::operations::Busy;
use super::refusal::{self, bad_request};
use super::resources::{self, Resource, admitted, body, check_version, group_id, key, live, missing, page};
use super::{VENDOR, access, operations};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::world::{World, details};

/// `Microsoft.CognitiveServices`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "Microsoft.CognitiveServices",
    title: "Azure AI services",
    common_query: &[],
    render: refusal::render,
    fault: refusal::injected,
    objects,
    routes: &[
        Route { method: "PUT", template: ACCOUNT, query: &[], handler: put },
        Route { method: "GET", template: ACCOUNT, query: &[], handler: get },
        Route { method: "DELETE", template: ACCOUNT, query: &[], handler: delete },
        Route { method: "GET", template: IN_GROUP, query: &[], handler: list_in_group },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts",
            query: &[],
            handler: list_in_subscription,
        },
        Route { method: "DELETE", template: DELETED, query: &[], handler: purge },
        Route { method: "PUT", template: DEPLOYMENT, query: &[], handler: put_deployment },
        Route { method: "GET", template: DEPLOYMENT, query: &[], handler: get_deployment },
        Route { method: "DELETE", template: DEPLOYMENT, query: &[], handler: delete_deployment },
        Route { method: "GET", template: DEPLOYMENTS, query: &[], handler: list_deployments },
    ],
};

/// The type of accounts.
pub(crate) const KIND: &str = "Microsoft.CognitiveServices/accounts";
/// The type of deployments.
pub(crate) const DEPLOYMENT_KIND: &str = "Microsoft.CognitiveServices/accounts/deployments";

const ACCOUNT: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}";
const IN_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts";
const DELETED: &str = "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}/resourceGroups/{group}/deletedAccounts/{account}";
const DEPLOYMENT: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/deployments/{deployment}";
const DEPLOYMENTS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/deployments";

const VERSIONS: &[&str] = &[
    "2023-05-01",
    "2024-10-01",
    "2025-04-01-preview",
    "2025-06-01",
    "2025-07-01-preview",
    "2025-09-01",
    "2025-10-01-preview",
    "2025-12-01",
    "2026-01-15-preview",
    "2026-03-01",
    "2026-05-01",
    "2026-05-15-preview",
];

/// Kinds of account whose endpoints are those of Azure OpenAI.
const KINDS: &[&str] = &[
    "OpenAI",
    "AIServices",
    "CognitiveServices",
    "TextAnalytics",
    "SpeechServices",
    "ComputerVision",
    "FormRecognizer",
];

const MEMBERS: &[&str] =
    &["id", "name", "type", "systemData", "properties", "tags", "location", "etag", "kind", "sku", "identity"];
const OUTPUTS: &[&str] = &[
    "provisioningState",
    "endpoint",
    "internalId",
    "capabilities",
    "isMigrated",
    "skuChangeInfo",
    "privateEndpointConnections",
    "dateCreated",
    "callRateLimit",
    "quotaLimit",
    "endpoints",
    "deletionDate",
    "scheduledPurgeDate",
    "commitmentPlanAssociations",
    "abusePenalty",
];
const PROPERTIES: &[&str] = &[
    "migrationToken",
    "customSubDomainName",
    "networkAcls",
    "encryption",
    "userOwnedStorage",
    "amlWorkspace",
    "publicNetworkAccess",
    "apiProperties",
    "dynamicThrottlingEnabled",
    "storedCompletionsDisabled",
    "restrictOutboundNetworkAccess",
    "allowedFqdnList",
    "disableLocalAuth",
    "restore",
    "locations",
    "raiMonitorConfig",
    "networkInjections",
    "foundryAutoUpgrade",
    "allowProjectManagement",
    "defaultProject",
    "associatedProjects",
];
const DEPLOYMENT_PROPERTIES: &[&str] = &[
    "provisioningState",
    "model",
    "speculativeDecoding",
    "scaleSettings",
    "capabilities",
    "raiPolicyName",
    "callRateLimit",
    "rateLimits",
    "versionUpgradeOption",
    "dynamicThrottlingEnabled",
    "currentCapacity",
    "capacitySettings",
    "parentDeploymentName",
    "spilloverDeploymentName",
    "serviceTier",
    "deploymentState",
    "routing",
];

fn id(call: &Call<'_>) -> String {
    format!("{}/providers/{KIND}/{}", group_id(call), call.param("account"))
}

fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/write"), &id)?;
    check_name(call.param("account"))?;
    let given = body(call, MEMBERS)?;
    let location = resources::location(&given)?;
    let tags = resources::tags(&given)?;
    let kind = given.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !KINDS.contains(&kind) {
        return Err(Refusal::new(
            400,
            "InvalidApiSetId",
            format!("The account type '{kind}' is either invalid or unavailable in given region."),
        ));
    }
    if !given.get("sku").is_some_and(|sku| sku["name"].is_string()) {
        return Err(bad_request("The sku of the account is required."));
    }
    let allowed: Vec<&str> = PROPERTIES.iter().chain(OUTPUTS).copied().collect();
    let mut properties = resources::properties(&given, &allowed)?;
    properties.retain(|name, value| !OUTPUTS.contains(&name.as_str()) && !value.is_null());
    let restore = properties.remove("restore") == Some(Value::Bool(true));
    let existing = world.azure.resources.get(&key(&id)).cloned();
    check_domain(world, &properties, &id, existing.as_ref())?;
    if existing.is_none() && world.azure.deleted.contains_key(&key(&id)) {
        if !restore {
            return Err(Refusal::new(
                409,
                "FlagMustBeSetForRestore",
                format!(
                    "An existing resource with ID '{id}' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property. \
                     If you don't want to restore existing resource, please purge it first."
                ),
            ));
        }
        world.azure.deleted.remove(&key(&id));
    }
    let mut whole = kept(&given, &["kind", "sku", "identity"]);
    whole.insert(String::from("location"), json!(location));
    whole.insert(String::from("tags"), tags);
    whole.insert(String::from("properties"), Value::Object(properties));
    complete(&mut whole);
    let (status, state, mut account) = match existing {
        Some(mut existing) => {
            resources::same_location(&existing, &location, call.param("group"))?;
            existing.body = whole;
            existing.revision = world.next_number();
            (200, "Updating", existing)
        }
        None => (201, "Creating", resources::insert(world, id, KIND, whole)),
    };
    account.busy = Some(Busy { until: operations::until(world), state, hides: None });
    let operation = operations::start(world, Some(&account.id));
    let answer = Answer::json_with(status, &account.shown_at(world.now()));
    let answer = operations::with_status(answer, call, "Microsoft.CognitiveServices", &location, &operation);
    world.azure.resources.insert(account.key(), account);
    Ok(answer)
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/read"), &id)?;
    let account = live(world, &id).ok_or_else(|| missing(call, KIND, call.param("account")))?;
    Ok(Answer::json(&account.shown_at(world.now())))
}

fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/delete"), &id)?;
    let Some(account) = live(world, &id).cloned() else {
        return Ok(Answer::empty(204));
    };
    resources::remove(world, &id);
    let location = account.location().to_owned();
    world.azure.deleted.insert(key(&id), account);
    let operation = operations::start(world, None);
    Ok(operations::with_result(Answer::empty(202), call, "Microsoft.CognitiveServices", &location, &operation))
}

/// Forgets a deleted account, so that its name is free again.
fn purge(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    let caller = access::caller(world, call)?;
    access::authorised(
        world,
        &caller,
        "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete",
        &id,
    )?;
    match world.azure.deleted.remove(&key(&id)) {
        Some(_) => {
            let operation = operations::start(world, None);
            Ok(operations::with_result(
                Answer::empty(202),
                call,
                "Microsoft.CognitiveServices",
                call.param("location"),
                &operation,
            ))
        }
        None => Ok(Answer::empty(204)),
    }
}

fn list_in_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let group = group_id(call);
    admitted(world, call, &format!("{KIND}/read"), &group)?;
    Ok(page(resources::listed(world, KIND, &group).into_iter().map(|account| account.shown_at(world.now())).collect()))
}

fn list_in_subscription(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let subscription = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/read"), &subscription)?;
    Ok(page(
        resources::listed(world, KIND, &subscription)
            .into_iter()
            .map(|account| account.shown_at(world.now()))
            .collect(),
    ))
}

fn deployment(world: &World, call: &Call<'_>, verb: &str) -> Result<(String, String), Refusal> {
    check_version(call, DEPLOYMENT_KIND, VERSIONS)?;
    let account = id(call);
    let id = format!("{account}/deployments/{}", call.param("deployment"));
    admitted(world, call, &format!("{DEPLOYMENT_KIND}/{verb}"), &id)?;
    if live(world, &account).is_none() {
        return Err(match verb {
            "write" => refusal::parent_not_found(DEPLOYMENT_KIND, &account),
            _ => missing(call, KIND, call.param("account")),
        });
    }
    Ok((account, id))
}

fn put_deployment(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (account, id) = deployment(world, call, "write")?;
    let given = body(call, &["id", "name", "type", "systemData", "properties", "sku", "etag", "tags"])?;
    let mut properties = resources::properties(&given, DEPLOYMENT_PROPERTIES)?;
    let model = properties.get("model").cloned().unwrap_or_default();
    if !["format", "name"].iter().all(|name| model[*name].as_str().is_some_and(|text| !text.is_empty())) {
        return Err(Refusal::new(
            400,
            "InvalidResourceProperties",
            "The model of the deployment must have a format and a name.",
        ));
    }
    properties.insert(String::from("provisioningState"), json!("Succeeded"));
    let mut whole = kept(&given, &["sku", "tags"]);
    whole.insert(String::from("properties"), Value::Object(properties));
    let (status, mut deployment) = match world.azure.resources.get(&key(&id)).cloned() {
        Some(mut existing) => {
            existing.body = whole;
            (200, existing)
        }
        None => (201, resources::insert(world, id, DEPLOYMENT_KIND, whole)),
    };
    deployment.busy = Some(Busy { until: operations::until(world), state: "Creating", hides: None });
    let operation = operations::start(world, Some(&deployment.id));
    let location = live(world, &account).map(|account| account.location().to_owned()).unwrap_or_default();
    let answer = Answer::json_with(status, &deployment.shown_at(world.now()));
    let answer = operations::with_status(answer, call, "Microsoft.CognitiveServices", &location, &operation);
    world.azure.resources.insert(deployment.key(), deployment);
    Ok(answer)
}

fn get_deployment(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (_, id) = deployment(world, call, "read")?;
    let name = format!("{}/{}", call.param("account"), call.param("deployment"));
    let deployment = live(world, &id).ok_or_else(|| missing(call, DEPLOYMENT_KIND, &name))?;
    Ok(Answer::json(&deployment.shown_at(world.now())))
}

fn delete_deployment(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (account, id) = deployment(world, call, "delete")?;
    if resources::remove(world, &id).status == 204 {
        return Ok(Answer::empty(204));
    }
    let location = live(world, &account).map(|account| account.location().to_owned()).unwrap_or_default();
    let operation = operations::start(world, None);
    Ok(operations::with_result(Answer::empty(202), call, "Microsoft.CognitiveServices", &location, &operation))
}

fn list_deployments(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (account, _) = deployment(world, call, "read")?;
    Ok(page(
        resources::listed(world, DEPLOYMENT_KIND, &account)
            .into_iter()
            .map(|each| each.shown_at(world.now()))
            .collect(),
    ))
}

/// Adds what the service says.
pub(crate) fn complete(body: &mut Map<String, Value>) {
    let location = body.get("location").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let endpoint = match (kind.as_str(), properties.get("customSubDomainName").and_then(Value::as_str)) {
        ("OpenAI", Some(name)) => format!("https://{name}.openai.azure.com/"),
        (_, Some(name)) => format!("https://{name}.cognitiveservices.azure.com/"),
        (_, None) => format!("https://{location}.api.cognitive.microsoft.com/"),
    };
    properties.insert(String::from("endpoint"), json!(endpoint));
    properties.insert(String::from("provisioningState"), json!("Succeeded"));
    properties.entry("publicNetworkAccess").or_insert_with(|| json!("Enabled"));
}

/// A subdomain is the whole world's, and once given it stays.
fn check_domain(
    world: &World,
    properties: &Map<String, Value>,
    id: &str,
    existing: Option<&Resource>,
) -> Result<(), Refusal> {
    let wanted = properties.get("customSubDomainName").and_then(Value::as_str);
    let had = existing.and_then(|existing| existing.property("customSubDomainName").as_str());
    if had.is_some() && had != wanted {
        return Err(bad_request("The customSubDomainName of an account cannot be changed or taken away."));
    }
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let taken = world.azure.resources.values().chain(world.azure.deleted.values()).any(|other| {
        other.kind == KIND
            && other.key() != key(id)
            && other.property("customSubDomainName").as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    });
    if taken {
        return Err(Refusal::new(
            409,
            "CustomDomainInUse",
            "Please pick a different name. The subdomain name you have chosen is already being used.",
        ));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let bytes = name.as_bytes();
    let good = (2..=64).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte));
    if good { Ok(()) } else { Err(bad_request(format!("The account name '{name}' is invalid."))) }
}

fn objects(world: &World) -> Vec<Object> {
    let mut objects = resources::objects(world, KIND, "azure/openai_account");
    objects.extend(resources::objects(world, DEPLOYMENT_KIND, "azure/openai_deployment"));
    objects.extend(world.azure.deleted.values().map(|account| Object {
        kind: "azure/openai_account",
        id: account.id.clone(),
        state: "soft_deleted",
        seeded: account.life.seeded,
        details: details([("resource", account.shown())]),
    }));
    objects
}
