//! Where everything of a section stands, from left to right, as the layout library places it.

use std::collections::BTreeMap;

use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

use crate::picture::{Kind, Picture};
use crate::sections::Section;

/// Height of a node.
pub(crate) const HEIGHT: f64 = 40.0;

/// Letters of a label that a node has room for.
pub(crate) const LETTERS: usize = 36;

/// Room for the words on an edge.
const WORDS: f64 = 78.0;

/// A section with places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Where each node is, in the order of the section's nodes.
    pub(crate) nodes: Vec<Place>,
    /// Way of each edge, in the order of the section's edges.
    pub(crate) edges: Vec<Way>,
}

/// Where a node is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Place {
    /// Left edge.
    pub(crate) left: f64,
    /// Upper edge.
    pub(crate) top: f64,
    /// Width, as its label needs.
    pub(crate) width: f64,
}

/// How an edge runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Way {
    /// Points that it passes, at least two.
    pub(crate) points: Vec<(f64, f64)>,
    /// Middle of its words.
    pub(crate) words: (f64, f64),
}

impl Place {
    fn middle(self) -> (f64, f64) {
        (self.left + self.width / 2.0, self.top + HEIGHT / 2.0)
    }
}

/// Places a section.
pub(crate) fn place(picture: &Picture, section: &Section) -> Placed {
    let mut graph = Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: false });
    for id in &section.nodes {
        graph.set_node(
            id.to_string(),
            Some(NodeLabel { width: width(&picture.nodes[*id].label), height: HEIGHT, ..NodeLabel::default() }),
        );
    }
    for id in &section.edges {
        let edge = &picture.edges[*id];
        // The way from a token to what it becomes is kept straight; what merely surrounds it gives way.
        let weight = match picture.nodes[edge.to].kind {
            Kind::ServiceAccount | Kind::Identity | Kind::AwsRole | Kind::FederatedCredential => 4,
            Kind::Subject => 2,
            _ => 1,
        };
        let label =
            EdgeLabel { width: WORDS, height: 12.0, weight, labelpos: LabelPos::Center, ..EdgeLabel::default() };
        graph.set_edge(edge.from.to_string(), edge.to.to_string(), Some(label), Some(&id.to_string()));
    }
    let options =
        LayoutOptions { rankdir: RankDir::LR, nodesep: 14.0, edgesep: 10.0, ranksep: 16.0, ..LayoutOptions::default() };
    dagre::layout(&mut graph, Some(options));
    let spot = |id: &usize| {
        let node = graph.node(&id.to_string());
        node.map_or_else(Place::default, |node| {
            let (x, y) = (node.x.unwrap_or_default(), node.y.unwrap_or_default());
            Place { left: x - node.width / 2.0, top: y - HEIGHT / 2.0, width: node.width }
        })
    };
    let nodes: Vec<Place> = section.nodes.iter().map(spot).collect();
    let spots: BTreeMap<usize, Place> = section.nodes.iter().copied().zip(nodes.iter().copied()).collect();
    let way = |id: &usize| {
        let edge = &picture.edges[*id];
        let label = graph.edge(&edge.from.to_string(), &edge.to.to_string(), Some(&id.to_string()));
        let points = label.into_iter().flat_map(|label| &label.points);
        let mut points: Vec<_> = points.map(|point| (point.x, point.y)).collect();
        if points.len() < 2 {
            points = vec![spots[&edge.from].middle(), spots[&edge.to].middle()];
        }
        let words = label.and_then(|label| Some((label.x?, label.y?))).unwrap_or(points[points.len() / 2]);
        Way { points, words }
    };
    let edges: Vec<Way> = section.edges.iter().map(way).collect();
    // The library's own size leaves out edges that swing beyond the nodes.
    let boxes = nodes.iter().map(|node| (node.left + node.width, node.top + HEIGHT));
    let corners = boxes.chain(edges.iter().flat_map(|way| way.points.iter().copied()));
    let (width, height) = corners.fold((0.0, 0.0), |(w, h): (f64, f64), (x, y)| (w.max(x), h.max(y)));
    Placed { width: width.ceil(), height: height.ceil(), nodes, edges }
}

/// Width of a node with this label, in a font that is as wide as any.
fn width(label: &str) -> f64 {
    let letters = u32::try_from(label.chars().count().min(LETTERS)).unwrap_or_default();
    (f64::from(letters) * 7.7 + 28.0).max(118.0)
}
