//! What came out of one command, and what a test may say about it.

use std::path::PathBuf;
use std::process::Output;

use crate::diagnostic::Diagnostic;

/// What one command printed and how it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    command: String,
    folder: PathBuf,
    code: Option<i32>,
    stdout: String,
    stderr: String,
    diagnostics: Vec<Diagnostic>,
}

impl Outcome {
    /// Takes over what a finished command left.
    #[must_use]
    pub fn of(command: String, folder: PathBuf, output: &Output) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { command, folder, code: output.status.code(), diagnostics: Diagnostic::all_in(&stdout), stdout, stderr }
    }

    /// What it printed on standard output.
    #[must_use]
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// What a user sees in the terminal.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The errors and warnings it reported.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Everything it said, with the line breaks and frames that terraform adds taken out.
    #[must_use]
    pub fn text(&self) -> String {
        let said: String = self.diagnostics.iter().map(|diagnostic| diagnostic.text() + "\n").collect();
        plain(&format!("{said}{}\n{}", self.stdout, self.stderr))
    }

    /// It must have succeeded; a plan may hold changes.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.must(matches!(self.code, Some(0 | 2)) && !self.has_errors(), "should have succeeded");
        self
    }

    /// Whether it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.code == Some(1) || self.has_errors()
    }

    /// It must have failed.
    #[track_caller]
    pub fn fails(self) -> Self {
        self.must(self.has_failed(), "should have failed");
        self
    }

    /// It must have failed and said this.
    #[track_caller]
    pub fn fails_with(self, text: &str) -> Self {
        self.fails().says(text)
    }

    /// It must have said this; line breaks do not matter.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        self.must(self.text().contains(&plain(text)), &format!("should have said {text:?}"));
        self
    }

    /// It must not have said this.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        self.must(!self.text().contains(&plain(text)), &format!("should not have said {text:?}"));
        self
    }

    /// It must have reported an error that names `attribute`, says `text`, and shows the lines of the user's file where
    /// the attribute is written.
    #[track_caller]
    pub fn error_at(self, attribute: &str, text: &str) -> Self {
        let found = self.errors().any(|error| {
            plain(&error.text()).contains(&plain(text))
                && error.text().contains(attribute)
                && self.shows(error, attribute)
        });
        self.must(found, &format!("should have reported an error at {attribute} that says {text:?}"));
        self
    }

    /// It must have warned about this.
    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        let found = self.diagnostics.iter().any(|it| !it.is_error() && plain(&it.text()).contains(&plain(text)));
        self.must(found, &format!("should have warned {text:?}"));
        self
    }

    /// The plan must hold no change at all.
    #[track_caller]
    pub fn is_empty_plan(self) -> Self {
        self.must(self.code == Some(0) && !self.has_errors(), "should have found nothing to change");
        self
    }

    /// The plan must hold a change.
    #[track_caller]
    pub fn has_changes(self) -> Self {
        self.must(self.code == Some(2) && !self.has_errors(), "should have found something to change");
        self
    }

    /// The provider must have answered to the end: no crash, no answer that terraform finds inconsistent.
    #[track_caller]
    pub fn provider_behaved(self) -> Self {
        let complaints = [
            "Plugin did not respond",
            "plugin crashed",
            "panicked",
            "Provider produced",
            "Request cancelled",
            "Unsupported plugin method",
            "Plugin error",
        ];
        for complaint in complaints {
            self.must(!self.text().contains(complaint), "should have come back without a fault of the provider's");
        }
        self
    }

    fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error())
    }

    fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Whether the lines shown hold a step of the attribute's path; the header of the resource would hold none.
    fn shows(&self, error: &Diagnostic, attribute: &str) -> bool {
        let steps = || attribute.split(['.', '[', ']', '"']).filter(|step| !step.is_empty());
        error.source(&self.folder).is_some_and(|lines| {
            let words: Vec<&str> = lines.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            !lines.trim_start().starts_with("resource \"") && steps().any(|step| words.contains(&step))
        })
    }

    #[track_caller]
    fn must(&self, held: bool, what: &str) {
        assert!(held, "`{}` {what}\n{}", self.command, self.account());
    }

    /// The command's whole story, for whoever has to find out why a test failed.
    fn account(&self) -> String {
        let said: Vec<String> = if self.diagnostics.is_empty() {
            vec![self.stdout.clone()]
        } else {
            self.diagnostics.iter().map(ToString::to_string).collect()
        };
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| format!("exit code {code}"));
        format!("--> {code}, in {}\n{}\n{}", self.folder.display(), said.join("\n"), self.stderr)
    }
}

/// Text without terraform's frames and line breaks, which depend on the terminal's width.
fn plain(text: &str) -> String {
    text.replace(['│', '╷', '╵'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn frames_and_breaks_do_not_matter() {
        assert_eq!(plain("│ Error: no\n│   such thing\n╵"), "Error: no such thing");
    }
}
