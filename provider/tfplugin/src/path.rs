//! Where in a value something is: the address that a diagnostic points at.

use std::borrow::Cow;
use std::fmt;

/// One step down from a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To an attribute of an object.
    Attribute(Cow<'static, str>),
    /// To a member of a map.
    Key(String),
    /// To an element of a list or tuple.
    Index(i64),
}

/// A path from the root of a configuration or state.
///
/// Elements of a set have no address of their own: a path ends at the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// The path of the whole value.
    pub const fn root() -> Path {
        Path(Vec::new())
    }

    /// The path of an attribute below this one.
    #[must_use]
    pub fn attribute(&self, name: impl Into<Cow<'static, str>>) -> Path {
        self.step(Step::Attribute(name.into()))
    }

    /// The path of a map member below this one.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Path {
        self.step(Step::Key(key.into()))
    }

    /// The path of a list or tuple element below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Path {
        self.step(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// The path one step below this one.
    #[must_use]
    pub fn step(&self, step: Step) -> Path {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Path(steps)
    }

    /// Goes one step further down, in place.
    pub(crate) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    /// Goes back the last step, in place.
    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// This path followed by another.
    #[must_use]
    pub fn join(&self, below: &Path) -> Path {
        Path(self.0.iter().chain(&below.0).cloned().collect())
    }

    /// The path that this one is a step below of.
    pub fn parent(&self) -> Option<Path> {
        self.0.split_last().map(|(_, steps)| Path(steps.to_vec()))
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the path of the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Path(steps.into_iter().collect())
    }
}

impl fmt::Display for Path {
    /// As it would be written in the configuration: `to.gcp["eu"][0]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_as_it_is_written() {
        let path = Path::root().attribute("to").attribute("gcp").key("eu\"1").index(3);
        assert_eq!(path.to_string(), "to.gcp[\"eu\\\"1\"][3]");
        assert_eq!(path.parent().map(|parent| parent.to_string()).as_deref(), Some("to.gcp[\"eu\\\"1\"]"));
        assert_eq!(Path::root().to_string(), "");
        assert_eq!(Path::root().parent(), None);
    }
}
