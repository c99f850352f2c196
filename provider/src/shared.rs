//! What every resource works with once the provider is configured.

use crosscloud_cloud::{Realm, aws, azure, gcp};
use crosscloud_trust::Endpoints as TokenEndpoints;
use tfplugin::{Attr, Diagnostic, Path};

use crate::composite::{Finisher, Handover};
use crate::config::clients::Clients;
use crate::policy::Judge;

/// Clients, the policy, and what must not outlive the process.
pub struct Shared {
    pub(crate) google: gcp::Client,
    pub(crate) azure: azure::Client,
    pub(crate) aws: aws::Client,
    pub(crate) policy: Judge,
    pub(crate) handover: Handover,
    pub(crate) finisher: Finisher,
    /// Who the provider marks unfinished objects for; without one it marks none, and takes none over.
    pub(crate) owner: Option<String>,
    realm: Realm,
}

impl Shared {
    pub(crate) fn new(clients: Clients, policy: Judge, owner: Option<String>) -> Self {
        let Clients { google, azure, aws, realm } = clients;
        Self { google, azure, aws, policy, handover: Handover::default(), finisher: Finisher::default(), owner, realm }
    }

    /// The world that calls reach.
    pub(crate) fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Where a workload exchanges its tokens: in an emulator's realm the emulator, so that the credential configuration works there.
    pub(crate) fn token_endpoints(&self) -> TokenEndpoints {
        match &self.realm {
            Realm::Real => TokenEndpoints::default(),
            Realm::Emulator { origin } => {
                TokenEndpoints { google_sts: origin.clone(), google_iam_credentials: origin.clone() }
            }
        }
    }

    /// Every plan against an emulator says so.
    pub(crate) fn realm_warning(&self) -> Option<Diagnostic> {
        let Realm::Emulator { origin } = &self.realm else { return None };
        Some(Diagnostic::warning(
            "Planned against an emulator",
            format!(
                "CROSSCLOUD_ENDPOINT is set, so every cloud is the emulator at {origin}. No real cloud is read or changed."
            ),
        ))
    }

    /// What was made in one realm must never be taken for something in another.
    pub(crate) fn check_realm(&self, made_in: &Attr<String>) -> Result<(), Diagnostic> {
        match made_in.as_str() {
            Some(made_in) if made_in != self.realm.name() => Err(Diagnostic::attribute_error(
                &Path::root().attribute("realm"),
                "Made in another realm",
                format!(
                    "This resource was made in the realm `{made_in}`, and this run reaches the realm `{}`. {}",
                    self.realm.name(),
                    match self.realm {
                        Realm::Real =>
                            "Set CROSSCLOUD_ENDPOINT to the emulator that it was made in, or remove it from the state.",
                        Realm::Emulator { .. } => "Unset CROSSCLOUD_ENDPOINT to reach the real clouds.",
                    }
                ),
            )),
            _ => Ok(()),
        }
    }
}
