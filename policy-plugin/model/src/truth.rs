//! Answers with a third value: yes, no, and "it cannot be said".

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// It cannot be said, and why.
    Unknown(String),
}

impl Truth {
    /// The answer to the opposite question.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Whether one of the answers is yes. A yes decides whatever the others are.
    #[must_use]
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::fold(answers, &Self::Yes, Self::No)
    }

    /// Whether all of the answers are yes. A no decides whatever the others are.
    #[must_use]
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::fold(answers, &Self::No, Self::Yes)
    }

    fn fold(answers: impl IntoIterator<Item = Self>, deciding: &Self, otherwise: Self) -> Self {
        let mut result = otherwise;
        for answer in answers {
            if answer == *deciding {
                return answer;
            }
            if matches!(answer, Self::Unknown(_)) && !matches!(result, Self::Unknown(_)) {
                result = answer;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, No, Unknown, Yes};

    #[test]
    fn one_deciding_answer_is_enough() {
        let open = || Unknown("why".to_owned());
        assert_eq!(Truth::any([No, open(), Yes]), Yes);
        assert_eq!(Truth::any([No, open()]), open());
        assert_eq!(Truth::any([]), No);
        assert_eq!(Truth::all([Yes, open(), No]), No);
        assert_eq!(Truth::all([Yes, open()]), open());
        assert_eq!(Truth::all([]), Yes);
        assert_eq!(Yes.negated(), No);
        assert_eq!(open().negated(), open());
    }
}
