//! Azure's resources against the classes of its management libraries.

use std::collections::BTreeSet;

use cloud_emulator::{Emulator, Options, Running};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::block_on;

const GROUP: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod";

/// A resource, and the classes that describe it: library, whole, `properties`.
struct Compared {
    path: &'static str,
    version: &'static str,
    body: Value,
    library: &'static str,
    read: &'static [&'static str],
    written: &'static [&'static str],
}

fn compared() -> Vec<Compared> {
    let resource =
        |path, version, body, library, read, written| Compared { path, version, body, library, read, written };
    let cluster = &["ManagedCluster", "ManagedClusterProperties"];
    let account = &["Account", "AccountProperties"];
    let deployment = &["Deployment", "DeploymentProperties"];
    vec![
        resource(
            "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/model",
            "2024-11-30",
            json!({ "location": "westeurope", "tags": { "a": "b" }, "properties": { "isolationScope": "Regional" } }),
            "msi",
            &["Identity"],
            &["Identity"],
        ),
        resource(
            "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/model/federatedIdentityCredentials/model",
            "2024-11-30",
            json!({ "properties": { "issuer": "https://idp.example.com", "subject": "s", "audiences": ["a"] } }),
            "msi",
            &["FederatedIdentityCredential"],
            &["FederatedIdentityCredential"],
        ),
        resource(
            "/providers/Microsoft.Authorization/roleAssignments/aaaaaaaa-0000-4000-8000-000000000001",
            "2022-04-01",
            json!({ "properties": {
                "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
                "principalId": "PRINCIPAL", "principalType": "ServicePrincipal", "description": "d",
            } }),
            "authorization",
            &["RoleAssignment"],
            &["RoleAssignmentCreateParameters"],
        ),
        resource(
            "/providers/Microsoft.ContainerService/managedClusters/ml-aks",
            "2026-06-01",
            Value::Null,
            "containerservice",
            cluster,
            cluster,
        ),
        resource(
            "/providers/Microsoft.CognitiveServices/accounts/model",
            "2025-09-01",
            json!({ "location": "westeurope", "kind": "OpenAI", "sku": { "name": "S0" }, "properties": { "customSubDomainName": "model" } }),
            "cognitiveservices",
            account,
            account,
        ),
        resource(
            "/providers/Microsoft.CognitiveServices/accounts/model/deployments/gpt",
            "2025-09-01",
            json!({ "sku": { "name": "Standard", "capacity": 1 }, "properties": { "model": { "format": "OpenAI", "name": "gpt-4o", "version": "1" } } }),
            "cognitiveservices",
            deployment,
            deployment,
        ),
        resource(
            "/providers/Microsoft.Storage/storageAccounts/model",
            "2024-01-01",
            json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": {} }),
            "storage",
            &["StorageAccount", "StorageAccountProperties"],
            &["StorageAccountCreateParameters", "StorageAccountPropertiesCreateParameters"],
        ),
    ]
}

/// Every member of an answer is one of the class's.
pub(crate) fn compare_answers(models: &Value) -> Vec<String> {
    let mut found = Vec::new();
    block_on(async {
        let running = Emulator::start(Options::default()).await.unwrap();
        for resource in compared() {
            let shown = made(&running, &resource).await;
            let (whole, properties) = names(models, resource.library, resource.read);
            for name in shown.as_object().unwrap().keys().filter(|name| !whole.contains(*name)) {
                found.push(format!("{}: {} has no {name}", resource.path, resource.read[0]));
            }
            for name in shown["properties"]
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .filter(|name| !properties.contains(*name))
            {
                found.push(format!("{}: {} has no properties.{name}", resource.path, resource.read[0]));
            }
        }
    });
    found
}

/// Every member of the class is taken, and one that it does not have is refused.
pub(crate) fn compare_requests(models: &Value) -> Vec<String> {
    let mut found = Vec::new();
    block_on(async {
        let running = Emulator::start(Options::default()).await.unwrap();
        for resource in compared() {
            let mut body = made(&running, &resource).await;
            let (whole, properties) = names(models, resource.library, resource.written);
            if whole.is_empty() || properties.is_empty() {
                found.push(format!("{}: the library says nothing about {:?}", resource.path, resource.written));
            }
            for name in &whole {
                body.as_object_mut().unwrap().entry(name).or_insert(Value::Null);
            }
            for name in &properties {
                body["properties"].as_object_mut().unwrap().entry(name).or_insert(Value::Null);
            }
            let (_, answer) = send(&running, Method::PUT, &resource, Some(body.clone())).await;
            let message = answer.to_string();
            if message.contains("Could not find member") {
                found.push(format!("{}: {message}", resource.path));
            }
            body["properties"]["noSuchMember"] = json!(1);
            let (status, answer) = send(&running, Method::PUT, &resource, Some(body)).await;
            if status != 400 || answer["error"]["code"] != "InvalidRequestContent" {
                found.push(format!("{}: an unknown member is taken: {status} {answer}", resource.path));
            }
        }
    });
    found
}

/// The resource as it is read, made first where the seed does not have it.
async fn made(running: &Running, resource: &Compared) -> Value {
    let mut body = resource.body.clone();
    if body["properties"]["principalId"] == "PRINCIPAL" {
        let identity = compared().into_iter().next().unwrap();
        body["properties"]["principalId"] =
            send(running, Method::GET, &identity, None).await.1["properties"]["principalId"].clone();
    }
    if !body.is_null() {
        let (status, answer) = send(running, Method::PUT, resource, Some(body)).await;
        assert!(status < 300, "{}: {answer:#}", resource.path);
    }
    for _ in 0..100 {
        let (_, shown) = send(running, Method::GET, resource, None).await;
        let state = shown["properties"]["provisioningState"].as_str().unwrap_or("Succeeded");
        if state == "Succeeded" {
            return shown;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} is never finished", resource.path);
}

async fn send(running: &Running, method: Method, resource: &Compared, body: Option<Value>) -> (u16, Value) {
    let url = format!("{}{GROUP}{}?api-version={}", running.http, resource.path, resource.version);
    let mut request = reqwest::Client::new().request(method, url).bearer_auth("operator");
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

/// The members of a class and those of its `properties`, which older libraries write into one.
fn names(models: &Value, library: &str, classes: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut whole, mut properties) = (BTreeSet::new(), BTreeSet::new());
    for name in members(models, library, classes[0]) {
        match name.split_once('.') {
            Some((_, property)) => {
                whole.insert(String::from("properties"));
                properties.insert(property.to_owned());
            }
            None => {
                whole.insert(name);
            }
        }
    }
    if let Some(class) = classes.get(1) {
        properties.extend(members(models, library, class));
    }
    // The libraries know the parts of a resource; the service answers them with every resource.
    if !classes[0].ends_with("Parameters") {
        whole.extend(["id", "name", "type"].map(String::from));
    }
    (whole, properties)
}

/// The members of a class and of what it is made from. Versions of one library can turn that around, so each class counts once.
fn members(models: &Value, library: &str, class: &str) -> Vec<String> {
    let (mut found, mut seen, mut open) = (Vec::new(), BTreeSet::new(), vec![class]);
    while let Some(class) = open.pop() {
        if !seen.insert(class) {
            continue;
        }
        let described = &models["azure"][library][class];
        let texts = |name: &str| described[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(texts("members").map(str::to_owned));
        open.extend(texts("bases"));
    }
    found
}
