//! A picture being drawn.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_policy_model::document::{Pointer, TrustDocument};
use crosscloud_policy_model::finding::{Severity, Verdict};
use serde_json::Value;

use crate::picture::{Edge, Kind, Meaning, Node, Note, Picture, SCHEMA_VERSION, State};
use crate::text::{Cleaner, HIDDEN};

/// What a node is known by while the picture is drawn. The order of keys is the order of nodes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: Kind,
    name: String,
}

impl Key {
    pub(super) fn of(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    /// Whether this is a role on just this resource.
    pub(super) fn is_grant_on(&self, resource: &str) -> bool {
        self.kind == Kind::Grant && self.name.strip_prefix(resource).is_some_and(|rest| rest.starts_with(' '))
    }
}

/// What an edge is known by: its ends, its meaning, its role.
pub(super) type EdgeKey = (Key, Key, Meaning, Option<String>);

/// A node being drawn.
#[derive(Debug, Default)]
pub(super) struct NodeDraft {
    pub(super) label: String,
    detail: Option<String>,
    pub(super) home: String,
    pub(super) places: BTreeSet<Pointer>,
    pub(super) notes: Vec<Note>,
}

/// What a place in the document says about an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// It narrows who gets in; a fault there opens the edge only if a token shows it.
    Condition,
    /// It names who gets in or what is handed out; a fault there is a fault of the edge.
    Grant,
}

/// An edge being drawn.
#[derive(Debug, Default)]
pub(super) struct EdgeDraft {
    pub(super) places: BTreeMap<Pointer, Says>,
    /// Issuer of the tokens that take this edge, in canonical form, where there is one.
    pub(super) issuer: Option<String>,
    /// Whether something that the edge stands on is not known yet.
    pub(super) unknown: bool,
    pub(super) notes: Vec<Note>,
}

/// A picture being drawn.
pub(super) struct Canvas<'a> {
    pub(super) document: &'a TrustDocument,
    pub(super) nodes: BTreeMap<Key, NodeDraft>,
    pub(super) edges: BTreeMap<EdgeKey, EdgeDraft>,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(document: &'a TrustDocument) -> Self {
        Self { document, nodes: BTreeMap::new(), edges: BTreeMap::new() }
    }

    /// A node, drawn if it is new. The first words about it stay.
    pub(super) fn node(&mut self, kind: Kind, name: &str, label: &str, home: &str) -> Key {
        let key = Key::of(kind, name);
        self.nodes.entry(key.clone()).or_insert_with(|| NodeDraft {
            label: label.to_owned(),
            home: home.to_owned(),
            ..NodeDraft::default()
        });
        key
    }

    /// A node that stands at a place in the document, with its full name.
    pub(super) fn placed(&mut self, kind: Kind, name: &str, label: &str, home: &str, place: &str) -> Key {
        let key = self.node(kind, name, label, home);
        self.at(&key, place);
        key
    }

    /// Says where a node stands.
    pub(super) fn at(&mut self, key: &Key, place: &str) {
        if let Some(node) = self.nodes.get_mut(key) {
            node.places.insert(place.to_owned());
        }
    }

    /// Says more about a node, unless something is said already.
    pub(super) fn detail(&mut self, key: &Key, detail: impl Into<String>) {
        if let Some(node) = self.nodes.get_mut(key) {
            node.detail.get_or_insert(detail.into());
        }
    }

    /// An edge, drawn if it is new.
    pub(super) fn edge(&mut self, from: &Key, to: &Key, meaning: Meaning) -> &mut EdgeDraft {
        self.edge_by(from, to, meaning, None)
    }

    /// An edge by a role.
    pub(super) fn edge_by(&mut self, from: &Key, to: &Key, meaning: Meaning, role: Option<String>) -> &mut EdgeDraft {
        self.edges.entry((from.clone(), to.clone(), meaning, role)).or_default()
    }

    /// Says on which places an edge stands.
    pub(super) fn stands_on<const N: usize>(
        &mut self,
        edge: (&Key, &Key, Meaning, Option<String>),
        places: [(&str, Says); N],
    ) -> &mut EdgeDraft {
        let unknown = places.iter().any(|(place, _)| self.document.is_unknown(place));
        let draft = self.edge_by(edge.0, edge.1, edge.2, edge.3);
        draft.unknown |= unknown;
        draft.places.extend(places.map(|(place, says)| (place.to_owned(), says)));
        draft
    }

    /// A text of the document, if it is known; a word in its stead if it must not be shown.
    pub(super) fn shown(&self, place: &str, text: &str) -> String {
        if self.document.is_sensitive(place) { HIDDEN.to_owned() } else { text.to_owned() }
    }

    /// A text of the document as it is, if it is known.
    pub(super) fn known<'t>(&self, place: &str, text: &'t Option<String>) -> Option<&'t str> {
        text.as_deref().filter(|_| !self.document.is_unknown(place))
    }

    /// Somebody who is not known yet.
    pub(super) fn unknown(&mut self, place: &str, home: &str) -> Key {
        self.placed(Kind::Unknown, place, "not known yet", home, place)
    }

    /// Takes away that an issuer is trusted where a token of it is drawn that gets in, unless there is something to say of it.
    pub(super) fn leave_out_what_is_implied(&mut self) {
        let admitted = self.edges.keys().filter(|(_, _, meaning, _)| *meaning == Meaning::AdmittedBy);
        let entered: BTreeSet<Key> = admitted.map(|(_, door, ..)| door.clone()).collect();
        self.edges.retain(|(_, door, meaning, _), draft| {
            *meaning != Meaning::TrustedBy || !draft.notes.is_empty() || !entered.contains(door)
        });
    }

    /// The finished picture.
    pub(super) fn finish(self, elsewhere: Vec<Note>) -> Picture {
        let document = self.document;
        let whole = serde_json::to_value(document).unwrap_or_default();
        let cleaner = Cleaner::hiding(document.sensitive.iter().filter_map(|place| whole.pointer(place)));
        let clean = |note: Note| clean_note(&cleaner, note);
        let places: BTreeMap<Key, usize> = self.nodes.keys().cloned().zip(0..).collect();
        let nodes = self.nodes.into_iter().enumerate().map(|(id, (key, draft))| {
            let label = cleaner.clean(&draft.label);
            let address = draft.places.iter().map(|place| document.origin(place)).find(|origin| !origin.is_empty());
            Node {
                id,
                kind: key.kind,
                detail: draft.detail.map(|detail| cleaner.clean(&detail)).filter(|detail| *detail != label),
                label,
                home: cleaner.clean(&draft.home),
                address: address.map(|address| cleaner.clean(address)),
                notes: sorted(draft.notes.into_iter().map(clean).collect()),
            }
        });
        let nodes = nodes.collect();
        let edges = self.edges.into_iter().enumerate().map(|(id, ((from, to, meaning, role), draft))| {
            let notes = sorted(draft.notes.into_iter().map(clean).collect());
            let mut edge = Edge {
                id,
                from: places.get(&from).copied().unwrap_or_default(),
                to: places.get(&to).copied().unwrap_or_default(),
                meaning,
                role: role.map(|role| cleaner.clean(&role)),
                state: state(&notes),
                notes,
            };
            if edge.state == State::Sound && draft.unknown {
                edge.state = State::Undetermined;
                edge.notes.push(not_known_yet());
            }
            edge
        });
        Picture {
            schema_version: SCHEMA_VERSION,
            subject: cleaner.clean(&document.subject),
            nodes,
            edges: edges.collect(),
            elsewhere: sorted(elsewhere.into_iter().map(clean).collect()),
        }
    }
}

fn state(notes: &[Note]) -> State {
    let states = notes.iter().map(|note| match note.verdict {
        Verdict::Violation => State::Open,
        Verdict::Undetermined => State::Undetermined,
    });
    states.max().unwrap_or(State::Sound)
}

/// Worst first; equal ones once.
fn sorted(mut notes: Vec<Note>) -> Vec<Note> {
    let undetermined = |note: &Note| note.verdict == Verdict::Undetermined;
    notes.sort_by(|a, b| {
        let by_verdict = undetermined(a).cmp(&undetermined(b)).then(b.severity.cmp(&a.severity));
        by_verdict.then_with(|| (&a.rule, &a.path, &a.message).cmp(&(&b.rule, &b.path, &b.message)))
    });
    notes.dedup();
    notes
}

fn clean_note(cleaner: &Cleaner, note: Note) -> Note {
    Note {
        rule: cleaner.clean(&note.rule),
        message: cleaner.clean(&note.message),
        remediation: cleaner.clean(&note.remediation),
        path: cleaner.clean(&note.path),
        witness: note.witness.map(|claims: BTreeMap<String, Value>| cleaner.clean_claims(&claims)),
        ..note
    }
}

fn not_known_yet() -> Note {
    Note {
        rule: String::new(),
        severity: Severity::Low,
        verdict: Verdict::Undetermined,
        message: "This depends on a value that is not known before apply.".to_owned(),
        remediation: "Draw the picture again from the state after the apply.".to_owned(),
        path: String::new(),
        witness: None,
        no_witness: None,
    }
}
