//! Signing in to AWS in each way, against endpoints that check what they are sent.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crosscloud_cloud::sign_in::{self, AssumeRole, AwsSignIn};
use crosscloud_cloud::{Context, Error, Realm, Secret, Transport, aws};
use serde_json::json;

use super::config;
use super::fake_cloud::{FakeCloud, Reply, Seen};
use super::log::Log;

const SECRETS: [&str; 5] =
    ["lent-hush-0123", "session-hush-0123", "imds-hush-0123", "sso-hush-0123", "container-hush-0123"];

fn form(seen: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

/// Keys as metadata services and programs write them.
fn lent() -> serde_json::Value {
    json!({
        "Version": 1, "AccessKeyId": "ASIALENT", "SecretAccessKey": "lent-hush-0123", "Token": "session-hush-0123",
        "SessionToken": "session-hush-0123", "Expiration": "2999-01-01T00:00:00Z",
    })
}

/// STS, which knows who signed, and everything else that gives out keys, each to whoever asks rightly.
async fn cloud() -> FakeCloud {
    FakeCloud::start(|seen| {
        let signed_by = |id: &str| seen.head.contains(&format!("Credential={id}/")) && seen.head.contains("/sts/aws4_request");
        let own = seen.head.contains("x-aws-ec2-metadata-token: imds-hush-0123");
        let form = form(seen);
        match (seen.method.as_str(), seen.target.as_str(), form.get("Action").map(String::as_str)) {
            ("POST", "/", Some("AssumeRole")) => {
                let known = signed_by("ASIALENT") && seen.head.contains("x-amz-security-token: session-hush-0123");
                if !known || form.get("ExternalId").map(String::as_str) != Some("agreed") {
                    return Reply::text(403, "<E><Error><Code>AccessDenied</Code><Message>no</Message></Error></E>");
                }
                Reply::text(
                    200,
                    "<R><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>lent-hush-0123</SecretAccessKey>\
                     <SessionToken>session-hush-0123</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>\
                     <Arn>a</Arn><AssumedRoleId>i</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></R>",
                )
            }
            ("POST", "/", Some("GetCallerIdentity")) if signed_by("ASIAROLE") || signed_by("ASIALENT") => {
                let arn = if signed_by("ASIAROLE") { "role" } else { "lent" };
                Reply::text(
                    200,
                    format!("<R><GetCallerIdentityResult><Account>47</Account><Arn>{arn}</Arn><UserId>u</UserId></GetCallerIdentityResult></R>"),
                )
            }
            ("PUT", "/latest/api/token", _) if seen.head.contains("x-aws-ec2-metadata-token-ttl-seconds") => {
                Reply::text(200, "imds-hush-0123")
            }
            ("GET", "/latest/meta-data/iam/security-credentials/", _) if own => Reply::text(200, "ml-role"),
            ("GET", "/latest/meta-data/iam/security-credentials/ml-role", _) if own => Reply::ok(lent()),
            ("GET", "/v1/credentials", _) if seen.head.contains("authorization: container-hush-0123") => Reply::ok(lent()),
            ("GET", "/federation/credentials?role_name=Reader&account_id=47", _)
                if seen.head.contains("x-amz-sso_bearer_token: sso-hush-0123") =>
            {
                Reply::ok(json!({ "roleCredentials": {
                    "accessKeyId": "ASIALENT", "secretAccessKey": "lent-hush-0123", "sessionToken": "session-hush-0123",
                    "expiration": 32_000_000_000_000_i64,
                }}))
            }
            _ => Reply::text(403, "<E><Error><Code>AccessDenied</Code><Message>unknown caller</Message></Error></E>"),
        }
    })
    .await
}

/// A folder that is a home, with the shared files of AWS's tools.
struct Home(PathBuf);

impl Home {
    fn new(name: &str, configuration: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("crosscloud-home-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join(".aws/sso/cache")).unwrap();
        std::fs::write(folder.join(".aws/config"), configuration).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Asks STS who it is, ten times at once, and answers the ARN.
async fn who(cloud: &FakeCloud, sign_in: &AwsSignIn, home: &Path, env: &[(&str, &str)]) -> Result<String, Error> {
    let (log, _guard) = Log::capture();
    let home = home.display().to_string();
    let tokens = sign_in::aws(sign_in, &Realm::Real, |name| {
        let given = env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        given.or_else(|| (name == "HOME").then(|| home.clone()))
    });
    let described = format!("{tokens:?}");
    let mut config = config(&cloud.origin);
    config.tokens = tokens;
    let client = aws::Client::new(Transport::new(config).unwrap(), aws::Timing::default());
    let ctx = Context::new();
    let asked = futures::future::join_all((0..10).map(|_| client.caller_identity(&ctx))).await;
    let text = log.text();
    for secret in SECRETS {
        assert!(!text.contains(secret) && !described.contains(secret), "{secret} in {text}{described}");
    }
    asked.into_iter().map(|who| who.map(|who| who.arn)).collect::<Result<Vec<_>, _>>().map(|mut arns| arns.remove(0))
}

#[tokio::test]
async fn a_profile_enters_a_role_with_what_a_program_prints() {
    let cloud = cloud().await;
    let home = Home::new("process", "");
    let printed = home.write("printed.json", &lent().to_string());
    home.write(
        ".aws/config",
        &format!(
            "[profile deploy]\nrole_arn = arn:aws:iam::47:role/deploy\nsource_profile = base\nexternal_id = agreed\ns3 =\n  max = 3\n\
             [profile base]\ncredential_process = cat {printed}\n"
        ),
    );
    let sign_in = AwsSignIn { profile: Some("deploy".to_owned()), ..AwsSignIn::default() };
    assert_eq!(who(&cloud, &sign_in, &home.0, &[]).await.unwrap(), "role");
    assert_eq!(cloud.seen().iter().filter(|seen| seen.body.contains("Action=AssumeRole&")).count(), 1);
    home.write(".aws/config", "[profile base]\ncredential_process = echo hush-hush; exit 3\n");
    let error = who(&cloud, &AwsSignIn::default(), &home.0, &[("AWS_PROFILE", "base")]).await.unwrap_err();
    assert!(error.to_string().contains("AWS_PROFILE (profile base)"), "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
}

#[tokio::test]
async fn a_sign_in_through_identity_center_is_used_until_it_expires() {
    let cloud = cloud().await;
    let home = Home::new(
        "sso",
        "[default]\nsso_session = corp\nsso_account_id = 47\nsso_role_name = Reader\n[sso-session corp]\nsso_region = eu-central-1\n",
    );
    let env = [("AWS_ENDPOINT_URL_SSO", cloud.origin.as_str())];
    let told = who(&cloud, &AwsSignIn::default(), &home.0, &env).await.unwrap_err().to_string();
    assert!(told.contains("aws sso login --profile default"), "{told}");
    // The file is named after the SHA-1 of "corp".
    let cache = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    home.write(cache, &json!({ "accessToken": "sso-hush-0123", "expiresAt": "2001-01-01T00:00:00Z" }).to_string());
    let told = who(&cloud, &AwsSignIn::default(), &home.0, &env).await.unwrap_err().to_string();
    assert!(told.contains("has expired; run `aws sso login"), "{told}");
    home.write(cache, &json!({ "accessToken": "sso-hush-0123", "expiresAt": "2999-01-01T00:00:00Z" }).to_string());
    assert_eq!(who(&cloud, &AwsSignIn::default(), &home.0, &env).await.unwrap(), "lent");
}

#[tokio::test]
async fn a_container_and_a_machine_get_keys_from_beside_them() {
    let cloud = cloud().await;
    let home = Home::new("beside", "");
    let token = home.write("token", "container-hush-0123\n");
    let url = format!("{}/v1/credentials", cloud.origin);
    let container = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.as_str()),
    ];
    assert_eq!(who(&cloud, &AwsSignIn::default(), &home.0, &container).await.unwrap(), "lent");
    let machine = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.origin.as_str())];
    assert_eq!(who(&cloud, &AwsSignIn::default(), &home.0, &machine).await.unwrap(), "lent");
    assert_eq!(cloud.count("PUT /latest/api/token"), 1);
}

#[tokio::test]
async fn roles_are_entered_and_accounts_checked() {
    let cloud = cloud().await;
    let home = Home::new("roles", "");
    let role = |external_id: &str| AssumeRole {
        role_arn: "arn:aws:iam::47:role/deploy".to_owned(),
        external_id: Some(external_id.to_owned()),
        ..AssumeRole::default()
    };
    let sign_in = |external_id: &str, account: &str| AwsSignIn {
        access_key: Some("ASIALENT".to_owned()),
        secret_key: Some(Secret::new("lent-hush-0123")),
        session_token: Some(Secret::new("session-hush-0123")),
        assume_role: vec![role(external_id)],
        allowed_account_ids: vec![account.to_owned()],
        ..AwsSignIn::default()
    };
    assert_eq!(who(&cloud, &sign_in("agreed", "47"), &home.0, &[]).await.unwrap(), "role");
    let refused = who(&cloud, &sign_in("guessed", "47"), &home.0, &[]).await.unwrap_err();
    assert!(refused.to_string().contains("role arn:aws:iam::47:role/deploy"), "{refused}");
    let refused = who(&cloud, &sign_in("agreed", "11"), &home.0, &[]).await.unwrap_err();
    assert!(refused.to_string().contains("account 47, which is not among allowed_account_ids"), "{refused}");
}

#[tokio::test]
async fn without_any_source_all_that_were_tried_are_told_in_order() {
    let cloud = cloud().await;
    let home = Home::new("nothing", "");
    // Port 1 is reserved, and nobody listens there.
    let env = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")];
    let error = who(&cloud, &AwsSignIn::default(), &home.0, &env).await.unwrap_err();
    let told = error.to_string();
    let order = [
        "arguments access_key",
        "argument profile",
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "the default profile",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "EC2's metadata service",
    ];
    let places: Vec<_> = order.iter().map(|part| told.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{told}");
    assert!(error.next_step().contains("aws sso login"), "{}", error.next_step());
}
