//! Plan modifiers: steps that adjust the planned value of one attribute.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::path::Path;
use crate::value::{Refinements, Text, Value};

type Step = dyn Fn(&mut AttributePlan<'_>) + Send + Sync;

/// A step that adjusts the planned value of an attribute.
#[derive(Clone)]
pub struct PlanModifier {
    description: Arc<str>,
    step: Arc<Step>,
}

/// The plan of one attribute, as a modifier sees it.
#[derive(Debug)]
pub struct AttributePlan<'a> {
    /// Where the attribute is.
    pub path: &'a Path,
    /// Its value in the configuration.
    pub config: &'a Value,
    /// Its value in the state; null while the resource is created.
    pub prior: &'a Value,
    /// Whether the resource exists already.
    pub exists: bool,
    /// Whether the object around the attribute was there before: not so for a new element of a list.
    pub parent_exists: bool,
    /// Its planned value, to be adjusted.
    pub planned: Value,
    /// To be set where the change cannot be made in place.
    pub requires_replace: bool,
    /// What to tell the user.
    pub diagnostics: Diagnostics,
}

impl PlanModifier {
    /// A step of one's own. `description` says what it does, for documentation.
    pub fn new(
        description: impl Into<Arc<str>>,
        step: impl Fn(&mut AttributePlan<'_>) + Send + Sync + 'static,
    ) -> Self {
        PlanModifier { description: description.into(), step: Arc::new(step) }
    }

    /// What it does.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Runs the step.
    pub fn run(&self, plan: &mut AttributePlan<'_>) {
        (self.step)(plan);
    }
}

impl fmt::Debug for PlanModifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("PlanModifier").field(&self.description).finish()
    }
}

/// Plans the value from the state where it would otherwise be "known after apply": for values that never change once
/// the resource exists. Not for attributes inside lists and sets, whose elements shift.
pub fn use_state_for_unknown() -> PlanModifier {
    PlanModifier::new("Once set, the value does not change.", |plan| {
        if plan.parent_exists && plan.planned.is_unknown() && !plan.config.is_unknown() {
            plan.planned = plan.prior.clone();
        }
    })
}

/// Like [`use_state_for_unknown`], but a null in the state is planned as "known after apply".
pub fn use_non_null_state_for_unknown() -> PlanModifier {
    PlanModifier::new("Once set to a value other than null, the value does not change.", |plan| {
        if plan.parent_exists && plan.planned.is_unknown() && !plan.config.is_unknown() && !plan.prior.is_null() {
            plan.planned = plan.prior.clone();
        }
    })
}

/// Tells already in the plan what is known about a value that only the apply will give. A configuration can then decide
/// by it, and the result must keep what is promised here.
pub fn will_be(known: Refinements) -> PlanModifier {
    PlanModifier::new("Something is known about the value before it is.", move |plan| {
        if plan.planned.is_unknown() && !plan.config.is_unknown() {
            plan.planned = Value::Unknown(Some(Box::new(known.clone())));
        }
    })
}

/// Tells already in the plan that the value will not be null, so that `x != null` is known.
pub fn will_not_be_null() -> PlanModifier {
    will_be(Refinements::not_null())
}

/// Tells already in the plan how the string will begin; it will not be null either.
pub fn will_begin_with(prefix: impl Into<Text>) -> PlanModifier {
    will_be(Refinements { string_prefix: Some(prefix.into()), ..Refinements::not_null() })
}

/// Tells already in the plan how many elements the collection will have; it will not be null either.
pub fn will_have_size(range: RangeInclusive<u64>) -> PlanModifier {
    will_be(Refinements {
        length_lower: Some(*range.start()),
        length_upper: Some(*range.end()),
        ..Refinements::not_null()
    })
}

/// A change of the value needs a new resource.
pub fn requires_replace() -> PlanModifier {
    requires_replace_if("A change replaces the resource.", |_| true)
}

/// A change of the value needs a new resource, if the configuration sets the value.
pub fn requires_replace_if_configured() -> PlanModifier {
    requires_replace_if("A change in the configuration replaces the resource.", |plan| !plan.config.is_null())
}

/// A change of the value needs a new resource, if `condition` holds.
pub fn requires_replace_if(
    description: impl Into<Arc<str>>,
    condition: impl Fn(&AttributePlan<'_>) -> bool + Send + Sync + 'static,
) -> PlanModifier {
    PlanModifier::new(description, move |plan| {
        if plan.exists && plan.planned != *plan.prior && condition(plan) {
            plan.requires_replace = true;
        }
    })
}
