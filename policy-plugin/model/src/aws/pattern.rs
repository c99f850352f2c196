//! Texts of a policy: wildcards and variables.

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
        let pieces: Vec<Plain> = self
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Character(character) => Some(Plain::Character(character.to_ascii_lowercase())),
                Piece::Any => Some(Plain::Any),
                Piece::One => Some(Plain::One),
                Piece::Variable { .. } => None,
            })
            .collect();
        matches(&pieces, &text.to_ascii_lowercase())
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
                        (Context::Values(values), _) if values.len() == 1 => values[0].clone(),
                        (Context::Absent, Some(default)) => default.clone(),
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
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(Plain::Any) => {
                star = Some((at, from));
                at += 1;
            }
            Some(Plain::One) => (at, from) = (at + 1, from + 1),
            Some(Plain::Character(character)) if *character == text[from] => (at, from) = (at + 1, from + 1),
            _ => match star {
                // The last `*` takes one character more.
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, from) = (place + 1, taken + 1);
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
