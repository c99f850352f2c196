//! Every way to sign in to AWS.

use acceptance_tests::aws::{ACCOUNT, Session, by_hand};
use acceptance_tests::suite::Suite;
use serde_json::{Value, json};

use crate::paths::{self, Cloud, Way, World};

pub(crate) const TO: &str = r#"{ aws = {
    account_id    = "123456789012"
    inline_policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::ml-data/*" }]
    })
  } }"#;
pub(crate) const AWS: Cloud = Cloud {
    name: "aws",
    endpoints: "  endpoints = { aws = { iam = \"ORIGIN\", sts = \"ORIGIN\" } }\n",
    to: TO,
    prepare,
    tokens: &["emulated-session-", "emulated-imds-"],
};
/// The variables of AWS's own tools name the endpoint.
const BY_VARIABLE: Cloud = Cloud { endpoints: "", ..AWS };
/// The provider block names a role to enter.
const ENTERING: Cloud = Cloud {
    endpoints: r#"  endpoints = { aws = { iam = "ORIGIN", sts = "ORIGIN" } }
  aws = { assume_role = [{ role_arn = "arn:aws:iam::123456789012:role/guarded", external_id = "agreed-upon" }] }
"#,
    ..AWS
};

/// The provider block names a role to enter with a token.
const BY_TOKEN: Cloud = Cloud {
    endpoints: r#"  endpoints = { aws = { iam = "ORIGIN", sts = "ORIGIN" } }
  aws = { assume_role_with_web_identity = {
    role_arn                = "arn:aws:iam::123456789012:role/deployer"
    web_identity_token_file = "BESIDE/web-identity"
    duration                = 1800
  } }
"#,
    ..AWS
};
/// The provider block names shared files.
const BY_FILES: Cloud = Cloud {
    endpoints: r#"  endpoints = { aws = { iam = "ORIGIN", sts = "ORIGIN" } }
  aws = { profile = "work", shared_config_files = ["BESIDE/config"], shared_credentials_files = ["BESIDE/first", "BESIDE/second"] }
"#,
    ..AWS
};

/// The emulator's operator.
const ID: &str = "AKIAEMULATOROPERATOR";
const SECRET: &str = "emulator-secret-access-key-of-the-operator";
pub(crate) const ISSUER: &str = "https://id.example.com";
const MISMATCH: &str = "SignatureDoesNotMatch";

const WAYS: &[Way] = &[
    Way { name: "keys", set: keys, refused: &["the credentials of AWS_ACCESS_KEY_ID were not accepted", MISMATCH] },
    Way {
        name: "keys_of_a_session",
        set: |world, right| {
            let (id, secret, token) = Session::of_role(world.clouds(), "deployer", "by-hand").into_keys();
            world.set("AWS_ACCESS_KEY_ID", &id);
            world.set("AWS_SECRET_ACCESS_KEY", &world.secret(&secret));
            world.set("AWS_SESSION_TOKEN", &world.secret(&if right { token } else { format!("{token}-of-another") }));
        },
        refused: &["the credentials of AWS_ACCESS_KEY_ID were not accepted", "InvalidClientTokenId"],
    },
    Way {
        name: "profile_of_the_credentials_file",
        set: |world, right| {
            world.file(".aws/credentials", &section("[work]", world, right));
            world.set("AWS_PROFILE", "work");
        },
        refused: &["the credentials of AWS_PROFILE (profile work) were not accepted", MISMATCH],
    },
    Way {
        name: "default_profile",
        set: |world, right| {
            world.file(".aws/config", &section("[default]", world, right));
        },
        refused: &["the credentials of the default profile (profile default) were not accepted", MISMATCH],
    },
    Way {
        name: "source_profile_and_role",
        set: |world, right| {
            let agreed = if right { "agreed-upon" } else { "guessed" };
            let base = section("[profile base]", world, true);
            let role = format!(
                "[profile deploy]\nrole_arn = {}\nsource_profile = base\nexternal_id = {agreed}\n",
                arn("guarded")
            );
            world.file(".aws/config", &format!("{base}{role}"));
            world.set("AWS_PROFILE", "deploy");
        },
        refused: &["AWS_PROFILE (profile deploy)", "not authorized to perform: sts:AssumeRole"],
    },
    Way {
        name: "credential_process",
        set: |world, right| {
            let (id, secret, token) = Session::of_role(world.clouds(), "deployer", "process").into_keys();
            let printed = json!({
                "Version": 1, "AccessKeyId": id, "SecretAccessKey": world.secret(&secret), "SessionToken": world.secret(&token),
                "Expiration": "2099-01-01T00:00:00Z",
            });
            let printed = world.file("printed.json", &printed.to_string());
            let program = world
                .program("vault", &if right { format!("cat {printed}") } else { format!("cat {printed}; exit 7") });
            world.file(".aws/config", &format!("[profile vault]\ncredential_process = {program} --for terraform\n"));
            world.set("AWS_PROFILE", "vault");
        },
        refused: &["AWS_PROFILE (profile vault)", "its credential_process failed (exit status: 7)"],
    },
    Way {
        name: "identity_center",
        set: |world, right| {
            let token = world.secret("token-of-aws-sso-login");
            world.machine(
                &json!({ "aws_role": arn("deployer"), "aws_sso_token": if right { &token } else { "signed-out" } }),
            );
            world.set("AWS_ENDPOINT_URL_SSO", world.clouds().origin());
            let profile =
                format!("[default]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = deployer\n");
            world.file(".aws/config", &format!("{profile}[sso-session corp]\nsso_region = eu-central-1\n"));
            // The file is named after the SHA-1 of "corp".
            let cached = json!({ "accessToken": token, "expiresAt": "2099-01-01T00:00:00Z", "region": "eu-central-1" });
            world.file(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", &cached.to_string());
        },
        refused: &[
            "the default profile (profile default)",
            "/federation/credentials: HTTP 401",
            "Session token not found or invalid",
        ],
    },
    Way {
        name: "web_identity",
        set: |world, right| {
            let signer = if right { ISSUER } else { "https://evil.example.com" };
            let order =
                json!({ "issuer": ISSUER, "subject": "runner", "audience": "sts.amazonaws.com", "signed_by": signer });
            let token = world.secret(&world.clouds().token(&order));
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &world.file("web-identity", &token));
            world.set("AWS_ROLE_ARN", &arn("deployer"));
        },
        refused: &["AWS_WEB_IDENTITY_TOKEN_FILE", "InvalidIdentityToken", "signature is not valid"],
    },
    Way {
        name: "container",
        set: |world, right| {
            let shown = world.secret("token-of-the-container");
            world.machine(
                &json!({ "aws_role": arn("deployer"), "aws_container_token": if right { &shown } else { "another" } }),
            );
            world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.url("/v2/credentials/task"));
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &world.file("container-token", &shown));
        },
        refused: &["AWS_CONTAINER_CREDENTIALS_FULL_URI", "/v2/credentials/task: HTTP 401", "missing or wrong"],
    },
    Way {
        name: "machine",
        set: |world, right| {
            world.machine(&json!({ "aws_role": arn(if right { "deployer" } else { "gone" }) }));
            world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", world.clouds().origin());
        },
        refused: &["EC2's metadata service", "/latest/meta-data/iam/security-credentials/gone: HTTP 404"],
    },
];

const OTHERS: &[(&Cloud, &[Way])] = &[
    (
        &BY_VARIABLE,
        &[Way {
            name: "keys_at_an_endpoint_of_the_environment",
            set: |world, right| {
                world.set("AWS_ENDPOINT_URL", &world.clouds().origin().replace("127.0.0.1", "localhost"));
                keys(world, right);
            },
            refused: &["the credentials of AWS_ACCESS_KEY_ID were not accepted", MISMATCH],
        }],
    ),
    (
        &BY_TOKEN,
        &[Way {
            name: "web_identity_of_the_provider_block",
            set: |world, right| {
                let signer = if right { ISSUER } else { "https://evil.example.com" };
                let order = json!({ "issuer": ISSUER, "subject": "runner", "audience": "sts.amazonaws.com", "signed_by": signer });
                world.file("web-identity", &world.secret(&world.clouds().token(&order)));
            },
            refused: &[
                "the provider's assume_role_with_web_identity argument",
                "InvalidIdentityToken",
                "signature is not valid",
            ],
        }],
    ),
    (
        &BY_FILES,
        &[Way {
            name: "files_of_the_provider_block",
            set: |world, right| {
                world.file("config", "[profile work]\nregion = eu-central-1\n");
                world.file("first", &section("[work]", world, false));
                world.file("second", &section("[work]", world, right));
            },
            refused: &["the credentials of the provider's profile argument (profile work) were not accepted", MISMATCH],
        }],
    ),
    (&ENTERING, &[Way { name: "role_to_enter", set: keys, refused: &["AWS_ACCESS_KEY_ID", MISMATCH] }]),
];

pub(crate) fn add(suite: &mut Suite) {
    paths::add(suite, &AWS, WAYS);
    for (cloud, ways) in OTHERS {
        paths::add(suite, cloud, ways);
    }
}

/// Roles that may do everything: one that its account and an issuer's runner may enter, and one that asks for what was agreed upon.
fn prepare(world: &World) {
    let clouds = world.clouds();
    by_hand(
        clouds,
        "iam",
        "CreateOpenIDConnectProvider",
        &[("Url", ISSUER), ("ClientIDList.member.1", "sts.amazonaws.com")],
    );
    let root = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
    let of_issuer = json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com") });
    let runner =
        json!({ "StringEquals": { "id.example.com:sub": "runner", "id.example.com:aud": "sts.amazonaws.com" } });
    let agreed = json!({ "StringEquals": { "sts:ExternalId": "agreed-upon" } });
    let roles = [
        (
            "deployer",
            json!([
                { "Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole" },
                { "Effect": "Allow", "Principal": of_issuer, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": runner },
            ]),
        ),
        ("guarded", json!([{ "Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole", "Condition": agreed }])),
    ];
    let policy = |statement: Value| json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let everything = policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    for (name, trusts) in roles {
        by_hand(clouds, "iam", "CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &policy(trusts))]);
        let inline = [("RoleName", name), ("PolicyName", "everything"), ("PolicyDocument", everything.as_str())];
        by_hand(clouds, "iam", "PutRolePolicy", &inline);
    }
}

/// The operator's keys, or another secret.
pub(crate) fn keys(world: &World, right: bool) {
    world.set("AWS_ACCESS_KEY_ID", ID);
    world
        .set("AWS_SECRET_ACCESS_KEY", &world.secret(if right { SECRET } else { "secret-access-key-of-somebody-else" }));
}

/// A section of a shared file with keys.
fn section(header: &str, world: &World, right: bool) -> String {
    let secret = world.secret(if right { SECRET } else { "secret-access-key-of-somebody-else" });
    format!("{header}\naws_access_key_id = {ID}\naws_secret_access_key = {secret}\n")
}

pub(crate) fn arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}
