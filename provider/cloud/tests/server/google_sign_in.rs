//! Signing in to Google in each way, against token endpoints that check what they are sent.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crosscloud_cloud::gcp::projects;
use crosscloud_cloud::sign_in::{self, ExternalCredentials, GoogleSignIn};
use crosscloud_cloud::{Context, Error, Realm, Secret, TokenSource, Transport};
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Value, json};

use super::config;
use super::fake_cloud::{FakeCloud, Reply, Seen};
use super::key::key;
use super::log::Log;

const FINAL: &str = "final-token-0123456789";
const SECRETS: [&str; 6] =
    [FINAL, "first-token-0123456789", "refresh-hush-0123", "client-hush-0123", "subject-hush-0123", "imds-hush-0123"];

fn form(seen: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

fn granted(token: &str) -> Reply {
    Reply::ok(json!({ "access_token": token, "expires_in": 3_600, "token_type": "Bearer" }))
}

/// What Google answers; `check` sees every call to a token endpoint and says what is wrong with it.
async fn cloud(check: impl Fn(&Seen) -> Result<Reply, String> + Send + 'static) -> FakeCloud {
    FakeCloud::start(move |seen| {
        let bearer = |token: &str| seen.head.contains(&format!("authorization: Bearer {token}\r\n"));
        if seen.target.starts_with("/v1/projects/p") || seen.target.starts_with("/v3/projects/p") {
            let found = json!({ "projectId": "p", "projectNumber": "47", "name": "projects/47", "lifecycleState": "ACTIVE", "state": "ACTIVE" });
            return if bearer(FINAL) { Reply::ok(found) } else { Reply::refuse(401, "UNAUTHENTICATED", "another token") };
        }
        if seen.target.contains(":generateAccessToken") {
            let scoped = seen.json()["scope"] == json!(["https://www.googleapis.com/auth/cloud-platform"]);
            return if scoped && bearer("first-token-0123456789") {
                Reply::ok(json!({ "accessToken": FINAL, "expireTime": "2999-01-01T00:00:00Z" }))
            } else {
                Reply::refuse(403, "PERMISSION_DENIED", "not for this token")
            };
        }
        check(seen).unwrap_or_else(|problem| {
            Reply::text(400, json!({ "error": "invalid_grant", "error_description": problem }).to_string())
        })
    })
    .await
}

/// Reads a project twenty times at once, which must take one token, and answers what was logged.
async fn signs_in(cloud: &FakeCloud, tokens: TokenSource) -> String {
    let (log, _guard) = Log::capture();
    let described = format!("{tokens:?}");
    let mut config = config(&cloud.origin);
    config.tokens = tokens;
    let transport = Transport::new(config).unwrap();
    let (ctx, request) = (Context::new(), projects::get("p"));
    let reads = futures::future::join_all((0..20).map(|_| transport.send(&request, &ctx))).await;
    for read in reads {
        read.unwrap();
    }
    let text = log.text();
    for secret in SECRETS {
        assert!(!text.contains(secret) && !described.contains(secret), "{secret} in {text}{described}");
    }
    text
}

/// Writes a file that nobody else uses, and answers its path.
fn file(text: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("crosscloud-sign-in-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn from_file(credentials: &Value, env: &'static [(&'static str, &'static str)]) -> TokenSource {
    let path = file(&credentials.to_string());
    let value = path.display().to_string();
    let source = sign_in::google(&GoogleSignIn::default(), &Realm::Real, |name| {
        let given = env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        given.or_else(|| (name == "GOOGLE_APPLICATION_CREDENTIALS").then(|| value.clone()))
    });
    std::fs::remove_file(path).unwrap();
    source
}

#[tokio::test]
async fn a_service_account_signs_an_assertion_and_is_impersonated_on() {
    let (pem, public) = key();
    let cloud = cloud(move |seen| {
        let form = form(seen);
        let mut wanted = Validation::new(Algorithm::RS256);
        wanted.set_audience(&[format!("http://{}/token", host(seen))]);
        wanted.set_issuer(&["sa@p.iam.gserviceaccount.com"]);
        wanted.set_required_spec_claims(&["exp", "aud", "iss"]);
        let assertion =
            jsonwebtoken::decode::<Value>(&form["assertion"], &public, &wanted).map_err(|e| e.to_string())?;
        let life = assertion.claims["exp"].as_i64().unwrap() - assertion.claims["iat"].as_i64().unwrap();
        let right = seen.target == "/token"
            && form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
            && assertion.header.kid.as_deref() == Some("key-1")
            && life == 3_600;
        if right { Ok(granted("first-token-0123456789")) } else { Err(format!("{form:?}")) }
    })
    .await;
    let credentials = json!({
        "type": "service_account", "client_email": "sa@p.iam.gserviceaccount.com", "private_key_id": "key-1", "private_key": pem,
        "token_uri": format!("{}/token", cloud.origin),
    });
    let config = GoogleSignIn {
        credentials: Some(Secret::new(credentials.to_string())),
        impersonate_service_account: Some("target@p.iam.gserviceaccount.com".to_owned()),
        delegates: vec!["between@p.iam.gserviceaccount.com".to_owned()],
        ..GoogleSignIn::default()
    };
    signs_in(&cloud, sign_in::google(&config, &Realm::Real, |_| None)).await;
    let seen = cloud.seen();
    assert_eq!(cloud.count("/token"), 1, "{:?}", cloud.lines());
    let entered = seen.iter().find(|seen| seen.target.contains(":generateAccessToken")).unwrap();
    assert!(entered.target.contains("target%40p.iam.gserviceaccount.com"), "{}", entered.target);
    let by_way_of = json!(["projects/-/serviceAccounts/between@p.iam.gserviceaccount.com"]);
    assert_eq!(entered.json()["delegates"], by_way_of);
}

#[tokio::test]
async fn a_key_that_was_replaced_is_refused_with_its_source() {
    let (pem, _) = key();
    let (_, other) = key();
    let cloud = cloud(move |seen| {
        let wanted = Validation::new(Algorithm::RS256);
        jsonwebtoken::decode::<Value>(&form(seen)["assertion"], &other, &wanted)
            .map_err(|_| "Invalid JWT Signature.".to_owned())?;
        Ok(granted(FINAL))
    })
    .await;
    let credentials = json!({
        "type": "service_account", "client_email": "sa@p", "private_key": pem, "token_uri": format!("{}/token", cloud.origin),
    });
    let mut config = config(&cloud.origin);
    config.tokens = from_file(&credentials, &[]);
    let error = Transport::new(config).unwrap().send(&projects::get("p"), &Context::new()).await.unwrap_err();
    assert!(matches!(error, Error::SignIn { .. }), "{error:?}");
    for part in ["GOOGLE_APPLICATION_CREDENTIALS", "invalid_grant: Invalid JWT Signature."] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(!error.to_string().contains("eyJ"), "{error}");
}

#[tokio::test]
async fn a_person_signs_in_with_what_gcloud_left() {
    let cloud = cloud(|seen| {
        let form = form(seen);
        let right = form["grant_type"] == "refresh_token"
            && form["refresh_token"] == "refresh-hush-0123"
            && form["client_secret"] == "client-hush-0123";
        if right { Ok(granted("first-token-0123456789")) } else { Err("wrong".to_owned()) }
    })
    .await;
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "client-hush-0123", "refresh_token": "refresh-hush-0123",
        "token_uri": format!("{}/token", cloud.origin),
    });
    let impersonated = json!({
        "type": "impersonated_service_account", "source_credentials": user,
        "service_account_impersonation_url": format!("{}/v1/projects/-/serviceAccounts/sa:generateAccessToken", cloud.origin),
    });
    signs_in(&cloud, from_file(&impersonated, &[])).await;
}

#[tokio::test]
async fn tokens_of_other_issuers_are_exchanged() {
    let cloud = cloud(|seen| match seen.target.as_str() {
        "/subject" if seen.head.contains("x-key: client-hush-0123") => {
            Ok(Reply::ok(json!({ "value": "subject-hush-0123" })))
        }
        "/v1/token" => {
            let form = form(seen);
            let right = form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
                && form["audience"] == "//iam.googleapis.com/pool"
                && form["subject_token_type"] == "urn:ietf:params:oauth:token-type:jwt"
                && form["subject_token"] == "subject-hush-0123";
            if right { Ok(granted("first-token-0123456789")) } else { Err("wrong".to_owned()) }
        }
        other => Err(format!("{other} is not there")),
    })
    .await;
    let token = file("subject-hush-0123\n");
    let in_json = file(r#"{"value": "subject-hush-0123"}"#);
    let program = file(
        "test \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE\" = //iam.googleapis.com/pool && echo '{\"version\": 1, \"success\": true, \"id_token\": \"subject-hush-0123\"}'",
    );
    let format = json!({ "type": "json", "subject_token_field_name": "value" });
    let sources = [
        json!({ "file": token }),
        json!({ "file": in_json, "format": format }),
        json!({ "url": format!("{}/subject", cloud.origin), "headers": { "X-Key": "client-hush-0123" }, "format": format }),
        json!({ "executable": { "command": format!("sh {}", program.display()), "timeout_millis": 20_000 } }),
    ];
    for source in sources {
        let credentials = json!({
            "type": "external_account", "audience": "//iam.googleapis.com/pool", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": format!("{}/v1/token", cloud.origin), "credential_source": source,
            "service_account_impersonation_url": format!("{}/v1/projects/-/serviceAccounts/sa:generateAccessToken", cloud.origin),
        });
        signs_in(&cloud, from_file(&credentials, &[("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")])).await;
    }
    for path in [token, in_json, program] {
        std::fs::remove_file(path).unwrap();
    }
    let external = ExternalCredentials {
        audience: "//iam.googleapis.com/pool".to_owned(),
        service_account_email: "sa@p".to_owned(),
        identity_token: Secret::new("subject-hush-0123"),
    };
    let config = GoogleSignIn { external_credentials: Some(external), ..GoogleSignIn::default() };
    signs_in(&cloud, sign_in::google(&config, &Realm::Real, |_| None)).await;
    assert_eq!(cloud.count("/v1/token"), 5);
}

#[tokio::test]
async fn an_aws_workload_signs_a_call_with_the_keys_of_its_machine() {
    let cloud = cloud(|seen| {
        let own = seen.head.contains("x-aws-ec2-metadata-token: imds-hush-0123");
        match (seen.method.as_str(), seen.target.as_str()) {
            ("PUT", "/latest/api/token") => Ok(Reply::text(200, "imds-hush-0123")),
            ("GET", "/latest/meta-data/iam/security-credentials/") if own => Ok(Reply::text(200, "ml-role")),
            ("GET", "/latest/meta-data/iam/security-credentials/ml-role") if own => Ok(Reply::ok(json!({
                "AccessKeyId": "ASIA1", "SecretAccessKey": "client-hush-0123", "Token": "refresh-hush-0123", "Expiration": "2999-01-01T00:00:00Z",
            }))),
            ("GET", "/latest/meta-data/placement/region") if own => Ok(Reply::text(200, "eu-central-1")),
            ("POST", "/v1/token") => {
                let form = form(seen);
                let call: String = url::form_urlencoded::parse(form["subject_token"].as_bytes()).map(|(text, _)| text.into_owned()).collect();
                let call: Value = serde_json::from_str(&call).map_err(|error| error.to_string())?;
                let header = |name: &str| {
                    let headers = call["headers"].as_array().into_iter().flatten();
                    headers.clone().find(|header| header["key"] == name).map(|header| header["value"].as_str().unwrap_or_default().to_owned())
                };
                let signed = header("Authorization").unwrap_or_default();
                let right = call["url"] == "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
                    && signed.contains("Credential=ASIA1/")
                    && signed.contains("/eu-central-1/sts/aws4_request")
                    && signed.contains("SignedHeaders=host;x-amz-date;x-amz-security-token;x-goog-cloud-target-resource")
                    && header("x-goog-cloud-target-resource").as_deref() == Some("//iam.googleapis.com/pool");
                if right { Ok(granted(FINAL)) } else { Err(format!("not the call: {}", call["url"])) }
            }
            _ => Ok(Reply::text(401, "")),
        }
    })
    .await;
    let credentials = json!({
        "type": "external_account", "audience": "//iam.googleapis.com/pool", "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        "token_url": format!("{}/v1/token", cloud.origin),
        "credential_source": {
            "environment_id": "aws1",
            "url": format!("{}/latest/meta-data/iam/security-credentials", cloud.origin),
            "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
        },
    });
    signs_in(&cloud, from_file(&credentials, &[])).await;
}

#[tokio::test]
async fn a_machine_in_googles_cloud_asks_its_metadata_server() {
    let cloud = cloud(|seen| {
        let right = seen.head.contains("metadata-flavor: Google")
            && seen.target.starts_with("/computeMetadata/v1/instance/service-accounts/default/token?scopes=");
        if right { Ok(granted(FINAL)) } else { Err("Missing Metadata-Flavor:Google header.".to_owned()) }
    })
    .await;
    let host = cloud.origin.trim_start_matches("http://").to_owned();
    let env = move |name: &str| (name == "GCE_METADATA_HOST").then(|| host.clone());
    signs_in(&cloud, sign_in::google(&GoogleSignIn::default(), &Realm::Real, env)).await;
}

#[tokio::test]
async fn without_any_source_all_that_were_tried_are_told_in_order() {
    let cloud = cloud(|_| Err("nobody".to_owned())).await;
    let mut config = config(&cloud.origin);
    let env = |name: &str| match name {
        // Port 1 is reserved, and nobody listens there.
        "GCE_METADATA_HOST" => Some("127.0.0.1:1".to_owned()),
        "HOME" => Some("/nonexistent".to_owned()),
        _ => None,
    };
    config.tokens = sign_in::google(&GoogleSignIn::default(), &Realm::Real, env);
    let error = Transport::new(config).unwrap().send(&projects::get("p"), &Context::new()).await.unwrap_err();
    let told = error.to_string();
    let order = [
        "argument access_token",
        "argument credentials",
        "argument external_credentials",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "/nonexistent/.config/gcloud/application_default_credentials.json",
        "the metadata server",
    ];
    let places: Vec<_> = order.iter().map(|part| told.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{told}");
    assert!(error.next_step().contains("gcloud auth application-default login"), "{}", error.next_step());
}

fn host(seen: &Seen) -> &str {
    seen.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default()
}
