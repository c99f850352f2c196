//! All resources as one document, with what the policies find in its parts at its place in the whole.
//!
//! The verdicts are those of a check: what belongs together is judged together, and nothing else. Only then it is put on one sheet.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{Scope, TrustDocument};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_resources::{Merged, Piece, merge};

use super::Found;
use super::questions::{SUBJECT, ask_each, bare};
use super::resources::Resources;
use crate::error::{GateError, InputError};
use crate::policies::Policies;

/// All resources as one document.
pub(crate) struct Whole {
    merged: Merged,
    places: Vec<Lists>,
}

/// Where the elements of one piece begin: name of their list to the pointer to the list and the index of the first.
type Lists = BTreeMap<String, (String, usize)>;

/// What the policies find in these resources, each with the address of its resource, beside a document of all of them.
pub(crate) fn on_one_sheet(
    resources: &Resources<'_>,
    policies: &Policies,
) -> Result<(TrustDocument, Vec<Found>), GateError> {
    let whole = Whole::of(resources)?;
    let found = ask_each(resources, policies, |question, finding, group| {
        let owner = question.merged.owner(&finding.pointer).and_then(|owner| group.get(owner)).or(group.first())?;
        let finding = whole.placed(finding.clone(), &question.merged, group);
        Some(Found { address: resources.list[*owner].address.to_owned(), finding })
    })?;
    Ok((whole.merged.document, found))
}

impl Whole {
    fn of(resources: &Resources<'_>) -> Result<Self, InputError> {
        let list = &resources.list;
        let apart: Vec<Piece> = (0..list.len()).map(|index| apart(resources, index)).collect::<Result<_, _>>()?;
        let mut merged = merge(SUBJECT, Scope::Plan, &apart);
        let mut owned = vec![Vec::new(); list.len()];
        for (element, owner) in &merged.owners {
            owned[*owner].push(element);
        }
        let places = owned.into_iter().map(lists).collect();
        // Where there are many resources, an attribute says little without the address of its own.
        let origins = std::mem::take(&mut merged.document.origins);
        let mut told = BTreeMap::new();
        for (element, owner) in &merged.owners {
            told.insert(element.clone(), list[*owner].address.to_owned());
        }
        for (pointer, path) in origins.into_iter().filter(|(_, path)| !path.is_empty()) {
            if let Some(owner) = merged.owner(&pointer) {
                told.insert(pointer, format!("{}.{path}", list[owner].address));
            }
        }
        merged.document.origins = told;
        Ok(Self { merged, places })
    }

    /// A finding on some of the resources, at its place in the whole. One that is nobody's in particular is about nothing in it.
    fn placed(&self, finding: Finding, part: &Merged, group: &[usize]) -> Finding {
        let pointer = self.moved(&finding.pointer, part, group).unwrap_or_default();
        let path =
            if finding.path.is_empty() { self.merged.document.origin(&pointer).to_owned() } else { finding.path };
        Finding { pointer, path, ..finding }
    }

    fn moved(&self, pointer: &str, part: &Merged, group: &[usize]) -> Option<String> {
        let local = part.owner(pointer)?;
        let target = self.places.get(*group.get(local)?)?;
        let of_part = lists(part.owners.iter().filter(|(_, owner)| **owner == local).map(|(element, _)| element));
        // A trust of its own is a part without owners of its elements: all of them are its own, from the first on.
        let own = || {
            pointer
                .strip_prefix('/')
                .and_then(|rest| rest.split('/').next())
                .map(|name| (name.to_owned(), (format!("/{name}"), 0)))
        };
        let innermost =
            of_part.iter().filter(|(_, (list, _))| is_inside(pointer, list)).max_by_key(|(_, (list, _))| list.len());
        let (name, (list, before)) = innermost.map(|(name, start)| (name.clone(), start.clone())).or_else(own)?;
        let rest = pointer.get(list.len() + 1..)?;
        let (index, inner) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (list, start) = target.get(&name)?;
        Some(format!("{list}/{}{inner}", index.parse::<usize>().ok()?.checked_sub(before)? + start))
    }
}

fn is_inside(pointer: &str, list: &str) -> bool {
    pointer.strip_prefix(list).is_some_and(|rest| rest.starts_with('/'))
}

/// Where the elements of one piece begin. Those of one list of a piece stand next to each other.
fn lists<'e>(elements: impl IntoIterator<Item = &'e String>) -> Lists {
    let mut found = Lists::new();
    for element in elements {
        let Some((list, index)) = element.rsplit_once('/') else { continue };
        let Ok(index) = index.parse::<usize>() else { continue };
        let name = list.rsplit('/').next().unwrap_or(list).to_owned();
        let first = found.entry(name).or_insert_with(|| (list.to_owned(), index));
        first.1 = first.1.min(index);
    }
    found
}

/// A piece for one document of all. What a trust of its own calls an identity is unique in that trust alone.
fn apart(resources: &Resources<'_>, index: usize) -> Result<Piece, InputError> {
    let (planned, mut piece) = (&resources.list[index], bare(resources.piece(index)?));
    if planned.whole {
        let own = |id: &str| format!("{}/{id}", planned.address);
        let document = &mut piece.document;
        document.entra_identities.iter_mut().for_each(|it| it.id = own(&it.id));
        document.federated_credentials.iter_mut().for_each(|it| it.identity = it.identity.as_deref().map(own));
        document.azure_role_assignments.iter_mut().for_each(|it| it.identity = it.identity.as_deref().map(own));
    }
    Ok(piece)
}
