//! Members of Google allow policies, typed.

use std::fmt;
use std::str::FromStr;

const IAM: &str = "iam.googleapis.com/";

/// Who a binding admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Identities of a workload or workforce identity pool: `principal://…` and `principalSet://…`.
    Federated {
        /// Resource name of the pool, `projects/NUMBER/locations/global/workloadIdentityPools/ID` or
        /// `locations/global/workforcePools/ID`.
        pool: String,
        /// Which of the pool's identities.
        selector: Selector,
    },
    /// A Google account, `user:EMAIL`.
    User(String),
    /// A service account, `serviceAccount:EMAIL`.
    ServiceAccount(String),
    /// A Google group, `group:EMAIL`.
    Group(String),
    /// A Workspace domain, `domain:NAME`.
    Domain(String),
    /// Anyone on the internet, `allUsers` or `principalSet://goog/public:all`.
    AllUsers,
    /// Anyone with a Google account, `allAuthenticatedUsers`.
    AllAuthenticatedUsers,
    /// A deleted principal, `deleted:…?uid=…`, which admits nobody.
    Deleted {
        /// What it was, as written.
        principal: String,
        /// The unique id of what was deleted.
        uid: Option<String>,
    },
    /// Another form that Google knows and that says nothing about pools, such as `projectOwner:ID`, as written.
    Other(String),
}

/// Which identities of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The identity whose mapped `google.subject` is this.
    Subject(String),
    /// Identities whose mapped `google.groups` hold this.
    Group(String),
    /// Identities whose mapped attribute has this value.
    Attribute {
        /// Name, without the `attribute.` in front.
        name: String,
        /// Value.
        value: String,
    },
    /// Every identity of the pool.
    All,
}

/// Why a text is not a principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// No known prefix.
    #[error(
        "`{0}` is not a member: write for example serviceAccount:EMAIL or principal://iam.googleapis.com/POOL/subject/SUBJECT"
    )]
    UnknownKind(String),
    /// The pool part is not a pool's resource name.
    #[error(
        "`{0}` names no pool: write projects/NUMBER/locations/global/workloadIdentityPools/POOL, with the project's number, not its id"
    )]
    Pool(String),
    /// What stands behind the pool is none of the known selectors.
    #[error(
        "`{0}` selects nothing of its pool: write /subject/VALUE behind principal:, and /attribute.NAME/VALUE, /group/VALUE or /* behind principalSet:"
    )]
    Selector(String),
    /// A selector, an e-mail address or a domain without its value.
    #[error("`{0}` lacks its value")]
    Empty(String),
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        match text {
            "allUsers" | "principalSet://goog/public:all" => return Ok(Self::AllUsers),
            "allAuthenticatedUsers" => return Ok(Self::AllAuthenticatedUsers),
            _ => {}
        }
        if let Some(rest) = text.strip_prefix("principal://") {
            return match rest.strip_prefix(IAM) {
                Some(rest) => federated(text, rest, false),
                None => Ok(Self::Other(text.to_owned())),
            };
        }
        if let Some(rest) = text.strip_prefix("principalSet://") {
            return match rest.strip_prefix(IAM) {
                Some(rest) => federated(text, rest, true),
                None => Ok(Self::Other(text.to_owned())),
            };
        }
        if let Some(rest) = text.strip_prefix("deleted:") {
            let (principal, uid) = match rest.split_once("?uid=") {
                Some((principal, uid)) => (principal, Some(uid.to_owned())),
                None => (rest, None),
            };
            return Ok(Self::Deleted { principal: principal.to_owned(), uid });
        }
        let Some((kind, value)) = text.split_once(':') else {
            return Err(PrincipalError::UnknownKind(text.to_owned()));
        };
        if value.trim().is_empty() {
            return Err(PrincipalError::Empty(text.to_owned()));
        }
        let value = value.to_owned();
        match kind {
            "user" => Ok(Self::User(value)),
            "serviceAccount" => Ok(Self::ServiceAccount(value)),
            "group" => Ok(Self::Group(value)),
            "domain" => Ok(Self::Domain(value)),
            "projectOwner" | "projectEditor" | "projectViewer" => Ok(Self::Other(text.to_owned())),
            _ => Err(PrincipalError::UnknownKind(text.to_owned())),
        }
    }
}

/// Reads what stands behind `iam.googleapis.com/`.
fn federated(text: &str, rest: &str, set: bool) -> Result<Principal, PrincipalError> {
    let (pool, selector) = split_pool(rest).ok_or_else(|| PrincipalError::Pool(text.to_owned()))?;
    let value = |value: &str| {
        if value.is_empty() { Err(PrincipalError::Empty(text.to_owned())) } else { Ok(value.to_owned()) }
    };
    let wrong = || PrincipalError::Selector(text.to_owned());
    let selector = match selector.split_once('/') {
        Some(("subject", subject)) if !set => Selector::Subject(value(subject)?),
        Some(("group", group)) if set => Selector::Group(value(group)?),
        Some((attribute, content)) if set => {
            let name = attribute.strip_prefix("attribute.").ok_or_else(wrong)?;
            Selector::Attribute { name: value(name)?, value: value(content)? }
        }
        None if set && selector == "*" => Selector::All,
        None if set && selector.starts_with("attribute.") => return Err(PrincipalError::Empty(text.to_owned())),
        _ => return Err(wrong()),
    };
    Ok(Principal::Federated { pool: pool.to_owned(), selector })
}

/// Splits a pool's resource name from what follows it.
fn split_pool(text: &str) -> Option<(&str, &str)> {
    let segments: Vec<&str> = text.split('/').collect();
    let length = match segments[..] {
        ["projects", number, "locations", "global", "workloadIdentityPools", id, _, ..]
            if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) && !id.is_empty() =>
        {
            6
        }
        ["locations", "global", "workforcePools", id, _, ..] if !id.is_empty() => 4,
        _ => return None,
    };
    let end = segments[..length].iter().map(|segment| segment.len() + 1).sum::<usize>() - 1;
    Some((&text[..end], &text[end + 1..]))
}

impl fmt::Display for Principal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Federated { pool, selector } => match selector {
                Selector::Subject(subject) => write!(out, "principal://{IAM}{pool}/subject/{subject}"),
                Selector::Group(group) => write!(out, "principalSet://{IAM}{pool}/group/{group}"),
                Selector::Attribute { name, value } => {
                    write!(out, "principalSet://{IAM}{pool}/attribute.{name}/{value}")
                }
                Selector::All => write!(out, "principalSet://{IAM}{pool}/*"),
            },
            Self::User(email) => write!(out, "user:{email}"),
            Self::ServiceAccount(email) => write!(out, "serviceAccount:{email}"),
            Self::Group(email) => write!(out, "group:{email}"),
            Self::Domain(name) => write!(out, "domain:{name}"),
            Self::AllUsers => out.write_str("allUsers"),
            Self::AllAuthenticatedUsers => out.write_str("allAuthenticatedUsers"),
            Self::Deleted { principal, uid: Some(uid) } => write!(out, "deleted:{principal}?uid={uid}"),
            Self::Deleted { principal, uid: None } => write!(out, "deleted:{principal}"),
            Self::Other(text) => out.write_str(text),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Principal, PrincipalError, Selector};

    const POOL: &str = "projects/123456789012/locations/global/workloadIdentityPools/aks";

    #[test]
    fn prints_what_it_reads() {
        for text in [
            format!("principal://iam.googleapis.com/{POOL}/subject/system:serviceaccount:chat:backend"),
            format!("principal://iam.googleapis.com/{POOL}/subject/repo:o/r:ref:refs/heads/main"),
            format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/o/r"),
            format!("principalSet://iam.googleapis.com/{POOL}/group/admins"),
            format!("principalSet://iam.googleapis.com/{POOL}/*"),
            "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*".to_owned(),
            "user:a@example.com".to_owned(),
            "serviceAccount:a@p.iam.gserviceaccount.com".to_owned(),
            "serviceAccount:p.svc.id.goog[ns/name]".to_owned(),
            "group:g@example.com".to_owned(),
            "domain:example.com".to_owned(),
            "allUsers".to_owned(),
            "allAuthenticatedUsers".to_owned(),
            "deleted:serviceAccount:a@p.iam.gserviceaccount.com?uid=1234".to_owned(),
            "projectOwner:p".to_owned(),
        ] {
            assert_eq!(text.parse::<Principal>().unwrap().to_string(), text);
        }
        assert_eq!("principalSet://goog/public:all".parse(), Ok(Principal::AllUsers));
    }

    #[test]
    fn takes_apart() {
        let subject = format!("principal://iam.googleapis.com/{POOL}/subject/a/b");
        let selector = Selector::Subject("a/b".to_owned());
        assert_eq!(subject.parse(), Ok(Principal::Federated { pool: POOL.to_owned(), selector }));
    }

    #[test]
    fn says_what_is_wrong() {
        use PrincipalError as E;
        for (text, expected) in [
            ("nobody".to_owned(), E::UnknownKind as fn(String) -> E),
            ("robot:x".to_owned(), E::UnknownKind),
            ("user:".to_owned(), E::Empty),
            (
                "principal://iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/p/subject/x"
                    .to_owned(),
                E::Pool,
            ),
            ("principal://iam.googleapis.com/".to_owned(), E::Pool),
            (format!("principal://iam.googleapis.com/{POOL}"), E::Pool),
            (format!("principal://iam.googleapis.com/{POOL}/*"), E::Selector),
            (format!("principal://iam.googleapis.com/{POOL}/attribute.x/y"), E::Selector),
            (format!("principalSet://iam.googleapis.com/{POOL}/subject/x"), E::Selector),
            (format!("principalSet://iam.googleapis.com/{POOL}/attribute.x/"), E::Empty),
            (format!("principalSet://iam.googleapis.com/{POOL}/attribute.x"), E::Empty),
            (format!("principal://iam.googleapis.com/{POOL}/subject/"), E::Empty),
        ] {
            assert_eq!(text.parse::<Principal>(), Err(expected(text.clone())));
        }
    }
}
