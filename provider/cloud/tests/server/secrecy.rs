//! No bearer and no token ever reaches a log line or an error.

use crosscloud_cloud::gcp::projects;
use crosscloud_cloud::sign_in::{self, GoogleSignIn};
use crosscloud_cloud::{Api, Context, Empty, Path, Realm, Request, Secret, Transport};
use serde_json::json;

use super::config;
use super::fake_cloud::{FakeCloud, Reply};
use super::log::Log;

const BEARER: &str = "very-secret-bearer-0123456789";

fn signed_in(origin: &str) -> Transport {
    let mut config = config(origin);
    let sign_in = GoogleSignIn { access_token: Some(Secret::new(BEARER)), ..GoogleSignIn::default() };
    config.tokens = sign_in::google(&sign_in, &Realm::Real, |_| None);
    Transport::new(config).unwrap()
}

#[tokio::test]
async fn a_server_that_echoes_the_bearer_does_not_get_it_into_errors_or_logs() {
    let (log, _guard) = Log::capture();
    let cloud = FakeCloud::start(|seen| {
        // What a debugging proxy might do: send the whole request back.
        Reply::refuse(if seen.index == 0 { 503 } else { 403 }, "PERMISSION_DENIED", &seen.head)
    })
    .await;
    let transport = signed_in(&cloud.origin);
    let error = transport.send(&projects::get("p"), &Context::new()).await.unwrap_err();
    assert!(cloud.seen()[0].head.contains(&format!("Bearer {BEARER}")));
    for text in [error.to_string(), format!("{error:?}"), format!("{transport:?}"), log.text()] {
        assert!(!text.contains(BEARER), "{text}");
    }
    assert!(error.to_string().contains("Bearer [redacted]"), "{error}");
}

#[tokio::test]
async fn a_sensitive_answer_is_not_quoted() {
    let (log, _guard) = Log::capture();
    let cloud = FakeCloud::start(|_| Reply::ok(json!("fresh-token-value"))).await;
    let request: Request<Empty> = Request::post(Api::Sts, Path::new("v1").literal("token"))
        .json(&json!({"subjectToken": "subject-token-value"}))
        .sensitive();
    let error = signed_in(&cloud.origin).send(&request, &Context::new()).await.unwrap_err();
    for text in [error.to_string(), format!("{error:?}"), format!("{request:?}"), log.text()] {
        assert!(!text.contains("fresh-token-value") && !text.contains("subject-token-value"), "{text}");
    }
}

#[tokio::test]
async fn every_request_is_logged_without_its_query() {
    let (log, _guard) = Log::capture();
    let cloud = FakeCloud::start(|_| Reply::ok(json!({"projectId": "p", "projectNumber": "1"}))).await;
    let transport = signed_in(&cloud.origin);
    transport.send(&projects::get("p"), &Context::new()).await.unwrap();
    let text = log.text();
    let line = text.lines().find(|line| line.contains("cloud request")).unwrap();
    for part in ["DEBUG crosscloud_cloud", "method=\"GET\"", "path=/v1/projects/p", "status=200", "attempt=1", "ms="] {
        assert!(line.contains(part), "{line}");
    }
    let head = &cloud.seen()[0].head.to_ascii_lowercase();
    assert!(head.contains("user-agent: crosscloud-tests/1"), "{head}");
}
