//! The resources of a plan or a state that say something about who gets in.

use crosscloud_policy_resources::{Alone, Piece, Resource, is_judged, piece_of};

use super::connections::Kinds;
use super::in_parallel;
use crate::error::InputError;
use crate::plan::{Change, Narrowing, Plan, State};

/// So many resources at most are kept as the pieces that they were read as once: what those take does not matter yet.
const KEPT: usize = 2_000;

/// Resources, each of which can be read as a piece of a document.
pub(crate) struct Resources<'r> {
    /// What must be known of all of them at once.
    pub(super) list: Vec<Planned<'r>>,
    /// How many could say something about who gets in.
    pub(super) relevant: usize,
    piece: Box<dyn Fn(usize) -> Result<Piece, InputError> + Sync + 'r>,
}

/// What must be known of a resource to tell what it belongs together with.
pub(crate) struct Planned<'r> {
    pub(super) address: &'r str,
    /// Whether findings on it count: the plan changes it, or everything is asked for.
    pub(super) counts: bool,
    /// Names of what it is part of.
    pub(super) joins: Vec<String>,
    /// Whether it is a trust of its own, as our resources are.
    pub(super) whole: bool,
    /// What rules on plans could connect it with.
    pub(super) kinds: Kinds,
}

impl<'r> Resources<'r> {
    /// The resources of a plan. With `all`, what the plan leaves as it is counts, too.
    pub(crate) fn of_plan<'a: 'r>(
        plan: &'r Plan<'a>,
        narrowing: &'r Narrowing<'_, 'a>,
        all: bool,
    ) -> Result<Self, InputError> {
        let relevant = plan.changes.iter().filter(|change| change.is_managed() && is_judged(&change.type_name));
        let relevant: Vec<&'r Change<'a>> = relevant.collect();
        let keep = relevant.len() <= KEPT;
        let outlines = in_parallel(&relevant, |change| {
            let Some((piece, counts)) = read(change, narrowing, all)? else { return Ok(None) };
            let planned = Planned::of(&change.address, &piece, counts);
            Ok::<_, InputError>(Some((planned, keep.then(|| Box::new(piece)))))
        });
        let (mut list, mut sources) = (Vec::new(), Vec::new());
        for (outline, change) in outlines.into_iter().zip(&relevant) {
            if let Some((planned, piece)) = outline? {
                list.push(planned);
                sources.push((*change, piece));
            }
        }
        let piece = move |index: usize| match &sources[index] {
            (_, Some(piece)) => Ok(Piece::clone(piece)),
            // Whatever became a piece once becomes it again.
            (change, None) => Ok(read(change, narrowing, all)?.map_or_else(Piece::default, |it| it.0)),
        };
        Ok(Self { list, relevant: relevant.len(), piece: Box::new(piece) })
    }

    /// The resources of a state. All of it is known, and all of it counts.
    pub(crate) fn of_state(state: &'r State<'_>) -> Self {
        let nothing = serde_json::Value::Null;
        let kept = state.resources().into_iter().filter_map(|kept| {
            let resource = Resource {
                type_name: &kept.type_name,
                address: &kept.address,
                values: &kept.values,
                unknown: &nothing,
                sensitive: &kept.sensitive,
                created: false,
                around: &Alone,
            };
            piece_of(&resource).map(|piece| (&*kept.address, piece))
        });
        Self::held(kept)
    }

    /// Resources whose pieces are there.
    pub(super) fn held(pieces: impl IntoIterator<Item = (&'r str, Piece)>) -> Self {
        let (list, pieces): (Vec<_>, Vec<_>) =
            pieces.into_iter().map(|(address, piece)| (Planned::of(address, &piece, true), piece)).unzip();
        Self { relevant: list.len(), list, piece: Box::new(move |index| Ok(pieces[index].clone())) }
    }

    /// What a resource adds to a document.
    pub(super) fn piece(&self, index: usize) -> Result<Piece, InputError> {
        (self.piece)(index)
    }
}

impl<'r> Planned<'r> {
    fn of(address: &'r str, piece: &Piece, counts: bool) -> Self {
        let (whole, kinds) = (!piece.document.subject.is_empty(), Kinds::of(&piece.document));
        Self { address, counts, joins: piece.joins.iter().cloned().collect(), whole, kinds }
    }
}

/// The piece that a resource is, and whether findings on it count.
fn read(change: &Change<'_>, narrowing: &Narrowing<'_, '_>, all: bool) -> Result<Option<(Piece, bool)>, InputError> {
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
    Ok(piece_of(&resource).map(|piece| (piece, counts)))
}
