//! Import of a member: its name, the pair, the trust's objects that it refers to, and the principal that is bound. What the trust itself lets in
//! is no evidence of whom the member is.

use std::str::FromStr;

use crate::facts::{FactQuery, Facts};
use crate::import::{ImportError, ImportId, Look, Seen, reconstruct_as};
use crate::leaf::{Leaf, Text};
use crate::member::{Member, MemberOf, MemberOfAws, MemberOfAzure, MemberOfGcp};
use crate::object::Object;
use crate::object::aws::members::only;
use crate::spec::Spec;
use crate::target::azure::Azure;
use crate::target::gcp::Gcp;

const FORM: &str = "`NAME;SOURCE->TARGET;ID;ID…`: of Google the provider, the service account if there is one, and the principal that is bound, `principal://…`; of Azure `IDENTITY/federatedIdentityCredentials/NAME`; of AWS the ARN of the role, and `subject:SUBJECT` unless the principal says it; and `issuer:NAME=URL` for each of `issuers`";

/// What an import id of a member says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberImportId {
    name: String,
    /// The member of allow policies.
    principal: Option<String>,
    /// The subject in the trust policy of the role.
    subject: Option<String>,
    /// The trust's objects, which exist.
    trust: ImportId,
}

impl FromStr for MemberImportId {
    type Err = ImportError;

    fn from_str(text: &str) -> Result<Self, ImportError> {
        let wrong = || ImportError::Form { id: text.to_owned(), form: FORM };
        let (name, rest) = text.split_once(';').ok_or_else(wrong)?;
        let mut parts = rest.split(';').map(str::trim).filter(|part| !part.is_empty());
        let mut of_trust = vec![parts.next().ok_or_else(wrong)?.to_owned()];
        let mut principal = None;
        let mut subject = None;
        for part in parts {
            if part.starts_with("principal://") || part.starts_with("principalSet://") {
                principal = Some(part.to_owned());
                let of_principal = || part.split_once("/subject/").map(|(_, subject)| subject.to_owned());
                subject = subject.or_else(of_principal);
            } else if let Some(said) = part.strip_prefix("subject:") {
                subject = Some(said.to_owned());
            } else if is_of_the_trust(part) {
                of_trust.push(format!("existing:{part}"));
            } else {
                of_trust.push(part.to_owned());
            }
        }
        let trust: ImportId = of_trust.join(";").parse().map_err(|_| wrong())?;
        if name.trim().is_empty() || trust.provider.is_some() != principal.is_some() {
            return Err(wrong());
        }
        if trust.role.is_some() && subject.is_none() {
            return Err(wrong());
        }
        Ok(Self { name: name.trim().to_owned(), principal, subject, trust })
    }
}

impl MemberImportId {
    /// Facts that reconstruction needs.
    pub fn queries(&self) -> Vec<FactQuery> {
        self.trust.queries()
    }

    /// What has to be looked at.
    pub fn looks(&self) -> Vec<Look> {
        self.trust.looks()
    }

    /// The member that what was seen amounts to.
    ///
    /// # Errors
    /// [`ImportError`] where that does not say who the member is.
    pub fn reconstruct(&self, seen: &Seen, facts: &Facts) -> Result<Member, ImportError> {
        let spec = reconstruct_as(Text::of(&self.name), &self.trust, &self.own(seen), facts)?;
        let Spec { from, to: Leaf::Known(to), .. } = spec else {
            return Err(ImportError::Missing("target that is known".to_owned()));
        };
        let known = |it: Option<Leaf<_>>| it.and_then(|it| it.known().cloned());
        let gcp = to.gcp.as_ref().and_then(Leaf::known).map(|it| self.of_gcp(it)).transpose()?;
        let azure = known(to.azure).map(|it| self.of_azure(it));
        let role = self.trust.role.as_ref().map(Text::of);
        let audience = to.aws.as_ref().and_then(Leaf::known).and_then(|it| it.audience.clone());
        let aws = role.map(|role_arn| Leaf::Known(MemberOfAws { role_arn, audience }));
        Ok(Member {
            name: Text::of(&self.name),
            from,
            to: Leaf::Known(MemberOf { gcp: gcp.map(Leaf::Known), azure: azure.map(Leaf::Known), aws }),
            disabled: Leaf::Known(false),
        })
    }

    /// What was seen of the member alone.
    fn own(&self, seen: &Seen) -> Seen {
        let mut own = seen.clone();
        own.listed.retain(|object| match object {
            Object::Grant(grant) => match grant.member.known() {
                Some(member) => !member.starts_with("principal") || Some(member) == self.principal.as_ref(),
                None => false,
            },
            Object::FederatedCredential(it) => it.name.known() == self.trust.credential.as_ref(),
            _ => true,
        });
        if let Some(Object::Provider(provider)) = own.objects.get_mut("gcp/provider") {
            provider.attribute_condition = provider.attribute_condition.as_ref().map(|it| owner_in(it));
        }
        if let Some(Object::Role(role)) = own.objects.get_mut("aws/role") {
            let subject = self.subject.as_deref().unwrap_or_default();
            role.trust_policy = role.trust_policy.as_ref().map(|policy| only(policy, subject));
        }
        own
    }

    fn of_gcp(&self, gcp: &Gcp) -> Result<MemberOfGcp, ImportError> {
        let provider = self.trust.provider.as_ref();
        let provider = provider.ok_or_else(|| ImportError::Missing("provider".to_owned()))?;
        let account = self.trust.service_account.as_ref().map(|account| Text::of(&account.id));
        let existing = gcp.existing.as_ref().and_then(Leaf::known).and_then(|it| it.provider.as_ref()?.known());
        Ok(MemberOfGcp {
            project: gcp.project.clone(),
            provider: Text::of(format!(
                "projects/{}/locations/global/workloadIdentityPools/{}/providers/{}",
                provider.project,
                provider.pool,
                existing.unwrap_or(&provider.provider)
            )),
            roles: account.is_none().then(|| gcp.roles.clone()),
            service_account: account,
        })
    }

    fn of_azure(&self, azure: Azure) -> MemberOfAzure {
        // One that is not there is made under the name that the import id says.
        let said = self.trust.credential.as_ref().filter(|name| **name != self.name).map(Text::of);
        let is_there = azure.disabled == Leaf::Known(false);
        MemberOfAzure {
            identity: azure.existing.unwrap_or(Leaf::Unknown),
            credential_name: if is_there { azure.credential_name } else { said },
            audience: azure.audience,
        }
    }
}

/// What a condition says of whom it admits, the trust's own workload and every member: a principal on GitHub does not name the owner.
fn owner_in(condition: &str) -> String {
    const OWNER: &str = "assertion.repository_owner_id == '";
    let id = condition.split_once(OWNER).and_then(|(_, rest)| rest.split_once('\''));
    id.map(|(id, _)| format!("{OWNER}{id}'")).unwrap_or_default()
}

/// Whether an id is that of an object which a member only refers to.
fn is_of_the_trust(id: &str) -> bool {
    id.contains("/workloadIdentityPools/")
        || id.ends_with(".gserviceaccount.com")
        || id.contains("/userAssignedIdentities/")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::tests::{ISSUER, facts};
    use crate::object::gcp::{Grant, Provider, ProviderKind, Resource, SERVICE_ACCOUNT_USER_ROLE};
    use crate::source::Source;

    const ID: &str = "reports;aks->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-own/providers/aks-own;chat@ml-prod-4711.iam.gserviceaccount.com;principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-own/subject/system:serviceaccount:reports:backend";

    #[test]
    fn a_member_is_told_by_its_principal_whoever_else_is_bound() {
        let id: MemberImportId = ID.parse().unwrap();
        let member = |subject: &str| {
            let pool = "//iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-own";
            Object::Grant(Grant {
                resource: Resource::ServiceAccount {
                    project: Text::of("ml-prod-4711"),
                    email: Text::of("chat@ml-prod-4711.iam.gserviceaccount.com"),
                },
                role: Text::of(SERVICE_ACCOUNT_USER_ROLE),
                member: Text::of(format!("principal:{pool}/subject/system:serviceaccount:{subject}")),
                condition: None,
            })
        };
        let provider = Object::Provider(Provider {
            project: Text::of("ml-prod-4711"),
            pool: Text::of("aks-own"),
            provider: Text::of("aks-own"),
            display_name: Text::of(""),
            description: Text::of(""),
            disabled: Leaf::Known(false),
            kind: ProviderKind::Oidc { issuer: Text::of(ISSUER), allowed_audiences: Vec::new(), jwks: None },
            attribute_mapping: [("google.subject".to_owned(), Text::of("assertion.sub"))].into(),
            attribute_condition: Text::of("assertion.sub == 'system:serviceaccount:chat:backend'"),
        });
        let seen = Seen {
            objects: [("gcp/provider".to_owned(), provider)].into(),
            listed: vec![member("chat:backend"), member("reports:backend")],
        };
        let found = id.reconstruct(&seen, &facts()).unwrap();
        assert_eq!(found.problems(), []);
        assert_eq!(found.name, Text::of("reports"));
        let Leaf::Known(Source::Aks(aks)) = &found.from else { panic!("{:?}", found.from) };
        assert_eq!((&aks.namespace, &aks.service_account), (&Text::of("reports"), &Text::of("backend")));
        let gcp = found.to.known().unwrap().gcp.as_ref().unwrap().known().unwrap();
        assert!(ID.contains(gcp.provider.known().unwrap()));
        assert_eq!((gcp.project.clone(), gcp.roles.clone()), (Text::of("ml-prod-4711"), None));
    }

    #[test]
    fn what_is_no_import_id_is_told_with_its_form() {
        for id in ["", "reports", "reports;aks->gcp", "aks->gcp;projects/p/x", &ID.replace(";principal", ";nobody")] {
            let error = id.parse::<MemberImportId>().unwrap_err().to_string();
            assert!(error.contains("NAME;SOURCE->TARGET"), "{error}");
        }
    }
}
