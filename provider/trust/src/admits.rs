//! Who else may become a member of a trust: the condition of Google's provider is then one that the members share, and each is let in by a
//! binding of its own.

mod shared;

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::leaf::{Leaf, Text};
use crate::names::{is_number, role_name_fault, role_path_fault};
use crate::problem::Problem;
use crate::source::kubernetes::is_dns_label;
use crate::source::{Source, Towards, aws_role};
use crate::spec::Spec;
use crate::target::gcp::MAX_CONDITION;
use shared::{Family, Shared};

pub(crate) const ADMITS: &str = "admits";
pub(crate) const NAMESPACES: &str = "admits.namespaces";
pub(crate) const REPOSITORIES: &str = "admits.repository_ids";
pub(crate) const ROLES: &str = "admits.role_names";
pub(crate) const PATHS: &str = "admits.role_paths";

/// What subjects of Kubernetes begin with; namespace and service account follow.
const NAMESPACE_SUBJECT: &str = "system:serviceaccount:";

/// Who else may become a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admits {
    /// Kubernetes namespaces of the same cluster.
    pub namespaces: Option<Leaf<BTreeSet<Text>>>,
    /// Ids of repositories of the same owner on GitHub.
    pub repository_ids: Option<Leaf<BTreeSet<Text>>>,
    /// Names of roles of the same AWS account. Of a role that signs its requests Google never sees the path.
    pub role_names: Option<Leaf<BTreeSet<Text>>>,
    /// Paths of roles of the same AWS account, for whom the account's own issuer vouches.
    pub role_paths: Option<Leaf<BTreeSet<Text>>>,
}

impl Admits {
    /// The condition that the trust's own workload and every member pass, where `own` is the one of the workload alone.
    pub(crate) fn condition(&self, source: &Source, own: &Text) -> Text {
        match (self.names(source), own.known()) {
            (None, _) => own.clone(),
            (Some(names), Some(own)) => family(source)
                .zip(known(names))
                .map_or(Leaf::Unknown, |(family, names)| Text::of(Shared { family, names }.beside(own))),
            (Some(_), None) => Leaf::Unknown,
        }
    }

    /// Who the condition of a provider admits beside the workload whose own condition is `own`: the inverse of [`Admits::condition`].
    pub(crate) fn recognise(condition: &Text, source: &Source, own: &Text) -> Option<Self> {
        let (_, Shared { family, names }) = condition.known().and_then(|text| Shared::within(text))?;
        let names = Some(Leaf::Known(names.into_iter().map(Text::of).collect()));
        let admits = match family {
            Family::Namespaces => Self { namespaces: names, ..Self::default() },
            Family::Repositories { .. } => Self { repository_ids: names, ..Self::default() },
            Family::Roles { .. } => Self { role_names: names, ..Self::default() },
            Family::Paths { .. } => Self { role_paths: names, ..Self::default() },
        };
        (admits.condition(source, own) == *condition).then_some(admits)
    }

    /// The claim of a member's tokens that AWS compares, and what it may be; with a colon at the end, what it begins with. One that is unknown
    /// stands for names that are.
    pub(crate) fn claim(admits: &Leaf<Self>, source: &Source) -> Option<(&'static str, Vec<Text>)> {
        let names = match admits {
            Leaf::Unknown => &Leaf::Unknown,
            Leaf::Known(admits) => admits.names(source)?,
        };
        let names = names.known().map_or_else(|| vec![Leaf::Unknown], |names| names.iter().cloned().collect());
        let (claim, shown): (_, fn(&String) -> String) = match source {
            Source::Aks(_) | Source::Kubernetes(_) => ("sub", |name| format!("{NAMESPACE_SUBJECT}{name}:")),
            Source::GithubActions(_) => ("repository_id", String::clone),
            _ => return None,
        };
        Some((claim, names.iter().map(|name| name.as_ref().map(shown)).collect()))
    }

    /// Whom values of that claim admit: the inverse of [`Admits::claim`].
    pub(crate) fn of_claim(values: &[&str], source: &Source) -> Option<Self> {
        let set = |names: BTreeSet<Text>| Some(Leaf::Known(names)).filter(|_| !values.is_empty());
        let namespace = |value: &&str| Some(Text::of(value.strip_prefix(NAMESPACE_SUBJECT)?.strip_suffix(':')?));
        match source {
            Source::Aks(_) | Source::Kubernetes(_) => {
                let namespaces = set(values.iter().map(namespace).collect::<Option<_>>()?);
                Some(Self { namespaces, ..Self::default() })
            }
            Source::GithubActions(_) => {
                let repository_ids = set(values.iter().map(|value| Text::of(*value)).collect());
                Some(Self { repository_ids, ..Self::default() })
            }
            _ => None,
        }
    }

    /// The names that go with a source.
    fn names(&self, source: &Source) -> Option<&Leaf<BTreeSet<Text>>> {
        match source {
            Source::Aks(_) | Source::Kubernetes(_) => self.namespaces.as_ref(),
            Source::GithubActions(_) => self.repository_ids.as_ref(),
            Source::AwsRole(it) if it.web_identity => self.role_paths.as_ref(),
            Source::AwsRole(_) => self.role_names.as_ref(),
            _ => None,
        }
    }
}

/// Whom a condition admits as members, as a condition; the trust's own role, whose sessions nobody counts, is one of them.
pub(crate) fn members_of(condition: &Text) -> Option<String> {
    let condition = condition.known()?;
    let (own, mut shared) = Shared::within(condition)?;
    if let Family::Roles { account_id } = &shared.family {
        let role = aws_role::role_of(own, account_id);
        shared.names.extend(role.map(str::to_owned));
    }
    Some(shared.to_string())
}

/// The part of a condition that is for the trust's own workload, where another part admits members.
pub(crate) fn own_of(condition: &str) -> Option<&str> {
    Shared::within(condition).map(|(own, _)| own)
}

/// Everything about `admits` that cannot work.
pub(crate) fn problems(spec: &Spec) -> Vec<Problem> {
    let Some(Leaf::Known(admits)) = &spec.admits else { return Vec::new() };
    let mut problems = Vec::new();
    type Fault = fn(&str) -> Option<&'static str>;
    let sets: [(&str, _, &str, Fault); 4] = [
        (NAMESPACES, &admits.namespaces, "Not a Kubernetes namespace", namespace_fault),
        (REPOSITORIES, &admits.repository_ids, "Not the id of a repository on GitHub", repository_fault),
        (ROLES, &admits.role_names, "Not the name of an AWS role", role_name_fault),
        (PATHS, &admits.role_paths, "Not a path of AWS roles", path_fault),
    ];
    for (path, set, summary, fault) in sets {
        let Some(set) = set else { continue };
        if let Some(source) = spec.from.known()
            && !fits(path, source)
        {
            problems.push(Problem::at(
                path,
                "Not what this source has",
                "`namespaces` goes with `from.aks` and `from.kubernetes`, `repository_ids` with `from.github_actions`, `role_names` with `from.aws_role`, and `role_paths` with `from.aws_role` where that has `web_identity`, since requests that a role signs name no path. Other sources have no condition that members share.",
            ));
        }
        let known = set.known().into_iter().flatten().filter_map(Leaf::known);
        problems.extend(known.filter_map(|text| {
            let fault = fault(text)?;
            Some(Problem::at(path, summary, format!("`{}` cannot be one: {fault}.", text.escape_debug())))
        }));
        if set.known().is_some_and(BTreeSet::is_empty) {
            problems.push(Problem::at(path, "Nobody to admit", "Name at least one, or leave the argument out."));
        }
    }
    let gcp = spec.to.known().and_then(|to| to.gcp.as_ref());
    match gcp {
        None if spec.to.known().is_some_and(|to| to.aws.is_none()) => problems.push(Problem::at(
            ADMITS,
            "No condition to share",
            "It is the condition of Google's provider that members share, and in AWS a statement of the role; in Azure each member has a credential of its own. Remove `admits`, or add `to.gcp` or `to.aws`.",
        )),
        Some(Leaf::Known(gcp)) if gcp.attribute_condition.is_some() => problems.push(Problem::at(
            ADMITS,
            "Two conditions",
            "`to.gcp.attribute_condition` is the whole condition already. Remove one of the two.",
        )),
        _ => {}
    }
    problems.extend(length_problem(spec, admits));
    problems
}

fn length_problem(spec: &Spec, admits: &Admits) -> Option<Problem> {
    let source = spec.from.known()?;
    let own = source.identity(Towards::Gcp, &spec.name, &Facts::default()).condition;
    let length = admits.condition(source, &own).known()?.chars().count();
    (length > MAX_CONDITION).then(|| {
        let detail = format!(
            "The condition would have {length} characters, and Google takes {MAX_CONDITION}. Name fewer: any number of members may come from each."
        );
        Problem::at(ADMITS, "Too many to admit", detail)
    })
}

/// Whose claims tell the members of a trust from everybody else. None where too little is known.
fn family(source: &Source) -> Option<Family> {
    match source {
        Source::Aks(_) | Source::Kubernetes(_) => Some(Family::Namespaces),
        Source::GithubActions(it) => Some(Family::Repositories { owner_id: it.owner_id.known()?.clone() }),
        Source::AwsRole(it) => {
            let account_id = it.account_id.known()?.clone();
            Some(if it.web_identity { Family::Paths { account_id } } else { Family::Roles { account_id } })
        }
        _ => None,
    }
}

fn known(names: &Leaf<BTreeSet<Text>>) -> Option<BTreeSet<String>> {
    names.known()?.iter().map(|name| name.known().cloned()).collect()
}

fn fits(path: &str, source: &Source) -> bool {
    match source {
        Source::Aks(_) | Source::Kubernetes(_) => path == NAMESPACES,
        Source::GithubActions(_) => path == REPOSITORIES,
        Source::AwsRole(it) => path == if it.web_identity { PATHS } else { ROLES },
        _ => false,
    }
}

fn namespace_fault(namespace: &str) -> Option<&'static str> {
    (!is_dns_label(namespace))
        .then_some("it has 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at each end")
}

fn path_fault(path: &str) -> Option<&'static str> {
    match path {
        "/" => Some("every role of the account is below it; name a path such as `/team/`"),
        _ if path.contains(['\'', '\\']) => Some("a condition with quotes or backslashes in it is easily misread"),
        _ => role_path_fault(path),
    }
}

fn repository_fault(id: &str) -> Option<&'static str> {
    (!is_number(id)).then_some("it is a number, which `gh api repos/OWNER/REPOSITORY --jq .id` prints")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::tests::trust;
    use crate::source::AwsRole;

    fn set(texts: &[&str]) -> Option<Leaf<BTreeSet<Text>>> {
        Some(Leaf::Known(texts.iter().map(|text| Text::of(*text)).collect()))
    }

    #[test]
    fn members_share_a_condition_that_is_recognised() {
        let admits = Admits { namespaces: set(&["chat", "reports"]), ..Admits::default() };
        let source = trust().from.known().unwrap().clone();
        let own = Text::of("assertion.sub == 'system:serviceaccount:chat:backend'");
        let condition = admits.condition(&source, &own);
        let members = "assertion['kubernetes.io'].namespace in ['chat', 'reports']";
        assert_eq!(
            condition,
            Text::of(format!("(assertion.sub == 'system:serviceaccount:chat:backend') || {members}"))
        );
        assert_eq!(members_of(&condition), Some(members.to_owned()));
        assert_eq!(Admits::recognise(&condition, &source, &own), Some(admits));
        assert_eq!((Admits::recognise(&own, &source, &own), members_of(&own)), (None, None));
        let looser = condition.as_ref().map(|text| format!("{text} || true"));
        assert_eq!((Admits::recognise(&looser, &source, &own), members_of(&looser)), (None, None));
    }

    #[test]
    fn roles_are_admitted_by_account_and_name() {
        let admits = Admits { role_names: set(&["training"]), ..Admits::default() };
        let account = Text::of("111122223333");
        let source = Source::AwsRole(AwsRole {
            account_id: account,
            role_name: Text::of("serving"),
            role_path: None,
            session_name: None,
            web_identity: false,
        });
        let own = source.identity(Towards::Gcp, &Text::of("t"), &Facts::default()).condition;
        let condition = admits.condition(&source, &own);
        let members = "(assertion.account == '111122223333' && assertion.arn.startsWith('arn:aws:sts::111122223333:assumed-role/') && assertion.arn.extract('assumed-role/{role_name}/') in ['training'])";
        assert!(condition.known().unwrap().ends_with(members), "{condition:?}");
        assert_eq!(members_of(&condition).unwrap(), members.replace("['training']", "['serving', 'training']"));
        assert_eq!(Admits::recognise(&condition, &source, &own), Some(admits.clone()));
        let open = admits.condition(&source, &Text::of("assertion.account == '111122223333'"));
        assert_eq!(members_of(&open).unwrap(), members, "an account is no role");
    }

    #[test]
    fn roles_are_admitted_by_account_and_path() {
        let admits = Admits { role_paths: set(&["/team/data/", "/team/ml/"]), ..Admits::default() };
        let source = Source::AwsRole(AwsRole {
            account_id: Text::of("111122223333"),
            role_name: Text::of("serving"),
            role_path: Some(Text::of("/platform/")),
            session_name: None,
            web_identity: true,
        });
        let own = source.identity(Towards::Gcp, &Text::of("t"), &Facts::default()).condition;
        assert_eq!(own, Text::of("assertion.sub == 'arn:aws:iam::111122223333:role/platform/serving'"));
        let condition = admits.condition(&source, &own);
        let members = "(assertion.sub.startsWith('arn:aws:iam::111122223333:role/team/data/') || assertion.sub.startsWith('arn:aws:iam::111122223333:role/team/ml/'))";
        assert_eq!(condition, own.as_ref().map(|own| format!("({own}) || {members}")));
        assert_eq!(members_of(&condition).unwrap(), members);
        assert_eq!(own_of(condition.known().unwrap()), own.known().map(String::as_str));
        assert_eq!(Admits::recognise(&condition, &source, &own), Some(admits));
        for other in ["444455556666:role/team/ml/", "111122223333:user/team/ml/"] {
            let mixed = condition.as_ref().map(|text| text.replace("111122223333:role/team/ml/", other));
            assert_eq!((Admits::recognise(&mixed, &source, &own), members_of(&mixed)), (None, None), "{other}");
        }
    }

    #[test]
    fn what_cannot_be_shared_is_told() {
        let with = |admits: Admits| Spec { admits: Some(Leaf::Known(admits)), ..trust() }.problems();
        assert_eq!(with(Admits { namespaces: set(&["reports"]), ..Admits::default() }), []);
        assert_eq!(path_fault("/team/ml/"), None);
        for (path, fault) in [("/", "every role"), ("/it's/", "quotes"), ("team", "slash")] {
            assert!(path_fault(path).is_some_and(|it| it.contains(fault)), "{path}");
        }
        let many: Vec<String> = (0..400).map(|n| format!("namespace-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (admits, path) in [
            (Admits { namespaces: set(&["*"]), ..Admits::default() }, NAMESPACES),
            (Admits { namespaces: set(&[]), ..Admits::default() }, NAMESPACES),
            (Admits { repository_ids: set(&["1"]), ..Admits::default() }, REPOSITORIES),
            (Admits { role_names: set(&["training"]), ..Admits::default() }, ROLES),
            (Admits { namespaces: set(&many), ..Admits::default() }, ADMITS),
        ] {
            let problems = with(admits);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].path.to_string(), path);
        }
    }
}
