//! An attribute of a planned resource, with what is known of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crosscloud_trust::{Leaf, Text};
use serde_json::Value;

static NULL: Value = Value::Null;

/// A place in a resource's values.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    value: &'a Value,
    unknown: &'a Value,
    sensitive: &'a Value,
    /// As a user writes it, such as `oidc[0].issuer_uri`.
    pub(crate) path: String,
}

impl<'a> View<'a> {
    pub(crate) fn of(value: &'a Value, unknown: &'a Value, sensitive: &'a Value) -> Self {
        Self { value, unknown, sensitive, path: String::new() }
    }

    /// An attribute of an object.
    pub(crate) fn at(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.step(|tree| tree.get(name), format!("{}{dot}{name}", self.path))
    }

    /// The one block of a name: plans hold blocks in lists, whatever their number.
    pub(crate) fn block(&self, name: &str) -> Option<Self> {
        let list = self.at(name);
        match list.value {
            Value::Array(items) if items.is_empty() => None,
            Value::Array(_) => Some(list.index(0)),
            Value::Object(_) => Some(list),
            _ => list.is_unknown().then_some(list),
        }
    }

    /// The elements of a list or set. One that is unknown as a whole has none; ask [`View::is_unknown`] first.
    pub(crate) fn items(&self) -> Vec<Self> {
        // An element that is not known yet stands as null, or only in the tree beside the values.
        let count = |tree: &Value| tree.as_array().map_or(0, Vec::len);
        (0..count(self.value).max(count(self.unknown))).map(|index| self.index(index)).collect()
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let keys = |tree: &'a Value| tree.as_object().into_iter().flat_map(|entries| entries.keys());
        let keys: BTreeSet<&'a str> = keys(self.value).chain(keys(self.unknown)).map(String::as_str).collect();
        let entry = |key: &'a str| {
            let path = format!("{}[{}]", self.path, Value::from(key));
            (key, self.step(|tree| tree.get(key), path))
        };
        keys.into_iter().map(entry).collect()
    }

    /// Whether the value is not known yet as a whole.
    pub(crate) fn is_unknown(&self) -> bool {
        self.unknown == &Value::Bool(true)
    }

    /// Whether anything inside is not known yet.
    pub(crate) fn has_unknown(&self) -> bool {
        holds_true(self.unknown)
    }

    /// Whether the value, or anything inside, must not be shown.
    pub(crate) fn is_sensitive(&self) -> bool {
        holds_true(self.sensitive)
    }

    /// Whether the attribute is left out, or empty.
    pub(crate) fn is_absent(&self) -> bool {
        !self.is_unknown()
            && match self.value {
                Value::Null => !self.has_unknown(),
                Value::Array(items) => items.is_empty() && !self.has_unknown(),
                Value::String(text) => text.is_empty(),
                _ => false,
            }
    }

    /// The value as it stands.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// A known text.
    pub(crate) fn text(&self) -> Option<&'a str> {
        if self.is_unknown() { None } else { self.value.as_str() }
    }

    /// A known text that is not empty: older providers write empty texts for what was left out.
    pub(crate) fn filled(&self) -> Option<&'a str> {
        self.text().filter(|text| !text.is_empty())
    }

    /// A known switch.
    pub(crate) fn flag(&self) -> Option<bool> {
        if self.is_unknown() { None } else { self.value.as_bool() }
    }

    /// A known whole number.
    pub(crate) fn number(&self) -> Option<u64> {
        if self.is_unknown() { None } else { self.value.as_u64() }
    }

    /// The known texts of a list.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.items().iter().filter_map(View::text).map(str::to_owned).collect()
    }

    /// A required text of a specification.
    pub(crate) fn leaf(&self) -> Text {
        self.text().map_or(Leaf::Unknown, Text::of)
    }

    /// An optional text of a specification.
    pub(crate) fn option_leaf(&self) -> Option<Text> {
        self.option(Self::leaf)
    }

    /// A switch of a specification, which is `usual` where it is left out.
    pub(crate) fn switch(&self, usual: bool) -> Leaf<bool> {
        if self.is_unknown() { Leaf::Unknown } else { Leaf::Known(self.flag().unwrap_or(usual)) }
    }

    /// A required value of a specification; one that is null counts as unknown.
    pub(crate) fn required<T>(&self, of: impl FnOnce(&Self) -> T) -> Leaf<T> {
        if self.is_unknown() || self.value.is_null() { Leaf::Unknown } else { Leaf::Known(of(self)) }
    }

    /// An optional value of a specification that may be unknown as a whole.
    pub(crate) fn optional<T>(&self, of: impl FnOnce(&Self) -> T) -> Option<Leaf<T>> {
        self.option(|it| it.required(of))
    }

    /// A set of texts of a specification.
    pub(crate) fn leaves(&self) -> BTreeSet<Text> {
        self.items().iter().map(Self::leaf).collect()
    }

    /// A map of texts of a specification.
    pub(crate) fn leaf_map(&self) -> BTreeMap<String, Text> {
        self.entries().into_iter().map(|(key, it)| (key.to_owned(), it.leaf())).collect()
    }

    fn option<T>(&self, of: impl FnOnce(&Self) -> T) -> Option<T> {
        (self.is_unknown() || !self.value.is_null()).then(|| of(self))
    }

    fn index(&self, index: usize) -> Self {
        self.step(|tree| tree.get(index), format!("{}[{index}]", self.path))
    }

    fn step(&self, into: impl Fn(&'a Value) -> Option<&'a Value>, path: String) -> Self {
        // What is said of the whole holds for every part.
        let beside = |tree: &'a Value| if tree.is_boolean() { tree } else { into(tree).unwrap_or(&NULL) };
        Self {
            value: into(self.value).unwrap_or(&NULL),
            unknown: beside(self.unknown),
            sensitive: beside(self.sensitive),
            path,
        }
    }
}

/// A token of a JSON pointer.
pub(crate) fn escaped(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) { token.replace('~', "~0").replace('/', "~1").into() } else { token.into() }
}

fn holds_true(tree: &Value) -> bool {
    match tree {
        Value::Bool(told) => *told,
        Value::Array(items) => items.iter().any(holds_true),
        Value::Object(entries) => entries.values().any(holds_true),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::View;

    #[test]
    fn unknown_parts_are_told_from_absent_ones() {
        let (values, unknown, sensitive) = (
            json!({"oidc": [{"issuer_uri": null}], "members": ["a", null], "saml": []}),
            json!({"oidc": [{"issuer_uri": true}], "members": [false, true], "name": true}),
            json!({"members": [true]}),
        );
        let all = View::of(&values, &unknown, &sensitive);
        let issuer = all.block("oidc").map(|block| block.at("issuer_uri"));
        assert!(issuer.as_ref().is_some_and(View::is_unknown));
        assert_eq!(issuer.map(|issuer| issuer.path), Some("oidc[0].issuer_uri".to_owned()));
        assert!(all.block("saml").is_none() && all.at("saml").is_absent() && all.at("nothing").is_absent());
        assert!(all.at("name").is_unknown() && !all.at("name").is_absent());
        assert_eq!(all.at("members").items().len(), 2);
        assert!(all.at("members").is_sensitive() && !all.at("oidc").is_sensitive());
    }
}
