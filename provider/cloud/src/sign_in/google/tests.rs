//! What is taken and what is refused, before anything is sent.

use super::*;

fn token(source: &TokenSource) -> String {
    let TokenSource::Static(token) = source else { panic!("not static: {source:?}") };
    token.secret().expose().to_owned()
}

#[test]
fn argument_comes_before_environment() {
    let config = GoogleSignIn { access_token: Some(Secret::new("from-argument")), ..GoogleSignIn::default() };
    let only = |name: &str| (name == ACCESS_TOKEN_VARIABLE).then(|| "from-env\n".to_owned());
    assert_eq!(token(&google(&config, &Realm::Real, only)), "from-argument");
    let source = google(&GoogleSignIn::default(), &Realm::Real, only);
    assert_eq!(token(&source), "from-env");
    assert_eq!(source.description(), "GOOGLE_OAUTH_ACCESS_TOKEN");
}

#[test]
fn an_emulator_never_sees_real_credentials() {
    let realm = Realm::Emulator { origin: "http://127.0.0.1:1".into() };
    let config = GoogleSignIn { access_token: Some(Secret::new("real")), ..GoogleSignIn::default() };
    let source = google(&config, &realm, |name| panic!("{name} was read"));
    assert!(matches!(source, TokenSource::Emulator));
}

#[test]
fn a_token_can_be_the_first_step_to_a_service_account() {
    let config = GoogleSignIn {
        access_token: Some(Secret::new("from-argument")),
        impersonate_service_account: Some("sa@p.iam.gserviceaccount.com".to_owned()),
        ..GoogleSignIn::default()
    };
    let TokenSource::Google(credentials) = google(&config, &Realm::Real, |_| None) else { panic!("not fetched") };
    assert_eq!(credentials.steps.len(), 1);
}

/// What stands in `GOOGLE_CREDENTIALS`, and what is said of it. `hush-hush` never is.
const MALFORMED: &[(&str, &str)] = &[
    ("hush-hush-of-nobody", "neither JSON nor the path"),
    ("two lines\nhush-hush", "neither JSON nor the path"),
    ("[1, \"hush-hush\"]", "not an object"),
    ("\"hush-hush\"", "not an object"),
    ("{\"type\": \"service_account\", hush-hush", "not JSON (line 1"),
    ("{}", "no `type`"),
    (r#"{"type": 7, "private_key": "hush-hush"}"#, "`type` is not a text"),
    (r#"{"type": "hush-hush"}"#, "`type` is none of"),
    (r#"{"installed": {"client_secret": "hush-hush"}}"#, "no `type`"),
    (r#"{"type": "service_account", "client_email": "a@b"}"#, "no `private_key`"),
    (r#"{"type": "service_account", "client_email": "a@b", "private_key": "hush-hush"}"#, "not a key in PEM"),
    (
        r#"{"type": "service_account", "client_email": "a@b", "private_key": "-----BEGIN PRIVATE KEY-----\nhush-hush\n-----END PRIVATE KEY-----\n"}"#,
        "not an RSA key",
    ),
    (r#"{"type": "authorized_user", "client_id": "c", "client_secret": "hush-hush"}"#, "no `refresh_token`"),
    (
        r#"{"type": "authorized_user", "client_id": "c", "client_secret": "hush-hush", "refresh_token": ["hush-hush"]}"#,
        "`refresh_token` is not a text",
    ),
    (
        r#"{"type": "authorized_user", "client_id": "c", "client_secret": "x", "refresh_token": "hush-hush", "token_uri": "http://example.com/hush-hush"}"#,
        "plain http",
    ),
    (r#"{"type": "external_account", "audience": "a", "subject_token_type": "t"}"#, "no `credential_source`"),
    (
        r#"{"type": "external_account", "audience": "a", "subject_token_type": "t", "credential_source": {"executable": {"command": "hush-hush"}}}"#,
        "ALLOW_EXECUTABLES",
    ),
    (
        r#"{"type": "external_account", "audience": "a", "subject_token_type": "t", "credential_source": {"environment_id": "aws2"}}"#,
        "not aws1",
    ),
    (
        r#"{"type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "ftp://hush-hush", "credential_source": {"file": "/t"}}"#,
        "neither https nor http",
    ),
    (r#"{"type": "external_account_authorized_user", "refresh_token": "hush-hush"}"#, "workforce"),
    (r#"{"type": "impersonated_service_account"}"#, "no `source_credentials`"),
];

#[test]
fn what_is_malformed_is_told_with_its_source_and_without_its_content() {
    for (text, says) in MALFORMED {
        let env = |name: &str| (name == "GOOGLE_CREDENTIALS").then(|| (*text).to_owned());
        let source = google(&GoogleSignIn::default(), &Realm::Real, env);
        let TokenSource::Missing(error) = &source else { panic!("{text} was taken: {source:?}") };
        let told = error.to_string();
        assert!(told.contains("GOOGLE_CREDENTIALS") && told.contains(says), "{text}: {told}");
        for said in [told, format!("{source:?}"), error.next_step()] {
            assert!(!said.contains("hush-hush"), "{said}");
        }
    }
}

#[test]
fn files_that_are_no_credentials_are_told_by_their_path() {
    let folder = std::env::temp_dir().join(format!("crosscloud-google-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("empty.json"), " \n").expect("a file");
    std::fs::write(folder.join("binary.json"), [0xff, 0xfe, 0x00]).expect("a file");
    for (name, says) in
        [("", "folder"), ("empty.json", "empty"), ("binary.json", "not text"), ("gone.json", "cannot be read")]
    {
        let path = folder.join(name).display().to_string();
        let env = |variable: &str| (variable == "GOOGLE_APPLICATION_CREDENTIALS").then(|| path.clone());
        let TokenSource::Missing(error) = google(&GoogleSignIn::default(), &Realm::Real, env) else { panic!("{name}") };
        let told = error.to_string();
        for part in ["GOOGLE_APPLICATION_CREDENTIALS", path.as_str(), says] {
            assert!(told.contains(part), "{told}");
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}
