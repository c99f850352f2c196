//! A string that must never be printed.
//!
//! Tokens travel through the crate in this type, so that a stray `{:?}` in a log line or an error shows nothing.

use std::fmt;

/// A secret value. `Debug` prints a placeholder; there is no `Display`, no `Serialize` and no comparison.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; surrounding white space, which files and shells like to add, is dropped.
    pub fn new(value: impl AsRef<str>) -> Self {
        Self(value.as_ref().trim().to_owned())
    }

    /// Wraps a secret whose surrounding white space counts, such as a password that somebody chose.
    pub fn verbatim(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself. Call this only where it is put on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// Removes known secrets, and everything that looks like a bearer token, from text that came from outside.
pub(crate) fn redact(text: &str, known: &[Secret]) -> String {
    let mut text = text.to_owned();
    for secret in known.iter().filter(|secret| secret.0.len() >= 8) {
        text = text.replace(&secret.0, REDACTED);
    }
    for prefix in TOKEN_PREFIXES {
        text = redact_prefixed(&text, prefix);
    }
    text
}

const REDACTED: &str = "[redacted]";

/// Google access tokens, and JSON web tokens (`{"` in base64url).
const TOKEN_PREFIXES: [&str; 2] = ["ya29.", "eyJ"];

/// Shorter runs are left alone, so that an ordinary word is not mistaken for a token.
const SHORTEST_TOKEN: usize = 20;

fn redact_prefixed(text: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let (before, token) = rest.split_at(at);
        out.push_str(before);
        let end = token.find(|c: char| !is_token_char(c)).unwrap_or(token.len());
        out.push_str(if end >= SHORTEST_TOKEN { REDACTED } else { &token[..end] });
        rest = &token[end..];
    }
    out.push_str(rest);
    out
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2hunter2")), "Secret(redacted)");
    }

    #[test]
    fn known_secrets_and_token_shapes_are_removed() {
        let secret = Secret::new(" s3cr3t-token-value \n");
        let text =
            "got s3cr3t-token-value, ya29.a0AfH6SMBxyz_0123456789 and eyJhbGciOiJSUzI1NiJ9.e30.c2ln; eyJ is short";
        assert_eq!(redact(text, &[secret]), "got [redacted], [redacted] and [redacted]; eyJ is short");
    }
}
