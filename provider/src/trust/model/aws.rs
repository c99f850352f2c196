//! Amazon Web Services in `to`.

use std::collections::BTreeSet;

use tfplugin::{Attr, Model};

/// A role in an AWS account.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AwsModel {
    /// AWS account id, twelve digits in quotes.
    #[attr(required)]
    pub account_id: Attr<String>,
    /// Name of the role, 1 to 64 letters, digits and `_+=,.@-`. Default: `name`.
    #[attr(optional)]
    pub role_name: Attr<String>,
    /// Path of the role, with a slash at each end. Default: `/`.
    #[attr(optional)]
    pub role_path: Attr<String>,
    /// ARNs of managed policies that the role has, such as `arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess`; at most 10.
    #[attr(optional)]
    pub policy_arns: Attr<BTreeSet<Attr<String>>>,
    /// What the role may do besides: a policy document, written with `jsonencode`.
    #[attr(optional)]
    pub inline_policy: Attr<String>,
    /// Audience of the workload's tokens. Default: `sts.amazonaws.com`, the one that AWS's own tools ask for. It is compared exactly, and made
    /// known to the OIDC provider.
    #[attr(optional)]
    pub audience: Attr<String>,
    /// Longest session in seconds, from 3600 to 43200. Default: 3600.
    #[attr(optional)]
    pub max_session_duration: Attr<u32>,
    /// ARN of a managed policy that no permission of the role goes beyond.
    #[attr(optional)]
    pub permissions_boundary: Attr<String>,
    /// What exists, in place of what would be made.
    #[attr(optional)]
    pub existing: Attr<ExistingAwsModel>,
    /// Whether nobody may become the role for the time being: its trust policy refuses everyone. Sessions that have begun go on until they
    /// end. Default: `false`.
    #[attr(optional)]
    pub disabled: Attr<bool>,
    /// Whether objects that exist and are exactly as wanted are taken over: changed and deleted with this resource from then on. Default:
    /// `false`.
    #[attr(optional)]
    pub adopt: Attr<bool>,
}

/// AWS objects that exist.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ExistingAwsModel {
    /// ARN of the account's OIDC provider for the issuer, of which there can be only one: such as `oidc_provider_arn` of the trust that made
    /// it. It is only referred to, and gets the audience where it lacks that.
    #[attr(required)]
    pub oidc_provider: Attr<String>,
}
