//! The provider block: what it takes, and the clients and policies that come of it.

pub(crate) mod clients;
mod model;

use std::sync::Arc;

use crosscloud_policy_host::PolicySet;
use tfplugin::{Attr, Context, Diagnostic, Diagnostics, Outcome, Path, Provider, Registry};

use crate::aks_workload_identity::AksWorkloadIdentity;
use crate::cmek_key::CmekKey;
use crate::composite::CompositeResource;
use crate::data_transfer::DataTransfer;
use crate::policy::{self, Source};
use crate::service_perimeter::ServicePerimeter;
use crate::shared::Shared;
use crate::trust::Trust;
pub use model::{AwsModel, AzureModel, GoogleModel, ModuleModel, PolicyModel, ProviderModel};

/// The owner where the configuration names none.
const OWNER: &str = "CROSSCLOUD_OWNER";

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
        let clients = diagnostics.absorb(clients::of(&config, context.terraform_version.as_deref()));
        let owner = diagnostics.absorb(owner(&config).map_err(Diagnostics::from));
        match (policy, clients, owner) {
            (Some(policy), Some(clients), Some(owner)) => {
                Outcome::done(Shared::new(clients, policy, owner)).with_diagnostics(diagnostics)
            }
            _ => Outcome::failed(diagnostics),
        }
    }
}

/// Who the provider acts for: the argument, else the environment variable.
fn owner(config: &ProviderModel) -> Result<Option<String>, Diagnostic> {
    if let Some(owner) = config.owner.known() {
        return Ok(Some(owner.clone()));
    }
    match clients::env(OWNER).filter(|owner| !owner.is_empty()) {
        Some(owner) if !model::is_owner(&owner) => Err(Diagnostic::error(
            format!("{OWNER} is not an owner"),
            format!("`{owner}` should be 1 to 64 letters, digits, dots, underscores and hyphens."),
        )),
        owner => Ok(owner),
    }
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
