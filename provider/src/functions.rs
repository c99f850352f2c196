//! Functions: what follows from arguments alone. They need no provider block and ask no cloud.

mod arguments;
mod credential_config;
mod evaluate_trust;
mod kubernetes_manifest;
mod parse_principal;
mod policy_findings;
mod principal;

use tfplugin::Registry;

use crate::shared::Shared;

/// Offers every function.
pub(crate) fn register(registry: &mut Registry<Shared>) {
    registry
        .function(principal::Principal)
        .function(principal::PrincipalSet)
        .function(parse_principal::ParsePrincipal)
        .function(credential_config::CredentialConfig)
        .function(kubernetes_manifest::KubernetesManifest)
        .function(evaluate_trust::EvaluateTrust)
        .function(policy_findings::PolicyFindings);
}
