//! From what a workload needs to the resource's computed attributes.

use crosscloud_trust::{Leaf, Outputs, Text};
use tfplugin::Attr;

use super::model::TrustModel;

/// Sets the attributes that a workload reads.
pub(super) fn publish(outputs: &Outputs, model: &mut TrustModel) {
    model.principal = attr(&outputs.principal);
    model.audience = attr(&outputs.audience);
    model.issuer = attr(&outputs.issuer);
    model.subject = attr(&outputs.subject);
    model.service_account_email = attr(&outputs.service_account_email);
    model.credential_config = attr(&outputs.credential_config);
    model.kubernetes_manifest = attr(&outputs.kubernetes_manifest);
    model.environment = match &outputs.environment {
        Leaf::Known(variables) => {
            Attr::Known(variables.iter().map(|(name, value)| (name.clone(), attr(value))).collect())
        }
        Leaf::Unknown => Attr::Unknown,
    };
}

fn attr(text: &Text) -> Attr<String> {
    text.known().cloned().map_or(Attr::Unknown, Attr::Known)
}
