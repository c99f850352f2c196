//! What every resource works with once the provider is configured.

use crosscloud_cloud::{Api, Realm, aws, azure, gcp};
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
    /// Whether the whole provider block was known when the clients were made.
    complete: bool,
}

impl Shared {
    pub(crate) fn new(clients: Clients, policy: Judge, owner: Option<String>) -> Self {
        let Clients { google, azure, aws, realm, complete } = clients;
        Self {
            google,
            azure,
            aws,
            policy,
            handover: Handover::default(),
            finisher: Finisher::default(),
            owner,
            realm,
            complete,
        }
    }

    /// The world that calls reach.
    pub(crate) fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Whether signing in shows anything: an emulator takes anybody, and credentials that another resource makes are not there while planning.
    pub(crate) fn can_sign_in(&self) -> bool {
        self.complete && !self.realm.is_emulator()
    }

    /// Where a workload exchanges its tokens: in an emulator's realm the emulator, so that the credential configuration works there.
    pub(crate) fn token_endpoints(&self) -> TokenEndpoints {
        match &self.realm {
            Realm::Real => TokenEndpoints::default(),
            Realm::Emulator { .. } | Realm::Custom { .. } => {
                let endpoints = self.google.transport().endpoints();
                let (google_sts, google_iam_credentials) =
                    (endpoints.base_url(Api::Sts), endpoints.base_url(Api::IamCredentials));
                TokenEndpoints { google_sts, google_iam_credentials }
            }
        }
    }

    /// Every plan against an emulator, or against servers that are no cloud's own, says so.
    pub(crate) fn realm_warning(&self) -> Option<Diagnostic> {
        match &self.realm {
            Realm::Real => None,
            Realm::Emulator { origin } => Some(Diagnostic::warning(
                "Planned against an emulator",
                format!(
                    "CROSSCLOUD_ENDPOINT is set, so every cloud is the emulator at {origin}. No real cloud is read or changed."
                ),
            )),
            Realm::Custom { hosts } => {
                let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
                Some(Diagnostic::warning(
                    "Planned against endpoints that are no cloud's own",
                    format!(
                        "The provider's endpoints argument, or a variable that stands for it, leads to {}. What is planned is true there, and your \
                         credentials are sent there.",
                        hosts.join(", ")
                    ),
                ))
            }
        }
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
                    way_back(made_in)
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// How to reach the realm of that name again.
fn way_back(realm: &str) -> String {
    match (realm, realm.strip_prefix("custom:")) {
        ("emulator", _) => {
            "Set CROSSCLOUD_ENDPOINT to the emulator that it was made in, or remove it from the state.".to_owned()
        }
        (_, Some(hosts)) => {
            format!("Name the same endpoints in the provider block, those at {hosts}, or remove it from the state.")
        }
        _ => {
            "To reach the real clouds, unset CROSSCLOUD_ENDPOINT, and name no endpoints but the clouds' own.".to_owned()
        }
    }
}
