//! What is taken and what is refused, before anything is sent.

use super::*;

fn env(set: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn keys_come_before_web_identity() {
    const BOTH: &[(&str, &str)] = &[
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "very-secret-key"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
    ];
    let source = aws(&AwsSignIn::default(), &Realm::Real, env(BOTH));
    assert_eq!(source.description(), "AWS_ACCESS_KEY_ID");
    assert!(!format!("{source:?}").contains("very-secret-key"));
    let source = aws(&AwsSignIn::default(), &Realm::Real, env(&BOTH[2..]));
    assert_eq!(source.description(), "AWS_WEB_IDENTITY_TOKEN_FILE");
}

#[test]
fn an_emulator_never_sees_real_credentials() {
    let realm = Realm::Emulator { origin: "http://127.0.0.1:1".into() };
    assert!(matches!(aws(&AwsSignIn::default(), &realm, |name| panic!("{name} was read")), TokenSource::Emulator));
}

#[test]
fn the_region_is_named_or_the_fallback() {
    let name = |region: Option<&str>, set| aws_region(region, env(set)).map(|region| region.name().to_owned());
    assert_eq!(name(None, &[]), Ok("us-east-1".to_owned()));
    assert_eq!(name(None, &[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "x")]), Ok("eu-west-1".to_owned()));
    assert_eq!(name(Some("eu-central-1"), &[("AWS_REGION", "eu-west-1")]), Ok("eu-central-1".to_owned()));
    assert!(name(Some("not a region"), &[]).is_err());
}

#[test]
fn a_profile_names_its_region() {
    let path = std::env::temp_dir().join(format!("crosscloud-aws-region-{}", std::process::id()));
    std::fs::write(&path, "[default]\nregion = cn-north-1\n[profile eu]\nregion = eu-central-1\n[profile none]\n")
        .expect("a file");
    let region = |profile: Option<&str>| {
        let config = AwsSignIn {
            profile: profile.map(str::to_owned),
            shared_config_files: vec![path.display().to_string()],
            ..AwsSignIn::default()
        };
        aws_profile_region(&config, |_| None)
    };
    let found = [region(None), region(Some("eu")), region(Some("none")), region(Some("gone"))];
    assert_eq!(found.each_ref().map(Option::as_deref), [Some("cn-north-1"), Some("eu-central-1"), None, None]);
    std::fs::remove_file(&path).expect("the file goes");
    assert_eq!(region(None), None);
}

/// Variables and their values.
type Set = &'static [(&'static str, &'static str)];

/// The environment, what it is told to come from, and what is said of it. `hush-hush` never is.
const MALFORMED: &[(Set, &str, &str)] = &[
    (&[("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")], "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY is not set"),
    (&[("AWS_SECRET_ACCESS_KEY", "hush-hush")], "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID is not set"),
    (
        &[("AWS_ACCESS_KEY_ID", "hush-hush/+="), ("AWS_SECRET_ACCESS_KEY", "AKIAEXAMPLE")],
        "AWS_ACCESS_KEY_ID",
        "is it the secret key?",
    ),
    (
        &[("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "hush-hush of two")],
        "AWS_ACCESS_KEY_ID",
        "white space",
    ),
    (
        &[("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "hush-hush")],
        "AWS_ACCESS_KEY_ID",
        "need their session token",
    ),
    (
        &[
            ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_SESSION_TOKEN", "hush-hush\u{7f}"),
        ],
        "AWS_ACCESS_KEY_ID",
        "session token is empty or holds",
    ),
    (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")], "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN is not set"),
    (&[("AWS_CONFIG_FILE", "/nonexistent/config")], "AWS_CONFIG_FILE", "/nonexistent/config cannot be read"),
    (
        &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/hush-hush")],
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "plain http",
    ),
    (&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "hush-hush")], "RELATIVE_URI", "does not begin with a slash"),
    (&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "hush-hush")], "AWS_EC2_METADATA_SERVICE_ENDPOINT", "not one"),
    (&[("AWS_PROFILE", "gone")], "AWS_PROFILE (profile gone)", "no such profile"),
];

/// The lines of a profile, and what is said of it.
const MALFORMED_PROFILES: &[(&str, &str)] = &[
    ("", "no keys, role, credential_process or sso_account_id"),
    ("aws_access_key_id = AKIAEXAMPLE", "only one of"),
    ("aws_access_key_id = hush-hush\naws_secret_access_key = AKIA", "is it the secret key?"),
    ("role_arn = arn:aws:iam::1:role/r", "no source_profile or credential_source"),
    ("role_arn = arn:aws:iam::1:role/r\nsource_profile = gone", "no such profile"),
    ("role_arn = arn:aws:iam::1:role/r\nsource_profile = circle", "in a circle"),
    ("role_arn = arn:aws:iam::1:role/r\ncredential_source = hush-hush", "none of Environment"),
    ("role_arn = arn:aws:iam::1:role/r\ncredential_source = Environment", "AWS_ACCESS_KEY_ID is not set"),
    ("role_arn = arn:aws:iam::1:role/r\ncredential_source = EcsContainer", "not in such a container"),
    ("sso_account_id = 1\nsso_role_name = r", "no sso_session"),
    ("sso_account_id = 1\nsso_role_name = r\nsso_session = gone", "sso_session is not in"),
    ("sso_account_id = 1\nsso_role_name = r\nsso_start_url = u\nsso_region = hush/hush", "not the name of a region"),
    ("hush-hush", "neither a section nor a setting"),
];

#[test]
fn what_is_malformed_is_told_with_its_source_and_without_its_content() {
    for (set, source, says) in MALFORMED {
        let env = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        is_told(&aws(&AwsSignIn::default(), &Realm::Real, env), source, says);
    }
}

#[test]
fn profiles_that_are_malformed_are_told_by_their_name() {
    let path = std::env::temp_dir().join(format!("crosscloud-aws-profiles-{}", std::process::id()));
    for (lines, says) in MALFORMED_PROFILES {
        let circle = "[profile circle]\nrole_arn = a\nsource_profile = circles\n[profile circles]\nrole_arn = a\nsource_profile = circle\n";
        std::fs::write(&path, format!("{circle}[profile broken]\n{lines}\n")).expect("a file");
        let env = |name: &str| match name {
            "AWS_PROFILE" => Some("broken".to_owned()),
            "AWS_CONFIG_FILE" => Some(path.display().to_string()),
            _ => None,
        };
        let source = if lines.contains('=') || lines.is_empty() { "profile broken" } else { "crosscloud-aws-profiles" };
        is_told(&aws(&AwsSignIn::default(), &Realm::Real, env), source, says);
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
