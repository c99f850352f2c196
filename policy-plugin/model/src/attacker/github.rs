//! Tokens of GitHub Actions, with both forms of subject.
//!
//! Anyone can register an owner and run workflows, so a stranger chooses names freely, as long as they are free. Names are unique without
//! regard to case, so no stranger differs in case alone; branches and environments are not.

use serde_json::{Value, json};

use super::{Attack, Claims, Dimension, Scene, Suspects, distinct, envelope, near_miss, twins};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    owner: String,
    owner_id: u64,
    repository: String,
    repository_id: u64,
    reference: String,
    event: &'static str,
    environment: Option<String>,
    /// Subject with ids, as repositories made since July 2026 have it.
    numbered: bool,
}

impl Run {
    fn of(claims: &std::collections::BTreeMap<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number =
            |name: &str| claims.get(name).and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
        let subject = text("sub").and_then(|subject| subject.strip_prefix("repo:")).unwrap_or_default();
        let mut parts = subject.splitn(3, ':');
        let named = parts.next().unwrap_or_default();
        let (kind, rest) = (parts.next(), parts.next());
        let (owner, repository) = text("repository").or(Some(named))?.split_once('/')?;
        let plain = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
        Some(Self {
            owner: plain(owner),
            owner_id: number("repository_owner_id").unwrap_or(1_001),
            repository: plain(repository),
            repository_id: number("repository_id").unwrap_or(2_001),
            reference: text("ref").or(rest.filter(|_| kind == Some("ref"))).unwrap_or("refs/heads/main").to_owned(),
            event: "push",
            environment: text("environment").or(rest.filter(|_| kind == Some("environment"))).map(str::to_owned),
            numbered: named.contains('@'),
        })
    }

    fn subject(&self) -> String {
        let repository = if self.numbered {
            format!("{}@{}/{}@{}", self.owner, self.owner_id, self.repository, self.repository_id)
        } else {
            format!("{}/{}", self.owner, self.repository)
        };
        match (&self.environment, self.event) {
            (Some(environment), _) => format!("repo:{repository}:environment:{}", environment.replace(':', "%3A")),
            (None, "pull_request") => format!("repo:{repository}:pull_request"),
            (None, _) => format!("repo:{repository}:ref:{}", self.reference),
        }
    }

    fn claims(&self, scene: Scene<'_>) -> Claims {
        let repository = format!("{}/{}", self.owner, self.repository);
        let workflow = format!("{repository}/.github/workflows/deploy.yml@{}", self.reference);
        let Value::Object(own) = json!({
            "sub": self.subject(),
            "repository": repository,
            "repository_id": self.repository_id.to_string(),
            "repository_owner": self.owner,
            "repository_owner_id": self.owner_id.to_string(),
            "repository_visibility": "private",
            "ref": self.reference,
            "ref_type": if self.reference.starts_with("refs/tags/") { "tag" } else { "branch" },
            "event_name": self.event,
            "actor": "octocat",
            "actor_id": "583231",
            "workflow": "deploy",
            "workflow_ref": workflow,
            "job_workflow_ref": workflow,
            "runner_environment": "github-hosted",
        }) else {
            return Claims::new();
        };
        let mut claims = envelope(scene);
        claims.extend(own);
        if let Some(environment) = &self.environment {
            claims.insert("environment".to_owned(), environment.as_str().into());
        }
        claims
    }
}

pub(super) fn suspects(scene: Scene<'_>) -> Suspects {
    let intended: Vec<Run> = scene.intended.iter().filter_map(Run::of).collect();
    let model = intended.first().cloned().unwrap_or_else(|| guess(scene));
    let mut found: Vec<(Dimension, bool, &'static str, Run)> = Vec::new();
    strangers(&model, &mut found);
    insiders(&model, &mut found);
    for comparison in scene.comparisons {
        for text in near_miss::of(comparison, &["", "-", "/", ":"]) {
            found.extend(close_to(&model, &text).map(|run| {
                let stranger = run.owner != model.owner;
                (Dimension::NearMiss, stranger, "a workflow close to what the condition spells", run)
            }));
        }
    }
    // New repositories carry ids in their subject, old ones do not; a stranger has the choice.
    let both = found.into_iter().flat_map(|(dimension, stranger, bearer, run)| {
        let other = Run { numbered: !run.numbered, ..run.clone() };
        std::iter::once(run).chain(stranger.then_some(other)).map(move |run| (dimension, stranger, bearer, run))
    });
    let both: Vec<_> = both.filter(|(.., run)| !intended.contains(run)).collect();
    let attacks = distinct(both, |(.., run)| run.clone())
        .map(|(dimension, stranger, bearer, run)| Attack { dimension, stranger, bearer, claims: run.claims(scene) })
        .collect();
    let genuine = intended.iter().zip(scene.intended).map(|(run, said)| {
        let mut claims = run.claims(scene);
        claims.extend(said.iter().map(|(name, value)| (name.clone(), value.clone())));
        claims
    });
    Suspects { genuine: genuine.collect(), attacks }
}

/// Where nobody says who is meant, the condition's own words are the best guess.
fn guess(scene: Scene<'_>) -> Run {
    let words =
        scene.comparisons.iter().map(|comparison| comparison.literal.trim_start_matches("repo:").split(':').next());
    let repository = words
        .flatten()
        .find_map(|word| word.split_once('/').filter(|(owner, name)| !owner.is_empty() && !name.is_empty()));
    let (owner, repository) = repository.unwrap_or(("octo", "app"));
    Run {
        owner: owner.to_owned(),
        owner_id: 1_001,
        repository: repository.to_owned(),
        repository_id: 2_001,
        reference: "refs/heads/main".to_owned(),
        event: "push",
        environment: None,
        numbered: false,
    }
}

fn strangers(model: &Run, found: &mut Vec<(Dimension, bool, &'static str, Run)>) {
    let foreign = Run { owner_id: 9_001, repository_id: 9_002, ..model.clone() };
    let run = |owner: &str, repository: &str| Run {
        owner: owner.to_owned(),
        repository: repository.to_owned(),
        ..foreign.clone()
    };
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

fn insiders(model: &Run, found: &mut Vec<(Dimension, bool, &'static str, Run)>) {
    let elsewhere = |repository: String| Run { repository, repository_id: 9_002, ..model.clone() };
    found.push((Dimension::Workload, false, "another repository of the same owner", elsewhere("intruder".to_owned())));
    for twin in twins(&model.repository, '-') {
        found.push((Dimension::Twin, false, "a repository of the same owner with a similar name", elsewhere(twin)));
    }
    let request =
        Run { reference: "refs/pull/1/merge".to_owned(), event: "pull_request", environment: None, ..model.clone() };
    found.push((Dimension::PullRequest, false, "a pull request of the same repository", request));
    let target = Run { event: "pull_request_target", environment: None, ..model.clone() };
    found.push((Dimension::PullRequest, false, "a pull request of the same repository", target));
    for reference in ["refs/heads/evil", "refs/tags/evil"] {
        let run = Run { reference: reference.to_owned(), environment: None, ..model.clone() };
        found.push((Dimension::Ref, false, "another branch or tag of the same repository", run));
    }
    for reference in
        [format!("{}-evil", model.reference), model.reference.to_uppercase().replace("REFS/HEADS/", "refs/heads/")]
    {
        let run = Run { reference, environment: None, ..model.clone() };
        found.push((Dimension::Twin, false, "a branch with a similar name", run));
    }
    let environment = Run { environment: Some("evil".to_owned()), ..model.clone() };
    found.push((Dimension::Environment, false, "another environment of the same repository", environment));
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
        [named.split_once('/'), Some((text, model.repository.as_str())), Some(("evil", text))].into_iter().flatten()
    {
        if owner(who) && name(what) {
            let own = who.eq_ignore_ascii_case(&model.owner);
            let base = if own { Run { repository_id: 9_002, ..model.clone() } } else { foreign.clone() };
            runs.push(Run { owner: who.to_owned(), repository: what.to_owned(), ..base });
        }
    }
    if let Some((_, reference)) =
        subject.split_once(":ref:").or_else(|| text.starts_with("refs/").then_some(("", text)))
    {
        runs.push(Run { reference: reference.to_owned(), environment: None, ..model.clone() });
    }
    runs.retain(|run| {
        run.owner != model.owner || run.repository != model.repository || run.reference != model.reference
    });
    runs.into_iter()
}
