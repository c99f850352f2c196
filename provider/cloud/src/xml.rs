//! Reads AWS's XML answers as JSON values, so that one way of decoding serves all three clouds.
//!
//! An element with text is a string, one with `member` elements a list, one with other elements an object, and an empty one is null:
//! the schema alone could tell an empty text from an empty list.

use serde_json::{Map, Value};

/// No answer nests as deeply.
const DEEPEST: usize = 64;

/// A document, or an element in it.
pub(crate) struct Element(Value);

/// Parses a document. Document types are refused, and entities with them.
pub(crate) fn parse(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let document = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
    Ok(Element(value(document.root_element(), 0)?))
}

impl Element {
    /// The first child element of that name.
    pub(crate) fn find(&self, name: &str) -> Option<Element> {
        self.0.get(name).map(|found| Element(found.clone()))
    }

    /// The text of the first child element of that name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    /// What an answer is about: the content of its `…Result` element, or nothing.
    pub(crate) fn result(self) -> Value {
        let Value::Object(children) = self.0 else { return Value::Object(Map::new()) };
        let result = children.into_iter().find(|(name, value)| name.ends_with("Result") && value.is_object());
        result.map_or_else(|| Value::Object(Map::new()), |(_, value)| value)
    }
}

fn value(node: roxmltree::Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("it is nested too deeply".to_owned());
    }
    let children: Vec<_> = node.children().filter(roxmltree::Node::is_element).collect();
    if children.is_empty() {
        let text: String = node.children().filter_map(|child| child.text()).collect();
        return Ok(if text.is_empty() { Value::Null } else { Value::String(text) });
    }
    if children.iter().all(|child| child.tag_name().name() == "member") {
        let items: Result<Vec<_>, _> = children.into_iter().map(|child| value(child, depth + 1)).collect();
        return Ok(Value::Array(items?));
    }
    let mut object = Map::new();
    for child in children {
        let name = child.tag_name().name();
        if !object.contains_key(name) {
            object.insert(name.to_owned(), value(child, depth + 1)?);
        }
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_becomes_a_value() {
        let body = r#"<?xml version="1.0"?>
            <GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
              <GetRoleResult><Role><RoleName>r &lt;1&gt;</RoleName><Path>/</Path><Description/>
                <Tags><member><Key>a</Key><Value>b</Value></member></Tags></Role></GetRoleResult>
              <ResponseMetadata><RequestId>x</RequestId></ResponseMetadata>
            </GetRoleResponse>"#;
        assert_eq!(
            parse(body.as_bytes()).unwrap().result(),
            json!({"Role": {"RoleName": "r <1>", "Path": "/", "Description": null, "Tags": [{"Key": "a", "Value": "b"}]}})
        );
        let empty = parse(b"<DeleteRoleResponse><ResponseMetadata/></DeleteRoleResponse>").unwrap().result();
        assert_eq!(empty, json!({}));
    }

    #[test]
    fn hostile_documents_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        for body in [bomb, deep.as_str(), "", "<a>", "{}", "\u{0}"] {
            assert!(parse(body.as_bytes()).is_err(), "{}", &body[..body.len().min(20)]);
        }
        assert!(parse(b"\xff\xfe").is_err());
    }
}
