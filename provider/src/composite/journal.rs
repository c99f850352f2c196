//! The `objects` attribute: what it plans, and the journal that it holds in state.

use std::collections::BTreeMap;

use crosscloud_compose::{Entry, Journal, Origin, Status};
use crosscloud_trust::{Graph, Node};
use tfplugin::{Attr, Model};

/// One cloud object behind a resource.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ObjectModel {
    /// The cloud's name for the kind of object.
    #[attr(computed)]
    pub r#type: Attr<String>,
    /// The cloud's own id.
    #[attr(computed)]
    pub id: Attr<String>,
    /// `created` by this resource, `found` where it was needed (never removed), or `referenced` as existing (never removed).
    #[attr(computed)]
    pub origin: Attr<String>,
    /// `present`, `missing`, `soft_deleted` or `changed`, as last seen.
    #[attr(computed)]
    pub status: Attr<String>,
}

/// The journal in a state. An entry that says nothing intelligible counts as one that has to be looked at again.
pub(crate) fn read(objects: &Attr<BTreeMap<String, ObjectModel>>) -> Journal {
    objects
        .known()
        .into_iter()
        .flatten()
        .filter_map(|(key, object)| {
            let entry = Entry {
                kind: object.r#type.known()?.clone(),
                id: object.id.known()?.clone(),
                origin: object.origin.as_str().and_then(Origin::parse).unwrap_or(Origin::Found),
                status: object.status.as_str().and_then(Status::parse).unwrap_or(Status::Changed),
            };
            Some((key.clone(), entry))
        })
        .collect()
}

/// The attribute that holds a journal.
pub(crate) fn write(journal: &Journal) -> Attr<BTreeMap<String, ObjectModel>> {
    let objects = journal.iter().map(|(key, entry)| {
        let object = ObjectModel {
            r#type: Attr::Known(entry.kind.clone()),
            id: Attr::Known(entry.id.clone()),
            origin: entry.origin.as_str().into(),
            status: entry.status.as_str().into(),
        };
        (key.clone(), object)
    });
    Attr::Known(objects.collect())
}

/// What the attribute will hold once `graph` is true. Drift shows as a status that goes back to `present`. What an object's origin will be
/// is known if it is already in the journal, or if objects of its kind are always made.
pub(crate) fn plan(graph: &Graph, journal: &Journal) -> Attr<BTreeMap<String, ObjectModel>> {
    if !graph.hidden().is_empty() {
        return Attr::Unknown;
    }
    let objects = graph.nodes().iter().map(|(key, node)| {
        let id = node.object.id();
        let before = journal.get(key).filter(|entry| id.known() == Some(&entry.id));
        let object = ObjectModel {
            r#type: Attr::Known(node.object.type_name().to_owned()),
            id: id.known().cloned().map_or(Attr::Unknown, Attr::Known),
            origin: origin(node, before),
            status: Status::Present.as_str().into(),
        };
        (key.clone(), object)
    });
    Attr::Known(objects.collect())
}

/// An object that has gone missing is made anew, so even one that was found may come back as created. What is only referred to is never made.
fn origin(node: &Node, before: Option<&Entry>) -> Attr<String> {
    if node.referenced {
        return Origin::Referenced.as_str().into();
    }
    match before.filter(|entry| entry.origin != Origin::Referenced) {
        Some(entry) if !node.object.may_be_found() || entry.status == Status::Present => entry.origin.as_str().into(),
        _ if node.object.may_be_found() => Attr::Unknown,
        _ => Origin::Created.as_str().into(),
    }
}
