//! The picture as an image, and one section of it as the page shows it.

use std::fmt::Write;

use crate::layout::{HEIGHT, LETTERS, Place, Placed, Way, place};
use crate::picture::{Edge, Kind, Node, Note, Picture, State};
use crate::sections::{Section, sections};
use crate::text::{escape, one_line, shorten};

/// How an image that stands alone looks: no variables, for not every viewer knows them.
const STYLE: &str = include_str!("svg/image.css");

/// Arrow heads, which take the colour of their line where a viewer can; otherwise these.
pub(super) const ARROWS: &str = "<defs>\
<marker id=\"a\" class=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 .8 7.5 4 0 7.2z\"/></marker>\
<marker id=\"u\" class=\"head undetermined\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 .8 7.5 4 0 7.2z\"/></marker>\
<marker id=\"o\" class=\"head open\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\"><path d=\"M0 .8 7.5 4 0 7.2z\"/></marker>\
</defs>";

/// Room around a section, and above it for its title.
const MARGIN: f64 = 18.0;
const HEAD: f64 = 30.0;

/// Whether words of more than the image itself are in the image, for viewers that show them on hover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// As titles, which every viewer shows.
    Titles,
    /// As descriptions, which the page shows in its own way.
    Descriptions,
}

/// Writes a picture as SVG: its sections side by side, the open ones first.
pub(super) fn write(picture: &Picture) -> String {
    let placed: Vec<(Section, Placed)> = sections(picture)
        .into_iter()
        .map(|it| (place(picture, &it), it))
        .map(|(placed, section)| (section, placed))
        .collect();
    let outer = |placed: &Placed| (placed.width + 2.0 * MARGIN, placed.height + 2.0 * MARGIN + HEAD);
    let mut columns = Columns::for_all(placed.iter().map(|(_, placed)| outer(placed)));
    let mut body = String::new();
    for (section, placed) in &placed {
        let (width, height) = outer(placed);
        let (x, y) = columns.take(height);
        let letters = (width / 7.0) as usize;
        let _ = write!(
            body,
            "<g transform=\"translate({x:.0} {y:.0})\"><rect class=\"frame\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"10\"/>\
             <text class=\"title\" x=\"{MARGIN}\" y=\"27\">{}</text><g transform=\"translate({MARGIN} {:.0})\">",
            escape(&shorten(&section.title, letters.max(20))),
            MARGIN + HEAD,
        );
        content(&mut body, picture, section, placed, Words::Titles);
        body.push_str("</g></g>\n");
    }
    let (width, height) = columns.size();
    let (width, height) = (width + 2.0 * MARGIN, height + 84.0 + MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n\
         <title>Who can become whom: {}</title>\n<style>{STYLE}</style>\n{ARROWS}\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
         <g transform=\"translate({MARGIN} 0)\"><text class=\"headline\" y=\"36\">Who can become whom: {}</text>{}</g>\n\
         <g transform=\"translate({MARGIN} 84)\">\n{body}</g>\n</svg>\n",
        escape(&picture.subject),
        escape(&shorten(&picture.subject, 80)),
        legend(),
    )
}

/// Columns of equal width that sections are put into, each into the shortest.
struct Columns {
    width: f64,
    heights: Vec<f64>,
}

impl Columns {
    /// As many columns as make the whole somewhat wider than high.
    fn for_all(sizes: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let width = sizes.clone().map(|(width, _)| width).fold(760.0, f64::max) + MARGIN;
        let height: f64 = sizes.map(|(_, height)| height + MARGIN).sum();
        let count = (height * 1.6 / width).sqrt().round().max(1.0);
        Self { width, heights: vec![0.0; count as usize] }
    }

    /// The place for a section of this height.
    fn take(&mut self, height: f64) -> (f64, f64) {
        let shortest =
            (0..self.heights.len()).min_by(|a, b| self.heights[*a].total_cmp(&self.heights[*b])).unwrap_or_default();
        let place = (shortest as f64 * self.width, self.heights[shortest]);
        self.heights[shortest] += height + MARGIN;
        place
    }

    fn size(&self) -> (f64, f64) {
        (self.width * self.heights.len() as f64 - MARGIN, self.heights.iter().copied().fold(0.0, f64::max))
    }
}

/// Nodes and edges of a section, around its own origin.
pub(super) fn content(out: &mut String, picture: &Picture, section: &Section, placed: &Placed, words: Words) {
    // Open edges come last, so that nothing lies over them.
    let mut edges: Vec<(&Edge, &Way)> = section.edges.iter().map(|id| &picture.edges[*id]).zip(&placed.edges).collect();
    edges.sort_by_key(|(edge, _)| edge.state);
    for (edge, way) in edges {
        draw_edge(out, picture, edge, way, words);
    }
    for (node, place) in section.nodes.iter().map(|id| &picture.nodes[*id]).zip(&placed.nodes) {
        let leads_in =
            |edge: &&usize| picture.edges[**edge].from == node.id && picture.edges[**edge].state == State::Open;
        let suspect = matches!(node.kind, Kind::Anyone | Kind::Stranger | Kind::Crowd)
            && section.edges.iter().any(|edge| leads_in(&edge));
        draw_node(out, node, *place, suspect, words);
    }
}

/// The class of a state.
pub(super) fn class(state: State) -> &'static str {
    match state {
        State::Sound => "sound",
        State::Undetermined => "undetermined",
        State::Open => "open",
    }
}

/// An edge in words.
pub(super) fn sentence(picture: &Picture, edge: &Edge) -> String {
    let role = edge.role.as_ref().map(|role| format!(" ({role})")).unwrap_or_default();
    let (from, to) = (&picture.nodes[edge.from].label, &picture.nodes[edge.to].label);
    format!("{from} → {} → {to}{role}", edge.meaning.words())
}

fn draw_edge(out: &mut String, picture: &Picture, edge: &Edge, way: &Way, words: Words) {
    let state = class(edge.state);
    let head = match edge.state {
        State::Sound => 'a',
        State::Undetermined => 'u',
        State::Open => 'o',
    };
    let focus = if edge.notes.is_empty() { "" } else { " tabindex=\"0\"" };
    let (x, y) = way.words;
    let line = curve(&way.points);
    let _ = write!(
        out,
        "<g class=\"e {state}\" data-e=\"{}\" data-f=\"{}\" data-t=\"{}\"{focus}>",
        edge.id, edge.from, edge.to
    );
    let mut lines = vec![sentence(picture, edge)];
    if words == Words::Titles {
        lines.extend(edge.notes.iter().flat_map(note_lines));
    }
    described(out, &lines, words);
    // A second, wide and invisible line gives the pointer something to hit.
    let _ = write!(
        out,
        "<path class=\"hit\" d=\"{line}\"/><path class=\"line\" d=\"{line}\" marker-end=\"url(#{head})\"/><text x=\"{x:.0}\" y=\"{:.0}\">{}</text></g>",
        y + 3.0,
        edge.meaning.words()
    );
}

fn draw_node(out: &mut String, node: &Node, place: Place, suspect: bool, words: Words) {
    let Place { left, top, width } = place;
    let suspect = if suspect { " suspect" } else { "" };
    let noted = if node.notes.is_empty() { "" } else { " noted" };
    let _ = write!(
        out,
        "<g class=\"n {} {}{suspect}{noted}\" data-n=\"{}\" tabindex=\"{}\" transform=\"translate({left:.0} {top:.0})\">",
        cloud(node.kind),
        shape(node.kind),
        node.id,
        if node.notes.is_empty() { "-1" } else { "0" },
    );
    let mut lines = vec![node.kind.words().to_owned(), node.label.clone()];
    lines.extend(node.detail.clone());
    lines.extend(node.address.as_ref().map(|address| format!("written in {address}")));
    if words == Words::Titles {
        lines.extend(node.notes.iter().flat_map(note_lines));
    }
    described(out, &lines, words);
    let _ = write!(
        out,
        "<rect class=\"box\" width=\"{width:.0}\" height=\"{HEIGHT}\" rx=\"7\"/><path class=\"bar\" d=\"M0 7a7 7 0 0 1 5-6.7v{}A7 7 0 0 1 0 {}z\"/>\
         <text class=\"kind\" x=\"13\" y=\"14\">{}</text><text class=\"label\" x=\"13\" y=\"30\">{}</text>",
        HEIGHT - 0.6,
        HEIGHT - 7.0,
        node.kind.words(),
        escape(&shorten(&node.label, LETTERS)),
    );
    if !node.notes.is_empty() {
        let _ = write!(
            out,
            "<circle class=\"badge\" cx=\"{width:.0}\" cy=\"0\" r=\"7\"/><text class=\"mark\" x=\"{width:.0}\" y=\"3.5\">!</text>"
        );
    }
    out.push_str("</g>");
}

fn described(out: &mut String, lines: &[String], words: Words) {
    let tag = if words == Words::Titles { "title" } else { "desc" };
    let text: Vec<String> = lines.iter().map(|line| escape(line)).collect();
    let _ = write!(out, "<{tag}>{}</{tag}>", text.join("\n"));
}

fn note_lines(note: &Note) -> Vec<String> {
    let mut lines =
        vec![if note.rule.is_empty() { note.message.clone() } else { format!("{}: {}", note.rule, note.message) }];
    match (&note.witness, &note.no_witness) {
        (Some(claims), _) => lines.push(format!("Gets in and should not: {}", one_line(claims))),
        (None, Some(why)) => lines.push(why.clone()),
        (None, None) => {}
    }
    lines.push(note.remediation.clone());
    lines
}

/// Whose cloud a kind of node belongs to.
fn cloud(kind: Kind) -> &'static str {
    match kind {
        Kind::Provider
        | Kind::Pool
        | Kind::ServiceAccount
        | Kind::Key
        | Kind::DataStore
        | Kind::Resource
        | Kind::AccessLevel
        | Kind::Perimeter => "google",
        Kind::FederatedCredential | Kind::Identity => "azure",
        Kind::OidcProvider | Kind::AwsRole => "aws",
        Kind::Issuer
        | Kind::Anyone
        | Kind::Stranger
        | Kind::Crowd
        | Kind::Subject
        | Kind::Principal
        | Kind::Grant
        | Kind::Unknown => "any",
    }
}

fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Issuer => "issuer",
        Kind::Anyone | Kind::Stranger | Kind::Crowd | Kind::Unknown => "crowd",
        Kind::ServiceAccount | Kind::Identity | Kind::AwsRole => "self",
        Kind::Grant | Kind::Key | Kind::DataStore | Kind::Resource | Kind::Perimeter => "thing",
        _ => "way",
    }
}

/// A smooth line through points: straight at both ends, rounded between.
fn curve(points: &[(f64, f64)]) -> String {
    let mut line = String::new();
    let middle = |a: (f64, f64), b: (f64, f64)| (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
    let _ = write!(line, "M{:.1} {:.1}", points[0].0, points[0].1);
    for pair in points.windows(2).skip(1) {
        let (x, y) = middle(pair[0], pair[1]);
        let _ = write!(line, "Q{:.1} {:.1} {x:.1} {y:.1}", pair[0].0, pair[0].1);
    }
    if let Some((x, y)) = points.last() {
        let _ = write!(line, "L{x:.1} {y:.1}");
    }
    line
}

fn legend() -> &'static str {
    "<g class=\"legend\" transform=\"translate(0 58)\">\
     <path class=\"line\" d=\"M0 0h34\" marker-end=\"url(#a)\"/><text x=\"42\" y=\"4\">as it should be</text>\
     <g class=\"e open\"><path class=\"line\" d=\"M150 0h34\" marker-end=\"url(#o)\"/></g><text x=\"192\" y=\"4\">open: a rule objects</text>\
     <g class=\"e undetermined\"><path class=\"line\" d=\"M328 0h34\" marker-end=\"url(#u)\"/></g><text x=\"370\" y=\"4\">not known yet</text>\
     <circle class=\"badge\" cx=\"478\" cy=\"0\" r=\"7\"/><text class=\"mark\" x=\"478\" y=\"3.5\">!</text><text x=\"492\" y=\"4\">a rule objects, and nobody gets in by it</text></g>"
}
