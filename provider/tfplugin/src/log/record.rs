//! One log line: an hclog object whose every value is a string.

use std::collections::BTreeMap;
use std::fmt;

use tracing::Level;
use tracing::field::{Field, Visit};

use super::mask::masked;

/// Hosts read lines of up to 64 KiB; a longer one is split and loses its structure.
const LONGEST_LINE: usize = 60 * 1024;
const LONGEST_VALUE: usize = 16 * 1024;

/// Fields of a span or an event, as text. The field `message` is an event's text.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(pub(super) BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        // The sources say what really happened; `Display` alone drops them.
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        self.0.insert(field.name(), text);
    }
}

/// What a line says beside its fields.
pub(super) struct Head<'a> {
    pub(super) level: Level,
    pub(super) timestamp: String,
    pub(super) target: &'a str,
    pub(super) caller: Option<String>,
}

/// Renders one line with its line feed.
pub(super) fn render(head: &Head<'_>, mut fields: Fields) -> String {
    let message = fields.0.remove("message").unwrap_or_default();
    let mut longest = LONGEST_VALUE;
    loop {
        let line = render_within(head, &message, &fields, longest);
        if line.len() <= LONGEST_LINE || longest < 64 {
            return line;
        }
        longest /= 2;
    }
}

fn render_within(head: &Head<'_>, message: &str, fields: &Fields, longest: usize) -> String {
    let level = match head.level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    let mut object = serde_json::Map::new();
    let mut put = |key: &str, value: &str| {
        object.insert(key.to_owned(), shorten(&masked(value), longest).into());
    };
    put("@level", level);
    put("@message", message);
    put("@timestamp", &head.timestamp);
    put("@module", &head.target.replace("::", "."));
    if let Some(caller) = &head.caller {
        put("@caller", caller);
    }
    for (name, value) in &fields.0 {
        put(name, value);
    }
    format!("{}\n", serde_json::Value::Object(object))
}

fn shorten(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let kept = text.floor_char_boundary(longest);
    format!("{}… ({} more bytes)", &text[..kept], text.len() - kept)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(fields: &[(&'static str, &str)]) -> String {
        let head = Head {
            level: Level::WARN,
            timestamp: "2026-01-02T03:04:05.000006Z".to_owned(),
            target: "some::place",
            caller: None,
        };
        render(&head, Fields(fields.iter().map(|(name, value)| (*name, value.to_string())).collect()))
    }

    #[test]
    fn every_value_is_a_string_on_one_line() {
        let line = line(&[("message", "two\nlines"), ("count", "3")]);
        assert_eq!(line.matches('\n').count(), 1);
        let parsed: BTreeMap<String, String> = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed["@level"], "warn");
        assert_eq!(parsed["@message"], "two\nlines");
        assert_eq!(parsed["@module"], "some.place");
        assert_eq!(parsed["@timestamp"], "2026-01-02T03:04:05.000006Z");
        assert_eq!(parsed["count"], "3");
    }

    #[test]
    fn a_message_is_always_there() {
        let parsed: BTreeMap<String, String> = serde_json::from_str(&line(&[])).unwrap();
        assert_eq!(parsed["@message"], "");
    }

    #[test]
    fn long_values_are_cut_until_the_line_fits() {
        let long = "é\n".repeat(40_000);
        let line = line(&[("message", &long), ("a", &long), ("b", &long), ("c", &long), ("d", &long)]);
        assert!(line.len() <= LONGEST_LINE, "{}", line.len());
        assert!(line.contains("more bytes"));
    }

    #[test]
    fn secrets_are_masked_in_messages_and_fields() {
        super::super::mask("record-test-secret");
        let line = line(&[("message", "has record-test-secret"), ("header", "Bearer record-test-secret")]);
        assert!(!line.contains("record-test-secret"), "{line}");
    }
}
