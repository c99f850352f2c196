//! Lines of the configuration: where a finding is written. Plans do not say it, so the files beside them are read.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use hcl_edit::Span;
use hcl_edit::structure::{Block, Body};

use crate::plan::Configuration;
use crate::report::{Finding, Place};

/// The folder of a root module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    folder: PathBuf,
}

/// A file of a module.
struct File {
    name: String,
    text: String,
    body: Body,
}

impl Sources {
    /// The configuration in a folder. Its files are shown as they are reached from where that folder is counted from; those of a folder with
    /// an absolute path, from the folder on.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Adds to findings where they are written, as far as files can be found and read.
    pub(crate) fn place(&self, findings: &mut [Finding], configuration: &Configuration<'_>) {
        let mut folders: BTreeMap<PathBuf, Vec<File>> = BTreeMap::new();
        for finding in findings {
            let Some(address) = Address::of(&finding.address) else { continue };
            let Some(folder) = configuration.folder(&address.modules) else { continue };
            let files = folders.entry(folder.clone()).or_insert_with(|| self.read(&folder));
            finding.source = files.iter().find_map(|file| file.find(&address, &finding.path));
        }
    }

    fn read(&self, folder: &Path) -> Vec<File> {
        let Ok(entries) = std::fs::read_dir(self.folder.join(folder)) else { return Vec::new() };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "tf")).collect();
        paths.sort();
        let shown = if self.folder.is_absolute() { folder.to_owned() } else { self.folder.join(folder) };
        let shown = plain(&shown);
        let file = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).ok()?;
            // What is not valid HCL did not give this plan.
            let body = hcl_edit::parser::parse_body(&text).ok()?;
            let name = shown.join(path.file_name()?).to_string_lossy().into_owned();
            Some(File { name, text, body })
        };
        paths.into_iter().filter_map(file).collect()
    }
}

/// A path without detours, by its words alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        let inside = matches!(plain.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if inside => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// What of an address stands in configuration.
struct Address {
    modules: Vec<String>,
    type_name: String,
    name: String,
}

impl Address {
    fn of(address: &str) -> Option<Self> {
        let plain = crate::plan::without_keys(address);
        let mut parts: Vec<&str> = plain.split('.').collect();
        let (name, type_name) = (parts.pop()?.to_owned(), parts.pop()?.to_owned());
        let modules = parts.into_iter().filter(|part| *part != "module").map(str::to_owned).collect();
        Some(Self { modules, type_name, name })
    }
}

impl File {
    /// The line of the attribute, or of the block where the attribute is left out.
    fn find(&self, address: &Address, path: &str) -> Option<Place> {
        let block = self.body.get_blocks("resource").find(|block| {
            let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
            labels == [address.type_name.as_str(), address.name.as_str()]
        })?;
        let start = deepest(block, path)?;
        let line = self.text[..start].lines().count().max(1);
        let line = if self.text[..start].ends_with('\n') { line + 1 } else { line };
        let text = self.text.lines().nth(line - 1)?.to_owned();
        Some(Place { file: self.name.clone(), line, text })
    }
}

/// Where the deepest part of a path that is written begins.
fn deepest(block: &Block, path: &str) -> Option<usize> {
    let mut body = &block.body;
    let mut start = block.span()?.start;
    for step in path.split('.') {
        let name = step.split('[').next().unwrap_or_default();
        if let Some(attribute) = body.get_attribute(name) {
            return attribute.span().map(|span| span.start);
        }
        let Some(inner) = body.get_blocks(name).next() else { break };
        start = inner.span().map_or(start, |span| span.start);
        body = &inner.body;
    }
    Some(start)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_no_detours() {
        for (path, expected) in
            [(".", ""), ("./infra/./ci", "infra/ci"), ("infra/../modules/ci", "modules/ci"), ("../x", "../x")]
        {
            assert_eq!(plain(Path::new(path)), Path::new(expected));
        }
    }

    #[test]
    fn an_attribute_is_found_in_its_block() {
        let text = "# a comment\nresource \"google_x\" \"y\" {\n  name = \"n\"\n  oidc {\n    issuer_uri = \"http://i\"\n  }\n}\n";
        let file = File {
            name: "main.tf".to_owned(),
            text: text.to_owned(),
            body: hcl_edit::parser::parse_body(text).unwrap(),
        };
        let address = Address::of("module.a[0].google_x.y[\"k.l\"]").unwrap();
        assert_eq!(address.modules, ["a"]);
        let line =
            |path: &str| file.find(&address, path).map(|place| (place.line, place.text.trim().to_owned())).unwrap();
        assert_eq!(line("oidc[0].issuer_uri"), (5, "issuer_uri = \"http://i\"".to_owned()));
        assert_eq!(line("oidc[0].jwks_json"), (4, "oidc {".to_owned()));
        assert_eq!(line("attribute_condition"), (2, "resource \"google_x\" \"y\" {".to_owned()));
    }
}
