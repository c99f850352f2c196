//! What was seen, put so that sources can recognise themselves in it.

use crate::facts::Facts;
use crate::import::{ImportError, ImportId, Seen, grants};
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::object::azure::FederatedCredential;
use crate::object::gcp::{Pool, Provider, ProviderKind, ServiceAccount};
use crate::source::{Source, aks, aws_role, azure_managed_identity, github_actions};

/// What was seen.
pub(crate) struct Evidence<'a> {
    pub(crate) id: &'a ImportId,
    pub(crate) seen: &'a Seen,
    pub(crate) facts: &'a Facts,
    pub(crate) name: &'a Text,
}

impl<'a> Evidence<'a> {
    pub(crate) fn new(id: &'a ImportId, seen: &'a Seen, facts: &'a Facts, name: &'a Text) -> Self {
        Self { id, seen, facts, name }
    }

    /// The source that all this speaks of.
    pub(crate) fn source(&self) -> Result<Source, ImportError> {
        let found = match self.id.source {
            "aks" => aks::recognise(self).map(Source::Aks),
            "aws_role" => aws_role::recognise(self).map(Source::AwsRole),
            "azure_managed_identity" => azure_managed_identity::recognise(self).map(Source::AzureManagedIdentity),
            _ => github_actions::recognise(self).map(Source::GithubActions),
        };
        found.map_err(|what| ImportError::Source(what.to_owned()))
    }

    pub(crate) fn pool(&self) -> Option<&Pool> {
        match self.seen.objects.get("gcp/pool") {
            Some(Object::Pool(pool)) => Some(pool),
            _ => None,
        }
    }

    pub(crate) fn provider(&self) -> Option<&Provider> {
        match self.seen.objects.get("gcp/provider") {
            Some(Object::Provider(provider)) => Some(provider),
            _ => None,
        }
    }

    pub(crate) fn service_account(&self) -> Option<&ServiceAccount> {
        match self.seen.objects.get("gcp/service_account") {
            Some(Object::ServiceAccount(account)) => Some(account),
            _ => None,
        }
    }

    /// The issuer whose tokens are taken.
    pub(crate) fn issuer(&self) -> Option<&str> {
        let provider = self.provider().and_then(|provider| match &provider.kind {
            ProviderKind::Oidc { issuer, .. } => issuer.known(),
            ProviderKind::Aws { .. } => None,
        });
        let credential = || self.credentials().find_map(|it| it.issuer.known());
        provider.or_else(credential).map(String::as_str)
    }

    /// Federated credentials, the one that the import id names first.
    pub(crate) fn credentials(&self) -> impl Iterator<Item = &FederatedCredential> {
        let all = || {
            self.seen.listed.iter().filter_map(|object| match object {
                Object::FederatedCredential(it) => Some(it),
                _ => None,
            })
        };
        let named = |it: &FederatedCredential| match &self.id.credential {
            Some(name) => it.name.known() == Some(name),
            None => true,
        };
        all().filter(move |it| named(it)).chain(all().filter(move |it| !named(it)))
    }

    /// What stands behind the pool in the members that are bound, such as `subject/system:serviceaccount:chat:backend`.
    pub(crate) fn bound(&self) -> Vec<&str> {
        let Some(provider) = &self.id.provider else { return Vec::new() };
        let pool = format!("/workloadIdentityPools/{}/", provider.pool);
        let members = grants(self.seen).filter_map(|grant| grant.member.known());
        members.filter_map(|member| member.split_once(pool.as_str()).map(|(_, behind)| behind)).collect()
    }

    /// Subjects that are let in: those of credentials, those that are bound, those in the condition.
    pub(crate) fn subjects(&self) -> Vec<&str> {
        let credentials = self.credentials().filter_map(|it| it.subject.known()).map(String::as_str);
        let bound = self.bound().into_iter().filter_map(|behind| behind.strip_prefix("subject/"));
        let mut subjects: Vec<_> = credentials.chain(bound).collect();
        subjects.extend(["assertion.sub == ", "assertion.sub in ["].into_iter().filter_map(|start| self.quoted(start)));
        subjects
    }

    /// The text that the condition compares with, behind `start`.
    pub(crate) fn quoted(&self, start: &str) -> Option<&str> {
        let condition = self.provider()?.attribute_condition.known()?;
        let (_, rest) = condition.split_once(start)?;
        let rest = rest.strip_prefix('\'')?;
        rest.split_once('\'').map(|(text, _)| text)
    }
}

/// A known text.
pub(crate) fn known(text: &str) -> Text {
    Leaf::Known(text.to_owned())
}
