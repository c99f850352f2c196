//! What becomes of findings: denied, warned of, waived, or switched off.
//!
//! A policy finds; this decides. The same code serves the provider and the gate: levels for rules, waivers that run out, and a floor below which
//! no configuration gets. There is no clock here: whoever asks says what day it is.

mod date;
mod floor;
mod ruling;
mod tally;
#[cfg(test)]
mod tests;
mod waiver;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use date::{Date, DateError};
pub use floor::{Floor, FloorModule};
pub use ruling::{Moment, Outcome, Ruling};
pub use tally::{Tally, WaiverReport, WaiverState, waiver_rules};
pub use waiver::Waiver;

use crate::finding::Severity;

/// How seriously a rule is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Its findings are dropped.
    Off,
    /// Its findings are warnings.
    Warn,
    /// Its findings refuse the plan.
    Deny,
}

impl Level {
    /// The level of a finding where nobody says another: what lets in more than was meant is denied.
    #[must_use]
    pub fn default_of(severity: Severity) -> Self {
        if severity >= Severity::High { Self::Deny } else { Self::Warn }
    }
}

/// What a configuration says about findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// Levels of rules, by id. Others have the level that goes with the severity of the finding.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, Level>,
    /// Waivers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

/// What is wrong with choices or with a floor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnforcementError {
    /// The file is not JSON of the right form.
    #[error("the policy file is not usable: {0}")]
    Floor(String),
    /// No policy has the rule.
    #[error("there is no rule `{rule}`{hint}", hint = suggestion.as_ref().map_or_else(String::new, |rule| format!(": did you mean `{rule}`?")))]
    UnknownRule {
        /// Rule, as written.
        rule: String,
        /// A rule with a similar name.
        suggestion: Option<String>,
    },
    /// A waiver lacks what makes it one.
    #[error("the waiver of `{rule}` for `{subject}` has no {part}")]
    Blank {
        /// Rule.
        rule: String,
        /// Subject.
        subject: String,
        /// What is missing.
        part: &'static str,
    },
    /// A waiver runs for longer than the floor allows.
    #[error(
        "the waiver of `{rule}` for `{subject}` runs until {expires}, and the policy file allows {days} days from today"
    )]
    TooLong {
        /// Rule.
        rule: String,
        /// Subject.
        subject: String,
        /// Last day.
        expires: Date,
        /// Days allowed.
        days: u32,
    },
}

/// Choices and floor together: what is asked about findings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Enforcement {
    choices: Choices,
    floor: Option<Floor>,
    /// Waivers of the floor, then those of the configuration.
    waivers: Vec<Waiver>,
}

impl Enforcement {
    /// Puts choices on a floor. `known` are the ids of all rules of all policies, so that a typing error does not switch off nothing.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    pub fn new(
        choices: Choices,
        floor: Option<Floor>,
        known: &BTreeSet<String>,
        today: Date,
    ) -> Result<Self, Vec<EnforcementError>> {
        let mut errors = Vec::new();
        let of_floor = floor.as_ref().map_or(&[][..], |floor| floor.waivers.as_slice());
        let waivers: Vec<Waiver> = of_floor.iter().chain(&choices.waivers).cloned().collect();
        let floor_rules = floor.iter().flat_map(|floor| floor.rules.keys().chain(&floor.waivable));
        let named = choices.rules.keys().chain(floor_rules).chain(waivers.iter().map(|waiver| &waiver.rule));
        let mut told = BTreeSet::new();
        for rule in named.filter(|rule| !known.contains(*rule) && !waiver_rules().iter().any(|own| own.id == **rule)) {
            if told.insert(rule) {
                errors.push(EnforcementError::UnknownRule { rule: rule.clone(), suggestion: closest(rule, known) });
            }
        }
        for waiver in &waivers {
            errors.extend(waiver.problem());
        }
        if let Some(days) = floor.as_ref().and_then(|floor| floor.max_waiver_days) {
            for waiver in choices.waivers.iter().filter(|waiver| waiver.expires > today.plus_days(days)) {
                errors.push(EnforcementError::TooLong {
                    rule: waiver.rule.clone(),
                    subject: waiver.subject.clone(),
                    expires: waiver.expires,
                    days,
                });
            }
        }
        if errors.is_empty() { Ok(Self { choices, floor, waivers }) } else { Err(errors) }
    }

    /// All waivers: those of the floor, then those of the configuration.
    #[must_use]
    pub fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// Level of a rule's findings of this severity.
    #[must_use]
    pub fn level(&self, rule: &str, severity: Severity) -> Level {
        let default = Level::default_of(severity);
        let chosen = self.choices.rules.get(rule).copied().unwrap_or(default);
        chosen.max(self.minimum(rule, severity))
    }

    /// The level that somebody asks for by the rule's name: the choices, or a floor, which asks for every rule's default at least.
    #[must_use]
    pub fn asked(&self, rule: &str, severity: Severity) -> Option<Level> {
        let mentioned = self.floor.is_some() || self.choices.rules.contains_key(rule);
        mentioned.then(|| self.level(rule, severity))
    }

    /// The level that somebody asks for by the rule's name alone: unlike [`Enforcement::asked`], for what nobody here answers for, where the
    /// defaults of a floor say nothing.
    #[must_use]
    pub fn named(&self, rule: &str, severity: Severity) -> Option<Level> {
        let by_floor = self.floor.as_ref().is_some_and(|floor| floor.rules.contains_key(rule));
        (by_floor || self.choices.rules.contains_key(rule)).then(|| self.level(rule, severity))
    }

    /// Rules that are switched off whatever they find, in order of ids.
    pub fn switched_off(&self) -> impl Iterator<Item = &str> {
        let off = |(rule, _): &(&String, &Level)| self.level(rule, Severity::Critical) == Level::Off;
        self.choices.rules.iter().filter(off).map(|(rule, _)| rule.as_str())
    }

    /// What the floor asks for at least. A rule that a floor does not mention keeps its default.
    fn minimum(&self, rule: &str, severity: Severity) -> Level {
        match &self.floor {
            None => Level::Off,
            Some(floor) => floor.rules.get(rule).copied().unwrap_or_else(|| Level::default_of(severity)),
        }
    }

    /// Whether a waiver counts. Those of a configuration loosen, so a floor must let them.
    fn honours(&self, waiver: usize, severity: Severity) -> bool {
        let of_floor = self.floor.as_ref().map_or(0, |floor| floor.waivers.len());
        waiver < of_floor || self.is_waivable(&self.waivers[waiver].rule, severity)
    }

    /// Whether a configuration may let findings of this severity go: a floor must say so.
    #[must_use]
    pub fn is_waivable(&self, rule: &str, severity: Severity) -> bool {
        let Some(floor) = &self.floor else { return true };
        floor.waivable.contains(rule) || self.minimum(rule, severity) == Level::Off
    }

    /// A text that is the same for the same choices and floor, however they were written, and another one for others.
    #[must_use]
    pub fn canonical(&self) -> String {
        let sorted = |waivers: &[Waiver]| {
            let mut waivers = waivers.to_vec();
            waivers.sort();
            waivers
        };
        let choices = Choices { rules: self.choices.rules.clone(), waivers: sorted(&self.choices.waivers) };
        let floor = self.floor.clone().map(|floor| Floor { waivers: sorted(&floor.waivers), ..floor });
        crate::canonical::text(&serde_json::json!({"choices": choices, "floor": floor}))
    }
}

/// The known rule that differs least, if any is close.
fn closest(rule: &str, known: &BTreeSet<String>) -> Option<String> {
    let (distance, found) = known.iter().map(|other| (distance(rule, other), other)).min()?;
    (distance <= 2 + rule.len() / 6).then(|| found.clone())
}

/// Number of characters to insert, delete or replace.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, character) in one.chars().take(200).enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (place, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *candidate);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}
