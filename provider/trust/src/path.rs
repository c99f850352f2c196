//! Attribute paths in the user's configuration, such as `to.gcp.attribute_mapping["google.subject"]`.

use std::fmt;
use std::str::FromStr;

/// A path from the root of a resource to one attribute or map element.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath(Vec<Step>);

/// One step of an [`AttributePath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into an attribute of an object.
    Attribute(String),
    /// Into an element of a map.
    Key(String),
    /// Into an element of a list.
    Index(usize),
}

/// The text is not an attribute path.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an attribute path")]
pub struct ParsePathError(String);

impl AttributePath {
    /// The path `to.gcp.project` from its dotted form, for paths written in this crate's own source.
    pub(crate) fn dotted(path: &str) -> Self {
        Self(path.split('.').map(|name| Step::Attribute(name.to_owned())).collect())
    }

    /// This path and one map key more.
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.to_owned()));
        self
    }

    /// This path and one list element more.
    pub(crate) fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// This path and one attribute more.
    pub(crate) fn attribute(mut self, name: &str) -> Self {
        self.0.push(Step::Attribute(name.to_owned()));
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl From<&str> for AttributePath {
    /// The path in its dotted form, for paths written in this crate's own source.
    fn from(path: &str) -> Self {
        Self::dotted(path)
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if index == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for AttributePath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || ParsePathError(text.to_owned());
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(bracketed) = rest.strip_prefix('[') {
                let mut inner = serde_json::Deserializer::from_str(bracketed).into_iter::<Inner>();
                let step = inner.next().and_then(Result::ok).ok_or_else(malformed)?;
                rest = bracketed[inner.byte_offset()..].strip_prefix(']').ok_or_else(malformed)?;
                steps.push(match step {
                    Inner::Key(key) => Step::Key(key),
                    Inner::Index(index) => Step::Index(index),
                });
            } else {
                let name_and_rest =
                    if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(malformed)? };
                let end = name_and_rest.find(['.', '[']).unwrap_or(name_and_rest.len());
                if end == 0 {
                    return Err(malformed());
                }
                steps.push(Step::Attribute(name_and_rest[..end].to_owned()));
                rest = &name_and_rest[end..];
            }
        }
        Ok(Self(steps))
    }
}

/// What stands between brackets.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Inner {
    Key(String),
    Index(usize),
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_back_as_it_was_written() {
        for path in [
            AttributePath::default(),
            AttributePath::dotted("to.gcp.project"),
            AttributePath::dotted("to.gcp.attribute_mapping").key("google.subject"),
            AttributePath::dotted("a").key("with \"quotes\" and ]"),
            AttributePath::dotted("egress").index(2).attribute("resources"),
        ] {
            assert_eq!(path.to_string().parse::<AttributePath>().unwrap(), path);
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for text in [".a", "a..b", "a[", "a[\"x\"", "a[-1]", "a[1", "a[1.5]", "a[\"x\"]b"] {
            assert!(text.parse::<AttributePath>().is_err(), "{text} was accepted");
        }
    }
}
