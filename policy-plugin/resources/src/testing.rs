//! Resources for tests, written as the plans of the official providers show them.

use serde_json::{Value, json};

use crate::{Alone, Piece, Resource, Surroundings, piece_of};

/// The piece of a resource of which everything is known.
pub(crate) fn known(type_name: &str, values: Value) -> Piece {
    partly(type_name, values, json!({}))
}

/// The piece of a resource that is about to be created, with the tree of what is not known yet.
pub(crate) fn partly(type_name: &str, values: Value, unknown: Value) -> Piece {
    let resource = planned(type_name, &values, &unknown, &Alone);
    piece_of(&resource).unwrap_or_else(|| panic!("{type_name} gives no piece"))
}

/// The same beside one other resource, which every attribute refers to.
pub(crate) fn beside(type_name: &str, values: Value, unknown: Value, other: Other) -> Piece {
    let resource = planned(type_name, &values, &unknown, &other);
    piece_of(&resource).unwrap_or_else(|| panic!("{type_name} gives no piece"))
}

/// A resource that others refer to.
pub(crate) struct Other {
    pub(crate) type_name: &'static str,
    pub(crate) address: &'static str,
    pub(crate) values: Value,
    pub(crate) unknown: Value,
}

impl Surroundings for Other {
    fn referred(&self, _: &str, _: &str) -> Vec<Resource<'_>> {
        let resource = planned(self.type_name, &self.values, &self.unknown, &Alone);
        vec![Resource { address: self.address, ..resource }]
    }
}

fn planned<'a>(
    type_name: &'a str,
    values: &'a Value,
    unknown: &'a Value,
    around: &'a dyn Surroundings,
) -> Resource<'a> {
    Resource { type_name, address: "test.it", values, unknown, sensitive: &Value::Null, created: true, around }
}
