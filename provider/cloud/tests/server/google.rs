//! Google's objects beyond pools: keys, service agents, audit logs, perimeters and transfer jobs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crosscloud_cloud::gcp::{
    AuditLog, CryptoKeySpec, Granted, KeyRingName, PerimeterName, PerimeterSpec, PolicyResource, Revoked,
};
use crosscloud_cloud::{Context, Error};
use serde_json::{Value, json};

use super::client;
use super::fake_cloud::{FakeCloud, Reply};

#[tokio::test]
async fn retiring_a_key_stops_its_rotation_before_its_versions_go() {
    let key = KeyRingName::new("p", "eu", "r").key("k");
    let name = key.to_string();
    let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
        "GET" if seen.target.ends_with("/cryptoKeyVersions") => {
            let version = |n, state| json!({"name": format!("{name}/cryptoKeyVersions/{n}"), "state": state});
            Reply::ok(
                json!({"cryptoKeyVersions": [version(1, "DESTROYED"), version(2, "DISABLED"), version(3, "ENABLED")]}),
            )
        }
        "GET" | "PATCH" => Reply::ok(json!({"name": name, "rotationPeriod": "7776000s"})),
        _ => Reply::ok(json!({"name": "v", "state": "DESTROY_SCHEDULED"})),
    })
    .await;
    assert!(client(&cloud.origin).retire_crypto_key(&key, &Context::new()).await.unwrap());
    let writes: Vec<_> = cloud.seen().into_iter().filter(|seen| seen.method != "GET").collect();
    assert_eq!(writes.len(), 3, "{:?}", cloud.lines());
    assert!(writes[0].target.contains("updateMask=rotationPeriod%2CnextRotationTime"), "{}", writes[0].target);
    assert_eq!(writes[0].json(), json!({}));
    assert!(writes[1].target.ends_with("/2:destroy") && writes[2].target.ends_with("/3:destroy"));
}

#[tokio::test]
async fn a_retired_key_is_revived_by_what_can_still_be_saved() {
    let key = KeyRingName::new("p", "eu", "r").key("k");
    for saved in [true, false] {
        let name = key.to_string();
        let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
            "GET" if seen.target.ends_with("/cryptoKeyVersions") => {
                let state = if saved { "DESTROY_SCHEDULED" } else { "DESTROYED" };
                Reply::ok(
                    json!({"cryptoKeyVersions": [{"name": format!("{name}/cryptoKeyVersions/1"), "state": state}]}),
                )
            }
            "POST" if seen.target.ends_with(":restore") => {
                Reply::ok(json!({"name": format!("{name}/cryptoKeyVersions/1"), "state": "DISABLED"}))
            }
            "POST" if seen.target.ends_with("/cryptoKeyVersions") => {
                Reply::ok(json!({"name": format!("{name}/cryptoKeyVersions/2"), "state": "ENABLED"}))
            }
            _ if saved => Reply::ok(json!({"name": name, "primary": {"name": "v", "state": "ENABLED"}})),
            _ => Reply::ok(json!({"name": name})),
        })
        .await;
        client(&cloud.origin).revive_crypto_key(&key, &CryptoKeySpec::default(), &Context::new()).await.unwrap();
        assert_eq!(cloud.count(":restore"), usize::from(saved));
        assert_eq!(cloud.count("updateMask=state"), usize::from(saved));
        assert_eq!(cloud.count(":updatePrimaryVersion"), usize::from(!saved));
    }
}

#[tokio::test]
async fn a_burnt_name_is_found_page_by_page() {
    let cloud = FakeCloud::start(|seen| {
        let record =
            |key: &str| json!({"originalResource": format!("projects/1/locations/eu/keyRings/r/cryptoKeys/{key}")});
        match seen.target.contains("pageToken=next") {
            false => Reply::ok(json!({"retiredResources": [record("other")], "nextPageToken": "next"})),
            true => Reply::ok(json!({"retiredResources": [record("k")]})),
        }
    })
    .await;
    let ring = KeyRingName::new("p", "eu", "r");
    assert!(client(&cloud.origin).is_retired_name(&ring.key("k"), &Context::new()).await.unwrap());
    assert!(!client(&cloud.origin).is_retired_name(&ring.key("kk"), &Context::new()).await.unwrap());
}

#[tokio::test]
async fn a_service_agent_is_made_sure_of_once() {
    let cloud = FakeCloud::start(|_| {
        let agent = json!({"email": "service-1@gcp-sa-aiplatform.iam.gserviceaccount.com", "uniqueId": "7"});
        Reply::ok(json!({"name": "operations/1", "done": true, "response": agent})).late(Duration::from_millis(10))
    })
    .await;
    let client = client(&cloud.origin);
    let ctx = Context::new();
    let asks = (0..20).map(|_| client.service_agent("p", "aiplatform.googleapis.com", &ctx));
    for agent in futures::future::join_all(asks).await {
        let member = "serviceAccount:service-1@gcp-sa-aiplatform.iam.gserviceaccount.com";
        assert_eq!(agent.unwrap().member(), member);
    }
    assert_eq!(cloud.seen().len(), 1);
    let cloud = FakeCloud::start(|_| Reply::ok(json!({"name": "operations/1", "done": true, "response": {}}))).await;
    let error = super::client(&cloud.origin).service_agent("p", "x", &ctx).await.unwrap_err();
    assert!(error.to_string().contains("has no agent"), "{error}");
}

#[tokio::test]
async fn audit_logs_are_edited_with_a_mask_and_together_with_grants() {
    let live = Arc::new(Mutex::new(json!({"etag": "e", "bindings": [], "auditConfigs": [
        {"service": "allServices", "auditLogConfigs": [{"logType": "ADMIN_READ"}]}]})));
    let served = live.clone();
    let cloud = FakeCloud::start(move |seen| {
        let mut live = served.lock().unwrap();
        if seen.target.contains(":setIamPolicy") {
            let sent = seen.json();
            let mask = sent["updateMask"].as_str().unwrap_or("bindings,etag");
            for field in mask.split(',') {
                // Google leaves an empty list out.
                match &sent["policy"][field] {
                    Value::Null => live.as_object_mut().unwrap().remove(field).map_or((), drop),
                    value => live[field] = value.clone(),
                }
            }
        }
        Reply::ok(live.clone())
    })
    .await;
    let client = client(&cloud.origin);
    let (store, ctx) = (client.policies(), Context::new());
    let project = PolicyResource::Project("p".into());
    let log = AuditLog::new("sts.googleapis.com", "DATA_READ");
    let grant = crosscloud_cloud::gcp::Grant::new("roles/x", "user:a@example.com");
    let (audited, granted) = tokio::join!(store.audit(&project, &log, &ctx), store.grant(&project, &grant, &ctx));
    assert_eq!((audited.unwrap(), granted.unwrap()), (Granted::Granted, Granted::Granted));
    assert_eq!(cloud.count(":setIamPolicy"), 1, "they were gathered");
    assert!(store.has_audit(&project, &log, &ctx).await.unwrap());
    assert_eq!(live.lock().unwrap()["auditConfigs"].as_array().unwrap().len(), 2);
    assert_eq!(store.audit(&project, &log, &ctx).await.unwrap(), Granted::Found);
    // An edit of grants alone leaves the logs out of the mask.
    store.revoke(&project, &grant, &ctx).await.unwrap();
    assert_eq!(cloud.seen().last().unwrap().json()["updateMask"], Value::Null);
    assert_eq!(store.unaudit(&project, &log, &ctx).await.unwrap(), Revoked::Revoked);
    assert_eq!(live.lock().unwrap()["auditConfigs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_perimeter_is_changed_under_its_etag_and_after_others() {
    let name = PerimeterName::new("1", "vertex");
    let full = name.to_string();
    let mut busy = 1;
    let mut etag = 1;
    let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
        "PATCH" if busy > 0 => {
            busy -= 1;
            etag += 1;
            Reply::refuse(409, "ABORTED", "another operation is in progress")
        }
        "PATCH" => Reply::ok(json!({"name": "operations/1", "done": true, "response": {"name": full, "title": "t"}})),
        _ => Reply::ok(json!({"name": full, "title": "t", "etag": format!("e-{etag}")})),
    })
    .await;
    let spec = PerimeterSpec { title: "t".into(), ..PerimeterSpec::default() };
    client(&cloud.origin).update_perimeter(&name, &spec, &["title"], &Context::new()).await.unwrap();
    let patches: Vec<_> = cloud.seen().into_iter().filter(|seen| seen.method == "PATCH").collect();
    assert_eq!(patches.len(), 2);
    assert_eq!(patches[1].json()["etag"], json!("e-2"), "the second names the state that it was made for");
}

#[tokio::test]
async fn a_run_whose_answer_was_lost_is_not_begun_twice() {
    let mut ran = false;
    let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
        "POST" => {
            ran = true;
            Reply::Drop
        }
        _ if ran => Reply::ok(json!({"name": "transferJobs/c", "latestOperationName": "transferOperations/1"})),
        _ => Reply::ok(json!({"name": "transferJobs/c"})),
    })
    .await;
    let run = client(&cloud.origin).run_transfer_job("p", "transferJobs/c", &Context::new()).await.unwrap();
    assert_eq!(run, "transferOperations/1");
    assert_eq!(cloud.count(":run"), 1);

    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "DELETE" => Reply::ok(json!({})),
        _ => Reply::ok(json!({"name": "transferJobs/c", "status": "DELETED"})),
    })
    .await;
    assert!(!client(&cloud.origin).delete_transfer_job("p", "transferJobs/c", &Context::new()).await.unwrap());
    let error = client(&cloud.origin).run_transfer_job("p", "", &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error:?}");
}
