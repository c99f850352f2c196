//! The picture itself: nodes, edges and what was found on them.

use std::collections::BTreeMap;

use crosscloud_policy_model::finding::{Severity, Verdict};
use serde::Serialize;
use serde_json::Value;

/// Version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;

/// Who can become whom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Picture {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What is drawn, such as `crosscloud_trust/aks-chat` or `plan`.
    pub subject: String,
    /// Everybody and everything, in a stable order.
    pub nodes: Vec<Node>,
    /// What they are to each other, in a stable order.
    pub edges: Vec<Edge>,
    /// Findings that are about nothing in the picture.
    pub elsewhere: Vec<Note>,
}

/// Somebody or something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// Its index, by which edges name it.
    pub id: usize,
    /// What it is.
    pub kind: Kind,
    /// What it is called, in a few words.
    pub label: String,
    /// What it is called in full, where that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it lives: a project, an account, a tenant, or the issuer that its tokens come from.
    pub home: String,
    /// Where it was written, such as `google_service_account.deploy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What was found on it that opens no edge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Issues tokens.
    Issuer,
    /// Everybody of some crowd, such as all who get tokens from an issuer.
    Anyone,
    /// A token that should have been refused.
    Stranger,
    /// Everybody whom a pool admits.
    Crowd,
    /// A workload, by what its token says.
    Subject,
    /// Somebody whom a cloud knows without a federated token: a user, a group, an account, a service.
    Principal,
    /// A provider of a Google workload identity pool.
    Provider,
    /// A Google workload identity pool.
    Pool,
    /// An OpenID Connect provider of an AWS account.
    OidcProvider,
    /// A federated credential of an Entra identity.
    FederatedCredential,
    /// A Google service account.
    ServiceAccount,
    /// An Entra application or managed identity.
    Identity,
    /// An AWS role.
    AwsRole,
    /// A role on a resource.
    Grant,
    /// A Cloud KMS key.
    Key,
    /// Something that holds data.
    DataStore,
    /// A project or network inside a perimeter.
    Resource,
    /// An access level of a perimeter.
    AccessLevel,
    /// A service perimeter.
    Perimeter,
    /// Something that is not known yet.
    Unknown,
}

impl Kind {
    /// What people call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Anyone | Self::Crowd => "anyone",
            Self::Stranger => "stranger",
            Self::Subject => "workload",
            Self::Principal => "principal",
            Self::Provider => "pool provider",
            Self::Pool => "identity pool",
            Self::OidcProvider => "OIDC provider",
            Self::FederatedCredential => "federated credential",
            Self::ServiceAccount => "service account",
            Self::Identity => "Entra identity",
            Self::AwsRole => "AWS role",
            Self::Grant => "grant",
            Self::Key => "key",
            Self::DataStore => "data store",
            Self::Resource => "resource",
            Self::AccessLevel => "access level",
            Self::Perimeter => "service perimeter",
            Self::Unknown => "not known yet",
        }
    }
}

/// What one node is to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edge {
    /// Its index.
    pub id: usize,
    /// Index of the node that it starts from.
    pub from: usize,
    /// Index of the node that it leads to.
    pub to: usize,
    /// What it says.
    pub meaning: Meaning,
    /// The role by which it holds, where that is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether it is as it should be.
    pub state: State,
    /// Why it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// What an edge says, read from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The issuer gives out this token.
    Issues,
    /// The issuer's tokens are taken by this provider.
    TrustedBy,
    /// The token gets in here.
    AdmittedBy,
    /// The token belongs to this set of them.
    OneOf,
    /// The token is taken for this one.
    PassesAs,
    /// The identity has a token of its own, for use elsewhere.
    SignsInAs,
    /// It may act as this service account.
    MayImpersonate,
    /// It becomes this role or identity.
    Assumes,
    /// It holds this role on a resource.
    Granted,
    /// It uses this key.
    EncryptsWith,
    /// It is a part of this.
    Inside,
    /// What is inside may reach this.
    LetsOutTo,
}

impl Meaning {
    /// The words on the edge.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::TrustedBy => "trusted by",
            Self::AdmittedBy => "admitted by",
            Self::OneOf => "one of",
            Self::PassesAs => "passes as",
            Self::SignsInAs => "signs in as",
            Self::MayImpersonate => "may impersonate",
            Self::Assumes => "assumes",
            Self::Granted => "granted",
            Self::EncryptsWith => "encrypts with",
            Self::Inside => "inside",
            Self::LetsOutTo => "lets out to",
        }
    }
}

/// How an edge was judged. The order is that of concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No rule objects.
    Sound,
    /// Not known yet, or nothing that could be evaluated.
    Undetermined,
    /// A rule objects: it lets in, or hands out, more than it should.
    Open,
}

/// A finding, as the picture shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Note {
    /// Rule id; empty where no rule says so but the value is not known yet.
    pub rule: String,
    /// How much harm it can do.
    pub severity: Severity,
    /// Violation or undetermined.
    pub verdict: Verdict,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to write instead.
    pub remediation: String,
    /// Where that is written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Claims of a token that gets in and should not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<BTreeMap<String, Value>>,
    /// Why there is no such token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_witness: Option<String>,
}
