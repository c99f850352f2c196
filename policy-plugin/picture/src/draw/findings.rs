//! Findings, put where they belong.
//!
//! A finding points at a place in the document. A violation that a token shows opens the edge that this token takes; one on what names who
//! gets in, or on what is handed out, opens that edge without a token, and says why there is none. Anything else, such as a condition that
//! admits nobody, opens nothing and is a note on the node that it is about.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{Pointer, TrustDocument};
use crosscloud_policy_model::finding::{Finding, Verdict};
use crosscloud_policy_model::token::Token;
use serde_json::Value;

use super::canvas::{Canvas, EdgeKey, Key, Says};
use super::google::{self, Door, Federations};
use super::issuers;
use crate::picture::{Kind, Meaning, Note};
use crate::text::shown;

const HIDDEN: &str = "The judged value is sensitive, and a token that gets in would spell it.";
const BY_NAME: &str =
    "What is written names by itself who gets in or what is handed out, so no single token stands for it.";
const ANY_TOKEN: &str = "Every token of the issuer gets in, so no single one stands for them.";
const SOURCE: &str = "This is about whose tokens are taken at all, so no single token stands for it.";

/// Puts all findings into the picture and returns those that are about nothing in it.
pub(super) fn place(canvas: &mut Canvas<'_>, federations: &Federations<'_>, found: &[Finding]) -> Vec<Note> {
    let index = Index::of(canvas);
    let mut elsewhere = Vec::new();
    for finding in found {
        let door = federations.doors.iter().find(|door| lies_in(&finding.pointer, &door.place));
        let placed = match door {
            Some(door) => at_door(canvas, federations, door, finding),
            None => on_edges(canvas, &index, finding),
        };
        if !placed && !on_nodes(canvas, &index, finding) {
            elsewhere.push(note(canvas.document, finding, None));
        }
    }
    elsewhere
}

/// A finding on a pool provider. Its condition is one for all tokens, so those that get in are drawn for it.
fn at_door(canvas: &mut Canvas<'_>, federations: &Federations<'_>, door: &Door<'_>, finding: &Finding) -> bool {
    let inside = &finding.pointer[door.place.len()..];
    let in_condition = lies_in(inside, "/attribute_condition");
    let violation = finding.verdict == Verdict::Violation;
    if lies_in(inside, "/source") && finding.witness.is_none() {
        let issuer = door.issuer.clone().unwrap_or_else(|| canvas.unknown(&finding.pointer, "issuer not known yet"));
        let note = note(canvas.document, finding, violation.then_some(SOURCE));
        canvas.edge(&issuer, &door.node, Meaning::TrustedBy).notes.push(note);
        return true;
    }
    let hidden = canvas.document.is_sensitive(&finding.pointer);
    let everyone = door.takes_all && in_condition;
    if violation && finding.witness.is_none() && !everyone && !(hidden && in_condition) {
        return false;
    }
    let why = violation.then_some(if hidden { HIDDEN } else { ANY_TOKEN });
    let note = note(canvas.document, finding, why);
    let issuer = door.issuer.clone().unwrap_or_else(|| canvas.unknown(&door.place, "issuer not known yet"));
    let witness = finding.witness.as_ref().filter(|_| !hidden);
    let comer = match witness {
        Some(claims) if !everyone => {
            let who = stranger(door, claims);
            let home = issuers::label(canvas, &issuer);
            let key = canvas.node(Kind::Stranger, &format!("{issuer:?} {who}"), &who, &home);
            canvas.edge(&issuer, &key, Meaning::Issues);
            key
        }
        _ => issuers::anyone(canvas, &issuer),
    };
    canvas.edge(&comer, &door.node, Meaning::AdmittedBy).notes.push(note.clone());
    // Who got in becomes whatever the grants say of the identity that it was mapped to.
    if let (Some(claims), true) = (witness, violation) {
        let token = Token::of_claims(claims.clone().into_iter().collect());
        for seat in federations.seats_of(door, &token, &comer) {
            canvas.edge(&comer, &seat, Meaning::PassesAs).notes.push(note.clone());
        }
    }
    true
}

/// What a stranger is called. One that calls itself as a workload does which is meant is told from it by what it cannot take over.
fn stranger(door: &Door<'_>, claims: &BTreeMap<String, Value>) -> String {
    let who = issuers::who(claims).unwrap_or_else(|| "somebody else".to_owned());
    for (index, intended) in door.provider.intended.iter().enumerate() {
        if issuers::who(intended).as_ref() == Some(&who) {
            let meant = google::genuine(door, index).claims();
            let differs =
                |(name, value): &(&String, &Value)| meant.get(name.as_str()).is_some_and(|meant| meant != *value);
            let mut different: Vec<_> = claims.iter().filter(differs).filter(|(name, _)| *name != "aud").collect();
            different.sort_by_key(|(name, _)| !name.ends_with("_id"));
            if let Some((name, value)) = different.first() {
                return format!("{who} with {name} = {}", shown(value));
            }
        }
    }
    who
}

fn on_edges(canvas: &mut Canvas<'_>, index: &Index, finding: &Finding) -> bool {
    let hidden = canvas.document.is_sensitive(&finding.pointer);
    let from =
        finding.witness.as_ref().and_then(|claims| claims.get("iss")).and_then(Value::as_str).map(issuers::canonical);
    let mut placed = false;
    for (edge, says) in index.edges_at(&finding.pointer) {
        let Some(draft) = canvas.edges.get_mut(edge) else { continue };
        if draft.issuer.is_some() && from.is_some() && draft.issuer != from {
            continue;
        }
        let violation = finding.verdict == Verdict::Violation;
        let why = match says {
            _ if hidden => Some(HIDDEN),
            Says::Grant => Some(BY_NAME),
            // Without a condition of its own, an edge from anyone is what the finding is about.
            Says::Condition if matches!(edge.0.kind, Kind::Anyone | Kind::Crowd) => Some(ANY_TOKEN),
            Says::Condition => None,
        };
        if violation && finding.witness.is_none() && why.is_none() {
            continue;
        }
        draft.notes.push(note(canvas.document, finding, why.filter(|_| violation)));
        placed = true;
    }
    placed
}

fn on_nodes(canvas: &mut Canvas<'_>, index: &Index, finding: &Finding) -> bool {
    let nodes = ancestors(&finding.pointer).find_map(|place| index.nodes.get(place));
    let note = note(canvas.document, finding, None);
    for key in nodes.into_iter().flatten() {
        if let Some(node) = canvas.nodes.get_mut(key) {
            node.notes.push(note.clone());
        }
    }
    nodes.is_some()
}

/// What stands at which place.
struct Index {
    edges: BTreeMap<Pointer, Vec<(EdgeKey, Says)>>,
    nodes: BTreeMap<Pointer, Vec<Key>>,
}

impl Index {
    fn of(canvas: &Canvas<'_>) -> Self {
        let (mut edges, mut nodes) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (key, draft) in &canvas.edges {
            for (place, says) in &draft.places {
                edges.entry(place.clone()).or_default().push((key.clone(), *says));
            }
        }
        for (key, draft) in &canvas.nodes {
            for place in &draft.places {
                nodes.entry(place.clone()).or_default().push(key.clone());
            }
        }
        Self { edges, nodes }
    }

    /// Edges that stand on a place or on the nearest one around it; else all that stand on something inside it.
    fn edges_at(&self, pointer: &str) -> Vec<&(EdgeKey, Says)> {
        if let Some(found) = ancestors(pointer).find_map(|place| self.edges.get(place)) {
            return found.iter().collect();
        }
        let below = format!("{pointer}/");
        let inside = self.edges.range(below.clone()..).take_while(|(place, _)| place.starts_with(&below));
        let mut found: BTreeMap<&EdgeKey, &(EdgeKey, Says)> = BTreeMap::new();
        for entry in inside.flat_map(|(_, edges)| edges) {
            // What it says as a whole counts as what its weakest part says.
            let known = found.entry(&entry.0).or_insert(entry);
            if entry.1 < known.1 {
                *known = entry;
            }
        }
        found.into_values().collect()
    }
}

/// A pointer and the places around it, without the whole document.
fn ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |place| place.rfind('/').map(|end| &place[..end]))
        .take_while(|place| !place.is_empty())
}

fn lies_in(pointer: &str, place: &str) -> bool {
    pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn note(document: &TrustDocument, finding: &Finding, why_no_token: Option<&str>) -> Note {
    let witness = finding.witness.clone().filter(|_| !document.is_sensitive(&finding.pointer));
    Note {
        rule: finding.rule.clone(),
        severity: finding.severity,
        verdict: finding.verdict,
        message: finding.message.clone(),
        remediation: finding.remediation.clone(),
        path: finding.path.clone(),
        no_witness: if witness.is_none() { why_no_token.map(str::to_owned) } else { None },
        witness,
    }
}
