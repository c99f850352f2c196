//! Scopes and the names of role assignments within them, which are GUIDs that the client chooses.

use std::fmt;
use std::str::FromStr;

use super::{IdError, is_named, same_id};
use crate::request::Path;

/// What a role is assigned on: a subscription, a resource group or a resource.
#[derive(Clone, Debug, Eq)]
pub struct Scope {
    id: String,
}

/// A role assignment: `{scope}/providers/Microsoft.Authorization/roleAssignments/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAssignmentName {
    /// What the role is assigned on.
    pub scope: Scope,
    /// A GUID.
    pub id: String,
}

const WITHIN: &str = "/providers/Microsoft.Authorization/roleAssignments/";

impl Scope {
    /// Takes an id that is known to be one.
    pub(super) fn of_id(id: String) -> Self {
        Self { id }
    }

    /// The subscription that it lies in.
    pub fn subscription(&self) -> &str {
        self.id.split('/').nth(2).unwrap_or_default()
    }

    pub(crate) fn path(&self) -> Path {
        Path::root().resource(self.id.trim_start_matches('/'))
    }
}

impl RoleAssignmentName {
    /// Names an assignment by a GUID that the caller has chosen, so that it is recognised again.
    pub fn new(scope: Scope, id: impl Into<String>) -> Self {
        Self { scope, id: id.into() }
    }

    pub(crate) fn path(&self) -> Path {
        self.scope
            .path()
            .literal("providers")
            .literal("Microsoft.Authorization")
            .literal("roleAssignments")
            .segment(&self.id)
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        same_id(&self.id, &other.id)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl fmt::Display for RoleAssignmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{WITHIN}{}", self.scope, self.id)
    }
}

impl FromStr for Scope {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let mut segments = id.split('/');
        let begins = segments.next() == Some("")
            && segments.next().is_some_and(|word| word.eq_ignore_ascii_case("subscriptions"));
        let mut rest = segments.peekable();
        if begins && rest.peek().is_some() && rest.all(is_named) {
            return Ok(Self { id: id.to_owned() });
        }
        let expected = "/subscriptions/SUBSCRIPTION[/resourceGroups/GROUP[/providers/NAMESPACE/TYPE/NAME]]".to_owned();
        Err(IdError { given: id.to_owned(), expected })
    }
}

impl FromStr for RoleAssignmentName {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let at = id.to_ascii_lowercase().rfind(&WITHIN.to_ascii_lowercase());
        let parsed = at.and_then(|at| {
            let name = &id[at + WITHIN.len()..];
            let plain = is_named(name) && !name.contains('/');
            plain.then_some(())?;
            Some(Self { scope: id[..at].parse().ok()?, id: name.to_owned() })
        });
        parsed.ok_or_else(|| IdError { given: id.to_owned(), expected: format!("SCOPE{WITHIN}GUID") })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        "/subscriptions/s/resourceGroups/g".parse().unwrap()
    }

    #[test]
    fn names_round_trip_and_scopes_are_compared_in_any_case() {
        let name = RoleAssignmentName::new(scope(), "a-guid");
        assert_eq!(name.to_string().parse::<RoleAssignmentName>().unwrap(), name);
        let loud: Scope = "/SUBSCRIPTIONS/s/resourcegroups/G".parse().unwrap();
        assert_eq!(loud, scope());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "/", "/subscriptions", "/subscriptions/", "/subscriptions/s/../t", "subscriptions/s", "/tenants/t"]
        {
            assert!(text.parse::<Scope>().is_err(), "{text:?}");
            assert!(format!("{text}{WITHIN}x").parse::<RoleAssignmentName>().is_err(), "{text:?}");
        }
        assert!("/subscriptions/s".parse::<RoleAssignmentName>().is_err());
        assert_eq!(scope().subscription(), "s");
        assert_eq!(scope().path().to_string(), "/subscriptions/s/resourceGroups/g");
    }
}
