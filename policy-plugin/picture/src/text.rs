//! Text from outside, made fit to show. Whoever writes a plan chooses the names in it, so nothing of it is trusted.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

/// What stands in for a value that must not be shown.
pub(crate) const HIDDEN: &str = "(sensitive)";

/// Longest text that a picture shows; nothing that a cloud takes is longer.
const LONGEST: usize = 1200;

/// Shortest sensitive text that is looked for inside other texts. A shorter one would be found everywhere.
const SHORTEST_SECRET: usize = 6;

/// Makes texts fit to show: without what cannot be seen, not too long, and without sensitive values, wherever they turn up.
#[derive(Debug, Default)]
pub(crate) struct Cleaner {
    secrets: Vec<String>,
}

impl Cleaner {
    /// One that knows these sensitive values; whatever text is inside them counts.
    pub(crate) fn hiding<'a>(sensitive: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut secrets = Vec::new();
        for value in sensitive {
            texts_in(value, &mut secrets);
        }
        secrets.retain(|text| text.len() >= SHORTEST_SECRET);
        // A long one first, so that no part of it is left over after a short one.
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets }
    }

    pub(crate) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), HIDDEN);
            }
        }
        let visible = |letter: char| if is_deceptive(letter) { '\u{fffd}' } else { letter };
        shorten(&text.chars().map(visible).collect::<String>(), LONGEST)
    }

    pub(crate) fn clean_claims(&self, claims: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        claims.iter().map(|(name, value)| (self.clean(name), self.clean_value(value))).collect()
    }

    fn clean_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.clean(text).into(),
            Value::Array(items) => items.iter().map(|item| self.clean_value(item)).collect(),
            Value::Object(entries) => {
                entries.iter().map(|(name, value)| (self.clean(name), self.clean_value(value))).collect()
            }
            plain => plain.clone(),
        }
    }
}

fn texts_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts_in(item, found)),
        Value::Object(entries) => entries.values().for_each(|value| texts_in(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a character is invisible or turns the text around it, so that a name could pass for another; or is none that XML allows.
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text, or its beginning and its end with a mark between.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    let letters = text.chars().count();
    if letters <= most {
        return text.to_owned();
    }
    let (head, tail) = (most.div_ceil(2), most / 2 - 1);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(letters - tail)).collect()
}

/// The text, safe between tags and inside quoted attributes of XML and HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            plain => out.push(plain),
        }
    }
    out
}

/// A value as people read it: text without quotes, anything else as JSON.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Claims on one line, such as `iss=https://a.example sub=x`.
pub(crate) fn one_line(claims: &BTreeMap<String, Value>) -> String {
    let mut line = String::new();
    for (name, value) in claims {
        let space = if line.is_empty() { "" } else { "  " };
        let _ = write!(line, "{space}{name}={}", shown(value));
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cleaner, escape, shorten};

    #[test]
    fn hides_sensitive_values_inside_other_texts() {
        let secrets = json!({"subject": ["repo:octo/secret", "repo:octo/secret-two"], "short": "abc"});
        let cleaner = Cleaner::hiding([&secrets]);
        assert_eq!(cleaner.clean("lets in repo:octo/secret-two and abc"), "lets in (sensitive) and abc");
    }

    #[test]
    fn shows_what_is_invisible() {
        assert_eq!(Cleaner::default().clean("a\u{202e}b\u{0}\nc\u{200b}"), "a\u{fffd}b\u{fffd}\u{fffd}c\u{fffd}");
    }

    #[test]
    fn keeps_both_ends_of_a_long_text() {
        assert_eq!(shorten("abcdefghij", 6), "abc…ij");
        assert_eq!(shorten("äöüß", 4), "äöüß");
    }

    #[test]
    fn leaves_no_markup() {
        assert_eq!(escape("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
    }
}
