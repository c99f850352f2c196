//! Keeps secrets out of logs: strings registered here never reach standard error.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// What stands in place of a secret.
const MASK: &str = "***";
/// Anything shorter would tear holes into ordinary text.
const SHORTEST: usize = 4;

/// Replaces `secret` in everything that is logged from now on, including panic messages. Tokens, keys and
/// passwords are to be registered as soon as they are known.
pub fn mask(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    // Longest first, so that a secret that contains another one is replaced whole.
    let place = secrets.partition_point(|known| (known.len(), known.as_str()) > (secret.len(), secret));
    if secrets.get(place).is_none_or(|known| known != secret) {
        secrets.insert(place, secret.to_owned());
    }
}

/// The text without any registered secret.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    for secret in secrets.iter() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), MASK));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_disappear_whole() {
        mask("mask-test-token");
        mask("mask-test-token-and-more");
        mask("mask-test-token");
        assert_eq!(masked("a mask-test-token-and-more b mask-test-token c"), "a *** b *** c");
        assert!(matches!(masked("nothing to see"), Cow::Borrowed(_)));
    }

    #[test]
    fn short_strings_are_not_secrets() {
        mask("abc");
        assert_eq!(masked("abcdef"), "abcdef");
    }
}
