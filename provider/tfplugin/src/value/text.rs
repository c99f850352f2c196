//! Strings as Terraform compares them: UTF-8 in Unicode normalisation form C, cheap to clone.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

/// The longest string that needs no memory of its own. Most names and values are shorter.
const SHORT: usize = 22;

/// An immutable string in normalisation form C.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Repr);

/// Each string has exactly one representation, so that equality can be structural: the bytes after a short string's end
/// are zero.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Arc<str>),
}

impl Text {
    /// Normalises a string.
    pub fn new(text: &str) -> Self {
        if text.is_ascii() || unicode_normalization::is_nfc(text) {
            Text(Repr::of(text))
        } else {
            Text(Repr::of(&text.nfc().collect::<String>()))
        }
    }

    /// Normalises a string that comes as bytes. `None` if they are not UTF-8.
    #[inline]
    pub(crate) fn from_utf8(bytes: &[u8]) -> Option<Self> {
        if bytes.len() <= SHORT && bytes.is_ascii() {
            return Repr::short(bytes).map(Text);
        }
        let text = std::str::from_utf8(bytes).ok()?;
        Some(if text.is_ascii() { Text(Repr::Long(Arc::from(text))) } else { Text::new(text) })
    }

    /// The string itself.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // The bytes were UTF-8 when they were put there, so the default is never taken.
            Repr::Short { .. } => std::str::from_utf8(self.as_utf8()).unwrap_or_default(),
            Repr::Long(text) => text,
        }
    }

    /// The bytes of the string: cheaper than the string where only bytes are wanted.
    #[inline]
    pub(crate) fn as_utf8(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { length, bytes } => &bytes[..usize::from(*length)],
            Repr::Long(text) => text.as_bytes(),
        }
    }
}

impl Repr {
    fn of(text: &str) -> Self {
        Repr::short(text.as_bytes()).unwrap_or_else(|| Repr::Long(Arc::from(text)))
    }

    #[inline]
    fn short(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Repr::Short { length: u8::try_from(text.len()).ok()?, bytes })
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_utf8().cmp(other.as_utf8())
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Text {
    /// As the string hashes, because a map of texts can be asked for a string.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::new(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::new(&text)
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Text::new(text)
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_utf8() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_utf8() == other.as_bytes()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_makes_no_difference() {
        let texts: Vec<String> =
            (0..30).map(|length| "é".repeat(length)).chain(["a".repeat(22), "a".repeat(23)]).collect();
        for one in &texts {
            let text = Text::new(one);
            assert_eq!(text.as_str(), one);
            assert_eq!(Text::from_utf8(one.as_bytes()), Some(text.clone()));
            for other in &texts {
                assert_eq!(text.cmp(&Text::new(other)), one.cmp(other), "{one} {other}");
                assert_eq!(text == Text::new(other), one == other);
            }
        }
        assert_eq!(Text::from_utf8(b"\xff"), None);
        assert_eq!(Text::from_utf8("e\u{301}".as_bytes()), Some(Text::new("\u{e9}")));
    }

    #[test]
    fn a_map_of_texts_is_asked_with_strings() {
        let map = std::collections::HashMap::from([(Text::new("short"), 1), (Text::new(&"long".repeat(9)), 2)]);
        assert_eq!((map.get("short"), map.get("long".repeat(9).as_str())), (Some(&1), Some(&2)));
    }
}
