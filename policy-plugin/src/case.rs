//! The judged document, with every way in already asked whom it lets in.

mod credential;
mod door;
mod provider;
mod role;

use crosscloud_policy_sdk::model::document::TrustDocument;
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::principal::{Principal, PrincipalError};

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

    /// Providers that are switched on.
    pub fn active(&self) -> impl Iterator<Item = &ProviderCase<'a>> {
        self.providers.iter().filter(|provider| provider.active)
    }
}
