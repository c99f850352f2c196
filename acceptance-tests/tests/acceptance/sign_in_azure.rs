//! Every way to sign in to Azure.

use acceptance_tests::http;
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::{SUBSCRIPTION, TENANT};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::paths::{self, Cloud, Way, World, pipeline};
use crate::sign_in_google::JWT;

const ENDPOINTS: &str = r#"  endpoints = { azure = {
    resource_manager = "ORIGIN"
    microsoft_graph  = "ORIGIN"
    login            = "ORIGIN"
  } }
"#;
pub(crate) const TO: &str = r#"{ azure = {
    subscription_id = "22222222-3333-4444-5555-666666666666"
    resource_group  = "ml-prod"
    location        = "westeurope"
    roles = [{
      role  = "Cognitive Services OpenAI User"
      scope = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai"
    }]
  } }"#;
pub(crate) const AZURE: Cloud = Cloud { name: "azure", endpoints: ENDPOINTS, to: TO, prepare, tokens: &[JWT] };
/// The cloud describes itself, and the provider block names none of its endpoints.
const DESCRIBED: Cloud = Cloud { endpoints: "", ..AZURE };

/// The emulator's operator.
pub(crate) const CLIENT: &str = "33333333-4444-5555-6666-777777777777";
const SECRET: &str = "emulator-client-secret-of-the-operator";
pub(crate) const CLUSTER: &str = "https://id.example.com";
/// A throw-away certificate, and archives with its key as OpenSSL 3 and OpenSSL 1 write them.
const DEPLOYER: &str = include_str!("../../../provider/cloud/src/sign_in/azure/certificate/archives/deployer.pem");
pub(crate) const MODERN: &str =
    include_str!("../../../provider/cloud/src/sign_in/azure/certificate/archives/modern.b64");
const OLDER: &str = include_str!("../../../provider/cloud/src/sign_in/azure/certificate/archives/older.b64");
pub(crate) const PASSWORD: &str = "ünlock 7";
/// Who Entra says that the operator is.
const ORIGIN: &str = "client 33333333-4444-5555-6666-777777777777 of tenant 11111111-2222-3333-4444-555555555555";

const WAYS: &[Way] = &[
    Way { name: "client_secret", set: secret, refused: &[ORIGIN, "(ARM_CLIENT_SECRET)", "AADSTS7000215"] },
    Way {
        name: "client_secret_in_a_file",
        set: |world, right| {
            application(world);
            let path = world.file("secret", &world.secret(if right { SECRET } else { "secret-of-somebody-else" }));
            world.set("ARM_CLIENT_SECRET_FILE_PATH", &path);
        },
        refused: &[ORIGIN, "(ARM_CLIENT_SECRET_FILE_PATH)", "AADSTS7000215"],
    },
    Way {
        name: "client_certificate",
        set: certificate,
        refused: &[ORIGIN, "(ARM_CLIENT_CERTIFICATE_PATH)", "AADSTS700027"],
    },
    Way {
        name: "client_certificate_in_a_variable",
        set: |world, right| {
            application(world);
            if right {
                knows(world, DEPLOYER);
            }
            world.set("ARM_CLIENT_CERTIFICATE", &world.secret(OLDER));
            world.set("ARM_CLIENT_CERTIFICATE_PASSWORD", &world.secret(PASSWORD));
        },
        refused: &[ORIGIN, "(ARM_CLIENT_CERTIFICATE)", "AADSTS700027"],
    },
    Way {
        name: "oidc_token",
        set: |world, right| {
            application(world);
            world.set("ARM_USE_OIDC", "true");
            world.set("ARM_OIDC_TOKEN", &of_cluster(world, right));
        },
        refused: &[ORIGIN, "(ARM_OIDC_TOKEN)", "AADSTS50013"],
    },
    Way {
        name: "oidc_token_in_a_file",
        set: |world, right| {
            application(world);
            world.set("ARM_USE_OIDC", "true");
            world.set("ARM_OIDC_TOKEN_FILE_PATH", &world.file("token", &of_cluster(world, right)));
        },
        refused: &[ORIGIN, "(ARM_OIDC_TOKEN_FILE_PATH)", "AADSTS50013"],
    },
    Way {
        name: "oidc_request_of_a_pipeline",
        set: job,
        refused: &[ORIGIN, "(ARM_OIDC_REQUEST_URL)", "HTTP 401", "not authorized to access"],
    },
    Way {
        name: "workload_identity_of_aks",
        set: |world, right| {
            world.set("ARM_USE_AKS_WORKLOAD_IDENTITY", "true");
            world.set("AZURE_TENANT_ID", TENANT);
            world.set("AZURE_CLIENT_ID", CLIENT);
            world.set("AZURE_FEDERATED_TOKEN_FILE", &world.file("azure-identity-token", &of_cluster(world, right)));
        },
        refused: &[ORIGIN, "(AZURE_FEDERATED_TOKEN_FILE)", "AADSTS50013"],
    },
    Way {
        name: "managed_identity_of_a_machine",
        set: |world, right| {
            world.set("ARM_USE_MSI", "true");
            world.set("ARM_MSI_ENDPOINT", &world.url("/metadata/identity/oauth2/token"));
            world.set("ARM_CLIENT_ID", &if right { runner(world) } else { TENANT.to_owned() });
        },
        refused: &["the managed identity (ARM_USE_MSI)", "Identity not found"],
    },
    Way {
        name: "managed_identity_of_an_app_service",
        set: |world, right| {
            world.set("ARM_USE_MSI", "true");
            world.set("ARM_CLIENT_ID", &runner(world));
            world.set("IDENTITY_ENDPOINT", &world.url("/metadata/app-service/token"));
            world.set("IDENTITY_HEADER", &world.secret("header-of-the-service"));
            world.machine(&json!({ "azure_identity_header": if right { "header-of-the-service" } else { "another" } }));
        },
        refused: &["the managed identity (ARM_USE_MSI)", "The X-IDENTITY-HEADER is missing or wrong"],
    },
    Way {
        name: "az_login",
        set: command_line,
        refused: &[
            "Tried, in this order:",
            "- the Azure command line: `az account get-access-token` failed",
            "Please run 'az login'",
        ],
    },
    Way {
        name: "us_government",
        set: |world, right| {
            world.set("ARM_ENVIRONMENT", "usgovernment");
            secret(world, right);
        },
        refused: &[ORIGIN, "(ARM_CLIENT_SECRET)", "AADSTS7000215"],
    },
    Way {
        // In each cloud federated tokens have another audience, which the pipeline is asked for.
        name: "china_with_a_pipeline",
        set: |world, right| {
            world.set("ARM_ENVIRONMENT", "china");
            job_of(world, right, Some("china"));
        },
        refused: &[ORIGIN, "(ARM_OIDC_REQUEST_URL)", "HTTP 401"],
    },
];

/// The provider block names the archive, and the environment opens it.
const NAMED: Cloud = Cloud {
    endpoints: r#"  azure = { client_certificate_path = "BESIDE/deployer.pfx" }
  endpoints = { azure = {
    resource_manager = "ORIGIN"
    microsoft_graph  = "ORIGIN"
    login            = "ORIGIN"
  } }
"#,
    ..AZURE
};

const OF_NAMED: &[Way] = &[Way {
    name: "client_certificate_in_an_archive",
    set: |world, right| {
        application(world);
        knows(world, DEPLOYER);
        world.bytes("deployer.pfx", &decoded(MODERN));
        world.secret(MODERN);
        let password = world.secret(if right { PASSWORD } else { "password-of-another" });
        world.set("ARM_CLIENT_CERTIFICATE_PASSWORD", &password);
    },
    refused: &[
        "ARM_CLIENT_CERTIFICATE_PATH (the file",
        "deployer.pfx) cannot be used",
        "its password is not the one that",
    ],
}];

const OF_DESCRIBED: &[Way] = &[Way {
    name: "a_cloud_that_describes_itself",
    set: |world, right| {
        let (https, authority) = world.clouds().https();
        world.set("SSL_CERT_FILE", &world.file("authority.pem", authority));
        world.set("ARM_METADATA_HOSTNAME", https.trim_start_matches("https://"));
        certificate(world, right);
    },
    refused: &[ORIGIN, "(ARM_CLIENT_CERTIFICATE_PATH)", "AADSTS700027"],
}];

pub(crate) fn add(suite: &mut Suite) {
    paths::add(suite, &AZURE, WAYS);
    paths::add(suite, &NAMED, OF_NAMED);
    paths::add(suite, &DESCRIBED, OF_DESCRIBED);
}

/// The operator's application admits tokens of a cluster and of a pipeline, and a managed identity may do everything.
fn prepare(world: &World) {
    let clouds = world.clouds();
    let object = object(world);
    let of_pipeline = "repo:acme/platform:ref:refs/heads/main";
    let github = "https://token.actions.githubusercontent.com";
    for (name, issuer, subject, audience) in [
        ("cluster", CLUSTER, "system:serviceaccount:ci:runner", "api://AzureADTokenExchange"),
        ("pipeline", github, of_pipeline, "api://AzureADTokenExchange"),
        ("china", github, "repo:acme/platform:environment:china", "api://AzureADTokenExchangeChina"),
    ] {
        let credential = json!({ "name": name, "issuer": issuer, "subject": subject, "audiences": [audience] });
        clouds.by_hand("POST", &format!("/v1.0/applications/{object}/federatedIdentityCredentials"), Some(&credential));
    }
    let identity = clouds.by_hand("PUT", &identity(), Some(&json!({ "location": "westeurope" }))).body;
    let owner = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    );
    let assignment = json!({ "properties": {
        "roleDefinitionId": owner, "principalId": identity["properties"]["principalId"], "principalType": "ServicePrincipal",
    } });
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001?api-version=2022-04-01"
    );
    clouds.by_hand("PUT", &path, Some(&assignment));
}

/// Which application of which tenant signs in.
pub(crate) fn application(world: &World) {
    world.set("ARM_TENANT_ID", TENANT);
    world.set("ARM_CLIENT_ID", CLIENT);
}

/// The application's secret, or another.
pub(crate) fn secret(world: &World, right: bool) {
    application(world);
    world.set("ARM_CLIENT_SECRET", &world.secret(if right { SECRET } else { "secret-of-somebody-else" }));
}

/// A certificate that the application has, or one that it has not.
pub(crate) fn certificate(world: &World, right: bool) {
    application(world);
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("an RSA key can be made");
    let certificate = CertificateParams::new(Vec::new()).and_then(|params| params.self_signed(&key));
    let certificate = certificate.expect("a certificate can be made");
    if right {
        knows(world, &certificate.pem());
    }
    let key = world.secret(&key.serialize_pem());
    // As `openssl pkcs12 -nodes` writes it.
    let attributes = "Bag Attributes\n    localKeyID: 01 \nsubject=CN = deployer\nissuer=CN = deployer\n";
    let pem = format!("{attributes}{}{attributes}{key}", certificate.pem());
    world.set("ARM_CLIENT_CERTIFICATE_PATH", &world.file("certificate.pem", &pem));
}

/// Tells Entra of the application's certificate.
fn knows(world: &World, pem: &str) {
    let key = pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let credential = json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": key });
    let body = json!({ "keyCredentials": [credential] });
    world.clouds().by_hand("PATCH", &format!("/v1.0/applications/{}", object(world)), Some(&body));
}

/// The bytes of an archive that is kept in Base64.
pub(crate) fn decoded(archive: &str) -> Vec<u8> {
    STANDARD.decode(archive.split_whitespace().collect::<String>()).expect("an archive is kept in Base64")
}

/// A token of the cluster; a wrong one is signed by somebody else.
fn of_cluster(world: &World, right: bool) -> String {
    let signer = if right { CLUSTER } else { "https://evil.example.com" };
    let pod = json!({ "kind": "kubernetes", "namespace": "ci", "service_account": "runner" });
    let order =
        json!({ "issuer": CLUSTER, "workload": pod, "audience": "api://AzureADTokenExchange", "signed_by": signer });
    world.secret(&world.clouds().token(&order))
}

/// A job that asks its runner for a token, with what the runner knows or something else.
fn job(world: &World, right: bool) {
    job_of(world, right, None);
}

fn job_of(world: &World, right: bool, environment: Option<&str>) {
    application(world);
    let shown = world.secret("runners-own-token");
    let mut job = pipeline();
    job["environment"] = json!(environment);
    world.machine(&json!({ "job": job, "job_token": if right { &shown } else { "of-another-job" } }));
    world.set("ARM_USE_OIDC", "true");
    world.set("ARM_OIDC_REQUEST_URL", &world.url("/_apis/distributedtask/jobs/1/idtoken?api-version=2.0"));
    world.set("ARM_OIDC_REQUEST_TOKEN", &shown);
}

/// An Azure command line that somebody is signed in with, or nobody.
fn command_line(world: &World, right: bool) {
    let form = http::form(&[
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("scope", "https://management.azure.com/.default"),
    ]);
    let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let granted = http::send_as_is("POST", &world.url(&format!("/{TENANT}/oauth2/v2.0/token")), &headers, form).body;
    let token = world.secret(granted["access_token"].as_str().expect("Entra issues a token"));
    let printed = json!({
        "accessToken": token, "expiresOn": "2099-01-01 00:00:00.000000", "expires_on": 4_070_908_800_i64,
        "subscription": SUBSCRIPTION, "tenant": TENANT, "tokenType": "Bearer",
    });
    let printed = world.file("az.json", &printed.to_string());
    let asked = "account get-access-token --output json --resource https://management.azure.com";
    let answer = if right {
        format!("cat {printed}")
    } else {
        "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1".to_owned()
    };
    world.program("az", &format!("test \"$*\" = \"{asked}\" || exit 2\n{answer}"));
}

/// The client id of the managed identity.
fn runner(world: &World) -> String {
    let found = world.clouds().by_hand("GET", &identity(), None).body;
    found["properties"]["clientId"].as_str().expect("an identity has a client id").to_owned()
}

fn identity() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/runner?api-version=2024-11-30"
    )
}

/// The object id of the operator's application.
fn object(world: &World) -> String {
    let found: Value = world.clouds().by_hand("GET", &format!("/v1.0/applications(appId='{CLIENT}')"), None).body;
    found["id"].as_str().expect("an application has an id").to_owned()
}
