//! Amazon Web Services' kinds of objects.

mod oidc_provider;
mod oidc_provider_client;
mod outbound_federation;
mod role;
mod role_policy;
mod role_policy_attachment;
mod role_statement;

use crosscloud_cloud::aws::Client;

use super::{CloudError, Clouds};

/// The client that AWS's kinds go through.
pub(super) fn client(clouds: &Clouds) -> &Client {
    &clouds.shared.aws
}

/// The ARN of a role, taken apart.
struct RoleArn<'a> {
    account_id: &'a str,
    name: &'a str,
}

impl<'a> RoleArn<'a> {
    fn parse(arn: &'a str) -> Result<Self, CloudError> {
        let damaged = || CloudError::Id { id: arn.to_owned(), what: "a role, `arn:aws:iam::ACCOUNT:role/NAME`" };
        let ["arn", _, "iam", "", account_id, resource] = arn.splitn(6, ':').collect::<Vec<_>>()[..] else {
            return Err(damaged());
        };
        let path = resource.strip_prefix("role/").ok_or_else(damaged)?;
        Ok(Self { account_id, name: path.rsplit('/').next().unwrap_or(path) })
    }
}

/// Ids of what hangs on a role are the role's ARN, a space, and a name or another ARN.
fn split(id: &str) -> Result<(&str, &str), CloudError> {
    id.split_once(' ')
        .ok_or_else(|| CloudError::Id { id: id.to_owned(), what: "a role's ARN and a policy, separated by a space" })
}

/// The name in a role's ARN, which is what IAM's calls take.
pub(super) fn role_name(arn: &str) -> Result<&str, CloudError> {
    RoleArn::parse(arn).map(|arn| arn.name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_roles_arn_has_an_account_and_a_name() {
        for arn in ["arn:aws:iam::123456789012:role/team/ml/training", "arn:aws-cn:iam::123456789012:role/training"] {
            let arn = RoleArn::parse(arn).unwrap();
            assert_eq!((arn.account_id, arn.name), ("123456789012", "training"));
        }
        for damaged in ["", "training", "arn:aws:iam::1:user/x", "arn:aws:s3:::bucket"] {
            assert!(RoleArn::parse(damaged).is_err(), "{damaged} was read");
        }
    }
}
