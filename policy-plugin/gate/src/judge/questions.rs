//! Documents to the policies, and answers back to the resources.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crosscloud_policy_model::document::{Scope, TrustDocument};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_resources::{Merged, Piece, merge};
use sha2::{Digest, Sha256};

use super::components::components;
use super::connections::connectable;
use super::resources::{Planned, Resources};
use super::{Found, in_parallel};
use crate::error::{GateError, InputError};
use crate::policies::Policies;

/// What documents of a plan are about, where they are about more than one trust.
pub(super) const SUBJECT: &str = "plan";

/// What the policies find in these resources, in the order of the plan, the gravest of a resource first.
pub(super) fn ask(resources: &Resources<'_>, policies: &Policies) -> Result<Vec<Found>, GateError> {
    let located =
        |question: &Question, finding: &Finding, group: &[usize]| question.located(finding, group, &resources.list);
    let mut found = ask_each(resources, policies, located)?;
    found.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.finding.severity.cmp(&a.finding.severity)));
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

/// What becomes of everything that the policies find, given the question, the finding and the resources that were asked about.
pub(super) fn ask_each<T: Send>(
    resources: &Resources<'_>,
    policies: &Policies,
    becomes: impl Fn(&Question, &Finding, &[usize]) -> Option<T> + Sync,
) -> Result<Vec<T>, GateError> {
    let mut groups = components(&resources.list);
    groups.retain(|group| group.iter().any(|index| resources.list[*index].counts));
    let answers = Answers::new(policies);
    let judged = in_parallel(&groups, |group| -> Result<Vec<T>, GateError> {
        let question = Question::of(resources, group)?;
        let findings = answers.to(&question.json)?;
        Ok(findings.iter().filter_map(|finding| becomes(&question, finding, group)).collect())
    });
    let mut found: Vec<T> = Vec::new();
    for of_group in judged {
        found.extend(of_group?);
    }
    found.extend(whole_plan(resources, policies, becomes)?);
    Ok(found)
}

/// A document, and how it came about.
pub(super) struct Question {
    /// What is asked. Paths are left out: the same trust elsewhere is the same question.
    json: String,
    pub(super) merged: Merged,
}

impl Question {
    fn of(resources: &Resources<'_>, group: &[usize]) -> Result<Self, InputError> {
        let pieces: Vec<Piece> = group.iter().map(|index| resources.piece(*index)).collect::<Result<_, _>>()?;
        let merged = match group {
            [only] if resources.list[*only].whole => Merged {
                document: pieces.into_iter().next().unwrap_or_default().document,
                owners: BTreeMap::from([(String::new(), 0)]),
            },
            _ => merge(SUBJECT, Scope::Trust, &pieces),
        };
        Ok(Self::new(merged))
    }

    fn new(mut merged: Merged) -> Self {
        let origins = std::mem::take(&mut merged.document.origins);
        // Every value of a document can be written as JSON.
        let json = serde_json::to_string(&merged.document).unwrap_or_default();
        merged.document = TrustDocument { origins, ..TrustDocument::default() };
        Self { json, merged }
    }

    /// The finding with its address and path, unless it is on something that the plan leaves as it is.
    fn located(&self, finding: &Finding, group: &[usize], list: &[Planned<'_>]) -> Option<(usize, Found)> {
        let index = match self.merged.owner(&finding.pointer) {
            Some(owner) => group.get(owner).copied().filter(|index| list[*index].counts)?,
            // What nobody in particular wrote belongs to the first that is changed.
            None => group.iter().copied().find(|index| list[*index].counts)?,
        };
        let mut finding = finding.clone();
        if finding.path.is_empty() {
            self.merged.document.origin(&finding.pointer).clone_into(&mut finding.path);
        }
        Some((index, Found { address: list[index].address.to_owned(), finding }))
    }
}

/// What was asked before, by its digest: the same trust a hundred times over is one question.
struct Answers<'a> {
    policies: &'a Policies,
    known: Mutex<HashMap<[u8; 32], Arc<[Finding]>>>,
}

impl<'a> Answers<'a> {
    fn new(policies: &'a Policies) -> Self {
        Self { policies, known: Mutex::default() }
    }

    fn to(&self, question: &str) -> Result<Arc<[Finding]>, GateError> {
        let digest: [u8; 32] = Sha256::digest(question).into();
        if let Some(known) = self.lock().get(&digest) {
            return Ok(Arc::clone(known));
        }
        // Meanwhile others ask theirs; who asks the same at the same moment gets the same answer.
        let findings: Arc<[Finding]> = self.policies.evaluate(question)?.into();
        self.lock().insert(digest, Arc::clone(&findings));
        Ok(findings)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<[Finding]>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What rules on whole plans find.
fn whole_plan<T>(
    resources: &Resources<'_>,
    policies: &Policies,
    becomes: impl Fn(&Question, &Finding, &[usize]) -> Option<T>,
) -> Result<Vec<T>, GateError> {
    let (rules, list) = (policies.rules_on_plans(), &resources.list);
    // A module of an organisation may connect anything; of the built-in rules it is known what they connect.
    let connected: Vec<usize> = if policies.has_modules() { (0..list.len()).collect() } else { connectable(list) };
    if rules.is_empty() || !connected.iter().any(|index| list[*index].counts) {
        return Ok(Vec::new());
    }
    let chosen = connected.iter().map(|index| resources.piece(*index).map(bare));
    let chosen: Vec<Piece> = chosen.collect::<Result<_, _>>()?;
    let question = Question::new(merge(SUBJECT, Scope::Plan, &chosen));
    let findings = policies.evaluate(&question.json)?;
    let on_plans = findings.iter().filter(|finding| rules.contains(&finding.rule));
    Ok(on_plans.filter_map(|finding| becomes(&question, finding, &connected)).collect())
}

/// A piece for a document of many: pointers to whole lists would speak for the others, too.
pub(super) fn bare(mut piece: Piece) -> Piece {
    piece.document.unknown.retain(|pointer| pointer.matches('/').count() > 1);
    piece
}
