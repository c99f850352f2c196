//! The expression language of flexible federated credentials, version 1.

use crate::token::Token;

/// A parsed expression: comparisons, all of which must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The comparisons, in order; at least one.
    pub comparisons: Vec<Comparison>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Name of the claim.
    pub claim: String,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub comparand: String,
}

/// How a claim is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `eq`: exactly.
    Eq,
    /// `matches`: with `*` for any characters and `?` for one.
    Matches,
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Something else should stand here.
    #[error("at character {position}, {wanted} should stand")]
    Expected {
        /// Where, counted in characters from 1.
        position: usize,
        /// What should stand there.
        wanted: &'static str,
    },
    /// An operator that the language may have gained.
    #[error("the operator `{0}` is not known here")]
    Operator(String),
    /// The text is longer than any that is taken.
    #[error("the expression has more than {LIMIT} characters")]
    TooLong,
}

/// Longest text that is read. Microsoft names no limit; this is far beyond what anyone writes.
const LIMIT: usize = 8192;

impl ExpressionError {
    /// Whether Entra surely refuses the text, too.
    #[must_use]
    pub fn certain(&self) -> bool {
        matches!(self, Self::Expected { .. })
    }
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// Where it is none, or uses what is not known here.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.chars().count() > LIMIT {
            return Err(ExpressionError::TooLong);
        }
        let mut reader = Reader { text, rest: text.trim_start() };
        let mut comparisons = vec![reader.comparison()?];
        loop {
            reader.rest = reader.rest.trim_start();
            if reader.rest.is_empty() {
                return Ok(Self { comparisons });
            }
            let word = reader.word();
            if word.is_empty() {
                return Err(reader.expected("`and` or the end"));
            }
            if !word.eq_ignore_ascii_case("and") {
                return Err(ExpressionError::Operator(word.to_owned()));
            }
            comparisons.push(reader.comparison()?);
        }
    }

    /// Whether the claims of a token satisfy all comparisons. A claim that is missing or no text satisfies none.
    #[must_use]
    pub fn admits(&self, token: &Token) -> bool {
        self.comparisons
            .iter()
            .all(|comparison| token.text(&comparison.claim).is_some_and(|text| comparison.holds(&text)))
    }
}

impl Comparison {
    /// Whether a text satisfies the comparison. Case counts.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        match self.operator {
            Operator::Eq => self.comparand == text,
            Operator::Matches => glob(&self.comparand, text),
        }
    }
}

/// Whether a text matches as a whole, with `*` for any characters and `?` for one.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(character) if *character == '?' || *character == text[from] => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, from) = (place + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// `claims['NAME'] OPERATOR 'TEXT'`.
    fn comparison(&mut self) -> Result<Comparison, ExpressionError> {
        self.rest = self.rest.trim_start();
        self.take("claims", "claims['NAME']")?;
        self.take("[", "`[` and the name of a claim in quotes")?;
        let claim = self.quoted("the name of a claim in single quotes")?;
        self.take("]", "`]`")?;
        if claim.is_empty() {
            return Err(self.expected("the name of a claim before this"));
        }
        self.space()?;
        let operator = match self.word() {
            "" => return Err(self.expected("`eq` or `matches`")),
            "eq" => Operator::Eq,
            "matches" => Operator::Matches,
            other => return Err(ExpressionError::Operator(other.to_owned())),
        };
        self.space()?;
        let comparand = self.quoted("a text in single quotes")?;
        Ok(Comparison { claim, operator, comparand })
    }

    fn take(&mut self, token: &str, wanted: &'static str) -> Result<(), ExpressionError> {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.expected(wanted)),
        }
    }

    fn space(&mut self) -> Result<(), ExpressionError> {
        let trimmed = self.rest.trim_start();
        if trimmed.len() == self.rest.len() {
            return Err(self.expected("a space"));
        }
        self.rest = trimmed;
        Ok(())
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn quoted(&mut self, wanted: &'static str) -> Result<String, ExpressionError> {
        let content = self.rest.strip_prefix('\'').ok_or_else(|| self.expected(wanted))?;
        let Some((text, rest)) = content.split_once('\'') else {
            self.rest = "";
            return Err(self.expected("a closing quote"));
        };
        self.rest = rest;
        Ok(text.to_owned())
    }

    fn expected(&self, wanted: &'static str) -> ExpressionError {
        let read = &self.text[..self.text.len() - self.rest.len()];
        ExpressionError::Expected { position: read.chars().count() + 1, wanted }
    }
}
