//! Which waivers were needed, and which are left over. Only who sees a whole plan can say that one is unused.

use std::collections::BTreeMap;

use super::{Date, Enforcement, Outcome, Ruling, Waiver};
use crate::document::Scope;
use crate::finding::{Finding, Severity, Verdict};
use crate::policy::RuleInfo;

/// Counts waivers over many subjects.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    used: BTreeMap<usize, usize>,
    refused: BTreeMap<usize, usize>,
}

/// What became of a waiver.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverReport {
    /// The waiver.
    pub waiver: Waiver,
    /// What became of it.
    pub state: WaiverState,
}

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverState {
    /// It covered this many findings.
    Used(usize),
    /// It covers nothing.
    Unused,
    /// Its last day is past, whatever it covers.
    Expired,
    /// It covers findings, but the floor does not let it count.
    Refused,
}

const EXPIRED: &str = "x-waiver-expired";
const UNUSED: &str = "x-waiver-unused";

/// The rules on waivers themselves, as lists show them. They are about choices, not about documents, so no policy holds them.
#[must_use]
pub fn waiver_rules() -> [RuleInfo; 2] {
    let rule = |id: &str, summary: &str| RuleInfo {
        id: id.to_owned(),
        severity: Severity::Low,
        scope: Scope::Plan,
        summary: summary.to_owned(),
    };
    [
        rule(EXPIRED, "A waiver whose last day is past is renewed or removed."),
        rule(UNUSED, "A waiver that covers nothing is removed."),
    ]
}

impl Tally {
    /// Counts the waivers of some rulings.
    pub fn add(&mut self, rulings: &[Ruling]) {
        for ruling in rulings {
            if let Some(waiver) = ruling.waiver {
                let counter = if ruling.outcome == Outcome::Waived { &mut self.used } else { &mut self.refused };
                *counter.entry(waiver).or_default() += 1;
            }
        }
    }

    /// What became of every waiver.
    #[must_use]
    pub fn report(&self, enforcement: &Enforcement, today: Date) -> Vec<WaiverReport> {
        let state = |index: usize, waiver: &Waiver| match self.used.get(&index) {
            Some(count) => WaiverState::Used(*count),
            None if !waiver.counts_on(today) => WaiverState::Expired,
            None if self.refused.contains_key(&index) => WaiverState::Refused,
            None => WaiverState::Unused,
        };
        let waivers = enforcement.waivers().iter().enumerate();
        waivers.map(|(index, waiver)| WaiverReport { waiver: waiver.clone(), state: state(index, waiver) }).collect()
    }

    /// Findings on waivers that have run out or cover nothing.
    #[must_use]
    pub fn findings(&self, enforcement: &Enforcement, today: Date) -> Vec<Finding> {
        let finding = |index: usize, rule: &str, message: String, remediation: &str| Finding {
            rule: rule.to_owned(),
            severity: Severity::Low,
            verdict: Verdict::Violation,
            pointer: format!("/waivers/{index}"),
            path: String::new(),
            message,
            remediation: remediation.to_owned(),
            witness: None,
        };
        let reports = self.report(enforcement, today).into_iter().enumerate();
        let told = reports.filter_map(
            |(index, WaiverReport { waiver: Waiver { rule, subject, owner, expires, .. }, state })| match state {
                WaiverState::Expired => Some(finding(
                    index,
                    EXPIRED,
                    format!("The waiver of `{rule}` for `{subject}` ran out on {expires}."),
                    &format!("Remove it, or let {owner} renew it."),
                )),
                WaiverState::Unused => Some(finding(
                    index,
                    UNUSED,
                    format!("The waiver of `{rule}` for `{subject}` covers nothing."),
                    "Remove it, or correct its rule or its subject.",
                )),
                WaiverState::Used(_) | WaiverState::Refused => None,
            },
        );
        told.collect()
    }
}
