//! All rules, one a file.
//!
//! Where several rules need the same value and it is not known, one of them says so: `gcp-wif-condition-missing` for a condition, the rule about
//! the issuer's kind for a mapping or an issuer, `gcp-member-pool-star` for a member.

mod aws_confused_deputy_service;
mod aws_oidc_aud_missing;
mod aws_oidc_buildkite_open;
mod aws_oidc_gitlab_open;
mod aws_oidc_google_any;
mod aws_oidc_literal_glob;
mod aws_oidc_name_only;
mod aws_oidc_negated;
mod aws_oidc_no_condition;
mod aws_oidc_provider_clients;
mod aws_oidc_sub_any_ref;
mod aws_oidc_sub_missing;
mod aws_oidc_sub_org_wide;
mod aws_oidc_sub_pull_request;
mod aws_oidc_sub_star;
mod aws_oidc_tfc_open;
mod aws_oidc_user_claim_first;
mod aws_principal_account_root;
mod aws_principal_star;
mod aws_role_admin_federated;
mod aws_role_max_session;
mod aws_rolesanywhere_open;
mod aws_saml_no_aud;
mod aws_trust_dead;
mod aws_trust_parse;
mod az_fic_audience;
mod az_fic_count;
mod az_fic_google_sub;
mod az_fic_issuer_allow;
mod az_fic_k8s_subject;
mod az_fic_pull_request;
mod az_fic_sts_foreign_tenant;
mod az_fic_subject_literal_glob;
mod az_fic_subject_shape;
mod az_fic_user_claim_first;
mod az_flex_no_sub;
mod az_flex_org_wide;
mod az_flex_parse;
mod az_flex_star_tenant;
mod az_flex_unsupported_issuer;
mod az_flex_workflow_ref_branch;
mod az_role_owner_federated;
mod gcp_binding_authoritative;
mod gcp_cmek_missing;
mod gcp_default_sa_bound;
mod gcp_kms_destroy_guard;
mod gcp_kms_duties;
mod gcp_kms_rotation;
mod gcp_member_attribute_broad;
mod gcp_member_attribute_empty;
mod gcp_member_foreign_pool;
mod gcp_member_pool_star;
mod gcp_member_public;
mod gcp_perimeter_open;
mod gcp_personal_email;
mod gcp_role_basic;
mod gcp_role_impersonation_broad;
mod gcp_role_wif_admin;
mod gcp_sa_admin;
mod gcp_sa_key;
mod gcp_wif_audience_foreign;
mod gcp_wif_aws_account_wide;
mod gcp_wif_aws_session_subject;
mod gcp_wif_condition_dead;
mod gcp_wif_condition_missing;
mod gcp_wif_condition_name_only;
mod gcp_wif_condition_open_tenant;
mod gcp_wif_condition_parse;
mod gcp_wif_condition_prefix;
mod gcp_wif_condition_tautology;
mod gcp_wif_condition_unanchored_regex;
mod gcp_wif_condition_user_claim;
mod gcp_wif_entra_audience_default;
mod gcp_wif_entra_common_tenant;
mod gcp_wif_github_any_ref;
mod gcp_wif_github_pull_request;
mod gcp_wif_github_reusable_unpinned;
mod gcp_wif_issuer_http;
mod gcp_wif_issuer_not_allowed;
mod gcp_wif_jwks_inline_expiry;
mod gcp_wif_k8s_subject_open;
mod gcp_wif_mapping_actor_attr;
mod gcp_wif_mapping_collision;
mod gcp_wif_mapping_limits;
mod gcp_wif_mapping_many_providers;
mod gcp_wif_mapping_missing_subject;
mod gcp_wif_mapping_mutable_subject;
mod gcp_wif_mapping_parse;
mod gcp_wif_saml_keys;
mod x_cluster_two_managers;
mod x_env_without_protection;
mod x_sub_template_mismatch;
mod x_two_hop;
mod x_unknown_trust;

use crate::rule::Rule;

/// Every rule, in the order of ids.
#[must_use]
pub fn all() -> &'static [Rule] {
    const RULES: &[Rule] = &[
        aws_confused_deputy_service::RULE,
        aws_oidc_aud_missing::RULE,
        aws_oidc_buildkite_open::RULE,
        aws_oidc_gitlab_open::RULE,
        aws_oidc_google_any::RULE,
        aws_oidc_literal_glob::RULE,
        aws_oidc_name_only::RULE,
        aws_oidc_negated::RULE,
        aws_oidc_no_condition::RULE,
        aws_oidc_provider_clients::RULE,
        aws_oidc_sub_any_ref::RULE,
        aws_oidc_sub_missing::RULE,
        aws_oidc_sub_org_wide::RULE,
        aws_oidc_sub_pull_request::RULE,
        aws_oidc_sub_star::RULE,
        aws_oidc_tfc_open::RULE,
        aws_oidc_user_claim_first::RULE,
        aws_principal_account_root::RULE,
        aws_principal_star::RULE,
        aws_role_admin_federated::RULE,
        aws_role_max_session::RULE,
        aws_rolesanywhere_open::RULE,
        aws_saml_no_aud::RULE,
        aws_trust_dead::RULE,
        aws_trust_parse::RULE,
        az_fic_audience::RULE,
        az_fic_count::RULE,
        az_fic_google_sub::RULE,
        az_fic_issuer_allow::RULE,
        az_fic_k8s_subject::RULE,
        az_fic_pull_request::RULE,
        az_fic_sts_foreign_tenant::RULE,
        az_fic_subject_literal_glob::RULE,
        az_fic_subject_shape::RULE,
        az_fic_user_claim_first::RULE,
        az_flex_no_sub::RULE,
        az_flex_org_wide::RULE,
        az_flex_parse::RULE,
        az_flex_star_tenant::RULE,
        az_flex_unsupported_issuer::RULE,
        az_flex_workflow_ref_branch::RULE,
        az_role_owner_federated::RULE,
        gcp_binding_authoritative::RULE,
        gcp_cmek_missing::RULE,
        gcp_default_sa_bound::RULE,
        gcp_kms_destroy_guard::RULE,
        gcp_kms_duties::RULE,
        gcp_kms_rotation::RULE,
        gcp_member_attribute_broad::RULE,
        gcp_member_attribute_empty::RULE,
        gcp_member_foreign_pool::RULE,
        gcp_member_pool_star::RULE,
        gcp_member_public::RULE,
        gcp_perimeter_open::RULE,
        gcp_personal_email::RULE,
        gcp_role_basic::RULE,
        gcp_role_impersonation_broad::RULE,
        gcp_role_wif_admin::RULE,
        gcp_sa_admin::RULE,
        gcp_sa_key::RULE,
        gcp_wif_audience_foreign::RULE,
        gcp_wif_aws_account_wide::RULE,
        gcp_wif_aws_session_subject::RULE,
        gcp_wif_condition_dead::RULE,
        gcp_wif_condition_missing::RULE,
        gcp_wif_condition_name_only::RULE,
        gcp_wif_condition_open_tenant::RULE,
        gcp_wif_condition_parse::RULE,
        gcp_wif_condition_prefix::RULE,
        gcp_wif_condition_tautology::RULE,
        gcp_wif_condition_unanchored_regex::RULE,
        gcp_wif_condition_user_claim::RULE,
        gcp_wif_entra_audience_default::RULE,
        gcp_wif_entra_common_tenant::RULE,
        gcp_wif_github_any_ref::RULE,
        gcp_wif_github_pull_request::RULE,
        gcp_wif_github_reusable_unpinned::RULE,
        gcp_wif_issuer_http::RULE,
        gcp_wif_issuer_not_allowed::RULE,
        gcp_wif_jwks_inline_expiry::RULE,
        gcp_wif_k8s_subject_open::RULE,
        gcp_wif_mapping_actor_attr::RULE,
        gcp_wif_mapping_collision::RULE,
        gcp_wif_mapping_limits::RULE,
        gcp_wif_mapping_many_providers::RULE,
        gcp_wif_mapping_missing_subject::RULE,
        gcp_wif_mapping_mutable_subject::RULE,
        gcp_wif_mapping_parse::RULE,
        gcp_wif_saml_keys::RULE,
        x_cluster_two_managers::RULE,
        x_env_without_protection::RULE,
        x_sub_template_mismatch::RULE,
        x_two_hop::RULE,
        x_unknown_trust::RULE,
    ];
    RULES
}
