//! What a plan says of one resource.

use serde_json::Value;

use crate::view::View;

/// A resource as it is planned.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// Type, such as `google_project_iam_member`.
    pub type_name: &'a str,
    /// Whole address, such as `module.ci["prod"].google_project_iam_member.deploy[0]`; of data sources with `data.` before the type.
    pub address: &'a str,
    /// Values of the attributes. What is not known yet is missing or null.
    pub values: &'a Value,
    /// `true` where a value is not known yet, in the shape of the values.
    pub unknown: &'a Value,
    /// `true` where a value is sensitive, in the shape of the values.
    pub sensitive: &'a Value,
    /// Whether the resource does not exist yet, so that nothing outside of the plan can refer to it.
    pub created: bool,
    /// The plan around it, which says what unknown values are made of.
    pub around: &'a dyn Surroundings,
}

/// The plan around a resource.
pub trait Surroundings: Sync {
    /// The resources of the plan that the configuration names in a top-level attribute of the resource at an address.
    fn referred(&self, address: &str, attribute: &str) -> Vec<Resource<'_>>;
}

/// No plan: nothing is said about what unknown values are made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Surroundings for Alone {
    fn referred(&self, _: &str, _: &str) -> Vec<Resource<'_>> {
        Vec::new()
    }
}

impl<'a> Resource<'a> {
    /// A top-level attribute.
    pub(crate) fn at(&self, attribute: &str) -> View<'a> {
        View::of(self.values, self.unknown, self.sensitive).at(attribute)
    }

    /// The resource of one of these types that an attribute is made of, where there is exactly one.
    pub(crate) fn referred(&self, attribute: &str, types: &[&str]) -> Option<Resource<'a>> {
        let around: &'a dyn Surroundings = self.around;
        let fitting = |found: &Resource<'_>| types.contains(&found.type_name);
        let mut found = around.referred(self.address, attribute).into_iter().filter(fitting);
        found.next().filter(|_| found.next().is_none())
    }
}

impl std::fmt::Debug for Resource<'_> {
    /// Values may be sensitive, so none is shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Resource").field("address", &self.address).finish_non_exhaustive()
    }
}
