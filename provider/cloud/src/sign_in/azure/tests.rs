//! What is taken and what is refused, before anything is sent.

use super::*;

fn env(set: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn a_secret_or_a_federated_token_signs_in() {
    const SECRET: &[(&str, &str)] =
        &[("ARM_TENANT_ID", "t"), ("ARM_CLIENT_ID", "c"), ("ARM_CLIENT_SECRET", "very-secret-value")];
    let source = azure(&AzureSignIn::default(), &Realm::Real, env(SECRET));
    assert_eq!(source.description(), "client c of tenant t (ARM_CLIENT_SECRET)");
    assert!(!format!("{source:?}").contains("very-secret-value"));
    const OIDC: &[(&str, &str)] = &[("ARM_USE_OIDC", "True"), ("ARM_OIDC_TOKEN_FILE_PATH", "/x")];
    let config = AzureSignIn { tenant_id: Some("t".into()), client_id: Some("c".into()), ..AzureSignIn::default() };
    let source = azure(&config, &Realm::Real, env(OIDC));
    assert_eq!(source.description(), "client c of tenant t (ARM_OIDC_TOKEN_FILE_PATH)");
}

#[test]
fn an_emulator_never_sees_real_credentials() {
    let realm = Realm::Emulator { origin: "http://127.0.0.1:1".into() };
    let source = azure(&AzureSignIn::default(), &realm, |name| panic!("{name} was read"));
    assert!(matches!(source, TokenSource::Emulator));
}

#[test]
fn what_is_missing_is_listed() {
    let source = azure(&AzureSignIn::default(), &Realm::Real, env(&[("ARM_CLIENT_ID", "c"), ("ARM_USE_CLI", "false")]));
    let TokenSource::Missing(error) = source else { panic!("found {source:?}") };
    let told = error.to_string();
    let order = [
        "ARM_CLIENT_CERTIFICATE: not set",
        "ARM_CLIENT_CERTIFICATE_PATH: not set",
        "ARM_CLIENT_SECRET: not set",
        "ARM_USE_AKS_WORKLOAD_IDENTITY: not set",
        "ARM_USE_OIDC: not set",
        "ARM_USE_MSI: not set",
        "the Azure command line: switched off",
    ];
    let places: Vec<_> = order.iter().map(|part| told.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{told}");
    assert!(error.next_step().contains("az login"));
}

#[test]
fn the_cloud_is_named_or_the_ordinary_one() {
    assert_eq!(azure_cloud(None, |_| None).map(|cloud| cloud.name), Ok("public"));
    assert_eq!(azure_cloud(None, env(&[("ARM_ENVIRONMENT", "china")])).map(|cloud| cloud.name), Ok("china"));
    assert_eq!(azure_cloud(Some("usgovernment"), |_| None).map(|cloud| cloud.name), Ok("usgovernment"));
    assert_eq!(azure_cloud(Some("mars"), |_| None), Err("mars".to_owned()));
}

/// Variables and their values.
type Set = &'static [(&'static str, &'static str)];

/// The environment, what it is told to come from, and what is said of it. `hush-hush` never is.
const MALFORMED: &[(Set, &str, &str)] = &[
    (&[("ARM_CLIENT_SECRET", "hush-hush"), ("ARM_CLIENT_ID", "c")], "ARM_CLIENT_SECRET", "ARM_TENANT_ID is not set"),
    (&[("ARM_CLIENT_SECRET", "hush-hush"), ("ARM_TENANT_ID", "t")], "ARM_CLIENT_SECRET", "ARM_CLIENT_ID is not set"),
    (&[("ARM_CLIENT_SECRET", "hush-hush of two")], "ARM_CLIENT_SECRET", "white space"),
    (&[("ARM_TENANT_ID", "hush-hush~secret")], "ARM_TENANT_ID", "not an id"),
    (&[("ARM_CLIENT_ID", "hush-hush/../x")], "ARM_CLIENT_ID", "not an id"),
    (&[("ARM_CLIENT_SECRET_FILE_PATH", "/nonexistent/secret")], "ARM_CLIENT_SECRET_FILE_PATH", "/nonexistent/secret"),
    (&[("ARM_CLIENT_CERTIFICATE_PATH", "/nonexistent/pem")], "ARM_CLIENT_CERTIFICATE_PATH", "/nonexistent/pem"),
    (&[("ARM_CLIENT_CERTIFICATE", "hush-hush")], "ARM_CLIENT_CERTIFICATE", "not Base64"),
    (&[("ARM_CLIENT_CERTIFICATE", "aHVzaC1odXNo")], "ARM_CLIENT_CERTIFICATE", "neither a PKCS#12 archive nor PEM"),
    (&[("ARM_USE_OIDC", "hush-hush")], "ARM_USE_OIDC", "neither true nor false"),
    (&[("ARM_USE_OIDC", "true")], "ARM_USE_OIDC", "none of ARM_OIDC_TOKEN"),
    (&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "hush-hush")], "ARM_OIDC_TOKEN", "three parts"),
    (&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "a.hush-hush.c")], "ARM_OIDC_TOKEN", "claims of the token"),
    // The claims are {"exp":1} and {}.
    (&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "a.eyJleHAiOjF9.hush")], "ARM_OIDC_TOKEN", "expired"),
    (&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "a.e30.hush")], "ARM_OIDC_TOKEN", "does not say when"),
    (
        &[("ARM_USE_OIDC", "true"), ("ARM_OIDC_REQUEST_URL", "https://x.example/hush")],
        "ARM_OIDC_REQUEST_URL",
        "ARM_OIDC_REQUEST_TOKEN is not set",
    ),
    (
        &[
            ("ARM_USE_OIDC", "true"),
            ("ARM_OIDC_REQUEST_URL", "http://x.example/hush"),
            ("ARM_OIDC_REQUEST_TOKEN", "hush"),
        ],
        "ARM_OIDC_REQUEST_URL",
        "plain http",
    ),
    (&[("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", "http://x.example/hush")], "ARM_MSI_ENDPOINT", "plain http"),
    (
        &[("ARM_USE_AKS_WORKLOAD_IDENTITY", "true")],
        "ARM_USE_AKS_WORKLOAD_IDENTITY",
        "AZURE_FEDERATED_TOKEN_FILE is not set",
    ),
];

#[test]
fn what_is_malformed_is_told_with_its_source_and_without_its_content() {
    for (set, source, says) in MALFORMED {
        let env = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        is_told(&azure(&AzureSignIn::default(), &Realm::Real, env), source, says);
    }
}

#[test]
fn files_that_are_no_certificates_are_told_by_their_path() {
    const LOCKED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nhush-hush\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let path = std::env::temp_dir().join(format!("crosscloud-azure-certificate-{}", std::process::id()));
    for (bytes, says) in [(&b"\x30\x82\xff\xfehush"[..], "cut off"), (LOCKED.as_bytes(), "encrypted")] {
        std::fs::write(&path, bytes).expect("a file");
        let config =
            AzureSignIn { client_certificate_path: Some(path.display().to_string()), ..AzureSignIn::default() };
        is_told(&azure(&config, &Realm::Real, |_| None), &path.display().to_string(), says);
    }
    std::fs::remove_file(path).expect("the file goes");
}

fn is_told(source: &TokenSource, origin: &str, says: &str) {
    let TokenSource::Missing(error) = source else { panic!("{says}: {source:?} was taken") };
    let told = error.to_string();
    assert!(told.contains(origin) && told.contains(says), "{says}: {told}");
    for said in [told, format!("{source:?}"), error.next_step()] {
        assert!(!said.contains("hush"), "{said}");
    }
}
