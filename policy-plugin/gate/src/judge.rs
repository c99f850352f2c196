//! From a plan to findings: resources into pieces, pieces that belong together into documents, documents to the policies.
//!
//! What shares nothing is judged apart, so equal things are judged once and different ones at the same time. Rules that look at a whole plan
//! get one document of everything that they could connect.

mod components;
mod connections;
mod questions;
mod together;
mod whole;

use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_resources::{Alone, Piece, Resource, is_judged, piece_of};

use crate::error::{GateError, InputError};
use crate::plan::{Change, Configuration, Narrowing, Plan, State};
use crate::policies::Policies;

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

/// A resource that says something about who gets in.
pub(crate) struct Planned<'p> {
    pub(crate) address: &'p str,
    pub(crate) piece: Piece,
    /// Whether findings on it count: the plan changes it, or everything is asked for.
    pub(crate) counts: bool,
}

/// Judges a plan. With `all`, what the plan leaves as it is counts, too.
pub(crate) fn judge(
    plan: &Plan<'_>,
    configuration: &Configuration<'_>,
    policies: &Policies,
    all: bool,
) -> Result<Judgement, GateError> {
    let narrowing = Narrowing::new(plan, configuration);
    let (pieces, relevant) = of_plan(plan, &narrowing, all)?;
    let found = questions::ask(&pieces, policies)?;
    let judged = pieces.iter().filter(|planned| planned.counts).count();
    let left = pieces.iter().filter(|planned| !planned.counts).map(|planned| planned.address.to_owned()).collect();
    Ok(Judgement { found, relevant, judged, left })
}

/// What the resources of a plan say about who gets in, and how many could say something.
pub(crate) fn of_plan<'p>(
    plan: &'p Plan<'_>,
    narrowing: &Narrowing<'_, '_>,
    all: bool,
) -> Result<(Vec<Planned<'p>>, usize), InputError> {
    let relevant: Vec<&Change<'_>> =
        plan.changes.iter().filter(|change| change.is_managed() && is_judged(&change.type_name)).collect();
    let read = in_parallel(&relevant, |change| planned(change, narrowing, all));
    let mut pieces = Vec::with_capacity(read.len());
    for piece in read {
        pieces.extend(piece?);
    }
    Ok((pieces, relevant.len()))
}

/// What the resources of a state say about who gets in. All of it is known, and all of it counts.
pub(crate) fn of_state<'s>(state: &'s State<'_>) -> Vec<Planned<'s>> {
    let nothing = serde_json::Value::Null;
    let pieces = state.resources().into_iter().filter_map(|kept| {
        let resource = Resource {
            type_name: &kept.type_name,
            address: &kept.address,
            values: &kept.values,
            unknown: &nothing,
            sensitive: &kept.sensitive,
            created: false,
            around: &Alone,
        };
        piece_of(&resource).map(|piece| Planned { address: kept.address.as_ref(), piece, counts: true })
    });
    pieces.collect()
}

fn planned<'p>(
    change: &'p Change<'_>,
    narrowing: &Narrowing<'_, '_>,
    all: bool,
) -> Result<Option<Planned<'p>>, InputError> {
    let values = change.values()?;
    if values.is_gone() {
        return Ok(None);
    }
    let resource = Resource {
        type_name: &change.type_name,
        address: &change.address,
        values: &values.after,
        unknown: &values.unknown,
        sensitive: &values.sensitive,
        created: values.is_new(),
        around: narrowing,
    };
    let counts = all || values.is_changed();
    Ok(piece_of(&resource).map(|piece| Planned { address: &change.address, piece, counts }))
}
