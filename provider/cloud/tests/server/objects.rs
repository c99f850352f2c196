//! Objects: lost answers, soft deletion, slow propagation and shared reads.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crosscloud_cloud::gcp::{PoolName, PoolSpec, ServiceAccountName, ServiceAccountSpec, ServiceState};
use crosscloud_cloud::{Context, Error};
use serde_json::json;

use super::client;
use super::fake_cloud::{FakeCloud, Reply};

fn name() -> PoolName {
    PoolName::new("p", "x")
}

fn marked(description: &str) -> PoolSpec {
    PoolSpec { description: description.into(), ..PoolSpec::default() }
}

fn pool(description: &str, state: &str) -> Reply {
    Reply::ok(json!({"name": name().to_string(), "description": description, "state": state}))
}

fn done() -> Reply {
    Reply::ok(json!({"name": "operations/1", "done": true}))
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_recognised() {
    // The cloud carries the creation out and then drops the connection.
    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "POST" => Reply::Drop,
        _ => pool("mine", "ACTIVE"),
    })
    .await;
    let created = client(&cloud.origin).create_pool(&name(), &marked("mine"), &Context::new()).await.unwrap();
    assert_eq!(created.spec, marked("mine"));
    assert_eq!(cloud.count("POST"), 1);
}

#[tokio::test]
async fn a_creation_that_never_arrived_is_sent_again() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => Reply::Drop,
        1 => Reply::refuse(404, "NOT_FOUND", "none"),
        2 => done(),
        _ => pool("mine", "ACTIVE"),
    })
    .await;
    client(&cloud.origin).create_pool(&name(), &marked("mine"), &Context::new()).await.unwrap();
    assert_eq!(cloud.count("POST"), 2);
}

#[tokio::test]
async fn a_creation_that_shows_up_late_is_recognised_by_the_conflict() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => Reply::refuse(503, "UNAVAILABLE", "lost"),
        1 => Reply::refuse(404, "NOT_FOUND", "not yet"),
        2 => Reply::refuse(409, "ALREADY_EXISTS", "taken"),
        _ => pool("mine", "ACTIVE"),
    })
    .await;
    client(&cloud.origin).create_pool(&name(), &marked("mine"), &Context::new()).await.unwrap();
}

#[tokio::test]
async fn what_exists_is_refused_and_what_differs_is_never_adopted() {
    let cloud = FakeCloud::start(|_| Reply::refuse(409, "ALREADY_EXISTS", "taken")).await;
    let error = client(&cloud.origin).create_pool(&name(), &marked("mine"), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(_)), "{error:?}");
    assert_eq!(cloud.seen().len(), 1);

    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "POST" => Reply::Drop,
        _ => pool("theirs", "ACTIVE"),
    })
    .await;
    let error = client(&cloud.origin).create_pool(&name(), &marked("mine"), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::Dropped { .. }), "{error:?}");
    assert_eq!(cloud.count("POST"), 1);
}

#[tokio::test]
async fn absence_and_soft_deletion_are_answers() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => Reply::refuse(404, "NOT_FOUND", "none"),
        _ => pool("", "DELETED"),
    })
    .await;
    let client = client(&cloud.origin);
    assert_eq!(client.get_pool(&name(), &Context::new()).await.unwrap(), None);
    assert!(client.get_pool(&name(), &Context::new()).await.unwrap().unwrap().is_deleted());
}

#[tokio::test]
async fn deleting_what_is_gone_or_soft_deleted_is_no_error() {
    let ctx = Context::new();
    let cloud = FakeCloud::start(|_| Reply::refuse(404, "NOT_FOUND", "none")).await;
    assert!(!client(&cloud.origin).delete_pool(&name(), &ctx).await.unwrap());

    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "DELETE" => Reply::refuse(400, "FAILED_PRECONDITION", "already deleted"),
        _ => pool("", "DELETED"),
    })
    .await;
    assert!(!client(&cloud.origin).delete_pool(&name(), &ctx).await.unwrap());

    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "DELETE" => Reply::refuse(400, "FAILED_PRECONDITION", "busy"),
        _ => pool("", "ACTIVE"),
    })
    .await;
    assert!(matches!(client(&cloud.origin).delete_pool(&name(), &ctx).await, Err(Error::FailedPrecondition(_))));

    let cloud = FakeCloud::start(|_| done()).await;
    assert!(client(&cloud.origin).delete_pool(&name(), &ctx).await.unwrap());
}

#[tokio::test]
async fn an_undelete_whose_request_was_lost_is_sent_again() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => Reply::Drop,
        1 => pool("", "DELETED"),
        2 => done(),
        _ => pool("", "ACTIVE"),
    })
    .await;
    let pool = client(&cloud.origin).undelete_pool(&name(), &Context::new()).await.unwrap();
    assert!(!pool.is_deleted());
    assert_eq!(cloud.count(":undelete"), 2);
}

#[tokio::test]
async fn an_empty_mask_changes_nothing() {
    let cloud = FakeCloud::start(|_| pool("", "ACTIVE")).await;
    client(&cloud.origin).update_pool(&name(), &PoolSpec::default(), &[], &Context::new()).await.unwrap();
    assert_eq!(cloud.count("PATCH"), 0);
}

#[tokio::test]
async fn pages_are_followed() {
    let cloud = FakeCloud::start(|seen| {
        let page = if seen.target.contains("pageToken=next") { "" } else { "next" };
        Reply::ok(json!({"workloadIdentityPools": [{"name": "a"}], "nextPageToken": page}))
    })
    .await;
    assert_eq!(client(&cloud.origin).list_pools("p", &Context::new()).await.unwrap().len(), 2);
}

fn account() -> Reply {
    Reply::ok(json!({"name": "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com", "uniqueId": "7",
        "email": "a@p.iam.gserviceaccount.com"}))
}

#[tokio::test]
async fn a_new_service_account_is_read_three_times_in_a_row() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        2 | 4 => Reply::refuse(404, "NOT_FOUND", "not yet"),
        5 => Reply::refuse(403, "PERMISSION_DENIED", "not yet"),
        _ => account(),
    })
    .await;
    let spec = ServiceAccountSpec::default();
    let made = client(&cloud.origin).create_service_account("p", "a", &spec, &Context::new()).await.unwrap();
    assert_eq!(made.unique_id, "7");
    // Create, good, bad, good, bad, bad, then three good ones.
    assert_eq!(cloud.seen().len(), 9);
}

#[tokio::test]
async fn an_account_that_never_settles_keeps_its_id() {
    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "POST" => account(),
        _ => Reply::refuse(404, "NOT_FOUND", "not yet"),
    })
    .await;
    let mut timing = super::timing();
    timing.settling.timeout = Duration::from_millis(20);
    let client = crosscloud_cloud::gcp::Client::new(super::transport(&cloud.origin), timing);
    let spec = ServiceAccountSpec::default();
    let made = client.create_service_account("p", "a", &spec, &Context::new()).await.unwrap();
    assert_eq!(made.unique_id, "7");
    let name = ServiceAccountName::of_id("p", "a");
    assert!(client.settle_service_account(&name, &Context::new()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_project_is_asked_for_once() {
    let cloud = FakeCloud::start(|_| {
        Reply::ok(json!({"projectId": "p", "projectNumber": "123"})).late(Duration::from_millis(10))
    })
    .await;
    let client = client(&cloud.origin);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.project("p", &Context::new()).await.unwrap().number })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "123");
    }
    assert_eq!(cloud.seen().len(), 1);
}

#[tokio::test]
async fn a_failed_shared_read_is_shared_by_those_who_waited_and_then_forgotten() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => Reply::refuse(403, "PERMISSION_DENIED", "no").late(Duration::from_millis(20)),
        _ => Reply::ok(json!({"projectId": "p", "projectNumber": "123"})),
    })
    .await;
    let client = client(&cloud.origin);
    let ctx = Context::new();
    let (a, b) = tokio::join!(client.project("p", &ctx), client.project("p", &ctx));
    assert!(a.is_err() && b.is_err());
    assert_eq!(cloud.seen().len(), 1);
    assert!(client.project("p", &ctx).await.is_ok());
}

#[tokio::test]
async fn apis_are_switched_on_once_and_only_where_off() {
    let on = Arc::new(Mutex::new(BTreeSet::from(["iam".to_owned()])));
    let state = on.clone();
    let cloud = FakeCloud::start(move |seen| {
        let mut on = state.lock().unwrap();
        if seen.target.ends_with(":batchEnable") {
            for id in seen.json()["serviceIds"].as_array().unwrap() {
                on.insert(id.as_str().unwrap().to_owned());
            }
            return done();
        }
        let service = seen.target.rsplit('/').next().unwrap();
        let state = if on.contains(service) { "ENABLED" } else { "DISABLED" };
        Reply::ok(json!({"name": "x", "state": state}))
    })
    .await;
    let client = client(&cloud.origin);
    let wanted = ["iam", "sts", "aiplatform"].map(str::to_owned);
    let ctx = Context::new();
    assert_eq!(client.service_state("p", "sts", &ctx).await.unwrap(), ServiceState::Disabled);
    let (a, b) = tokio::join!(client.enable_services("p", &wanted, &ctx), client.enable_services("p", &wanted, &ctx));
    let mut switched = [a.unwrap(), b.unwrap()];
    switched.sort();
    assert_eq!(switched, [vec![], vec!["aiplatform".to_owned(), "sts".to_owned()]]);
    assert_eq!(cloud.count(":batchEnable"), 1);
    assert_eq!(client.service_state("p", "sts", &ctx).await.unwrap(), ServiceState::Enabled);
}

#[tokio::test]
async fn apis_wanted_one_by_one_are_switched_on_together_and_a_bad_one_alone_fails() {
    let on = Arc::new(Mutex::new(BTreeSet::new()));
    let state = on.clone();
    let cloud = FakeCloud::start(move |seen| {
        let mut on = state.lock().unwrap();
        if seen.target.ends_with(":batchEnable") {
            if seen.body.contains("nonsense") {
                return Reply::refuse(400, "INVALID_ARGUMENT", "nonsense is no service");
            }
            on.extend(seen.json()["serviceIds"].as_array().unwrap().iter().map(ToString::to_string));
            return done();
        }
        let service = format!("{:?}", seen.target.rsplit('/').next().unwrap());
        let state = if on.contains(&service) { "ENABLED" } else { "DISABLED" };
        Reply::ok(json!({"name": "x", "state": state}))
    })
    .await;
    let enable_all = |names: Vec<&'static str>| {
        let client = client(&cloud.origin);
        async move {
            let tasks: Vec<_> = names
                .into_iter()
                .map(|name| {
                    let client = client.clone();
                    tokio::spawn(async move { client.enable_services("p", &[name.to_owned()], &Context::new()).await })
                })
                .collect();
            let mut results = Vec::new();
            for task in tasks {
                results.push(task.await.unwrap());
            }
            results
        }
    };
    let results = enable_all(vec!["iam", "sts", "iamcredentials", "aiplatform"]).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap().len() == 1), "{results:?}");
    assert_eq!(cloud.count(":batchEnable"), 1);

    let results = enable_all(vec!["storage", "nonsense", "cloudkms"]).await;
    let good: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, true], "{results:?}");
}

#[tokio::test]
async fn an_api_that_could_not_be_switched_on_is_named() {
    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "GET" => Reply::ok(json!({"name": "x", "state": "DISABLED"})),
        _ => Reply::ok(json!({"name": "o", "done": true, "response": {
            "failures": [{"serviceId": "sts", "errorMessage": "billing is off"}]}})),
    })
    .await;
    let wanted = ["sts".to_owned()];
    let error = client(&cloud.origin).enable_services("p", &wanted, &Context::new()).await.unwrap_err();
    assert!(error.to_string().contains("sts was not enabled: billing is off"), "{error}");
}

/// The graph runs calls as tasks, so every future must be able to change threads.
#[test]
fn futures_can_be_spawned() {
    fn spawnable<T: Send>(_: T) {}
    let (ctx, spec, account) = (Context::new(), PoolSpec::default(), ServiceAccountSpec::default());
    let transport = super::transport("http://127.0.0.1:1");
    let client = crosscloud_cloud::gcp::Client::new(transport, super::timing());
    spawnable(client.create_pool(&name(), &spec, &ctx));
    spawnable(client.delete_pool(&name(), &ctx));
    spawnable(client.undelete_pool(&name(), &ctx));
    spawnable(client.create_service_account("p", "a", &account, &ctx));
    spawnable(client.enable_services("p", &[], &ctx));
    spawnable(client.project("p", &ctx));
}

#[tokio::test]
async fn surveys_share_reads_until_somebody_writes() {
    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "GET" => pool("", "ACTIVE").late(Duration::from_millis(5)),
        _ => done(),
    })
    .await;
    let client = client(&cloud.origin);
    let survey = Context::new().sharing_reads();
    let name = name();
    let looks = (0..200).map(|_| client.get_pool(&name, &survey));
    for look in futures::future::join_all(looks).await {
        assert!(look.unwrap().is_some());
    }
    client.get_pool(&name, &survey).await.unwrap();
    assert_eq!(cloud.count("GET"), 1);
    // Whoever is about to write sees what is there now.
    client.get_pool(&name, &Context::new()).await.unwrap();
    assert_eq!(cloud.count("GET"), 2);
    client.delete_pool(&name, &Context::new()).await.unwrap();
    client.get_pool(&name, &survey).await.unwrap();
    assert_eq!(cloud.count("GET"), 3);
}

#[tokio::test]
async fn what_a_survey_did_not_find_is_looked_for_again() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => Reply::refuse(404, "NOT_FOUND", "none"),
        _ => pool("", "ACTIVE"),
    })
    .await;
    let client = client(&cloud.origin);
    let survey = Context::new().sharing_reads();
    assert_eq!(client.get_pool(&name(), &survey).await.unwrap(), None);
    assert!(client.get_pool(&name(), &survey).await.unwrap().is_some());
}
