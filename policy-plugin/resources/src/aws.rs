//! Resources of the `aws` provider.

mod oidc_provider;
mod policy_document;
mod role;
mod role_policy;

use crate::types::Reader;

pub(crate) fn reader(type_name: &str) -> Option<Reader> {
    Some(match type_name {
        "aws_iam_role" => role::role,
        "aws_iam_role_policy" => role_policy::inline,
        "aws_iam_role_policy_attachment" => role_policy::attachment,
        "aws_iam_policy_attachment" => role_policy::attachments,
        "aws_iam_openid_connect_provider" => oidc_provider::provider,
        _ => return None,
    })
}
