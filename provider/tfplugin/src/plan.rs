//! Planning: from configuration and prior state to the planned state, as the reference framework does it, and the
//! rules by which a host judges the result.

mod change;
pub mod core_rules;
mod modifier;
mod objects;
#[cfg(test)]
mod properties;
mod propose;
mod same;

pub use change::{PlannedChange, plan_resource_change};
pub use modifier::{
    AttributePlan, PlanModifier, requires_replace, requires_replace_if, requires_replace_if_configured,
    use_non_null_state_for_unknown, use_state_for_unknown, will_be, will_begin_with, will_have_size, will_not_be_null,
};
pub(crate) use objects::normalise;
pub use propose::proposed_new_state;
pub(crate) use same::keep_same;
