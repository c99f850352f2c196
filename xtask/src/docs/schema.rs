//! The `## Schema` part of a page: attributes by required, optional and read-only, nested ones linked by anchor.

use std::collections::VecDeque;
use std::fmt::Write as _;

use serde_json::Value;

/// Renders a block's attributes and, breadth first, everything nested in them.
pub(super) fn render(block: &Value) -> String {
    let mut page = String::from("## Schema\n");
    let mut waiting = VecDeque::new();
    list(&mut page, block, &[], "### ", "\n", &mut waiting);
    while let Some((path, nested)) = waiting.pop_front() {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let _ = write!(page, "\n<a id=\"{}\"></a>\n### Nested Schema for `{}`\n", anchor(&names), names.join("."));
        list(&mut page, nested, &names, "", ":\n", &mut waiting);
    }
    page
}

/// A type in the words of the documentation of functions: `list of string`.
pub(super) fn plain_type(kind: &Value) -> String {
    match kind {
        Value::String(name) => name.clone(),
        Value::Array(parts) => match parts.as_slice() {
            [container, Value::Object(_)] => word(container).to_owned(),
            [container, element] => format!("{} of {}", word(container), plain_type(element)),
            _ => "dynamic".to_owned(),
        },
        _ => "dynamic".to_owned(),
    }
}

/// A description without the line breaks that only keep its source narrow; paragraphs, items of lists and code stay apart.
pub(super) fn unwrapped(text: &str) -> String {
    let paragraph = |paragraph: &str| {
        if paragraph.starts_with("```") {
            return paragraph.to_owned();
        }
        paragraph.replace("\n- ", "\0- ").replace('\n', " ").replace('\0', "\n")
    };
    text.trim_end().split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}

type Waiting<'a> = VecDeque<(Vec<String>, &'a Value)>;

type Belongs = fn(&Value) -> bool;

const GROUPS: [(&str, Belongs); 3] = [
    ("Required", |attribute| attribute["required"] == true),
    ("Optional", |attribute| attribute["optional"] == true),
    ("Read-Only", |attribute| attribute["computed"] == true && attribute["optional"] != true),
];

fn list<'a>(page: &mut String, block: &'a Value, path: &[&str], before: &str, after: &str, waiting: &mut Waiting<'a>) {
    for (group, belongs) in GROUPS {
        let mut members =
            block["attributes"].as_object().into_iter().flatten().filter(|(_, it)| belongs(it)).peekable();
        if members.peek().is_none() {
            continue;
        }
        let _ = write!(page, "\n{before}{group}{after}\n");
        for (name, attribute) in members {
            let mut path = path.to_vec();
            path.push(name);
            let _ = write!(page, "- `{name}` ({})", kind(attribute));
            let description = unwrapped(attribute["description"].as_str().unwrap_or_default());
            if !description.is_empty() {
                // A description of several paragraphs stays inside its list item.
                let _ = write!(page, " {}", description.replace("\n\n", "\n\n  "));
            }
            if attribute["nested_type"].is_object() {
                let _ = write!(page, " (see [below for nested schema](#{}))", anchor(&path));
                waiting.push_back((path.iter().map(|&step| step.to_owned()).collect(), &attribute["nested_type"]));
            }
            page.push('\n');
        }
    }
}

/// What stands in parentheses after an attribute's name.
fn kind(attribute: &Value) -> String {
    let base = match attribute["nested_type"]["nesting_mode"].as_str() {
        Some("single") => "Attributes".to_owned(),
        Some("map") => "Attributes Map".to_owned(),
        Some("set") => "Attributes Set".to_owned(),
        Some(_) => "Attributes List".to_owned(),
        None => title_type(&attribute["type"]),
    };
    let marks = [("sensitive", ", Sensitive"), ("deprecated", ", Deprecated"), ("write_only", ", Write-only")];
    marks.iter().filter(|(flag, _)| attribute[*flag] == true).fold(base, |kind, (_, mark)| kind + mark)
}

/// A type in the words of the documentation of attributes: `List of String`.
fn title_type(kind: &Value) -> String {
    let title = |name: &str| match name {
        "bool" => "Boolean".to_owned(),
        other => other[..1].to_uppercase() + &other[1..],
    };
    plain_type(kind)
        .split(' ')
        .map(|part| if part == "of" { part.to_owned() } else { title(part) })
        .collect::<Vec<_>>()
        .join(" ")
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("dynamic")
}

fn anchor(path: &[&str]) -> String {
    format!("nestedatt--{}", path.join("--"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_keeps_the_source_narrow_is_unwrapped() {
        let text = "One\nparagraph.\n\n- an item\nof two lines\n- another\n\n```hcl\na = 1\nb = 2\n```\n";
        let expected = "One paragraph.\n\n- an item of two lines\n- another\n\n```hcl\na = 1\nb = 2\n```";
        assert_eq!(unwrapped(text), expected);
    }

    #[test]
    fn nested_attributes_are_linked_and_grouped() {
        let block = json!({"attributes": {
            "name": {"type": "string", "required": true, "description": "Its name."},
            "tags": {"type": ["map", "string"], "optional": true},
            "token": {"type": "string", "optional": true, "sensitive": true},
            "objects": {"type": ["map", ["object", {"id": "string"}]], "computed": true},
            "from": {"required": true, "nested_type": {"nesting_mode": "single", "attributes": {
                "aks": {"optional": true, "nested_type": {"nesting_mode": "single", "attributes": {
                    "issuer": {"type": "string", "required": true},
                }}},
            }}},
        }});
        let page = render(&block);
        assert!(
            page.contains("### Required\n\n- `from` (Attributes) (see [below for nested schema](#nestedatt--from))")
        );
        assert!(page.contains("- `name` (String) Its name."));
        assert!(page.contains("- `tags` (Map of String)"));
        assert!(page.contains("- `token` (String, Sensitive)"));
        assert!(page.contains("### Read-Only\n\n- `objects` (Map of Object)"));
        assert!(page.contains(
            "<a id=\"nestedatt--from--aks\"></a>\n### Nested Schema for `from.aks`\n\nRequired:\n\n- `issuer` (String)"
        ));
    }

    #[test]
    fn types_read_as_words() {
        assert_eq!(plain_type(&json!(["list", ["map", "string"]])), "list of map of string");
        assert_eq!(title_type(&json!(["set", "bool"])), "Set of Boolean");
        assert_eq!(plain_type(&json!("dynamic")), "dynamic");
    }
}
