//! Resource names of Google's objects.

mod keys;
mod perimeter;

use std::fmt;
use std::str::FromStr;

pub use self::keys::{CryptoKeyName, KeyRingName};
pub use self::perimeter::PerimeterName;
use crate::request::Path;

/// A workload identity pool: `projects/{project}/locations/global/workloadIdentityPools/{pool}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolName {
    /// The project's id or number.
    pub project: String,
    /// The pool's id.
    pub pool: String,
}

/// A provider of a pool: `{pool}/providers/{provider}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName {
    /// The pool that it belongs to.
    pub pool: PoolName,
    /// The provider's id.
    pub provider: String,
}

/// A service account: `projects/{project}/serviceAccounts/{email}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceAccountName {
    /// The project's id. Never `-`, which turns "not found" into "permission denied".
    pub project: String,
    /// The account's email or unique id.
    pub email: String,
}

/// A text is not the resource name that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a resource name of the form {expected}")]
pub struct NameError {
    given: String,
    expected: &'static str,
}

impl NameError {
    fn new(given: &str, expected: &'static str) -> Self {
        Self { given: given.to_owned(), expected }
    }
}

const POOL_FORM: &str = "projects/PROJECT/locations/global/workloadIdentityPools/POOL";
const PROVIDER_FORM: &str = "projects/PROJECT/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
const ACCOUNT_FORM: &str = "projects/PROJECT/serviceAccounts/EMAIL";

impl PoolName {
    /// Names a pool.
    pub fn new(project: impl Into<String>, pool: impl Into<String>) -> Self {
        Self { project: project.into(), pool: pool.into() }
    }

    /// Names one of its providers.
    pub fn provider(&self, provider: impl Into<String>) -> ProviderName {
        ProviderName { pool: self.clone(), provider: provider.into() }
    }

    pub(crate) fn collection(&self) -> Path {
        Path::new("v1")
            .literal("projects")
            .segment(&self.project)
            .literal("locations")
            .literal("global")
            .literal("workloadIdentityPools")
    }

    pub(crate) fn path(&self) -> Path {
        self.collection().segment(&self.pool)
    }
}

impl ProviderName {
    pub(crate) fn collection(&self) -> Path {
        self.pool.path().literal("providers")
    }

    pub(crate) fn path(&self) -> Path {
        self.collection().segment(&self.provider)
    }
}

impl ServiceAccountName {
    /// Names an account by its email.
    pub fn new(project: impl Into<String>, email: impl Into<String>) -> Self {
        Self { project: project.into(), email: email.into() }
    }

    /// Names the account that `account_id` becomes in a project. A project in a domain (`example.com:id`) puts the domain last.
    pub fn of_id(project: &str, account_id: &str) -> Self {
        let host = match project.split_once(':') {
            Some((domain, id)) => format!("{id}.{domain}"),
            None => project.to_owned(),
        };
        Self::new(project, format!("{account_id}@{host}.iam.gserviceaccount.com"))
    }

    /// How the account is named as a member of an allow policy.
    pub fn member(&self) -> String {
        format!("serviceAccount:{}", self.email)
    }

    pub(crate) fn path(&self) -> Path {
        Path::new("v1").literal("projects").segment(&self.project).literal("serviceAccounts").segment(&self.email)
    }
}

impl fmt::Display for PoolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/global/workloadIdentityPools/{}", self.project, self.pool)
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/providers/{}", self.pool, self.provider)
    }
}

impl fmt::Display for ServiceAccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/serviceAccounts/{}", self.project, self.email)
    }
}

impl FromStr for PoolName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match *name.split('/').collect::<Vec<_>>() {
            ["projects", project, "locations", "global", "workloadIdentityPools", pool]
                if !project.is_empty() && !pool.is_empty() =>
            {
                Ok(Self::new(project, pool))
            }
            _ => Err(NameError::new(name, POOL_FORM)),
        }
    }
}

impl FromStr for ProviderName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new(name, PROVIDER_FORM);
        let (pool, provider) = name.rsplit_once("/providers/").ok_or_else(wrong)?;
        if provider.is_empty() || provider.contains('/') {
            return Err(wrong());
        }
        Ok(pool.parse::<PoolName>().map_err(|_| wrong())?.provider(provider))
    }
}

impl FromStr for ServiceAccountName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match *name.split('/').collect::<Vec<_>>() {
            ["projects", project, "serviceAccounts", email] if !project.is_empty() && !email.is_empty() => {
                Ok(Self::new(project, email))
            }
            _ => Err(NameError::new(name, ACCOUNT_FORM)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let provider = PoolName::new("my-proj", "p").provider("aks");
        assert_eq!(provider.to_string().parse::<ProviderName>().unwrap(), provider);
        assert_eq!(provider.pool.to_string().parse::<PoolName>().unwrap(), provider.pool);
        let account = ServiceAccountName::of_id("my-proj", "run");
        assert_eq!(account.to_string(), "projects/my-proj/serviceAccounts/run@my-proj.iam.gserviceaccount.com");
        assert_eq!(account.to_string().parse::<ServiceAccountName>().unwrap(), account);
        let scoped = ServiceAccountName::of_id("example.com:proj", "run");
        assert_eq!(scoped.email, "run@proj.example.com.iam.gserviceaccount.com");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "p",
            "projects//locations/global/workloadIdentityPools/x",
            "projects/p/locations/eu/workloadIdentityPools/x",
        ] {
            assert!(text.parse::<PoolName>().is_err(), "{text}");
            assert!(format!("{text}/providers/x").parse::<ProviderName>().is_err(), "{text}");
        }
        assert!("projects/p/serviceAccounts/".parse::<ServiceAccountName>().is_err());
    }
}
