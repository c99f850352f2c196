//! The provider block: what it takes, and the clients that come of it.

use std::sync::Arc;

use crosscloud_cloud::gcp::{Client, Timing};
use crosscloud_cloud::sign_in::{GoogleSignIn, google};
use crosscloud_cloud::{Config, Endpoints, Realm, RetryPolicy, Secret, Transport};
use crosscloud_policy_host::PolicySet;
use tfplugin::schema::Validator;
use tfplugin::schema::validate::string;
use tfplugin::{Attr, Context, Diagnostic, Diagnostics, Model, Outcome, Path, Provider, Registry};

use crate::aks_workload_identity::AksWorkloadIdentity;
use crate::cmek_key::CmekKey;
use crate::composite::CompositeResource;
use crate::data_transfer::DataTransfer;
use crate::policy::{self, Source};
use crate::service_perimeter::ServicePerimeter;
use crate::shared::Shared;
use crate::trust::Trust;

/// Points every cloud at one emulator.
const ENDPOINT: &str = "CROSSCLOUD_ENDPOINT";

/// Keyless trusts between clouds, judged by a policy while Terraform plans.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ProviderModel {
    /// Google Cloud.
    #[attr(optional)]
    pub gcp: Attr<GoogleModel>,
    /// Who this configuration acts for, unique among all states that reach the same clouds: 1 to 64 letters, digits, dots, underscores and
    /// hyphens. Objects are marked with it until they are finished, so that an apply that was killed half-way is recognised and continued, and
    /// when they are deleted, so that they can be brought back. Without it nothing that exists is ever taken over.
    #[attr(optional, validate = owner())]
    pub owner: Attr<String>,
    /// How often a call that failed for now is tried again. Default: 9.
    #[attr(optional)]
    pub max_retries: Attr<i64>,
    /// Policies besides the built-in one.
    #[attr(optional)]
    pub policy: Attr<PolicyModel>,
}

/// How to sign in to Google Cloud.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GoogleModel {
    /// OAuth 2.0 access token. Default: the environment variable `GOOGLE_OAUTH_ACCESS_TOKEN`.
    #[attr(optional, sensitive)]
    pub access_token: Attr<String>,
}

/// Policies besides the built-in one.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct PolicyModel {
    /// WebAssembly components that judge every trust, too. One that cannot be loaded refuses everything.
    #[attr(optional)]
    pub modules: Attr<Vec<ModuleModel>>,
}

/// A policy module.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ModuleModel {
    /// Path of the component.
    #[attr(required)]
    pub path: Attr<String>,
    /// SHA-256 of the file, in hexadecimal. A file with another digest is refused.
    #[attr(optional)]
    pub sha256: Attr<String>,
}

/// The provider `crosscloud`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crosscloud;

impl Provider for Crosscloud {
    type Config = ProviderModel;
    type State = Shared;

    fn type_name(&self) -> &str {
        "crosscloud"
    }

    fn version(&self) -> &str {
        crate::VERSION
    }

    fn register(&self, registry: &mut Registry<Shared>) {
        registry.resource(CompositeResource::<Trust>::default());
        registry.resource(CompositeResource::<CmekKey>::default());
        registry.resource(CompositeResource::<AksWorkloadIdentity>::default());
        registry.resource(CompositeResource::<ServicePerimeter>::default());
        registry.resource(CompositeResource::<DataTransfer>::default());
    }

    async fn close(&self, state: Arc<Shared>) {
        state.finisher.close().await;
    }

    async fn configure(&self, context: Context, config: ProviderModel) -> Outcome<Shared> {
        let mut diagnostics = Diagnostics::new();
        let policy = diagnostics.absorb(policies(&config.policy));
        let google = diagnostics.absorb(google_client(&config, context.terraform_version.as_deref()));
        match (policy, google) {
            (Some(policy), Some(google)) => {
                Outcome::done(Shared::new(google, policy, config.owner.into_known())).with_diagnostics(diagnostics)
            }
            _ => Outcome::failed(diagnostics),
        }
    }
}

/// An owner stands in descriptions and tags, between slashes.
fn owner() -> Validator {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    string("1 to 64 letters, digits, dots, underscores and hyphens", move |text| {
        (1..=64).contains(&text.len()) && text.chars().all(allowed)
    })
}

/// The policies of the configuration. A module whose place is not known yet cannot be left out, so it refuses like one that is broken.
fn policies(config: &Attr<PolicyModel>) -> Result<PolicySet, Diagnostics> {
    let at = Path::root().attribute("policy").attribute("modules");
    let unknown = || {
        let detail = "A policy must be at hand while planning. Write its path and digest out, or take them from values known before.";
        Diagnostic::attribute_error(&at, "A policy module is not known yet", detail)
    };
    let modules = match config.as_ref().and_then(|policy| policy.modules.as_ref()) {
        Attr::Null => &Vec::new(),
        Attr::Known(modules) => modules,
        Attr::Unknown => return Err(unknown().into()),
    };
    let mut sources = Vec::new();
    for module in modules {
        if module.path.is_unknown() || module.sha256.is_unknown() {
            return Err(unknown().into());
        }
        let path = module.path.as_str().unwrap_or_default().to_owned();
        sources.push(Source { path, sha256: module.sha256.as_str().map(str::to_owned) });
    }
    policy::load(sources).map_err(|error| {
        let detail = format!("{error}.\n\nWithout the policy nothing is allowed. Fix or remove the module.");
        Diagnostic::attribute_error(&at, "The policy cannot be loaded", detail).into()
    })
}

fn google_client(config: &ProviderModel, terraform_version: Option<&str>) -> Result<Client, Diagnostics> {
    let endpoints = match env(ENDPOINT).filter(|url| !url.is_empty()) {
        None => Endpoints::official(),
        Some(url) => Endpoints::emulator(&url)
            .map_err(|error| Diagnostic::error(format!("{ENDPOINT} cannot be used"), format!("{error}.")))?,
    };
    let realm = endpoints.realm();
    let access_token = config.gcp.known().and_then(|gcp| gcp.access_token.as_str()).map(Secret::new);
    let tokens = google(&GoogleSignIn { access_token }, &realm, env);
    let mut transport = Config::new(endpoints, tokens, user_agent(terraform_version));
    if let Some(retries) = config.max_retries.known() {
        let max_attempts =
            u32::try_from(*retries).ok().and_then(|retries| retries.checked_add(1)).ok_or_else(|| {
                let at = Path::root().attribute("max_retries");
                Diagnostic::attribute_error(
                    &at,
                    "Not a number of retries",
                    format!("`{retries}` is not 0 or a small whole number."),
                )
            })?;
        transport.retry = RetryPolicy { max_attempts, ..transport.retry };
    }
    let timing = match realm {
        Realm::Real => Timing::default(),
        Realm::Emulator { .. } => Timing::emulator(),
    };
    let transport = Transport::new(transport)
        .map_err(|error| Diagnostic::error("The HTTP client cannot be set up", format!("{error}.")))?;
    Ok(Client::new(transport, timing))
}

/// The user agent that HashiCorp's own providers send, with ours in it.
fn user_agent(terraform_version: Option<&str>) -> String {
    let host = terraform_version.unwrap_or("unknown");
    let ours = format!("Terraform/{host} (+https://www.terraform.io) terraform-provider-crosscloud/{}", crate::VERSION);
    match env("TF_APPEND_USER_AGENT").filter(|more| !more.trim().is_empty()) {
        Some(more) => format!("{ours} {}", more.trim()),
        None => ours,
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
