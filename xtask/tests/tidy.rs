//! Rules of style that no other tool checks, so that the tree stays easy to read for whoever comes next.

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines that a source file may have.
const LINES: usize = 600;

/// Flat tables that may be longer, and why.
const LONG_TABLES: &[(&str, &str)] = &[];

/// The only places that may hold unsafe code, and why.
const UNSAFE: &[(&str, &str)] = &[
    ("policy-plugin/host/src/", "loading the policy that this very build compiled ahead of time"),
    ("policy-plugin/src/", "the exports that the component model's bindings generate"),
];

/// Words that only mean something on the machine where they were typed.
/// They are put together here so that this file does not hold them itself.
const MACHINE_PATHS: &[&[&str]] =
    &[&["/", "root", "/"], &["/", "home", "/"], &["/", "work", "/"], &["/", "tmp", "/", "team"], &["C:", "\\Users\\"]];

#[test]
fn modules_are_named_after_their_file() {
    none(rust_files(), "call it after the module (`name.rs` beside `name/`)", |path, _| path.ends_with("mod.rs"));
}

#[test]
fn files_are_short() {
    let excused = |path: &Path| LONG_TABLES.iter().any(|(table, _)| path == Path::new(table));
    none(rust_files(), &format!("more than {LINES} lines"), |path, text| {
        text.lines().count() > LINES && !excused(path)
    });
}

#[test]
fn every_module_says_what_it_is_for() {
    none(rust_files(), "the file does not start with a `//!` comment", |_, text| !text.trim_start().starts_with("//!"));
}

#[test]
fn unsafe_code_stays_in_its_places() {
    let keyword = ["un", "safe"].concat();
    let forms = ["{", "fn", "impl", "extern"].map(|what| format!("{keyword} {what}"));
    let allowed = |path: &Path| UNSAFE.iter().any(|(place, _)| path.starts_with(place));
    none(rust_files(), "unsafe code outside its places", |path, text| {
        !allowed(path) && forms.iter().any(|form| code_of(text).any(|line| line.contains(form.as_str())))
    });
}

#[test]
fn comments_are_sentences_not_banners() {
    let bar = |line: &str| {
        let comment =
            line.trim().strip_prefix("//").or_else(|| line.trim().strip_prefix('#')).unwrap_or_default().trim();
        ["====", "----", "****", "####", "~~~~"].iter().any(|bar| comment.starts_with(bar))
    };
    none(rust_files(), "a banner comment", |_, text| text.lines().any(bar));
}

#[test]
fn nothing_is_left_to_do() {
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]].map(|word| word.concat());
    none(text_files(), "an unfinished note", |_, text| {
        text.split(|letter: char| !letter.is_alphanumeric()).any(|word| words.iter().any(|note| note == word))
    });
}

#[test]
fn no_path_of_one_machine() {
    let paths: Vec<String> = MACHINE_PATHS.iter().map(|parts| parts.concat()).collect();
    none(text_files(), "a path of one machine", |_, text| paths.iter().any(|path| text.contains(path.as_str())));
}

#[test]
fn every_crate_says_what_it_is_for() {
    let manifests = files().into_iter().filter(|path| path.ends_with("Cargo.toml"));
    none(manifests, "a crate without a description", |_, text| {
        text.contains("[package]") && !text.lines().any(|line| line.starts_with("description = \""))
    });
}

#[test]
fn every_crate_is_held_to_the_workspace_lints() {
    let manifests = files().into_iter().filter(|path| path.ends_with("Cargo.toml"));
    none(manifests, "`[lints] workspace = true` is missing", |_, text| {
        text.contains("[package]") && !text.contains("[lints]\nworkspace = true")
    });
}

#[test]
fn no_build_product_is_committed() {
    none(files(), "a build product", |path, _| {
        path.extension()
            .is_some_and(|kind| ["wasm", "cwasm", "so", "dll", "exe"].iter().any(|product| kind == *product))
    });
}

/// Fails with every file that `is_bad` picks.
fn none(files: impl IntoIterator<Item = PathBuf>, what: &str, is_bad: impl Fn(&Path, &str) -> bool) {
    let read = |path: &PathBuf| fs::read_to_string(root().join(path)).unwrap_or_default();
    let bad: Vec<String> =
        files.into_iter().filter(|path| is_bad(path, &read(path))).map(|path| path.display().to_string()).collect();
    assert!(bad.is_empty(), "{what}:\n  {}", bad.join("\n  "));
}

/// The lines of a file that are not comments.
fn code_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn rust_files() -> Vec<PathBuf> {
    files().into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

fn text_files() -> Vec<PathBuf> {
    let kinds = ["rs", "toml", "md", "tf", "hcl", "proto", "wit", "yml", "yaml", "json", "sh"];
    files().into_iter().filter(|path| path.extension().is_some_and(|it| kinds.iter().any(|kind| it == *kind))).collect()
}

/// Every file of the tree, relative to its root, without what is built or belongs to version control.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("the folder can be read").flatten() {
            let name = entry.file_name();
            let path = folder.join(&name);
            if entry.path().is_dir() {
                let skipped = ["target", ".git", ".terraform", "node_modules"];
                if !skipped.iter().any(|skip| name == *skip) {
                    folders.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the crate lies in the workspace")
}
