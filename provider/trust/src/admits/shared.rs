//! The part of a condition that members share, written and read.

use std::collections::BTreeSet;
use std::fmt;

use crate::names::cel_string;
use crate::source::github_actions::REVIEWED;

const IN_NAMESPACES: &str = "assertion['kubernetes.io'].namespace";
const IN_REPOSITORIES: &str = "assertion.repository_id";
const IN_ROLES: &str = "assertion.arn.extract('assumed-role/{role_name}/')";

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
    /// Roles of an account.
    Roles {
        /// Its twelve digits.
        account_id: String,
    },
}

impl Shared {
    /// The condition that somebody passes either by `own` or as a member.
    pub(super) fn beside(&self, own: &str) -> String {
        format!("({own}) || {self}")
    }

    /// The last alternative of a condition, where that is one for members.
    pub(super) fn within(condition: &str) -> Option<Self> {
        let (_, members) = condition.rsplit_once(") || ")?;
        Self::read(members)
    }

    /// Whatever is written in another way than here is not for members.
    fn read(text: &str) -> Option<Self> {
        let (start, rest) = text.split_once(" in [")?;
        let (list, _) = rest.split_once(']')?;
        let unquoted = |literal: &str| Some(literal.strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
        let names = list.split(", ").map(unquoted).collect::<Option<_>>()?;
        let family = match start {
            IN_NAMESPACES => Family::Namespaces,
            _ if start.ends_with(IN_REPOSITORIES) => Family::Repositories { owner_id: first_literal(start)? },
            _ => Family::Roles { account_id: first_literal(start)? },
        };
        let read = Self { family, names };
        (read.to_string() == text).then_some(read)
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
        }
    }
}

fn first_literal(text: &str) -> Option<String> {
    Some(text.split('\'').nth(1)?.to_owned())
}
