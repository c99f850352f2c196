//! GitHub Actions: GitHub vouches for the workflows of a repository. Names of owners and repositories change hands, so the repository is
//! known by its immutable ids; its tokens come with either of two subjects, and both are meant.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::{cel_string, is_number};
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};

const ISSUER: &str = "from.github_actions.issuer";
const OWNER: &str = "from.github_actions.owner";
const OWNER_ID: &str = "from.github_actions.owner_id";
const REPOSITORY: &str = "from.github_actions.repository";
const REPOSITORY_ID: &str = "from.github_actions.repository_id";
const ENVIRONMENT: &str = "from.github_actions.environment";
pub(crate) const REF: &str = "from.github_actions.ref";
pub(crate) const WORKFLOW: &str = "from.github_actions.workflow";

/// What runs only once somebody has had a look at it.
pub(crate) const REVIEWED: &str =
    "assertion.event_name != 'pull_request' && assertion.event_name != 'pull_request_target'";

/// GitHub's own issuer.
pub(crate) const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// A GitHub Actions workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubActions {
    /// User or organisation.
    pub owner: Text,
    /// Its id.
    pub owner_id: Text,
    /// Repository, without its owner.
    pub repository: Text,
    /// Its id.
    pub repository_id: Text,
    /// Deployment environment that the job names.
    pub environment: Option<Text>,
    /// Full git reference that the workflow runs on.
    pub reference: Option<Text>,
    /// File of the workflow, such as `.github/workflows/deploy.yml`.
    pub workflow: Option<Text>,
    /// Issuer, where it is not GitHub's own.
    pub issuer: Option<Text>,
}

pub(super) fn identity(it: &GithubActions) -> Identity {
    let issuer = it.issuer.clone().unwrap_or_else(|| Text::of(GITHUB));
    let named = Text::concat([it.owner.piece(), "/".into(), it.repository.piece()]);
    let numbered = Text::concat([
        it.owner.piece(),
        "@".into(),
        it.owner_id.piece(),
        "/".into(),
        it.repository.piece(),
        "@".into(),
        it.repository_id.piece(),
    ]);
    let suffix = it.suffix();
    let subjects: Vec<_> = [&numbered, &named]
        .into_iter()
        .filter_map(|repository| {
            let suffix = suffix.as_ref()?;
            Some(Text::concat(["repo:".into(), repository.piece(), ":".into(), suffix.piece()]))
        })
        .collect();
    let ids = match (it.owner_id.known(), it.repository_id.known()) {
        (Some(owner), Some(repository)) => Text::of(format!(
            "assertion.repository_owner_id == {} && assertion.repository_id == {}",
            cel_string(owner),
            cel_string(repository)
        )),
        _ => Leaf::Unknown,
    };
    let selectors = if subjects.is_empty() {
        vec![Selector::Attribute("repository_id", it.repository_id.clone())]
    } else {
        subjects.iter().cloned().map(Selector::Subject).collect()
    };
    Identity {
        condition: Text::concat([ids.piece(), it.rule(&subjects).piece(), it.workflow_rule(&named).piece()]),
        claims: it.claims(&issuer, &subjects, &named),
        tokens: Tokens::Oidc { issuers: Accepted::one(issuer), audience: None, jwks: None },
        pins: it.pins(&named),
        selectors,
        subjects: if subjects.is_empty() { vec![Text::concat(["repo:".into(), numbered.piece()])] } else { subjects },
        issuer_path: if it.issuer.is_some() { ISSUER } else { "from.github_actions" },
        subject_path: match (&it.environment, &it.reference) {
            (Some(_), _) => ENVIRONMENT,
            (None, Some(_)) => REF,
            (None, None) => REPOSITORY,
        },
        attribute_mapping: BTreeMap::from([
            ("google.subject".to_owned(), "assertion.sub".to_owned()),
            ("attribute.repository_id".to_owned(), "assertion.repository_id".to_owned()),
        ]),
        delivery: TokenDelivery::GithubWorkflow,
        after: Vec::new(),
    }
}

impl GithubActions {
    /// What stands behind the repository in a subject: GitHub says either the environment or the reference, never both.
    fn suffix(&self) -> Option<Text> {
        match (&self.environment, &self.reference) {
            (Some(environment), _) => {
                let escaped = environment.as_ref().map(|name| name.replace(':', "%3A"));
                Some(Text::concat(["environment:".into(), escaped.piece()]))
            }
            (None, Some(reference)) => Some(Text::concat(["ref:".into(), reference.piece()])),
            (None, None) => None,
        }
    }

    /// Whether the repository's workflows may come in whatever they run on. Pull requests never may: they run before anyone has reviewed them.
    fn rule(&self, subjects: &[Text]) -> Text {
        if subjects.is_empty() {
            return Text::of(format!(" && {REVIEWED}"));
        }
        let reference = match (&self.environment, &self.reference) {
            (Some(_), Some(reference)) => {
                reference.as_ref().map(|it| format!(" && assertion.ref == {}", cel_string(it)))
            }
            _ => Text::of(""),
        };
        let literals: Option<Vec<_>> = subjects.iter().map(|it| it.known().map(|it| cel_string(it))).collect();
        match literals {
            Some(literals) => Text::concat([
                Leaf::Known(format!(" && assertion.sub in [{}]", literals.join(", ")).as_str()),
                reference.piece(),
            ]),
            None => Leaf::Unknown,
        }
    }

    fn workflow_rule(&self, repository: &Text) -> Text {
        let Some(workflow) = &self.workflow else { return Text::of("") };
        let file = Text::concat([repository.piece(), "/".into(), workflow.piece(), "@".into()]);
        file.as_ref().map(|file| format!(" && assertion.workflow_ref.startsWith({})", cel_string(file)))
    }

    /// Who takes over the names has other ids. What Google's condition says of reference and workflow beside the environment is here, too.
    fn pins(&self, repository: &Text) -> BTreeMap<&'static str, Text> {
        let mut pins = BTreeMap::from([("repository_id", self.repository_id.clone())]);
        if let Some(reference) = &self.reference {
            if self.environment.is_some() {
                pins.insert("ref", reference.clone());
            }
            if let Some(workflow) = &self.workflow {
                let pieces = [repository.piece(), "/".into(), workflow.piece(), "@".into(), reference.piece()];
                pins.insert("job_workflow_ref", Text::concat(pieces));
            }
        }
        pins
    }

    fn claims(&self, issuer: &Text, subjects: &[Text], named: &Text) -> Leaf<Vec<BTreeMap<String, Value>>> {
        let all = || {
            let mut claims = BTreeMap::from([
                ("iss".to_owned(), json!(issuer.known()?)),
                ("repository".to_owned(), json!(named.known()?)),
                ("repository_id".to_owned(), json!(self.repository_id.known()?)),
                ("repository_owner".to_owned(), json!(self.owner.known()?)),
                ("repository_owner_id".to_owned(), json!(self.owner_id.known()?)),
            ]);
            let reference = match &self.reference {
                Some(reference) => reference.known()?.clone(),
                None => "refs/heads/main".to_owned(),
            };
            if let Some(environment) = &self.environment {
                claims.insert("environment".to_owned(), json!(environment.known()?));
            }
            if let Some(workflow) = &self.workflow {
                let file = format!("{}/{}@{reference}", named.known()?, workflow.known()?);
                claims.insert("job_workflow_ref".to_owned(), json!(file));
                claims.insert("workflow_ref".to_owned(), json!(file));
            }
            claims.insert("ref".to_owned(), json!(reference));
            claims.insert("event_name".to_owned(), json!("push"));
            if subjects.is_empty() {
                claims.insert("sub".to_owned(), json!(format!("repo:{}:ref:{reference}", named.known()?)));
                return Some(vec![claims]);
            }
            let tokens = subjects.iter().map(|subject| {
                let mut claims = claims.clone();
                claims.insert("sub".to_owned(), json!(subject.known()?));
                Some(claims)
            });
            tokens.collect()
        };
        all().map_or(Leaf::Unknown, Leaf::Known)
    }
}

/// The source that the evidence speaks of. Its ids are in the subjects of newer repositories and in the condition; its names are in every
/// subject and in the condition on a workflow. Where a whole repository is trusted they are nowhere, and the import id says them.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<GithubActions, &'static str> {
    let subjects: Vec<_> = evidence.subjects().into_iter().filter_map(parse_subject).collect();
    let subject = subjects.iter().find(|it| it.ids.is_some()).or(subjects.first());
    let condition = |claim: &str| evidence.quoted(&format!("assertion.{claim} == "));
    let bound = || evidence.bound().into_iter().find_map(|it| it.strip_prefix("attribute.repository_id/"));
    let file = evidence.quoted("assertion.workflow_ref.startsWith(").or_else(|| evidence.pinned("job_workflow_ref"));
    let file = file.and_then(parse_workflow);
    let told = evidence.id.repository.as_ref().map(|(owner, name)| (owner.as_str(), name.as_str()));
    let names = subject.map(|it| it.names).or(file.map(|(names, _)| names)).or(told).ok_or(
        "only ids tell the repository, and they do not tell its name; add `;repo:OWNER/REPOSITORY` to the import id",
    )?;
    let ids = subject
        .and_then(|it| it.ids)
        .or_else(|| Some((condition("repository_owner_id")?, condition("repository_id").or_else(bound)?)));
    let (owner_id, repository_id) = ids.ok_or(
        "neither a subject like `repo:OWNER@ID/REPOSITORY@ID:…` nor the condition tells the ids of the repository and its owner",
    )?;
    let named = |kind: &str| subject.filter(|it| it.kind == kind).map(|it| it.rest);
    Ok(GithubActions {
        owner: known(names.0),
        owner_id: known(owner_id),
        repository: known(names.1),
        repository_id: known(repository_id),
        environment: named("environment").map(|name| known(&name.replace("%3A", ":"))),
        reference: named("ref").or_else(|| condition("ref")).or_else(|| evidence.pinned("ref")).map(known),
        workflow: file.filter(|(of, _)| *of == names).map(|(_, file)| known(file)),
        issuer: evidence.issuer().filter(|issuer| *issuer != GITHUB).map(known),
    })
}

/// A subject of GitHub, taken apart.
struct Subject<'a> {
    /// Owner and repository.
    names: (&'a str, &'a str),
    /// Their ids, in the form that newer repositories have.
    ids: Option<(&'a str, &'a str)>,
    /// `environment` or `ref`.
    kind: &'a str,
    /// Which one.
    rest: &'a str,
}

fn parse_subject(subject: &str) -> Option<Subject<'_>> {
    let (repository, rest) = subject.strip_prefix("repo:")?.split_once(':')?;
    let (owner, repository) = repository.split_once('/')?;
    let (kind, rest) = rest.split_once(':')?;
    let (names, ids) = match (owner.split_once('@'), repository.split_once('@')) {
        (Some((owner, owner_id)), Some((repository, id))) => ((owner, repository), Some((owner_id, id))),
        _ => ((owner, repository), None),
    };
    Some(Subject { names, ids, kind, rest })
}

/// Owner and repository of a workflow, and its file: `OWNER/REPOSITORY/FILE@` and perhaps the reference.
fn parse_workflow(text: &str) -> Option<((&str, &str), &str)> {
    let (path, _) = text.split_once('@')?;
    let (owner, rest) = path.split_once('/')?;
    let (repository, file) = rest.split_once('/')?;
    Some(((owner, repository), file))
}

pub(super) fn problems(it: &GithubActions) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check = |path: &str, value: Option<&Text>, summary: &str, fault: fn(&str) -> Option<&'static str>| {
        if let Some(value) = value.and_then(Leaf::known)
            && let Some(fault) = fault(value)
        {
            problems.push(Problem::at(path, summary, format!("`{}` cannot be one: {fault}", value.escape_debug())));
        }
    };
    check(OWNER, Some(&it.owner), "Not an owner on GitHub", owner_fault);
    check(OWNER_ID, Some(&it.owner_id), "Not the id of an owner on GitHub", |id| {
        (!is_number(id)).then_some("it is a number, which `gh api users/OWNER --jq .id` prints.")
    });
    check(REPOSITORY, Some(&it.repository), "Not a repository on GitHub", repository_fault);
    check(REPOSITORY_ID, Some(&it.repository_id), "Not the id of a repository on GitHub", |id| {
        (!is_number(id)).then_some("it is a number, which `gh api repos/OWNER/REPOSITORY --jq .id` prints.")
    });
    check(ENVIRONMENT, it.environment.as_ref(), "Not an environment on GitHub", |name| {
        let odd =
            name.is_empty() || name.chars().count() > 255 || name.contains('*') || name.chars().any(char::is_control);
        odd.then_some("1 to 255 characters, without wildcards: subjects are compared exactly.")
    });
    check(REF, it.reference.as_ref(), "Not a full git reference", reference_fault);
    check(WORKFLOW, it.workflow.as_ref(), "Not a workflow file", |file| {
        let name = file.strip_prefix(".github/workflows/").unwrap_or_default();
        let fits = [".yml", ".yaml"].iter().any(|end| name.len() > end.len() && name.ends_with(end));
        (!fits || name.contains(['/', '@', '*'])).then_some(
            "write its path in the repository, such as `.github/workflows/deploy.yml`, without `@` and reference.",
        )
    });
    check(ISSUER, it.issuer.as_ref(), "Not an issuer of GitHub", issuer_fault);
    problems
}

fn owner_fault(owner: &str) -> Option<&'static str> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
    if owner.contains('/') {
        return Some("write the owner here and the repository in `repository`.");
    }
    (owner.is_empty() || owner.len() > 39 || !owner.bytes().all(plain))
        .then_some("1 to 39 letters, digits and hyphens, without wildcards.")
}

fn repository_fault(repository: &str) -> Option<&'static str> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
    if repository.contains('/') {
        return Some("write its bare name, without the owner.");
    }
    (repository.is_empty() || repository.len() > 100 || !repository.bytes().all(plain))
        .then_some("1 to 100 letters, digits, hyphens, underscores and periods, without wildcards.")
}

fn reference_fault(reference: &str) -> Option<&'static str> {
    if reference.contains('*') {
        return Some("references are compared exactly, without wildcards.");
    }
    if reference.starts_with("refs/pull/") {
        return Some("a pull request runs before anyone has reviewed it.");
    }
    let name = ["refs/heads/", "refs/tags/"].iter().find_map(|start| reference.strip_prefix(start));
    let odd = |name: &str| name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control());
    name.is_none_or(odd).then_some("write it in full, such as `refs/heads/main` or `refs/tags/v1`.")
}

fn issuer_fault(issuer: &str) -> Option<&'static str> {
    if issuer.ends_with('/') {
        return Some("GitHub's issuers end in no slash, and issuers are compared exactly.");
    }
    let Some(rest) = issuer.strip_prefix("https://") else { return Some("it begins with `https://`.") };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let enterprise = host == "token.actions.githubusercontent.com" && !path.contains('/');
    let cloud = host.starts_with("token.actions.") && host.ends_with(".ghe.com") && path.is_empty();
    let server = host.contains('.') && path == "_services/token";
    (!enterprise && !cloud && !server).then_some(
        "write `https://token.actions.githubusercontent.com[/ENTERPRISE]`, `https://token.actions.NAME.ghe.com` or `https://HOST/_services/token`.",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crosscloud_policy_model::federation::exchange;

    pub(crate) fn workflow() -> GithubActions {
        GithubActions {
            owner: Text::of("octo"),
            owner_id: Text::of("1001"),
            repository: Text::of("app"),
            repository_id: Text::of("2001"),
            environment: Some(Text::of("prod:eu")),
            reference: None,
            workflow: None,
            issuer: None,
        }
    }

    #[test]
    fn both_forms_of_subject_get_in_and_recycled_names_do_not() {
        let identity = identity(&workflow());
        let condition = identity.condition.known().unwrap().clone();
        let subjects: Vec<_> = identity.subjects.iter().map(|it| it.known().unwrap().as_str()).collect();
        assert_eq!(subjects, ["repo:octo@1001/app@2001:environment:prod%3Aeu", "repo:octo/app:environment:prod%3Aeu"]);
        for claims in identity.claims.known().unwrap() {
            let claims: serde_json::Map<_, _> = claims.clone().into_iter().collect();
            exchange(&identity.attribute_mapping, Some(&condition), &claims).unwrap();
            let mut recycled = claims.clone();
            recycled.insert("repository_id".to_owned(), json!("9"));
            assert!(exchange(&identity.attribute_mapping, Some(&condition), &recycled).is_err());
        }
    }

    #[test]
    fn without_environment_and_reference_pull_requests_stay_outside() {
        let identity = identity(&GithubActions { environment: None, ..workflow() });
        assert_eq!(identity.selectors, [Selector::Attribute("repository_id", Text::of("2001"))]);
        let condition = identity.condition.known().unwrap();
        let mut claims: serde_json::Map<_, _> = identity.claims.known().unwrap()[0].clone().into_iter().collect();
        exchange(&identity.attribute_mapping, Some(condition), &claims).unwrap();
        claims.insert("event_name".to_owned(), json!("pull_request"));
        assert!(exchange(&identity.attribute_mapping, Some(condition), &claims).is_err());
    }

    #[test]
    fn a_workflow_and_a_reference_are_pinned_beside_the_environment() {
        let it = GithubActions {
            reference: Some(Text::of("refs/heads/main")),
            workflow: Some(Text::of(".github/workflows/deploy.yml")),
            ..workflow()
        };
        let condition = identity(&it).condition.known().unwrap().clone();
        assert!(condition.contains("assertion.ref == 'refs/heads/main'"), "{condition}");
        assert!(
            condition.ends_with("assertion.workflow_ref.startsWith('octo/app/.github/workflows/deploy.yml@')"),
            "{condition}"
        );
    }
}
