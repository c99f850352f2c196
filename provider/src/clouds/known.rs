//! Between the graph's leaves and what clouds send and take.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_trust::{Leaf, Text};

use super::CloudError;

/// A value that has to be known by now.
pub(super) fn known<T: Clone>(value: &Leaf<T>) -> Result<T, CloudError> {
    value.known().cloned().ok_or(CloudError::Unknown)
}

/// A map that has to be known by now.
pub(super) fn known_map(map: &BTreeMap<String, Text>) -> Result<BTreeMap<String, String>, CloudError> {
    map.iter().map(|(name, value)| Ok((name.clone(), known(value)?))).collect()
}

/// A set that has to be known by now.
pub(super) fn known_set(set: &BTreeSet<Text>) -> Result<BTreeSet<String>, CloudError> {
    set.iter().map(known).collect()
}

/// A text that a cloud answered with.
pub(super) fn seen(text: &str) -> Text {
    Text::of(text)
}

/// A map that a cloud answered with.
pub(super) fn seen_map(map: BTreeMap<String, String>) -> BTreeMap<String, Text> {
    map.into_iter().map(|(name, value)| (name, Text::of(value))).collect()
}

/// A set that a cloud answered with.
pub(super) fn seen_set(set: BTreeSet<String>) -> BTreeSet<Text> {
    set.into_iter().map(Text::of).collect()
}

/// The names of the fields that differ.
pub(super) fn mask<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
