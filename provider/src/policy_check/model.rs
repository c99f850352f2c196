//! The attributes of `crosscloud_policy_check`. Doc comments are the registry page.

use tfplugin::schema::validate::{exactly_one_of, one_of};
use tfplugin::{Attr, Model};

use crate::policy::FindingModel;

/// Judges something that exists by the provider's policy, as the cloud has it now: a workload identity pool with everything in it, an IAM role, or
/// the federated credentials of an identity, whoever set them up. The provider block's levels count here, too: a finding of a rule that they name is
/// an error, a warning or nothing, as they say, whatever `fail_on` is. Nothing is told of what the block waives; a waiver's `subject` is the one that
/// this data source puts out.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = exactly_one_of(["google_pool", "google_provider", "aws_role", "entra_identity"]))]
pub struct PolicyCheckModel {
    /// A Google workload identity pool, with all of its providers: `projects/PROJECT/locations/global/workloadIdentityPools/ID`.
    #[attr(optional)]
    pub google_pool: Attr<String>,
    /// One provider of a pool: the pool's name with `/providers/ID` behind it.
    #[attr(optional)]
    pub google_provider: Attr<String>,
    /// An IAM role, by its ARN or, in the account that is signed in to, by its name.
    #[attr(optional)]
    pub aws_role: Attr<String>,
    /// A user-assigned managed identity, by its resource id, or an application, by its object id.
    #[attr(optional)]
    pub entra_identity: Attr<String>,
    /// Findings of this severity and graver ones are errors, unless levels name their rule: `low`, `medium`, `high` or `critical`. Default: none
    /// is, and `findings` says everything.
    #[attr(optional, validate = one_of(["low", "medium", "high", "critical"]))]
    pub fail_on: Attr<String>,
    /// What the policy finds, waived or not. Empty: every rule passes.
    #[attr(computed)]
    pub findings: Attr<Vec<FindingModel>>,
    /// What waivers call this check: the argument's name and its value, such as `aws_role/deploy`.
    #[attr(computed)]
    pub subject: Attr<String>,
}

impl PolicyCheckModel {
    /// What is to be checked: the argument and its value.
    pub(super) fn target(&self) -> Option<(&'static str, &str)> {
        let arguments = [
            ("google_pool", &self.google_pool),
            ("google_provider", &self.google_provider),
            ("aws_role", &self.aws_role),
            ("entra_identity", &self.entra_identity),
        ];
        arguments.into_iter().find_map(|(name, value)| Some((name, value.as_str()?)))
    }
}
