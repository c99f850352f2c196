//! What holds for every picture, whoever wrote the document.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::Verdict;
use crosscloud_policy_picture::{Format, Picture, State, draw};
use crosscloud_policy_plugin::examples::Example;
use crosscloud_policy_plugin::rules;
use proptest::prelude::*;
use serde_json::Value;

mod estate;

/// Texts that would do harm where they are not escaped.
const HOSTILE: [&str; 6] = [
    "<script>document.title='broken'</script>",
    "\"><img src=x onerror=\"document.title='broken'\">",
    "' onmouseover='alert(1)' x='",
    "]]></desc></svg><iframe src=javascript:alert(1)>",
    "a\u{202e}gnp.exe\u{0}\u{7}\n  n1 -> n2 [label=\"x\"];",
    "\"]; click n0 href \"javascript:alert(1)\" %%{init: {}}%% `x` &lt; \\\" end",
];

fn examples() -> impl Iterator<Item = &'static Example> {
    rules::all().iter().flat_map(|rule| rule.examples)
}

fn drawn(document: &TrustDocument) -> Picture {
    draw(document, &estate::judge(document))
}

#[test]
fn every_finding_of_every_example_is_shown() {
    for example in examples() {
        let document = example.document().unwrap();
        let found = estate::judge(&document);
        let picture = draw(&document, &found);
        let on_edges = picture.edges.iter().flat_map(|edge| &edge.notes);
        let shown = on_edges.chain(picture.nodes.iter().flat_map(|node| &node.notes)).chain(&picture.elsewhere);
        let shown: BTreeSet<&str> = shown.map(|note| note.rule.as_str()).collect();
        for finding in &found {
            assert!(shown.contains(finding.rule.as_str()), "{}: {} is lost", example.title, finding.rule);
        }
        check(&picture, example.title);
    }
}

#[test]
fn a_token_that_gets_in_makes_a_red_edge() {
    for example in examples() {
        let document = example.document().unwrap();
        let found = estate::judge(&document);
        let picture = draw(&document, &found);
        for finding in found.iter().filter(|it| it.verdict == Verdict::Violation && it.witness.is_some()) {
            let red = picture.edges.iter().filter(|edge| edge.state == State::Open).flat_map(|edge| &edge.notes);
            let shows = red.filter(|note| note.rule == finding.rule).any(|note| note.witness.is_some());
            let about_nobody =
                finding.pointer.starts_with("/github_environments") || finding.pointer.starts_with("/azure_role");
            assert!(shows || about_nobody, "{}: {} at {}", example.title, finding.rule, finding.pointer);
        }
    }
}

#[test]
fn every_node_and_edge_is_on_the_page_and_in_the_image() {
    let picture = drawn(&estate::estate(64));
    for format in [Format::Html, Format::Svg] {
        let text = format.write(&picture);
        for edge in &picture.edges {
            assert!(text.contains(&format!("data-e=\"{}\" data-f", edge.id)), "{format} lacks {edge:?}");
        }
        for node in &picture.nodes {
            assert!(text.contains(&format!("data-n=\"{}\" tabindex", node.id)), "{format} lacks {node:?}");
        }
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = estate::estate(24);
    for format in Format::ALL {
        assert_eq!(format.write(&drawn(&document)), format.write(&drawn(&document)), "{format}");
    }
}

#[test]
fn no_name_becomes_markup() {
    for example in examples().step_by(5) {
        for hostile in HOSTILE {
            let mut value = serde_json::to_value(example.document().unwrap()).unwrap();
            spoil(&mut value, hostile, "");
            let Ok(document) = serde_json::from_value::<TrustDocument>(value) else { continue };
            let mut found = estate::judge(&document);
            for finding in &mut found {
                finding.message = hostile.to_owned();
                finding.rule = hostile.to_owned();
                finding.witness.get_or_insert_default().insert(hostile.to_owned(), hostile.into());
            }
            let picture = draw(&document, &found);
            check(&picture, example.title);
            let html = Format::Html.write(&picture);
            assert_eq!(html.matches("<script>").count(), 1, "{hostile}");
            assert!(
                !html.contains("<img") && !html.contains("<iframe") && !html.contains("' onmouseover"),
                "{hostile}"
            );
            let svg = Format::Svg.write(&picture);
            roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{hostile}: {error}"));
            let json: Value = serde_json::from_str(&Format::Json.write(&picture)).unwrap();
            assert_eq!(json["schema_version"], 1);
            // A text stays on its line and inside its quotes.
            let dot = Format::Dot.write(&picture);
            assert_eq!(dot.lines().count(), picture.nodes.len() + picture.edges.len() + 5, "{dot}");
            for line in dot.lines() {
                let bare = line.replace("\\\\", "").replace("\\\"", "");
                assert_eq!(bare.matches('"').count() % 2, 0, "{line}");
            }
            let mermaid = Format::Mermaid.write(&picture);
            // Every text is between quotes, where Mermaid takes no orders.
            assert!(
                mermaid.lines().all(|line| line.matches('"').count() % 2 == 0 && line.matches('"').count() <= 2),
                "{mermaid}"
            );
        }
    }
}

/// Puts a text into every place of a document that holds text, except where only some words are allowed.
fn spoil(value: &mut Value, hostile: &str, name: &str) {
    const CLOSED: [&str; 7] = ["kind", "scope", "resource_kind", "authority", "unknown", "sensitive", "origins"];
    match value {
        Value::String(text) if !CLOSED.contains(&name) => text.push_str(hostile),
        Value::Array(items) if !CLOSED.contains(&name) => items.iter_mut().for_each(|item| spoil(item, hostile, "")),
        Value::Object(entries) if !CLOSED.contains(&name) => {
            entries.iter_mut().for_each(|(name, item)| spoil(item, hostile, name));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is sensitive is in no form of the picture, also where the same value stands in a place that is not.
    #[test]
    fn sensitive_values_are_never_shown(choice in any::<prop::sample::Index>(), place in any::<prop::sample::Index>()) {
        let all: Vec<&Example> = examples().collect();
        let mut document = choice.get(&all).document().unwrap();
        let value = serde_json::to_value(&document).unwrap();
        let mut leaves = Vec::new();
        texts(&value, String::new(), &mut leaves);
        let (pointer, secret) = place.get(&leaves);
        // Issuers and the like turn up in words of the picture itself; whatever somebody keeps secret has a name of its own.
        let telling = |secret: &str| secret.len() > 12 && !secret.starts_with("https://");
        prop_assume!(telling(secret));
        document.sensitive.insert(pointer.clone());
        let picture = drawn(&document);
        check(&picture, pointer);
        for format in Format::ALL {
            prop_assert!(!format.write(&picture).contains(secret.as_str()), "{format} shows {secret} of {pointer}");
        }
    }

    /// Whatever is taken away from a document, or not known in it, it is drawn.
    #[test]
    fn whatever_is_missing_a_picture_is_drawn(choice in any::<prop::sample::Index>(), missing in prop::collection::vec(any::<prop::sample::Index>(), 0..6), unknown in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let all: Vec<&Example> = examples().collect();
        let document = choice.get(&all).document().unwrap();
        let mut value = serde_json::to_value(&document).unwrap();
        let mut leaves = Vec::new();
        texts(&value, String::new(), &mut leaves);
        for place in &missing {
            if let Some(leaf) = value.pointer_mut(&place.get(&leaves).0) {
                *leaf = Value::Null;
            }
        }
        let mut document = serde_json::from_value(value).unwrap_or(document);
        document.unknown.extend(unknown.iter().map(|place| place.get(&leaves).0.clone()));
        let picture = drawn(&document);
        check(&picture, "less");
        prop_assert!(roxmltree::Document::parse(&Format::Svg.write(&picture)).is_ok());
    }
}

/// Text leaves of a document with their pointers, without the words that the format itself gives.
fn texts(value: &Value, pointer: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((pointer, text.clone())),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| texts(item, format!("{pointer}/{at}"), found))
        }
        Value::Object(entries) => {
            let own = |name: &str| {
                !matches!(
                    name,
                    "kind"
                        | "scope"
                        | "resource_kind"
                        | "authority"
                        | "unknown"
                        | "sensitive"
                        | "origins"
                        | "Version"
                        | "Effect"
                        | "Action"
                )
            };
            let entries = entries.iter().filter(|(name, _)| own(name));
            entries.for_each(|(name, item)| {
                texts(item, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found)
            });
        }
        _ => {}
    }
}

/// What holds for each picture.
fn check(picture: &Picture, about: &str) {
    for (id, node) in picture.nodes.iter().enumerate() {
        assert!(node.id == id && !node.label.is_empty() && !node.home.is_empty(), "{about}: {node:?}");
    }
    for (id, edge) in picture.edges.iter().enumerate() {
        assert!(edge.id == id && edge.from < picture.nodes.len() && edge.to < picture.nodes.len(), "{about}: {edge:?}");
        let worst = edge.notes.iter().map(|note| match note.verdict {
            Verdict::Violation => State::Open,
            Verdict::Undetermined => State::Undetermined,
        });
        assert_eq!(worst.max().unwrap_or(State::Sound), edge.state, "{about}: {edge:?}");
        for note in edge.notes.iter().filter(|note| note.verdict == Verdict::Violation) {
            assert!(
                note.witness.is_some() != note.no_witness.is_some(),
                "{about}: a red edge without a token or a reason: {edge:?}"
            );
            assert!(!note.remediation.is_empty(), "{about}: {edge:?}");
        }
    }
}
