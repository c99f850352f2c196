//! AWS's sources of credentials, with the environment variables and files of its own tools.

mod profile;
mod source;

use std::time::{Duration, Instant};

use self::source::Source;
use super::imds::Imds;
use super::token::renew_at;
use super::{SignInError, TokenSource, Tried, ask};
use crate::api::{Api, Cloud};
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
    /// The profile of the shared files.
    pub profile: Option<String>,
    /// The shared configuration files, the last of which wins.
    pub shared_config_files: Vec<String>,
    /// The shared credentials files, the last of which wins.
    pub shared_credentials_files: Vec<String>,
    /// A role to enter with a token of another issuer.
    pub web_identity: Option<WebIdentity>,
    /// Roles to enter, one after the other.
    pub assume_role: Vec<AssumeRole>,
    /// The only accounts that may be changed; any if empty.
    pub allowed_account_ids: Vec<String>,
}

/// A role to enter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// Its ARN.
    pub role_arn: String,
    /// Names the session in logs.
    pub session_name: Option<String>,
    /// What the role's owner agreed on with us.
    pub external_id: Option<String>,
    /// How long a session lasts.
    pub duration: Option<Duration>,
}

/// A role that is entered with a token of another issuer.
#[derive(Clone, Debug, Default)]
pub struct WebIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// Names the session in logs.
    pub session_name: Option<String>,
    /// The token.
    pub token: Option<Secret>,
    /// A file that holds it, read anew each time.
    pub token_file: Option<String>,
    /// How long a session lasts.
    pub duration: Option<Duration>,
}

/// AWS credentials: a source of keys, and the roles that are entered with them.
#[derive(Debug)]
pub struct AwsCredentials {
    source: Source,
    roles: Vec<AssumeRole>,
    allowed_accounts: Vec<String>,
    origin: String,
    /// What gave nothing before this source was reached.
    tried: Vec<Tried>,
    sessions: SingleFlight<(), Session>,
}

#[derive(Clone, Debug)]
struct Session {
    keys: Keys,
    renew_at: Instant,
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The name of a session that nobody names.
const SESSION_NAME: &str = "terraform-provider-crosscloud";

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
    let found = match found(config, &env, &mut tried) {
        Ok(Some(found)) => found,
        Ok(None) => return TokenSource::Missing(SignInError::NoCredentials { cloud: Cloud::Aws, tried }),
        Err(error) => return TokenSource::Missing(error),
    };
    let roles = found.roles.into_iter().chain(config.assume_role.iter().cloned()).collect();
    let credentials = AwsCredentials {
        source: found.source,
        roles,
        allowed_accounts: config.allowed_account_ids.clone(),
        origin: found.origin,
        tried,
        sessions: SingleFlight::new(Duration::MAX),
    };
    TokenSource::Aws(credentials.into())
}

/// A source, and the roles that its profile has it enter.
#[derive(Debug)]
struct Found {
    source: Source,
    roles: Vec<AssumeRole>,
    origin: String,
}

impl Found {
    fn new(source: Source, origin: &str) -> Self {
        Self { source, roles: Vec::new(), origin: origin.to_owned() }
    }
}

/// The first source that is set. One that is set and broken is told and not passed over: its user did not mean the next one.
fn found(config: &AwsSignIn, env: Env<'_>, tried: &mut Vec<Tried>) -> Result<Option<Found>, SignInError> {
    let mut note = |source: &str, outcome: &str| {
        tried.push(Tried { source: source.to_owned(), outcome: outcome.to_owned() });
    };
    match (&config.access_key, &config.secret_key) {
        (Some(id), Some(secret)) => {
            let origin = "the provider's access_key argument";
            return Ok(Some(Found::new(keys(origin, id, secret.clone(), config.session_token.clone())?, origin)));
        }
        (None, None) => note("arguments access_key and secret_key", "not set"),
        _ => return Err(malformed("the arguments access_key and secret_key", "only one of them is set")),
    }
    if let Some(name) = &config.profile {
        let files = profile::Files::read(config, env)?;
        return files.resolve("the provider's profile argument", name, env).map(Some);
    }
    note("argument profile", "not set");
    if let Some(identity) = &config.web_identity {
        let origin = "the provider's assume_role_with_web_identity argument";
        let told = [identity.token.is_some(), identity.token_file.is_some()];
        if told[0] == told[1] {
            return Err(malformed(origin, "it needs web_identity_token or web_identity_token_file, and not both"));
        }
        return Ok(Some(Found::new(Source::WebIdentity(identity.clone()), origin)));
    }
    note("argument assume_role_with_web_identity", "not set");
    match (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            let token = env("AWS_SESSION_TOKEN").map(Secret::new);
            let source = keys("AWS_ACCESS_KEY_ID", &id, Secret::new(secret), token)?;
            return Ok(Some(Found::new(source, "AWS_ACCESS_KEY_ID")));
        }
        (None, None) => note("AWS_ACCESS_KEY_ID", "not set"),
        (Some(_), None) => return Err(malformed("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY is not set with it")),
        (None, Some(_)) => return Err(malformed("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID is not set with it")),
    }
    if let Some(name) = env("AWS_PROFILE") {
        let files = profile::Files::read(config, env)?;
        return files.resolve("AWS_PROFILE", name.trim(), env).map(Some);
    }
    note("AWS_PROFILE", "not set");
    match (env("AWS_ROLE_ARN"), env("AWS_WEB_IDENTITY_TOKEN_FILE")) {
        (Some(role_arn), Some(token_file)) => {
            let session_name = env("AWS_ROLE_SESSION_NAME");
            let identity =
                WebIdentity { role_arn, session_name, token_file: Some(token_file), ..WebIdentity::default() };
            return Ok(Some(Found::new(Source::WebIdentity(identity), "AWS_WEB_IDENTITY_TOKEN_FILE")));
        }
        (None, Some(_)) => return Err(malformed("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN is not set with it")),
        (_, None) => note("AWS_WEB_IDENTITY_TOKEN_FILE", "not set"),
    }
    let files = profile::Files::read(config, env)?;
    if files.has("default") {
        return files.resolve("the default profile", "default", env).map(Some);
    }
    note("the default profile", &format!("not in {}", files.places()));
    if let Some(found) = source::container(env)? {
        return Ok(Some(found));
    }
    note("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI", "not set");
    if env("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        note("EC2's metadata service", "switched off by AWS_EC2_METADATA_DISABLED");
        return Ok(None);
    }
    Ok(Some(machine(env)?))
}

/// The metadata service of the machine.
fn machine(env: Env<'_>) -> Result<Found, SignInError> {
    const VARIABLE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    let base = env(VARIABLE).unwrap_or_else(|| "http://169.254.169.254/".to_owned());
    Ok(Found::new(Source::Machine(Imds::at(&ask::place(VARIABLE, &base)?)), "EC2's metadata service"))
}

/// Keys as they are given. AWS's ids are letters and digits, and what is not would break the header of a signature.
fn keys(origin: &str, id: &str, secret: Secret, session_token: Option<Secret>) -> Result<Source, SignInError> {
    let id = id.trim();
    if !(4..=128).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(malformed(origin, "the access key id is not made of letters and digits; is it the secret key?"));
    }
    let plain = |secret: &Secret| !secret.is_empty() && secret.expose().bytes().all(|byte| byte.is_ascii_graphic());
    if !plain(&secret) {
        return Err(malformed(origin, "the secret access key is empty or holds white space"));
    }
    if session_token.as_ref().is_some_and(|token| !plain(token)) {
        return Err(malformed(origin, "the session token is empty or holds white space"));
    }
    if id.starts_with("ASIA") && session_token.is_none() {
        return Err(malformed(origin, "keys that begin with ASIA are only lent and need their session token"));
    }
    Ok(Source::Keys(Keys { access_key_id: id.to_owned(), secret_access_key: secret, session_token }))
}

fn malformed(origin: &str, problem: &str) -> SignInError {
    SignInError::Malformed { origin: origin.to_owned(), problem: problem.to_owned() }
}

/// The region that the profile names, if keys come from one. What is wrong with the files is told by whoever needs the keys.
pub fn aws_profile_region(config: &AwsSignIn, env: impl Fn(&str) -> Option<String>) -> Option<String> {
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let name = config.profile.clone().or_else(|| env("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned());
    profile::Files::read(config, &env).ok()?.region(name.trim())
}

/// The region that the configuration or else the environment names; AWS's own fallback, if none does.
pub fn aws_region(region: Option<&str>, env: impl Fn(&str) -> Option<String>) -> Result<AwsRegion, EndpointError> {
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let name = region.map(str::to_owned).or_else(|| env("AWS_REGION")).or_else(|| env("AWS_DEFAULT_REGION"));
    name.map_or_else(|| Ok(AwsRegion::default()), |name| AwsRegion::new(name.trim()))
}

impl AwsCredentials {
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The keys, renewed a while before they expire.
    pub(super) async fn keys(&self, transport: &Transport, ctx: &Context) -> Result<Keys, Error> {
        let still_good = |session: &Session| Instant::now() < session.renew_at;
        Ok(self.sessions.get_while(&(), still_good, self.fetch(transport, ctx)).await?.keys)
    }

    async fn fetch(&self, transport: &Transport, ctx: &Context) -> Result<Session, Error> {
        let asked = Instant::now();
        let (mut keys, mut life) = match self.source.keys(&self.origin, transport, ctx).await {
            // Nobody asked for the metadata service: where there is none, there are no credentials at all.
            Err(Error::SignIn { source: SignInError::Unreachable { place, problem, .. }, call })
                if matches!(self.source, Source::Machine(_)) =>
            {
                let mut tried = self.tried.clone();
                let outcome = format!("{place} cannot be reached: {problem}");
                tried.push(Tried { source: self.origin.clone(), outcome });
                return Err(Error::SignIn { call, source: SignInError::NoCredentials { cloud: Cloud::Aws, tried } });
            }
            found => found?,
        };
        for role in &self.roles {
            let session = role.session_name.as_deref().unwrap_or(SESSION_NAME);
            let request = sts::assume_role(&role.role_arn, session, role.external_id.as_deref(), role.duration);
            let answer = transport.send(&request.signed_with(keys), ctx).await?;
            life = answer.credentials.remaining().unwrap_or(Duration::from_secs(900));
            keys = answer.credentials.into_keys();
        }
        self.check_account(&keys, transport, ctx).await?;
        Ok(Session { keys, renew_at: renew_at(asked, life) })
    }

    /// Refuses keys of an account that the configuration does not allow.
    async fn check_account(&self, keys: &Keys, transport: &Transport, ctx: &Context) -> Result<(), Error> {
        if self.allowed_accounts.is_empty() {
            return Ok(());
        }
        let who = transport.send(&sts::get_caller_identity().signed_with(keys.clone()), ctx).await?;
        if self.allowed_accounts.contains(&who.account) {
            return Ok(());
        }
        let problem = format!("it is of account {}, which is not among allowed_account_ids", who.account);
        Err(super::unsigned(Api::AwsSts, malformed(&self.origin, &problem)))
    }
}

#[cfg(test)]
mod tests;
