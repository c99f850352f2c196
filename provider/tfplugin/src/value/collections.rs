//! The containers inside values: members under string keys, and elements without order.

use super::{Text, Value};

/// Values under string keys, kept in the order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueMap(Vec<(Text, Value)>);

impl ValueMap {
    /// A map without members.
    pub fn new() -> Self {
        ValueMap(Vec::new())
    }

    /// Members that are in the order of their keys already, none of which occurs twice.
    pub(crate) fn from_sorted(members: Vec<(Text, Value)>) -> Self {
        debug_assert!(members.is_sorted_by(|left, right| left.0 < right.0));
        ValueMap(members)
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).ok().map(|index| &self.0[index].1)
    }

    /// The value under a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.position(key).ok().map(|index| &mut self.0[index].1)
    }

    /// Whether there is a value under the key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_ok()
    }

    /// Puts a value under a key and hands back the one that was there.
    pub fn insert(&mut self, key: impl Into<Text>, value: Value) -> Option<Value> {
        let key = key.into();
        match self.position(&key) {
            Ok(index) => Some(std::mem::replace(&mut self.0[index].1, value)),
            Err(index) => {
                self.0.insert(index, (key, value));
                None
            }
        }
    }

    /// Takes the value under a key out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.position(key).ok().map(|index| self.0.remove(index).1)
    }

    /// Takes the value under a key, leaving null in its place.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.get_mut(key).map(|place| std::mem::replace(place, Value::Null))
    }

    /// The members in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The members in the order of their keys, values to be changed.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Text, &mut Value)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The same keys with other values.
    pub fn map_values(self, mut change: impl FnMut(Value) -> Value) -> Self {
        ValueMap(self.0.into_iter().map(|(key, value)| (key, change(value))).collect())
    }

    /// The value under a key that is probably the one with this many keys before it.
    #[inline]
    pub(crate) fn get_near(&self, rank: usize, key: &Text) -> Option<&Value> {
        match self.0.get(rank) {
            Some((candidate, value)) if candidate == key => Some(value),
            _ => self.position(key).ok().map(|index| &self.0[index].1),
        }
    }

    /// The value under a key that is probably the one with this many keys before it, to be changed.
    #[inline]
    pub(crate) fn get_near_mut(&mut self, rank: usize, key: &Text) -> Option<&mut Value> {
        let index = match self.0.get(rank) {
            Some((candidate, _)) if candidate == key => rank,
            _ => self.position(key).ok()?,
        };
        Some(&mut self.0[index].1)
    }

    /// Takes the value under a key that is probably the one with this many keys before it, leaving null in its place.
    pub(crate) fn take_near(&mut self, rank: usize, key: &str) -> Option<Value> {
        let index = match self.0.get(rank) {
            Some((candidate, _)) if candidate.as_utf8() == key.as_bytes() => rank,
            _ => self.position(key).ok()?,
        };
        Some(std::mem::replace(&mut self.0[index].1, Value::Null))
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(candidate, _)| candidate.as_utf8().cmp(key.as_bytes()))
    }
}

impl From<Vec<(Text, Value)>> for ValueMap {
    /// Of several values under one key the last one stays.
    fn from(mut members: Vec<(Text, Value)>) -> Self {
        if !members.is_sorted_by(|left, right| left.0 < right.0) {
            // The sort is stable, so among equal keys the last one given is the last one here.
            members.sort_by(|left, right| left.0.cmp(&right.0));
            members.reverse();
            members.dedup_by(|later, earlier| later.0 == earlier.0);
            members.reverse();
        }
        ValueMap(members)
    }
}

impl<K: Into<Text>> FromIterator<(K, Value)> for ValueMap {
    /// Collects members; of several values under one key the last one stays.
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(members: I) -> Self {
        let members: Vec<(Text, Value)> = members.into_iter().map(|(key, value)| (key.into(), value)).collect();
        ValueMap::from(members)
    }
}

impl IntoIterator for ValueMap {
    type Item = (Text, Value);
    type IntoIter = std::vec::IntoIter<(Text, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Values without order. Wholly known equal elements are one element; elements that are partly unknown all stay,
/// because they may turn out to be different.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueSet(Vec<Value>);

impl ValueSet {
    /// A set without elements.
    pub fn new() -> Self {
        ValueSet(Vec::new())
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an equal element is in the set.
    pub fn contains(&self, element: &Value) -> bool {
        self.0.binary_search(element).is_ok()
    }

    /// The elements in a stable order that has no meaning.
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    /// The elements in a stable order that has no meaning.
    pub fn as_slice(&self) -> &[Value] {
        &self.0
    }
}

impl From<Vec<Value>> for ValueSet {
    /// Equal elements become one.
    fn from(mut elements: Vec<Value>) -> Self {
        if !elements.is_sorted_by(|left, right| left < right) {
            elements.sort();
            elements.dedup_by(|later, earlier| later == earlier && later.is_wholly_known());
        }
        ValueSet(elements)
    }
}

impl FromIterator<Value> for ValueSet {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        ValueSet::from(elements.into_iter().collect::<Vec<_>>())
    }
}

impl IntoIterator for ValueSet {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_under_a_key_stays() {
        let map: ValueMap = [("b", Value::from(1)), ("a", Value::from(2)), ("b", Value::from(3))].into_iter().collect();
        assert_eq!(map.len(), 2);
        assert_eq!(map.get("b"), Some(&Value::from(3)));
        assert_eq!(map.keys().map(Text::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn members_come_and_go() {
        let mut map = ValueMap::new();
        assert_eq!(map.insert("k", Value::from(1)), None);
        assert_eq!(map.insert("k", Value::from(2)), Some(Value::from(1)));
        assert_eq!(map.take("k"), Some(Value::from(2)));
        assert_eq!(map.remove("k"), Some(Value::Null));
        assert!(map.is_empty());
    }
}
