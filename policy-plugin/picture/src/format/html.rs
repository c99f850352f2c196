//! The picture as one page for a browser. It asks for nothing over a network, and its policy forbids it to.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crosscloud_policy_model::finding::{Severity, Verdict};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::svg::{ARROWS, Words, class, content, sentence};
use crate::layout::place;
use crate::picture::{Kind, Note, Picture, State};
use crate::sections::{Section, sections};
use crate::text::{escape, shown};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Most sections that are unfolded from the start.
const UNFOLDED: usize = 24;

/// Room around a section's drawing.
const MARGIN: f64 = 10.0;

/// Writes a picture as HTML.
pub(super) fn write(picture: &Picture) -> String {
    let sections = sections(picture);
    let mut out = String::new();
    head(&mut out, picture);
    header(&mut out, picture, &sections);
    out.push_str("<main>\n");
    open_edges(&mut out, picture, &sections);
    let mut groups = BTreeMap::<&str, Vec<(usize, &Section)>>::new();
    for (index, section) in sections.iter().enumerate() {
        groups.entry(&section.issuer).or_default().push((index, section));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // The group with the worst state first; sections stand in that order within each.
    groups.sort_by_key(|(_, members)| {
        Reverse(members.iter().map(|(_, section)| (section.state, section.severity)).max())
    });
    let unfolded = sections.len() <= UNFOLDED;
    out.push_str("<div id=\"groups\">\n");
    for (name, members) in groups {
        let unfold = if unfolded { " open" } else { "" };
        let _ = writeln!(out, "<details class=\"group\"{unfold}><summary><h2>{}</h2></summary>", escape(name));
        for (index, section) in members {
            card(&mut out, picture, index, section, unfolded);
        }
        out.push_str("</details>\n");
    }
    out.push_str("</div>\n<p id=\"none\" hidden>Nothing matches. <button type=\"button\" id=\"reset\">Show everything</button></p>\n");
    if !picture.elsewhere.is_empty() {
        out.push_str("<section class=\"elsewhere\"><h2>Findings that are about nothing in the picture</h2>\n");
        picture.elsewhere.iter().for_each(|note| finding(&mut out, "", note, &[]));
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n<div id=\"tip\" role=\"tooltip\" hidden></div>\n<script>");
    out.push_str(SCRIPT);
    out.push_str("</script>\n</body>\n</html>\n");
    out
}

fn head(out: &mut String, picture: &Picture) {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Who can become whom: {}</title>\n<style>{STYLE}</style>\n</head>\n",
        digest(SCRIPT),
        digest(STYLE),
        escape(&picture.subject),
    );
}

fn header(out: &mut String, picture: &Picture, sections: &[Section]) {
    let count = |is: &dyn Fn(Kind) -> bool| picture.nodes.iter().filter(|node| is(node.kind)).count();
    let edges = |state| picture.edges.iter().filter(|edge| edge.state == state).count();
    let became = count(&|kind| matches!(kind, Kind::ServiceAccount | Kind::Identity | Kind::AwsRole));
    let (open, unclear) = (edges(State::Open), edges(State::Undetermined));
    let tile = |number: usize, one: &str, many: &str, class: &str| {
        let class = if number == 0 { "" } else { class };
        format!("<li class=\"{class}\"><b>{number}</b> {}</li>", if number == 1 { one } else { many })
    };
    let tiles = [
        tile(open, "open edge", "open edges", "open"),
        tile(unclear, "not known yet", "not known yet", "undetermined"),
        tile(sections.len(), "chain of trust", "chains of trust", ""),
        tile(count(&|kind| kind == Kind::Issuer), "issuer", "issuers", ""),
        tile(became, "identity behind them", "identities behind them", ""),
    ];
    let _ = write!(
        out,
        "<body>\n<svg class=\"defs\" aria-hidden=\"true\">{ARROWS}</svg>\n<header>\n<div class=\"headline\"><h1>Who can become whom</h1><p>{}</p></div>\n<ul class=\"tiles\">{}</ul>\n\
         <form role=\"search\">\n<label class=\"search\"><span>Search</span><input id=\"q\" type=\"search\" placeholder=\"repository, account, role, rule …\" autocomplete=\"off\" spellcheck=\"false\"></label>\n\
         <label>Group by <select id=\"by\"><option value=\"issuer\">issuer</option><option value=\"home\">project or account</option><option value=\"none\">nothing</option></select></label>\n\
         <label class=\"check\"><input id=\"open\" type=\"checkbox\"> open only</label>\n\
         <button type=\"button\" id=\"unfold\">Unfold all</button><button type=\"button\" id=\"fold\">Fold all</button><button type=\"button\" id=\"theme\">Theme: auto</button>\n\
         <output id=\"shown\" role=\"status\"></output>\n</form>\n\
         <ul class=\"legend\"><li><i class=\"sound\"></i>as it should be</li><li><i class=\"open\"></i>open: a rule objects</li><li><i class=\"undetermined\"></i>not known yet</li><li><i class=\"mark\">!</i>a rule objects, and nobody gets in by it</li></ul>\n</header>\n",
        escape(&picture.subject),
        tiles.concat(),
    );
}

/// What is open, the worst first, each leading to its section.
fn open_edges(out: &mut String, picture: &Picture, sections: &[Section]) {
    let mut open: Vec<(&Note, usize, usize)> = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let mut told: Vec<&Note> = Vec::new();
        for edge in section.edges.iter().map(|id| &picture.edges[*id]) {
            for note in edge.notes.iter().filter(|note| note.verdict == Verdict::Violation) {
                // One mistake may open several edges; the first says enough here.
                if !told.contains(&note) {
                    told.push(note);
                    open.push((note, edge.id, at));
                }
            }
        }
    }
    if open.is_empty() {
        return;
    }
    open.sort_by_key(|(note, _, section)| (Reverse(note.severity), *section));
    out.push_str("<section class=\"summary\"><h2>What is open</h2><div class=\"scroll\"><table><thead><tr><th>Severity</th><th>Where</th><th>Who gets in</th><th>Rule</th></tr></thead><tbody>\n");
    for (note, edge, section) in open {
        let _ = writeln!(
            out,
            "<tr data-s=\"{section}\"><td><span class=\"severity {0}\">{0}</span></td><td><a href=\"#s{section}\">{1}</a></td><td>{2}</td><td><code>{3}</code></td></tr>",
            severity(note.severity),
            escape(&sections[section].title),
            escape(&sentence(picture, &picture.edges[edge])),
            escape(&note.rule),
        );
    }
    out.push_str("</tbody></table></div></section>\n");
}

fn card(out: &mut String, picture: &Picture, index: usize, section: &Section, unfolded: bool) {
    let placed = place(picture, section);
    let unfold = if unfolded { " open" } else { "" };
    let state = class(section.state);
    let count = |wanted: State| section.edges.iter().filter(|id| picture.edges[**id].state == wanted).count();
    let mut badges = String::new();
    for (state, words) in [(State::Open, "open"), (State::Undetermined, "not known yet")] {
        match count(state) {
            0 => {}
            number => {
                let _ = write!(badges, "<span class=\"badge {}\">{number} {words}</span>", class(state));
            }
        }
    }
    let _ = write!(
        out,
        "<details class=\"card {state}\" id=\"s{index}\" data-issuer=\"{}\" data-home=\"{}\"{unfold}><summary><h3>{}</h3><span class=\"home\">{}</span>{badges}</summary>\n<div class=\"canvas\">",
        escape(&section.issuer),
        escape(&section.home),
        escape(&section.title),
        escape(&section.home),
    );
    let (width, height) = (placed.width + 2.0 * MARGIN, placed.height + 2.0 * MARGIN);
    let _ = write!(
        out,
        "<svg class=\"picture\" role=\"group\" aria-label=\"{}\" viewBox=\"-{MARGIN} -{MARGIN} {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">",
        escape(&section.title)
    );
    content(out, picture, section, &placed, Words::Descriptions);
    out.push_str("</svg></div>\n");
    for Told { note, edges, nodes, about } in told(picture, section) {
        let list = |ids: &[usize]| ids.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        finding(out, &format!(" data-e=\"{}\" data-n=\"{}\"", list(&edges), list(&nodes)), note, &about);
    }
    out.push_str("</details>\n");
}

/// A note with everything in a section that it is about.
struct Told<'a> {
    note: &'a Note,
    edges: Vec<usize>,
    nodes: Vec<usize>,
    about: Vec<String>,
}

/// The notes of a section, each once: those on edges first, the worst before others.
fn told<'a>(picture: &'a Picture, section: &Section) -> Vec<Told<'a>> {
    let mut told: Vec<Told<'a>> = Vec::new();
    let mut tell = |note: &'a Note, edge: Option<usize>, node: Option<usize>, about: String| {
        let known = told.iter_mut().find(|it| it.note == note && it.edges.is_empty() == edge.is_none());
        match known {
            Some(known) => {
                known.edges.extend(edge);
                known.nodes.extend(node);
                known.about.push(about);
            }
            None => told.push(Told {
                note,
                edges: edge.into_iter().collect(),
                nodes: node.into_iter().collect(),
                about: vec![about],
            }),
        }
    };
    let mut edges: Vec<_> = section.edges.iter().map(|id| &picture.edges[*id]).collect();
    edges.sort_by_key(|edge| Reverse((edge.state, edge.notes.first().map(|note| note.severity))));
    for edge in edges {
        edge.notes.iter().for_each(|note| tell(note, Some(edge.id), None, sentence(picture, edge)));
    }
    for node in section.nodes.iter().map(|id| &picture.nodes[*id]) {
        let about = || format!("{} {}", node.kind.words(), node.label);
        node.notes.iter().for_each(|note| tell(note, None, Some(node.id), about()));
    }
    told
}

fn finding(out: &mut String, data: &str, note: &Note, about: &[String]) {
    let verdict = if note.verdict == Verdict::Violation { "violation" } else { "undetermined" };
    let _ = write!(out, "<article class=\"finding {verdict}\"{data}><h4>");
    if !note.rule.is_empty() {
        let _ = write!(
            out,
            "<span class=\"severity {0}\">{0}</span><code>{1}</code>",
            severity(note.severity),
            escape(&note.rule)
        );
    }
    for about in about {
        let _ = write!(out, "<span class=\"about\">{}</span>", escape(about));
    }
    let _ = write!(out, "</h4><p>{}</p>", escape(&note.message));
    if let Some(claims) = &note.witness {
        out.push_str("<p class=\"caption\">Gets in and should not:</p><dl class=\"witness\">");
        for (name, value) in telling(claims) {
            let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(&shown(value)));
        }
        out.push_str("</dl>");
    }
    if let Some(why) = &note.no_witness {
        let _ = write!(out, "<p class=\"caption\">{}</p>", escape(why));
    }
    let _ = write!(out, "<p class=\"remedy\"><b>Instead:</b> {}</p>", escape(&note.remediation));
    if !note.path.is_empty() {
        let _ = write!(out, "<p class=\"caption\">Written in <code>{}</code></p>", escape(&note.path));
    }
    out.push_str("</article>\n");
}

/// Claims that say who somebody is, the most telling first; the times of a token say nothing.
fn telling(claims: &BTreeMap<String, Value>) -> Vec<(&String, &Value)> {
    const FIRST: [&str; 4] = ["iss", "sub", "arn", "aud"];
    const TIMES: [&str; 3] = ["exp", "iat", "nbf"];
    let mut claims: Vec<_> = claims.iter().filter(|(name, _)| !TIMES.contains(&name.as_str())).collect();
    claims.sort_by_key(|(name, _)| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    claims
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
