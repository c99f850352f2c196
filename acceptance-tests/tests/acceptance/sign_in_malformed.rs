//! Credentials that are not what they should be, at least ten a cloud: each is told by where it came from, in words that help, and without a secret.

use acceptance_tests::aws::Session;
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::TENANT;
use serde_json::json;

use crate::paths::{self, Cloud, Way, World};
use crate::sign_in_aws::{self, AWS, arn};
use crate::sign_in_azure::{self, AZURE, CLIENT, CLUSTER, MODERN, PASSWORD};
use crate::sign_in_google::{self, DEPLOYER, GOOGLE, ISSUER, external};

/// What each cloud is tried with.
const TABLES: &[(&Cloud, &[Way])] = &[(&GOOGLE, OF_GOOGLE), (&AZURE, OF_AZURE), (&AWS, OF_AWS)];

pub(crate) fn add(suite: &mut Suite) {
    for (cloud, ways) in TABLES {
        assert!(ways.len() >= 10, "at least ten for {}", cloud.name);
        suite.test(&format!("sign_in::malformed::{}", cloud.name), || paths::all_are_refused(cloud, ways));
    }
}

const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS (the file";

const OF_GOOGLE: &[Way] = &[
    Way {
        name: "a secret in the place of a path",
        set: |world, _| world.set("GOOGLE_CREDENTIALS", &world.secret("hush-hush-of-nobody")),
        refused: &["GOOGLE_CREDENTIALS cannot be used", "neither JSON nor the path of a file that is there"],
    },
    Way {
        name: "a file that is not there",
        set: |world, _| world.set("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/key.json"),
        refused: &["GOOGLE_APPLICATION_CREDENTIALS: the file /nonexistent/key.json cannot be read"],
    },
    Way {
        name: "an empty file",
        set: |world, _| world.set("GOOGLE_APPLICATION_CREDENTIALS", &world.file("empty.json", "\n")),
        refused: &["GOOGLE_APPLICATION_CREDENTIALS: the file", "it is empty"],
    },
    Way {
        name: "JSON that is cut off",
        set: |world, _| {
            let cut =
                format!("{{\"type\": \"service_account\", \"private_key\": \"{}", world.secret("hush-hush-of-nobody"));
            google_file(world, &cut);
        },
        refused: &[FILE, "it is not JSON (line 1"],
    },
    Way {
        name: "the secret of an OAuth client",
        set: |world, _| {
            google_file(
                world,
                &json!({ "installed": { "client_secret": world.secret("hush-hush-of-nobody") } }).to_string(),
            )
        },
        refused: &[FILE, "it has no `type`"],
    },
    Way {
        name: "credentials of another product",
        set: |world, _| {
            google_file(
                world,
                &json!({ "type": "gdch_service_account", "private_key": world.secret("hush-hush-of-nobody") })
                    .to_string(),
            );
        },
        refused: &[FILE, "its `type` is none of service_account, authorized_user, external_account"],
    },
    Way {
        name: "a key that cannot be read",
        set: |world, _| {
            let pem = format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                world.secret("hush-hush-of-nobody")
            );
            let file = json!({ "type": "service_account", "client_email": DEPLOYER, "private_key": pem });
            google_file(world, &file.to_string());
        },
        refused: &[FILE, "its `private_key` is not an RSA key that can be read"],
    },
    Way {
        name: "a token endpoint without TLS",
        set: |world, _| {
            let mut file = sign_in_google::key(world, true);
            file["token_uri"] = json!("http://oauth2.example.com/token");
            google_file(world, &file.to_string());
        },
        refused: &[FILE, "plain http to another machine"],
    },
    Way {
        name: "a key that was deleted",
        set: |world, _| google_file(world, &sign_in_google::key(world, false).to_string()),
        refused: &[FILE, "Invalid JWT Signature."],
    },
    Way {
        name: "a key of an account that is gone",
        set: |world, _| {
            let mut file = sign_in_google::key(world, true);
            file["client_email"] = json!("gone@ml-prod-4711.iam.gserviceaccount.com");
            google_file(world, &file.to_string());
        },
        refused: &[FILE, "Invalid grant: account not found"],
    },
    Way {
        name: "the secret of another OAuth client",
        set: |world, _| {
            let mut file = sign_in_google::person(world, true);
            file["client_secret"] = json!(world.secret("hush-hush-of-nobody"));
            google_file(world, &file.to_string());
        },
        refused: &[FILE, "invalid_client: The provided client secret is invalid."],
    },
    Way {
        name: "a token that has expired",
        set: |world, _| subject(world, &json!({ "issued_ago": 7200, "expires_in": -60 })),
        refused: &[FILE, "is stale to sign-in"],
    },
    Way {
        name: "a token for somebody else",
        set: |world, _| subject(world, &json!({ "audience": "https://somewhere.else.example.com" })),
        refused: &[FILE, "The audience in ID Token [https://somewhere.else.example.com] does not match"],
    },
    Way {
        name: "a program that nobody has allowed",
        set: |world, _| external(world, &json!({ "executable": { "command": "/bin/true" } })),
        refused: &[FILE, "it names a program to run, which needs GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1"],
    },
    Way {
        // The last one: time does not go back.
        name: "a clock that is wrong",
        set: |world, _| {
            google_file(world, &sign_in_google::key(world, true).to_string());
            world.clouds().time_passes(7200);
        },
        refused: &[FILE, "Check your iat and exp values in the JWT claim"],
    },
];

const OF_AZURE: &[Way] = &[
    Way {
        name: "a secret in the place of the tenant",
        set: |world, _| world.set("ARM_TENANT_ID", &world.secret("hush~hush-of-nobody")),
        refused: &["ARM_TENANT_ID cannot be used", "not an id of 32 hexadecimal digits"],
    },
    Way {
        name: "a secret without its client",
        set: |world, _| {
            world.set("ARM_TENANT_ID", TENANT);
            world.set("ARM_CLIENT_SECRET", &world.secret("hush-hush-of-nobody"));
        },
        refused: &["ARM_CLIENT_SECRET cannot be used", "ARM_CLIENT_ID is not set with it"],
    },
    Way {
        name: "a tenant that is not there",
        set: |world, _| {
            sign_in_azure::secret(world, true);
            world.set("ARM_TENANT_ID", "99999999-2222-3333-4444-555555555555");
        },
        refused: &["of tenant 99999999-2222-3333-4444-555555555555 (ARM_CLIENT_SECRET)", "AADSTS90002"],
    },
    Way {
        name: "an application that is not there",
        set: |world, _| {
            sign_in_azure::secret(world, true);
            world.set("ARM_CLIENT_ID", "99999999-4444-5555-6666-777777777777");
        },
        refused: &["client 99999999-4444-5555-6666-777777777777", "(ARM_CLIENT_SECRET)", "AADSTS700016"],
    },
    Way {
        name: "a secret of another application",
        set: sign_in_azure::secret,
        refused: &["(ARM_CLIENT_SECRET)", "AADSTS7000215"],
    },
    Way {
        name: "an archive that is cut off",
        set: |world, _| archive(world, &sign_in_azure::decoded(MODERN)[..2000], PASSWORD),
        refused: &["ARM_CLIENT_CERTIFICATE_PATH (the file", "it is cut off, or damaged"],
    },
    Way {
        name: "an archive without its password",
        set: |world, _| archive(world, &sign_in_azure::decoded(MODERN), ""),
        refused: &["ARM_CLIENT_CERTIFICATE_PATH (the file", "nor ARM_CLIENT_CERTIFICATE_PASSWORD is set"],
    },
    Way {
        name: "an archive with the password of another",
        set: |world, _| archive(world, &sign_in_azure::decoded(MODERN), &world.secret("hush-hush-of-nobody")),
        refused: &["ARM_CLIENT_CERTIFICATE_PATH (the file", "its password is not the one that"],
    },
    Way {
        name: "a path in the place of an archive",
        set: |world, _| {
            sign_in_azure::application(world);
            world.set("ARM_CLIENT_CERTIFICATE", "/nonexistent/hush-hush.pfx");
        },
        refused: &["ARM_CLIENT_CERTIFICATE cannot be used", "ARM_CLIENT_CERTIFICATE_PATH names a file"],
    },
    Way {
        name: "a certificate without its key",
        set: |world, _| certificate(world, "-----BEGIN CERTIFICATE-----\naHVzaA==\n-----END CERTIFICATE-----\n"),
        refused: &["ARM_CLIENT_CERTIFICATE_PATH (the file", "there is no private key in it"],
    },
    Way {
        name: "a key that is encrypted",
        set: |world, _| {
            let hidden = world.secret("hush-hush-of-nobody");
            certificate(
                world,
                &format!(
                    "-----BEGIN CERTIFICATE-----\naHVzaA==\n-----END CERTIFICATE-----\n\
                     -----BEGIN ENCRYPTED PRIVATE KEY-----\n{hidden}\n-----END ENCRYPTED PRIVATE KEY-----\n"
                ),
            );
        },
        refused: &["ARM_CLIENT_CERTIFICATE_PATH (the file", "it is encrypted, and neither"],
    },
    Way {
        name: "a certificate of another application",
        set: sign_in_azure::certificate,
        refused: &["(ARM_CLIENT_CERTIFICATE_PATH)", "AADSTS700027"],
    },
    Way {
        name: "a switch that is neither on nor off",
        set: |world, _| world.set("ARM_USE_OIDC", "yes please"),
        refused: &["ARM_USE_OIDC cannot be used", "neither true nor false"],
    },
    Way {
        name: "a token that is none",
        set: |world, _| oidc(world, &world.secret("hush-hush-of-nobody")),
        refused: &["ARM_OIDC_TOKEN cannot be used", "not a JSON web token of three parts"],
    },
    Way {
        name: "a token that has expired",
        set: |world, _| oidc(world, &pod(world, &json!({ "issued_ago": 7200, "expires_in": -60 }))),
        refused: &["ARM_OIDC_TOKEN cannot be used", "the token expired 6", "or this machine's clock is wrong"],
    },
    Way {
        name: "a token for somebody else",
        set: |world, _| oidc(world, &pod(world, &json!({ "audience": "sts.amazonaws.com" }))),
        refused: &["(ARM_OIDC_TOKEN)", "AADSTS700212"],
    },
    Way {
        name: "a token of another pod",
        set: |world, _| oidc(world, &pod(world, &json!({ "subject": "system:serviceaccount:CI:runner" }))),
        refused: &["(ARM_OIDC_TOKEN)", "AADSTS7002138"],
    },
    Way {
        name: "a command line that prints something else",
        set: |world, _| {
            world.program("az", &format!("echo 'WARNING {}'", world.secret("hush-hush-of-nobody")));
        },
        refused: &["the Azure command line", "(what `az` prints)", "it is not JSON"],
    },
    Way {
        // The last one: time does not go back.
        name: "a clock that is wrong",
        set: |world, _| {
            sign_in_azure::certificate(world, true);
            world.clouds().time_passes(7200);
        },
        refused: &["(ARM_CLIENT_CERTIFICATE_PATH)", "AADSTS700024"],
    },
];

const OF_AWS: &[Way] = &[
    Way {
        name: "a key without its secret",
        set: |world, _| world.set("AWS_ACCESS_KEY_ID", "AKIAEMULATOROPERATOR"),
        refused: &["AWS_ACCESS_KEY_ID cannot be used", "AWS_SECRET_ACCESS_KEY is not set with it"],
    },
    Way {
        name: "key and secret the wrong way round",
        set: |world, _| {
            world.set("AWS_ACCESS_KEY_ID", &world.secret("hush-hush/of+nobody"));
            world.set("AWS_SECRET_ACCESS_KEY", "AKIAEMULATOROPERATOR");
        },
        refused: &["AWS_ACCESS_KEY_ID cannot be used", "is it the secret key?"],
    },
    Way {
        name: "lent keys without their token",
        set: |world, _| {
            world.set("AWS_ACCESS_KEY_ID", "ASIAEMULATORSESSION0");
            world.set("AWS_SECRET_ACCESS_KEY", &world.secret("hush-hush-of-nobody"));
        },
        refused: &["AWS_ACCESS_KEY_ID cannot be used", "need their session token"],
    },
    Way {
        name: "keys that AWS does not know",
        set: |world, _| {
            world.set("AWS_ACCESS_KEY_ID", "AKIANOBODYHASTHISONE");
            world.set("AWS_SECRET_ACCESS_KEY", &world.secret("hush-hush-of-nobody"));
        },
        refused: &["the credentials of AWS_ACCESS_KEY_ID were not accepted", "InvalidClientTokenId"],
    },
    Way {
        name: "a profile that is not there",
        set: |world, _| world.set("AWS_PROFILE", "gone"),
        refused: &["AWS_PROFILE (profile gone) cannot be used", "there is no such profile in"],
    },
    Way {
        name: "a shared file that is JSON",
        set: |world, _| {
            let path = world
                .file("config.json", &json!({ "SecretAccessKey": world.secret("hush-hush-of-nobody") }).to_string());
            world.set("AWS_CONFIG_FILE", &path);
        },
        refused: &["config.json cannot be used", "line 1 is neither a section nor a setting"],
    },
    Way {
        name: "profiles that lead in a circle",
        set: |world, _| {
            profile(
                world,
                "role_arn = a\nsource_profile = other\n[profile other]\nrole_arn = b\nsource_profile = work\n",
            )
        },
        refused: &["AWS_PROFILE (profile work)", "its source_profile leads in a circle"],
    },
    Way {
        name: "a program that prints something else",
        set: |world, _| {
            let printed = world.file(
                "printed.json",
                &json!({ "Version": 2, "SecretAccessKey": world.secret("hush-hush-of-nobody") }).to_string(),
            );
            profile(world, &format!("credential_process = cat {printed}\n"));
        },
        refused: &["AWS_PROFILE (profile work) (what its credential_process prints)", "its `Version` is not 1"],
    },
    Way {
        name: "a sign-in that has expired",
        set: |world, _| {
            profile(
                world,
                "sso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = eu-central-1\n",
            );
            let cached =
                json!({ "accessToken": world.secret("hush-hush-of-nobody"), "expiresAt": "2001-01-01T00:00:00Z" });
            world.file(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", &cached.to_string());
        },
        refused: &["AWS_PROFILE (profile work)", "has expired; run `aws sso login --profile work`"],
    },
    Way {
        name: "a token that has expired",
        set: |world, _| web_identity(world, &json!({ "issued_ago": 7200, "expires_in": -60 })),
        refused: &["AWS_WEB_IDENTITY_TOKEN_FILE", "ExpiredTokenException"],
    },
    Way {
        name: "a token for somebody else",
        set: |world, _| web_identity(world, &json!({ "audience": "api://AzureADTokenExchange" })),
        refused: &["AWS_WEB_IDENTITY_TOKEN_FILE", "Incorrect token audience"],
    },
    Way {
        name: "a token that is none",
        set: |world, _| {
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &world.file("token", &world.secret("hush-hush-of-nobody")));
            world.set("AWS_ROLE_ARN", &arn("deployer"));
        },
        refused: &["AWS_WEB_IDENTITY_TOKEN_FILE", "not a valid JWT"],
    },
    Way {
        name: "a container's endpoint without TLS",
        set: |world, _| world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://keys.example.com/"),
        refused: &["AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used", "plain http to another machine"],
    },
    Way {
        name: "a clock that is wrong",
        set: |world, _| {
            sign_in_aws::keys(world, true);
            world.machine(&json!({ "aws_clock_behind_seconds": 7200 }));
        },
        refused: &[
            "the credentials of AWS_ACCESS_KEY_ID were not accepted",
            "Signature expired",
            "that this machine's clock is right",
        ],
    },
    Way {
        // The last one: time does not go back.
        name: "a session that is over",
        set: |world, _| {
            world.machine(&json!({}));
            let (id, secret, token) = Session::of_role(world.clouds(), "deployer", "by-hand").into_keys();
            world.set("AWS_ACCESS_KEY_ID", &id);
            world.set("AWS_SECRET_ACCESS_KEY", &world.secret(&secret));
            world.set("AWS_SESSION_TOKEN", &world.secret(&token));
            world.clouds().time_passes(7200);
        },
        refused: &["the credentials of AWS_ACCESS_KEY_ID were not accepted", "ExpiredToken"],
    },
];

fn google_file(world: &World, text: &str) {
    world.set("GOOGLE_APPLICATION_CREDENTIALS", &world.file("credentials.json", text));
}

/// A token of the pipelines' issuer that differs from a good one.
fn subject(world: &World, differs: &serde_json::Value) {
    let mut order = json!({ "issuer": ISSUER, "subject": "deployer", "audience": format!("{ISSUER}/google") });
    merge(&mut order, differs);
    let token = world.file("token", &world.secret(&world.clouds().token(&order)));
    external(world, &json!({ "file": token }));
}

fn certificate(world: &World, pem: &str) {
    sign_in_azure::application(world);
    world.set("ARM_CLIENT_CERTIFICATE_PATH", &world.file("certificate.pem", pem));
}

fn archive(world: &World, bytes: &[u8], password: &str) {
    sign_in_azure::application(world);
    world.secret(MODERN);
    world.set("ARM_CLIENT_CERTIFICATE_PATH", &world.bytes("certificate.pfx", bytes));
    world.set("ARM_CLIENT_CERTIFICATE_PASSWORD", password);
}

fn oidc(world: &World, token: &str) {
    world.set("ARM_TENANT_ID", TENANT);
    world.set("ARM_CLIENT_ID", CLIENT);
    world.set("ARM_USE_OIDC", "true");
    world.set("ARM_OIDC_TOKEN", token);
}

/// A token of the cluster that differs from a good one.
fn pod(world: &World, differs: &serde_json::Value) -> String {
    let pod = json!({ "kind": "kubernetes", "namespace": "ci", "service_account": "runner" });
    let mut order = json!({ "issuer": CLUSTER, "workload": pod, "audience": "api://AzureADTokenExchange" });
    merge(&mut order, differs);
    world.secret(&world.clouds().token(&order))
}

fn profile(world: &World, lines: &str) {
    world.file(".aws/config", &format!("[profile work]\n{lines}"));
    world.set("AWS_PROFILE", "work");
}

/// A token of the runners' issuer that differs from a good one.
fn web_identity(world: &World, differs: &serde_json::Value) {
    let mut order = json!({ "issuer": sign_in_aws::ISSUER, "subject": "runner", "audience": "sts.amazonaws.com" });
    merge(&mut order, differs);
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &world.file("token", &world.secret(&world.clouds().token(&order))));
    world.set("AWS_ROLE_ARN", &arn("deployer"));
}

fn merge(order: &mut serde_json::Value, differs: &serde_json::Value) {
    for (name, value) in differs.as_object().into_iter().flatten() {
        order[name] = value.clone();
    }
}
