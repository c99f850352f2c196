//! Schemas on the wire.

use tfplugin_proto::tfplugin6 as wire;
use wire::schema::nested_block::NestingMode as BlockNesting;
use wire::schema::object::NestingMode as ObjectNesting;

use crate::schema::{Attribute, AttributeKind, NestedType, Nesting, Schema, Syntax};

/// A whole schema.
pub(super) fn schema(schema: &Schema) -> wire::Schema {
    let mut block = block(&schema.attributes);
    block.description_kind = kind(&schema.description);
    block.description = schema.description.clone();
    block.deprecated = schema.deprecation.is_some();
    block.deprecation_message = schema.deprecation.clone().unwrap_or_default();
    wire::Schema { version: schema.version, block: Some(block) }
}

/// How a description is rendered. Hosts show an absent one as plain.
pub(super) fn kind(description: &str) -> i32 {
    let kind = if description.is_empty() { wire::StringKind::Plain } else { wire::StringKind::Markdown };
    kind.into()
}

fn block(attributes: &[Attribute]) -> wire::schema::Block {
    let mut block = wire::schema::Block::default();
    for described in attributes {
        match &described.kind {
            AttributeKind::Nested(nested @ NestedType { syntax: Syntax::Block { min, max }, .. }) => {
                block.block_types.push(nested_block(described, nested, *min, *max));
            }
            _ => block.attributes.push(attribute(described)),
        }
    }
    block
}

fn nested_block(described: &Attribute, nested: &NestedType, min: i64, max: i64) -> wire::schema::NestedBlock {
    let nesting = match nested.nesting {
        Nesting::Single => BlockNesting::Single,
        Nesting::List => BlockNesting::List,
        Nesting::Set => BlockNesting::Set,
        Nesting::Map => BlockNesting::Map,
    };
    let mut inside = block(&nested.attributes);
    inside.description_kind = kind(&described.description);
    inside.description = described.description.clone();
    inside.deprecated = described.deprecation.is_some();
    inside.deprecation_message = described.deprecation.clone().unwrap_or_default();
    wire::schema::NestedBlock {
        type_name: described.name.to_string(),
        block: Some(inside),
        nesting: nesting.into(),
        min_items: min,
        max_items: max,
    }
}

fn attribute(described: &Attribute) -> wire::schema::Attribute {
    // Hosts crash on a type beside a nested type, and on one that they cannot read.
    let (ty, nested_type) = match &described.kind {
        AttributeKind::Plain(ty) => (ty.to_json_bytes(), None),
        AttributeKind::Nested(nested) => (Vec::new(), Some(object(nested))),
    };
    wire::schema::Attribute {
        name: described.name.to_string(),
        r#type: ty,
        nested_type,
        description_kind: kind(&described.description),
        description: described.description.clone(),
        required: described.presence.is_required(),
        optional: described.presence.is_optional(),
        computed: described.presence.is_computed(),
        sensitive: described.sensitive,
        deprecated: described.deprecation.is_some(),
        write_only: described.write_only,
        deprecation_message: described.deprecation.clone().unwrap_or_default(),
    }
}

fn object(nested: &NestedType) -> wire::schema::Object {
    let nesting = match nested.nesting {
        Nesting::Single => ObjectNesting::Single,
        Nesting::List => ObjectNesting::List,
        Nesting::Set => ObjectNesting::Set,
        Nesting::Map => ObjectNesting::Map,
    };
    wire::schema::Object {
        attributes: nested.attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..wire::schema::Object::default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::types::Type;

    #[test]
    fn attributes_and_blocks_go_where_they_belong() {
        let inner = vec![Attribute::new("port", Type::Number).required().describe("The port.")];
        let described = Schema::new(vec![
            Attribute::new("name", Type::String).required().describe("Its **name**.").deprecated("use `id`"),
            Attribute::new("id", Type::String).computed().sensitive(),
            Attribute::nested("listen", Nesting::Map, inner.clone()).optional_computed(),
            Attribute::nested("serve", Nesting::List, inner).block(1, 3),
        ])
        .with_version(4);
        let told = schema(&described);
        assert_eq!(told.version, 4);
        let block = told.block.unwrap();
        let names: Vec<_> = block.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        assert_eq!(names, ["name", "id", "listen"]);
        let name = &block.attributes[0];
        assert_eq!(name.r#type, br#""string""#);
        assert!(name.required && !name.optional && !name.computed && name.deprecated);
        assert_eq!((name.deprecation_message.as_str(), name.description_kind), ("use `id`", 1));
        assert!(block.attributes[1].computed && block.attributes[1].sensitive && !block.attributes[1].optional);
        let listen = &block.attributes[2];
        assert!(listen.r#type.is_empty() && listen.optional && listen.computed);
        let nested = listen.nested_type.as_ref().unwrap();
        assert_eq!(nested.nesting, i32::from(ObjectNesting::Map));
        assert_eq!(nested.attributes[0].name, "port");
        let serve = &block.block_types[0];
        assert_eq!((serve.type_name.as_str(), serve.min_items, serve.max_items), ("serve", 1, 3));
        assert_eq!(serve.nesting, i32::from(BlockNesting::List));
        assert_eq!(serve.block.as_ref().unwrap().attributes[0].r#type, br#""number""#);
    }
}
