//! The planning algorithm: defaults, "known after apply", plan modifiers.

use super::modifier::AttributePlan;
use super::objects::{ObjectPlan, normalise, visit};
use super::same::keep_same;
use crate::diagnostic::Diagnostics;
use crate::path::Path;
use crate::schema::{Attribute, AttributeKind, Schema};
use crate::value::Value;

/// A planned change of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedChange {
    /// The planned state.
    pub planned: Value,
    /// Attributes whose change needs a new object; sorted, none twice.
    pub requires_replace: Vec<Path>,
    /// What the plan modifiers told.
    pub diagnostics: Diagnostics,
}

/// Plans a change from the schema alone.
///
/// `proposed` is the configuration with prior values wherever it leaves computed attributes open, as the host sends it.
/// Computed attributes become unknown only if anything changes at all: that is what makes an empty plan possible.
pub fn plan_resource_change(schema: &Schema, config: &Value, prior: &Value, proposed: Value) -> PlannedChange {
    let mut change = PlannedChange { planned: proposed, requires_replace: Vec::new(), diagnostics: Diagnostics::new() };
    if !config.is_known() || !change.planned.is_known() {
        return change;
    }
    let attributes = &schema.attributes;
    let root = Path::root();
    set_defaults(attributes, ObjectPlan { config, prior, planned: &mut change.planned });
    normalise(attributes, &mut change.planned);
    keep_same(attributes, prior, &mut change.planned);
    let exists = !prior.is_null();
    keep_dropped(exists, attributes, &root, ObjectPlan { config, prior, planned: &mut change.planned });
    let mut marked = false;
    loop {
        if change.planned != *prior && !marked {
            mark_unknown(attributes, ObjectPlan { config, prior, planned: &mut change.planned });
            marked = true;
        }
        let mut run = Run::new(exists);
        run.modify(attributes, &root, ObjectPlan { config, prior, planned: &mut change.planned });
        change.requires_replace = run.requires_replace;
        change.diagnostics = run.diagnostics;
        // A modifier that changed what was an empty plan makes it a change, so the computed attributes open up after all.
        if marked || change.planned == *prior {
            break;
        }
    }
    change.requires_replace.sort();
    change.requires_replace.dedup();
    change
}

fn set_defaults(attributes: &[Attribute], object: ObjectPlan<'_>) {
    for_members(attributes, object, &mut |attribute, config, prior, planned| {
        if config.is_null() {
            if let Some(default) = &attribute.default {
                *planned = default.clone();
            }
        } else if let AttributeKind::Nested(nested) = &attribute.kind {
            visit(nested, &Path::root(), config, prior, planned, &mut |_, inner| {
                set_defaults(&nested.attributes, inner);
            });
        }
    });
}

fn mark_unknown(attributes: &[Attribute], object: ObjectPlan<'_>) {
    for_members(attributes, object, &mut |attribute, config, prior, planned| {
        if config.is_null() {
            if attribute.presence.is_computed() && attribute.default.is_none() {
                *planned = Value::UNKNOWN;
            }
        } else if let AttributeKind::Nested(nested) = &attribute.kind {
            visit(nested, &Path::root(), config, prior, planned, &mut |_, inner| {
                mark_unknown(&nested.attributes, inner);
            });
        }
    });
}

/// Takes back what a host has dropped from its proposal, as far as the modifiers would take it back anyway.
///
/// Where the configuration leaves out an attribute that it may set, and the state has objects there with values that only
/// a configuration can have set, hosts propose null. If a modifier then keeps the objects, the host proposes null again
/// next time. Were that a change, every plan would have it, and whatever is computed elsewhere would never settle.
fn keep_dropped(exists: bool, attributes: &[Attribute], path: &Path, object: ObjectPlan<'_>) {
    let parent_exists = !object.prior.is_null();
    for_members(attributes, object, &mut |attribute, config, prior, planned| {
        let AttributeKind::Nested(nested) = &attribute.kind else { return };
        let path = path.attribute(attribute.name.to_string());
        if !config.is_null() {
            visit(nested, &path, config, prior, planned, &mut |path, inner| {
                keep_dropped(exists, &nested.attributes, path, inner);
            });
        } else if attribute.presence.is_computed() && attribute.default.is_none() && planned.is_null() {
            let mut kept = Value::UNKNOWN;
            Run::new(exists).modify_one(attribute, &path, parent_exists, config, prior, &mut kept);
            if kept == *prior {
                *planned = kept;
            }
        }
    });
}

/// One pass of plan modifiers.
struct Run {
    exists: bool,
    requires_replace: Vec<Path>,
    diagnostics: Diagnostics,
}

impl Run {
    fn new(exists: bool) -> Self {
        Run { exists, requires_replace: Vec::new(), diagnostics: Diagnostics::new() }
    }

    fn modify(&mut self, attributes: &[Attribute], path: &Path, object: ObjectPlan<'_>) {
        let parent_exists = !object.prior.is_null();
        for_members(attributes, object, &mut |attribute, config, prior, planned| {
            if attribute.modifiers.is_empty() && attribute.as_nested().is_none() {
                return;
            }
            let path = path.attribute(attribute.name.to_string());
            self.modify_one(attribute, &path, parent_exists, config, prior, planned);
            if let AttributeKind::Nested(nested) = &attribute.kind {
                visit(nested, &path, config, prior, planned, &mut |path, inner| {
                    self.modify(&nested.attributes, path, inner);
                });
            }
        });
    }

    /// Runs the modifiers of one attribute, not those of what is inside.
    fn modify_one(
        &mut self,
        attribute: &Attribute,
        path: &Path,
        parent_exists: bool,
        config: &Value,
        prior: &Value,
        planned: &mut Value,
    ) {
        for modifier in &attribute.modifiers {
            let mut plan = AttributePlan {
                path,
                config,
                prior,
                exists: self.exists,
                parent_exists,
                planned: std::mem::replace(planned, Value::Null),
                requires_replace: false,
                diagnostics: Diagnostics::new(),
            };
            modifier.run(&mut plan);
            let AttributePlan { planned: result, requires_replace, diagnostics, .. } = plan;
            *planned = result;
            if requires_replace {
                self.requires_replace.push(path.clone());
            }
            self.diagnostics.extend(diagnostics);
        }
    }
}

/// Calls `each` for every attribute with its value in configuration, prior state and plan.
fn for_members(
    attributes: &[Attribute],
    object: ObjectPlan<'_>,
    each: &mut dyn FnMut(&Attribute, &Value, &Value, &mut Value),
) {
    let Value::Object(planned) = object.planned else { return };
    for attribute in attributes {
        let Some(planned) = attribute.value_among(planned) else { continue };
        each(attribute, attribute.value_in(object.config), attribute.value_in(object.prior), planned);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{requires_replace, use_state_for_unknown};
    use super::*;
    use crate::schema::Nesting;
    use crate::types::Type;
    use crate::value::Refinements;

    fn schema() -> Schema {
        Schema::new(vec![
            Attribute::new("name", Type::String).required().modify(requires_replace()),
            Attribute::new("size", Type::Number).optional_computed().default_value(3),
            Attribute::new("secret", Type::String).write_only(),
            Attribute::new("id", Type::String).computed().modify(use_state_for_unknown()),
            Attribute::new("etag", Type::String).computed(),
            Attribute::nested(
                "parts",
                Nesting::List,
                vec![Attribute::new("key", Type::String).required(), Attribute::new("made", Type::String).computed()],
            ),
        ])
    }

    fn object(name: &str, rest: [(&'static str, Value); 5]) -> Value {
        Value::object([("name", Value::from(name))].into_iter().chain(rest))
    }

    fn config(name: &str) -> Value {
        let part = Value::object([("key", Value::from("k")), ("made", Value::Null)]);
        object(
            name,
            [
                ("size", Value::Null),
                ("secret", "s".into()),
                ("id", Value::Null),
                ("etag", Value::Null),
                ("parts", Value::list([part])),
            ],
        )
    }

    fn state(name: &str) -> Value {
        let part = Value::object([("key", Value::from("k")), ("made", "then".into())]);
        object(
            name,
            [
                ("size", 3.into()),
                ("secret", Value::Null),
                ("id", "7".into()),
                ("etag", "e".into()),
                ("parts", Value::list([part])),
            ],
        )
    }

    #[test]
    fn a_new_object_has_its_defaults_and_the_rest_is_unknown() {
        let change = plan_resource_change(&schema(), &config("a"), &Value::Null, config("a"));
        assert_eq!(change.planned.attribute("size"), Some(&Value::from(3)));
        assert_eq!(change.planned.attribute("secret"), Some(&Value::Null));
        assert_eq!(change.planned.attribute("id"), Some(&Value::UNKNOWN));
        let made = Path::root().attribute("parts").index(0).attribute("made");
        assert_eq!(change.planned.get(&made), Some(&Value::UNKNOWN));
        assert_eq!(change.requires_replace, []);
    }

    #[test]
    fn without_a_change_nothing_becomes_unknown() {
        let prior = state("a");
        let proposed = object(
            "a",
            [
                ("size", 3.into()),
                ("secret", "s".into()),
                ("id", "7".into()),
                ("etag", "e".into()),
                ("parts", prior.attribute("parts").cloned().unwrap_or(Value::Null)),
            ],
        );
        let change = plan_resource_change(&schema(), &config("a"), &prior, proposed);
        assert_eq!(change.planned, prior);
    }

    #[test]
    fn a_change_opens_what_may_change_and_keeps_what_cannot() {
        let prior = state("a");
        let mut proposed = prior.clone();
        if let Some(name) = proposed.get_mut(&Path::root().attribute("name")) {
            *name = "b".into();
        }
        let change = plan_resource_change(&schema(), &config("b"), &prior, proposed);
        assert_eq!(change.planned.attribute("id"), Some(&Value::from("7")));
        assert_eq!(change.planned.attribute("etag"), Some(&Value::UNKNOWN));
        assert_eq!(change.requires_replace, [Path::root().attribute("name")]);
    }

    #[test]
    fn what_is_known_about_an_unknown_is_planned() {
        use super::super::{will_begin_with, will_have_size, will_not_be_null};
        let known = |known: Refinements| Value::Unknown(Some(Box::new(known)));
        let schema = Schema::new(vec![
            Attribute::new("id", Type::String).computed().modify(will_begin_with("id-")),
            Attribute::new("ips", Type::list(Type::String)).computed().modify(will_have_size(1..=3)),
            Attribute::new("size", Type::Number).optional_computed().modify(will_not_be_null()),
        ]);
        let config = Value::object([("id", Value::Null), ("ips", Value::Null), ("size", Value::Null)]);
        let planned = plan_resource_change(&schema, &config, &Value::Null, config.clone()).planned;
        let prefix = Refinements { string_prefix: Some("id-".into()), ..Refinements::not_null() };
        let lengths = Refinements { length_lower: Some(1), length_upper: Some(3), ..Refinements::not_null() };
        let expected =
            Value::object([("id", known(prefix)), ("ips", known(lengths)), ("size", known(Refinements::not_null()))]);
        assert_eq!(planned, expected);
        let made = |id: &str, ips: usize| {
            let ips = Value::list(vec![Value::from("1.2.3.4"); ips]);
            Value::object([("id", Value::from(id)), ("ips", ips), ("size", Value::from(1))])
        };
        let broken = |made: Value| crate::plan::core_rules::assert_object_compatible(&planned, &made).len();
        assert_eq!([made("id-7", 1), made("7", 1), made("id-7", 4), made("", 0)].map(broken), [0, 1, 1, 2]);
    }

    #[test]
    fn a_destroy_has_nothing_to_plan() {
        let change = plan_resource_change(&schema(), &Value::Null, &state("a"), Value::Null);
        assert_eq!(change.planned, Value::Null);
    }

    #[test]
    fn an_object_that_the_configuration_drops_and_a_modifier_keeps_is_no_change() {
        let part = || {
            let attributes =
                vec![Attribute::new("key", Type::String).optional(), Attribute::new("made", Type::String).computed()];
            Attribute::nested("part", Nesting::Single, attributes).optional_computed()
        };
        let object = |part: Value, etag: Value| Value::object([("part", part), ("etag", etag)]);
        let prior = object(Value::object([("key", Value::from("k")), ("made", Value::from("m"))]), Value::from("e"));
        let dropped = object(Value::Null, Value::Null);
        let plan = |part: Attribute| {
            let schema = Schema::new(vec![part, Attribute::new("etag", Type::String).computed()]);
            let proposed = crate::plan::proposed_new_state(&schema.attributes, &prior, &dropped);
            // The host has seen that only a configuration can have set the key.
            assert_eq!(proposed.attribute("part"), Some(&Value::Null));
            plan_resource_change(&schema, &dropped, &prior, proposed).planned
        };
        assert_eq!(plan(part().modify(use_state_for_unknown())), prior);
        assert_eq!(plan(part()), object(Value::UNKNOWN, Value::UNKNOWN));
    }

    #[test]
    fn a_modifier_that_makes_a_change_opens_the_computed_attributes() {
        let bump = super::super::PlanModifier::new("always another", |plan| plan.planned = Value::from("new"));
        let schema = Schema::new(vec![
            Attribute::new("rolling", Type::String).computed().modify(bump),
            Attribute::new("etag", Type::String).computed(),
        ]);
        let none = Value::object([("rolling", Value::Null), ("etag", Value::Null)]);
        let prior = Value::object([("rolling", Value::from("old")), ("etag", Value::from("e"))]);
        let change = plan_resource_change(&schema, &none, &prior, prior.clone());
        assert_eq!(change.planned, Value::object([("rolling", Value::from("new")), ("etag", Value::UNKNOWN)]));
    }

    #[test]
    fn elements_of_a_set_are_recognised_by_what_is_configured() {
        let attributes = vec![
            Attribute::new("key", Type::String).required(),
            Attribute::new("on", Type::Bool).optional_computed().default_value(true),
            Attribute::new("made", Type::String).computed(),
        ];
        let schema = Schema::new(vec![Attribute::nested("parts", Nesting::Set, attributes)]);
        let part =
            |key: &str, on: Value, made: Value| Value::object([("key", Value::from(key)), ("on", on), ("made", made)]);
        let parts = |parts: [Value; 2]| Value::object([("parts", Value::set(parts))]);
        let config = parts([part("a", false.into(), Value::Null), part("b", Value::Null, Value::Null)]);
        let change = plan_resource_change(&schema, &config, &Value::Null, config.clone());
        let expected = parts([part("a", false.into(), Value::UNKNOWN), part("b", true.into(), Value::UNKNOWN)]);
        assert_eq!(change.planned, expected);
    }
}
