//! The part of a condition that members share, written and read.

use std::collections::BTreeSet;
use std::fmt;

use crate::names::cel_string;
use crate::source::github_actions::REVIEWED;

const IN_NAMESPACES: &str = "assertion['kubernetes.io'].namespace";
const IN_REPOSITORIES: &str = "assertion.repository_id";
const IN_ROLES: &str = "assertion.arn.extract('assumed-role/{role_name}/')";
const BELOW: &str = "assertion.sub.startsWith(";

/// The part of a condition that members share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shared {
    /// What members have in common.
    pub(super) family: Family,
    /// The names of which a member has one.
    pub(super) names: BTreeSet<String>,
}

/// What members have in common: the claims that pin their tenant, and the one that names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Family {
    /// Namespaces of the issuer's cluster.
    Namespaces,
    /// Repositories of an owner.
    Repositories {
        /// The owner's numeric id.
        owner_id: String,
    },
    /// Roles of an account, by their names.
    Roles {
        /// Its twelve digits.
        account_id: String,
    },
    /// Roles of an account, by the paths that they are at or below.
    Paths {
        /// Its twelve digits.
        account_id: String,
    },
}

impl Shared {
    /// The condition that somebody passes either by `own` or as a member.
    pub(super) fn beside(&self, own: &str) -> String {
        format!("({own}) || {self}")
    }

    /// The last alternative of a condition, where that is one for members, and what stands in parentheses before it.
    pub(super) fn within(condition: &str) -> Option<(&str, Self)> {
        condition.match_indices(") || ").find_map(|(at, between)| {
            let own = condition[..at].strip_prefix('(')?;
            Some((own, Self::read(&condition[at + between.len()..])?))
        })
    }

    /// Whatever is written in another way than here is not for members.
    fn read(text: &str) -> Option<Self> {
        let read = if text.contains(BELOW) { Self::read_paths(text) } else { Self::read_list(text) };
        read.filter(|read| read.to_string() == text)
    }

    fn read_paths(text: &str) -> Option<Self> {
        let roles: Vec<_> = text.split('\'').skip(1).step_by(2).collect();
        let (start, _) = roles.first()?.split_once(":role/")?;
        let account_id = start.rsplit(':').next()?.to_owned();
        let start = format!("{start}:role");
        let names = roles.iter().map(|role| Some(role.strip_prefix(&start)?.to_owned())).collect::<Option<_>>()?;
        Some(Self { family: Family::Paths { account_id }, names })
    }

    fn read_list(text: &str) -> Option<Self> {
        let (start, rest) = text.split_once(" in [")?;
        let (list, _) = rest.split_once(']')?;
        let unquoted = |literal: &str| Some(literal.strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
        let names = list.split(", ").map(unquoted).collect::<Option<_>>()?;
        let family = match start {
            IN_NAMESPACES => Family::Namespaces,
            _ if start.ends_with(IN_REPOSITORIES) => Family::Repositories { owner_id: first_literal(start)? },
            _ => Family::Roles { account_id: first_literal(start)? },
        };
        Some(Self { family, names })
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| cel_string(name)).collect();
        let names = names.join(", ");
        match &self.family {
            Family::Namespaces => write!(f, "{IN_NAMESPACES} in [{names}]"),
            Family::Repositories { owner_id } => {
                let owner = cel_string(owner_id);
                write!(f, "(assertion.repository_owner_id == {owner} && {IN_REPOSITORIES} in [{names}] && {REVIEWED})")
            }
            // Of a user nothing is taken, whatever path imitates a role's.
            Family::Roles { account_id } => {
                let start = cel_string(&format!("arn:aws:sts::{account_id}:assumed-role/"));
                let account = cel_string(account_id);
                write!(
                    f,
                    "(assertion.account == {account} && assertion.arn.startsWith({start}) && {IN_ROLES} in [{names}])"
                )
            }
            Family::Paths { account_id } => {
                let below =
                    |path: &String| format!("{BELOW}{})", cel_string(&format!("arn:aws:iam::{account_id}:role{path}")));
                let below: Vec<_> = self.names.iter().map(below).collect();
                write!(f, "({})", below.join(" || "))
            }
        }
    }
}

fn first_literal(text: &str) -> Option<String> {
    Some(text.split('\'').nth(1)?.to_owned())
}
