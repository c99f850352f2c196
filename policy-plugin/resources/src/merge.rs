//! Pieces put together.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{Pointer, Scope, TrustDocument};

use crate::piece::Piece;

/// A document made of pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// The document.
    pub document: TrustDocument,
    /// Which piece each element of the document comes from.
    pub owners: BTreeMap<Pointer, usize>,
}

impl Merged {
    /// The piece that a place comes from.
    #[must_use]
    pub fn owner(&self, pointer: &str) -> Option<usize> {
        let mut place = pointer;
        loop {
            if let Some(owner) = self.owners.get(place) {
                return Some(*owner);
            }
            place = &place[..place.rfind('/')?];
        }
    }
}

/// Takes over the elements of each list, and remembers where they come to stand.
macro_rules! append {
    ($whole:ident, $owners:ident, $index:ident, $document:ident, $starts:ident, $($list:ident),*) => {
        $(
            let start = $whole.$list.len();
            $starts.insert(stringify!($list), start);
            for place in start..start + $document.$list.len() {
                $owners.insert(format!("/{}/{place}", stringify!($list)), $index);
            }
            $whole.$list.extend($document.$list.iter().cloned());
        )*
    };
}

/// One document of pieces. A piece that only adds to a role which is not among them says nothing.
#[must_use]
pub fn merge<'a>(subject: &str, scope: Scope, pieces: impl IntoIterator<Item = &'a Piece>) -> Merged {
    let (mut whole, mut owners) =
        (TrustDocument { subject: subject.to_owned(), scope, ..Default::default() }, BTreeMap::new());
    let mut roles: Vec<(&Piece, usize)> = Vec::new();
    let mut additions = Vec::new();
    for (index, piece) in pieces.into_iter().enumerate() {
        if piece.extends.is_some() {
            additions.push((index, piece));
            continue;
        }
        let document = &piece.document;
        if !document.aws_roles.is_empty() {
            roles.push((piece, whole.aws_roles.len()));
        }
        let mut starts = BTreeMap::new();
        append!(
            whole,
            owners,
            index,
            document,
            starts,
            pools,
            providers,
            bindings,
            kms_keys,
            data_stores,
            service_account_keys,
            perimeters,
            access_levels,
            aws_roles,
            aws_oidc_providers,
            entra_identities,
            federated_credentials,
            azure_role_assignments,
            clusters,
            github_environments,
            github_subject_templates
        );
        take_notes(&mut whole, document, &|pointer| moved(pointer, &starts));
    }
    for (index, piece) in additions {
        let names = piece.extends.iter().flatten();
        let is_meant = |(role, _): &&(&Piece, usize)| names.clone().any(|name| role.joins.contains(name));
        if let (Some((_, role)), Some(more)) = (roles.iter().find(is_meant), piece.document.aws_roles.first()) {
            extend_role(&mut whole, &mut owners, index, *role, more, &piece.document);
        }
    }
    Merged { document: whole, owners }
}

fn extend_role(
    whole: &mut TrustDocument,
    owners: &mut BTreeMap<Pointer, usize>,
    owner: usize,
    role: usize,
    more: &crosscloud_policy_model::document::AwsRole,
    document: &TrustDocument,
) {
    let place = &mut whole.aws_roles[role];
    let lists = [
        ("attached_policies", place.attached_policies.len(), more.attached_policies.len()),
        ("inline_policies", place.inline_policies.len(), more.inline_policies.len()),
    ];
    place.attached_policies.extend(more.attached_policies.iter().cloned());
    place.inline_policies.extend(more.inline_policies.iter().cloned());
    for (list, start, count) in lists {
        owners.extend((start..start + count).map(|index| (format!("/aws_roles/{role}/{list}/{index}"), owner)));
    }
    let target = |pointer: &str| {
        lists.iter().find_map(|(list, start, _)| {
            let rest = pointer.strip_prefix("/aws_roles/0/")?.strip_prefix(list)?.strip_prefix('/')?;
            let (index, inner) = split(rest);
            Some(format!("/aws_roles/{role}/{list}/{}{inner}", index.parse::<usize>().ok()? + start))
        })
    };
    take_notes(whole, document, &target);
}

/// Takes over what is said beside the values, at the places where they stand now.
fn take_notes(whole: &mut TrustDocument, document: &TrustDocument, target: &dyn Fn(&str) -> Option<Pointer>) {
    whole.unknown.extend(document.unknown.iter().filter_map(|pointer| target(pointer)));
    whole.sensitive.extend(document.sensitive.iter().filter_map(|pointer| target(pointer)));
    whole.origins.extend(document.origins.iter().filter_map(|(pointer, path)| Some((target(pointer)?, path.clone()))));
}

/// A pointer into a piece, where its element stands in the whole. One to a whole list stays, so that nothing unknown gets lost.
fn moved(pointer: &str, starts: &BTreeMap<&str, usize>) -> Option<Pointer> {
    let (list, rest) = split(pointer.strip_prefix('/')?);
    let Some(rest) = rest.strip_prefix('/') else { return Some(pointer.to_owned()) };
    let (index, inner) = split(rest);
    Some(format!("/{list}/{}{inner}", index.parse::<usize>().ok()? + starts.get(list)?))
}

/// The first token, and the rest with its slash.
fn split(pointer: &str) -> (&str, &str) {
    pointer.split_at(pointer.find('/').unwrap_or(pointer.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn piece(document: serde_json::Value) -> Piece {
        Piece { document: serde_json::from_value(document).unwrap_or_default(), ..Piece::default() }
    }

    #[test]
    fn pointers_follow_their_elements() {
        let pool = |name: &str| {
            piece(
                json!({"subject": "", "pools": [{"name": name}], "unknown": ["/pools/0/name"], "origins": {"/pools/0": name}}),
            )
        };
        let merged = merge("plan", Scope::Plan, [&pool("a"), &pool("b")]);
        assert_eq!(merged.document.pools.len(), 2);
        assert!(merged.document.is_unknown("/pools/1/name") && merged.document.is_unknown("/pools/0/name"));
        assert_eq!(merged.document.origin("/pools/1/name"), "b");
        assert_eq!(
            (merged.owner("/pools/0/name"), merged.owner("/pools/1"), merged.owner("/pools")),
            (Some(0), Some(1), None)
        );
    }

    #[test]
    fn policies_find_their_role() {
        let mut role = piece(json!({"subject": "", "aws_roles": [{"name": "r", "attached_policies": ["a"]}]}));
        role.join("aws-role:r");
        let mut attachment = piece(json!({"subject": "", "aws_roles": [{"name": null, "attached_policies": [null]}],
            "unknown": ["/aws_roles/0/attached_policies/0"], "origins": {"/aws_roles/0/attached_policies/0": "policy_arn"}}));
        attachment.extends = Some(["aws-role:r".to_owned()].into());
        let merged = merge("plan", Scope::Trust, [&attachment, &role]);
        assert_eq!(merged.document.aws_roles.len(), 1);
        assert_eq!(merged.document.aws_roles[0].attached_policies, [Some("a".to_owned()), None]);
        assert!(merged.document.is_unknown("/aws_roles/0/attached_policies/1"));
        assert_eq!(merged.owner("/aws_roles/0/attached_policies/1"), Some(0));
        assert_eq!(merged.owner("/aws_roles/0/attached_policies/0"), Some(1));
        assert!(merge("plan", Scope::Trust, [&attachment]).document.aws_roles.is_empty());
    }
}
