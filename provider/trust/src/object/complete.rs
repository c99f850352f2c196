//! Whether a value holds anything that is not known yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::leaf::Leaf;

/// Says whether nothing in a value is unknown any more.
pub(crate) trait Complete {
    /// Whether nothing in it is unknown any more.
    fn is_complete(&self) -> bool;
}

impl<T: Complete> Complete for Leaf<T> {
    fn is_complete(&self) -> bool {
        self.known().is_some_and(Complete::is_complete)
    }
}

impl<T: Complete> Complete for Option<T> {
    fn is_complete(&self) -> bool {
        self.as_ref().is_none_or(Complete::is_complete)
    }
}

impl<T: Complete> Complete for Vec<T> {
    fn is_complete(&self) -> bool {
        self.iter().all(Complete::is_complete)
    }
}

impl<T: Complete> Complete for BTreeSet<T> {
    fn is_complete(&self) -> bool {
        self.iter().all(Complete::is_complete)
    }
}

impl<T: Complete> Complete for BTreeMap<String, T> {
    fn is_complete(&self) -> bool {
        self.values().all(Complete::is_complete)
    }
}

macro_rules! always {
    ($($plain:ty),*) => {
        $(impl Complete for $plain {
            fn is_complete(&self) -> bool {
                true
            }
        })*
    };
}

always!(bool, u32, String, &str);

/// Declares structs whose completeness is that of their fields.
macro_rules! complete {
    ($($(#[$outer:meta])* pub struct $name:ident { $($(#[$inner:meta])* pub $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$outer])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
            pub struct $name {
                $($(#[$inner])* pub $field: $type,)*
            }

            impl $crate::object::Complete for $name {
                fn is_complete(&self) -> bool {
                    $($crate::object::Complete::is_complete(&self.$field))&&*
                }
            }
        )*
    };
}

pub(crate) use complete;
