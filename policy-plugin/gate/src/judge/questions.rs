//! Documents to the policies, and answers back to the resources.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crosscloud_policy_host::PolicyError;
use crosscloud_policy_model::document::{Scope, TrustDocument};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_resources::{Merged, Piece, merge};

use super::components::{components, is_whole};
use super::connections::connectable;
use super::{Found, Planned, in_parallel};
use crate::error::GateError;
use crate::policies::Policies;

/// What documents of a plan are about, where they are about more than one trust.
pub(super) const SUBJECT: &str = "plan";

/// What the policies find in these pieces, in the order of the plan, the gravest of a resource first.
pub(super) fn ask(pieces: &[Planned<'_>], policies: &Policies) -> Result<Vec<Found>, GateError> {
    let mut found = ask_each(pieces, policies, |question, finding, group| question.located(finding, group, pieces))?;
    found.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.finding.severity.cmp(&a.finding.severity)));
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

/// What becomes of everything that the policies find, given the question, the finding and the pieces that were asked about.
pub(super) fn ask_each<T: Send>(
    pieces: &[Planned<'_>],
    policies: &Policies,
    becomes: impl Fn(&Question, &Finding, &[usize]) -> Option<T> + Sync,
) -> Result<Vec<T>, GateError> {
    let mut groups = components(pieces);
    groups.retain(|group| group.iter().any(|index| pieces[*index].counts));
    let answers = Answers::new(policies);
    let judged = in_parallel(&groups, |group| -> Result<Vec<T>, PolicyError> {
        let question = Question::of(pieces, group);
        let findings = answers.to(&question.json)?;
        Ok(findings.iter().filter_map(|finding| becomes(&question, finding, group)).collect())
    });
    let mut found: Vec<T> = Vec::new();
    for of_group in judged {
        found.extend(of_group?);
    }
    found.extend(whole_plan(pieces, policies, becomes)?);
    Ok(found)
}

/// A document, and how it came about.
pub(super) struct Question {
    /// What is asked. Paths are left out: the same trust elsewhere is the same question.
    json: String,
    pub(super) merged: Merged,
}

impl Question {
    fn of(pieces: &[Planned<'_>], group: &[usize]) -> Self {
        match group {
            [only] if is_whole(&pieces[*only]) => Self::new(Merged {
                document: pieces[*only].piece.document.clone(),
                owners: BTreeMap::from([(String::new(), 0)]),
            }),
            _ => Self::new(merge(SUBJECT, Scope::Trust, group.iter().map(|index| &pieces[*index].piece))),
        }
    }

    fn new(mut merged: Merged) -> Self {
        let origins = std::mem::take(&mut merged.document.origins);
        // Every value of a document can be written as JSON.
        let json = serde_json::to_string(&merged.document).unwrap_or_default();
        merged.document = TrustDocument { origins, ..TrustDocument::default() };
        Self { json, merged }
    }

    /// The finding with its address and path, unless it is on something that the plan leaves as it is.
    fn located(&self, finding: &Finding, group: &[usize], pieces: &[Planned<'_>]) -> Option<(usize, Found)> {
        let index = match self.merged.owner(&finding.pointer) {
            Some(owner) => group.get(owner).copied().filter(|index| pieces[*index].counts)?,
            // What nobody in particular wrote belongs to the first that is changed.
            None => group.iter().copied().find(|index| pieces[*index].counts)?,
        };
        let mut finding = finding.clone();
        if finding.path.is_empty() {
            self.merged.document.origin(&finding.pointer).clone_into(&mut finding.path);
        }
        Some((index, Found { address: pieces[index].address.to_owned(), finding }))
    }
}

/// What was asked before: the same trust a hundred times over is one question.
struct Answers<'a> {
    policies: &'a Policies,
    known: Mutex<HashMap<String, Arc<[Finding]>>>,
}

impl<'a> Answers<'a> {
    fn new(policies: &'a Policies) -> Self {
        Self { policies, known: Mutex::default() }
    }

    fn to(&self, question: &str) -> Result<Arc<[Finding]>, PolicyError> {
        if let Some(known) = self.lock().get(question) {
            return Ok(Arc::clone(known));
        }
        // Meanwhile others ask theirs; who asks the same at the same moment gets the same answer.
        let findings: Arc<[Finding]> = self.policies.evaluate(question)?.into();
        self.lock().insert(question.to_owned(), Arc::clone(&findings));
        Ok(findings)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<[Finding]>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What rules on whole plans find.
fn whole_plan<T>(
    pieces: &[Planned<'_>],
    policies: &Policies,
    becomes: impl Fn(&Question, &Finding, &[usize]) -> Option<T>,
) -> Result<Vec<T>, GateError> {
    let rules = policies.rules_on_plans();
    // A module of an organisation may connect anything; of the built-in rules it is known what they connect.
    let connected: Vec<usize> = if policies.has_modules() { (0..pieces.len()).collect() } else { connectable(pieces) };
    if rules.is_empty() || !connected.iter().any(|index| pieces[*index].counts) {
        return Ok(Vec::new());
    }
    let chosen: Vec<Piece> = connected.iter().map(|index| bare(&pieces[*index].piece)).collect();
    let question = Question::new(merge(SUBJECT, Scope::Plan, &chosen));
    let findings = policies.evaluate(&question.json)?;
    let on_plans = findings.iter().filter(|finding| rules.contains(&finding.rule));
    Ok(on_plans.filter_map(|finding| becomes(&question, finding, &connected)).collect())
}

/// A piece for a document of many: pointers to whole lists would speak for the others, too.
pub(super) fn bare(piece: &Piece) -> Piece {
    let mut piece = piece.clone();
    piece.document.unknown.retain(|pointer| pointer.matches('/').count() > 1);
    piece
}
