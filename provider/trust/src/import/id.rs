//! The import id of a composite: `SOURCE->TARGET[+TARGET];ID;ID…`. Each id is known by its own shape, so their order is free; `existing:` in front
//! of one says that it is only referred to.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::names::{ArmId, parse_role_arn, pool_id_fault};
use crate::source::aks::CLUSTER_KIND;
use crate::target::azure::identity::IDENTITY_KIND;
use crate::target::gcp::encryption::parse_key;

/// Sources and what their ids look like besides the target's.
const SOURCES: [(&str, &str); 9] = [
    ("aks", ""),
    ("aws_role", ""),
    ("azure_managed_identity", ";/subscriptions/…/userAssignedIdentities/NAME;api://TENANT/NAME"),
    ("gcp_service_account", ""),
    ("github_actions", ""),
    ("gitlab", ""),
    ("kubernetes", ""),
    ("oidc", ""),
    ("terraform_cloud", ""),
];

/// Targets, in the order that an id has them.
const TARGETS: [&str; 3] = ["gcp", "azure", "aws"];

const GCP: &str = "projects/PROJECT/locations/global/workloadIdentityPools/POOL/providers/PROVIDER;ACCOUNT@PROJECT.iam.gserviceaccount.com";
const AWS: &str = "arn:aws:iam::ACCOUNT:role/NAME";
const AZURE: &str = "/subscriptions/…/userAssignedIdentities/NAME/federatedIdentityCredentials/CREDENTIAL";

/// The import id of a trust, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportId {
    /// The attribute of `from`.
    pub source: &'static str,
    /// The attributes of `to`.
    pub targets: Vec<&'static str>,
    /// The provider of a workload identity pool.
    pub provider: Option<ProviderId>,
    /// Email of the service account; none with direct access.
    pub service_account: Option<Referred>,
    /// Resource id of the managed identity: the target's, or the source's.
    pub identity: Option<String>,
    /// Whether that identity is only referred to.
    pub identity_exists: bool,
    /// Name of its federated credential.
    pub credential: Option<String>,
    /// Identifier URI of the Entra application that was made for the audience.
    pub application: Option<String>,
    /// Resource id of the AKS cluster whose issuer is looked up.
    pub cluster: Option<String>,
    /// Issuers that have names, while a cluster is replaced. No cloud keeps the names.
    pub issuers: BTreeMap<String, String>,
    /// Owner and name of the repository on GitHub, which immutable ids in the clouds do not tell.
    pub repository: Option<(String, String)>,
    /// ARN of the AWS role.
    pub role: Option<String>,
    /// ARN of the AWS OIDC provider that is only referred to.
    pub existing_oidc_provider: Option<String>,
    /// Resource names of keys.
    pub keys: Vec<Referred>,
    /// Whether the trust switches on audit logs.
    pub audit_logs: bool,
}

/// A provider's resource name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderId {
    /// Project, by id or by number.
    pub project: String,
    /// Pool id.
    pub pool: String,
    /// Provider id.
    pub provider: String,
    /// Whether the pool is only referred to.
    pub pool_exists: bool,
    /// Whether the provider is only referred to.
    pub provider_exists: bool,
}

/// An object that is part of the trust, or only referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// Its native id.
    pub id: String,
    /// Whether it is only referred to.
    pub exists: bool,
}

/// Why a text is not the import id of a trust.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseImportError {
    /// The part before the ids is not a pair of source and targets.
    #[error(
        "`{0}` is not an import id: write SOURCE->TARGET;ID;ID…, with one of the attributes of `from` as the source, and with `gcp`, `azure` or `aws` as the target, or several with a `+` between them; for example `aks->gcp;{GCP}`"
    )]
    Pair(String),
    /// One of the ids has no known shape, or none that belongs to this pair.
    #[error("`{id}` is not the id of an object of this trust; the form is `{form}`")]
    Id {
        /// The text.
        id: String,
        /// The whole form.
        form: String,
    },
    /// An id that decides everything is missing.
    #[error("{what} is missing; the form is `{form}`")]
    Missing {
        /// What.
        what: &'static str,
        /// The whole form.
        form: String,
    },
}

impl FromStr for ImportId {
    type Err = ParseImportError;

    fn from_str(text: &str) -> Result<Self, ParseImportError> {
        let mut parts = text.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default();
        let wrong = || ParseImportError::Pair(text.to_owned());
        let (source, targets) = pair.split_once("->").ok_or_else(wrong)?;
        let known = SOURCES.iter().find(|(name, _)| *name == source).ok_or_else(wrong)?;
        let target = |name: &str| TARGETS.into_iter().find(|known| *known == name).ok_or_else(wrong);
        let mut targets = targets.split('+').map(target).collect::<Result<Vec<_>, _>>()?;
        targets.sort_unstable_by_key(|name| TARGETS.iter().position(|known| known == name));
        if targets.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(wrong());
        }
        let mut id = Self::empty(known.0, targets);
        for part in parts.filter(|part| !part.is_empty()) {
            id.take(part)?;
        }
        let form = id.form();
        if id.targets.contains(&"gcp") && id.provider.is_none() {
            return Err(ParseImportError::Missing { what: "the provider of the workload identity pool", form });
        }
        if id.targets.contains(&"azure") && id.identity.is_none() {
            return Err(ParseImportError::Missing { what: "the managed identity", form });
        }
        if id.targets.contains(&"aws") && id.role.is_none() {
            return Err(ParseImportError::Missing { what: "the role", form });
        }
        Ok(id)
    }
}

impl ImportId {
    fn empty(source: &'static str, targets: Vec<&'static str>) -> Self {
        Self {
            source,
            targets,
            provider: None,
            service_account: None,
            identity: None,
            identity_exists: false,
            credential: None,
            application: None,
            cluster: None,
            issuers: BTreeMap::new(),
            repository: None,
            role: None,
            existing_oidc_provider: None,
            keys: Vec::new(),
            audit_logs: false,
        }
    }

    /// What the whole id looks like for this pair.
    fn form(&self) -> String {
        let targets = self.targets.iter().map(|target| match *target {
            "gcp" => GCP,
            "azure" => AZURE,
            _ => AWS,
        });
        let targets: Vec<_> = targets.collect();
        let source = SOURCES.iter().find(|(name, _)| *name == self.source).map_or("", |(_, form)| form);
        format!("{}->{};{}{source}", self.source, self.targets.join("+"), targets.join(";"))
    }

    /// Takes an id by its shape.
    fn take(&mut self, part: &str) -> Result<(), ParseImportError> {
        let (text, exists) = match part.strip_prefix("existing:") {
            Some(text) => (text, true),
            None => (part, false),
        };
        let google = self.targets.contains(&"gcp");
        let azure = self.targets.contains(&"azure") || self.source == "azure_managed_identity";
        let aws = self.targets.contains(&"aws");
        let taken = match text {
            _ if ["aks", "kubernetes"].contains(&self.source) && text.starts_with("issuer:") => self.take_issuer(text),
            "audit_logs" if google => {
                self.audit_logs = true;
                true
            }
            _ if google && text.starts_with("projects/") && text.contains("/cryptoKeys/") => {
                let key = parse_key(text).is_some();
                self.keys.extend(key.then(|| Referred { id: text.to_owned(), exists }));
                key
            }
            _ if google && text.starts_with("projects/") && text.contains("/workloadIdentityPools/") => {
                self.take_provider(text, exists)
            }
            _ if google && text.contains("@") && self.service_account.is_none() => {
                let email = text.rsplit('/').next().unwrap_or_default().to_owned();
                let account = email.ends_with(".gserviceaccount.com");
                self.service_account = Some(Referred { id: email, exists });
                account
            }
            _ if azure && text.contains("/userAssignedIdentities/") => self.take_identity(text, exists),
            _ if aws && text.contains(":oidc-provider/") && exists => {
                self.existing_oidc_provider = Some(text.to_owned());
                true
            }
            _ if aws && !exists && self.role.is_none() && parse_role_arn(text).is_some() => {
                self.role = Some(text.to_owned());
                true
            }
            _ if text.starts_with("/subscriptions/") && self.source == "aks" => {
                self.cluster = Some(text.to_owned());
                ArmId::parse(text, CLUSTER_KIND).is_some()
            }
            _ if self.source == "github_actions" && text.starts_with("repo:") => {
                let name = text.strip_prefix("repo:").and_then(|name| name.split_once('/'));
                self.repository = name.map(|(owner, name)| (owner.to_owned(), name.to_owned()));
                self.repository.as_ref().is_some_and(|(owner, name)| !owner.is_empty() && !name.is_empty())
            }
            _ if text.starts_with("api://") && self.source == "azure_managed_identity" => {
                self.application = Some(text.to_owned());
                true
            }
            _ => false,
        };
        if taken { Ok(()) } else { Err(ParseImportError::Id { id: part.to_owned(), form: self.form() }) }
    }

    /// A pool alone says that it exists, and a provider that it is part of the trust unless it is said to exist, which makes its pool exist too.
    fn take_provider(&mut self, text: &str, exists: bool) -> bool {
        match text.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", "global", "workloadIdentityPools", pool, "providers", provider]
                if !project.is_empty() && pool_id_fault(pool).is_none() && pool_id_fault(provider).is_none() =>
            {
                let pool_exists = exists || self.provider.as_ref().is_some_and(|known| known.pool_exists);
                self.provider = Some(ProviderId {
                    project: project.to_owned(),
                    pool: pool.to_owned(),
                    provider: provider.to_owned(),
                    pool_exists,
                    provider_exists: exists,
                });
                true
            }
            ["projects", project, "locations", "global", "workloadIdentityPools", pool]
                if exists && !project.is_empty() && pool_id_fault(pool).is_none() =>
            {
                let known = self.provider.take();
                self.provider = Some(ProviderId {
                    project: project.to_owned(),
                    pool: pool.to_owned(),
                    provider: known.map_or_else(|| pool.to_owned(), |known| known.provider),
                    pool_exists: true,
                    provider_exists: false,
                });
                true
            }
            _ => false,
        }
    }

    /// `issuer:NAME=URL`.
    fn take_issuer(&mut self, text: &str) -> bool {
        let named = text.strip_prefix("issuer:").and_then(|named| named.split_once('='));
        let named = named.filter(|(name, url)| !name.is_empty() && url.starts_with("https://"));
        self.issuers.extend(named.map(|(name, url)| (name.to_owned(), url.to_owned())));
        named.is_some()
    }

    fn take_identity(&mut self, text: &str, exists: bool) -> bool {
        let (identity, credential) = match text.split_once("/federatedIdentityCredentials/") {
            Some((identity, credential)) => (identity, Some(credential.to_owned())),
            None => (text, None),
        };
        self.identity = Some(identity.to_owned());
        self.identity_exists |= exists;
        self.credential = credential.or(self.credential.take());
        ArmId::parse(identity, IDENTITY_KIND).is_some()
    }
}
