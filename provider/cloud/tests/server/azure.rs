//! Azure: objects that a PUT would overwrite, writes that must not meet, asynchronous operations, and principals that spread slowly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crosscloud_cloud::azure::{
    Assigned, Client, ClusterName, FederatedCredentialSpec, IdentityName, IdentitySpec, RoleAssignmentName,
    RoleAssignmentSpec, Timing, WorkloadIdentity,
};
use crosscloud_cloud::{Context, Error, Polling, Settling};
use serde_json::{Value, json};

use super::fake_cloud::{FakeCloud, Reply, Seen};
use super::transport;

fn client(origin: &str) -> Client {
    let polling =
        Polling { initial: Duration::from_millis(2), max: Duration::from_millis(5), timeout: Duration::from_secs(2) };
    let settling = Settling { reads: 1, interval: Duration::from_millis(2), timeout: Duration::from_millis(200) };
    Client::new(transport(origin), Timing { polling, settling, ..Timing::default() })
}

/// A refusal in Azure's form.
fn refuse(status: u16, code: &str, message: &str) -> Reply {
    Reply::text(status, json!({"error": {"code": code, "message": message}}).to_string())
}

fn absent() -> Reply {
    refuse(404, "ResourceNotFound", "not found")
}

fn name() -> IdentityName {
    IdentityName::new("s", "g", "ml")
}

fn spec() -> IdentitySpec {
    let tags = BTreeMap::from([("crosscloud".to_owned(), "me/t".to_owned())]);
    IdentitySpec { location: "westeurope".into(), tags }
}

fn identity(tag: &str) -> Value {
    json!({"id": name().to_string(), "name": "ml", "location": "West Europe", "tags": {"crosscloud": tag},
        "properties": {"tenantId": "t", "principalId": "p", "clientId": "c"}})
}

#[tokio::test]
async fn an_identity_that_exists_is_never_written_over() {
    let cloud = FakeCloud::start(|_| Reply::ok(identity("theirs"))).await;
    let error = client(&cloud.origin).create_identity(&name(), &spec(), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(_)), "{error:?}");
    assert!(error.to_string().contains("would have overwritten"), "{error}");
    assert_eq!(cloud.count("PUT"), 0);

    // Somebody makes one between the look and the write: Azure answers 200, not 201.
    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "PUT" => Reply::ok(identity("me/t")),
        _ => absent(),
    })
    .await;
    let error = client(&cloud.origin).create_identity(&name(), &spec(), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(_)), "{error:?}");
}

#[tokio::test]
async fn an_identity_is_created_once_and_a_lost_answer_is_found_out() {
    for lost in [false, true] {
        let cloud = FakeCloud::start(move |seen| match (seen.method.as_str(), seen.index) {
            ("PUT", _) if lost => Reply::Drop,
            ("PUT", _) => Reply::text(201, identity("me/t").to_string()),
            (_, 0) => absent(),
            _ => Reply::ok(identity("me/t")),
        })
        .await;
        let made = client(&cloud.origin).create_identity(&name(), &spec(), &Context::new()).await.unwrap();
        assert_eq!(made.properties.client_id, "c");
        assert_eq!(cloud.count("PUT"), 1, "{:?}", cloud.lines());
    }
}

#[tokio::test]
async fn deleting_what_is_gone_is_no_error() {
    for (reply, was_there) in [(Reply::text(200, ""), true), (Reply::text(204, ""), false), (absent(), false)] {
        let cloud = FakeCloud::start(move |seen| if seen.method == "DELETE" { reply.clone() } else { absent() }).await;
        let deleted = client(&cloud.origin).delete_identity(&name(), &Context::new()).await.unwrap();
        assert_eq!(deleted, was_there);
    }
}

#[tokio::test]
async fn credentials_of_one_identity_are_written_one_at_a_time() {
    // Writes that meet under one identity are refused, as Azure refuses them.
    let writing = Arc::new(Mutex::new(Vec::<String>::new()));
    let most = Arc::new(Mutex::new(0));
    let (open, highest) = (writing.clone(), most.clone());
    let cloud = FakeCloud::start(move |seen| {
        if seen.method == "GET" {
            return absent();
        }
        let mut open = open.lock().unwrap();
        open.push(seen.target.clone());
        let mut highest = highest.lock().unwrap();
        *highest = open.len().max(*highest);
        let body = json!({"id": "x", "name": "n", "properties": seen.json()["properties"]});
        Reply::text(201, body.to_string()).late(Duration::from_millis(20))
    })
    .await;
    let spec = FederatedCredentialSpec { issuer: "https://i".into(), ..FederatedCredentialSpec::default() };
    let client = client(&cloud.origin);
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (client, spec, writing) = (client.clone(), spec.clone(), writing.clone());
            tokio::spawn(async move {
                let credential = name().federated_credential(format!("c{n}"));
                client.create_federated_credential(&credential, &spec, &Context::new()).await.unwrap();
                writing.lock().unwrap().retain(|target| !target.contains(&credential.name));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    // The answer reaches the client a little before the test takes note, so two may be seen; four would mean no order.
    assert!(*most.lock().unwrap() <= 2, "{}", most.lock().unwrap());
    assert_eq!(cloud.count("PUT"), 4);
}

#[tokio::test]
async fn a_write_that_met_another_ones_is_sent_again() {
    const CODE: &str = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
    let mut refused = 0;
    let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
        "GET" => absent(),
        _ if refused < 2 => {
            refused += 1;
            refuse(409, CODE, "Too many writes")
        }
        _ => Reply::ok(json!({"id": "x", "name": "n", "properties": seen.json()["properties"]})),
    })
    .await;
    let spec = FederatedCredentialSpec { issuer: "https://i".into(), ..FederatedCredentialSpec::default() };
    let credential = name().federated_credential("aks");
    client(&cloud.origin).create_federated_credential(&credential, &spec, &Context::new()).await.unwrap();
    assert_eq!(cloud.count("PUT"), 3);
}

fn assignment() -> (RoleAssignmentName, RoleAssignmentSpec) {
    let scope = "/subscriptions/s/resourceGroups/g".parse().unwrap();
    let spec = RoleAssignmentSpec {
        role_definition_id: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r".into(),
        principal_id: "p".into(),
        ..RoleAssignmentSpec::default()
    };
    (RoleAssignmentName::new(scope, "our-guid"), spec)
}

fn listed(guid: &str, scope: &str) -> Value {
    let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{guid}");
    json!({"id": id, "name": guid, "properties": {"roleDefinitionId": "/x/roleDefinitions/R", "principalId": "p",
        "principalType": "ServicePrincipal"}})
}

#[tokio::test]
async fn an_equal_assignment_is_found_whatever_its_name() {
    let (name, spec) = assignment();
    let scope = name.scope.to_string();
    for (guid, ours) in [("our-guid", true), ("another", false)] {
        // One above the scope gives the role too, and is not ours to find.
        let page = json!({"value": [listed("above", "/subscriptions/s"), listed(guid, &scope)]});
        let cloud = FakeCloud::start(move |_| Reply::ok(page.clone())).await;
        let assigned = client(&cloud.origin).assign_role(&name, &spec, &Context::new()).await.unwrap();
        assert_eq!(matches!(assigned, Assigned::Ours(_)), ours, "{assigned:?}");
        assert_eq!(assigned.assignment().name, guid);
        assert_eq!(cloud.count("PUT"), 0);
    }
}

#[tokio::test]
async fn a_principal_nobody_has_heard_of_is_waited_for_only_if_it_is_new() {
    let (name, spec) = assignment();
    let serve = |seen: &Seen| match (seen.method.as_str(), seen.index) {
        ("GET", _) => Reply::ok(json!({"value": []})),
        (_, 0..=2) => refuse(400, "PrincipalNotFound", "Principal p does not exist in the directory"),
        _ => Reply::text(201, listed("our-guid", "/subscriptions/s/resourceGroups/g").to_string()),
    };
    let cloud = FakeCloud::start(serve).await;
    let ctx = Context::new().after_create(Duration::from_secs(5));
    let assigned = client(&cloud.origin).assign_role(&name, &spec, &ctx).await.unwrap();
    assert!(matches!(assigned, Assigned::New(_)), "{assigned:?}");
    assert_eq!(cloud.count("PUT"), 3);

    let cloud = FakeCloud::start(serve).await;
    let error = client(&cloud.origin).assign_role(&name, &spec, &Context::new()).await.unwrap_err();
    assert!(error.to_string().contains("PrincipalNotFound"), "{error}");
    assert_eq!(cloud.count("PUT"), 1);
}

fn cluster(issuer: bool, etag: &str, state: &str) -> Value {
    json!({"id": "/c", "name": "c", "location": "westeurope", "eTag": etag, "tags": {"kept": "yes"}, "properties": {
        "provisioningState": state, "oidcIssuerProfile": {"enabled": issuer, "issuerURL": if issuer { "https://i/" } else { "" }},
        "securityProfile": {"workloadIdentity": {"enabled": issuer}}}})
}

const WANTED: WorkloadIdentity = WorkloadIdentity { oidc_issuer: true, webhook: Some(true) };

#[tokio::test]
async fn a_cluster_is_changed_under_its_etag_and_waited_for() {
    // The first write loses a race; the second is carried out in the background.
    let mut writes = 0;
    let mut looks = 0;
    let origin = Arc::new(Mutex::new(String::new()));
    let own = origin.clone();
    let cloud = FakeCloud::start(move |seen| {
        let base = own.lock().unwrap().clone();
        match seen.method.as_str() {
            "PUT" if !seen.head.contains("if-match: e-1") => refuse(412, "PreconditionFailed", "changed"),
            "PUT" => {
                writes += 1;
                Reply::text(200, cluster(true, "e-2", "Updating").to_string())
                    .header(&format!("Azure-AsyncOperation: {base}/subscriptions/s/operations/1?api-version=v&t=a%2Bb"))
            }
            _ if seen.target.contains("/operations/1") => {
                looks += 1;
                let status = if looks < 3 { "InProgress" } else { "Succeeded" };
                Reply::ok(json!({"status": status})).header("retry-after: 0")
            }
            _ if writes > 0 => Reply::ok(cluster(true, "e-3", "Succeeded")),
            _ => Reply::ok(cluster(false, if seen.index == 0 { "e-0" } else { "e-1" }, "Succeeded")),
        }
    })
    .await;
    *origin.lock().unwrap() = cloud.origin.clone();
    let name = ClusterName::new("s", "g", "c");
    let client = client(&cloud.origin);
    let made = client.set_workload_identity(&name, &WANTED, &Context::new()).await.unwrap();
    assert_eq!(made.issuer_url(), Some("https://i/"));
    let puts: Vec<_> = cloud.seen().into_iter().filter(|seen| seen.method == "PUT").collect();
    assert_eq!(puts.len(), 2);
    assert_eq!(puts[1].json()["tags"], json!({"kept": "yes"}));
    assert!(puts[1].json().get("eTag").is_none());
    assert_eq!(cloud.count("/operations/1?api-version=v&t=a%2Bb"), 3);

    // What is as wanted is not written.
    client.set_workload_identity(&name, &WANTED, &Context::new()).await.unwrap();
    assert_eq!(cloud.count("PUT"), 2);
}

#[tokio::test]
async fn an_operation_elsewhere_is_not_followed_with_our_credentials() {
    let mut wrote = false;
    let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
        "PUT" => {
            wrote = true;
            Reply::text(201, cluster(true, "e-2", "Updating").to_string())
                .header("azure-asyncoperation: http://127.0.0.1:9/steal")
        }
        _ => Reply::ok(cluster(wrote, "e-1", "Succeeded")),
    })
    .await;
    let name = ClusterName::new("s", "g", "c");
    let made = client(&cloud.origin).set_workload_identity(&name, &WANTED, &Context::new()).await.unwrap();
    assert!(made.has(&WANTED));
}

#[tokio::test]
async fn a_failed_operation_says_why() {
    let origin = Arc::new(Mutex::new(String::new()));
    let own = origin.clone();
    let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
        "PUT" => {
            let url = format!("azure-asyncoperation: {}/operations/1", own.lock().unwrap());
            Reply::text(200, cluster(true, "e-2", "Updating").to_string()).header(&url)
        }
        _ if seen.target.contains("/operations/1") => {
            Reply::ok(json!({"status": "Failed", "error": {"code": "QuotaExceeded", "message": "No more cores."}}))
        }
        _ => Reply::ok(cluster(false, "e-1", "Succeeded")),
    })
    .await;
    *origin.lock().unwrap() = cloud.origin.clone();
    let name = ClusterName::new("s", "g", "c");
    let error = client(&cloud.origin).set_workload_identity(&name, &WANTED, &Context::new()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("could not update AKS cluster /subscriptions/s/"), "{text}");
    assert!(text.contains("QuotaExceeded") && text.contains("No more cores."), "{text}");
}

#[tokio::test]
async fn a_missing_action_and_the_request_id_are_named() {
    let message = "The client 'c' with object id 'o' does not have authorization to perform action \
                   'Microsoft.ManagedIdentity/userAssignedIdentities/read' over scope '/subscriptions/s'.";
    let cloud =
        FakeCloud::start(move |_| refuse(403, "AuthorizationFailed", message).header("x-ms-request-id: r-5")).await;
    let error = client(&cloud.origin).get_identity(&name(), &Context::new()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(
            "permission Microsoft.ManagedIdentity/userAssignedIdentities/read is missing \
             (HTTP 403 AuthorizationFailed, request id r-5)"
        ),
        "{text}"
    );
    let cloud = FakeCloud::start(|_| {
        refuse(409, "MissingSubscriptionRegistration", "not registered to use namespace 'Microsoft.ManagedIdentity'.")
    })
    .await;
    let error = client(&cloud.origin).get_identity(&name(), &Context::new()).await.unwrap_err();
    assert!(error.next_step().contains("az provider register --namespace Microsoft.ManagedIdentity"), "{error}");
}

#[tokio::test]
async fn clusters_are_read_together_and_again_after_a_write() {
    let cloud = FakeCloud::start(|_| Reply::ok(cluster(true, "e", "Succeeded")).late(Duration::from_millis(10))).await;
    let client = client(&cloud.origin);
    let name = ClusterName::new("s", "g", "c");
    let ctx = Context::new();
    let reads = futures::future::join_all((0..50).map(|_| client.cluster(&name, &ctx))).await;
    assert!(reads.into_iter().all(|read| read.unwrap().is_some()));
    assert_eq!(cloud.seen().len(), 1);
}
