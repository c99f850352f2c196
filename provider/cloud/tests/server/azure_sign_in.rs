//! Signing in to Azure in each way, against endpoints that check what they are sent.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crosscloud_cloud::azure::{Client, IdentityName, Timing};
use crosscloud_cloud::sign_in::{self, AzureSignIn};
use crosscloud_cloud::{Context, Error, Realm, Secret, Transport};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use super::config;
use super::fake_cloud::{FakeCloud, Reply, Seen};
use super::log::Log;

const FINAL: &str = "final-token-0123456789";
const SECRETS: [&str; 3] = [FINAL, "header-hush-0123", "pipeline-hush-0123"];

fn form(seen: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

/// A token that no one signed, which lasts long.
fn token_of_issuer(subject: &str) -> String {
    let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": subject, "exp": 32_000_000_000_i64 }).to_string());
    format!("e30.{claims}.c2ln")
}

/// What Azure answers; `check` sees every call for a token and says what is wrong with it.
async fn cloud(check: impl Fn(&Seen) -> Result<Reply, String> + Send + 'static) -> FakeCloud {
    FakeCloud::start(move |seen| {
        if seen.target.starts_with("/subscriptions/") {
            let known = seen.head.contains(&format!("authorization: Bearer {FINAL}\r\n"));
            let (status, code) = if known { (404, "ResourceNotFound") } else { (401, "InvalidAuthenticationToken") };
            return Reply::text(status, json!({ "error": { "code": code, "message": "none" } }).to_string());
        }
        check(seen).unwrap_or_else(|problem| {
            Reply::text(401, json!({ "error": "invalid_client", "error_description": problem }).to_string())
        })
    })
    .await
}

fn granted() -> Result<Reply, String> {
    Ok(Reply::ok(json!({ "access_token": FINAL, "expires_in": 3_600, "expires_on": "32000000000" })))
}

/// Reads an identity ten times at once, which must take one token.
async fn reads(cloud: &FakeCloud, sign_in: &AzureSignIn, env: &[(&str, &str)]) -> Result<(), Error> {
    let (log, _guard) = Log::capture();
    let mut config = config(&cloud.origin);
    config.tokens = sign_in::azure(sign_in, &Realm::Real, |name| {
        env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    });
    let described = format!("{:?}", config.tokens);
    let client = Client::new(Transport::new(config).unwrap(), Timing::default());
    let (ctx, name) = (Context::new(), IdentityName::new("s", "g", "ml"));
    let reads = futures::future::join_all((0..10).map(|_| client.get_identity(&name, &ctx))).await;
    let text = log.text();
    for secret in SECRETS {
        assert!(!text.contains(secret) && !described.contains(secret), "{secret} in {text}{described}");
    }
    for read in reads {
        assert!(read?.is_none());
    }
    Ok(())
}

fn application() -> AzureSignIn {
    AzureSignIn { tenant_id: Some("tenant".into()), client_id: Some("client".into()), ..AzureSignIn::default() }
}

#[tokio::test]
async fn a_certificate_signs_an_assertion_that_names_it() {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    let public = DecodingKey::from_rsa_der(key.public_key_raw());
    let thumbprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
    let thumbprint = URL_SAFE_NO_PAD.encode(thumbprint.as_ref());
    let cloud = cloud(move |seen| {
        let form = form(seen);
        let mut wanted = Validation::new(Algorithm::RS256);
        wanted.set_audience(&["https://login.microsoftonline.com/tenant/oauth2/v2.0/token"]);
        wanted.set_issuer(&["client"]);
        wanted.set_required_spec_claims(&["exp", "aud", "iss", "sub", "nbf"]);
        wanted.sub = Some("client".to_owned());
        let assertion = jsonwebtoken::decode::<Value>(&form["client_assertion"], &public, &wanted);
        let assertion = assertion.map_err(|error| error.to_string())?;
        let right = assertion.header.x5t.as_deref() == Some(&thumbprint)
            && assertion.claims["jti"].as_str().is_some_and(|id| id.len() > 16)
            && form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            && form["scope"] == "https://management.azure.com/.default";
        if right { granted() } else { Err(format!("{:?}", assertion.header)) }
    })
    .await;
    let path = std::env::temp_dir().join(format!("crosscloud-certificate-{}", std::process::id()));
    std::fs::write(&path, key.serialize_pem() + &certificate.pem()).unwrap();
    let sign_in = AzureSignIn { client_certificate_path: Some(path.display().to_string()), ..application() };
    reads(&cloud, &sign_in, &[]).await.unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(cloud.count("/tenant/oauth2/v2.0/token"), 1);
}

#[tokio::test]
async fn a_pipeline_and_a_pod_have_tokens_of_their_issuers() {
    let cloud = cloud(|seen| {
        if seen.target == "/oidc?audience=api%3A%2F%2FAzureADTokenExchange" {
            let known = seen.head.contains("authorization: Bearer pipeline-hush-0123\r\n");
            return if known {
                Ok(Reply::ok(json!({ "value": token_of_issuer("run") })))
            } else {
                Err("who?".to_owned())
            };
        }
        let given = form(seen)["client_assertion"].clone();
        if given == token_of_issuer("run") || given == token_of_issuer("pod") {
            granted()
        } else {
            Err("which?".to_owned())
        }
    })
    .await;
    let url = format!("{}/oidc", cloud.origin);
    let pipeline = AzureSignIn {
        use_oidc: Some(true),
        oidc_request_url: Some(url),
        oidc_request_token: Some(Secret::new("pipeline-hush-0123")),
        ..application()
    };
    reads(&cloud, &pipeline, &[]).await.unwrap();
    assert_eq!(cloud.count("/oidc"), 1);
    let file = std::env::temp_dir().join(format!("crosscloud-pod-token-{}", std::process::id()));
    std::fs::write(&file, token_of_issuer("pod")).unwrap();
    let path = file.display().to_string();
    let pod = [
        ("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"),
        ("AZURE_FEDERATED_TOKEN_FILE", path.as_str()),
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_TENANT_ID", "tenant"),
    ];
    reads(&cloud, &AzureSignIn::default(), &pod).await.unwrap();
    std::fs::write(&file, "e30.eyJleHAiOjF9.c2ln").unwrap();
    let error = reads(&cloud, &AzureSignIn::default(), &pod).await.unwrap_err();
    for part in ["AZURE_FEDERATED_TOKEN_FILE", "the token expired"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn machines_and_app_services_have_managed_identities() {
    let cloud = cloud(|seen| {
        let resource = seen.target.contains("resource=https%3A%2F%2Fmanagement.azure.com");
        let machine = seen.target.starts_with("/machine?api-version=2018-02-01")
            && seen.head.contains("metadata: true\r\n")
            && seen.target.ends_with("&client_id=client");
        let service = seen.target.starts_with("/service?api-version=2019-08-01")
            && seen.head.contains("x-identity-header: header-hush-0123\r\n");
        if resource && (machine || service) { granted() } else { Err(seen.line()) }
    })
    .await;
    let machine = AzureSignIn {
        use_msi: Some(true),
        msi_endpoint: Some(format!("{}/machine", cloud.origin)),
        client_id: Some("client".to_owned()),
        ..AzureSignIn::default()
    };
    reads(&cloud, &machine, &[]).await.unwrap();
    let url = format!("{}/service", cloud.origin);
    let service =
        [("ARM_USE_MSI", "true"), ("IDENTITY_ENDPOINT", url.as_str()), ("IDENTITY_HEADER", "header-hush-0123")];
    reads(&cloud, &AzureSignIn::default(), &service).await.unwrap();
}
