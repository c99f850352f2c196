//! The judged document, with every way in already asked whom it lets in.

mod credential;
mod door;
mod provider;
mod role;

use crosscloud_policy_sdk::model::aws::Statement;
use crosscloud_policy_sdk::model::document::TrustDocument;
use crosscloud_policy_sdk::model::issuer::Issuer;
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::principal::{Principal, PrincipalError, Selector};

pub use credential::CredentialCase;
pub use door::{Answer, Attempt, Blindness, Bound, Door, Looseness, subject};
pub use provider::{Condition, ProviderCase, quote};
pub use role::{Reading, RoleCase, RoleDoor, Visit, Visitor};

/// What rules look at.
#[derive(Debug)]
pub struct Case<'a> {
    /// The document itself.
    pub document: &'a TrustDocument,
    /// Settings of the policy.
    pub settings: &'a BuiltInSettings,
    /// Every member of every binding.
    pub members: Vec<Member<'a>>,
    /// Every provider of a pool, asked.
    pub providers: Vec<ProviderCase<'a>>,
    /// Every AWS role, asked.
    pub roles: Vec<RoleCase<'a>>,
    /// Every federated credential, asked.
    pub credentials: Vec<CredentialCase<'a>>,
}

/// A member of a binding.
#[derive(Debug)]
pub struct Member<'a> {
    /// Where it stands.
    pub pointer: String,
    /// Index of its binding.
    pub binding: usize,
    /// As written; none if it is not known yet.
    pub text: Option<&'a str>,
    /// As read.
    pub principal: Option<Result<Principal, PrincipalError>>,
}

impl<'a> Case<'a> {
    /// Asks everything that the document holds.
    #[must_use]
    pub fn new(document: &'a TrustDocument, settings: &'a BuiltInSettings) -> Self {
        let members: Vec<Member<'a>> = document
            .bindings
            .iter()
            .enumerate()
            .flat_map(|(binding, grant)| {
                grant.members.iter().enumerate().map(move |(index, text)| (binding, index, text))
            })
            .map(|(binding, index, text)| {
                let pointer = format!("/bindings/{binding}/members/{index}");
                let text = text.as_deref().filter(|_| !document.is_unknown(&pointer));
                Member { pointer, binding, text, principal: text.map(str::parse) }
            })
            .collect();
        let providers = document.providers.iter().enumerate();
        let providers = providers.map(|(index, it)| provider::ask(document, settings, &members, index, it)).collect();
        let roles = document.aws_roles.iter().enumerate();
        let roles = roles.map(|(index, it)| role::ask(document, settings, index, it)).collect();
        let credentials = document.federated_credentials.iter().enumerate();
        let credentials = credentials.map(|(index, it)| credential::ask(document, settings, index, it)).collect();
        Self { document, settings, members, providers, roles, credentials }
    }

    /// Whether a grant selects by this target of a provider's mapping, such as `attribute.repository`.
    #[must_use]
    pub fn selects(&self, provider: &ProviderCase<'_>, target: &str) -> bool {
        let Some(wanted) = target.strip_prefix("attribute.") else { return false };
        self.members.iter().any(|member| match &member.principal {
            Some(Ok(Principal::Federated { pool, selector: Selector::Attribute { name, .. } })) => {
                name == wanted && provider.provider.pool.as_deref() == Some(pool)
            }
            _ => false,
        })
    }

    /// Every federated principal of every AWS role, with the role and the statement.
    pub fn role_doors(&self) -> impl Iterator<Item = (&RoleCase<'a>, &RoleDoor, &Statement)> {
        let doors = self.roles.iter().flat_map(|role| role.doors.iter().map(move |door| (role, door)));
        doors.filter_map(|(role, door)| Some((role, door, role.statement(door)?)))
    }

    /// Every way in for workflows of GitHub.
    pub fn github_doors(&self) -> impl Iterator<Item = &Door> {
        let providers = self.active().map(|provider| &provider.door);
        let roles = self.roles.iter().flat_map(|role| role.doors.iter().map(|door| &door.door));
        let credentials = self.credentials.iter().map(|credential| &credential.door);
        let all = providers.chain(roles).chain(credentials);
        all.filter(|door| matches!(door.issuer, Some(Issuer::GitHub { .. })))
    }

    /// Providers that are switched on.
    pub fn active(&self) -> impl Iterator<Item = &ProviderCase<'a>> {
        self.providers.iter().filter(|provider| provider.active)
    }
}
