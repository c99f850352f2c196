//! The typed specification of a trust, as a user writes it. What a source or a target takes stands in its own file.

use std::collections::BTreeMap;

use crate::admits::{self, Admits};
use crate::leaf::{Leaf, Text};
use crate::problem::Problem;
use crate::source::Source;
use crate::target::aws::Aws;
use crate::target::azure::Azure;
use crate::target::gcp::Gcp;
use crate::target::{aws, azure, gcp};

/// One trust: who (`from`) may act as what (`to`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Name of the trust; the ids of what it creates derive from it.
    pub name: Text,
    /// Who is trusted.
    pub from: Leaf<Source>,
    /// What the source may act as.
    pub to: Leaf<Targets>,
    /// Who else may become a member.
    pub admits: Option<Leaf<Admits>>,
    /// Whether the trust admits nobody for the time being.
    pub disabled: Leaf<bool>,
    /// Labels for everything that takes some.
    pub labels: Leaf<BTreeMap<String, Text>>,
}

/// What the source may act as: at least one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Google Cloud.
    pub gcp: Option<Leaf<Gcp>>,
    /// Azure.
    pub azure: Option<Leaf<Azure>>,
    /// Amazon Web Services.
    pub aws: Option<Leaf<Aws>>,
}

impl Spec {
    /// Everything in this specification that cannot work, with the attribute at fault. Unknown values are passed over.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.name.known().is_some_and(String::is_empty) {
            problems.push(Problem::at("name", "No name", "The ids of what the trust creates derive from its name."));
            return problems;
        }
        let source = self.from.known();
        problems.extend(source.into_iter().flat_map(|source| source.problems(&self.name)));
        problems.extend(label_problems("labels", &self.labels));
        problems.extend(admits::problems(self));
        let Some(targets) = self.to.known() else { return problems };
        if targets.gcp.is_none() && targets.azure.is_none() && targets.aws.is_none() {
            let detail = "Name what the source may act as: set `gcp`, `azure` or `aws`.";
            problems.push(Problem::at("to", "No target", detail));
        }
        if let Some(Leaf::Known(target)) = &targets.gcp {
            problems.extend(gcp::problems(&self.name, target, source));
        }
        if let Some(Leaf::Known(target)) = &targets.azure {
            problems.extend(azure::problems(&self.name, target, source));
        }
        if let Some(Leaf::Known(target)) = &targets.aws {
            problems.extend(aws::problems(&self.name, target, source));
        }
        problems
    }
}

/// What is wrong with labels. The limits are those of Google's labels, the narrowest of the clouds'.
pub(crate) fn label_problems(path: &str, labels: &Leaf<BTreeMap<String, Text>>) -> Vec<Problem> {
    let plain = |c: char| c.is_lowercase() || c.is_numeric() || c == '_' || c == '-';
    let fits = |text: &str| text.chars().count() <= 63 && text.chars().all(plain);
    let mut problems = Vec::new();
    for (key, value) in labels.known().into_iter().flatten() {
        let fault = if key == crate::object::MARKER {
            "is the label by which this provider knows its own objects"
        } else if !fits(key) || !key.starts_with(char::is_lowercase) {
            "is not a label's name: 1 to 63 lower-case letters, digits, hyphens and underscores, beginning with a letter"
        } else if value.known().is_some_and(|value| !fits(value)) {
            "has a value that is not one: at most 63 lower-case letters, digits, hyphens and underscores"
        } else {
            continue;
        };
        problems.push(Problem::at_key(path, key, "Not a label", format!("`{}` {fault}.", key.escape_debug())));
    }
    problems
}
