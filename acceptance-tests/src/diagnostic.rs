//! Terraform's diagnostics as its machine-readable output carries them.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// One error or warning.
#[derive(Clone, Debug, Deserialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// The first line.
    pub summary: String,
    /// The rest.
    #[serde(default)]
    pub detail: String,
    /// The resource's address, if it is about one.
    #[serde(default)]
    pub address: Option<String>,
    /// Where in the user's configuration.
    #[serde(default)]
    pub range: Option<Range>,
}

/// A place in a configuration file.
#[derive(Clone, Debug, Deserialize)]
pub struct Range {
    /// The file, relative to the working folder.
    pub filename: String,
    /// The first character.
    pub start: Position,
    /// The one after the last.
    pub end: Position,
}

/// A character in a file.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

impl Diagnostic {
    /// Reads the diagnostics from the output of `-json`: a line each, or all in one object (`validate`).
    #[must_use]
    pub fn all_in(output: &str) -> Vec<Self> {
        let read = |value: &Value| Self::deserialize(value).ok();
        if let Ok(whole) = serde_json::from_str::<Value>(output)
            && let Some(diagnostics) = whole["diagnostics"].as_array()
        {
            return diagnostics.iter().filter_map(read).collect();
        }
        let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["type"] == "diagnostic").filter_map(|line| read(&line["diagnostic"])).collect()
    }

    /// Whether this is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Summary and detail as one text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.summary, self.detail)
    }

    /// The lines of the user's file that terraform shows with this diagnostic.
    #[must_use]
    pub fn source(&self, folder: &Path) -> Option<String> {
        let range = self.range.as_ref()?;
        let file = std::fs::read_to_string(folder.join(&range.filename)).ok()?;
        // A range that ends in the first column covers nothing of its last line.
        let last = if range.end.column == 1 && range.end.line > range.start.line {
            range.end.line - 1
        } else {
            range.end.line
        };
        let lines = file.lines().skip(range.start.line - 1).take(last - range.start.line + 1);
        Some(lines.collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.summary)?;
        if let Some(range) = &self.range {
            write!(f, "\n  on {} line {}", range.filename, range.start.line)?;
        }
        self.detail.lines().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostics_are_found_in_both_forms() {
        let line = r#"{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"No","detail":"why",
            "range":{"filename":"main.tf","start":{"line":2,"column":3,"byte":9},"end":{"line":2,"column":9,"byte":15}}}}"#
            .replace('\n', " ");
        let stream = format!("{{\"type\":\"version\"}}\n{line}\nnot json\n");
        let found = Diagnostic::all_in(&stream);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_error());
        assert_eq!(found[0].to_string(), "error: No\n  on main.tf line 2\n  why");
        let whole = r#"{"valid":false,"diagnostics":[{"severity":"warning","summary":"Hm"}]}"#;
        assert_eq!(Diagnostic::all_in(whole)[0].text(), "Hm\n");
    }
}
