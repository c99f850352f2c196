//! Small pictures in every form, as they are written. `UPDATE_GOLDEN=1` writes them anew.
//!
//! The page for browsers is not among them: most of it is style and script, and the browser's tests look at what matters.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use crosscloud_policy_picture::{Format, draw};
use crosscloud_policy_plugin::examples::Base;

mod estate;

type Change = (&'static str, &'static str);

const PICTURES: [(&str, Base, &[Change]); 3] = [
    ("tight", Base::Plan, &[]),
    ("open", Base::GitHub, &[("/providers/0/attribute_condition", "null")]),
    ("unknown", Base::Aks, &[("/unknown", r#"["/providers/0/attribute_condition"]"#)]),
];

#[test]
fn the_guide_shows_what_is_drawn() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(root.join("../../docs/guides/picture.md")).unwrap();
    let golden = std::fs::read_to_string(root.join("tests/golden/open.mmd")).unwrap();
    assert!(
        guide.contains(&format!("```mermaid\n{golden}```")),
        "docs/guides/picture.md shows another picture than tests/golden/open.mmd"
    );
}

#[test]
fn small_pictures_are_written_as_they_were() {
    for (name, base, changes) in PICTURES {
        let document = estate::example(base, changes);
        let picture = draw(&document, &estate::judge(&document));
        for (format, ending) in
            [(Format::Svg, "svg"), (Format::Mermaid, "mmd"), (Format::Dot, "dot"), (Format::Json, "json")]
        {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{ending}"));
            let text = format.write(&picture);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, text).unwrap();
            } else {
                let golden = std::fs::read_to_string(&path).unwrap_or_default();
                assert_eq!(golden, text, "{} is stale: run this test with UPDATE_GOLDEN=1", path.display());
            }
        }
    }
}
