//! The way in: official resources in a state that together are a composite, with the import id of what takes their place.
//!
//! Only what surely belongs to one trust is taken along. What others may use too, such as a pool with two providers, stays under the management
//! that it is under, and the composite refers to it as existing.

mod aws;
mod azure;
mod cluster;
mod gcp;
mod key;
mod perimeter;
mod transfer;

use std::collections::BTreeSet;

use crosscloud_policy_model::issuer::{Cluster, Issuer};
use serde_json::Value as Json;

use crate::eject::release;
use crate::hcl::{Block, Value};

/// A resource of an official provider in a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Managed {
    /// The address of its block, without instance keys.
    pub configured: String,
    /// A name for what it becomes part of, made of its address.
    pub label: String,
    /// Its type, such as `google_service_account`.
    pub kind: String,
    /// Its attributes.
    pub attributes: Json,
}

/// A composite that a state holds in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Where the composite would stand.
    pub address: String,
    /// Its import id.
    pub import_id: String,
    /// Addresses of the blocks that it takes the place of.
    pub replaces: BTreeSet<String>,
    /// What the reader has to know.
    pub remarks: Vec<String>,
}

/// The composites in a state: a trust for each provider of a workload identity pool, for each federated credential and for each role that an issuer's
/// workloads may assume; each service perimeter; each key that a service of Google's encrypts with; each transfer job; and the switches of each AKS
/// cluster.
pub fn adopt(managed: &[Managed]) -> Vec<Adopted> {
    let all = State(managed);
    let mut taken = BTreeSet::new();
    let mut adopted: Vec<_> =
        all.of("google_iam_workload_identity_pool_provider").filter_map(|it| gcp::adopt(&all, it)).collect();
    adopted.extend(all.of("azurerm_federated_identity_credential").filter_map(|it| azure::adopt(&all, it)));
    adopted.extend(all.of("aws_iam_role").filter_map(|it| aws::adopt(&all, it)));
    adopted.extend(all.of("google_access_context_manager_service_perimeter").filter_map(perimeter::adopt));
    adopted.extend(all.of("google_kms_crypto_key").filter_map(|it| key::adopt(&all, it)));
    adopted.extend(all.of("google_storage_transfer_job").filter_map(|it| transfer::adopt(&all, it)));
    adopted.extend(all.of("azurerm_kubernetes_cluster").filter_map(cluster::adopt));
    for it in &mut adopted {
        let wanted = it.address.clone();
        let mut count = 1;
        while !taken.insert(it.address.clone()) {
            count += 1;
            it.address = format!("{wanted}_{count}");
        }
    }
    adopted
}

impl Adopted {
    /// The import of the composite, and the blocks that let go of what it takes the place of.
    pub fn blocks(&self) -> Vec<Block> {
        let import =
            Block::new("import").set("to", Value::Verbatim(self.address.clone())).set("id", self.import_id.as_str());
        std::iter::once(import).chain(self.replaces.iter().map(|address| release(address))).collect()
    }
}

/// The resources of a state.
struct State<'a>(&'a [Managed]);

impl<'a> State<'a> {
    fn of(&self, kind: &str) -> impl Iterator<Item = &'a Managed> {
        self.0.iter().filter(move |it| it.kind == kind)
    }

    /// The one resource of a kind with this value; none where there are two.
    fn with(&self, kind: &str, attribute: &str, value: &str) -> Option<&'a Managed> {
        let mut all = self.of(kind).filter(|it| it.text(attribute) == Some(value));
        all.next().filter(|_| all.next().is_none())
    }
}

impl Managed {
    fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str().filter(|text| !text.is_empty())
    }

    /// The first of several names that an attribute has had.
    fn any_text(&self, attributes: &[&str]) -> Option<&str> {
        attributes.iter().find_map(|name| self.text(name))
    }
}

/// The source that an issuer's tokens come from, by its URL.
fn source_of(issuer: &str) -> Option<&'static str> {
    Some(match Issuer::classify(issuer) {
        Issuer::GitHub { host } if host == "token.actions.githubusercontent.com" => "github_actions",
        Issuer::Entra { .. } if issuer.starts_with("https://sts.windows.net/") => "azure_managed_identity",
        Issuer::Kubernetes(Cluster::Aks { .. }) => "aks",
        Issuer::Kubernetes(_) => "kubernetes",
        Issuer::AwsOutbound { .. } => "aws_role",
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
