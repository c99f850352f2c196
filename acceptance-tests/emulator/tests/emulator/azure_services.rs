//! What the Azure rows use beside identities: clusters, Azure OpenAI, applications, a machine's tokens, storage.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{EXCHANGE, GROUP, TENANT, code, identity};
use crate::client::{Answer, Cloud, ISSUER, NUMBER, SUBJECT, pools};

const CLUSTER: &str = "/providers/Microsoft.ContainerService/managedClusters/ml-aks?api-version=2026-06-01";
const ACCOUNT: &str = "/providers/Microsoft.CognitiveServices/accounts/ml-openai";
const CHAT: &str = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21";
const OPENAI_USER: &str = "/providers/Microsoft.Authorization/roleDefinitions/5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";

impl Cloud {
    async fn put_if(&self, path: &str, etag: &str, body: Value) -> Answer {
        let headers = vec![
            (String::from("authorization"), String::from("Bearer emulator")),
            (String::from("if-match"), etag.to_owned()),
        ];
        self.signed("PUT", path, headers, body.to_string()).await
    }

    /// Polls an operation until it is over.
    async fn finished(&self, answer: &Answer) -> Value {
        let url = answer.header("azure-asyncoperation").unwrap();
        let path = url.strip_prefix(&self.running.http).unwrap();
        assert_eq!(answer.header("retry-after"), Some("1"));
        for _ in 0..50 {
            let status = self.get(path).await.ok();
            if status["status"] != "InProgress" {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{url} does not end");
    }

    async fn machine_token(&self, resource: &str, client: &str) -> Answer {
        let path =
            format!("/metadata/identity/oauth2/token?api-version=2018-02-01&client_id={client}&resource={resource}");
        self.signed("GET", &path, vec![(String::from("metadata"), String::from("true"))], String::new()).await
    }
}

#[tokio::test]
async fn a_cluster_gets_an_issuer_by_a_guarded_write_and_keeps_it() {
    let cloud = Cloud::start().await;
    let path = format!("{GROUP}{CLUSTER}");
    let before = cloud.get(&path).await.ok();
    let etag = before["eTag"].as_str().unwrap();
    let mut wanted = before.clone();
    wanted["properties"]["securityProfile"] = json!({ "workloadIdentity": { "enabled": true } });
    let alone = cloud.put_if(&path, etag, wanted.clone()).await;
    assert_eq!((alone.status, &alone.body["code"]), (400, &json!("InvalidParameter")), "{:#}", alone.body);
    wanted["properties"]["oidcIssuerProfile"] = json!({ "enabled": true });
    let stale = cloud.put_if(&path, "somebody-elses", wanted.clone()).await;
    assert_eq!((stale.status, &stale.body["code"]), (412, &json!("PreconditionFailed")));
    let mut torn = wanted.clone();
    torn["properties"].as_object_mut().unwrap().remove("dnsPrefix");
    assert_eq!(cloud.put_if(&path, etag, torn).await.body["code"], "PropertyChangeNotAllowed");
    let started = cloud.put_if(&path, etag, wanted.clone()).await;
    assert_eq!(
        (started.status, &started.body["properties"]["provisioningState"]),
        (200, &json!("Updating")),
        "{:#}",
        started.body
    );
    assert!(started.body["properties"]["oidcIssuerProfile"]["issuerURL"].is_null());
    let meanwhile = cloud.put(&path, wanted.clone()).await;
    assert_eq!((meanwhile.status, &meanwhile.body["code"]), (409, &json!("EtagMismatch")));
    assert_eq!(cloud.finished(&started).await["status"], "Succeeded");
    let after = cloud.get(&path).await.ok();
    let issuer = after["properties"]["oidcIssuerProfile"]["issuerURL"].as_str().unwrap();
    assert!(issuer.starts_with("https://westeurope.oic.prod-aks.azure.com/") && issuer.ends_with('/'), "{issuer}");
    assert_ne!(after["eTag"], before["eTag"]);
    let mut off = after.clone();
    off["properties"]["oidcIssuerProfile"]["enabled"] = json!(false);
    off["properties"]["securityProfile"] = json!({});
    assert_eq!(cloud.put(&path, off).await.body["code"], "OIDCIssuerFeatureCannotBeDisabled");
    let again = cloud.put(&path, after.clone()).await;
    cloud.finished(&again).await;
    assert_eq!(cloud.get(&path).await.ok()["properties"]["oidcIssuerProfile"]["issuerURL"], issuer);
}

#[tokio::test]
async fn a_failed_operation_leaves_the_cluster_as_it_was() {
    let cloud = Cloud::start().await;
    let path = format!("{GROUP}{CLUSTER}");
    let before = cloud.get(&path).await.ok();
    let mut wanted = before.clone();
    wanted["properties"]["oidcIssuerProfile"] = json!({ "enabled": true });
    let fault = json!({ "match": { "method": "PUT" }, "action": { "operation_error": { "code": 13, "message": "no capacity" } } });
    cloud.post("/_emulator/faults", fault).await.ok();
    let started = cloud.put(&path, wanted).await;
    let ended = cloud.finished(&started).await;
    assert_eq!((&ended["status"], &ended["error"]["message"]), (&json!("Failed"), &json!("no capacity")));
    assert_eq!(cloud.get(&path).await.ok(), before);
}

#[tokio::test]
async fn a_pod_talks_to_azure_openai_once_its_identity_may() {
    let cloud = Cloud::start().await;
    let made = cloud.federated_identity("chat").await;
    let client = made["properties"]["clientId"].as_str().unwrap();
    let pod = cloud.token(json!({ "issuer": ISSUER, "subject": SUBJECT, "audience": EXCHANGE })).await;
    let granted = cloud.sign_in(client, &pod, "https://cognitiveservices.azure.com/.default").await.ok();
    let token = granted["access_token"].as_str().unwrap().to_owned();
    let ask = async |token: &str| {
        let body = json!({ "messages": [{ "role": "user", "content": "hello" }] });
        cloud.send(Method::POST, CHAT, Some(token), Some(body)).await
    };
    let refused = ask(&token).await;
    assert_eq!(code(&refused), (401, String::from("PermissionDenied")));
    let name = "aaaaaaaa-0000-4000-8000-000000000001";
    let path =
        format!("{GROUP}{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01");
    let body = json!({ "properties": {
        "roleDefinitionId": OPENAI_USER, "principalId": made["properties"]["principalId"], "principalType": "ServicePrincipal",
    } });
    assert_eq!(cloud.put(&path, body).await.status, 201);
    assert_eq!(ask(&token).await.ok()["choices"][0]["message"]["content"], "You said: hello");
    let v1 = json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": "hello" }] });
    assert_eq!(cloud.send(Method::POST, "/openai/v1/chat/completions", Some(&token), Some(v1)).await.status, 200);
    let missing = cloud.send(Method::POST, &CHAT.replace("gpt-4o", "gpt-9"), Some(&token), Some(json!({}))).await;
    assert_eq!(code(&missing), (404, String::from("DeploymentNotFound")));

    let management = cloud.sign_in(client, &pod, "https://management.azure.com/.default").await.ok();
    assert_eq!(ask(management["access_token"].as_str().unwrap()).await.status, 401);
    assert_eq!(ask("emulator").await.status, 401);
    assert_eq!(ask(&pod).await.status, 401);
    cloud.delete(&path).await;
    assert_eq!(ask(&token).await.status, 401);
}

#[tokio::test]
async fn an_application_needs_an_identifier_that_is_its_tenants() {
    let cloud = Cloud::start().await;
    let uri = format!("api://{TENANT}/vertex");
    let app = json!({ "displayName": "vertex", "identifierUris": [uri], "api": { "requestedAccessTokenVersion": 2 } });
    let made = cloud.post("/v1.0/applications", app.clone()).await;
    assert_eq!(made.status, 201, "{:#}", made.body);
    assert!(made.header("request-id").is_some());
    let id = made.body["id"].as_str().unwrap();
    let taken = cloud.post("/v1.0/applications", app).await;
    assert_eq!((taken.status, &taken.body["error"]["details"][0]["code"]), (400, &json!("ObjectConflict")));
    let foreign = json!({ "displayName": "x", "identifierUris": ["api://AzureADTokenExchange"] });
    assert_eq!(
        code(&cloud.post("/v1.0/applications", foreign).await),
        (400, String::from("HostNameNotOnVerifiedDomain"))
    );
    let filter = format!("/v1.0/applications?$filter=identifierUris/any(x:x%20eq%20'{uri}')");
    assert_eq!(cloud.get(&filter).await.ok()["value"][0]["id"], id);
    let app_id = made.body["appId"].as_str().unwrap();
    let principal = cloud.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await;
    assert_eq!(principal.status, 201, "{:#}", principal.body);
    assert_eq!(cloud.get(&format!("/v1.0/servicePrincipals(appId='{app_id}')")).await.ok()["id"], principal.body["id"]);
    let credential = json!({ "name": "github", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:o/r:ref:refs/heads/main", "audiences": [EXCHANGE] });
    let path = format!("/v1.0/applications/{id}/federatedIdentityCredentials");
    assert_eq!(cloud.post(&path, credential.clone()).await.status, 201);
    assert_eq!(cloud.post(&path, credential).await.status, 409);
    let push = cloud.token(json!({ "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:o/r:ref:refs/heads/main", "audience": EXCHANGE })).await;
    assert_eq!(cloud.sign_in(app_id, &push, "https://management.azure.com/.default").await.status, 200);
    assert_eq!(cloud.delete(&format!("/v1.0/applications/{id}")).await.status, 204);
    assert_eq!(cloud.get(&format!("/v1.0/applications/{id}")).await.status, 404);
    assert_eq!(cloud.objects("azure/application").await, [format!("{id} soft_deleted")]);
    let gone = "/v1.0/directory/deletedItems/microsoft.graph.application?$filter=displayName%20eq%20'vertex'";
    assert_eq!(cloud.get(gone).await.ok()["value"][0]["id"], id);
    assert_eq!(cloud.post(&format!("/v1.0/directory/deletedItems/{id}/restore"), json!({})).await.status, 200);
    let denied = cloud.send(Method::GET, "/v1.0/applications", Some("denied"), None).await;
    assert_eq!(code(&denied), (403, String::from("Authorization_RequestDenied")));
}

#[tokio::test]
async fn a_machine_gets_into_google_with_the_applications_audience_and_not_with_the_exchanges() {
    let cloud = Cloud::ready().await;
    let made = cloud.put(&identity("machine"), json!({ "location": "westeurope" })).await.body;
    let client = made["properties"]["clientId"].as_str().unwrap();
    let uri = format!("api://{TENANT}/vertex");
    let unknown = cloud.machine_token(&uri, client).await;
    assert_eq!((unknown.status, &unknown.body["error"]), (400, &json!("invalid_resource")));
    let app = json!({ "displayName": "vertex", "identifierUris": [uri] });
    let app = cloud.post("/v1.0/applications", app).await.body;
    cloud.post("/v1.0/servicePrincipals", json!({ "appId": app["appId"] })).await;
    let unmarked = cloud.get(&format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={uri}")).await;
    assert_eq!(unmarked.status, 400);

    cloud.post(&pools("?workloadIdentityPoolId=azure-pool"), json!({})).await.ok();
    let provider = json!({
        "attributeMapping": { "google.subject": "assertion.sub" },
        "oidc": { "issuerUri": format!("https://sts.windows.net/{TENANT}/"), "allowedAudiences": [uri] },
    });
    cloud.post(&pools("/azure-pool/providers?workloadIdentityPoolProviderId=azure"), provider).await.ok();
    let exchange = async |token: &str| {
        cloud
            .post(
                "/v1/token",
                json!({
                    "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
                    "audience": format!("//iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/azure-pool/providers/azure"),
                    "scope": "https://www.googleapis.com/auth/cloud-platform",
                    "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
                    "subjectToken": token,
                    "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
                }),
            )
            .await
    };
    let good = cloud.machine_token(&uri, client).await.ok();
    let answer = exchange(good["access_token"].as_str().unwrap()).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    // The token for the federation audience is of version 2: another issuer, and a GUID for an audience.
    let other = cloud.machine_token(EXCHANGE, client).await.ok();
    assert_eq!(exchange(other["access_token"].as_str().unwrap()).await.oauth().0, "invalid_grant");
}

#[tokio::test]
async fn groups_resources_and_accounts_are_found_as_command_lines_look_for_them() {
    let cloud = Cloud::start().await;
    let subscriptions = cloud.get("/subscriptions?api-version=2022-12-01").await.ok();
    assert_eq!(subscriptions["value"][0]["tenantId"], TENANT);
    let filter =
        "%24filter=resourceGroup%20eq%20'ml-prod'%20and%20resourceType%20eq%20'Microsoft.CognitiveServices%2Faccounts'";
    let subscription = GROUP.split("/resourceGroups").next().unwrap();
    let found = cloud.get(&format!("{subscription}/resources?api-version=2024-11-01&{filter}")).await.ok();
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    let account = cloud.get(&format!("{GROUP}{ACCOUNT}?api-version=2025-09-01")).await.ok();
    assert_eq!(account["properties"]["endpoint"], "https://ml-openai.openai.azure.com/");
    let gone = cloud.delete(&format!("{GROUP}{ACCOUNT}?api-version=2025-09-01")).await;
    assert_eq!(gone.status, 202);
    let body = json!({ "location": "westeurope", "kind": "OpenAI", "sku": { "name": "S0" }, "properties": {} });
    let again = cloud.put(&format!("{GROUP}{ACCOUNT}?api-version=2025-09-01"), body).await;
    assert_eq!(code(&again), (409, String::from("FlagMustBeSetForRestore")));
    let path = format!("{subscription}/resourcegroups/other?api-version=2022-09-01");
    assert_eq!(cloud.put(&path, json!({ "location": "northeurope" })).await.status, 201);
    assert_eq!(cloud.delete(&path).await.status, 202);
    assert_eq!(cloud.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_storage_account_is_there_once_its_location_says_so() {
    let cloud = Cloud::start().await;
    let path = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/mldata?api-version=2024-01-01");
    let body =
        json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": {} });
    let started = cloud.put(&path, body).await;
    assert_eq!(started.status, 202);
    let mut result = started.header("location").unwrap().strip_prefix(&cloud.running.http).unwrap().to_owned();
    let made = loop {
        let answer = cloud.get(&result).await;
        if answer.status != 202 {
            break answer.ok();
        }
        result = answer.header("location").unwrap().strip_prefix(&cloud.running.http).unwrap().to_owned();
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(made["properties"]["provisioningState"], "Succeeded");
    let container = path.replace("?", "/blobServices/default/containers/training?");
    assert_eq!(cloud.put(&container, json!({ "properties": {} })).await.status, 201);
    assert_eq!(cloud.objects("azure/blob_container").await.len(), 1);
    assert_eq!(cloud.delete(&path).await.status, 200);
    assert!(cloud.objects("azure/blob_container").await.is_empty());
}

#[tokio::test]
async fn injected_faults_have_each_services_own_shape() {
    let cloud = Cloud::start().await;
    let shapes = [
        ("Microsoft.ManagedIdentity", identity("x"), "/error/code", "TooManyRequests"),
        ("Microsoft.ContainerService", format!("{GROUP}{CLUSTER}"), "/code", "TooManyRequests"),
        ("graph.microsoft.com", String::from("/v1.0/applications"), "/error/innerError/request-id", ""),
        ("imds", String::from("/metadata/identity/oauth2/token"), "/error", "temporarily_unavailable"),
        (
            "login.microsoftonline.com",
            format!("/{TENANT}/v2.0/.well-known/openid-configuration"),
            "/error",
            "temporarily_unavailable",
        ),
    ];
    for (api, path, at, says) in shapes {
        let fault = json!({ "match": { "api": api }, "action": { "status": 429, "retry_after": 7 } });
        cloud.post("/_emulator/faults", fault).await.ok();
        let refused = cloud.get(&path).await;
        assert_eq!((refused.status, refused.retry_after.as_deref()), (429, Some("7")), "{api}: {:#}", refused.body);
        let found = refused.body.pointer(at).unwrap_or_else(|| panic!("{api}: {:#}", refused.body)).as_str().unwrap();
        assert!(if says.is_empty() { !found.is_empty() } else { found == says }, "{api}: {found}");
    }
}
