//! All rules, one a file.
//!
//! Where several rules need the same value and it is not known, one of them says so: `gcp-wif-condition-missing` for a condition, the rule about
//! the issuer's kind for a mapping or an issuer, `gcp-member-pool-star` for a member.

mod gcp_member_attribute_empty;
mod gcp_member_pool_star;
mod gcp_member_public;
mod gcp_personal_email;
mod gcp_role_basic;
mod gcp_role_impersonation_broad;
mod gcp_role_wif_admin;
mod gcp_wif_audience_foreign;
mod gcp_wif_condition_dead;
mod gcp_wif_condition_missing;
mod gcp_wif_condition_name_only;
mod gcp_wif_condition_open_tenant;
mod gcp_wif_condition_parse;
mod gcp_wif_condition_prefix;
mod gcp_wif_condition_tautology;
mod gcp_wif_condition_unanchored_regex;
mod gcp_wif_entra_common_tenant;
mod gcp_wif_github_pull_request;
mod gcp_wif_issuer_http;
mod gcp_wif_k8s_subject_open;
mod gcp_wif_mapping_limits;
mod gcp_wif_mapping_missing_subject;
mod gcp_wif_mapping_mutable_subject;
mod gcp_wif_mapping_parse;

use crate::rule::Rule;

/// Every rule, in the order of ids.
#[must_use]
pub fn all() -> &'static [Rule] {
    const RULES: &[Rule] = &[
        gcp_member_attribute_empty::RULE,
        gcp_member_pool_star::RULE,
        gcp_member_public::RULE,
        gcp_personal_email::RULE,
        gcp_role_basic::RULE,
        gcp_role_impersonation_broad::RULE,
        gcp_role_wif_admin::RULE,
        gcp_wif_audience_foreign::RULE,
        gcp_wif_condition_dead::RULE,
        gcp_wif_condition_missing::RULE,
        gcp_wif_condition_name_only::RULE,
        gcp_wif_condition_open_tenant::RULE,
        gcp_wif_condition_parse::RULE,
        gcp_wif_condition_prefix::RULE,
        gcp_wif_condition_tautology::RULE,
        gcp_wif_condition_unanchored_regex::RULE,
        gcp_wif_entra_common_tenant::RULE,
        gcp_wif_github_pull_request::RULE,
        gcp_wif_issuer_http::RULE,
        gcp_wif_k8s_subject_open::RULE,
        gcp_wif_mapping_limits::RULE,
        gcp_wif_mapping_missing_subject::RULE,
        gcp_wif_mapping_mutable_subject::RULE,
        gcp_wif_mapping_parse::RULE,
    ];
    RULES
}
