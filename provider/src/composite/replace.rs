//! When a change needs new objects: some can only move, or change a setting, by being made anew.

use std::collections::BTreeSet;

use crosscloud_compose::{Journal, Origin, Status};
use crosscloud_trust::gcp::ProviderKind;
use crosscloud_trust::{Graph, Node, Object};
use tfplugin::{Diagnostic, Diagnostics};

use crate::diagnostics;

/// What a change takes.
#[derive(Debug, Default)]
pub(super) struct Needed {
    /// Whether the resource has to be replaced.
    pub(super) replace: bool,
    /// Ids of objects that keep their id and have to be made anew all the same.
    pub(super) fresh: BTreeSet<String>,
    /// What no cloud can do, replaced or not.
    pub(super) impossible: Diagnostics,
}

/// Compares what was wanted with what is wanted now, for what this resource made.
pub(super) fn needed(before: &Graph, now: &Graph, journal: &Journal) -> Needed {
    let mut needed = Needed::default();
    for (key, node) in now.nodes() {
        let Some(entry) = journal.get(key).filter(|entry| entry.origin == Origin::Created) else { continue };
        let moves = node.object.id().known() != Some(&entry.id);
        if moves {
            needed.replace |= stays_put(&node.object);
            continue;
        }
        if entry.status == Status::SoftDeleted && matches!(node.object, Object::TransferJob(_)) {
            needed.impossible.push(diagnostics::of_gone(&node.object, &entry.id, &node.path));
            continue;
        }
        let Some(old) = before.nodes().get(key) else { continue };
        if changes_kind(&old.object, &node.object) {
            needed.impossible.push(kind_change(node, &entry.id));
        }
        if changes_key(&old.object, &node.object) {
            needed.impossible.push(key_change(node, &entry.id));
        }
        if changes_location(&old.object, &node.object) {
            needed.replace = true;
            needed.fresh.insert(entry.id.clone());
        }
    }
    needed
}

/// Whether objects of this kind carry an identity that others know: to move one is to make another. Grants, credentials and the like move
/// within the resource.
pub(crate) fn stays_put(object: &Object) -> bool {
    matches!(
        object,
        Object::Pool(_)
            | Object::ServiceAccount(_)
            | Object::KeyRing(_)
            | Object::CryptoKey(_)
            | Object::Perimeter(_)
            | Object::TransferJob(_)
            | Object::ManagedIdentity(_)
            | Object::Application(_)
            | Object::Role(_)
            | Object::OidcProvider(_)
    )
}

/// Whether a managed identity moves to another region. Its id does not say where it is.
fn changes_location(old: &Object, new: &Object) -> bool {
    match (old, new) {
        (Object::ManagedIdentity(old), Object::ManagedIdentity(new)) => old.location != new.location,
        _ => false,
    }
}

/// Whether a setting of a key changes that Google fixes when the key is made. The key cannot be made anew, because its name is used up.
fn changes_key(old: &Object, new: &Object) -> bool {
    match (old, new) {
        (Object::CryptoKey(old), Object::CryptoKey(new)) => {
            old.purpose != new.purpose
                || old.protection_level != new.protection_level
                || old.destroy_scheduled_duration != new.destroy_scheduled_duration
        }
        _ => false,
    }
}

/// Google never changes the kind of a provider, and keeps the name of a deleted one for 30 days.
fn changes_kind(old: &Object, new: &Object) -> bool {
    let is_aws = |object: &Object| match object {
        Object::Provider(it) => Some(matches!(it.kind, ProviderKind::Aws { .. })),
        _ => None,
    };
    is_aws(old) != is_aws(new)
}

fn kind_change(node: &Node, id: &str) -> Diagnostic {
    let detail = format!(
        "{id} was made for another kind of source, and Google never changes a provider's kind. Deleting it does not help: its name stays taken for \
         30 days.\n\nSet `to.gcp.provider_id` to another id for the new source."
    );
    Diagnostic::attribute_error(&diagnostics::path(&node.path), "The provider cannot change its kind", detail)
}

fn key_change(node: &Node, id: &str) -> Diagnostic {
    let detail = format!(
        "Google fixes the purpose, the protection level and the time before destruction when a key is made, and the name of {id} can never be used \
         for another key.\n\nMake a key with another id, encrypt anew with it, and remove this one afterwards."
    );
    Diagnostic::attribute_error(&diagnostics::path(&node.path), "The key cannot be changed like this", detail)
}
