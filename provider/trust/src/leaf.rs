//! Values that may not be known yet.

/// A value of a specification or of a desired object: known, or known only once something else has been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaf<T> {
    /// The value.
    Known(T),
    /// Terraform does not know it yet.
    Unknown,
}

/// A string that may not be known yet.
pub type Text = Leaf<String>;

impl<T> Leaf<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Leaf::Known(value) => Some(value),
            Leaf::Unknown => None,
        }
    }

    /// Whether the value is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Leaf::Unknown)
    }

    /// Applies `f` to a known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Leaf<U> {
        match self {
            Leaf::Known(value) => Leaf::Known(f(value)),
            Leaf::Unknown => Leaf::Unknown,
        }
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> Leaf<&T> {
        match self {
            Leaf::Known(value) => Leaf::Known(value),
            Leaf::Unknown => Leaf::Unknown,
        }
    }
}

impl<T> Leaf<Leaf<T>> {
    /// Known only if both are.
    pub fn flatten(self) -> Leaf<T> {
        match self {
            Leaf::Known(inner) => inner,
            Leaf::Unknown => Leaf::Unknown,
        }
    }
}

impl Text {
    /// A known text.
    pub fn of(value: impl Into<String>) -> Self {
        Leaf::Known(value.into())
    }

    /// Puts pieces together; the result is known only if every piece is.
    pub fn concat<'a>(pieces: impl IntoIterator<Item = Leaf<&'a str>>) -> Self {
        let mut whole = String::new();
        for piece in pieces {
            match piece {
                Leaf::Known(piece) => whole.push_str(piece),
                Leaf::Unknown => return Leaf::Unknown,
            }
        }
        Leaf::Known(whole)
    }

    /// Borrows the text as a piece for [`Text::concat`].
    pub fn piece(&self) -> Leaf<&str> {
        self.as_ref().map(String::as_str)
    }
}

impl<'a> From<&'a str> for Leaf<&'a str> {
    fn from(value: &'a str) -> Self {
        Leaf::Known(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_concatenation_is_unknown_as_soon_as_one_piece_is() {
        let project = Text::of("ml-prod");
        assert_eq!(Text::concat(["projects/".into(), project.piece()]), Text::of("projects/ml-prod"));
        assert_eq!(Text::concat(["projects/".into(), Leaf::Unknown]), Leaf::Unknown);
    }
}
