//! Attributes that hold objects with a schema of their own.

use super::attribute::Attribute;
use crate::types::{ObjectType, Type};

/// How many objects a nested attribute holds, and how they are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects.
    Map,
}

impl Nesting {
    /// The type of this many objects of type `object`.
    pub fn wrap(self, object: Type) -> Type {
        match self {
            Nesting::Single => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

/// How a nested attribute is written in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `name = { … }`.
    Attribute,
    /// `name { … }`, repeated between `min` and `max` times; a `max` of 0 is no limit. A list or set of blocks is
    /// never null, only empty.
    Block {
        /// The least number of blocks.
        min: i64,
        /// The greatest number of blocks.
        max: i64,
    },
}

/// The schema of the objects inside an attribute.
#[derive(Clone, Debug)]
pub struct NestedType {
    /// How many objects there are.
    pub nesting: Nesting,
    /// The attributes of each object.
    pub attributes: Vec<Attribute>,
    /// How it is written.
    pub syntax: Syntax,
}

/// The type of an object with these attributes.
pub(super) fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(ObjectType {
        attributes: attributes.iter().map(|attribute| (attribute.name.clone(), attribute.implied_type())).collect(),
        ..ObjectType::default()
    })
}
