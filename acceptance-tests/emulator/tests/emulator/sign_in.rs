//! What the token endpoints and the places that lend credentials hold what they are sent against, one mistake at a time.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::azure::TENANT;
use crate::client::{Answer, Cloud, PROJECT};

const ACCOUNT: &str = "deployer@ml-prod-4711.iam.gserviceaccount.com";
const CLIENT: &str = "33333333-4444-5555-6666-777777777777";

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// These claims, with others in the place of some.
fn but(claims: &Value, others: Value) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    claims
}

#[tokio::test]
async fn assertions_of_accounts_are_short_fresh_and_for_the_endpoint() {
    let cloud = Cloud::ready().await;
    let accounts = format!("/v1/projects/{PROJECT}/serviceAccounts");
    cloud.post(&accounts, json!({ "accountId": "deployer" })).await.ok();
    let made = cloud.post(&format!("{accounts}/{ACCOUNT}/keys"), json!({})).await.ok();
    let file: Value =
        serde_json::from_slice(&STANDARD.decode(made["privateKeyData"].as_str().unwrap()).unwrap()).unwrap();
    let key = EncodingKey::from_rsa_pem(file["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let id = file["private_key_id"].as_str().unwrap().to_owned();
    let ask = async |key_id: &str, claims: Value| {
        let header = Header { kid: Some(key_id.to_owned()), ..Header::new(Algorithm::RS256) };
        let assertion = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        cloud.form("/token", &[grant, ("assertion", &assertion)]).await
    };
    let good = json!({
        "iss": ACCOUNT, "aud": "https://oauth2.googleapis.com/token", "scope": "https://www.googleapis.com/auth/cloud-platform",
        "iat": now(), "exp": now() + 3600,
    });
    let granted = ask(&id, good.clone()).await.ok();
    assert!(granted["access_token"].as_str().unwrap().starts_with("ya29."));
    for (others, error, says) in [
        (json!({ "aud": "https://sts.googleapis.com/v1/token" }), "invalid_grant", "Failed audience check"),
        (json!({ "exp": now() + 7200 }), "invalid_grant", "short-lived"),
        (json!({ "iat": now() - 7200, "exp": now() - 3600 }), "invalid_grant", "short-lived"),
        (json!({ "iat": now() + 1800, "exp": now() + 3600 }), "invalid_grant", "short-lived"),
        (json!({ "iss": "nobody@ml-prod-4711.iam.gserviceaccount.com" }), "invalid_grant", "account not found"),
        (json!({ "scope": "" }), "invalid_scope", "scope"),
    ] {
        let (code, description) = ask(&id, but(&good, others.clone())).await.oauth();
        assert_eq!(code, error, "{others}");
        assert!(description.contains(says), "{others}: {description}");
    }
    assert!(ask("another-key", good.clone()).await.oauth().1.contains("Invalid JWT Signature"));
    cloud.post(&format!("{accounts}/{ACCOUNT}:disable"), json!({})).await.ok();
    assert!(ask(&id, good.clone()).await.oauth().1.contains("account not found"));
    cloud.post(&format!("{accounts}/{ACCOUNT}:enable"), json!({})).await.ok();
    cloud.delete(&format!("{accounts}/{ACCOUNT}/keys/{id}")).await.ok();
    assert!(ask(&id, good).await.oauth().1.contains("Invalid JWT Signature"));
}

#[tokio::test]
async fn certificates_are_known_by_thumbprint_and_believed_by_signature() {
    let cloud = Cloud::start().await;
    let application = cloud.get(&format!("/v1.0/applications(appId='{CLIENT}')")).await.ok();
    let path = format!("/v1.0/applications/{}", application["id"].as_str().unwrap());
    let (key, certificate) = self::certificate();
    let (other, _) = self::certificate();
    let credential = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&certificate) });
    assert_eq!(cloud.patch(&path, json!({ "keyCredentials": [credential] })).await.status, 204);
    let thumbprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
    let thumbprint = URL_SAFE_NO_PAD.encode(thumbprint.as_ref());
    let ask = async |key: &EncodingKey, thumbprint: &str, claims: Value| {
        let header = Header { x5t: Some(thumbprint.to_owned()), ..Header::new(Algorithm::RS256) };
        let assertion = jsonwebtoken::encode(&header, &claims, key).unwrap();
        cloud.sign_in(CLIENT, &assertion, "https://management.azure.com/.default").await
    };
    let good = json!({
        "iss": CLIENT, "sub": CLIENT, "aud": format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"),
        "jti": "1", "nbf": now(), "exp": now() + 600,
    });
    assert!(ask(&key, &thumbprint, good.clone()).await.ok()["access_token"].is_string());
    let number = |answer: Answer| answer.body["error_codes"][0].as_u64().unwrap();
    assert_eq!(number(ask(&other, &thumbprint, good.clone()).await), 700_027);
    assert_eq!(number(ask(&key, "c29tZWJvZHkgZWxzZQ", good.clone()).await), 700_027);
    for (others, code) in [
        (json!({ "aud": "https://login.microsoftonline.com/common/oauth2/v2.0/token" }), 700_023),
        (json!({ "sub": TENANT }), 700_021),
        (json!({ "nbf": now() - 7200, "exp": now() - 3600 }), 700_024),
    ] {
        assert_eq!(number(ask(&key, &thumbprint, but(&good, others.clone())).await), code, "{others}");
    }
}

#[tokio::test]
async fn machines_lend_to_whoever_asks_as_nobody_else_can() {
    let cloud = Cloud::start().await;
    let call = async |method: &str, path: &str, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        cloud.signed(method, path, headers, String::new()).await.status
    };
    let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "60");
    assert_eq!(call("PUT", "/latest/api/token", &[]).await, 400);
    assert_eq!(call("PUT", "/latest/api/token", &[ttl, ("x-forwarded-for", "10.0.0.1")]).await, 403);
    assert_eq!(call("PUT", "/latest/api/token", &[ttl]).await, 200);
    let keys = "/latest/meta-data/iam/security-credentials/";
    assert_eq!(call("GET", keys, &[]).await, 401);
    assert_eq!(call("GET", keys, &[("x-aws-ec2-metadata-token", "guessed")]).await, 401);
    // Nobody has said yet who runs here, so nothing that is shown is right.
    assert_eq!(call("GET", "/v2/credentials/task", &[("authorization", "")]).await, 401);
    assert_eq!(call("GET", "/federation/credentials?role_name=r&account_id=1", &[]).await, 401);
    assert_eq!(call("GET", "/metadata/app-service/token?api-version=2019-08-01&resource=x", &[]).await, 401);
    assert_eq!(call("GET", "/_apis/distributedtask/jobs/1/idtoken", &[("authorization", "Bearer x")]).await, 401);
    let google = "/computeMetadata/v1/instance/service-accounts/default/token";
    assert_eq!(call("GET", google, &[]).await, 403);
    assert_eq!(call("GET", google, &[("metadata-flavor", "Google"), ("x-forwarded-for", "10.0.0.1")]).await, 403);
    assert_eq!(call("GET", google, &[("metadata-flavor", "Google")]).await, 404);
}

/// A key, and the certificate of its public half.
fn certificate() -> (EncodingKey, Vec<u8>) {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    (EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).unwrap(), certificate.der().to_vec())
}
