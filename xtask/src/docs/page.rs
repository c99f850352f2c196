//! One page for the provider and one for each thing it has, in the shape that the registries render.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::schema;

/// Reads an example by its path under `examples/`.
pub(super) type Example<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// One kind of thing that a schema block describes.
struct Kind {
    schemas: &'static str,
    folder: &'static str,
    title: &'static str,
    examples: &'static str,
    file: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        schemas: "resource_schemas",
        folder: "resources",
        title: "Resource",
        examples: "resources",
        file: "resource.tf",
    },
    Kind {
        schemas: "data_source_schemas",
        folder: "data-sources",
        title: "Data Source",
        examples: "data-sources",
        file: "data-source.tf",
    },
    Kind {
        schemas: "ephemeral_resource_schemas",
        folder: "ephemeral-resources",
        title: "Ephemeral Resource",
        examples: "ephemeral-resources",
        file: "ephemeral-resource.tf",
    },
];

/// Every page that follows from the schema, by path under `docs/`.
pub(super) fn all(provider: &Value, example: Example<'_>) -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::from([(PathBuf::from("index.md"), index(&provider["provider"], example))]);
    for kind in KINDS {
        for (name, schema) in provider[kind.schemas].as_object().into_iter().flatten() {
            // Pages are named without the provider's prefix, examples with it.
            let short = name.split_once('_').map_or(name.as_str(), |(_, short)| short);
            pages.insert(Path::new(kind.folder).join(format!("{short}.md")), block_page(kind, name, schema, example));
        }
    }
    for (name, function) in provider["functions"].as_object().into_iter().flatten() {
        pages.insert(Path::new("functions").join(format!("{name}.md")), function_page(name, function, example));
    }
    pages
}

fn index(schema: &Value, example: Example<'_>) -> String {
    let mut page = front_matter("crosscloud Provider", &schema["block"]["description"]);
    page.push_str("# crosscloud Provider\n\n");
    describe(&mut page, &schema["block"]["description"]);
    show_example(&mut page, example(Path::new("provider/provider.tf")));
    page.push_str(&schema::render(&schema["block"]));
    page
}

fn block_page(kind: &Kind, name: &str, schema: &Value, example: Example<'_>) -> String {
    let mut page = front_matter(&format!("{name} {} - crosscloud", kind.title), &schema["block"]["description"]);
    let _ = write!(page, "# {} ({})\n\n", escape(name), kind.title);
    describe(&mut page, &schema["block"]["description"]);
    show_example(&mut page, example(&Path::new(kind.examples).join(name).join(kind.file)));
    page.push_str(&schema::render(&schema["block"]));
    if let Some(import) = example(&Path::new(kind.examples).join(name).join("import.sh")) {
        let _ = write!(page, "\n## Import\n\n```shell\n{}\n```\n", import.trim_end());
    }
    page
}

fn function_page(name: &str, function: &Value, example: Example<'_>) -> String {
    let mut page = front_matter(&format!("{name} function - crosscloud"), &function["summary"]);
    let _ = write!(page, "# function: {}\n\n", escape(name));
    describe(&mut page, &function["description"]);
    show_example(&mut page, example(&Path::new("functions").join(name).join("function.tf")));
    let parameters = || function["parameters"].as_array().into_iter().flatten();
    let variadic = function.get("variadic_parameter");
    let mut signature: Vec<String> = parameters()
        .map(|parameter| format!("{} {}", text(&parameter["name"]), schema::plain_type(&parameter["type"])))
        .collect();
    signature.extend(
        variadic.map(|parameter| format!("{} {}...", text(&parameter["name"]), schema::plain_type(&parameter["type"]))),
    );
    let returns = schema::plain_type(&function["return_type"]);
    let _ =
        write!(page, "## Signature\n\n```text\n{name}({}) {returns}\n```\n\n## Arguments\n\n", signature.join(", "));
    for (number, parameter) in parameters().chain(variadic).enumerate() {
        let shown = schema::plain_type(&parameter["type"]);
        let _ = writeln!(
            page,
            "{}. `{}` ({shown}) {}",
            number + 1,
            text(&parameter["name"]),
            text(&parameter["description"])
        );
    }
    page
}

fn front_matter(title: &str, description: &Value) -> String {
    let first = schema::unwrapped(text(description)).lines().next().unwrap_or_default().to_owned();
    format!("---\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n  {first}\n---\n\n")
}

fn describe(page: &mut String, description: &Value) {
    if !text(description).is_empty() {
        let _ = write!(page, "{}\n\n", schema::unwrapped(text(description)));
    }
}

fn show_example(page: &mut String, example: Option<String>) {
    if let Some(example) = example {
        let _ = write!(page, "## Example Usage\n\n```terraform\n{}\n```\n\n", example.trim_end());
    }
}

fn escape(name: &str) -> String {
    name.replace('_', "\\_")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_thing_has_a_page_with_its_example() {
        let provider = json!({
            "provider": {"block": {"description": "Keyless trusts."}},
            "resource_schemas": {"crosscloud_trust": {"block": {
                "description": "A trust\nof two lines.\n\nMore about it.",
                "attributes": {"name": {"type": "string", "required": true, "description": "What it is called."}},
            }}},
            "functions": {"principal": {
                "summary": "Builds a principal.", "description": "Builds a principal.", "return_type": "string",
                "parameters": [{"name": "subject", "type": "string", "description": "Who."}],
            }},
        });
        let example = |path: &Path| path.ends_with("crosscloud_trust/resource.tf").then(|| "resource {}\n".to_owned());
        let pages = all(&provider, &example);
        let names: Vec<_> = pages.keys().map(|path| path.display().to_string().replace('\\', "/")).collect();
        assert_eq!(names, ["functions/principal.md", "index.md", "resources/trust.md"]);
        let trust = &pages[Path::new("resources/trust.md")];
        assert!(trust.starts_with("---\npage_title: \"crosscloud_trust Resource - crosscloud\""));
        assert!(trust.contains("description: |-\n  A trust of two lines.\n---"));
        assert!(trust.contains("## Example Usage\n\n```terraform\nresource {}\n```"));
        assert!(trust.contains("- `name` (String) What it is called."));
        assert!(pages[Path::new("functions/principal.md")].contains("principal(subject string) string"));
    }
}
