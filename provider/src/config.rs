//! The provider block: what it takes, and the clients and policies that come of it.

pub(crate) mod clients;
mod endpoints;
mod model;
mod policy;

use std::sync::Arc;

use tfplugin::{Context, Diagnostic, Diagnostics, Outcome, Provider, Registry};

use crate::aks_workload_identity::AksWorkloadIdentity;
use crate::cmek_key::CmekKey;
use crate::composite::CompositeResource;
use crate::data_transfer::DataTransfer;
use crate::policy_check::PolicyCheck;
use crate::required_permissions::RequiredPermissions;
use crate::service_perimeter::ServicePerimeter;
use crate::shared::Shared;
use crate::trust::Trust;
use crate::trust_member::TrustMember;
pub use model::{
    AssumeRoleModel, AwsModel, AzureModel, ExternalCredentialsModel, GoogleModel, ModuleModel, PolicyModel,
    ProviderModel, WaiverModel,
};

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
        registry.resource(CompositeResource::<TrustMember>::default());
        registry.resource(CompositeResource::<CmekKey>::default());
        registry.resource(CompositeResource::<AksWorkloadIdentity>::default());
        registry.resource(CompositeResource::<ServicePerimeter>::default());
        registry.resource(CompositeResource::<DataTransfer>::default());
        registry.data_source(PolicyCheck);
        crate::functions::register(registry);
        registry.data_source(RequiredPermissions);
    }

    async fn close(&self, state: Arc<Shared>) {
        state.finisher.close().await;
    }

    async fn configure(&self, context: Context, config: ProviderModel) -> Outcome<Shared> {
        let mut diagnostics = Diagnostics::new();
        let policy = diagnostics.absorb(policy::judge(&config.policy));
        let clients = diagnostics.absorb(clients::of(&config, context.terraform_version.as_deref()).await);
        let owner = diagnostics.absorb(owner(&config).map_err(Diagnostics::from));
        match (policy, clients, owner) {
            (Some((policy, waivers)), Some(clients), Some(owner)) => {
                diagnostics.extend(waivers);
                if diagnostics.has_error() {
                    return Outcome::failed(diagnostics);
                }
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
