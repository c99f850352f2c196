//! Azure's sources of credentials, with the official provider's environment variables, in its order.

mod certificate;
mod managed;
mod metadata;
mod proof;

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Deserialize;

use self::certificate::Certificate;
use self::managed::ManagedIdentity;
pub use self::metadata::{DescribedCloud, azure_cloud_at};
use self::proof::Proof;
use super::file::{self, Object};
use super::token::Token;
use super::{SignInError, TokenSource, Tried, ask};
use crate::api::{Api, Cloud};
use crate::context::Context;
use crate::endpoints::azure_cloud::PUBLIC;
use crate::endpoints::{AzureCloud, Realm};
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
    /// A file that holds it.
    pub client_id_file_path: Option<String>,
    /// The application's secret.
    pub client_secret: Option<Secret>,
    /// A file that holds it.
    pub client_secret_file_path: Option<String>,
    /// The application's certificate and key, in Base64.
    pub client_certificate: Option<Secret>,
    /// A file with the application's certificate and key.
    pub client_certificate_path: Option<String>,
    /// What opens them.
    pub client_certificate_password: Option<Secret>,
    /// Whether to sign in with a token of another issuer.
    pub use_oidc: Option<bool>,
    /// That token.
    pub oidc_token: Option<Secret>,
    /// A file that holds it, read anew each time.
    pub oidc_token_file_path: Option<String>,
    /// Where to ask for it.
    pub oidc_request_url: Option<String>,
    /// What to ask for it with.
    pub oidc_request_token: Option<Secret>,
    /// Whether to sign in with the token that AKS puts beside a pod.
    pub use_aks_workload_identity: Option<bool>,
    /// Whether to sign in as the machine's managed identity.
    pub use_msi: Option<bool>,
    /// Where to ask for its tokens.
    pub msi_endpoint: Option<String>,
    /// Whether to ask the Azure command line.
    pub use_cli: Option<bool>,
}

/// Azure credentials: an application and how it proves itself, or whoever this machine is signed in as.
#[derive(Debug)]
pub struct AzureCredentials {
    source: Source,
    origin: String,
    /// What gave nothing before this source was reached.
    tried: Vec<Tried>,
    tokens: SingleFlight<Api, Token>,
}

#[derive(Debug)]
enum Source {
    Application { tenant: String, client: String, proof: Proof },
    Managed(ManagedIdentity),
    CommandLine { tenant: Option<String> },
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How long the Azure command line may take; it is slow to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Finds the credentials for Azure. `env` reads one environment variable; it is not called at all in an emulator's realm.
pub fn azure(config: &AzureSignIn, realm: &Realm, env: impl Fn(&str) -> Option<String>) -> TokenSource {
    if realm.is_emulator() {
        return TokenSource::Emulator;
    }
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let mut tried = Vec::new();
    match found(config, &env, &mut tried) {
        Ok(Some((source, origin))) => {
            // A token says itself how long it lasts.
            let tokens = SingleFlight::new(Duration::MAX);
            TokenSource::Azure(AzureCredentials { source, origin, tried, tokens }.into())
        }
        Ok(None) => TokenSource::Missing(SignInError::NoCredentials { cloud: Cloud::Azure, tried }),
        Err(error) => TokenSource::Missing(error),
    }
}

/// The first source that is set. One that is set and broken is told and not passed over: its user did not mean the next one.
fn found(config: &AzureSignIn, env: Env<'_>, tried: &mut Vec<Tried>) -> Result<Option<(Source, String)>, SignInError> {
    let mut note = |source: &str, outcome: &str| {
        tried.push(Tried { source: source.to_owned(), outcome: outcome.to_owned() });
    };
    let aks = flag(config.use_aks_workload_identity, "ARM_USE_AKS_WORKLOAD_IDENTITY", env)?.unwrap_or(false);
    let of_pod = |name: &str| env(name).filter(|_| aks);
    let tenant = config.tenant_id.clone().or_else(|| env("ARM_TENANT_ID")).or_else(|| of_pod("AZURE_TENANT_ID"));
    let client_file = config.client_id_file_path.clone().or_else(|| env("ARM_CLIENT_ID_FILE_PATH"));
    let client = match (config.client_id.clone().or_else(|| env("ARM_CLIENT_ID")), client_file) {
        (None, Some(path)) => Some(file::read("ARM_CLIENT_ID_FILE_PATH", &path)?.expose().to_owned()),
        (client, _) => client.or_else(|| of_pod("AZURE_CLIENT_ID")),
    };
    let tenant = tenant.map(|id| identifier("ARM_TENANT_ID", &id)).transpose()?;
    let client = client.map(|id| identifier("ARM_CLIENT_ID", &id)).transpose()?;

    let proof = match proof::secret_or_certificate(config, env, &mut note)? {
        Some(proof) => Some(proof),
        None => proof::federated(config, aks, env, &mut note)?,
    };
    if let Some((proof, origin)) = proof {
        let missing = |name: &str| malformed(&origin, &format!("{name} is not set with it"));
        let tenant = tenant.ok_or_else(|| missing("ARM_TENANT_ID"))?;
        let client = client.ok_or_else(|| missing("ARM_CLIENT_ID"))?;
        let origin = format!("client {client} of tenant {tenant} ({origin})");
        return Ok(Some((Source::Application { tenant, client, proof }, origin)));
    }
    if flag(config.use_msi, "ARM_USE_MSI", env)?.unwrap_or(false) {
        let identity = ManagedIdentity::find(config.msi_endpoint.as_deref(), client, env)?;
        return Ok(Some((Source::Managed(identity), "the managed identity (ARM_USE_MSI)".to_owned())));
    }
    note("ARM_USE_MSI", "not set to true");
    if flag(config.use_cli, "ARM_USE_CLI", env)?.unwrap_or(true) {
        return Ok(Some((Source::CommandLine { tenant }, "the Azure command line".to_owned())));
    }
    note("the Azure command line", "switched off by ARM_USE_CLI");
    Ok(None)
}

/// The Azure cloud that the configuration or else `ARM_ENVIRONMENT` names; the name itself if there is no such cloud.
pub fn azure_cloud(
    environment: Option<&str>,
    env: impl Fn(&str) -> Option<String>,
) -> Result<&'static AzureCloud, String> {
    match environment.map(str::to_owned).or_else(|| env("ARM_ENVIRONMENT")).filter(|name| !name.trim().is_empty()) {
        None => Ok(&PUBLIC),
        Some(name) => AzureCloud::named(&name).ok_or(name),
    }
}

/// A switch: the argument, else the variable, which has to be one.
fn flag(given: Option<bool>, name: &str, env: Env<'_>) -> Result<Option<bool>, SignInError> {
    let Some(text) = env(name).filter(|_| given.is_none()) else { return Ok(given) };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "t" => Ok(Some(true)),
        "false" | "0" | "f" => Ok(Some(false)),
        _ => Err(malformed(name, "it is neither true nor false")),
    }
}

/// An id of a tenant or an application, or a tenant's domain.
fn identifier(name: &str, id: &str) -> Result<String, SignInError> {
    let id = id.trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if !id.is_empty() && id.len() <= 128 && id.bytes().all(plain) {
        return Ok(id.to_owned());
    }
    Err(malformed(name, "it is not an id of 32 hexadecimal digits and hyphens"))
}

fn malformed(origin: &str, problem: &str) -> SignInError {
    SignInError::Malformed { origin: origin.to_owned(), problem: problem.to_owned() }
}

impl AzureCredentials {
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// A token for the API, shared by all who ask, and renewed a while before it expires.
    pub(super) async fn token_for(&self, api: Api, transport: &Transport, ctx: &Context) -> Result<Secret, Error> {
        let token = self.tokens.get_while(&api, Token::is_good, self.fetch(api, transport, ctx)).await?;
        Ok(token.secret)
    }

    async fn fetch(&self, api: Api, transport: &Transport, ctx: &Context) -> Result<Token, Error> {
        let cloud = transport.endpoints().azure();
        let resource = if api == Api::MicrosoftGraph { &cloud.graph } else { &cloud.resource_manager };
        let failed = |source| super::unsigned(Api::EntraLogin, source);
        match &self.source {
            Source::Application { tenant, client, proof } => {
                self.for_application(tenant, client, proof, resource, transport, ctx).await
            }
            Source::Managed(identity) => identity.token(&self.origin, resource, transport).await.map_err(failed),
            Source::CommandLine { tenant } => {
                let token = printed(&self.origin, tenant.as_deref(), resource).await;
                token.map_err(|problem| match problem {
                    // Nobody asked for the command line: where it gives nothing, there are no credentials at all.
                    SignInError::Malformed { origin, problem } if origin == self.origin => {
                        let mut tried = self.tried.clone();
                        tried.push(Tried { source: self.origin.clone(), outcome: problem });
                        failed(SignInError::NoCredentials { cloud: Cloud::Azure, tried })
                    }
                    other => failed(other),
                })
            }
        }
    }

    async fn for_application(
        &self,
        tenant: &str,
        client: &str,
        proof: &Proof,
        resource: &str,
        transport: &Transport,
        ctx: &Context,
    ) -> Result<Token, Error> {
        let path = Path::root().segment(tenant).literal("oauth2").literal("v2.0").literal("token");
        let request = Request::<Answer>::post(Api::EntraLogin, path)
            .about("sign in to", format_args!("tenant {tenant} as client {client}"))
            .anonymous()
            .sensitive()
            .idempotent(true)
            .field("grant_type", "client_credentials")
            .field("client_id", client)
            .field("scope", format_args!("{resource}/.default"));
        let request = proof.add_to(request, &self.origin, tenant, client, transport).await?;
        let asked = Instant::now();
        let answer = transport.send(&request, ctx).await?;
        Ok(Token::new(Secret::new(answer.access_token), asked, Duration::from_secs(answer.expires_in)))
    }
}

/// Asks the Azure command line for a token. What it prints is never told, but for what it says of a failure.
async fn printed(origin: &str, tenant: Option<&str>, resource: &str) -> Result<Token, SignInError> {
    let asked = Instant::now();
    let mut command = tokio::process::Command::new(if cfg!(windows) { "az.cmd" } else { "az" });
    command.args(["account", "get-access-token", "--output", "json", "--resource", resource]);
    if let Some(tenant) = tenant {
        command.args(["--tenant", tenant]);
    }
    let child = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(PATIENCE, child).await;
    let output = output.map_err(|_| malformed(origin, "`az` did not end within a minute"))?;
    let output = output.map_err(|error| malformed(origin, &format!("`az` cannot be run: {error}")))?;
    if !output.status.success() {
        let said = crate::secret::redact(&String::from_utf8_lossy(&output.stderr), &[]);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not say why").to_owned();
        return Err(malformed(origin, &format!("`az account get-access-token` failed: {said}")));
    }
    let text = Secret::new(String::from_utf8_lossy(&output.stdout));
    let object = Object::parse(&format!("{origin} (what `az` prints)"), &text)?;
    let life = ask::remaining(object.get("expires_on")).unwrap_or(Duration::from_secs(300));
    Ok(Token::new(Secret::new(object.text("accessToken")?), asked, life))
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

#[cfg(test)]
mod tests;
