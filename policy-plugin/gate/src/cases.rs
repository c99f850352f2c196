//! Tests of policies: plans, each beside what is to be found in it.
//!
//! A test is a `plan.json` beside an `expected.json`, or a `NAME.plan.json` beside a `NAME.expected.json`, anywhere in a folder. What is
//! expected is a list of findings by rule, address, path and verdict; one that says less fits any that agrees with what it says.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crosscloud_policy_model::finding::Verdict;
use serde::{Deserialize, Serialize};

use crate::error::GateError;
use crate::gate::{Gate, Options};
use crate::policies::PolicyFiles;
use crate::report::{Finding, Report};
use crate::{input, output};

const PLAN: &str = "plan.json";
const EXPECTED: &str = "expected.json";

/// Folders in a folder that are looked into.
const LEVELS: usize = 16;

/// Tests in a folder.
#[derive(Debug)]
pub struct Cases {
    files: PolicyFiles,
    found: Vec<Case>,
}

/// One test.
#[derive(Debug)]
struct Case {
    name: String,
    plan: PathBuf,
    expected: PathBuf,
}

/// What is to be found in a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Whether the plan is denied; where it is left out, only the findings count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    denied: Option<bool>,
    /// Whether what the plan leaves as it is is judged, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all: bool,
    /// Waivers and levels, counted from this file on. They count in place of those of the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waivers: Option<PathBuf>,
    findings: Vec<Line>,
}

/// A finding, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default = "violation", skip_serializing_if = "is_violation")]
    verdict: Verdict,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    waived: bool,
}

/// What came of a test. Its text is one line where it passed, and a comparison where it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    name: String,
    lines: Vec<(char, String)>,
}

impl Cases {
    /// Finds the tests in a folder, in the order of their names.
    ///
    /// # Errors
    /// [`GateError::Tests`] where there is none, or the folder cannot be read.
    pub fn find(folder: &Path, files: PolicyFiles) -> Result<Self, GateError> {
        let mut found = Vec::new();
        look_into(folder, folder, LEVELS, &mut found)?;
        found.sort_by(|one: &Case, other| one.name.cmp(&other.name));
        if found.is_empty() {
            let wanted = format!("no {PLAN} and no NAME.{PLAN} lies in {}", folder.display());
            return Err(GateError::Tests(wanted));
        }
        Ok(Self { files, found })
    }

    /// Runs every test.
    ///
    /// # Errors
    /// [`GateError`] where a test cannot be run: its plan is none, its expected file is missing or cannot be read, a policy does not load.
    pub fn run(&self) -> Result<Vec<Outcome>, GateError> {
        let mut gates = Gates::default();
        let run = |case: &Case| {
            let expected = case.expected()?.ok_or_else(|| {
                GateError::Tests(format!("{} is missing: `--update` writes it", case.expected.display()))
            })?;
            let report = self.report(case, &expected, &mut gates)?;
            Ok(Outcome { name: case.name.clone(), lines: expected.compared(&report) })
        };
        self.found.iter().map(run).collect()
    }

    /// Writes what is found into the expected files that say something else, and names them.
    ///
    /// # Errors
    /// As [`Cases::run`], without missing files.
    pub fn update(&self) -> Result<Vec<PathBuf>, GateError> {
        let mut gates = Gates::default();
        let mut written = Vec::new();
        for case in &self.found {
            let before = case.expected()?;
            let settings = before.clone().unwrap_or_default();
            let report = self.report(case, &settings, &mut gates)?;
            // What is as expected stays as its author wrote it.
            if before.is_some_and(|before| before.compared(&report).iter().all(|(sign, _)| *sign == ' ')) {
                continue;
            }
            let findings = report.findings.iter().map(Line::of).collect();
            let expected = Expected { denied: Some(report.is_denied()), findings, ..settings };
            let text = serde_json::to_string_pretty(&expected).unwrap_or_default() + "\n";
            output::write(&case.expected, &text)?;
            written.push(case.expected.clone());
        }
        Ok(written)
    }

    fn report(&self, case: &Case, expected: &Expected, gates: &mut Gates) -> Result<Report, GateError> {
        let waivers = match &expected.waivers {
            Some(path) => Some(case.expected.with_file_name("").join(path)),
            None => self.files.waivers.clone(),
        };
        let files = PolicyFiles { waivers, ..self.files.clone() };
        let told = |error| match error {
            GateError::Input(error) => GateError::Tests(format!("{}: {error}", case.plan.display())),
            other => other,
        };
        let text = input::read(&case.plan).map_err(|error| told(error.into()))?;
        gates.of(files, expected.all)?.check(&text).map_err(told)
    }
}

/// Gates that were made before: a policy is compiled once for all tests.
#[derive(Default)]
struct Gates(BTreeMap<(Vec<PathBuf>, Option<PathBuf>, bool), Gate>);

impl Gates {
    fn of(&mut self, files: PolicyFiles, all: bool) -> Result<&Gate, GateError> {
        match self.0.entry((files.policies.clone(), files.waivers.clone(), all)) {
            std::collections::btree_map::Entry::Occupied(made) => Ok(made.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                Ok(place.insert(Gate::load(Options { files, all, ..Options::default() })?))
            }
        }
    }
}

impl Case {
    /// None where the file is missing.
    fn expected(&self) -> Result<Option<Expected>, GateError> {
        let refused = |reason: String| GateError::File { path: self.expected.clone(), reason };
        let text = match std::fs::read_to_string(&self.expected) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused(error.to_string())),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| refused(error.to_string()))
    }
}

impl Expected {
    /// What is as expected, what is missing, and what is there besides.
    fn compared(&self, report: &Report) -> Vec<(char, String)> {
        let mut left: Vec<Line> = report.findings.iter().map(Line::of).collect();
        let mut lines = Vec::new();
        // Those that say most choose first, so that none takes what only another one fits.
        let mut wanted: Vec<&Line> = self.findings.iter().collect();
        wanted.sort_by_key(|line| {
            std::cmp::Reverse(usize::from(line.address.is_some()) + usize::from(line.path.is_some()))
        });
        for line in wanted {
            match left.iter().position(|found| line.fits(found)) {
                Some(place) => lines.push((' ', left.remove(place).to_string())),
                None => lines.push(('-', line.to_string())),
            }
        }
        lines.extend(left.iter().map(|line| ('+', line.to_string())));
        lines.sort_by(|one, other| one.1.cmp(&other.1).then(other.0.cmp(&one.0)));
        if let Some(denied) = self.denied {
            let told = |denied: bool| if denied { "the plan is denied" } else { "the plan is allowed" }.to_owned();
            if denied == report.is_denied() {
                lines.push((' ', told(denied)));
            } else {
                lines.extend([('-', told(denied)), ('+', told(!denied))]);
            }
        }
        lines
    }
}

impl Line {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            address: Some(finding.address.clone()),
            path: Some(finding.path.clone()).filter(|path| !path.is_empty()),
            verdict: finding.verdict,
            waived: finding.waived.is_some(),
        }
    }

    fn fits(&self, found: &Self) -> bool {
        let agrees = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        self.rule == found.rule
            && self.verdict == found.verdict
            && self.waived == found.waived
            && agrees(&self.address, &found.address)
            && agrees(&self.path, &found.path)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.address.as_deref().unwrap_or("anything"), self.path.as_deref().unwrap_or("-"))?;
        let undetermined = if self.verdict == Verdict::Undetermined { " undetermined" } else { "" };
        write!(out, ": {}{undetermined}{}", self.rule, if self.waived { " waived" } else { "" })
    }
}

impl Outcome {
    /// Whether everything is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.lines.iter().all(|(sign, _)| *sign == ' ')
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed() {
            return writeln!(out, "ok      {}", self.name);
        }
        writeln!(out, "FAILED  {}  (- expected, + found)", self.name)?;
        // Text of a plan ends up on a terminal, where control characters can hide other text.
        let plain = |text: &str| text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect::<String>();
        self.lines.iter().try_for_each(|(sign, line)| writeln!(out, "        {sign} {}", plain(line)))
    }
}

fn look_into(root: &Path, folder: &Path, levels: usize, found: &mut Vec<Case>) -> Result<(), GateError> {
    let unreadable = |error: std::io::Error| GateError::Tests(format!("{} cannot be read: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        if path.is_dir() {
            if levels > 0 {
                look_into(root, &path, levels - 1, found)?;
            }
            continue;
        }
        let Some(prefix) = name.strip_suffix(PLAN).filter(|prefix| prefix.is_empty() || prefix.ends_with('.')) else {
            continue;
        };
        let expected = path.with_file_name(format!("{prefix}{EXPECTED}"));
        let shown = path.strip_prefix(root).unwrap_or(&path).with_file_name(prefix.trim_end_matches('.'));
        let name = shown.to_string_lossy().trim_end_matches('/').to_owned();
        found.push(Case { name: if name.is_empty() { PLAN.to_owned() } else { name }, plan: path, expected });
    }
    Ok(())
}

fn violation() -> Verdict {
    Verdict::Violation
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_violation(verdict: &Verdict) -> bool {
    *verdict == Verdict::Violation
}
