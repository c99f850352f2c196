//! From attributes to the values of a specification, and back.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_trust::{Leaf, Text};
use tfplugin::Attr;

/// A required text. One that is null counts as unknown: Terraform has refused it already.
pub(crate) fn text(value: &Attr<String>) -> Text {
    leaf(value, String::clone)
}

/// An optional text.
pub(crate) fn option_text(value: &Attr<String>) -> Option<Text> {
    option(value, String::clone)
}

/// A switch, off unless set.
pub(crate) fn switch(value: &Attr<bool>) -> Leaf<bool> {
    switch_or(value, false)
}

/// A switch that is `usual` unless set.
pub(crate) fn switch_or(value: &Attr<bool>, usual: bool) -> Leaf<bool> {
    match value {
        Attr::Known(value) => Leaf::Known(*value),
        Attr::Null => Leaf::Known(usual),
        Attr::Unknown => Leaf::Unknown,
    }
}

/// Whether a switch is surely on.
pub(crate) fn is_on(value: &Attr<bool>) -> bool {
    value.known() == Some(&true)
}

/// A set of texts.
pub(crate) fn texts(values: &BTreeSet<Attr<String>>) -> BTreeSet<Text> {
    values.iter().map(text).collect()
}

/// A map of texts.
pub(crate) fn text_map(values: &BTreeMap<String, Attr<String>>) -> BTreeMap<String, Text> {
    values.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

/// A required value. One that is null counts as unknown.
pub(crate) fn leaf<T, U>(value: &Attr<T>, of: impl FnOnce(&T) -> U) -> Leaf<U> {
    value.known().map_or(Leaf::Unknown, |value| Leaf::Known(of(value)))
}

/// An optional value.
pub(crate) fn option<T, U>(value: &Attr<T>, of: impl FnOnce(&T) -> U) -> Option<Leaf<U>> {
    (!value.is_null()).then(|| leaf(value, of))
}

/// The attribute of a text.
pub(crate) fn attr(text: &Text) -> Attr<String> {
    text.known().cloned().map_or(Attr::Unknown, Attr::Known)
}

/// The attribute of a text that may not be.
pub(crate) fn option_attr(text: &Option<Text>) -> Attr<String> {
    text.as_ref().map_or(Attr::Null, attr)
}

/// The attribute of a map that may not be.
pub(crate) fn map_attr(map: &Option<Leaf<BTreeMap<String, Text>>>) -> Attr<BTreeMap<String, Attr<String>>> {
    match map {
        None => Attr::Null,
        Some(Leaf::Unknown) => Attr::Unknown,
        Some(Leaf::Known(map)) => Attr::Known(map.iter().map(|(key, value)| (key.clone(), attr(value))).collect()),
    }
}

/// The attribute of a set of texts.
pub(crate) fn set_attr(values: &BTreeSet<Text>) -> BTreeSet<Attr<String>> {
    values.iter().map(attr).collect()
}

/// The attribute of a map of texts.
pub(crate) fn text_map_attr(values: &BTreeMap<String, Text>) -> BTreeMap<String, Attr<String>> {
    values.iter().map(|(key, value)| (key.clone(), attr(value))).collect()
}

/// The attribute of a value.
pub(crate) fn leaf_attr<T, U>(value: &Leaf<T>, of: impl FnOnce(&T) -> U) -> Attr<U> {
    value.known().map_or(Attr::Unknown, |value| Attr::Known(of(value)))
}

/// The attribute of a value that may not be.
pub(crate) fn option_leaf_attr<T, U>(value: &Option<Leaf<T>>, of: impl FnOnce(&T) -> U) -> Attr<U> {
    value.as_ref().map_or(Attr::Null, |value| leaf_attr(value, of))
}

/// The attribute of labels, null where there are none.
pub(crate) fn labels_attr(labels: &Leaf<BTreeMap<String, Text>>) -> Attr<BTreeMap<String, Attr<String>>> {
    match labels {
        Leaf::Known(labels) if labels.is_empty() => Attr::Null,
        labels => leaf_attr(labels, text_map_attr),
    }
}

/// The attribute of a switch that is off unless set.
pub(crate) fn switch_attr(value: &Leaf<bool>) -> Attr<bool> {
    match value {
        Leaf::Known(false) => Attr::Null,
        Leaf::Known(true) => Attr::Known(true),
        Leaf::Unknown => Attr::Unknown,
    }
}
