//! The gate: made once, asked about many plans.

mod graph;

use std::collections::{BTreeMap, HashSet};

use crosscloud_policy_model::document::Scope;
use crosscloud_policy_model::enforcement::{
    Date, Level, Moment, Outcome, Ruling, Tally, Waiver, WaiverReport, WaiverState as State, waiver_rules,
};
use crosscloud_policy_model::finding::{Severity, Verdict};
use crosscloud_policy_model::policy::{Metadata, RuleInfo};

use crate::baseline::Baseline;
use crate::error::GateError;
use crate::judge::{Found, judge};
use crate::plan::Plan;
use crate::policies::{Policies, PolicyFiles, today};
use crate::report::{Finding, Report, Rule, SCHEMA_VERSION, Summary, Waived, WaiverState, WaiverUse};
use crate::source::Sources;

/// What a gate asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Policies, levels and waivers.
    pub files: PolicyFiles,
    /// Findings of this severity or a graver one refuse the plan, unless a level says otherwise for their rule.
    pub fail_on: Severity,
    /// What becomes of findings that wait for values; none counts them like violations.
    pub on_undetermined: Option<OnUndetermined>,
    /// Whether what the plan leaves as it is is judged, too.
    pub all: bool,
    /// Where the configuration is, to show lines of it.
    pub sources: Option<Sources>,
    /// What was there already, and does not count.
    pub baseline: Option<Baseline>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            files: PolicyFiles::default(),
            fail_on: Severity::High,
            on_undetermined: None,
            all: false,
            sources: None,
            baseline: None,
        }
    }
}

/// What becomes of findings that wait for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUndetermined {
    /// They are warnings.
    Warn,
    /// They refuse the plan, whatever their severity.
    Deny,
}

/// Loaded policies, and what is asked of findings.
pub struct Gate {
    policies: Policies,
    options: Options,
    today: Date,
}

/// Judges one plan.
///
/// # Errors
/// [`GateError`] where there is no verdict: the text is no plan, or a policy does not load or answer.
pub fn check(plan: &str, options: Options) -> Result<Report, GateError> {
    Gate::load(options)?.check(plan)
}

impl Gate {
    /// Loads the policies.
    ///
    /// # Errors
    /// [`GateError`] where one does not load: nothing is judged by half of the policies.
    pub fn load(options: Options) -> Result<Self, GateError> {
        let today = today();
        Ok(Self { policies: Policies::load(&options.files, today)?, options, today })
    }

    /// Judges a plan, as `terraform show -json` and `tofu show -json` write it.
    ///
    /// # Errors
    /// [`GateError`] where there is no verdict.
    pub fn check(&self, plan: &str) -> Result<Report, GateError> {
        let plan = Plan::read(plan)?;
        let configuration = plan.configuration()?;
        let judgement = judge(&plan, &configuration, &self.policies, self.options.all)?;
        let mut tally = Tally::default();
        let mut findings: Vec<Finding> = Vec::new();
        for Found { address, finding } in judgement.found {
            let rulings = self.policies.enforcement.rule(&address, vec![finding], self.moment(), self.today);
            tally.add(&rulings);
            findings.extend(rulings.into_iter().filter_map(|ruling| self.reported(ruling)));
        }
        let waits = |waiver: &Waiver| judgement.left.iter().any(|address| waiver.covers(&waiver.rule, address));
        for finding in tally.findings(&self.policies.enforcement, self.today) {
            let waiver = finding.pointer.rsplit('/').next().and_then(|index| index.parse::<usize>().ok());
            let waiver = waiver.and_then(|index| self.policies.enforcement.waivers().get(index));
            // Whether a waiver of something that was not judged is needed, nobody can say.
            if waiver.is_some_and(|waiver| waiver.counts_on(self.today) && waits(waiver)) {
                continue;
            }
            let subject = waiver.map_or_else(String::new, |waiver| waiver.subject.clone());
            let rulings = self.policies.enforcement.rule(&subject, vec![finding], Moment::Final, self.today);
            findings.extend(rulings.into_iter().filter_map(|ruling| self.reported(ruling)));
        }
        if let Some(sources) = &self.options.sources {
            sources.place(&mut findings, &configuration);
        }
        let unjudged: HashSet<&str> = judgement.left.iter().map(String::as_str).collect();
        let baseline = self.options.baseline.as_ref().map(|baseline| {
            let may_go = |rule: &str, severity| self.policies.enforcement.is_waivable(rule, severity);
            baseline.cover(&mut findings, may_go, &unjudged)
        });
        let waivers = tally.report(&self.policies.enforcement, self.today).into_iter().map(|told| {
            let waiting = told.state == State::Unused && waits(&told.waiver);
            let told = used(told);
            if waiting { WaiverUse { state: WaiverState::Unjudged, ..told } } else { told }
        });
        let summary = Summary {
            denied: findings.iter().any(|finding| finding.denies),
            denying: findings.iter().filter(|finding| finding.denies).count(),
            waived: findings.iter().filter(|finding| finding.waived.is_some()).count(),
            findings: counted(&findings),
            resources: plan.changes.iter().filter(|change| change.is_managed()).count(),
            relevant: judgement.relevant,
            judged: judgement.judged,
            switched_off: self.policies.enforcement.switched_off().map(str::to_owned).collect(),
            waivers: waivers.collect(),
            baseline,
            providers_without_policy: configuration.providers_without("crosscloud", "policy"),
            policy_digest: self.policies.digest.clone(),
        };
        let rules = self.rules_of(&findings);
        Ok(Report { schema_version: SCHEMA_VERSION, summary, findings, rules })
    }

    /// The same, in whose reports what is in the baseline does not count.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.options.baseline = Some(baseline);
        self
    }

    /// What is to be said of the rules that found these.
    fn rules_of(&self, findings: &[Finding]) -> BTreeMap<String, Rule> {
        let found: HashSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        let told = self.rules().into_iter().filter(|(_, rule)| found.contains(rule.id.as_str()));
        let rule = |(policy, rule): (String, RuleInfo)| {
            let documentation = crate::explain::documentation(&policy, &rule.id).unwrap_or_default().to_owned();
            (rule.id, Rule { severity: rule.severity, summary: rule.summary, documentation })
        };
        told.map(rule).collect()
    }

    /// Every rule of every policy, with those on waivers.
    #[must_use]
    pub fn rules(&self) -> Vec<(String, RuleInfo)> {
        let of = |metadata: &Metadata| {
            let name = metadata.name.clone();
            metadata.rules.iter().map(move |rule| (name.clone(), rule.clone())).collect::<Vec<_>>()
        };
        let own = waiver_rules().into_iter().map(|rule| RuleInfo { scope: Scope::Plan, ..rule });
        self.policies.metadata.iter().flat_map(of).chain(own.map(|rule| ("gate".to_owned(), rule))).collect()
    }

    /// A plan is the last that a gate sees, so what cannot be decided counts, unless it is asked for otherwise.
    fn moment(&self) -> Moment {
        match self.options.on_undetermined {
            Some(OnUndetermined::Warn) => Moment::Undecided,
            Some(OnUndetermined::Deny) | None => Moment::Final,
        }
    }

    /// None where the rule is switched off.
    fn reported(&self, ruling: Ruling) -> Option<Finding> {
        if ruling.outcome == Outcome::Off {
            return None;
        }
        let denies = self.denies(&ruling);
        let waiver = ruling.waiver.filter(|_| ruling.outcome == Outcome::Waived);
        let waiver = waiver.and_then(|index| self.policies.enforcement.waivers().get(index));
        let it = ruling.finding;
        Some(Finding {
            rule: it.rule,
            severity: it.severity,
            verdict: it.verdict,
            address: ruling.subject,
            path: it.path,
            message: it.message,
            remediation: it.remediation,
            denies,
            witness: it.witness,
            waived: waiver.map(|waiver| Waived {
                owner: waiver.owner.clone(),
                reason: waiver.reason.clone(),
                expires: waiver.expires.to_string(),
            }),
            baseline: false,
            source: None,
        })
    }

    /// What somebody asks for by name counts before what the command line asks for by severity, and a policy file is never loosened by it.
    fn denies(&self, ruling: &Ruling) -> bool {
        let finding = &ruling.finding;
        if ruling.outcome == Outcome::Waived {
            return false;
        }
        let grave = finding.severity >= self.options.fail_on;
        if finding.verdict == Verdict::Undetermined {
            match self.options.on_undetermined {
                Some(OnUndetermined::Deny) => return true,
                Some(OnUndetermined::Warn) => return false,
                None => {}
            }
        }
        match self.policies.enforcement.asked(&finding.rule, finding.severity) {
            Some(Level::Deny) => true,
            Some(Level::Warn | Level::Off) => false,
            None => grave,
        }
    }
}

fn counted(findings: &[Finding]) -> BTreeMap<String, usize> {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let count = |severity| findings.iter().filter(|it| it.severity == severity && it.stands()).count();
    severities.into_iter().map(|severity| (crate::format::severity(severity).to_owned(), count(severity))).collect()
}

fn used(report: WaiverReport) -> WaiverUse {
    let (state, covered) = match report.state {
        State::Used(count) => (WaiverState::Used, count),
        State::Unused => (WaiverState::Unused, 0),
        State::Expired => (WaiverState::Expired, 0),
        State::Refused => (WaiverState::Refused, 0),
    };
    let waiver = report.waiver;
    let expires = waiver.expires.to_string();
    WaiverUse {
        rule: waiver.rule,
        subject: waiver.subject,
        owner: waiver.owner,
        reason: waiver.reason,
        expires,
        state,
        covered,
    }
}
