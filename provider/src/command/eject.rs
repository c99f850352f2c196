//! `eject`: what the composites of a state stand for, as resources of the official providers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crosscloud_compose::{Entry, Origin};
use crosscloud_trust::eject::{Held, Module, eject, release};
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
    let mut module = Module::default();
    let pieces = ours.into_iter().map(piece).collect::<Result<Vec<_>, _>>()?;
    for it in &pieces {
        module.see(&it.graph, &it.held);
    }
    let mut text = String::new();
    for it in &pieces {
        text.push_str(&it.section(&mut module)?);
    }
    text.push_str("# Terraform forgets the composites, and leaves what they stand for.\n");
    let released: BTreeSet<_> = pieces.iter().map(|it| &it.instance.configured).collect();
    let blocks: Vec<_> = released.into_iter().map(|address| release(address).to_string()).collect();
    text.push_str(&blocks.join("\n"));
    Ok(text)
}

/// One resource, and what it stands for.
struct Piece<'a> {
    instance: &'a Instance,
    graph: Graph,
    held: BTreeMap<Key, Held>,
}

fn piece(instance: &Instance) -> Result<Piece<'_>, Failure> {
    match instance.kind.as_str() {
        Trust::TYPE_NAME => Piece::of::<Trust>(instance),
        TrustMember::TYPE_NAME => Piece::of::<TrustMember>(instance),
        CmekKey::TYPE_NAME => Piece::of::<CmekKey>(instance),
        ServicePerimeter::TYPE_NAME => Piece::of::<ServicePerimeter>(instance),
        DataTransfer::TYPE_NAME => Piece::of::<DataTransfer>(instance),
        AksWorkloadIdentity::TYPE_NAME => Piece::of::<AksWorkloadIdentity>(instance),
        _ => Err(Failure::Kind(instance.address.clone())),
    }
}

impl<'a> Piece<'a> {
    fn of<C: Composite>(instance: &'a Instance) -> Result<Self, Failure> {
        let address = || instance.address.clone();
        let schema = Schema::of::<C::Model>();
        let value = json::decode_lenient(instance.attributes.get().as_bytes(), &schema.implied_type())
            .map_err(|source| Failure::Attributes { address: address(), source })?;
        let model = C::Model::decode(value, &Path::root()).map_err(|_| Failure::Model(address()))?;
        let graph = C::graph(&C::spec(&model), &facts::told(instance.attributes.get()));
        let journal = journal::read(C::common(&model).objects);
        let held = |(key, entry): (&Key, &Entry)| {
            (key.clone(), Held { id: entry.id.clone(), made: entry.origin == Origin::Created })
        };
        let held = journal.iter().map(held).collect();
        Ok(Self { instance, graph, held })
    }

    /// The official resources, and what there is to say of them.
    fn section(&self, module: &mut Module) -> Result<String, Failure> {
        let blocks = eject(&self.graph, &self.held, &self.instance.label, module)
            .map_err(|source| Failure::Eject { address: self.instance.address.clone(), source })?;
        let mut text = format!("# {}\n", self.instance.address);
        for line in module.remarks(&self.graph, &self.held) {
            let _ = writeln!(text, "# {line}");
        }
        for block in blocks {
            let _ = write!(text, "\n{block}");
        }
        text.push('\n');
        Ok(text)
    }
}
