//! Amazon Web Services: an IAM OIDC provider says whose tokens an account takes at all, a role's trust policy says whose become the role, and
//! policies say what the role may do.

use std::collections::BTreeSet;

use crate::admits::Admits;
use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::object::aws::{
    OidcProvider, OidcProviderClient, Role, RoleMembers, RolePolicy, RolePolicyAttachment, role_arn,
};
use crate::object::{Key, MARKER, Object, description_of};
use crate::source::{Accepted, Identity, Tokens};
use crate::spec::Spec;
use crate::target::gcp::either;

pub(crate) mod border;
mod check;
pub(crate) mod import;
mod trust_policy;

pub(crate) use check::problems;
use trust_policy::Admitted;

pub(crate) const ACCOUNT: &str = "to.aws.account_id";
pub(crate) const ROLE_NAME: &str = "to.aws.role_name";
pub(crate) const ROLE_PATH: &str = "to.aws.role_path";
pub(crate) const POLICIES: &str = "to.aws.policy_arns";
pub(crate) const INLINE: &str = "to.aws.inline_policy";
pub(crate) const AUDIENCE: &str = "to.aws.audience";
pub(crate) const SESSION: &str = "to.aws.max_session_duration";
pub(crate) const BOUNDARY: &str = "to.aws.permissions_boundary";
pub(crate) const EXISTING: &str = "to.aws.existing";
pub(crate) const EXISTING_PROVIDER: &str = "to.aws.existing.oidc_provider";

/// The audience that AWS's own tools ask for.
pub(crate) const TOKEN_AUDIENCE: &str = "sts.amazonaws.com";

/// Longest session of a role unless somebody says otherwise, in seconds.
pub(crate) const USUAL_SESSION: u32 = 3600;

/// The one issuer that every account knows without a provider.
pub(crate) const GOOGLE: &str = "accounts.google.com";

/// A role in an AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aws {
    /// Twelve-digit account id.
    pub account_id: Text,
    /// Name of the role, where it is not the trust's.
    pub role_name: Option<Text>,
    /// Path of the role, where it is not `/`.
    pub role_path: Option<Text>,
    /// ARNs of managed policies that the role has.
    pub policy_arns: Leaf<BTreeSet<Text>>,
    /// What the role may do besides: a policy document as JSON.
    pub inline_policy: Option<Text>,
    /// Audience of the workload's tokens, where it is not AWS's own.
    pub audience: Option<Text>,
    /// Longest session in seconds.
    pub max_session_duration: Option<Leaf<u32>>,
    /// ARN of the managed policy that no permission goes beyond.
    pub permissions_boundary: Option<Text>,
    /// ARN of an OIDC provider that the account has for an issuer already.
    pub existing_oidc_provider: Option<Text>,
    /// Whether nobody may become the role for the time being.
    pub disabled: Leaf<bool>,
}

/// Adds the objects of an AWS target.
pub(crate) fn build(graph: &mut Builder<'_>, spec: &Spec, aws: &Aws, identity: &Identity) {
    let mut providers = Vec::new();
    let mut admitted = Vec::new();
    for accepted in identity.issuers() {
        let arn = aws.provider_arn(accepted);
        if !is_google(&accepted.issuer) {
            if aws.existing_oidc_provider.as_ref().is_some_and(Leaf::is_unknown) {
                // Which issuer's it is decides which providers are made.
                return graph.hide(EXISTING);
            }
            providers.extend(add_provider(graph, spec, aws, identity, accepted));
        }
        admitted.push(Admitted { provider: arn, issuer: accepted.issuer.clone() });
    }
    let path = match (&aws.role_name, &aws.role_path) {
        (Some(_), _) => ROLE_NAME,
        (None, Some(_)) => ROLE_PATH,
        (None, None) => "name",
    };
    let disabled = either(&aws.disabled, &spec.disabled);
    let audience = aws.audience(identity);
    let members = members_of(spec, &admitted, &audience);
    let role = Role {
        account_id: aws.account_id.clone(),
        path: aws.path(),
        name: aws.name(&spec.name),
        trust_policy: trust_policy::of(&admitted, identity, &audience, members.as_ref(), &disabled),
        description: description_of("crosscloud_trust", &spec.name),
        max_session_duration: aws.max_session_duration.unwrap_or(Leaf::Known(USUAL_SESSION)),
        permissions_boundary: aws.permissions_boundary.clone(),
        tags: graph.labels(),
        members,
    };
    let node = Node::new(Object::Role(role), path).after(&providers).after(&identity.after);
    let role = graph.add("aws/role", node);
    add_policies(graph, aws, &aws.role_arn(&spec.name), &role);
}

/// Whose statements the role's trust policy may hold beside the trust's own.
fn members_of(spec: &Spec, admitted: &[Admitted], audience: &Text) -> Option<RoleMembers> {
    let (claim, values) = Admits::claim(spec.admits.as_ref()?, spec.from.known()?)?;
    let providers = admitted.iter().map(|it| it.provider.clone()).collect();
    Some(RoleMembers { providers, audience: audience.clone(), claim, values })
}

/// An account holds one provider for an issuer, so it is made, or it is there and only gets the audience.
fn add_provider(graph: &mut Builder<'_>, spec: &Spec, aws: &Aws, identity: &Identity, accepted: &Accepted) -> [Key; 2] {
    let arn = aws.provider_arn(accepted);
    let exists = aws.existing_oidc_provider.as_ref().is_some_and(|existing| *existing == arn);
    let mut tags = graph.labels();
    tags.insert(MARKER.to_owned(), description_of("crosscloud_trust", &spec.name));
    let provider = OidcProvider { account_id: aws.account_id.clone(), url: accepted.issuer.clone(), tags };
    let path = if exists { EXISTING_PROVIDER } else { identity.issuer_path };
    let node = Node::new(Object::OidcProvider(provider), path).after(&identity.after).referenced(exists);
    let provider = graph.add(accepted.key("aws/oidc_provider"), node);
    let client = OidcProviderClient { provider_arn: arn, client_id: aws.audience(identity) };
    let path = if aws.audience.is_some() { AUDIENCE } else { path };
    let node = Node::new(Object::OidcProviderClient(client), path).after([&provider]).below([&provider]);
    let client = graph.add(accepted.key("aws/oidc_provider_client"), node);
    [provider, client]
}

fn add_policies(graph: &mut Builder<'_>, aws: &Aws, arn: &Text, role: &Key) {
    match &aws.policy_arns {
        Leaf::Unknown => graph.hide(POLICIES),
        Leaf::Known(policies) => {
            for policy in policies {
                let Leaf::Known(name) = policy else {
                    graph.hide(POLICIES);
                    continue;
                };
                let attachment = RolePolicyAttachment { role_arn: arn.clone(), policy_arn: policy.clone() };
                let node = Node::new(Object::RolePolicyAttachment(attachment), POLICIES).after([role]).below([role]);
                graph.add(format!("aws/role_policy_attachment/{name}"), node);
            }
        }
    }
    if let Some(document) = &aws.inline_policy {
        let policy = RolePolicy { role_arn: arn.clone(), name: Text::of(INLINE_NAME), policy: document.clone() };
        let node = Node::new(Object::RolePolicy(policy), INLINE).after([role]).below([role]);
        graph.add(format!("aws/role_policy/{INLINE_NAME}"), node);
    }
}

/// Name of the inline policy.
pub(crate) const INLINE_NAME: &str = "inline";

/// Whether this is the issuer that needs no provider.
fn is_google(issuer: &Text) -> bool {
    issuer.known().is_some_and(|issuer| issuer.strip_prefix("https://") == Some(GOOGLE))
}

impl Aws {
    fn path(&self) -> Text {
        self.role_path.clone().unwrap_or(Text::of("/"))
    }

    fn name(&self, name: &Text) -> Text {
        self.role_name.as_ref().unwrap_or(name).clone()
    }

    /// ARN of the role that the workload acts as.
    pub(crate) fn role_arn(&self, name: &Text) -> Text {
        role_arn(&self.account_id, &self.path(), &self.name(name))
    }

    /// What stands for an issuer in a trust policy.
    pub(crate) fn provider_arn(&self, accepted: &Accepted) -> Text {
        if is_google(&accepted.issuer) {
            return Text::of(GOOGLE);
        }
        crate::object::aws::oidc_provider_arn(&self.account_id, &accepted.issuer)
    }

    /// Audience of the workload's tokens.
    pub(crate) fn audience(&self, identity: &Identity) -> Text {
        match &identity.tokens {
            Tokens::Oidc { audience: Some(audience), .. } => audience.clone(),
            _ => self.audience.clone().unwrap_or_else(|| Text::of(TOKEN_AUDIENCE)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
