//! The three states of an attribute.

/// An attribute's value in any of the three states that Terraform knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attr<T> {
    /// There is no value.
    #[default]
    Null,
    /// The value will be known during apply.
    Unknown,
    /// The value.
    Known(T),
}

impl<T> Attr<T> {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Attr::Null)
    }

    /// Whether the value is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Attr::Unknown)
    }

    /// Whether there is a known value.
    pub fn is_known(&self) -> bool {
        matches!(self, Attr::Known(_))
    }

    /// The known value.
    pub fn known(&self) -> Option<&T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The known value, to be changed.
    pub fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The known value.
    pub fn into_known(self) -> Option<T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The same state with a reference to the value.
    pub fn as_ref(&self) -> Attr<&T> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => Attr::Known(value),
        }
    }

    /// The same state with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => Attr::Known(change(value)),
        }
    }

    /// The state that follows from a known value; null and unknown stay.
    pub fn and_then<U>(self, change: impl FnOnce(T) -> Attr<U>) -> Attr<U> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => change(value),
        }
    }

    /// This, or `other` where this is null.
    #[must_use]
    pub fn or(self, other: Attr<T>) -> Attr<T> {
        if self.is_null() { other } else { self }
    }

    /// The known value, or `other` where this is null or unknown.
    pub fn known_or(self, other: T) -> T {
        self.into_known().unwrap_or(other)
    }
}

impl Attr<String> {
    /// The known string.
    pub fn as_str(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Self {
        Attr::Known(value)
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Attr::Null, Attr::Known)
    }
}

impl From<&str> for Attr<String> {
    fn from(value: &str) -> Self {
        Attr::Known(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_unknown_pass_through() {
        assert_eq!(Attr::Known(1).map(|n| n + 1), Attr::Known(2));
        assert_eq!(Attr::<i64>::Unknown.map(|n| n + 1), Attr::Unknown);
        assert_eq!(Attr::Null.or(Attr::Known(3)), Attr::Known(3));
        assert_eq!(Attr::Unknown.or(Attr::Known(3)), Attr::Unknown);
        assert_eq!(Attr::<bool>::from(None), Attr::Null);
        assert_eq!(Attr::from("x").as_str(), Some("x"));
    }
}
