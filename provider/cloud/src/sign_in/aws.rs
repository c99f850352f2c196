//! AWS's sources of credentials, with the environment variables of its own tools.

use std::time::{Duration, Instant};

use super::{SignInError, TokenSource, Tried, read_file};
use crate::api::Cloud;
use crate::aws::sigv4::Keys;
use crate::aws::sts;
use crate::context::Context;
use crate::endpoints::{AwsRegion, EndpointError, Realm};
use crate::error::Error;
use crate::secret::Secret;
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// What the provider's configuration says about signing in to AWS. What it leaves out, the environment says.
#[derive(Clone, Debug, Default)]
pub struct AwsSignIn {
    /// The public half of the keys.
    pub access_key: Option<String>,
    /// The secret half.
    pub secret_key: Option<Secret>,
    /// Goes with keys that are only lent.
    pub session_token: Option<Secret>,
}

/// AWS credentials: keys, or a role that is entered with a token of another issuer.
#[derive(Debug)]
pub struct AwsCredentials {
    source: Source,
    origin: String,
    sessions: SingleFlight<(), Session>,
}

#[derive(Debug)]
enum Source {
    Keys(Keys),
    WebIdentity { role_arn: String, session_name: String, token_file: String },
}

#[derive(Clone, Debug)]
struct Session {
    keys: Keys,
    renew_at: Instant,
}

/// Sources of AWS's tools that this version does not use; naming them shows a user why they did not help.
const NOT_READ: [&str; 3] =
    ["AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// The keys that an emulator is shown.
pub(super) fn emulator_keys() -> Keys {
    Keys {
        access_key_id: "AKIAEMULATOROPERATOR".to_owned(),
        secret_access_key: Secret::new("emulator-secret-access-key-of-the-operator"),
        session_token: None,
    }
}

/// Finds the credentials for AWS. `env` reads one environment variable; it is not called at all in an emulator's realm.
pub fn aws(config: &AwsSignIn, realm: &Realm, env: impl Fn(&str) -> Option<String>) -> TokenSource {
    if realm.is_emulator() {
        return TokenSource::Emulator;
    }
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let mut tried = Vec::new();
    let mut note = |source: &str, outcome: &str| {
        tried.push(Tried { source: source.to_owned(), outcome: outcome.to_owned() });
    };
    match (&config.access_key, &config.secret_key) {
        (Some(id), Some(secret)) => {
            let keys = Keys {
                access_key_id: id.trim().to_owned(),
                secret_access_key: secret.clone(),
                session_token: config.session_token.clone(),
            };
            return source(Source::Keys(keys), "the provider's arguments");
        }
        (None, None) => note("arguments access_key and secret_key", "not set"),
        _ => note("arguments access_key and secret_key", "only one of them is set"),
    }
    match (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            let keys = Keys {
                access_key_id: id.trim().to_owned(),
                secret_access_key: Secret::new(secret),
                session_token: env("AWS_SESSION_TOKEN").map(Secret::new),
            };
            return source(Source::Keys(keys), "AWS_ACCESS_KEY_ID");
        }
        (Some(_), None) => note("AWS_SECRET_ACCESS_KEY", "not set, although AWS_ACCESS_KEY_ID is"),
        (None, _) => note("AWS_ACCESS_KEY_ID", "not set"),
    }
    match (env("AWS_ROLE_ARN"), env("AWS_WEB_IDENTITY_TOKEN_FILE")) {
        (Some(role_arn), Some(token_file)) => {
            let session_name =
                env("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "terraform-provider-crosscloud".to_owned());
            let web_identity = Source::WebIdentity { role_arn, session_name, token_file };
            return source(web_identity, "AWS_WEB_IDENTITY_TOKEN_FILE");
        }
        (None, Some(_)) => note("AWS_ROLE_ARN", "not set, although AWS_WEB_IDENTITY_TOKEN_FILE is"),
        (_, None) => note("AWS_WEB_IDENTITY_TOKEN_FILE", "not set"),
    }
    for variable in NOT_READ {
        if env(variable).is_some() {
            note(variable, "set, but not used by this version");
        }
    }
    TokenSource::Missing(SignInError::NoCredentials { cloud: Cloud::Aws, tried })
}

/// The region that the configuration or else the environment names; AWS's own fallback, if none does.
pub fn aws_region(region: Option<&str>, env: impl Fn(&str) -> Option<String>) -> Result<AwsRegion, EndpointError> {
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let name = region.map(str::to_owned).or_else(|| env("AWS_REGION")).or_else(|| env("AWS_DEFAULT_REGION"));
    name.map_or_else(|| Ok(AwsRegion::default()), |name| AwsRegion::new(name.trim()))
}

fn source(source: Source, origin: &str) -> TokenSource {
    let origin = origin.to_owned();
    TokenSource::Aws(AwsCredentials { source, origin, sessions: SingleFlight::new(Duration::MAX) }.into())
}

impl AwsCredentials {
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The keys, renewed a while before they expire.
    pub(super) async fn keys(&self, transport: &Transport, ctx: &Context) -> Result<Keys, Error> {
        match &self.source {
            Source::Keys(keys) => Ok(keys.clone()),
            Source::WebIdentity { role_arn, session_name, token_file } => {
                let fetch = async {
                    let call =
                        || sts::assume_role_with_web_identity(role_arn, session_name, &Secret::new("")).raw().call();
                    let token = read_file(&self.origin, token_file).await;
                    let token = token.map_err(|source| Error::SignIn { call: call(), source })?;
                    let asked = Instant::now();
                    let request = sts::assume_role_with_web_identity(role_arn, session_name, &token);
                    let answer = transport.send(&request, ctx).await?;
                    let life = answer.credentials.remaining().unwrap_or(Duration::from_secs(900));
                    let renew_at = asked + life.saturating_sub(Duration::from_secs(300)).max(life / 2);
                    Ok(Session { keys: answer.credentials.into_keys(), renew_at })
                };
                let still_good = |session: &Session| Instant::now() < session.renew_at;
                Ok(self.sessions.get_while(&(), still_good, fetch).await?.keys)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(set: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn keys_come_before_web_identity() {
        const BOTH: &[(&str, &str)] = &[
            ("AWS_ACCESS_KEY_ID", "AKIA"),
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
    fn half_a_pair_of_keys_is_told() {
        let source =
            aws(&AwsSignIn::default(), &Realm::Real, env(&[("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_PROFILE", "p")]));
        let TokenSource::Missing(error) = source else { panic!("found {source:?}") };
        let text = error.to_string();
        for part in ["AWS_SECRET_ACCESS_KEY: not set, although", "AWS_PROFILE: set, but not used"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn the_region_is_named_or_the_fallback() {
        let name = |region: Option<&str>, set| aws_region(region, env(set)).map(|region| region.name().to_owned());
        assert_eq!(name(None, &[]), Ok("us-east-1".to_owned()));
        assert_eq!(name(None, &[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "x")]), Ok("eu-west-1".to_owned()));
        assert_eq!(name(Some("eu-central-1"), &[("AWS_REGION", "eu-west-1")]), Ok("eu-central-1".to_owned()));
        assert!(name(Some("not a region"), &[]).is_err());
    }
}
