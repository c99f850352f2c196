//! Draws a company of so many trusts in one format, prints the picture, and says on standard error how long each step took:
//! `cargo run --release -p crosscloud-policy-picture --example estate 500 html > picture.html`.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::time::Instant;

use crosscloud_policy_picture::{Format, draw};

#[path = "../tests/estate.rs"]
mod estate;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let trusts = arguments.next().map_or(500, |text| text.parse().unwrap());
    let format: Format = arguments.next().as_deref().unwrap_or("html").parse().unwrap();
    let document = estate::estate(trusts);
    let findings = estate::judge(&document);
    let start = Instant::now();
    let picture = draw(&document, &findings);
    let drawn = start.elapsed();
    let text = format.write(&picture);
    let written = start.elapsed() - drawn;
    let mut errors = std::io::stderr();
    let (nodes, edges) = (picture.nodes.len(), picture.edges.len());
    writeln!(
        errors,
        "{trusts} trusts, {nodes} nodes, {edges} edges: drawn in {drawn:.0?}, written as {format} in {written:.0?}"
    )
    .unwrap();
    writeln!(errors, "{} findings, {} bytes", findings.len(), text.len()).unwrap();
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}
