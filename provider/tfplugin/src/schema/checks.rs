//! The check of a schema at start-up: everything that a host would refuse later, told at once and by name.

use std::collections::BTreeSet;

use super::Schema;
use super::attribute::{Attribute, AttributeKind, Presence};
use super::nested::{NestedType, Nesting, Syntax};
use crate::path::Path;
use crate::types::Type;
use crate::value::Value;

/// What a schema describes. The rules differ a little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaKind {
    /// The provider's own block.
    Provider,
    /// The block in which a module tells the provider something.
    ProviderMeta,
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    EphemeralResource,
    /// The configuration of a list resource.
    ListResource,
    /// The configuration of an action.
    Action,
    /// The identity of a managed resource.
    Identity,
}

impl SchemaKind {
    /// Names at the root that the host keeps for itself.
    fn reserved(self) -> &'static [&'static str] {
        match self {
            SchemaKind::Provider => &["alias", "version"],
            SchemaKind::Identity | SchemaKind::ProviderMeta => &[],
            _ => &["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"],
        }
    }
}

/// All problems of a schema, each a sentence that begins with the attribute. An empty list means that it is sound.
pub fn check(schema: &Schema, kind: SchemaKind) -> Vec<String> {
    let mut checker = Checker { kind, problems: Vec::new() };
    if schema.version < 0 {
        checker.problems.push("the schema's version is negative".to_owned());
    }
    for attribute in &schema.attributes {
        if kind.reserved().contains(&attribute.name.as_str()) {
            checker.problems.push(format!("{}: the name is reserved by the host", attribute.name));
        }
    }
    checker.attributes(&schema.attributes, &Path::root(), Place::default());
    checker.problems
}

/// All problems of an identity's schema.
pub fn check_identity(schema: &Schema) -> Vec<String> {
    let mut checker = Checker { kind: SchemaKind::Identity, problems: Vec::new() };
    if schema.version < 0 {
        checker.problems.push("the schema's version is negative".to_owned());
    }
    if schema.attributes.is_empty() {
        checker.problems.push("has no attributes".to_owned());
    }
    checker.attributes(&schema.attributes, &Path::root(), Place::default());
    for attribute in &schema.attributes {
        let path = Path::root().attribute(attribute.name.to_string());
        let primitive = |ty: &Type| matches!(ty, Type::String | Type::Number | Type::Bool);
        let simple = match &attribute.kind {
            AttributeKind::Plain(Type::List(element)) => primitive(element),
            AttributeKind::Plain(ty) => primitive(ty),
            AttributeKind::Nested(_) => false,
        };
        if !simple {
            checker.problem(&path, "must be a string, a number, a boolean or a list of them");
        }
        if attribute.presence.is_computed() {
            checker.problem(&path, "must be required or optional, which says whether an import has to give it");
        }
        if attribute.sensitive || attribute.deprecation.is_some() || !attribute.modifiers.is_empty() {
            checker.problem(&path, "has options that an identity cannot express");
        }
    }
    checker.problems
}

/// What lies around an attribute.
#[derive(Clone, Copy, Default)]
struct Place {
    in_set: bool,
    in_nested_attribute: bool,
    in_write_only: bool,
    /// The parent is only computed, so nothing below can be configured.
    in_computed: bool,
}

struct Checker {
    kind: SchemaKind,
    problems: Vec<String>,
}

impl Checker {
    fn attributes(&mut self, attributes: &[Attribute], path: &Path, place: Place) {
        let mut names = BTreeSet::new();
        for attribute in attributes {
            let path = path.attribute(attribute.name.to_string());
            if !names.insert(&attribute.name) {
                self.problem(&path, "is declared twice");
            }
            self.attribute(attribute, &path, place);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, path: &Path, place: Place) {
        let name = attribute.name.as_str();
        let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(lower) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            self.problem(path, "must be named with a-z, 0-9 and _, beginning with a letter");
        }
        if attribute.deprecation.as_ref().is_some_and(String::is_empty) {
            self.problem(path, "is deprecated without saying what to use instead");
        }
        if matches!(self.kind, SchemaKind::ListResource | SchemaKind::Action | SchemaKind::ProviderMeta)
            && attribute.presence.is_computed()
        {
            self.problem(path, "is computed, but here is nothing to compute: there is only a configuration");
        }
        self.write_only(attribute, path, place);
        self.default(attribute, path);
        if place.in_computed && attribute.presence != Presence::Computed {
            self.problem(path, "can be configured although the attribute around it is only computed");
        }
        match &attribute.kind {
            AttributeKind::Plain(ty) => self.plain(ty, path, place),
            AttributeKind::Nested(nested) => self.nested(attribute, nested, path, place),
        }
    }

    fn write_only(&mut self, attribute: &Attribute, path: &Path, place: Place) {
        if !attribute.write_only {
            if place.in_write_only && !attribute.is_block() {
                self.problem(path, "must be write-only like the attribute around it");
            }
            return;
        }
        if attribute.presence.is_computed() {
            self.problem(path, "cannot be both write-only and computed");
        }
        if place.in_set || contains_set(attribute) {
            self.problem(path, "is write-only and inside a set, where its value cannot be told apart");
        }
        if self.kind != SchemaKind::Resource {
            self.problem(path, "is write-only, which only resources can have");
        }
    }

    fn default(&mut self, attribute: &Attribute, path: &Path) {
        let Some(default) = &attribute.default else { return };
        if attribute.presence != Presence::OptionalComputed {
            self.problem(path, "has a default, so it must be optional and computed");
        }
        if self.kind != SchemaKind::Resource {
            self.problem(path, "has a default, but only resources are planned");
        }
        if !matches!(default, Value::Null) && crate::codec::conforms(default, &attribute.implied_type()).is_err() {
            self.problem(path, "has a default of another type");
        }
        if !default.is_wholly_known() {
            self.problem(path, "has a default that is not wholly known");
        }
    }

    fn plain(&mut self, ty: &Type, path: &Path, place: Place) {
        if (place.in_set && ty.contains_dynamic()) || dynamic_in_set(ty) {
            self.problem(path, "has a dynamic type inside a set");
        }
        if matches!(ty, Type::List(element) | Type::Map(element) if **element == Type::Dynamic) {
            self.problem(path, "is a collection of dynamic values, whose elements would all need one type: make the whole attribute dynamic");
        }
        if matches!(ty, Type::Object(object) if !object.optional.is_empty()) {
            self.problem(path, "has an object type with optional attributes, which hosts do not expect");
        }
    }

    fn nested(&mut self, attribute: &Attribute, nested: &NestedType, path: &Path, place: Place) {
        let inside = Place {
            in_set: place.in_set || nested.nesting == Nesting::Set,
            in_nested_attribute: place.in_nested_attribute || !attribute.is_block(),
            in_write_only: attribute.write_only,
            in_computed: attribute.presence == Presence::Computed,
        };
        match nested.syntax {
            Syntax::Attribute => {}
            Syntax::Block { min, max } => self.block(attribute, nested.nesting, (min, max), path, place),
        }
        self.attributes(&nested.attributes, path, inside);
    }

    fn block(&mut self, attribute: &Attribute, nesting: Nesting, (min, max): (i64, i64), path: &Path, place: Place) {
        if place.in_nested_attribute {
            self.problem(path, "is a block inside a nested attribute");
        }
        if attribute.presence != Presence::Optional || attribute.write_only || attribute.sensitive {
            self.problem(path, "is a block: only its attributes can be required, computed, sensitive or write-only");
        }
        let sound = match nesting {
            Nesting::Single => min == max && (min == 0 || min == 1),
            Nesting::Map => min == 0 && max == 0,
            Nesting::List | Nesting::Set => min >= 0 && max >= 0 && (min <= max || max == 0),
        };
        if !sound {
            self.problem(path, "has limits on the number of blocks that its nesting does not allow");
        }
        // A list or map of blocks with a dynamic part would be a tuple or object, another type for every configuration.
        if nesting != Nesting::Single && attribute.implied_type().contains_dynamic() {
            self.problem(path, "is a repeated block with a dynamic type inside: use a nested attribute");
        }
    }

    fn problem(&mut self, path: &Path, problem: &str) {
        self.problems.push(format!("{path}: {problem}"));
    }
}

fn contains_set(attribute: &Attribute) -> bool {
    match &attribute.kind {
        AttributeKind::Plain(_) => false,
        AttributeKind::Nested(nested) => nested.nesting == Nesting::Set || nested.attributes.iter().any(contains_set),
    }
}

fn dynamic_in_set(ty: &Type) -> bool {
    match ty {
        Type::String | Type::Number | Type::Bool | Type::Dynamic => false,
        Type::Set(element) => element.contains_dynamic(),
        Type::List(element) | Type::Map(element) => dynamic_in_set(element),
        Type::Object(object) => object.attributes.values().any(dynamic_in_set),
        Type::Tuple(elements) => elements.iter().any(dynamic_in_set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(attributes: Vec<Attribute>) -> Vec<String> {
        check(&Schema::new(attributes), SchemaKind::Resource)
    }

    #[track_caller]
    fn refused(attribute: Attribute, why: &str) {
        let problems = problems(vec![attribute]);
        assert!(problems.iter().any(|problem| problem.contains(why)), "{problems:?}");
    }

    #[test]
    fn a_sound_schema_has_no_problems() {
        let inner = vec![
            Attribute::new("id", Type::String).computed(),
            Attribute::new("on", Type::Bool).optional_computed().default_value(true),
        ];
        let attributes = vec![
            Attribute::new("name", Type::String).required(),
            Attribute::new("password", Type::String).write_only().sensitive(),
            Attribute::new("anything", Type::Dynamic),
            Attribute::nested("parts", Nesting::Map, inner.clone()),
            Attribute::nested("rule", Nesting::List, inner).block(1, 0),
        ];
        assert_eq!(problems(attributes), Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_named() {
        let string = |name: &str| Attribute::new(name, Type::String);
        refused(string("count"), "reserved");
        refused(string("Name"), "must be named");
        refused(string("1a"), "must be named");
        refused(string("a").deprecated(""), "deprecated without");
        refused(string("a").computed().write_only(), "both write-only and computed");
        refused(string("a").optional().default_value("x"), "must be optional and computed");
        refused(string("a").optional_computed().default_value(true), "another type");
        refused(string("a").optional_computed().default_value(Value::UNKNOWN), "not wholly known");
        refused(Attribute::new("a", Type::set(Type::Dynamic)), "dynamic type inside a set");
        refused(Attribute::new("a", Type::list(Type::set(Type::Dynamic))), "dynamic type inside a set");
        refused(Attribute::nested("a", Nesting::Set, vec![Attribute::new("b", Type::Dynamic)]), "inside a set");
        refused(Attribute::nested("a", Nesting::Set, vec![string("b").write_only()]), "inside a set");
        refused(Attribute::nested("a", Nesting::Single, vec![string("b")]).write_only(), "must be write-only like");
        refused(Attribute::nested("a", Nesting::Single, vec![string("b")]).computed(), "only computed");
        refused(Attribute::nested("a", Nesting::Single, vec![string("b")]).block(0, 1), "limits on the number");
        refused(Attribute::nested("a", Nesting::List, vec![string("b")]).required().block(0, 1), "is a block: only");
        let block = Attribute::nested("b", Nesting::Single, vec![string("c")]).block(0, 0);
        refused(Attribute::nested("a", Nesting::Single, vec![block]), "inside a nested attribute");
        assert_eq!(problems(vec![string("a"), string("a")]), ["a: is declared twice"]);
    }

    #[test]
    fn what_hosts_cannot_express_is_named() {
        let inside = |ty: Type| vec![Attribute::new("b", ty)];
        refused(Attribute::new("a", Type::list(Type::Dynamic)), "collection of dynamic values");
        refused(Attribute::new("a", Type::map(Type::Dynamic)), "collection of dynamic values");
        let optional =
            crate::types::ObjectType { attributes: [("b".into(), Type::String)].into(), optional: ["b".into()].into() };
        refused(Attribute::new("a", Type::Object(optional)), "optional attributes");
        refused(
            Attribute::nested("a", Nesting::List, inside(Type::Dynamic)).block(0, 0),
            "repeated block with a dynamic",
        );
        refused(
            Attribute::nested("a", Nesting::Map, inside(Type::Dynamic)).block(0, 0),
            "repeated block with a dynamic",
        );
        let set_inside = Attribute::nested("b", Nesting::Set, vec![Attribute::new("c", Type::String).write_only()]);
        refused(Attribute::nested("a", Nesting::Single, vec![set_inside.write_only()]).write_only(), "inside a set");
        for (nesting, min, max) in [
            (Nesting::Single, 2, 2),
            (Nesting::Map, 0, 1),
            (Nesting::Map, 1, 0),
            (Nesting::List, 3, 2),
            (Nesting::Set, -1, 0),
        ] {
            refused(Attribute::nested("a", nesting, inside(Type::String)).block(min, max), "limits on the number");
        }
        for block in [
            Attribute::nested("a", Nesting::List, inside(Type::String)).computed().block(0, 0),
            Attribute::nested("a", Nesting::List, inside(Type::String)).sensitive().block(0, 0),
            Attribute::nested("a", Nesting::List, vec![]).write_only().block(0, 0),
        ] {
            refused(block, "is a block: only its attributes");
        }
        assert_eq!(check(&Schema::new(vec![]).with_version(-1), SchemaKind::Resource).len(), 1);
        for reserved in ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"] {
            refused(Attribute::new(reserved, Type::String), "reserved by the host");
        }
    }

    #[test]
    fn each_kind_of_schema_has_rules_of_its_own() {
        let told = |attribute: Attribute, kind| check(&Schema::new(vec![attribute]), kind).join("; ");
        let string = || Attribute::new("a", Type::String);
        for kind in
            [SchemaKind::Provider, SchemaKind::DataSource, SchemaKind::EphemeralResource, SchemaKind::ListResource]
        {
            assert!(told(string().write_only(), kind).contains("only resources can have"), "{kind:?}");
            let with_default = string().optional_computed().default_value("x");
            assert!(told(with_default, kind).contains("only resources are planned"), "{kind:?}");
        }
        for kind in [SchemaKind::ListResource, SchemaKind::Action, SchemaKind::ProviderMeta] {
            assert!(told(string().computed(), kind).contains("nothing to compute"), "{kind:?}");
        }
        for name in ["alias", "version"] {
            assert!(told(Attribute::new(name, Type::String), SchemaKind::Provider).contains("reserved"), "{name}");
        }
    }

    #[test]
    fn an_identity_is_flat_and_given() {
        let told = |attributes: Vec<Attribute>, version| {
            check_identity(&Schema::new(attributes).with_version(version)).join("; ")
        };
        let string = || Attribute::new("a", Type::String).required();
        assert_eq!(told(vec![string(), Attribute::new("b", Type::list(Type::Number)).required()], 3), "");
        assert!(told(vec![string()], -1).contains("negative"));
        assert!(told(vec![], 0).contains("no attributes"));
        assert!(told(vec![string().computed()], 0).contains("must be required or optional"));
        assert!(told(vec![string().sensitive()], 0).contains("cannot express"));
        for ty in [Type::Dynamic, Type::map(Type::String), Type::list(Type::list(Type::String)), Type::set(Type::Bool)]
        {
            assert!(told(vec![Attribute::new("a", ty).required()], 0).contains("must be a string, a number"));
        }
        let nested = Attribute::nested("a", Nesting::Single, vec![string()]).required();
        assert!(told(vec![nested], 0).contains("must be a string, a number"));
    }

    #[test]
    fn providers_and_data_sources_have_rules_of_their_own() {
        let schema = Schema::new(vec![Attribute::new("alias", Type::String)]);
        assert_eq!(check(&schema, SchemaKind::Provider).len(), 1);
        assert_eq!(check(&schema, SchemaKind::DataSource), Vec::<String>::new());
        let schema = Schema::new(vec![Attribute::new("a", Type::String).write_only()]);
        assert_eq!(check(&schema, SchemaKind::DataSource).len(), 1);
    }
}
