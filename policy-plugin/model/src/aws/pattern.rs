//! Texts of a policy: wildcards and variables.

use std::str::Chars;

use super::request::{Context, Request};

/// A text of a policy, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
    /// The same where there is no variable, so that nothing has to be put in for each request.
    plain: Option<Vec<Plain>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// This character.
    Character(char),
    /// `*`: any number of characters.
    Any,
    /// `?`: one character.
    One,
    /// `${key}` or `${key, 'default'}`.
    Variable { key: String, default: Option<String> },
}

impl Piece {
    fn plain(&self) -> Option<Plain> {
        match self {
            Self::Character(character) => Some(Plain::Character(*character)),
            Self::Any => Some(Plain::Any),
            Self::One => Some(Plain::One),
            Self::Variable { .. } => None,
        }
    }
}

/// What a text became for one request.
pub(super) enum Resolved {
    /// A text with wildcards.
    Text(Vec<Plain>),
    /// A variable has no value, so the text equals nothing.
    Missing,
    /// A variable has a value that nobody knows.
    Unknown(String),
}

/// A piece without variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Character(char),
    Any,
    One,
}

impl Pattern {
    /// Reads a text. `variables` says whether the policy's version knows them; without, `${` is text.
    #[must_use]
    pub fn read(text: &str, variables: bool) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if variables
                && let Some(inner) = rest.strip_prefix("${")
                && let Some((content, behind)) = inner.split_once('}')
            {
                pieces.push(variable(content));
                rest = behind;
                continue;
            }
            pieces.push(match character {
                '*' => Piece::Any,
                '?' => Piece::One,
                plain => Piece::Character(plain),
            });
            rest = &rest[character.len_utf8()..];
        }
        let plain = pieces.iter().map(Piece::plain).collect();
        Self { pieces, plain }
    }

    /// The pieces, where none is a variable.
    pub(super) fn plain(&self) -> Option<&[Plain]> {
        self.plain.as_deref()
    }

    /// Whether the text holds wildcards.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Any | Piece::One))
    }

    /// Whether the text holds variables.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    /// Whether a text matches, wildcards counting; for actions, which hold no variables.
    #[must_use]
    pub fn matches_ignoring_case(&self, text: &str) -> bool {
        let same = |wanted: char, actual: char| wanted.eq_ignore_ascii_case(&actual);
        self.plain().is_some_and(|plain| matches_by(plain, text, same))
    }

    /// Puts in the values of variables. What comes from a variable is never a wildcard.
    pub(super) fn resolve(&self, request: &Request<'_>) -> Resolved {
        let mut resolved = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            match piece {
                Piece::Character(character) => resolved.push(Plain::Character(*character)),
                Piece::Any => resolved.push(Plain::Any),
                Piece::One => resolved.push(Plain::One),
                Piece::Variable { key, default } => {
                    let value = match (request.context(key), default) {
                        (Context::One(value), _) => value,
                        (Context::Several(values), _) if values.len() == 1 => values[0].clone(),
                        (Context::Absent, Some(default)) => default.as_str().into(),
                        (Context::Absent, None) => return Resolved::Missing,
                        // Whoever chooses the value may choose one that matches, or none that does.
                        _ => return Resolved::Unknown(format!("the value of the variable `{key}`")),
                    };
                    resolved.extend(value.chars().map(Plain::Character));
                }
            }
        }
        Resolved::Text(resolved)
    }
}

fn variable(content: &str) -> Piece {
    let (key, default) = match content.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\'').to_owned())),
        None => (content.trim(), None),
    };
    match key {
        "*" => Piece::Character('*'),
        "?" => Piece::Character('?'),
        "$" => Piece::Character('$'),
        _ => Piece::Variable { key: key.to_owned(), default },
    }
}

/// Whether a text matches as a whole. Takes time in proportion to both lengths, whatever the wildcards.
pub(super) fn matches(pattern: &[Plain], text: &str) -> bool {
    matches_by(pattern, text, |wanted, actual| wanted == actual)
}

fn matches_by(pattern: &[Plain], text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut at, mut rest) = (0, text.chars());
    // Behind the last `*`, and what follows what it takes.
    let mut star: Option<(usize, Chars<'_>)> = None;
    loop {
        let mut behind = rest.clone();
        let Some(actual) = behind.next() else { break };
        match pattern.get(at) {
            Some(Plain::Any) => {
                at += 1;
                star = Some((at, behind));
            }
            Some(Plain::One) => (at, rest) = (at + 1, behind),
            Some(Plain::Character(wanted)) if same(*wanted, actual) => (at, rest) = (at + 1, behind),
            _ => match &mut star {
                // The last `*` takes one character more.
                Some((place, left)) => {
                    (at, rest) = (*place, left.clone());
                    left.next();
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|piece| *piece == Plain::Any)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn wildcards_match_whole_texts() {
        for (pattern, text, expected) in [
            ("sts:*", "sts:AssumeRole", true),
            ("*", "", true),
            ("sts:AssumeRole", "STS:assumerole", true),
            ("sts:Assume?ole", "sts:AssumeRole", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?", "", false),
            ("**a**", "bab", true),
            ("a?", "aé", true),
        ] {
            assert_eq!(Pattern::read(pattern, false).matches_ignoring_case(text), expected, "{pattern} {text}");
        }
        let slow = "*a".repeat(500);
        assert!(!Pattern::read(&slow, false).matches_ignoring_case(&"a".repeat(499)));
    }
}
