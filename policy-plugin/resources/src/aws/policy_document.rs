//! The data source `aws_iam_policy_document`, read where one unknown part makes the whole text of a policy unknown.

use serde_json::{Map, Value, json};

use crate::resource::Resource;
use crate::view::{View, escaped};

/// A policy, and the places in it that are not known yet.
pub(super) struct Written {
    pub(super) policy: Value,
    pub(super) unknown: Vec<String>,
}

/// The policy that a document is going to be. None where it is also made of others that are not known.
pub(super) fn read(document: &Resource<'_>) -> Option<Written> {
    let mut writer = Writer { unknown: Vec::new() };
    let mut statements = Vec::new();
    // Later documents override statements of the same id, so one that cannot be read may change everything.
    for list in ["override_policy_documents", "override_json"] {
        if !document.at(list).is_absent() {
            return None;
        }
    }
    for source in document.at("source_policy_documents").items().into_iter().chain([document.at("source_json")]) {
        if source.is_absent() {
            continue;
        }
        let policy: Value = serde_json::from_str(source.text()?).ok()?;
        match policy.get("Statement")? {
            Value::Array(more) => statements.extend(more.iter().cloned()),
            single => statements.push(single.clone()),
        }
    }
    let own = document.at("statement");
    if own.is_unknown() {
        return None;
    }
    for block in own.items() {
        let statement = writer.statement(&block, &format!("/Statement/{}", statements.len()));
        statements.push(statement);
    }
    let version = document.at("version").filled().unwrap_or("2012-10-17");
    Some(Written { policy: json!({"Version": version, "Statement": statements}), unknown: writer.unknown })
}

struct Writer {
    unknown: Vec<String>,
}

impl Writer {
    fn statement(&mut self, block: &View<'_>, at: &str) -> Value {
        let mut statement = Map::new();
        let effect = block.at("effect");
        if effect.is_unknown() {
            self.unknown.push(format!("{at}/Effect"));
        }
        statement.insert("Effect".to_owned(), effect.filled().unwrap_or("Allow").into());
        for (attribute, key) in [
            ("actions", "Action"),
            ("not_actions", "NotAction"),
            ("resources", "Resource"),
            ("not_resources", "NotResource"),
        ] {
            let list = block.at(attribute);
            if !list.is_absent() {
                statement.insert(key.to_owned(), self.texts(&list, &format!("{at}/{key}")));
            }
        }
        for (attribute, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
            let blocks = block.at(attribute);
            if !blocks.is_absent() {
                let principals = self.principals(&blocks, &format!("{at}/{key}"));
                statement.insert(key.to_owned(), principals);
            }
        }
        let conditions = block.at("condition");
        if !conditions.is_absent() {
            let conditions = self.conditions(&conditions, &format!("{at}/Condition"));
            statement.insert("Condition".to_owned(), conditions);
        }
        Value::Object(statement)
    }

    fn principals(&mut self, blocks: &View<'_>, at: &str) -> Value {
        let mut principals = Map::new();
        if blocks.is_unknown() {
            self.unknown.push(at.to_owned());
        }
        for block in blocks.items() {
            let kind = block.at("type");
            let identifiers = block.at("identifiers");
            match kind.text() {
                Some("*") => return json!("*"),
                Some(kind) => {
                    let named = self.texts(&identifiers, &format!("{at}/{}", escaped(kind)));
                    match (principals.get_mut(kind), named) {
                        (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
                        (_, named) => {
                            principals.insert(kind.to_owned(), named);
                        }
                    }
                }
                None => self.unknown.push(at.to_owned()),
            }
        }
        Value::Object(principals)
    }

    fn conditions(&mut self, blocks: &View<'_>, at: &str) -> Value {
        let mut operators: Map<String, Value> = Map::new();
        if blocks.is_unknown() {
            self.unknown.push(at.to_owned());
        }
        for block in blocks.items() {
            let (Some(test), Some(variable)) = (block.at("test").text(), block.at("variable").text()) else {
                self.unknown.push(at.to_owned());
                continue;
            };
            let place = format!("{at}/{}/{}", escaped(test), escaped(variable));
            let values = self.texts(&block.at("values"), &place);
            let operator = operators.entry(test).or_insert_with(|| Value::Object(Map::new()));
            match (operator.get_mut(variable), values) {
                (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
                (_, values) => operator[variable] = values,
            }
        }
        Value::Object(operators)
    }

    fn texts(&mut self, list: &View<'_>, at: &str) -> Value {
        if list.is_unknown() {
            self.unknown.push(at.to_owned());
            return json!([]);
        }
        let text = |(index, item): (usize, &View<'_>)| {
            if item.is_unknown() {
                self.unknown.push(format!("{at}/{index}"));
            }
            item.value().clone()
        };
        list.items().iter().enumerate().map(text).collect()
    }
}
