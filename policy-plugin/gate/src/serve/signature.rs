//! Signatures of requests: HMAC with SHA-512 over the whole body, by a key that only HCP Terraform and this server know.

use std::fmt;
use std::path::Path;

use aws_lc_rs::hmac;

/// Holds the signature, in hexadecimal digits.
pub(super) const HEADER: &str = "x-tfc-task-signature";

/// Bytes that a key must have: a shorter one could be guessed.
const SHORTEST: usize = 16;

/// The key that a run task was set up with.
pub struct HmacKey(hmac::Key);

/// Why a key is none.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("the key {file} cannot be read: {source}")]
    Unreadable {
        /// File.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is too short.
    #[error("the key has {0} bytes, and {SHORTEST} are the least: make one with `openssl rand -hex 32`")]
    Short(usize),
}

impl HmacKey {
    /// A key as it was typed into HCP Terraform.
    ///
    /// # Errors
    /// [`KeyError::Short`]
    pub fn new(text: &str) -> Result<Self, KeyError> {
        if text.len() < SHORTEST {
            return Err(KeyError::Short(text.len()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA512, text.as_bytes())))
    }

    /// The key in a file, without the line break at its end.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn in_file(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable { file: path.display().to_string(), source };
        Self::new(std::fs::read_to_string(path).map_err(unreadable)?.trim_end_matches(['\n', '\r']))
    }

    /// Whether the signature is that of the body. It takes as long wherever the two differ.
    pub(super) fn signed(&self, body: &[u8], signature: &[u8]) -> bool {
        let digits = signature.iter().map(|digit| char::from(*digit).to_digit(16).and_then(|it| u8::try_from(it).ok()));
        let Some(digits) = digits.collect::<Option<Vec<u8>>>() else { return false };
        let tag: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect();
        digits.len().is_multiple_of(2) && hmac::verify(&self.0, body, &tag).is_ok()
    }
}

impl fmt::Debug for HmacKey {
    /// A key is never shown.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HmacKey")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Test case 2 of RFC 4231, with a key that is long enough here: test case 3.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let key = HmacKey(hmac::Key::new(hmac::HMAC_SHA512, &[0xaa; 20]));
        let expected = "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb";
        let body = [0xdd; 50];
        assert!(key.signed(&body, expected.as_bytes()));
        assert!(key.signed(&body, expected.to_uppercase().as_bytes()));
        for wrong in [
            "",
            "00",
            &expected[..126],
            &expected[..127],
            &expected.replace('f', "e"),
            &format!("{expected}00"),
            &"zz".repeat(64),
        ] {
            assert!(!key.signed(&body, wrong.as_bytes()), "{wrong}");
        }
        assert!(!key.signed(&[0xdd; 49], expected.as_bytes()));
    }

    #[test]
    fn keys_that_can_be_guessed_are_refused() {
        assert!(matches!(HmacKey::new("secret"), Err(KeyError::Short(6))));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, format!("{}\n", "k".repeat(16))).unwrap();
        let key = HmacKey::in_file(&file).unwrap();
        assert_eq!(format!("{key:?}"), "HmacKey");
        assert!(matches!(HmacKey::in_file(folder.path()), Err(KeyError::Unreadable { .. })));
    }
}
