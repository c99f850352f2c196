//! From what a workload needs to the resource's computed attributes.

use crosscloud_trust::Outputs;

use super::model::TrustModel;
use crate::convert::{map_attr, option_attr};

/// Sets the attributes that a workload reads.
pub(super) fn publish(outputs: &Outputs, model: &mut TrustModel) {
    model.principal = option_attr(&outputs.principal);
    model.audience = option_attr(&outputs.audience);
    model.issuer = option_attr(&outputs.issuer);
    model.subject = option_attr(&outputs.subject);
    model.service_account_email = option_attr(&outputs.service_account_email);
    model.client_id = option_attr(&outputs.client_id);
    model.tenant_id = option_attr(&outputs.tenant_id);
    model.credential_config = option_attr(&outputs.credential_config);
    model.kubernetes_manifest = option_attr(&outputs.kubernetes_manifest);
    model.environment = map_attr(&outputs.environment);
    model.role_arn = option_attr(&outputs.role_arn);
    model.oidc_provider_arn = option_attr(&outputs.oidc_provider_arn);
    model.aws_config = option_attr(&outputs.aws_config);
    model.credential_configs = map_attr(&outputs.credential_configs);
    model.token_commands = map_attr(&outputs.token_commands);
    model.key_names = map_attr(&outputs.key_names);
}
