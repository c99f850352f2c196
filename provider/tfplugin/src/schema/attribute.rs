//! One attribute of a schema.

use std::fmt;
use std::sync::Arc;

use super::nested::{NestedType, Nesting, Syntax, object_type};
use super::validate::Validator;
use crate::plan::PlanModifier;
use crate::types::Type;
use crate::value::{Text, Value, ValueMap};

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The configuration must set it.
    Required,
    /// The configuration may set it; otherwise it is null.
    Optional,
    /// The provider sets it.
    Computed,
    /// The configuration may set it; otherwise the provider does.
    OptionalComputed,
}

impl Presence {
    /// Whether the provider may choose the value.
    pub fn is_computed(self) -> bool {
        matches!(self, Presence::Computed | Presence::OptionalComputed)
    }

    /// Whether the configuration may set the value but need not.
    pub fn is_optional(self) -> bool {
        matches!(self, Presence::Optional | Presence::OptionalComputed)
    }

    /// Whether the configuration must set the value.
    pub fn is_required(self) -> bool {
        self == Presence::Required
    }
}

/// A comparison of two wholly known values by what they mean.
#[derive(Clone)]
pub struct Same(Arc<Comparison>);

type Comparison = dyn Fn(&Value, &Value) -> bool + Send + Sync;

impl Same {
    /// Compares with a function.
    pub fn new(same: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static) -> Self {
        Same(Arc::new(same))
    }

    /// Whether two known values mean the same. Equal ones always do.
    pub fn holds(&self, left: &Value, right: &Value) -> bool {
        left == right || (self.0)(left, right)
    }

    /// The comparison of collections whose elements are compared so.
    #[must_use]
    pub fn of_elements(self) -> Self {
        let among = move |element: &Value, others: &[Value]| others.iter().any(|other| self.holds(element, other));
        let pairwise = among.clone();
        Same::new(move |left, right| match (left, right) {
            (Value::List(left), Value::List(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| pairwise(left, std::slice::from_ref(right)))
            }
            (Value::Map(left), Value::Map(right)) => {
                left.keys().eq(right.keys())
                    && left
                        .values()
                        .zip(right.values())
                        .all(|(left, right)| pairwise(left, std::slice::from_ref(right)))
            }
            (Value::Set(left), Value::Set(right)) => {
                left.len() == right.len()
                    && left.iter().all(|element| among(element, right.as_slice()))
                    && right.iter().all(|element| among(element, left.as_slice()))
            }
            _ => false,
        })
    }
}

impl fmt::Debug for Same {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Same")
    }
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum AttributeKind {
    /// A value of one type.
    Plain(Type),
    /// One or several objects whose attributes have schemas of their own.
    Nested(NestedType),
}

/// One attribute: its type, who sets it, and how it behaves while validating and planning.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name in the configuration.
    pub name: Text,
    /// What it holds.
    pub kind: AttributeKind,
    /// Who sets it.
    pub presence: Presence,
    /// Hidden in the output of the host. It is stored in state all the same.
    pub sensitive: bool,
    /// Present in the configuration only: never in plan or state.
    pub write_only: bool,
    /// What it means, in Markdown.
    pub description: String,
    /// Set where it should no longer be used: what to use instead.
    pub deprecation: Option<String>,
    /// The value where the configuration has none.
    pub default: Option<Value>,
    /// Checks on a known value.
    pub validators: Vec<Validator>,
    /// Steps that adjust the planned value.
    pub modifiers: Vec<PlanModifier>,
    /// Whether two known values mean the same, where they do not have to be equal for that.
    pub same: Option<Same>,
    /// How many attributes around it have a name before its own: where its value is in an object that has them all.
    pub(crate) rank: usize,
}

/// Tells attributes where their values are among each other's. That only saves looking them up by name.
pub(super) fn rank(attributes: &mut [Attribute]) {
    let mut order: Vec<usize> = (0..attributes.len()).collect();
    order.sort_by(|left, right| attributes[*left].name.cmp(&attributes[*right].name));
    for (rank, index) in order.into_iter().enumerate() {
        attributes[index].rank = rank;
    }
}

impl Attribute {
    /// An optional attribute of a plain type.
    pub fn new(name: impl Into<Text>, ty: Type) -> Self {
        Attribute::of_kind(name, AttributeKind::Plain(ty))
    }

    /// An optional attribute that holds objects with a schema of their own.
    pub fn nested(name: impl Into<Text>, nesting: Nesting, attributes: Vec<Attribute>) -> Self {
        let nested = NestedType { nesting, attributes, syntax: Syntax::Attribute };
        Attribute::of_kind(name, AttributeKind::Nested(nested))
    }

    /// An optional attribute of a kind.
    pub fn of_kind(name: impl Into<Text>, mut kind: AttributeKind) -> Self {
        if let AttributeKind::Nested(nested) = &mut kind {
            rank(&mut nested.attributes);
        }
        Attribute {
            name: name.into(),
            kind,
            presence: Presence::Optional,
            sensitive: false,
            write_only: false,
            description: String::new(),
            deprecation: None,
            default: None,
            validators: Vec::new(),
            modifiers: Vec::new(),
            same: None,
            rank: 0,
        }
    }

    /// Its value in an object, null where there is none.
    pub(crate) fn value_in<'v>(&self, object: &'v Value) -> &'v Value {
        let member = object.as_members().and_then(|members| members.get_near(self.rank, &self.name));
        member.unwrap_or(&Value::Null)
    }

    /// Its value among the members of an object, to be changed.
    pub(crate) fn value_among<'v>(&self, members: &'v mut ValueMap) -> Option<&'v mut Value> {
        members.get_near_mut(self.rank, &self.name)
    }

    /// The configuration must set it.
    #[must_use]
    pub fn required(self) -> Self {
        self.presence(Presence::Required)
    }

    /// The configuration may set it.
    #[must_use]
    pub fn optional(self) -> Self {
        self.presence(Presence::Optional)
    }

    /// The provider sets it.
    #[must_use]
    pub fn computed(self) -> Self {
        self.presence(Presence::Computed)
    }

    /// The configuration may set it, otherwise the provider does.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        self.presence(Presence::OptionalComputed)
    }

    /// Sets who gives it its value.
    #[must_use]
    pub fn presence(mut self, presence: Presence) -> Self {
        self.presence = presence;
        self
    }

    /// Hides it in the output of the host.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Keeps it out of plan and state.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Writes it as a block with at least `min` and at most `max` (0: any number) occurrences.
    ///
    /// On a plain attribute this has no effect: only nested ones can be blocks.
    #[must_use]
    pub fn block(mut self, min: i64, max: i64) -> Self {
        if let AttributeKind::Nested(nested) = &mut self.kind {
            nested.syntax = Syntax::Block { min, max };
        }
        self
    }

    /// Sets what it means, in Markdown.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Says that it should no longer be used, and what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecation = Some(message.into());
        self
    }

    /// Sets the value where the configuration has none. The attribute must be optional and computed.
    #[must_use]
    pub fn default_value(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Adds a check on a known value.
    #[must_use]
    pub fn validate(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Adds a step that adjusts the planned value.
    #[must_use]
    pub fn modify(mut self, modifier: PlanModifier) -> Self {
        self.modifiers.push(modifier);
        self
    }

    /// Says when two known values mean the same. Then the value from before is kept: the state's in a plan and after a
    /// read, the plan's after an apply.
    #[must_use]
    pub fn same(mut self, same: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static) -> Self {
        self.same = Some(Same::new(same));
        self
    }

    /// Whether it is written as a block.
    pub fn is_block(&self) -> bool {
        matches!(&self.kind, AttributeKind::Nested(NestedType { syntax: Syntax::Block { .. }, .. }))
    }

    /// The schema of the objects that it holds.
    pub fn as_nested(&self) -> Option<&NestedType> {
        match &self.kind {
            AttributeKind::Nested(nested) => Some(nested),
            AttributeKind::Plain(_) => None,
        }
    }

    /// The type of its value.
    pub fn implied_type(&self) -> Type {
        match &self.kind {
            AttributeKind::Plain(ty) => ty.clone(),
            AttributeKind::Nested(nested) => nested.nesting.wrap(object_type(&nested.attributes)),
        }
    }
}
