//! What the objects of a Google target are called: given by the user, taken from what exists, or the trust's own name.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::leaf::{Leaf, Text};
use crate::object::gcp::{pool_name, service_account_email};
use crate::source::{Accepted, Identity, Selector, Tokens};
use crate::target::gcp::{
    ACCOUNT, EXISTING_ACCOUNT, EXISTING_POOL, EXISTING_PROVIDER, ExistingGcp, Gcp, POOL, PROVIDER,
};

/// The names, and the attributes that they come from.
pub(crate) struct Names {
    /// Project of the pool, by id or by number.
    pub(crate) pool_project: Text,
    pub(crate) pool: Text,
    pub(crate) pool_path: &'static str,
    pub(crate) pool_exists: bool,
    pub(crate) provider: Text,
    pub(crate) provider_path: &'static str,
    pub(crate) provider_exists: bool,
    /// Project of the service account.
    pub(crate) account_project: Text,
    pub(crate) email: Text,
    pub(crate) account_path: &'static str,
    pub(crate) account_exists: bool,
}

impl Gcp {
    /// What the objects are called.
    pub(crate) fn names(&self, name: &Text) -> Names {
        let existing = self.existing();
        let (pool_project, pool) = match &existing.pool {
            Some(pool) => pool_of(pool, &self.project),
            None => (self.project.clone(), self.pool_id.clone().unwrap_or_else(|| name.clone())),
        };
        let provider = existing.provider.as_ref().or(self.provider_id.as_ref()).unwrap_or(name).clone();
        let path = |existing: bool, there: &'static str, given: bool, id: &'static str| match (existing, given) {
            (true, _) => there,
            (false, true) => id,
            (false, false) => "name",
        };
        let exists = (existing.pool.is_some(), existing.provider.is_some(), existing.service_account.is_some());
        let email = match &existing.service_account {
            Some(email) => email.clone(),
            None => service_account_email(&self.project, &self.account(name)),
        };
        Names {
            pool_project,
            pool,
            pool_path: path(exists.0, EXISTING_POOL, self.pool_id.is_some(), POOL),
            pool_exists: exists.0,
            provider,
            provider_path: path(exists.1, EXISTING_PROVIDER, self.provider_id.is_some(), PROVIDER),
            provider_exists: exists.1,
            account_project: match &existing.service_account {
                Some(email) => email.as_ref().map(|email| project_of(email)).flat_or(&self.project),
                None => self.project.clone(),
            },
            email,
            account_path: path(exists.2, EXISTING_ACCOUNT, self.service_account_id.is_some(), ACCOUNT),
            account_exists: exists.2,
        }
    }

    fn existing(&self) -> ExistingGcp {
        self.existing.as_ref().and_then(Leaf::known).cloned().unwrap_or_default()
    }

    /// Service account id, the part of the email before the `@`.
    pub(crate) fn account(&self, name: &Text) -> Text {
        match self.existing().service_account {
            Some(email) => email.map(|email| email.split('@').next().unwrap_or_default().to_owned()),
            None => self.service_account_id.clone().unwrap_or_else(|| name.clone()),
        }
    }

    /// The principals that stand for exactly the source.
    pub(crate) fn members(&self, name: &Text, identity: &Identity, facts: &Facts) -> Vec<Text> {
        let names = self.names(name);
        let pool = pool_name(&number(facts, &names.pool_project), &names.pool);
        let member = |selector: &Selector| match selector {
            Selector::Subject(subject) => Text::concat([
                "principal://iam.googleapis.com/".into(),
                pool.piece(),
                "/subject/".into(),
                subject.piece(),
            ]),
            Selector::Attribute(attribute, value) => Text::concat([
                "principalSet://iam.googleapis.com/".into(),
                pool.piece(),
                "/attribute.".into(),
                (*attribute).into(),
                "/".into(),
                value.piece(),
            ]),
        };
        identity.selectors.iter().map(member).collect()
    }

    /// The principal that is shown for the source.
    pub(crate) fn principal(&self, name: &Text, identity: &Identity, facts: &Facts) -> Text {
        self.members(name, identity, facts).first().cloned().unwrap_or(Leaf::Unknown)
    }

    /// What a workload may ask its token for: the provider itself, unless source or user says otherwise.
    pub(crate) fn audiences(&self, name: &Text, identity: &Identity, facts: &Facts) -> Leaf<BTreeSet<Text>> {
        match (&identity.tokens, &self.allowed_audiences) {
            (Tokens::Oidc { audience: Some(audience), .. }, _) => Leaf::Known([audience.clone()].into()),
            (_, Some(audiences)) => audiences.clone(),
            (_, None) => {
                let resource = self.provider_resource(name, identity.issuers().first(), facts);
                Leaf::Known([Text::concat(["https:".into(), resource.piece()])].into())
            }
        }
    }

    /// The full resource name of the provider for an issuer, without a scheme and by project number, as token exchange takes it.
    pub(crate) fn provider_resource(&self, name: &Text, accepted: Option<&Accepted>, facts: &Facts) -> Text {
        let names = self.names(name);
        let provider = accepted.map_or_else(|| names.provider.clone(), |accepted| accepted.named(&names.provider));
        Text::concat([
            "//iam.googleapis.com/".into(),
            pool_name(&number(facts, &names.pool_project), &names.pool).piece(),
            "/providers/".into(),
            provider.piece(),
        ])
    }
}

/// The number of a project that is named by id or by number.
pub(crate) fn number(facts: &Facts, project: &Text) -> Text {
    match project.known() {
        Some(number) if !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()) => project.clone(),
        _ => facts.project_number(project),
    }
}

/// Project and id of a pool that is named by its id or by its resource name.
fn pool_of(pool: &Text, project: &Text) -> (Text, Text) {
    let Leaf::Known(text) = pool else { return (Leaf::Unknown, Leaf::Unknown) };
    match text.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", "global", "workloadIdentityPools", id] => (Text::of(project), Text::of(id)),
        _ => (project.clone(), pool.clone()),
    }
}

/// The project in the email of a service account that a user made. Google's own accounts do not say theirs.
pub(crate) fn project_of(email: &str) -> Option<String> {
    let project = email.split_once('@')?.1.strip_suffix(".iam.gserviceaccount.com")?;
    Some(match project.split_once('.') {
        Some((id, domain)) => format!("{domain}:{id}"),
        None => project.to_owned(),
    })
}

impl Leaf<Option<String>> {
    /// What is inside, or another text where nothing is.
    fn flat_or(self, other: &Text) -> Text {
        match self {
            Leaf::Known(Some(text)) => Leaf::Known(text),
            Leaf::Known(None) => other.clone(),
            Leaf::Unknown => Leaf::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_of_an_account_is_in_its_email() {
        assert_eq!(project_of("a@ml-prod.iam.gserviceaccount.com").as_deref(), Some("ml-prod"));
        assert_eq!(project_of("a@ml.example.com.iam.gserviceaccount.com").as_deref(), Some("example.com:ml"));
        assert_eq!(project_of("123-compute@developer.gserviceaccount.com"), None);
    }

    #[test]
    fn a_pool_is_named_by_id_or_by_resource_name() {
        let project = Text::of("ml-prod-4711");
        assert_eq!(pool_of(&Text::of("shared"), &project), (project.clone(), Text::of("shared")));
        let full = Text::of("projects/471100000011/locations/global/workloadIdentityPools/shared");
        assert_eq!(pool_of(&full, &project), (Text::of("471100000011"), Text::of("shared")));
    }
}
