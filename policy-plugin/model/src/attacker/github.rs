//! Tokens of GitHub Actions, with both forms of subject.
//!
//! Anyone can register an owner and run workflows, so a stranger chooses names freely, as long as they are free. Names are unique without
//! regard to case, so no stranger differs in case alone; branches and environments are not.

use std::sync::Arc;

use serde_json::Value as Json;

use super::bearer::Bearer;
use super::{Attack, Dimension, Scene, Suspects, branch_twins, distinct, near_miss, twins};
use crate::cel::{Operator, Value};
use crate::document::IntendedClaims;
use crate::token::Token;

/// The workflow that is meant where nobody says which.
const WORKFLOW: &str = "deploy";

/// A job of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    owner: Arc<str>,
    owner_id: u64,
    repository: Arc<str>,
    repository_id: u64,
    reference: Arc<str>,
    event: &'static str,
    environment: Option<Arc<str>>,
    /// File that the job is written in, without its ending.
    workflow: &'static str,
    /// Subject with ids, as repositories made since July 2026 have it.
    numbered: bool,
}

impl Run {
    /// Names of the claims.
    pub(super) const NAMES: [&'static str; 16] = [
        "sub",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "repository_visibility",
        "ref",
        "ref_type",
        "event_name",
        "actor",
        "actor_id",
        "workflow",
        "workflow_ref",
        "job_workflow_ref",
        "runner_environment",
        "environment",
    ];

    /// Claims that follow from whose workflow it is and what started it. All others anybody's workflow can have: names of files, jobs and
    /// branches are chosen, and a reusable workflow of somebody else is there to be called.
    pub(super) const TELLING: [&'static str; 10] = [
        "sub",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "ref",
        "ref_type",
        "event_name",
        "environment",
        "workflow_ref",
    ];

    fn of(claims: &IntendedClaims) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Json::as_str);
        let subject = text("sub").and_then(|subject| subject.strip_prefix("repo:")).unwrap_or_default();
        let mut parts = subject.splitn(3, ':');
        let named = parts.next().unwrap_or_default();
        let (kind, rest) = (parts.next(), parts.next());
        let (owner, repository) = text("repository").or(Some(named))?.split_once('/')?;
        let plain = |name: &str| Arc::from(name.split('@').next().unwrap_or_default());
        let (named_owner, named_repository) = named.split_once('/').unwrap_or_default();
        let id = |name: &str| name.split_once('@')?.1.parse::<u64>().ok();
        Some(Self {
            owner: plain(owner),
            owner_id: Self::number(claims, "repository_owner_id").or_else(|| id(named_owner)).unwrap_or(1_001),
            repository: plain(repository),
            repository_id: Self::number(claims, "repository_id").or_else(|| id(named_repository)).unwrap_or(2_001),
            reference: text("ref").or(rest.filter(|_| kind == Some("ref"))).unwrap_or("refs/heads/main").into(),
            event: "push",
            environment: text("environment").or(rest.filter(|_| kind == Some("environment"))).map(Arc::from),
            workflow: WORKFLOW,
            numbered: named.contains('@'),
        })
    }

    fn number(claims: &IntendedClaims, name: &str) -> Option<u64> {
        claims.get(name).and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()))
    }

    fn subject(&self) -> String {
        let (owner, repository) = (&*self.owner, &*self.repository);
        let ids = self.numbered.then(|| (self.owner_id.to_string(), self.repository_id.to_string()));
        let (at, [owner_id, repository_id]) = match &ids {
            Some(ids) => ("@", [ids.0.as_str(), ids.1.as_str()]),
            None => ("", ["", ""]),
        };
        let encoded;
        let [kind, context] = match (&self.environment, self.event) {
            (Some(environment), _) => {
                encoded = environment.replace(':', "%3A");
                [":environment:", &encoded]
            }
            (None, "pull_request") => [":pull_request", ""],
            (None, _) => [":ref:", &self.reference],
        };
        ["repo:", owner, at, owner_id, "/", repository, at, repository_id, kind, context].concat()
    }

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let workflow = || {
            let Self { owner, repository, workflow, reference, .. } = self;
            Value::from([owner, "/", repository, "/.github/workflows/", workflow, ".yml@", reference].concat())
        };
        Some(match name {
            "sub" => Value::from(self.subject()),
            "repository" => Value::from([&*self.owner, "/", &self.repository].concat()),
            "repository_id" => Value::from(self.repository_id.to_string()),
            "repository_owner" => Value::String(self.owner.clone()),
            "repository_owner_id" => Value::from(self.owner_id.to_string()),
            "repository_visibility" => Value::from("private"),
            "ref" => Value::String(self.reference.clone()),
            "ref_type" => Value::from(if self.reference.starts_with("refs/tags/") { "tag" } else { "branch" }),
            "event_name" => Value::from(self.event),
            "actor" => Value::from("octocat"),
            "actor_id" => Value::from("583231"),
            "workflow" => Value::from(self.workflow),
            "workflow_ref" | "job_workflow_ref" => workflow(),
            "runner_environment" => Value::from("github-hosted"),
            "environment" => Value::String(self.environment.clone()?),
            _ => return None,
        })
    }
}

pub(super) fn suspects(scene: Scene<'_>) -> (Suspects, Option<Token>) {
    let intended: Vec<Run> = scene.intended.iter().filter_map(Run::of).collect();
    let model = intended.first().cloned().unwrap_or_else(|| guess(scene));
    let mut found: Vec<(Dimension, bool, &'static str, Run)> = Vec::new();
    strangers(&model, &mut found);
    insiders(&model, &mut found);
    for comparison in scene.comparisons {
        // Nobody chooses an id.
        if comparison.path.as_ref().and_then(|path| path.last()).is_some_and(|name| name.ends_with("_id")) {
            continue;
        }
        if comparison.path.is_none() {
            cut_out(&model, &comparison.literal, &mut found);
        }
        for text in near_miss::of(comparison, &["", "-", "/", ":"]) {
            found.extend(close_to(&model, &text).map(|run| {
                let stranger = run.owner != model.owner;
                (Dimension::NearMiss, stranger, "a workflow close to what the condition spells", run)
            }));
        }
    }
    // New repositories carry ids in their subject, old ones do not; a stranger has the choice.
    let both = found.into_iter().flat_map(|(dimension, stranger, bearer, run)| {
        let other = stranger.then(|| Run { numbered: !run.numbered, ..run.clone() });
        std::iter::once(run).chain(other).map(move |run| (dimension, stranger, bearer, run))
    });
    let both: Vec<_> = both.filter(|(.., run)| !intended.contains(run)).collect();
    let (issuer, audience): (&Arc<str>, &Arc<str>) = (&scene.url.into(), &scene.audience.into());
    let token = |run: &Run| Token::new(issuer, audience, Bearer::Run(run.clone()));
    let attacks = distinct(both, |(.., run)| run.clone())
        .map(|(dimension, stranger, bearer, run)| Attack { dimension, stranger, bearer, token: token(&run) })
        .collect();
    let genuine = intended.iter().zip(scene.intended).map(|(run, said)| token(run).saying(said));
    (Suspects { genuine: genuine.collect(), attacks }, Some(token(&model)))
}

/// Where nobody says who is meant, the condition's own words are the best guess.
fn guess(scene: Scene<'_>) -> Run {
    let mut claims = IntendedClaims::new();
    for comparison in scene.comparisons {
        let literal = comparison.literal.as_str();
        let name = match comparison.path.as_deref() {
            _ if literal.starts_with("repo:") => "sub",
            Some([root, name]) if root == "assertion" => name.as_str(),
            // What is cut out of a subject, or put together, still looks like what it is.
            None if literal.starts_with("refs/") => "ref",
            None if literal.split('/').count() == 2 => "repository",
            _ => continue,
        };
        let meant = !matches!(comparison.operator, Operator::NotEquals | Operator::Matches | Operator::EndsWith);
        if meant && !claims.contains_key(name) && !comparison.literal.contains('*') {
            claims.insert(name.to_owned(), comparison.literal.as_str().into());
        }
    }
    let owner = claims.get("repository_owner").and_then(Json::as_str).unwrap_or("octo").to_owned();
    let run = Run::of(&claims).filter(|run| !run.owner.is_empty());
    run.unwrap_or_else(|| Run {
        owner: owner.into(),
        owner_id: Run::number(&claims, "repository_owner_id").unwrap_or(1_001),
        repository: "app".into(),
        repository_id: Run::number(&claims, "repository_id").unwrap_or(2_001),
        reference: claims.get("ref").and_then(Json::as_str).unwrap_or("refs/heads/main").into(),
        event: "push",
        environment: claims.get("environment").and_then(Json::as_str).map(Arc::from),
        workflow: WORKFLOW,
        numbered: false,
    })
}

fn strangers(model: &Run, found: &mut Vec<(Dimension, bool, &'static str, Run)>) {
    let foreign = Run { owner_id: 9_001, repository_id: 9_002, ..model.clone() };
    let run =
        |owner: &str, repository: &str| Run { owner: owner.into(), repository: repository.into(), ..foreign.clone() };
    found.push((Dimension::Tenant, true, "a workflow of another owner", run("evil", "intruder")));
    found.push((
        Dimension::Tenant,
        true,
        "a repository of the same name under another owner",
        run("evil", &model.repository),
    ));
    for twin in twins(&model.owner, '-') {
        found.push((Dimension::Twin, true, "an owner with a similar name", run(&twin, &model.repository)));
    }
    let imitation = format!("{}-{}", model.owner, model.repository);
    found.push((
        Dimension::Twin,
        true,
        "a foreign repository whose name contains the intended one",
        run("evil", &imitation),
    ));
    found.push((Dimension::Recycled, true, "a new owner of the same name after the old one is gone", foreign.clone()));
    let recreated = Run { repository_id: 9_002, ..model.clone() };
    found.push((Dimension::Recycled, false, "a new repository of the same name after the old one is gone", recreated));
}

/// What a condition cuts out of a claim may be the branch or the environment, which a stranger names as he likes.
fn cut_out(model: &Run, text: &str, found: &mut Vec<(Dimension, bool, &'static str, Run)>) {
    const BEARER: &str = "a workflow of another owner with that branch or environment";
    if text.is_empty() || text.chars().any(char::is_control) {
        return;
    }
    let foreign = Run {
        owner: "evil".into(),
        owner_id: 9_001,
        repository: "intruder".into(),
        repository_id: 9_002,
        environment: None,
        ..model.clone()
    };
    let reference = if text.starts_with("refs/") { text.to_owned() } else { format!("refs/heads/{text}") };
    found.push((Dimension::Tenant, true, BEARER, Run { environment: Some(text.into()), ..foreign.clone() }));
    found.push((Dimension::Tenant, true, BEARER, Run { reference: reference.into(), ..foreign }));
}

fn insiders(model: &Run, found: &mut Vec<(Dimension, bool, &'static str, Run)>) {
    let elsewhere = |repository: &str| Run { repository: repository.into(), repository_id: 9_002, ..model.clone() };
    found.push((Dimension::Workload, false, "another repository of the same owner", elsewhere("intruder")));
    for twin in twins(&model.repository, '-') {
        found.push((Dimension::Twin, false, "a repository of the same owner with a similar name", elsewhere(&twin)));
    }
    let request =
        Run { reference: "refs/pull/1/merge".into(), event: "pull_request", environment: None, ..model.clone() };
    found.push((Dimension::PullRequest, false, "a pull request of the same repository", request));
    let target = Run { event: "pull_request_target", environment: None, ..model.clone() };
    found.push((Dimension::PullRequest, false, "a pull request of the same repository", target));
    for reference in ["refs/heads/evil", "refs/tags/evil"] {
        let run = Run { reference: reference.into(), environment: None, ..model.clone() };
        found.push((Dimension::Ref, false, "another branch or tag of the same repository", run));
    }
    for reference in branch_twins(&model.reference) {
        let run = Run { reference: reference.into(), environment: None, ..model.clone() };
        found.push((Dimension::Twin, false, "a branch with a similar name", run));
    }
    let environment = Run { environment: Some("evil".into()), ..model.clone() };
    found.push((Dimension::Environment, false, "another environment of the same repository", environment));
    let workflow = Run { workflow: "evil", ..model.clone() };
    found.push((Dimension::Workflow, false, "another workflow of the same repository", workflow));
}

/// Reads a text as an owner, a repository, a whole subject and a branch, as far as GitHub accepts it there.
fn close_to(model: &Run, text: &str) -> impl Iterator<Item = Run> {
    let name = |text: &str| {
        !text.is_empty()
            && text.len() <= 100
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let owner = |text: &str| {
        name(text) && text.len() <= 39 && !text.contains(['_', '.']) && !text.starts_with('-') && !text.ends_with('-')
    };
    let foreign = Run { owner_id: 9_001, repository_id: 9_002, numbered: false, ..model.clone() };
    let subject = text.strip_prefix("repo:").unwrap_or(text);
    let named = subject.split(':').next().unwrap_or_default();
    let mut runs = Vec::new();
    for (who, what) in
        [named.split_once('/'), Some((text, &*model.repository)), Some(("evil", text))].into_iter().flatten()
    {
        if owner(who) && name(what) {
            let own = who.eq_ignore_ascii_case(&model.owner);
            let base = if own { Run { repository_id: 9_002, ..model.clone() } } else { foreign.clone() };
            runs.push(Run { owner: who.into(), repository: what.into(), ..base });
        }
    }
    if let Some((_, reference)) =
        subject.split_once(":ref:").or_else(|| text.starts_with("refs/").then_some(("", text)))
    {
        runs.push(Run { reference: reference.into(), environment: None, ..model.clone() });
    }
    runs.retain(|run| {
        run.owner != model.owner || run.repository != model.repository || run.reference != model.reference
    });
    runs.into_iter()
}
