//! Workload identity federation: pools, their providers, and the service accounts behind them.

use std::collections::BTreeMap;

use crate::leaf::{Leaf, Text};
use crate::object::{Complete, Kind, complete};

complete! {
    /// A workload identity pool.
    pub struct Pool {
        /// Project id.
        pub project: Text,
        /// Pool id.
        pub pool: Text,
        /// Shown in the console.
        pub display_name: Text,
        /// Says whose it is.
        pub description: Text,
        /// A disabled pool admits nobody.
        pub disabled: Leaf<bool>,
    }

    /// A provider of a workload identity pool.
    pub struct Provider {
        /// Project id.
        pub project: Text,
        /// Pool id.
        pub pool: Text,
        /// Provider id.
        pub provider: Text,
        /// Shown in the console.
        pub display_name: Text,
        /// Says whose it is.
        pub description: Text,
        /// A disabled provider admits nobody.
        pub disabled: Leaf<bool>,
        /// Whose tokens it takes. Google never lets the kind change.
        pub kind: ProviderKind,
        /// Target attribute to CEL expression.
        pub attribute_mapping: BTreeMap<String, Text>,
        /// CEL condition; empty means none.
        pub attribute_condition: Text,
    }

    /// A service account.
    pub struct ServiceAccount {
        /// Project id.
        pub project: Text,
        /// The part of the email before the `@`.
        pub account: Text,
        /// Shown in the console.
        pub display_name: Text,
        /// Says whose it is.
        pub description: Text,
        /// A disabled account can do nothing.
        pub disabled: Leaf<bool>,
    }
}

/// Whose tokens a provider takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProviderKind {
    /// Those of an OpenID Connect issuer.
    Oidc {
        /// Issuer URL, verbatim.
        issuer: Text,
        /// Accepted audiences; empty means the provider's own resource name.
        allowed_audiences: Vec<Text>,
        /// Keys of an issuer that Google cannot reach, as a JSON Web Key Set.
        jwks: Option<Text>,
    },
    /// Signed `GetCallerIdentity` requests of an AWS account.
    Aws {
        /// Twelve-digit account id.
        account_id: Text,
    },
}

impl Complete for ProviderKind {
    fn is_complete(&self) -> bool {
        match self {
            Self::Oidc { issuer, allowed_audiences, jwks } => {
                issuer.is_complete() && allowed_audiences.is_complete() && jwks.is_complete()
            }
            Self::Aws { account_id } => account_id.is_complete(),
        }
    }
}

impl Kind for Pool {
    fn type_name(&self) -> &'static str {
        "iam.googleapis.com/WorkloadIdentityPool"
    }

    fn id(&self) -> Text {
        pool_name(&self.project, &self.pool)
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl Kind for Provider {
    fn type_name(&self) -> &'static str {
        "iam.googleapis.com/WorkloadIdentityPoolProvider"
    }

    fn id(&self) -> Text {
        Text::concat([pool_name(&self.project, &self.pool).piece(), "/providers/".into(), self.provider.piece()])
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl Kind for ServiceAccount {
    fn type_name(&self) -> &'static str {
        "iam.googleapis.com/ServiceAccount"
    }

    fn id(&self) -> Text {
        service_account_name(&self.project, &self.email())
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl ServiceAccount {
    /// The account's email address.
    pub fn email(&self) -> Text {
        service_account_email(&self.project, &self.account)
    }
}

/// The email address of a service account.
pub(crate) fn service_account_email(project: &Text, account: &Text) -> Text {
    Text::concat([account.piece(), "@".into(), domain_of(project).piece(), ".iam.gserviceaccount.com".into()])
}

/// The resource name of a pool; `project` is an id or a number.
pub(crate) fn pool_name(project: &Text, pool: &Text) -> Text {
    Text::concat(["projects/".into(), project.piece(), "/locations/global/workloadIdentityPools/".into(), pool.piece()])
}

/// The resource name of a service account.
pub(crate) fn service_account_name(project: &Text, email: &Text) -> Text {
    Text::concat(["projects/".into(), project.piece(), "/serviceAccounts/".into(), email.piece()])
}

/// A domain-scoped project `example.com:ml` has accounts under `ml.example.com.iam.gserviceaccount.com`.
fn domain_of(project: &Text) -> Text {
    project.as_ref().map(|id| match id.split_once(':') {
        Some((domain, id)) => format!("{id}.{domain}"),
        None => id.clone(),
    })
}
