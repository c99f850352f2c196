//! The decision on a finding.

use super::{Date, Enforcement, Level};
use crate::finding::{Finding, Severity, Verdict};

/// When findings are decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Values may become known later, and everything is judged again then: what cannot be decided is a warning.
    Undecided,
    /// This is the last look before something is done: what cannot be decided counts like a violation.
    Final,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It refuses the plan.
    Deny,
    /// It is a warning.
    Warn,
    /// Somebody answers for it.
    Waived,
    /// Its rule is switched off.
    Off,
}

/// A finding and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// The finding.
    pub finding: Finding,
    /// What it is about, as waivers name it.
    pub subject: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Index of the waiver that covers it. Where the outcome is not [`Outcome::Waived`], that one has run out, or the floor does not let it count.
    pub waiver: Option<usize>,
}

impl Enforcement {
    /// Decides on the findings on one subject.
    #[must_use]
    pub fn rule(&self, subject: &str, findings: Vec<Finding>, moment: Moment, today: Date) -> Vec<Ruling> {
        findings.into_iter().map(|finding| self.rule_one(subject, finding, moment, today)).collect()
    }

    fn rule_one(&self, subject: &str, finding: Finding, moment: Moment, today: Date) -> Ruling {
        let level = self.level(&finding.rule, finding.severity);
        let decided = finding.verdict == Verdict::Violation || moment == Moment::Final;
        let outcome = match level {
            Level::Off => Outcome::Off,
            Level::Deny if decided => Outcome::Deny,
            Level::Deny | Level::Warn => Outcome::Warn,
        };
        let counts = |index: usize| self.waivers()[index].counts_on(today) && self.honours(index, finding.severity);
        let mut covering =
            (0..self.waivers().len()).filter(|index| self.waivers()[*index].covers(&finding.rule, subject));
        let waiver = match covering.clone().find(|index| counts(*index)) {
            Some(index) => Some((index, true)),
            None => covering.next().map(|index| (index, false)),
        };
        let outcome = match waiver {
            Some((_, true)) if outcome != Outcome::Off => Outcome::Waived,
            _ => outcome,
        };
        Ruling { finding, subject: subject.to_owned(), outcome, waiver: waiver.map(|(index, _)| index) }
    }
}

impl Ruling {
    /// Whether nobody answers for the finding and its rule is not switched off.
    #[must_use]
    pub fn stands(&self) -> bool {
        matches!(self.outcome, Outcome::Deny | Outcome::Warn)
    }

    /// Whether any of these refuses the plan.
    #[must_use]
    pub fn any_denies(rulings: &[Self]) -> bool {
        rulings.iter().any(|ruling| ruling.outcome == Outcome::Deny)
    }

    /// The gravest finding that still stands, if any does.
    #[must_use]
    pub fn gravest(rulings: &[Self]) -> Option<Severity> {
        let standing = rulings.iter().filter(|ruling| ruling.stands());
        standing.map(|ruling| ruling.finding.severity).max()
    }
}
