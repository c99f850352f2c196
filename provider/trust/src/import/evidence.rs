//! What was seen, put so that sources can recognise themselves in it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::facts::Facts;
use crate::import::{ImportError, ImportId, Seen, grants};
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::object::aws::{Role, statements};
use crate::object::azure::FederatedCredential;
use crate::object::gcp::{Pool, Provider, ProviderKind, ServiceAccount};
use crate::source::{
    Source, aks, aws_role, azure_managed_identity, gcp_service_account, github_actions, gitlab, kubernetes, oidc,
    terraform_cloud,
};

/// What was seen.
pub(crate) struct Evidence<'a> {
    pub(crate) id: &'a ImportId,
    pub(crate) seen: &'a Seen,
    pub(crate) facts: &'a Facts,
    pub(crate) name: &'a Text,
    /// The first permission in the trust policy of the role, unless that is for an issuer that has a name and another is not.
    trust: Option<Permission>,
}

/// A statement that lets bearers of tokens become a role.
struct Permission {
    issuer: String,
    /// Claims that are compared, and what with.
    claims: BTreeMap<String, Vec<String>>,
}

impl Permission {
    fn of(statement: &Value) -> Option<Self> {
        let provider = statement.get("Principal")?.get("Federated")?.as_str()?;
        let issuer = provider.split_once(":oidc-provider/").map_or(provider, |(_, host)| host);
        let compared = statement.get("Condition").and_then(|it| it.get("StringEquals")).and_then(Value::as_object);
        let claims = compared.into_iter().flatten().filter_map(|(key, value)| {
            let claim = key.strip_prefix(issuer)?.strip_prefix(':')?;
            let values = match value {
                Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                value => vec![value.as_str()?.to_owned()],
            };
            Some((claim.to_owned(), values))
        });
        Some(Self { issuer: format!("https://{issuer}"), claims: claims.collect() })
    }
}

impl<'a> Evidence<'a> {
    pub(crate) fn new(id: &'a ImportId, seen: &'a Seen, facts: &'a Facts, name: &'a Text) -> Self {
        let mut evidence = Self { id, seen, facts, name, trust: None };
        let policy = evidence.role().and_then(|role| role.trust_policy.known());
        let statements = policy.map(|it| statements::all(it)).unwrap_or_default();
        let mut permissions: Vec<_> = statements.iter().filter_map(Permission::of).collect();
        permissions.sort_by_key(|it| id.issuers.values().any(|named| *named == it.issuer));
        evidence.trust = permissions.into_iter().next();
        evidence
    }

    /// The source that all this speaks of.
    pub(crate) fn source(&self) -> Result<Source, ImportError> {
        let found = match self.id.source {
            "aks" => aks::recognise(self).map(Source::Aks),
            "aws_role" => aws_role::recognise(self).map(Source::AwsRole),
            "azure_managed_identity" => azure_managed_identity::recognise(self).map(Source::AzureManagedIdentity),
            "github_actions" => github_actions::recognise(self).map(Source::GithubActions),
            "gitlab" => gitlab::recognise(self).map(Source::Gitlab),
            "terraform_cloud" => terraform_cloud::recognise(self).map(Source::TerraformCloud),
            "kubernetes" => kubernetes::recognise(self).map(Source::Kubernetes),
            "gcp_service_account" => gcp_service_account::recognise(self).map(Source::GcpServiceAccount),
            _ => oidc::recognise(self).map(Source::Oidc),
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

    pub(crate) fn role(&self) -> Option<&Role> {
        match self.seen.objects.get("aws/role") {
            Some(Object::Role(role)) => Some(role),
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
        provider.or_else(credential).map(String::as_str).or_else(|| self.trust.as_ref().map(|it| it.issuer.as_str()))
    }

    /// The name that an object has in the trust: one of an issuer that has a name ends in that.
    pub(crate) fn name_of<'n>(&self, name: &'n str, issuer: Option<&str>) -> &'n str {
        let label = self.id.issuers.iter().find(|(_, url)| issuer == Some(url)).map(|(label, _)| label.as_str());
        label.and_then(|label| name.strip_suffix(label)?.strip_suffix('-')).unwrap_or(name)
    }

    /// The audience that the workload's tokens have, where the provider names one or the role does.
    pub(crate) fn audience(&self) -> Option<&str> {
        let audiences = match self.provider().map(|provider| &provider.kind) {
            Some(ProviderKind::Oidc { allowed_audiences, .. }) => allowed_audiences.as_slice(),
            _ => &[],
        };
        let of_provider = audiences.first().and_then(Leaf::known).map(String::as_str);
        of_provider.or_else(|| self.role_audience())
    }

    /// The audience that the role compares. None: the role lets nobody in, or there is none.
    pub(crate) fn role_audience(&self) -> Option<&str> {
        let trust = self.trust.as_ref()?;
        trust.claims.get("oaud").or_else(|| trust.claims.get("aud"))?.first().map(String::as_str)
    }

    /// A claim that the role compares.
    pub(crate) fn pinned(&self, claim: &str) -> Option<&str> {
        self.trust.as_ref()?.claims.get(claim)?.first().map(String::as_str)
    }

    /// Namespace and name of a Kubernetes service account.
    pub(crate) fn pod(&self) -> Result<(&str, &str), &'static str> {
        let account = self.subjects().into_iter().find_map(|it| it.strip_prefix("system:serviceaccount:"));
        account.and_then(|account| account.split_once(':')).ok_or(
            "neither a binding nor a condition nor a credential nor a trust policy names a Kubernetes service account",
        )
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
        let admitted =
            self.trust.as_ref().and_then(|it| it.claims.get("sub")).into_iter().flatten().map(String::as_str);
        let mut subjects: Vec<_> = credentials.chain(bound).chain(admitted).collect();
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
