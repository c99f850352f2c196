//! Google's chain of credential sources, in the order of the official provider.

use super::{AccessToken, SignInError, TokenSource, Tried};
use crate::api::Cloud;
use crate::endpoints::Realm;
use crate::secret::Secret;

/// What the provider's configuration says about signing in to Google.
#[derive(Clone, Debug, Default)]
pub struct GoogleSignIn {
    /// An access token given as an argument.
    pub access_token: Option<Secret>,
}

/// Sources of the official provider that need more than an access token; naming them shows a user why they did not help.
const NOT_READ: [&str; 4] =
    ["GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON", "GOOGLE_APPLICATION_CREDENTIALS"];

/// Finds the token source for Google. `env` reads one environment variable; it is not called at all in an emulator's realm.
pub fn google(config: &GoogleSignIn, realm: &Realm, env: impl Fn(&str) -> Option<String>) -> TokenSource {
    if realm.is_emulator() {
        return TokenSource::Emulator;
    }
    let mut tried = Vec::new();
    let mut note = |source: &str, outcome: &str| {
        tried.push(Tried { source: source.to_owned(), outcome: outcome.to_owned() });
    };
    match &config.access_token {
        None => note("argument access_token", "not set"),
        Some(secret) => match AccessToken::new(secret.clone(), "the provider's access_token argument") {
            Some(token) => return TokenSource::Static(token),
            None => note("argument access_token", UNUSABLE),
        },
    }
    match env(ACCESS_TOKEN_VARIABLE) {
        None => note(ACCESS_TOKEN_VARIABLE, "not set"),
        Some(value) => match AccessToken::new(Secret::new(value), ACCESS_TOKEN_VARIABLE) {
            Some(token) => return TokenSource::Static(token),
            None => note(ACCESS_TOKEN_VARIABLE, UNUSABLE),
        },
    }
    for variable in NOT_READ {
        if env(variable).is_some() {
            note(variable, "set, but credential files are not read by this version");
        }
    }
    TokenSource::Missing(SignInError::NoCredentials { cloud: Cloud::Google, tried })
}

const ACCESS_TOKEN_VARIABLE: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";
const UNUSABLE: &str = "empty, or holds characters that no access token has";

#[cfg(test)]
mod tests {
    use super::*;

    fn token(source: &TokenSource) -> String {
        let TokenSource::Static(token) = source else { panic!("not static: {source:?}") };
        token.secret().expose().to_owned()
    }

    #[test]
    fn argument_comes_before_environment() {
        let config = GoogleSignIn { access_token: Some(Secret::new("from-argument")) };
        assert_eq!(token(&google(&config, &Realm::Real, |_| Some("from-env".into()))), "from-argument");
        let source = google(&GoogleSignIn::default(), &Realm::Real, |_| Some("from-env\n".into()));
        assert_eq!(token(&source), "from-env");
        assert_eq!(source.description(), "GOOGLE_OAUTH_ACCESS_TOKEN");
    }

    #[test]
    fn an_emulator_never_sees_real_credentials() {
        let realm = Realm::Emulator { origin: "http://127.0.0.1:1".into() };
        let config = GoogleSignIn { access_token: Some(Secret::new("real")) };
        let source = google(&config, &realm, |name| panic!("{name} was read"));
        assert!(matches!(source, TokenSource::Emulator));
    }

    #[test]
    fn missing_credentials_list_what_was_tried() {
        let env = |name: &str| match name {
            "GOOGLE_OAUTH_ACCESS_TOKEN" => Some("two words\u{7f}".to_owned()),
            "GOOGLE_APPLICATION_CREDENTIALS" => Some("key.json".to_owned()),
            _ => None,
        };
        let TokenSource::Missing(error) = google(&GoogleSignIn::default(), &Realm::Real, env) else {
            panic!("found something")
        };
        let text = error.to_string();
        for part in [
            "argument access_token: not set",
            "GOOGLE_OAUTH_ACCESS_TOKEN: empty, or",
            "GOOGLE_APPLICATION_CREDENTIALS: set",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("two words"), "{text}");
    }
}
