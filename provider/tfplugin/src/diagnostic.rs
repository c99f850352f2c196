//! What a provider tells the user: errors and warnings, each at the attribute that it is about.

use std::fmt;

use crate::path::Path;

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation goes on.
    Warning,
}

/// One message for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How serious it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: String,
    /// Why it is wrong and what to do about it.
    pub detail: String,
    /// The attribute that it is about; without one, the whole block.
    pub path: Option<Path>,
}

impl Diagnostic {
    /// An error about the whole block.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: None }
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    /// An error about one attribute.
    pub fn attribute_error(path: &Path, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic::error(summary, detail).at(path)
    }

    /// A warning about one attribute.
    pub fn attribute_warning(path: &Path, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic::warning(summary, detail).at(path)
    }

    /// The same message about the attribute at `path`. The root is the whole block.
    #[must_use]
    pub fn at(mut self, path: &Path) -> Self {
        self.path = (!path.is_root()).then(|| path.clone());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.severity {
            Severity::Error => "error: ",
            Severity::Warning => "warning: ",
        })?;
        formatter.write_str(&self.summary)?;
        if let Some(path) = &self.path {
            write!(formatter, " (at {path})")?;
        }
        if !self.detail.is_empty() {
            write!(formatter, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// Messages in the order in which they were found, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No message.
    pub const fn new() -> Self {
        Diagnostics(Vec::new())
    }

    /// Adds a message unless the very same one is there already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Adds an error about the whole block.
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail));
    }

    /// Adds a warning about the whole block.
    pub fn warning(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::warning(summary, detail));
    }

    /// Adds an error about one attribute.
    pub fn attribute_error(&mut self, path: &Path, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::attribute_error(path, summary, detail));
    }

    /// Adds a warning about one attribute.
    pub fn attribute_warning(&mut self, path: &Path, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::attribute_warning(path, summary, detail));
    }

    /// The value of a success; the messages of a failure are added to these.
    pub fn absorb<T>(&mut self, result: Result<T, impl Into<Diagnostics>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(messages) => {
                self.extend(messages.into());
                None
            }
        }
    }

    /// Whether any message is an error.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The messages in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// `value`, unless there is an error. Warnings alone are lost with the success: keep the diagnostics if they matter.
    ///
    /// # Errors
    /// These diagnostics, if one of them is an error.
    pub fn or_value<T>(self, value: T) -> Result<T, Diagnostics> {
        if self.has_error() { Err(self) } else { Ok(value) }
    }
}

/// The result of an operation that may fail, or succeed with warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<T> {
    /// The result; absent after an error.
    pub value: Option<T>,
    /// What to tell the user.
    pub diagnostics: Diagnostics,
}

impl<T> Outcome<T> {
    /// A success.
    pub fn done(value: T) -> Self {
        Outcome { value: Some(value), diagnostics: Diagnostics::new() }
    }

    /// A failure.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Outcome { value: None, diagnostics: diagnostics.into() }
    }

    /// The same outcome with more messages.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        self.diagnostics.extend(diagnostics);
        self
    }
}

impl<T> From<Result<T, Diagnostics>> for Outcome<T> {
    fn from(result: Result<T, Diagnostics>) -> Self {
        match result {
            Ok(value) => Outcome::done(value),
            Err(diagnostics) => Outcome::failed(diagnostics),
        }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, diagnostic) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            fmt::Display::fmt(diagnostic, formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        let mut collected = Diagnostics::new();
        collected.extend(diagnostics);
        collected
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_is_told_once() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.warning("slow", "");
        diagnostics.warning("slow", "");
        assert_eq!(diagnostics.len(), 1);
        assert!(!diagnostics.has_error());
        diagnostics.attribute_error(&Path::root().attribute("name"), "bad name", "use a-z");
        assert!(diagnostics.has_error());
        assert_eq!(diagnostics.to_string(), "warning: slow\nerror: bad name (at name): use a-z");
    }

    #[test]
    fn an_error_at_the_root_is_about_the_whole_block() {
        assert_eq!(Diagnostic::attribute_error(&Path::root(), "no", "").path, None);
    }
}
