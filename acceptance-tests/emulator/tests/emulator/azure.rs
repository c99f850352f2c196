//! Azure's resource manager and token endpoint: AKS to Azure, as the real clouds would have it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Cloud, ISSUER, SUBJECT};

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const SUBSCRIPTION: &str = "22222222-3333-4444-5555-666666666666";
pub(crate) const GROUP: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod";
pub(crate) const EXCHANGE: &str = "api://AzureADTokenExchange";

/// The path of an identity, with what follows it and the version.
pub(crate) fn identity(rest: &str) -> String {
    format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{rest}?api-version=2024-11-30")
}

impl Cloud {
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some("emulator"), Some(body)).await
    }

    /// A managed identity with a federated credential for the workload.
    pub(crate) async fn federated_identity(&self, name: &str) -> Value {
        let made = self.put(&identity(name), json!({ "location": "westeurope" })).await;
        assert_eq!(made.status, 201, "{:#}", made.body);
        let credential = json!({ "properties": { "issuer": ISSUER, "subject": SUBJECT, "audiences": [EXCHANGE] } });
        let path = identity(&format!("{name}/federatedIdentityCredentials/aks"));
        assert_eq!(self.put(&path, credential).await.status, 201);
        made.body
    }

    /// Asks the token endpoint with an assertion.
    pub(crate) async fn sign_in(&self, client: &str, assertion: &str, scope: &str) -> Answer {
        self.form(
            &format!("/{TENANT}/oauth2/v2.0/token"),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", client),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion),
                ("scope", scope),
            ],
        )
        .await
    }
}

/// The code of a refusal of the resource manager.
#[track_caller]
pub(crate) fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn pod_token(issuer: &str, subject: &str, audience: &str) -> Value {
    json!({ "issuer": issuer, "subject": subject, "audience": audience })
}

#[tokio::test]
async fn a_put_makes_or_changes_an_identity_and_keeps_its_ids() {
    let cloud = Cloud::start().await;
    let made = cloud.put(&identity("chat"), json!({ "location": "West Europe", "tags": { "team": "ml" } })).await;
    assert_eq!(made.status, 201, "{:#}", made.body);
    assert_eq!(made.body["location"], "westeurope");
    assert_eq!(made.body["properties"]["tenantId"], TENANT);
    let again = cloud.put(&identity("CHAT"), json!({ "location": "westeurope", "tags": {} })).await.ok();
    assert_eq!(again["properties"], made.body["properties"]);
    assert_eq!(again["tags"], json!({}));
    assert_eq!(again["name"], "chat");
    let moved = cloud.put(&identity("chat"), json!({ "location": "northeurope" })).await;
    assert_eq!(code(&moved), (409, String::from("InvalidResourceLocation")));
    let unknown = cloud.put(&identity("chat"), json!({ "location": "westeurope", "disabled": true })).await;
    assert_eq!(code(&unknown), (400, String::from("InvalidRequestContent")));
    assert_eq!(cloud.delete(&identity("chat")).await.status, 200);
    assert_eq!(cloud.delete(&identity("chat")).await.status, 204);
    let gone = cloud.get(&identity("chat")).await;
    assert_eq!(code(&gone), (404, String::from("ResourceNotFound")));
    assert!(gone.header("x-ms-request-id").is_some_and(|id| id.len() == 36));
    let reborn = cloud.put(&identity("chat"), json!({ "location": "westeurope" })).await.body;
    assert_ne!(reborn["properties"]["clientId"], made.body["properties"]["clientId"]);
}

#[tokio::test]
async fn every_call_needs_a_version_that_the_type_has() {
    let cloud = Cloud::start().await;
    let path = identity("chat");
    let bare = path.split_once('?').unwrap().0.to_owned();
    assert_eq!(code(&cloud.get(&bare).await), (400, String::from("MissingApiVersionParameter")));
    assert_eq!(
        code(&cloud.get(&format!("{bare}?api-version=2016-01-01")).await),
        (404, String::from("InvalidResourceType"))
    );
    let put = cloud.put(&format!("{bare}?api-version=2016-01-01"), json!({})).await;
    assert_eq!(code(&put), (400, String::from("NoRegisteredProviderFound")));
    let nobody = cloud.send(Method::GET, &path, None, None).await;
    assert_eq!(code(&nobody), (401, String::from("AuthenticationFailed")));
    let denied = cloud.send(Method::GET, &path, Some("denied"), None).await;
    assert_eq!(code(&denied), (403, String::from("AuthorizationFailed")));
    let elsewhere = path.replace("ml-prod", "nowhere");
    assert_eq!(code(&cloud.get(&elsewhere).await), (404, String::from("ResourceGroupNotFound")));
}

#[tokio::test]
async fn credentials_are_written_one_at_a_time_and_twenty_at_most() {
    let cloud = Cloud::start().await;
    cloud.put(&identity("chat"), json!({ "location": "westeurope" })).await;
    let credential =
        |subject: &str| json!({ "properties": { "issuer": ISSUER, "subject": subject, "audiences": [EXCHANGE] } });
    let path = |name: &str| identity(&format!("chat/federatedIdentityCredentials/{name}"));
    let (first, second) = (path("one"), path("two"));
    let (one, other) = tokio::join!(cloud.put(&first, credential("a")), cloud.put(&second, credential("b")));
    let mut codes = [one.status, other.status];
    codes.sort_unstable();
    assert_eq!(codes, [201, 409]);
    let refused = if one.status == 409 { one } else { other };
    assert_eq!(refused.body["error"]["code"], "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity");
    for number in 1..20 {
        assert_eq!(cloud.put(&path(&format!("more-{number}")), credential(&number.to_string())).await.status, 201);
    }
    assert_eq!(cloud.put(&path("too-many"), credential("z")).await.status, 400);
    assert_eq!(cloud.put(&path("more-1"), credential("2")).await.status, 400);
    assert_eq!(cloud.put(&path("more-1"), credential("1b")).await.status, 200);
    let two = json!({ "properties": { "issuer": ISSUER, "subject": "s", "audiences": ["a", "b"] } });
    assert_eq!(cloud.put(&path("more-1"), two).await.status, 400);
    let flexible = json!({ "properties": { "issuer": "https://token.actions.githubusercontent.com", "audiences": [EXCHANGE],
        "claimsMatchingExpression": { "value": "claims['sub'] matches 'repo:o/r:*'", "languageVersion": 1 } } });
    assert_eq!(code(&cloud.put(&path("more-1"), flexible.clone()).await), (400, String::from("InvalidRequestContent")));
    let preview = path("more-1").replace("2024-11-30", "2025-01-31-preview");
    assert_eq!(cloud.put(&preview, flexible).await.status, 200);
}

#[tokio::test]
async fn the_exact_workload_gets_a_token_and_every_other_one_its_number() {
    let cloud = Cloud::start().await;
    let made = cloud.federated_identity("chat").await;
    let client = made["properties"]["clientId"].as_str().unwrap();
    let scope = "https://management.azure.com/.default";
    let good = cloud.token(pod_token(ISSUER, SUBJECT, EXCHANGE)).await;
    let granted = cloud.sign_in(client, &good, scope).await.ok();
    let token = granted["access_token"].as_str().unwrap();
    let denied = cloud.send(Method::GET, &identity("chat"), Some(token), None).await;
    assert_eq!(code(&denied), (403, String::from("AuthorizationFailed")));

    let slashless = ISSUER.trim_end_matches('/');
    let wrong = [
        (pod_token(slashless, SUBJECT, EXCHANGE), 700_211),
        (pod_token(ISSUER, "system:serviceaccount:chat:other", EXCHANGE), 700_213),
        (pod_token(ISSUER, &SUBJECT.to_uppercase(), EXCHANGE), 7_002_138),
        (pod_token(ISSUER, SUBJECT, "api://azureadtokenexchange"), 700_212),
    ];
    for (order, number) in wrong {
        let token = cloud.token(order).await;
        let refused = cloud.sign_in(client, &token, scope).await;
        assert_eq!((refused.status, &refused.body["error_codes"]), (401, &json!([number])), "{:#}", refused.body);
        assert_eq!(refused.body["error"], "invalid_client");
    }
    let forged =
        json!({ "issuer": ISSUER, "subject": SUBJECT, "audience": EXCHANGE, "signed_by": "https://evil.example.com" });
    let forged = cloud.token(forged).await;
    assert_eq!(cloud.sign_in(client, &forged, scope).await.body["error_codes"], json!([50_013]));
    let late = json!({ "issuer": ISSUER, "subject": SUBJECT, "audience": EXCHANGE, "expires_in": -600 });
    let late = cloud.token(late).await;
    assert_eq!(cloud.sign_in(client, &late, scope).await.body["error_codes"], json!([700_024]));
    let nobody = cloud.sign_in("99999999-0000-0000-0000-000000000000", &good, scope).await;
    assert_eq!(nobody.body["error_codes"], json!([700_016]));
    assert_eq!(
        cloud.sign_in(client, &good, "https://management.azure.com").await.body["error_codes"],
        json!([1_002_012])
    );
    assert_eq!(cloud.sign_in(client, &good, "api://nothing/.default").await.body["error_codes"], json!([500_011]));
}

#[tokio::test]
async fn role_assignments_are_unique_and_unchangeable() {
    let cloud = Cloud::start().await;
    let made = cloud.federated_identity("chat").await;
    let principal = made["properties"]["principalId"].as_str().unwrap();
    let account = format!("{GROUP}/providers/Microsoft.CognitiveServices/accounts/ml-openai");
    let roles = format!(
        "{account}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName%20eq%20'Cognitive%20Services%20OpenAI%20User'"
    );
    let role = cloud.get(&roles).await.ok()["value"][0]["id"].as_str().unwrap().to_owned();
    assert!(role.ends_with("5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"), "{role}");
    let path = |name: &str| {
        format!("{account}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01")
    };
    let body = json!({ "properties": { "roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal" } });
    let (one, other) = ("aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002");
    assert_eq!(cloud.put(&path(one), body.clone()).await.status, 201);
    assert_eq!(cloud.put(&path(one), body.clone()).await.status, 200);
    assert_eq!(code(&cloud.put(&path(other), body.clone()).await), (409, String::from("RoleAssignmentExists")));
    assert_eq!(code(&cloud.put(&path("chat"), body.clone()).await), (400, String::from("InvalidRoleAssignmentId")));
    let mut reader = body.clone();
    reader["properties"]["roleDefinitionId"] =
        json!("/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7");
    assert_eq!(code(&cloud.put(&path(one), reader).await), (400, String::from("RoleAssignmentUpdateNotPermitted")));
    let mut client = body.clone();
    client["properties"]["principalId"] = made["properties"]["clientId"].clone();
    assert_eq!(code(&cloud.put(&path(other), client).await), (400, String::from("PrincipalNotFound")));
    let mut user = body;
    user["properties"]["principalType"] = json!("User");
    assert_eq!(code(&cloud.put(&path(other), user).await), (400, String::from("UnmatchedPrincipalType")));
    assert_eq!(cloud.objects("azure/role_assignment").await.len(), 1);
    assert_eq!(cloud.delete(&path(one)).await.status, 200);
    assert_eq!(cloud.delete(&path(one)).await.status, 204);
}

#[tokio::test]
async fn a_fresh_identity_is_a_stranger_to_its_own_cloud_when_asked() {
    let cloud = Cloud::start().await;
    let fault = json!({ "match": { "method": "PUT", "path_contains": "userAssignedIdentities" }, "action": { "lag_ms": 60000 } });
    cloud.post("/_emulator/faults", fault).await.ok();
    let made = cloud.put(&identity("chat"), json!({ "location": "westeurope" })).await.body;
    assert_eq!(cloud.get(&identity("chat")).await.status, 404);
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/aaaaaaaa-0000-4000-8000-000000000001?api-version=2022-04-01"
    );
    let mut body = json!({ "properties": {
        "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "principalId": made["properties"]["principalId"],
    } });
    assert_eq!(code(&cloud.put(&path, body.clone()).await), (400, String::from("PrincipalNotFound")));
    body["properties"]["principalType"] = json!("ServicePrincipal");
    assert_eq!(cloud.put(&path, body).await.status, 201);
}

#[tokio::test]
async fn the_operator_signs_in_with_a_secret_and_manages() {
    let cloud = Cloud::start().await;
    let form = |secret: &'static str| {
        [
            ("grant_type", "client_credentials"),
            ("client_id", "33333333-4444-5555-6666-777777777777"),
            ("client_secret", secret),
            ("scope", "https://management.core.windows.net//.default"),
        ]
    };
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let granted = cloud.form(&path, &form("emulator-client-secret-of-the-operator")).await.ok();
    let token = granted["access_token"].as_str().unwrap();
    assert_eq!(cloud.send(Method::GET, &identity("chat"), Some(token), None).await.status, 404);
    let refused = cloud.form(&path, &form("guess")).await;
    assert_eq!((refused.status, &refused.body["error_codes"]), (401, &json!([7_000_215])));
    let elsewhere = cloud.form("/no-such-tenant/oauth2/v2.0/token", &form("guess")).await;
    assert_eq!((elsewhere.status, &elsewhere.body["error_codes"]), (400, &json!([90_002])));
    let later = json!({ "advance_seconds": 7200 });
    cloud.post("/_emulator/clock", later).await.ok();
    let expired = cloud.send(Method::GET, &identity("chat"), Some(token), None).await;
    assert_eq!(code(&expired), (401, String::from("ExpiredAuthenticationToken")));
}
