//! Amazon Web Services' objects.

pub(crate) mod members;
pub mod statements;

use std::collections::BTreeMap;

use crate::leaf::{Leaf, Text};
use crate::object::marker::tag;
use crate::object::{Kind, MARKER, complete};

pub use members::RoleMembers;

complete! {
    /// An IAM role.
    pub struct Role {
        /// Twelve-digit account id.
        pub account_id: Text,
        /// Path, with a slash at each end. Immutable.
        pub path: Text,
        /// Name. Immutable.
        pub name: Text,
        /// Who may assume it: a policy document as JSON.
        pub trust_policy: Text,
        /// Says whose it is.
        pub description: Text,
        /// Longest session in seconds, 3600 to 43200.
        pub max_session_duration: Leaf<u32>,
        /// ARN of the managed policy that no permission goes beyond.
        pub permissions_boundary: Option<Text>,
        /// Tags.
        pub tags: BTreeMap<String, Text>,
        /// Whose statements in the trust policy are left alone.
        pub members: Option<RoleMembers>,
    }

    /// What a member adds to a role's trust policy: its subjects, in a statement that those share who differ in nothing else.
    pub struct RoleStatement {
        /// ARN of the role.
        pub role_arn: Text,
        /// What tells the statement from others.
        pub sid: Text,
        /// The statement as JSON, without its `Sid` and with no subjects but the member's.
        pub statement: Text,
    }

    /// An inline policy of a role.
    pub struct RolePolicy {
        /// ARN of the role.
        pub role_arn: Text,
        /// Name of the policy.
        pub name: Text,
        /// What the role may do: a policy document as JSON.
        pub policy: Text,
    }

    /// A managed policy attached to a role.
    pub struct RolePolicyAttachment {
        /// ARN of the role.
        pub role_arn: Text,
        /// ARN of the policy.
        pub policy_arn: Text,
    }

    /// An OIDC provider: whose tokens roles of the account may trust.
    pub struct OidcProvider {
        /// Twelve-digit account id.
        pub account_id: Text,
        /// Issuer URL, verbatim.
        pub url: Text,
        /// Tags; the one named `crosscloud` says whose the provider is.
        pub tags: BTreeMap<String, Text>,
    }

    /// One audience of an OIDC provider. An account holds one provider for an issuer, so several trusts share it, each with its audience.
    pub struct OidcProviderClient {
        /// ARN of the provider.
        pub provider_arn: Text,
        /// The audience.
        pub client_id: Text,
    }

    /// An account's own issuer, which vouches for its roles elsewhere. There is one for an account, and whoever relies on it nobody knows.
    pub struct OutboundFederation {
        /// Twelve-digit account id.
        pub account_id: Text,
    }
}

impl Kind for Role {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn id(&self) -> Text {
        role_arn(&self.account_id, &self.path, &self.name)
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl Kind for RoleStatement {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::RoleTrustStatement"
    }

    fn id(&self) -> Text {
        let subjects = self.statement.as_ref().map(|it| statements::list(&statements::subjects_in(it)));
        Text::concat([self.role_arn.piece(), " ".into(), self.sid.piece(), " ".into(), subjects.piece()])
    }
}

impl Kind for RolePolicy {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::RolePolicy"
    }

    fn id(&self) -> Text {
        Text::concat([self.role_arn.piece(), " ".into(), self.name.piece()])
    }
}

impl Kind for RolePolicyAttachment {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "AWS::IAM::RolePolicyAttachment"
    }

    fn id(&self) -> Text {
        Text::concat([self.role_arn.piece(), " ".into(), self.policy_arn.piece()])
    }
}

impl Kind for OidcProvider {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::OIDCProvider"
    }

    fn id(&self) -> Text {
        oidc_provider_arn(&self.account_id, &self.url)
    }

    fn marker(&self) -> Option<&Text> {
        self.tags.get(MARKER)
    }

    fn mark(&mut self, marker: &str) -> bool {
        tag(&mut self.tags, marker)
    }
}

impl Kind for OidcProviderClient {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "AWS::IAM::OIDCProviderClient"
    }

    fn id(&self) -> Text {
        Text::concat([self.provider_arn.piece(), " ".into(), self.client_id.piece()])
    }
}

impl Kind for OutboundFederation {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "AWS::IAM::OutboundWebIdentityFederation"
    }

    fn id(&self) -> Text {
        self.account_id.clone()
    }
}

/// The ARN of the OIDC provider for an issuer.
pub(crate) fn oidc_provider_arn(account_id: &Text, url: &Text) -> Text {
    let host = url.as_ref().map(|url| url.strip_prefix("https://").unwrap_or(url).to_owned());
    Text::concat(["arn:aws:iam::".into(), account_id.piece(), ":oidc-provider/".into(), host.piece()])
}

/// The ARN of a role; `path` has a slash at each end.
pub(crate) fn role_arn(account_id: &Text, path: &Text, name: &Text) -> Text {
    Text::concat(["arn:aws:iam::".into(), account_id.piece(), ":role".into(), path.piece(), name.piece()])
}
