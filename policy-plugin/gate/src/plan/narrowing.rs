//! Finds the resources of a plan that an attribute was made of, to narrow what its unknown value can be.

use std::collections::HashMap;
use std::sync::OnceLock;

use crosscloud_policy_resources::{Resource, Surroundings};

use super::address::{modules, without_keys};
use super::{Change, Configuration, Plan};

/// A plan that can be asked what refers to what. The index is made on the first question: most plans know all that matters.
pub(crate) struct Narrowing<'p, 'a> {
    plan: &'p Plan<'a>,
    configuration: &'p Configuration<'a>,
    index: OnceLock<Index<'p, 'a>>,
}

struct Index<'p, 'a> {
    by_address: HashMap<&'p str, &'p Change<'a>>,
    /// By address without any keys.
    instances: HashMap<String, Vec<&'p Change<'a>>>,
}

impl<'p, 'a> Narrowing<'p, 'a> {
    pub(crate) fn new(plan: &'p Plan<'a>, configuration: &'p Configuration<'a>) -> Self {
        Self { plan, configuration, index: OnceLock::new() }
    }

    fn index(&self) -> &Index<'p, 'a> {
        self.index.get_or_init(|| {
            let mut index = Index { by_address: HashMap::new(), instances: HashMap::new() };
            for change in &self.plan.changes {
                index.by_address.insert(&change.address, change);
                index.instances.entry(without_keys(&change.address)).or_default().push(change);
            }
            index
        })
    }

    /// The instances that a reference from one resource can mean, the nearest first ruled by module, then by key.
    fn meant(&self, from: &Change<'a>, modules: &[String], reference: &str) -> Vec<&'p Change<'a>> {
        let local = reference_to_resource(reference);
        let prefix: String = modules.iter().map(|name| format!("module.{name}.")).collect();
        let Some(all) = self.index().instances.get(&format!("{prefix}{}", without_keys(local))) else {
            return Vec::new();
        };
        let near: Vec<_> = all.iter().copied().filter(|it| it.module_address == from.module_address).collect();
        let candidates = if near.is_empty() { all.clone() } else { near };
        if local.ends_with(']') {
            return candidates.into_iter().filter(|it| it.address.ends_with(local)).collect();
        }
        if candidates.len() > 1 {
            let key = |change: &Change<'_>| change.index.map(|key| key.get().to_owned());
            let same: Vec<_> = candidates.iter().copied().filter(|it| key(it) == key(from)).collect();
            if same.len() == 1 {
                return same;
            }
        }
        candidates
    }
}

impl Surroundings for Narrowing<'_, '_> {
    fn referred(&self, address: &str, attribute: &str) -> Vec<Resource<'_>> {
        let Some(from) = self.index().by_address.get(address).copied() else { return Vec::new() };
        let modules = modules(from.module_address.as_deref().unwrap_or_default());
        let data = if from.mode == "data" { "data." } else { "" };
        let own = format!("{data}{}.{}", from.type_name, from.name);
        let mut found: Vec<&Change<'_>> = Vec::new();
        for target in self.configuration.targets(&modules, &own, attribute) {
            for change in self.meant(from, &target.modules, &target.reference) {
                if !found.iter().any(|it| std::ptr::eq(*it, change)) {
                    found.push(change);
                }
            }
        }
        let found = found.into_iter().filter_map(|change| {
            let values = change.kept_values().filter(|values| !values.is_gone())?;
            Some(Resource {
                type_name: &change.type_name,
                address: &change.address,
                values: &values.after,
                unknown: &values.unknown,
                sensitive: &values.sensitive,
                created: values.is_new(),
                around: self,
            })
        });
        found.collect()
    }
}

/// The part of a reference that names a resource: `aws_x.y["k"]` of `aws_x.y["k"].id`.
fn reference_to_resource(reference: &str) -> &str {
    let parts = if reference.starts_with("data.") { 3 } else { 2 };
    let (mut dots, mut depth, mut quoted) = (0, 0_usize, false);
    for (place, byte) in reference.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'[' if !quoted => depth += 1,
            b']' if !quoted => depth = depth.saturating_sub(1),
            b'.' if !quoted && depth == 0 => {
                dots += 1;
                if dots == parts {
                    return &reference[..place];
                }
            }
            _ => {}
        }
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::reference_to_resource;

    #[test]
    fn attributes_are_cut_off() {
        for (reference, expected) in [
            ("aws_x.y.id", "aws_x.y"),
            ("aws_x.y", "aws_x.y"),
            (r#"aws_x.y["a.b"].id"#, r#"aws_x.y["a.b"]"#),
            ("data.aws_x.y[0].json", "data.aws_x.y[0]"),
        ] {
            assert_eq!(reference_to_resource(reference), expected);
        }
    }
}
