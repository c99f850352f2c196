//! Long-running operations.

use std::time::{Duration, Instant};

use crosscloud_cloud::gcp::{PoolName, PoolSpec};
use crosscloud_cloud::{CancellationToken, Context, Error};
use serde_json::{Value, json};

use super::client;
use super::fake_cloud::{FakeCloud, Reply};

fn name() -> PoolName {
    PoolName::new("p", "x")
}

fn operation(done: bool, rest: Value) -> Reply {
    let mut operation = json!({"name": format!("{}/operations/1", name()), "done": done});
    operation.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    Reply::ok(operation)
}

fn pool() -> Value {
    json!({"name": name().to_string(), "state": "ACTIVE"})
}

#[tokio::test]
async fn an_operation_is_polled_to_its_response() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0..3 => operation(false, json!({})),
        _ => operation(true, json!({"response": {"@type": "type.googleapis.com/x.Pool", "name": "from-response"}})),
    })
    .await;
    let pool = client(&cloud.origin).create_pool(&name(), &PoolSpec::default(), &Context::new()).await.unwrap();
    assert_eq!(pool.name, "from-response");
    let base = "/v1/projects/p/locations/global/workloadIdentityPools";
    let poll = format!("GET {base}/x/operations/1");
    assert_eq!(cloud.lines(), [format!("POST {base}?workloadIdentityPoolId=x"), poll.clone(), poll.clone(), poll]);
}

#[tokio::test]
async fn without_a_usable_response_the_object_is_read() {
    for (response, polled) in [(json!({}), 200), (json!({"response": {}}), 200), (json!({}), 404)] {
        let cloud = FakeCloud::start(move |seen| match (seen.method.as_str(), seen.target.contains("operations")) {
            ("POST", _) => operation(false, json!({})),
            (_, true) if polled == 404 => Reply::refuse(404, "NOT_FOUND", "forgotten"),
            (_, true) => operation(true, response.clone()),
            _ => Reply::ok(pool()),
        })
        .await;
        let pool = client(&cloud.origin).create_pool(&name(), &PoolSpec::default(), &Context::new()).await.unwrap();
        assert_eq!(pool.name, name().to_string());
    }
}

#[tokio::test]
async fn an_operations_failure_is_an_error_about_the_object() {
    let cloud = FakeCloud::start(|seen| match seen.index {
        0 => operation(false, json!({})),
        _ => operation(true, json!({"error": {"code": 7, "message": "Permission 'a.b.c' denied"}})),
    })
    .await;
    let error = client(&cloud.origin).create_pool(&name(), &PoolSpec::default(), &Context::new()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "could not create workload identity pool {}: permission a.b.c is missing (HTTP 403 PERMISSION_DENIED): \
             \"Permission 'a.b.c' denied\"",
            name()
        )
    );
}

#[tokio::test]
async fn malformed_operations_are_errors() {
    for body in [json!({}), json!({"done": false}), json!({"done": "yes"}), json!({"name": "../../x", "done": false})] {
        let cloud = FakeCloud::start(move |seen| match seen.method.as_str() {
            "POST" => Reply::ok(body.clone()),
            _ => Reply::refuse(403, "PERMISSION_DENIED", "no"),
        })
        .await;
        let error =
            client(&cloud.origin).create_pool(&name(), &PoolSpec::default(), &Context::new()).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. } | Error::Unwatched { .. }), "{error:?}");
        assert!(cloud.lines().iter().all(|line| line.contains("/v1/projects/p/")), "{:?}", cloud.lines());
    }
}

#[tokio::test]
async fn an_operation_that_never_ends_is_given_up() {
    let cloud = FakeCloud::start(|_| operation(false, json!({}))).await;
    let mut timing = super::timing();
    timing.polling.timeout = Duration::from_millis(40);
    let client = crosscloud_cloud::gcp::Client::new(super::transport(&cloud.origin), timing);
    let error = client.update_pool(&name(), &PoolSpec::default(), &["disabled"], &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }) && error.outcome_unknown(), "{error:?}");
}

#[tokio::test]
async fn cancelling_stops_the_polling_and_admits_that_the_operation_goes_on() {
    let cloud = FakeCloud::start(|_| operation(false, json!({}))).await;
    let cancel = CancellationToken::new();
    let ctx = Context::new().with_cancel(cancel.clone());
    let stop = async {
        while cloud.seen().len() < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cancel.cancel();
    };
    let (client, started, spec, name) = (client(&cloud.origin), Instant::now(), PoolSpec::default(), name());
    let (result, ()) = tokio::join!(client.create_pool(&name, &spec, &ctx), stop);
    assert!(matches!(result.unwrap_err(), Error::Cancelled { sent: true, .. }));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_object_whose_operation_may_not_be_watched_is_found_and_not_lost() {
    let cloud = FakeCloud::start(|seen| match (seen.method.as_str(), seen.target.contains("operations")) {
        ("POST", _) => operation(false, json!({})),
        (_, true) => Reply::refuse(403, "PERMISSION_DENIED", "no operations for you"),
        _ => Reply::ok(pool()),
    })
    .await;
    let made = client(&cloud.origin).create_pool(&name(), &PoolSpec::default(), &Context::new()).await.unwrap();
    assert_eq!(made.name, name().to_string());
    assert_eq!(cloud.lines().iter().filter(|line| line.starts_with("POST")).count(), 1, "{:?}", cloud.lines());
}

#[tokio::test]
async fn a_deletion_that_may_not_be_watched_is_told_as_begun() {
    let cloud = FakeCloud::start(|seen| match seen.method.as_str() {
        "DELETE" => operation(false, json!({})),
        _ => Reply::refuse(403, "PERMISSION_DENIED", "no operations for you"),
    })
    .await;
    let error = client(&cloud.origin).delete_pool(&name(), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::Unwatched { .. }) && error.outcome_unknown(), "{error:?}");
    assert!(error.to_string().contains("it was begun"), "{error}");
}
