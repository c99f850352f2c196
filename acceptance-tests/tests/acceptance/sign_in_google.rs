//! Every way to sign in to Google Cloud.

use acceptance_tests::aws::{ACCOUNT, Session};
use acceptance_tests::story::PROJECT;
use acceptance_tests::suite::Suite;
use serde_json::{Value, json};

use crate::paths::{self, Cloud, Way, World, pipeline};

/// The value of `to`.
pub(crate) const TO: &str = r#"{ gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }"#;
pub(crate) const GOOGLE: Cloud = Cloud {
    name: "google",
    endpoints: r#"  endpoints = { gcp = {
    iam              = "ORIGIN/v1/"
    sts              = "ORIGIN"
    iam_credentials  = "ORIGIN"
    resource_manager = "ORIGIN/v3/"
    service_usage    = "ORIGIN"
  } }
"#,
    to: TO,
    prepare,
    tokens: &["ya29.emulated.", JWT],
};

/// How a JSON web token begins that the emulator or the provider signs.
pub(crate) const JWT: &str = "eyJ0eXAiOiJKV1Q";
/// Who applies in the end.
pub(crate) const DEPLOYER: &str = "deployer@ml-prod-4711.iam.gserviceaccount.com";
const POOL: &str = "projects/471100000011/locations/global/workloadIdentityPools/pipelines";
pub(crate) const ISSUER: &str = "https://id.example.com";
const ROLE: &str = "runner";

const WAYS: &[Way] = &[
    Way {
        name: "access_token",
        set: |world, right| {
            // The emulator knows that one as expired.
            let token = if right { world.secret("operators-own-token") } else { "expired".to_owned() };
            world.set("GOOGLE_OAUTH_ACCESS_TOKEN", &token);
        },
        refused: &[
            "the credentials of GOOGLE_OAUTH_ACCESS_TOKEN were not accepted",
            "invalid authentication credentials",
        ],
    },
    Way {
        name: "service_account_key",
        set: |world, right| world.set("GOOGLE_CREDENTIALS", &key(world, right).to_string()),
        refused: &["the JSON in GOOGLE_CREDENTIALS", "invalid_grant: Invalid JWT Signature."],
    },
    Way {
        name: "service_account_key_by_path",
        set: |world, right| {
            let path = world.file("key.json", &key(world, right).to_string());
            world.set("GOOGLE_APPLICATION_CREDENTIALS", &path);
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "key.json", "Invalid JWT Signature."],
    },
    Way {
        name: "what_gcloud_left",
        set: |world, right| {
            world.file(".config/gcloud/application_default_credentials.json", &person(world, right).to_string());
        },
        refused: &["gcloud's credentials (the file", "invalid_grant: Token has been expired or revoked."],
    },
    Way {
        name: "impersonated_by_file",
        set: |world, right| {
            let file = json!({
                "type": "impersonated_service_account",
                "source_credentials": person(world, true),
                "service_account_impersonation_url": impersonation(world, if right { DEPLOYER } else { "stranger@ml-prod-4711.iam.gserviceaccount.com" }),
            });
            world.set("GOOGLE_APPLICATION_CREDENTIALS", &world.file("impersonated.json", &file.to_string()));
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "iam.serviceAccounts.getAccessToken"],
    },
    Way {
        name: "impersonated_by_variable",
        set: |world, right| {
            world.set("GOOGLE_CREDENTIALS", &person(world, right).to_string());
            world.set("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", DEPLOYER);
        },
        refused: &["the JSON in GOOGLE_CREDENTIALS", "Token has been expired or revoked."],
    },
    Way {
        name: "metadata_server",
        set: |world, right| {
            world.set("GCE_METADATA_HOST", world.clouds().origin().trim_start_matches("http://"));
            world.machine(&json!({ "google_service_account": if right { Some(DEPLOYER) } else { None } }));
        },
        refused: &["the metadata server", "HTTP 404, The machine has no service account."],
    },
    Way {
        name: "external_account_with_a_file",
        set: |world, right| {
            let token = world.file("token", &subject_token(world, right));
            external(world, &json!({ "file": token }));
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "invalid_grant: Invalid JWT Signature."],
    },
    Way {
        name: "external_account_with_a_url",
        set: |world, right| {
            let shown = world.secret("runners-own-token");
            world.machine(&json!({ "job": pipeline(), "job_token": if right { &shown } else { "of-another-job" } }));
            let url = world.url(&format!("/_apis/distributedtask/jobs/1/idtoken?audience={ISSUER}/google"));
            let format = json!({ "type": "json", "subject_token_field_name": "value" });
            external_from(
                world,
                "github",
                &json!({ "url": url, "headers": { "Authorization": format!("Bearer {shown}") }, "format": format }),
            );
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "HTTP 401", "not authorized to access this resource"],
    },
    Way {
        name: "external_account_with_a_program",
        set: |world, right| {
            let token = subject_token(world, true);
            let answer = if right {
                json!({ "version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:id_token", "id_token": token })
            } else {
                json!({ "version": 1, "success": false, "code": "401", "message": "Caller not authorized." })
            };
            let answer = world.file("answer.json", &answer.to_string());
            let program =
                world.program("print-token", &format!("test -n \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE\" && cat {answer}"));
            world.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
            external(world, &json!({ "executable": { "command": program, "timeout_millis": 20_000 } }));
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "says that it has no token (code 401)"],
    },
    Way {
        name: "external_account_with_keys_of_aws",
        set: |world, right| {
            let (id, secret, token) = Session::of_role(world.clouds(), ROLE, "i-0123456789abcdef0").into_keys();
            world.set("AWS_ACCESS_KEY_ID", &id);
            world.set(
                "AWS_SECRET_ACCESS_KEY",
                &world.secret(&if right { secret } else { secret.replace(['a', 'b'], "c") }),
            );
            world.set("AWS_SESSION_TOKEN", &world.secret(&token));
            world.set("AWS_REGION", "eu-central-1");
            external_from(world, "aws", &aws_source(json!({})));
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "SignatureDoesNotMatch"],
    },
    Way {
        name: "external_account_on_a_machine_of_aws",
        set: |world, right| {
            let role = format!("arn:aws:iam::{ACCOUNT}:role/{}", if right { ROLE } else { "gone" });
            world.machine(&json!({ "aws_role": role }));
            let url = world.url("/latest/meta-data/iam/security-credentials");
            external_from(world, "aws", &aws_source(json!({ "url": url })));
        },
        refused: &["GOOGLE_APPLICATION_CREDENTIALS (the file", "security-credentials/gone: HTTP 404"],
    },
];

/// The provider block names the token, and what it is exchanged for.
const EXCHANGING: Cloud = Cloud {
    endpoints: r#"  endpoints = { gcp = {
    iam              = "ORIGIN"
    sts              = "ORIGIN"
    iam_credentials  = "ORIGIN"
    resource_manager = "ORIGIN"
    service_usage    = "ORIGIN"
  } }
  gcp = { external_credentials = {
    audience              = "//iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/pipelines/providers/plain-idp"
    service_account_email = "deployer@ml-prod-4711.iam.gserviceaccount.com"
    identity_token        = file("BESIDE/token")
  } }
"#,
    ..GOOGLE
};

const OF_EXCHANGING: &[Way] = &[Way {
    name: "external_credentials_of_the_provider_block",
    set: |world, right| {
        world.file("token", &subject_token(world, right));
    },
    refused: &["the provider's external_credentials argument", "invalid_grant: Invalid JWT Signature."],
}];

pub(crate) fn add(suite: &mut Suite) {
    paths::add(suite, &GOOGLE, WAYS);
    paths::add(suite, &EXCHANGING, OF_EXCHANGING);
}

/// A service account that may do everything, a pool that admits pipelines and machines, and a role in AWS.
fn prepare(world: &World) {
    let clouds = world.clouds();
    let post = |path: &str, body: Value| clouds.by_hand("POST", path, Some(&body)).body;
    for api in ["iam", "iamcredentials", "sts"] {
        post(&format!("/v1/projects/{PROJECT}/services/{api}.googleapis.com:enable"), json!({}));
    }
    post(&format!("/v1/projects/{PROJECT}/serviceAccounts"), json!({ "accountId": "deployer" }));
    let mut policy = post(&format!("/v1/projects/{PROJECT}:getIamPolicy"), json!({}));
    let bindings = policy["bindings"].as_array_mut().expect("a project has bindings");
    bindings.push(json!({ "role": "roles/owner", "members": [format!("serviceAccount:{DEPLOYER}")] }));
    bindings.push(json!({ "role": "roles/iam.serviceAccountTokenCreator", "members": ["user:operator@example.com"] }));
    post(&format!("/v1/projects/{PROJECT}:setIamPolicy"), json!({ "policy": policy }));

    let place = format!("/v1/projects/{PROJECT}/locations/global/workloadIdentityPools");
    post(&format!("{place}?workloadIdentityPoolId=pipelines"), json!({}));
    let oidc = |issuer: &str, condition: &str| {
        json!({
            "attributeMapping": { "google.subject": "assertion.sub" }, "attributeCondition": condition,
            "oidc": { "issuerUri": issuer, "allowedAudiences": [format!("{ISSUER}/google")] },
        })
    };
    let providers = [
        ("plain", oidc(ISSUER, "assertion.sub == 'deployer'")),
        ("github", oidc("https://token.actions.githubusercontent.com", "assertion.repository_id == '8'")),
        ("aws", json!({ "aws": { "accountId": ACCOUNT } })),
    ];
    for (id, provider) in providers {
        post(&format!("{place}/pipelines/providers?workloadIdentityPoolProviderId={id}-idp"), provider);
    }
    let everybody = format!("principalSet://iam.googleapis.com/{POOL}/*");
    let bindings = json!([{ "role": "roles/iam.workloadIdentityUser", "members": [everybody] }]);
    post(
        &format!("/v1/projects/{PROJECT}/serviceAccounts/{DEPLOYER}:setIamPolicy"),
        json!({ "policy": { "bindings": bindings, "version": 3 } }),
    );
    let _ = Session::of_new_role(clouds, ROLE, "i-0123456789abcdef0");
}

/// The credential file of a new key; a wrong one has been deleted since.
pub(crate) fn key(world: &World, right: bool) -> Value {
    let keys = format!("/v1/projects/{PROJECT}/serviceAccounts/{DEPLOYER}/keys");
    let made = world.clouds().by_hand("POST", &keys, Some(&json!({}))).body;
    if !right {
        let name = made["name"].as_str().expect("a key has a name");
        world.clouds().by_hand("DELETE", &format!("/v1/{name}"), None);
    }
    let file = base64(made["privateKeyData"].as_str().expect("a new key is told"));
    let mut file: Value = serde_json::from_slice(&file).expect("the file is JSON");
    file["token_uri"] = json!(world.url("/token"));
    world.secret(file["private_key"].as_str().expect("the file holds the key"));
    file
}

/// What `gcloud auth application-default login` leaves.
pub(crate) fn person(world: &World, right: bool) -> Value {
    json!({
        "type": "authorized_user",
        "client_id": "emulator.apps.googleusercontent.com",
        "client_secret": world.secret("emulator-oauth-client-secret"),
        "refresh_token": world.secret(if right { "emulator-refresh-token-of-the-operator" } else { "refresh-token-of-somebody-else" }),
        "token_uri": world.url("/token"),
    })
}

/// A token of the pipeline's issuer; a wrong one is signed by somebody else.
fn subject_token(world: &World, right: bool) -> String {
    let signer = if right { ISSUER } else { "https://evil.example.com" };
    let order =
        json!({ "issuer": ISSUER, "subject": "deployer", "audience": format!("{ISSUER}/google"), "signed_by": signer });
    world.secret(&world.clouds().token(&order))
}

/// A file of type `external_account` for the pipelines' issuer, which the environment names.
pub(crate) fn external(world: &World, source: &Value) {
    external_from(world, "plain", source);
}

fn external_from(world: &World, provider: &str, source: &Value) {
    let kind = if provider == "aws" { "aws:token-type:aws4_request" } else { "oauth:token-type:jwt" };
    let file = json!({
        "type": "external_account",
        "audience": format!("//iam.googleapis.com/{POOL}/providers/{provider}-idp"),
        "subject_token_type": format!("urn:ietf:params:{kind}"),
        "token_url": world.url("/v1/token"),
        "service_account_impersonation_url": impersonation(world, DEPLOYER),
        "credential_source": source,
    });
    world.set("GOOGLE_APPLICATION_CREDENTIALS", &world.file("external.json", &file.to_string()));
}

fn aws_source(mut source: Value) -> Value {
    source["environment_id"] = json!("aws1");
    source["regional_cred_verification_url"] =
        json!("https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15");
    source
}

fn impersonation(world: &World, account: &str) -> String {
    world.url(&format!("/v1/projects/-/serviceAccounts/{account}:generateAccessToken"))
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).expect("what Google tells is base64")
}
