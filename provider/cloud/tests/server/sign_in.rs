//! Sign-in that takes calls of its own: tokens fetched once, shared, renewed, and never told.

use std::time::Duration;

use crosscloud_cloud::azure::{Client, IdentityName, Timing};
use crosscloud_cloud::sign_in::{self, AwsSignIn, AzureSignIn};
use crosscloud_cloud::{Context, Error, Realm, Secret, Transport, aws};
use serde_json::json;

use super::config;
use super::fake_cloud::{FakeCloud, Reply};
use super::log::Log;

const SECRET: &str = "client-secret-0123456789";

fn azure(origin: &str) -> Client {
    let mut config = config(origin);
    let sign_in = AzureSignIn {
        tenant_id: Some("tenant".into()),
        client_id: Some("client".into()),
        client_secret: Some(Secret::new(SECRET)),
        ..AzureSignIn::default()
    };
    config.tokens = sign_in::azure(&sign_in, &Realm::Real, |_| None);
    Client::new(Transport::new(config).unwrap(), Timing::default())
}

fn name() -> IdentityName {
    IdentityName::new("s", "g", "ml")
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_and_renewed_in_time() {
    for (expires_in, fetched) in [(3_600, 1), (0, 2)] {
        let cloud = FakeCloud::start(move |seen| {
            if seen.target.contains("/oauth2/v2.0/token") {
                let token = json!({"access_token": "fresh-token-0123456789", "expires_in": expires_in});
                return Reply::ok(token).late(Duration::from_millis(20));
            }
            Reply::text(404, json!({"error": {"code": "ResourceNotFound", "message": "none"}}).to_string())
        })
        .await;
        let client = azure(&cloud.origin);
        let (ctx, name) = (Context::new(), name());
        let reads = futures::future::join_all((0..20).map(|_| client.get_identity(&name, &ctx))).await;
        assert!(reads.into_iter().all(|read| read.unwrap().is_none()));
        client.get_identity(&name, &ctx).await.unwrap();
        let seen = cloud.seen();
        let tokens: Vec<_> = seen.iter().filter(|seen| seen.target == "/tenant/oauth2/v2.0/token").collect();
        // A token that has expired on arrival serves nobody but the one who fetched it.
        assert!(if fetched == 1 { tokens.len() == 1 } else { tokens.len() > 1 }, "{}", tokens.len());
        let body = &tokens[0].body;
        for part in [
            "grant_type=client_credentials",
            "client_id=client",
            "client_secret=client-secret-0123456789",
            "scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
        ] {
            assert!(body.contains(part), "{body}");
        }
        assert!(!tokens[0].head.to_ascii_lowercase().contains("authorization"));
        assert!(seen.iter().any(|seen| seen.head.contains("Bearer fresh-token-0123456789")));
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_told_without_its_secret() {
    let (log, _guard) = Log::capture();
    let cloud = FakeCloud::start(|seen| {
        let description = format!("AADSTS7000215: Invalid client secret: {} Trace ID: x", seen.body);
        Reply::text(401, json!({"error": "invalid_client", "error_description": description}).to_string())
    })
    .await;
    let client = azure(&cloud.origin);
    let error = client.get_identity(&name(), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::SignIn { .. }), "{error:?}");
    let text = error.to_string();
    for part in ["could not read managed identity", "ARM_CLIENT_SECRET", "AADSTS7000215"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(error.next_step().contains("tenant"), "{}", error.next_step());
    for text in [text, format!("{error:?}"), format!("{client:?}"), log.text()] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_role_is_entered_with_a_token_of_another_issuer() {
    let file = std::env::temp_dir().join(format!("crosscloud-web-identity-{}", std::process::id()));
    std::fs::write(&file, "web-identity-token-0123456789\n").unwrap();
    let until = "2999-01-01T00:00:00Z";
    let cloud = FakeCloud::start(move |seen| {
        if seen.body.contains("Action=AssumeRoleWithWebIdentity") {
            return Reply::text(
                200,
                format!(
                    "<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
                     <SecretAccessKey>lent-secret</SecretAccessKey><SessionToken>lent-session-token</SessionToken>\
                     <Expiration>{until}</Expiration></Credentials><AssumedRoleUser><Arn>a</Arn><AssumedRoleId>i</AssumedRoleId>\
                     </AssumedRoleUser></AssumeRoleWithWebIdentityResult></R>"
                ),
            );
        }
        Reply::text(404, "<E><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></E>")
    })
    .await;
    let path = file.to_str().unwrap().to_owned();
    let env = move |name: &str| match name {
        "AWS_ROLE_ARN" => Some("arn:aws:iam::1:role/ci".to_owned()),
        "AWS_WEB_IDENTITY_TOKEN_FILE" => Some(path.clone()),
        _ => None,
    };
    let mut config = config(&cloud.origin);
    config.tokens = sign_in::aws(&AwsSignIn::default(), &Realm::Real, env);
    // The exchange needs a place among the calls to STS while a call to STS waits for it.
    config.rate.in_flight = 1;
    let client = aws::Client::new(Transport::new(config).unwrap(), aws::Timing::default());
    let ctx = Context::new().with_timeout(Duration::from_secs(10));
    assert!(client.caller_identity(&ctx).await.unwrap_err().is_not_found());
    assert_eq!(client.get_role("r", &ctx).await.unwrap(), None);
    std::fs::remove_file(&file).unwrap();
    let seen = cloud.seen();
    assert_eq!(seen.len(), 3, "one exchange, two reads");
    assert!(seen[0].body.contains("WebIdentityToken=web-identity-token-0123456789"), "{}", seen[0].body);
    assert!(!seen[0].head.to_ascii_lowercase().contains("authorization"));
    let head = seen[1].head.to_ascii_lowercase();
    assert!(head.contains("credential=asia1/") && head.contains("x-amz-security-token: lent-session-token"), "{head}");
    assert!(head.contains("signedheaders=content-type;host;x-amz-date;x-amz-security-token,"), "{head}");

    // The file is gone: the next client says so.
    let mut config = super::config(&cloud.origin);
    let env = |name: &str| match name {
        "AWS_ROLE_ARN" => Some("arn:aws:iam::1:role/ci".to_owned()),
        "AWS_WEB_IDENTITY_TOKEN_FILE" => Some("/nonexistent/token".to_owned()),
        _ => None,
    };
    config.tokens = sign_in::aws(&AwsSignIn::default(), &Realm::Real, env);
    let client = aws::Client::new(Transport::new(config).unwrap(), aws::Timing::default());
    let error = client.get_role("r", &Context::new()).await.unwrap_err();
    assert!(error.to_string().contains("/nonexistent/token"), "{error}");
}
