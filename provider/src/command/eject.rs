//! `eject`: what the composites of a state stand for, as resources of the official providers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crosscloud_compose::Origin;
use crosscloud_trust::eject::{Addresses, Held, eject, official, release};
use crosscloud_trust::{Graph, Key};
use tfplugin::codec::json;
use tfplugin::{Model, Path, Schema};

use super::state::Instance;
use super::{Failure, facts};
use crate::aks_workload_identity::AksWorkloadIdentity;
use crate::cmek_key::CmekKey;
use crate::composite::{Composite, journal};
use crate::data_transfer::DataTransfer;
use crate::service_perimeter::ServicePerimeter;
use crate::trust::Trust;
use crate::trust_member::TrustMember;

/// What the composites of a state stand for.
pub(super) fn written(instances: &[Instance]) -> Result<String, Failure> {
    let ours: Vec<_> = instances.iter().filter(|it| it.kind.starts_with("crosscloud_")).collect();
    if ours.is_empty() {
        return Err(Failure::NothingOfOurs);
    }
    let mut text = String::new();
    let mut addresses = Addresses::default();
    let mut released = BTreeSet::new();
    for instance in ours {
        let section = match instance.kind.as_str() {
            Trust::TYPE_NAME => section::<Trust>(instance, &mut addresses),
            TrustMember::TYPE_NAME => section::<TrustMember>(instance, &mut addresses),
            CmekKey::TYPE_NAME => section::<CmekKey>(instance, &mut addresses),
            ServicePerimeter::TYPE_NAME => section::<ServicePerimeter>(instance, &mut addresses),
            DataTransfer::TYPE_NAME => section::<DataTransfer>(instance, &mut addresses),
            AksWorkloadIdentity::TYPE_NAME => section::<AksWorkloadIdentity>(instance, &mut addresses),
            _ => Err(Failure::Kind(instance.address.clone())),
        }?;
        text.push_str(&section);
        released.insert(instance.configured.clone());
    }
    text.push_str("# Terraform forgets the composites, and leaves what they stand for.\n");
    let blocks: Vec<_> = released.iter().map(|address| release(address).to_string()).collect();
    text.push_str(&blocks.join("\n"));
    Ok(text)
}

/// What one resource stands for.
fn section<C: Composite>(instance: &Instance, addresses: &mut Addresses) -> Result<String, Failure> {
    let address = || instance.address.clone();
    let schema = Schema::of::<C::Model>();
    let value = json::decode_lenient(instance.attributes.get().as_bytes(), &schema.implied_type())
        .map_err(|source| Failure::Attributes { address: address(), source })?;
    let model = C::Model::decode(value, &Path::root()).map_err(|_| Failure::Model(address()))?;
    let graph = C::graph(&C::spec(&model), &facts::told(instance.attributes.get()));
    let journal = journal::read(C::common(&model).objects);
    let held = journal
        .iter()
        .map(|(key, entry)| (key.clone(), Held { id: entry.id.clone(), made: entry.origin == Origin::Created }));
    let held: BTreeMap<Key, Held> = held.collect();
    let blocks = eject(&graph, &held, &instance.label, addresses)
        .map_err(|source| Failure::Eject { address: address(), source })?;
    let mut text = format!("# {}\n", instance.address);
    for line in remarks(&graph, &held) {
        let _ = writeln!(text, "# {line}");
    }
    for block in blocks {
        let _ = write!(text, "\n{block}");
    }
    text.push('\n');
    Ok(text)
}

/// What the reader has to know of the objects that get no resource.
fn remarks(graph: &Graph, held: &BTreeMap<Key, Held>) -> Vec<String> {
    let mut found = Vec::new();
    let mut others = Vec::new();
    for (key, node) in graph.nodes() {
        match held.get(key) {
            None => others.push(format!("{key} is not there, so there is nothing to import.")),
            Some(held) if !held.made || node.referenced => found.push(key.as_str()),
            Some(_) if official(&node.object).is_none() => {
                others.push(format!("{key} stays as it is; the official providers have no resource for it."));
            }
            Some(_) => {}
        }
    }
    if !found.is_empty() {
        others.insert(0, format!("It did not make these, so they stay whose they are: {}.", found.join(", ")));
    }
    others
}
