//! The picture as a flowchart for Markdown, which GitHub and GitLab draw where they show it.

use std::fmt::Write;

use crate::picture::{Kind, Picture, State};
use crate::text::shorten;

/// Writes a picture as a Mermaid flowchart.
pub(super) fn write(picture: &Picture) -> String {
    let mut out = String::from("flowchart LR\n");
    for node in &picture.nodes {
        let label = format!("{}<br><i>{}</i>", quoted(&shorten(&node.label, 60)), node.kind.words());
        let (left, right) = match node.kind {
            Kind::Issuer => ("([", "])"),
            Kind::Anyone | Kind::Stranger | Kind::Crowd => ("{{", "}}"),
            _ => ("[", "]"),
        };
        let _ = writeln!(out, "  n{}{left}\"{label}\"{right}", node.id);
    }
    for edge in &picture.edges {
        let arrow = match edge.state {
            State::Sound => "-->",
            State::Undetermined => "-.->",
            State::Open => "==>",
        };
        let rule = edge.notes.first().map_or("", |note| note.rule.as_str());
        let rule = if rule.is_empty() { String::new() } else { format!("<br>{}", quoted(rule)) };
        let words = edge.meaning.words();
        let _ = writeln!(out, "  n{} {arrow}|\"{words}{rule}\"| n{}", edge.from, edge.to);
    }
    for (state, style) in
        [(State::Open, "stroke:#c81e1e,stroke-width:3px,color:#c81e1e"), (State::Undetermined, "stroke:#b45309")]
    {
        let edges: Vec<String> =
            picture.edges.iter().filter(|edge| edge.state == state).map(|edge| edge.id.to_string()).collect();
        if !edges.is_empty() {
            let _ = writeln!(out, "  linkStyle {} {style}", edges.join(","));
        }
    }
    let suspects = picture.nodes.iter().filter(|node| !node.notes.is_empty());
    let suspects: Vec<String> = suspects.map(|node| format!("n{}", node.id)).collect();
    if !suspects.is_empty() {
        let _ = writeln!(out, "  classDef noted stroke:#c2410c,stroke-width:2px\n  class {} noted", suspects.join(","));
    }
    out
}

/// A text inside quotes. Mermaid reads HTML and Markdown there, and entities are its only escape.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            plain if plain.is_alphanumeric() || " .,:/@-=()".contains(plain) => out.push(plain),
            other => {
                let _ = write!(out, "#{};", u32::from(other));
            }
        }
    }
    out
}
