//! From a plan to findings: resources into pieces, pieces that belong together into documents, documents to the policies.
//!
//! What shares nothing is judged apart, so equal things are judged once and different ones at the same time. Rules that look at a whole plan
//! get one document of everything that they could connect. What belongs together is found out first, and each resource is read again when it is
//! judged: pieces of documents are many times as large as the text that they come from.

mod components;
mod connections;
mod questions;
mod resources;
mod together;
mod whole;

use crosscloud_policy_model::finding::Finding;

use crate::error::GateError;
use crate::plan::{Configuration, Narrowing, Plan};
use crate::policies::Policies;

pub(crate) use resources::Resources;
pub(crate) use together::in_parallel;
pub(crate) use whole::on_one_sheet;

/// A finding, and where it belongs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Address of the resource.
    pub(crate) address: String,
    /// What was found, with the attribute path in that resource.
    pub(crate) finding: Finding,
}

/// What came of a plan.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) found: Vec<Found>,
    /// Resources of the plan that say something about who gets in.
    pub(crate) relevant: usize,
    /// Those of them that were judged for themselves.
    pub(crate) judged: usize,
    /// Addresses of the others, which the plan leaves as they are.
    pub(crate) left: Vec<String>,
}

/// Judges a plan. With `all`, what the plan leaves as it is counts, too.
pub(crate) fn judge(
    plan: &Plan<'_>,
    configuration: &Configuration<'_>,
    policies: &Policies,
    all: bool,
) -> Result<Judgement, GateError> {
    let narrowing = Narrowing::new(plan, configuration);
    let resources = Resources::of_plan(plan, &narrowing, all)?;
    let found = questions::ask(&resources, policies)?;
    let (judged, left): (Vec<_>, Vec<_>) = resources.list.iter().partition(|planned| planned.counts);
    let left = left.into_iter().map(|planned| planned.address.to_owned()).collect();
    Ok(Judgement { found, relevant: resources.relevant, judged: judged.len(), left })
}
