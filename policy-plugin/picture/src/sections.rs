//! A picture in parts that each fit a page.
//!
//! Nearly everything hangs together through an issuer, a pool or a project, so connected components would be one great tangle. What tells
//! trusts apart is who becomes whom: tokens, and the accounts, identities and roles that they become. Those are parted into components, and
//! what they share is drawn again in each.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_policy_model::finding::{Severity, Verdict};

use crate::picture::{Edge, Kind, Meaning, Node, Picture, State};
use crate::text::shorten;

/// A part of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Section {
    /// What it is about.
    pub(crate) title: String,
    /// Issuer whose tokens it begins with.
    pub(crate) issuer: String,
    /// Where it leads: a project, an account, a tenant.
    pub(crate) home: String,
    /// The worst state of its edges.
    pub(crate) state: State,
    /// How much harm that can do.
    pub(crate) severity: Option<Severity>,
    /// Nodes, by id.
    pub(crate) nodes: Vec<usize>,
    /// Edges, by id.
    pub(crate) edges: Vec<usize>,
}

/// The parts of a picture: open ones first, then by issuer and title.
pub(crate) fn sections(picture: &Picture) -> Vec<Section> {
    let mut parts = Parts::of(picture);
    parts.add_what_leads_elsewhere();
    parts.add_surroundings();
    let sheets = parts.members.into_values().flat_map(|edges| sheets(picture, edges));
    let mut sections: Vec<Section> = sheets.map(|edges| section(picture, edges, [])).collect();
    let drawn: BTreeSet<usize> = sections.iter().flat_map(|section| section.nodes.iter().copied()).collect();
    let alone: Vec<usize> = (0..picture.nodes.len()).filter(|id| !drawn.contains(id)).collect();
    if !alone.is_empty() {
        sections.push(Section { title: "Nothing leads here".to_owned(), ..section(picture, BTreeSet::new(), alone) });
    }
    sections.sort_by(|a, b| {
        (b.state, b.severity)
            .cmp(&(a.state, a.severity))
            .then_with(|| (&a.issuer, &a.title, &a.nodes).cmp(&(&b.issuer, &b.title, &b.nodes)))
    });
    sections
}

/// Edges that are laid out together at most: more fit no page, and laying them out takes more than its share of time.
const SHEET: usize = 240;

/// A part, cut where it is too large for a page. Edges that start or end at one less connected node stay together.
fn sheets(picture: &Picture, edges: BTreeSet<usize>) -> Vec<BTreeSet<usize>> {
    if edges.len() <= SHEET {
        return vec![edges];
    }
    let mut degrees = BTreeMap::<usize, usize>::new();
    edges.iter().flat_map(|id| ends(&picture.edges[*id])).for_each(|end| *degrees.entry(end).or_default() += 1);
    let mut bundles = BTreeMap::<usize, Vec<usize>>::new();
    for id in &edges {
        let [from, to] = ends(&picture.edges[*id]);
        let hub_last = |end: usize| (!is_somebody(picture.nodes[end].kind), degrees.get(&end), end);
        bundles.entry(if hub_last(from) < hub_last(to) { from } else { to }).or_default().push(*id);
    }
    let mut sheets: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
    for bundle in
        bundles.into_values().flat_map(|bundle| bundle.chunks(SHEET).map(<[usize]>::to_vec).collect::<Vec<_>>())
    {
        match sheets.last_mut() {
            Some(last) if last.len() + bundle.len() <= SHEET => last.extend(bundle),
            _ => sheets.push(bundle.into_iter().collect()),
        }
    }
    sheets
}

/// Whether a node is somebody: what only one trust has.
fn is_somebody(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Subject
            | Kind::Principal
            | Kind::Crowd
            | Kind::FederatedCredential
            | Kind::ServiceAccount
            | Kind::Identity
            | Kind::AwsRole
            | Kind::Unknown
    )
}

/// Parts being put together: each is known by the least of its nodes.
struct Parts<'a> {
    picture: &'a Picture,
    members: BTreeMap<usize, BTreeSet<usize>>,
}

impl<'a> Parts<'a> {
    /// Components of those who are somebody, with every edge that touches them.
    fn of(picture: &'a Picture) -> Self {
        let somebody = |id: usize| is_somebody(picture.nodes[id].kind);
        let mut root: Vec<usize> = (0..picture.nodes.len()).collect();
        for edge in picture.edges.iter().filter(|edge| somebody(edge.from) && somebody(edge.to)) {
            let (a, b) = (find(&mut root, edge.from), find(&mut root, edge.to));
            root[a.max(b)] = a.min(b);
        }
        let mut members = BTreeMap::<_, BTreeSet<_>>::new();
        for edge in &picture.edges {
            let end = if somebody(edge.from) { edge.from } else { edge.to };
            if somebody(end) {
                members.entry(find(&mut root, end)).or_default().insert(edge.id);
            }
        }
        Self { picture, members }
    }

    /// Edges between nobodies: they join the only part that knows their end, or make one of their own.
    fn add_what_leads_elsewhere(&mut self) {
        let placed: BTreeSet<usize> = self.members.values().flatten().copied().collect();
        let known = self.parts_by_node();
        for edge in self.picture.edges.iter().filter(|edge| !placed.contains(&edge.id) && !is_surrounding(edge)) {
            let kind = self.picture.nodes[edge.to].kind;
            let end = if matches!(kind, Kind::Provider | Kind::OidcProvider | Kind::Key | Kind::AccessLevel) {
                edge.to
            } else {
                edge.from
            };
            let part = match known.get(&end).map(Vec::as_slice) {
                Some([only]) => *only,
                _ => self.picture.nodes.len() + end,
            };
            self.members.entry(part).or_default().insert(edge.id);
        }
    }

    /// What explains a part: the issuer of its tokens, the pool of its providers, the perimeter of its projects. Twice, for one may bring
    /// the next.
    fn add_surroundings(&mut self) {
        for _ in 0..2 {
            let known = self.parts_by_node();
            for edge in self.picture.edges.iter().filter(|edge| is_surrounding(edge)) {
                let end = if edge.meaning == Meaning::Issues { edge.to } else { edge.from };
                for part in known.get(&end).into_iter().flatten() {
                    self.members.entry(*part).or_default().insert(edge.id);
                }
            }
        }
        let placed: BTreeSet<usize> = self.members.values().flatten().copied().collect();
        for edge in self.picture.edges.iter().filter(|edge| !placed.contains(&edge.id)) {
            self.members.entry(self.picture.nodes.len() + edge.to).or_default().insert(edge.id);
        }
    }

    fn parts_by_node(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut known = BTreeMap::<_, Vec<_>>::new();
        for (part, edges) in &self.members {
            let ends: BTreeSet<usize> = edges.iter().flat_map(|id| ends(&self.picture.edges[*id])).collect();
            for end in ends {
                known.entry(end).or_default().push(*part);
            }
        }
        known
    }
}

/// Whether an edge says where something belongs rather than who gets where.
fn is_surrounding(edge: &Edge) -> bool {
    matches!(edge.meaning, Meaning::Issues | Meaning::Inside)
}

fn ends(edge: &Edge) -> [usize; 2] {
    [edge.from, edge.to]
}

/// The component that a node is in, by its least node.
fn find(root: &mut [usize], mut id: usize) -> usize {
    while root[id] != id {
        root[id] = root[root[id]];
        id = root[id];
    }
    id
}

fn section(picture: &Picture, edges: BTreeSet<usize>, alone: impl IntoIterator<Item = usize>) -> Section {
    let mut nodes: BTreeSet<usize> = edges.iter().flat_map(|id| ends(&picture.edges[*id])).collect();
    nodes.extend(alone);
    let of = |kinds: &[Kind]| -> Vec<&Node> {
        let nodes = nodes.iter().map(|id| &picture.nodes[*id]);
        nodes.filter(|node| kinds.contains(&node.kind)).collect()
    };
    let became = of(&[Kind::ServiceAccount, Kind::Identity, Kind::AwsRole]);
    let comers = of(&[Kind::Subject, Kind::Principal, Kind::Unknown]);
    let others = of(&[
        Kind::Crowd,
        Kind::Anyone,
        Kind::Stranger,
        Kind::Provider,
        Kind::OidcProvider,
        Kind::Pool,
        Kind::Key,
        Kind::Perimeter,
    ]);
    let ends = of(&[Kind::Grant, Kind::Key, Kind::Perimeter, Kind::AccessLevel, Kind::Provider]);
    let from = if comers.is_empty() { names(&others) } else { names(&comers) };
    let to = if became.is_empty() { names(&ends) } else { names(&became) };
    let title = match (from, to) {
        (Some(from), Some(to)) if from != to => format!("{from} → {to}"),
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => "More".to_owned(),
    };
    let issuer = of(&[Kind::Issuer]).first().map_or_else(|| "Without a token".to_owned(), |node| node.label.clone());
    let places = [became, ends, comers, others].concat();
    let home = places.first().map_or_else(|| "Elsewhere".to_owned(), |node| node.home.clone());
    let state = edges.iter().map(|id| picture.edges[*id].state).max().unwrap_or(State::Sound);
    let notes = edges.iter().flat_map(|id| &picture.edges[*id].notes);
    let severity = notes.filter(|note| note.verdict == Verdict::Violation).map(|note| note.severity).max();
    Section {
        title,
        issuer,
        home,
        state,
        severity,
        nodes: nodes.into_iter().collect(),
        edges: edges.into_iter().collect(),
    }
}

/// The first two names, and how many more there are.
fn names(nodes: &[&Node]) -> Option<String> {
    let mut names: Vec<String> = nodes.iter().map(|node| shorten(&node.label, 44)).collect();
    names.dedup();
    match names.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [one, two] => Some(format!("{one}, {two}")),
        [one, rest @ ..] => Some(format!("{one} and {} more", rest.len())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use crosscloud_policy_model::document::TrustDocument;
    use serde_json::json;

    use super::{SHEET, sections};
    use crate::draw;

    #[test]
    fn a_crowd_is_drawn_on_many_sheets_with_every_edge_once_or_more() {
        let members: Vec<String> = (0..1000).map(|number| format!("user:u{number}@example.com")).collect();
        let document: TrustDocument = serde_json::from_value(json!({"subject": "crowd", "bindings": [{
            "resource_kind": "service_account", "resource": "projects/-/serviceAccounts/a@p.iam.gserviceaccount.com",
            "role": "roles/iam.serviceAccountTokenCreator", "members": members,
        }]}))
        .unwrap();
        let picture = draw(&document, &[]);
        let sections = sections(&picture);
        assert!(sections.len() == 1000_usize.div_ceil(SHEET) && sections.iter().all(|it| it.edges.len() <= SHEET));
        let drawn: BTreeSet<usize> = sections.iter().flat_map(|section| section.edges.iter().copied()).collect();
        assert_eq!(drawn.len(), picture.edges.len());
    }
}
