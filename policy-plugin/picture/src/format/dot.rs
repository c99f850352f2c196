//! The picture for Graphviz.

use std::fmt::Write;

use crate::picture::{Kind, Picture, State};
use crate::text::{one_line, shorten};

/// Writes a picture as DOT.
pub(super) fn write(picture: &Picture) -> String {
    let mut out = String::from("digraph \"who can become whom\" {\n  rankdir=LR;\n");
    out.push_str("  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];\n");
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    for node in &picture.nodes {
        let shape = match node.kind {
            Kind::Issuer => ", shape=ellipse",
            Kind::Grant => ", shape=note",
            Kind::Anyone | Kind::Stranger | Kind::Crowd => ", style=\"rounded,filled,dashed\"",
            _ => "",
        };
        let colour = if node.notes.is_empty() { "" } else { ", color=\"#c2410c\"" };
        let label = quoted(&format!("{}\n{}", shorten(&node.label, 60), node.kind.words()));
        let tooltip = quoted(node.detail.as_ref().unwrap_or(&node.label));
        let _ = writeln!(out, "  n{} [label={label}, tooltip={tooltip}{shape}{colour}];", node.id);
    }
    for edge in &picture.edges {
        let words = match &edge.role {
            Some(role) => format!("{}\n{role}", edge.meaning.words()),
            None => edge.meaning.words().to_owned(),
        };
        let style = match edge.state {
            State::Sound => "",
            State::Undetermined => ", color=\"#b45309\", style=dashed",
            State::Open => ", color=\"#c81e1e\", fontcolor=\"#c81e1e\", penwidth=2.5",
        };
        let tooltip = match edge.notes.first() {
            Some(note) => {
                let witness = note.witness.as_ref().map(one_line).or_else(|| note.no_witness.clone());
                let witness = witness.unwrap_or_default();
                format!(", tooltip={}", quoted(&format!("{}: {}\n{witness}", note.rule, note.message)))
            }
            None => String::new(),
        };
        let _ = writeln!(out, "  n{} -> n{} [label={}{style}{tooltip}];", edge.from, edge.to, quoted(&words));
    }
    out.push_str("}\n");
    out
}

/// A text in quotes. Graphviz reads escapes in labels, so a backslash of the text is doubled.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
