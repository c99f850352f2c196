//! Azure's sources of credentials, with the official provider's environment variables.

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{SignInError, TokenSource, Tried, read_file};
use crate::api::{Api, Cloud};
use crate::context::Context;
use crate::endpoints::{AzureCloud, Endpoints, Realm};
use crate::error::Error;
use crate::request::{Path, Request};
use crate::secret::Secret;
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// What the provider's configuration says about signing in to Azure. What it leaves out, the environment says.
#[derive(Clone, Debug, Default)]
pub struct AzureSignIn {
    /// The tenant.
    pub tenant_id: Option<String>,
    /// The application's client id.
    pub client_id: Option<String>,
    /// The application's secret.
    pub client_secret: Option<Secret>,
    /// Whether to sign in with a token of another issuer.
    pub use_oidc: Option<bool>,
    /// That token.
    pub oidc_token: Option<Secret>,
    /// A file that holds it, read anew each time.
    pub oidc_token_file_path: Option<String>,
}

/// An application of Microsoft Entra and how it proves itself.
#[derive(Debug)]
pub struct AzureCredentials {
    tenant: String,
    client: String,
    proof: Proof,
    origin: String,
    tokens: SingleFlight<Api, Token>,
}

#[derive(Debug)]
enum Proof {
    Secret(Secret),
    Token(Secret),
    TokenFile(String),
}

#[derive(Clone, Debug)]
struct Token {
    secret: Secret,
    renew_at: Instant,
}

/// Sources of the official provider that this version does not use; naming them shows a user why they did not help.
const NOT_READ: [&str; 5] = [
    "ARM_CLIENT_CERTIFICATE",
    "ARM_CLIENT_CERTIFICATE_PATH",
    "ARM_USE_MSI",
    "ARM_USE_AKS_WORKLOAD_IDENTITY",
    "ARM_OIDC_REQUEST_URL",
];

/// Finds the credentials for Azure. `env` reads one environment variable; it is not called at all in an emulator's realm.
pub fn azure(config: &AzureSignIn, realm: &Realm, env: impl Fn(&str) -> Option<String>) -> TokenSource {
    if realm.is_emulator() {
        return TokenSource::Emulator;
    }
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let secret = |given: &Option<Secret>, name: &str| given.clone().or_else(|| env(name).map(Secret::new));
    let mut tried = Vec::new();
    let mut note = |source: &str, outcome: &str| {
        tried.push(Tried { source: source.to_owned(), outcome: outcome.to_owned() });
    };
    let tenant = config.tenant_id.clone().or_else(|| env("ARM_TENANT_ID"));
    let client = config.client_id.clone().or_else(|| env("ARM_CLIENT_ID"));
    for (name, value) in [("ARM_TENANT_ID", &tenant), ("ARM_CLIENT_ID", &client)] {
        if value.is_none() {
            note(name, "not set");
        }
    }
    let use_oidc = config.use_oidc.unwrap_or_else(|| env("ARM_USE_OIDC").is_some_and(|value| is_true(&value)));
    let file = config.oidc_token_file_path.clone().or_else(|| env("ARM_OIDC_TOKEN_FILE_PATH"));
    let proof = if !use_oidc {
        note("ARM_USE_OIDC", "not set to true");
        None
    } else if let Some(token) = secret(&config.oidc_token, "ARM_OIDC_TOKEN") {
        Some((Proof::Token(token), "ARM_OIDC_TOKEN"))
    } else if let Some(path) = file {
        Some((Proof::TokenFile(path), "ARM_OIDC_TOKEN_FILE_PATH"))
    } else {
        note("ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH", "not set");
        None
    };
    let proof = proof.or_else(|| match secret(&config.client_secret, "ARM_CLIENT_SECRET") {
        Some(secret) => Some((Proof::Secret(secret), "ARM_CLIENT_SECRET")),
        None => {
            note("ARM_CLIENT_SECRET", "not set");
            None
        }
    });
    if let (Some(tenant), Some(client), Some((proof, source))) = (tenant, client, proof) {
        return TokenSource::Azure(AzureCredentials::new(tenant, client, proof, source).into());
    }
    for variable in NOT_READ {
        if env(variable).is_some() {
            note(variable, "set, but not used by this version");
        }
    }
    TokenSource::Missing(SignInError::NoCredentials { cloud: Cloud::Azure, tried })
}

/// The Azure cloud that the configuration or else `ARM_ENVIRONMENT` names; the name itself if there is no such cloud.
pub fn azure_cloud(
    environment: Option<&str>,
    env: impl Fn(&str) -> Option<String>,
) -> Result<&'static AzureCloud, String> {
    match environment.map(str::to_owned).or_else(|| env("ARM_ENVIRONMENT")).filter(|name| !name.trim().is_empty()) {
        None => Ok(Endpoints::official().azure()),
        Some(name) => AzureCloud::named(&name).ok_or(name),
    }
}

fn is_true(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "1" | "t")
}

impl AzureCredentials {
    fn new(tenant: String, client: String, proof: Proof, source: &str) -> Self {
        let origin = format!("client {client} of tenant {tenant} ({source})");
        // A token says itself how long it lasts.
        Self { tenant, client, proof, origin, tokens: SingleFlight::new(Duration::MAX) }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// A token for the API, shared by all who ask, and renewed a while before it expires.
    pub(super) async fn token_for(&self, api: Api, transport: &Transport, ctx: &Context) -> Result<Secret, Error> {
        let still_good = |token: &Token| Instant::now() < token.renew_at;
        let token = self.tokens.get_while(&api, still_good, self.fetch(api, transport, ctx)).await?;
        Ok(token.secret)
    }

    async fn fetch(&self, api: Api, transport: &Transport, ctx: &Context) -> Result<Token, Error> {
        let cloud = transport.endpoints().azure();
        let resource = if api == Api::MicrosoftGraph { cloud.graph } else { cloud.resource_manager };
        let path = Path::root().segment(&self.tenant).literal("oauth2").literal("v2.0").literal("token");
        let request = Request::<Answer>::post(Api::EntraLogin, path)
            .about("sign in to", format_args!("tenant {} as client {}", self.tenant, self.client))
            .anonymous()
            .sensitive()
            .idempotent(true)
            .field("grant_type", "client_credentials")
            .field("client_id", &self.client)
            .field("scope", format_args!("{resource}/.default"));
        let with_assertion = |request: Request<Answer>, token: &Secret| {
            request
                .redacting(token)
                .field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .field("client_assertion", token.expose())
        };
        let request = match &self.proof {
            Proof::Secret(secret) => request.redacting(secret).field("client_secret", secret.expose()),
            Proof::Token(token) => with_assertion(request, token),
            Proof::TokenFile(path) => {
                let token = read_file("ARM_OIDC_TOKEN_FILE_PATH", path).await;
                let token = token.map_err(|source| Error::SignIn { call: request.raw().call(), source })?;
                with_assertion(request, &token)
            }
        };
        let asked = Instant::now();
        let answer = transport.send(&request, ctx).await?;
        // Early enough that no call carries a token that expires on its way, and for short-lived tokens at half their time.
        let life = Duration::from_secs(answer.expires_in);
        let renew_at = asked + life.saturating_sub(Duration::from_secs(300)).max(life / 2);
        Ok(Token { secret: Secret::new(answer.access_token), renew_at })
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(set: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn a_secret_or_a_federated_token_signs_in() {
        let ids = [("ARM_TENANT_ID", "t"), ("ARM_CLIENT_ID", "c"), ("ARM_CLIENT_SECRET", "very-secret-value")];
        let source = azure(&AzureSignIn::default(), &Realm::Real, move |name| {
            ids.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        assert_eq!(source.description(), "client c of tenant t (ARM_CLIENT_SECRET)");
        assert!(!format!("{source:?}").contains("very-secret-value"));
        const OIDC: &[(&str, &str)] =
            &[("ARM_USE_OIDC", "True"), ("ARM_OIDC_TOKEN_FILE_PATH", "/x"), ("ARM_CLIENT_SECRET", "s")];
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
        let source =
            azure(&AzureSignIn::default(), &Realm::Real, env(&[("ARM_CLIENT_ID", "c"), ("ARM_USE_MSI", "true")]));
        let TokenSource::Missing(error) = source else { panic!("found {source:?}") };
        assert_eq!(
            error.to_string(),
            "no credentials for Azure (ARM_TENANT_ID: not set; ARM_USE_OIDC: not set to true; ARM_CLIENT_SECRET: not set; \
             ARM_USE_MSI: set, but not used by this version)"
        );
        assert!(error.next_step().contains("ARM_TENANT_ID"));
    }

    #[test]
    fn the_cloud_is_named_or_the_ordinary_one() {
        assert_eq!(azure_cloud(None, |_| None).map(|cloud| cloud.name), Ok("public"));
        assert_eq!(azure_cloud(None, env(&[("ARM_ENVIRONMENT", "china")])).map(|cloud| cloud.name), Ok("china"));
        assert_eq!(azure_cloud(Some("usgovernment"), |_| None).map(|cloud| cloud.name), Ok("usgovernment"));
        assert_eq!(azure_cloud(Some("mars"), |_| None), Err("mars".to_owned()));
    }
}
