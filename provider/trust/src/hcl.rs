//! Terraform's language, written the way `terraform fmt` leaves it.

use std::fmt::{self, Display, Formatter, Write};

/// A block, such as a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    kind: &'static str,
    labels: Vec<String>,
    body: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Attribute(String, Value),
    Block(Block),
    Comment(String),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string, which is quoted.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(u64),
    /// Whatever else, such as a reference: as it is.
    Verbatim(String),
    /// A list or a set.
    List(Vec<Value>),
    /// A map or an object.
    Map(Vec<(String, Value)>),
    /// A document, given as `jsonencode(…)`.
    Json(Box<Value>),
}

impl Block {
    /// An empty block.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, labels: Vec::new(), body: Vec::new() }
    }

    /// Adds a label behind the block's kind.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// Adds an attribute.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.body.push(Item::Attribute(name.into(), value.into()));
        self
    }

    /// Adds an attribute, where it has a value.
    pub fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds an attribute, unless it is an empty text, list or map, or false.
    pub fn unless_empty(self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if value.is_empty() { self } else { self.set(name, value) }
    }

    /// Adds a nested block.
    pub fn nest(mut self, block: Block) -> Self {
        self.body.push(Item::Block(block));
        self
    }

    /// Adds a nested block, unless it is empty.
    pub fn nest_unless_empty(self, block: Block) -> Self {
        if block.body.is_empty() { self } else { self.nest(block) }
    }

    /// Adds a line of comment.
    pub fn comment(mut self, line: impl Into<String>) -> Self {
        self.body.push(Item::Comment(line.into()));
        self
    }

    fn write(&self, out: &mut String, depth: usize) -> fmt::Result {
        indent(out, depth);
        out.push_str(self.kind);
        for label in &self.labels {
            write!(out, " {}", quoted(label))?;
        }
        if self.body.is_empty() {
            out.push_str(" {}\n");
            return Ok(());
        }
        out.push_str(" {\n");
        let mut rest = self.body.as_slice();
        let mut first = true;
        while let [item, others @ ..] = rest {
            match item {
                Item::Block(block) => {
                    if !first {
                        out.push('\n');
                    }
                    block.write(out, depth + 1)?;
                    rest = others;
                }
                Item::Comment(line) => {
                    indent(out, depth + 1);
                    writeln!(out, "# {line}")?;
                    rest = others;
                }
                Item::Attribute(..) => {
                    let end = rest.iter().position(|it| !matches!(it, Item::Attribute(..))).unwrap_or(rest.len());
                    let (attributes, after) = rest.split_at(end);
                    let pairs = attributes.iter().filter_map(|it| match it {
                        Item::Attribute(name, value) => Some((name.clone(), value)),
                        _ => None,
                    });
                    assignments(&pairs.collect::<Vec<_>>(), out, depth + 1)?;
                    rest = after;
                }
            }
            first = false;
        }
        indent(out, depth);
        out.push_str("}\n");
        Ok(())
    }
}

impl Display for Block {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        formatter.write_str(&out)
    }
}

/// Assignments below each other. Those of one line align their equals signs with those of the lines next to them.
fn assignments(pairs: &[(String, &Value)], out: &mut String, depth: usize) -> fmt::Result {
    let mut start = 0;
    while start < pairs.len() {
        let length = pairs[start..].iter().take_while(|(_, value)| !value.is_long()).count();
        let aligned = &pairs[start..start + length];
        let width = aligned.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in aligned {
            indent(out, depth);
            write!(out, "{name:width$} = ")?;
            value.write(out, depth)?;
            out.push('\n');
        }
        if let Some((name, value)) = pairs.get(start + length) {
            indent(out, depth);
            write!(out, "{name} = ")?;
            value.write(out, depth)?;
            out.push('\n');
        }
        start += length + 1;
    }
    Ok(())
}

impl Value {
    fn is_empty(&self) -> bool {
        match self {
            Value::Text(text) => text.is_empty(),
            Value::Bool(it) => !it,
            Value::List(list) => list.is_empty(),
            Value::Map(map) => map.is_empty(),
            Value::Number(_) | Value::Verbatim(_) | Value::Json(_) => false,
        }
    }

    /// Whether it takes several lines.
    fn is_long(&self) -> bool {
        match self {
            Value::Map(map) => !map.is_empty(),
            Value::List(list) => list.len() > 1 || list.iter().any(Value::is_long),
            Value::Json(value) => value.is_long(),
            _ => false,
        }
    }

    fn write(&self, out: &mut String, depth: usize) -> fmt::Result {
        match self {
            Value::Text(text) => out.push_str(&quoted(text)),
            Value::Bool(it) => write!(out, "{it}")?,
            Value::Number(it) => write!(out, "{it}")?,
            Value::Verbatim(text) => out.push_str(text),
            Value::List(list) if !self.is_long() => {
                out.push('[');
                for value in list {
                    value.write(out, depth)?;
                }
                out.push(']');
            }
            Value::List(list) => {
                out.push_str("[\n");
                for value in list {
                    indent(out, depth + 1);
                    value.write(out, depth + 1)?;
                    out.push_str(",\n");
                }
                indent(out, depth);
                out.push(']');
            }
            Value::Map(map) if map.is_empty() => out.push_str("{}"),
            Value::Map(map) => {
                out.push_str("{\n");
                let pairs: Vec<_> = map.iter().map(|(key, value)| (quoted(key), value)).collect();
                assignments(&pairs, out, depth + 1)?;
                indent(out, depth);
                out.push('}');
            }
            Value::Json(value) => {
                out.push_str("jsonencode(");
                value.write(out, depth)?;
                out.push(')');
            }
        }
        Ok(())
    }
}

impl Display for Value {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        formatter.write_str(&out)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Value::Bool(it)
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        Value::List(all.into_iter().map(Into::into).collect())
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Verbatim("null".to_owned()),
            serde_json::Value::Bool(it) => Value::Bool(it),
            serde_json::Value::Number(it) => Value::Verbatim(it.to_string()),
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(all) => all.into_iter().collect(),
            serde_json::Value::Object(all) => Value::Map(all.into_iter().map(|(key, it)| (key, it.into())).collect()),
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A string literal. What would begin a template is written so that it does not.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([letter, letter]),
            control if control.is_control() => out.extend(format!("\\u{:04x}", u32::from(control)).chars()),
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_aligned_and_long_values_stand_alone() {
        let block = Block::new("resource")
            .label("google_thing")
            .label("it")
            .set("project", "ml")
            .set("a", true)
            .set("mapping", Value::Map(vec![("google.subject".to_owned(), "assertion.sub".into())]))
            .set("roles", ["one", "two"].into_iter().collect::<Value>())
            .set("b", ["one"].into_iter().collect::<Value>())
            .nest(Block::new("oidc").set("issuer_uri", "https://issuer"));
        let expected = r#"resource "google_thing" "it" {
  project = "ml"
  a       = true
  mapping = {
    "google.subject" = "assertion.sub"
  }
  roles = [
    "one",
    "two",
  ]
  b = ["one"]

  oidc {
    issuer_uri = "https://issuer"
  }
}
"#;
        assert_eq!(block.to_string(), expected);
    }

    #[test]
    fn nothing_in_a_string_is_taken_for_a_template_or_for_its_end() {
        assert_eq!(quoted("a \"b\" \\ ${c} %{d} $e 100%\n"), r#""a \"b\" \\ $${c} %%{d} $e 100%\n""#);
    }

    #[test]
    fn documents_are_encoded_when_they_are_used() {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow" }] });
        let block = Block::new("x").set("policy", Value::Json(Box::new(policy.into())));
        let expected = "x {\n  policy = jsonencode({\n    \"Statement\" = [\n      {\n        \"Effect\" = \"Allow\"\n      },\n    ]\n    \"Version\" = \"2012-10-17\"\n  })\n}\n";
        assert_eq!(block.to_string(), expected);
    }
}
