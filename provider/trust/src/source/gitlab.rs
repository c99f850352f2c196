//! GitLab: it vouches for the jobs of a project. Paths of groups and projects change hands, so the project is known by its ids wherever a
//! target looks at single claims.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::{cel_string, is_number, issuer_fault};
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};

const PROJECT: &str = "from.gitlab.project";
const PROJECT_ID: &str = "from.gitlab.project_id";
const NAMESPACE_ID: &str = "from.gitlab.namespace_id";
const BRANCH: &str = "from.gitlab.branch";
const TAG: &str = "from.gitlab.tag";
pub(crate) const ENVIRONMENT: &str = "from.gitlab.environment";
const ISSUER: &str = "from.gitlab.issuer";

/// The issuer of gitlab.com.
pub(crate) const GITLAB: &str = "https://gitlab.com";

/// A GitLab job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gitlab {
    /// Path of the project, with its groups.
    pub project: Text,
    /// Its id.
    pub project_id: Text,
    /// Id of the group or user that it is in.
    pub namespace_id: Text,
    /// Branch that the job runs on.
    pub branch: Option<Text>,
    /// Tag that the job runs on.
    pub tag: Option<Text>,
    /// Environment that the job deploys to.
    pub environment: Option<Text>,
    /// Issuer, where it is not gitlab.com's: the URL of an instance of one's own.
    pub issuer: Option<Text>,
}

pub(super) fn identity(it: &Gitlab) -> Identity {
    let issuer = it.issuer.clone().unwrap_or_else(|| Text::of(GITLAB));
    let (kind, reference) = it.reference();
    let subject = Text::concat([
        "project_path:".into(),
        it.project.piece(),
        ":ref_type:".into(),
        kind.into(),
        ":ref:".into(),
        reference.piece(),
    ]);
    let condition = match (it.namespace_id.known(), it.project_id.known(), subject.known()) {
        (Some(namespace), Some(project), Some(subject)) => {
            let environment = match &it.environment {
                Some(environment) => {
                    environment.as_ref().map(|it| format!(" && assertion.environment == {}", cel_string(it)))
                }
                None => Text::of(""),
            };
            let ids = format!(
                "assertion.namespace_id == {} && assertion.project_id == {} && assertion.sub == {}",
                cel_string(namespace),
                cel_string(project),
                cel_string(subject)
            );
            Text::concat([ids.as_str().into(), environment.piece()])
        }
        _ => Leaf::Unknown,
    };
    Identity {
        claims: it.claims(&issuer, &subject, kind, &reference),
        tokens: Tokens::Oidc { issuers: Accepted::one(issuer), audience: None, jwks: None },
        condition,
        selectors: vec![Selector::Subject(subject.clone())],
        subjects: vec![subject],
        pins: BTreeMap::new(),
        issuer_path: if it.issuer.is_some() { ISSUER } else { "from.gitlab" },
        subject_path: match (&it.branch, &it.tag) {
            (Some(_), _) => BRANCH,
            (None, Some(_)) => TAG,
            (None, None) => PROJECT,
        },
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        delivery: TokenDelivery::GitlabJob,
        after: Vec::new(),
    }
}

impl Gitlab {
    fn reference(&self) -> (&'static str, Text) {
        match (&self.branch, &self.tag) {
            (Some(branch), _) => ("branch", branch.clone()),
            (None, Some(tag)) => ("tag", tag.clone()),
            (None, None) => ("branch", Leaf::Unknown),
        }
    }

    fn claims(
        &self,
        issuer: &Text,
        subject: &Text,
        kind: &str,
        reference: &Text,
    ) -> Leaf<Vec<BTreeMap<String, Value>>> {
        let all = || {
            let project = self.project.known()?;
            let namespace = project.rsplit_once('/').map_or(project.as_str(), |(namespace, _)| namespace);
            let mut claims: BTreeMap<String, Value> = [
                ("iss", json!(issuer.known()?)),
                ("sub", json!(subject.known()?)),
                ("namespace_id", json!(self.namespace_id.known()?)),
                ("namespace_path", json!(namespace)),
                ("project_id", json!(self.project_id.known()?)),
                ("project_path", json!(project)),
                ("ref", json!(reference.known()?)),
                ("ref_type", json!(kind)),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
            if let Some(environment) = &self.environment {
                claims.insert("environment".to_owned(), json!(environment.known()?));
            }
            Some(vec![claims])
        };
        all().map_or(Leaf::Unknown, Leaf::Known)
    }
}

/// The source that the evidence speaks of. Its ids stand only in the condition of Google's provider.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<Gitlab, &'static str> {
    let subjects = evidence.subjects();
    let parsed = subjects.iter().find_map(|subject| parse_subject(subject));
    let (project, kind, reference) = parsed.ok_or(
        "no binding, no credential and no trust policy has a subject like `project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH`",
    )?;
    let id = |claim: &str| evidence.quoted(&format!("assertion.{claim} == ")).map_or(Leaf::Unknown, known);
    Ok(Gitlab {
        project: known(project),
        project_id: id("project_id"),
        namespace_id: id("namespace_id"),
        branch: (kind == "branch").then(|| known(reference)),
        tag: (kind == "tag").then(|| known(reference)),
        environment: evidence.quoted("assertion.environment == ").map(known),
        issuer: evidence.issuer().filter(|issuer| *issuer != GITLAB).map(known),
    })
}

/// Project, type of reference and reference.
fn parse_subject(subject: &str) -> Option<(&str, &str, &str)> {
    let (project, rest) = subject.strip_prefix("project_path:")?.split_once(":ref_type:")?;
    let (kind, reference) = rest.split_once(":ref:")?;
    Some((project, kind, reference))
}

pub(super) fn problems(it: &Gitlab) -> Vec<Problem> {
    let mut problems = Vec::new();
    match (&it.branch, &it.tag) {
        (None, None) => problems.push(Problem::at(
            "from.gitlab",
            "No exact subject",
            "Set `branch` or `tag`: whoever may push any branch would come in otherwise.",
        )),
        (Some(_), Some(_)) => problems.push(Problem::at(
            TAG,
            "Branch and tag",
            "A job runs on one of the two, and its subject names that one. Remove one, or make a trust for each.",
        )),
        _ => {}
    }
    let mut check = |path: &str, value: Option<&Text>, summary: &str, fault: &dyn Fn(&str) -> Option<String>| {
        if let Some(value) = value.and_then(Leaf::known)
            && let Some(fault) = fault(value)
        {
            problems.push(Problem::at(path, summary, format!("`{}` cannot be one: {fault}", value.escape_debug())));
        }
    };
    check(PROJECT, Some(&it.project), "Not a project on GitLab", &project_fault);
    check(PROJECT_ID, Some(&it.project_id), "Not the id of a project", &|id| {
        (!is_number(id)).then(|| {
            "it is a number; the project's page shows it, and `glab api projects/GROUP%2FPROJECT` prints it.".to_owned()
        })
    });
    check(NAMESPACE_ID, Some(&it.namespace_id), "Not the id of a namespace", &|id| {
        (!is_number(id))
            .then(|| "it is a number; the group's page shows it, and `glab api namespaces/GROUP` prints it.".to_owned())
    });
    check(BRANCH, it.branch.as_ref(), "Not a branch", &reference_fault);
    check(TAG, it.tag.as_ref(), "Not a tag", &reference_fault);
    check(ENVIRONMENT, it.environment.as_ref(), "Not an environment", &|name| {
        let odd =
            name.is_empty() || name.chars().count() > 255 || name.contains('*') || name.chars().any(char::is_control);
        odd.then(|| "1 to 255 characters, without wildcards: it is compared exactly.".to_owned())
    });
    check(ISSUER, it.issuer.as_ref(), "Not an issuer of GitLab", &|issuer| {
        if issuer.ends_with('/') {
            return Some("GitLab's issuers end in no slash, and issuers are compared exactly.".to_owned());
        }
        issuer_fault(issuer, false)
    });
    problems
}

fn project_fault(project: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let part = |part: &str| !part.is_empty() && part.chars().all(plain);
    if project.contains("://") {
        return Some("write its path, such as `group/app`, without the host.".to_owned());
    }
    (!project.contains('/') || !project.split('/').all(part))
        .then(|| "write its whole path, such as `group/app` or `group/team/app`, without wildcards.".to_owned())
}

fn reference_fault(reference: &str) -> Option<String> {
    if reference.contains('*') {
        return Some("references are compared exactly, without wildcards.".to_owned());
    }
    if reference.starts_with("refs/") {
        return Some("write its bare name, such as `main`, without `refs/heads/`.".to_owned());
    }
    (reference.is_empty() || reference.chars().any(|c| c.is_whitespace() || c.is_control()))
        .then(|| "write its name, such as `main`.".to_owned())
}
