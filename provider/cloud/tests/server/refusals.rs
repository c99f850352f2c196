//! What the cloud says, understood by status and reason, and never a panic whatever it says.

use crosscloud_cloud::gcp::{PoolName, PoolSpec, pools, projects};
use crosscloud_cloud::{Context, Endpoints, Error, Realm, TokenSource, sign_in};
use serde_json::json;

use super::fake_cloud::{FakeCloud, Reply};
use super::{config, transport};

async fn read(reply: Reply) -> Error {
    let cloud = FakeCloud::start(move |_| reply.clone()).await;
    transport(&cloud.origin).send(&projects::get("p"), &Context::new()).await.unwrap_err()
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let metadata = json!({"permission": "resourcemanager.projects.get"});
    let error = read(
        Reply::refuse_because(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", metadata).header("x-request-id: r-77"),
    )
    .await;
    assert_eq!(
        error.to_string(),
        "could not read project p: permission resourcemanager.projects.get is missing \
         (HTTP 403 PERMISSION_DENIED IAM_PERMISSION_DENIED, request id r-77): \"no\""
    );
    assert!(error.next_step().contains("resourcemanager.projects.get"), "{}", error.next_step());
    assert!(error.next_step().contains("project id is right"), "{}", error.next_step());
    assert!(!error.is_transient());

    // Where the cloud names none, the request does.
    let cloud = FakeCloud::start(|_| Reply::refuse(403, "PERMISSION_DENIED", "Permission denied")).await;
    let request = pools::create(&PoolName::new("p", "x"), &PoolSpec::default());
    let error = transport(&cloud.origin).send(&request, &Context::new()).await.unwrap_err();
    assert!(
        matches!(&error, Error::PermissionDenied { permission: Some(p), .. } if p == "iam.workloadIdentityPools.create"),
        "{error:?}"
    );
}

#[tokio::test]
async fn each_status_and_reason_has_its_variant() {
    type Check = fn(&Error) -> bool;
    let cases: [(Reply, Check); 12] = [
        (Reply::refuse(401, "UNAUTHENTICATED", "expired"), |e| matches!(e, Error::Unauthenticated(_))),
        (Reply::text(401, ""), |e| matches!(e, Error::Unauthenticated(_))),
        (Reply::refuse(404, "NOT_FOUND", "none"), Error::is_not_found),
        (Reply::refuse(409, "ALREADY_EXISTS", "taken"), |e| matches!(e, Error::AlreadyExists(_))),
        (Reply::text(409, r#"{"error":{"message":"Requested entity already exists"}}"#), |e| {
            matches!(e, Error::AlreadyExists(_))
        }),
        (Reply::refuse(409, "ABORTED", "concurrent policy changes"), |e| matches!(e, Error::Conflict(_))),
        (Reply::text(412, ""), |e| matches!(e, Error::Conflict(_))),
        (Reply::refuse(400, "FAILED_PRECONDITION", "deleted"), |e| matches!(e, Error::FailedPrecondition(_))),
        (Reply::refuse(400, "INVALID_ARGUMENT", "bad"), |e| matches!(e, Error::InvalidArgument { .. })),
        (Reply::text(400, r#"{"error":"invalid_grant","error_description":"aud"}"#), |e| {
            e.refusal().is_some_and(|r| r.reason.as_deref() == Some("invalid_grant") && r.message == "aud")
        }),
        (Reply::text(407, "<html><title>Proxy</title>"), |e| e.next_step().contains("HTTPS_PROXY")),
        (Reply::text(501, ""), |e| matches!(e, Error::Rejected(_))),
    ];
    for (reply, check) in cases {
        let described = format!("{reply:?}");
        let error = read(reply).await;
        assert!(check(&error), "{described} became {error:?}");
        assert!(error.to_string().starts_with("could not read project p: "), "{error}");
        assert!(!error.next_step().is_empty());
        assert_eq!(error.call().object, "project p");
    }
}

#[tokio::test]
async fn field_violations_are_shown() {
    let body = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "bad request", "details": [
        {"@type": "type.googleapis.com/google.rpc.BadRequest",
         "fieldViolations": [{"field": "oidc.issuer_uri", "description": "must be https"}]}]}});
    let error = read(Reply::text(400, body.to_string())).await;
    assert!(
        error.to_string().contains("a value was not accepted; oidc.issuer_uri: must be https (HTTP 400"),
        "{error}"
    );
}

#[tokio::test]
async fn answers_that_make_no_sense_are_protocol_errors() {
    for reply in [
        Reply::text(200, "not json"),
        Reply::text(200, "[]"),
        Reply::text(200, r#"{"projectId": 7}"#),
        Reply::text(200, ""),
        Reply::text(204, ""),
        Reply::text(200, format!(r#"{{"projectId": 1, "projectNumber": "{}"}}"#, "9".repeat(5_000))),
        Reply::text(200, format!(r#""{}""#, "9".repeat(5_000))),
        Reply::text(200, "\u{0}"),
        Reply::text(200, "[".repeat(100_000)),
        Reply::text(200, "x".repeat(9 * 1024 * 1024)),
        Reply::text(302, "").header("location: http://127.0.0.1:1/"),
    ] {
        let error = read(reply).await;
        assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
        assert!(error.to_string().len() < 500, "{error}");
    }
}

#[tokio::test]
async fn odd_error_bodies_are_quoted() {
    let error = read(Reply::text(403, "<!DOCTYPE html><html><head><title>Access Denied by Proxy</title></head>")).await;
    assert!(error.to_string().contains("a web page, not an API answer: Access Denied by Proxy"), "{error}");
    for body in ["", "null", "[[[[", "{\"error\":[]}", "{\"error\":{\"details\":[{\"@type\":{}}]}}"] {
        let error = read(Reply::text(403, body)).await;
        assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let cloud = FakeCloud::start(|_| Reply::ok(json!({}))).await;
    let env = |name: &str| (name == "GOOGLE_OAUTH_ACCESS_TOKEN").then(|| "two words".to_owned());
    let missing = sign_in::google(&sign_in::GoogleSignIn::default(), &Realm::Real, env);
    assert!(matches!(missing, TokenSource::Missing(_)));
    let mut config = config(&cloud.origin);
    config.tokens = missing;
    let transport = crosscloud_cloud::Transport::new(config).unwrap();
    let error = transport.send(&projects::get("p"), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::SignIn { .. }), "{error:?}");
    assert!(error.to_string().contains("GOOGLE_OAUTH_ACCESS_TOKEN cannot be used"), "{error}");
    assert!(cloud.seen().is_empty());
}

#[tokio::test]
async fn an_object_without_a_name_is_never_asked_for() {
    let cloud = FakeCloud::start(|_| Reply::ok(json!({}))).await;
    let error = transport(&cloud.origin).send(&projects::get(""), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error:?}");
    assert!(cloud.seen().is_empty());
    assert!(matches!(Endpoints::official().realm(), Realm::Real));
}
