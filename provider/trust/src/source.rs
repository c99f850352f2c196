//! Sources: who is trusted. Each turns what the user wrote into one [`Identity`], which is all that a target sees of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::leaf::{Leaf, Text};
use crate::problem::Problem;
use crate::spec::Source;

mod aks;

/// What a source amounts to: whose tokens, which of them, and how the workload gets one.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The `iss` claim.
    pub issuer: Text,
    /// The `sub` claim.
    pub subject: Text,
    /// Where the issuer was written.
    pub issuer_path: &'static str,
    /// Where the subject was written.
    pub subject_path: &'static str,
    /// Google attribute to CEL expression, for a target that asks for no other.
    pub attribute_mapping: BTreeMap<String, String>,
    /// A CEL condition that only this identity's tokens pass.
    pub condition: Text,
    /// Claims of a token that this trust is meant for.
    pub claims: Leaf<BTreeMap<String, Value>>,
    /// How the workload gets its token.
    pub delivery: TokenDelivery,
}

/// How a workload gets its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenDelivery {
    /// The kubelet writes it to a projected volume, for any audience.
    KubernetesVolume {
        /// Kubernetes namespace.
        namespace: Text,
        /// Kubernetes service account.
        service_account: Text,
    },
}

impl Source {
    /// What this source amounts to.
    pub fn identity(&self) -> Identity {
        match self {
            Source::Aks(it) => aks::identity(it),
        }
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        match self {
            Source::Aks(it) => aks::problems(it),
        }
    }
}
