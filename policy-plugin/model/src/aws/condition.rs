//! One line of a `Condition` block: an operator, a key, and the values that it takes.

use std::sync::Arc;

use super::operator::{Operator, Quantifier, Test};
use super::pattern::Pattern;
use super::request::{self, Context, Request};
use crate::truth::Truth;

/// An operator applied to a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Pointer to the values, from the policy on.
    pub pointer: String,
    /// The operator.
    pub operator: Operator,
    /// The key in lower case; case does not matter.
    pub key: String,
    /// The values, of which one is enough. None stands for one that is not known yet.
    pub values: Vec<Option<Value>>,
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As written.
    pub text: String,
    /// Taken apart.
    pub pattern: Pattern,
}

impl Condition {
    /// Key of a condition that is not known yet. No real key is empty.
    pub(super) const UNKNOWN: &str = "";

    /// Whether a request satisfies the condition.
    #[must_use]
    pub fn holds(&self, request: &Request<'_>) -> Truth {
        if self.key == Self::UNKNOWN {
            return Truth::Unknown("a condition".to_owned());
        }
        let context = request.context_of(&self.key);
        match context {
            Context::Unknown(reason) => Truth::Unknown(reason),
            context if self.operator.test == Test::Null => self.null(&context),
            Context::Absent => self.without(),
            // Whoever may choose the value chooses one that passes.
            Context::Free => Truth::from(self.operator.test.is_negated() || !self.values.is_empty()),
            Context::One(actual) => self.passes(&actual, request),
            Context::Several(values) => self.among(&values, request),
        }
    }

    /// The claim that the key stands for, where it is one of the provider's.
    #[must_use]
    pub fn claim_of(&self, provider: &str) -> Option<&str> {
        request::claim_of(&self.key, provider)
    }

    /// The values that are known.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().flatten().map(|value| value.text.as_str())
    }

    /// Whether a request passes that says nothing under the key.
    fn without(&self) -> Truth {
        let Operator { quantifier, test, if_exists } = self.operator;
        match quantifier {
            Quantifier::All => Truth::Yes,
            // One page says that an absent key fails here, another that it passes.
            Quantifier::Any if if_exists => {
                Truth::Unknown(format!("whether an absent `{}` satisfies ForAnyValue with IfExists", self.key))
            }
            Quantifier::Any => Truth::No,
            Quantifier::Single => Truth::from(if_exists || test.is_negated()),
        }
    }

    fn among(&self, values: &[Arc<str>], request: &Request<'_>) -> Truth {
        let each = values.iter().map(|actual| self.passes(actual, request));
        match (self.operator.quantifier, values) {
            (Quantifier::All, _) => Truth::all(each),
            (Quantifier::Any, _) => Truth::any(each),
            (Quantifier::Single, [actual]) => self.passes(actual, request),
            (Quantifier::Single, _) => Truth::Unknown(format!("how `{}` compares with several values", self.key)),
        }
    }

    fn passes(&self, actual: &str, request: &Request<'_>) -> Truth {
        let one = |value: &Option<Value>| match value {
            Some(value) => self.operator.test.matches(&value.pattern, &value.text, actual, request),
            None => Truth::Unknown(format!("a value that `{}` is compared with", self.key)),
        };
        let found = Truth::any(self.values.iter().map(one));
        if self.operator.test.is_negated() { found.negated() } else { found }
    }

    /// `"true"` asks for an absent key, `"false"` for one that is there.
    fn null(&self, context: &Context) -> Truth {
        let absent = *context == Context::Absent;
        Truth::any(self.values.iter().map(|value| match value {
            Some(value) => Truth::from(value.text.eq_ignore_ascii_case(if absent { "true" } else { "false" })),
            None => Truth::Unknown(format!("whether `{}` must be there", self.key)),
        }))
    }
}
