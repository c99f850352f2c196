//! Resource names of Access Context Manager.

use std::fmt;
use std::str::FromStr;

use super::NameError;
use crate::request::Path;

/// A service perimeter: `accessPolicies/{policy}/servicePerimeters/{perimeter}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PerimeterName {
    /// The access policy's number.
    pub policy: String,
    /// The perimeter's id: a letter, then letters, digits and underscores.
    pub perimeter: String,
}

const FORM: &str = "accessPolicies/NUMBER/servicePerimeters/PERIMETER";

impl PerimeterName {
    /// Names a perimeter. The policy may be given as its number or as `accessPolicies/NUMBER`.
    pub fn new(policy: impl AsRef<str>, perimeter: impl Into<String>) -> Self {
        let policy = policy.as_ref();
        let number = policy.strip_prefix("accessPolicies/").unwrap_or(policy);
        Self { policy: number.to_owned(), perimeter: perimeter.into() }
    }

    pub(crate) fn collection(&self) -> Path {
        Path::new("v1").literal("accessPolicies").segment(&self.policy).literal("servicePerimeters")
    }

    pub(crate) fn path(&self) -> Path {
        self.collection().segment(&self.perimeter)
    }
}

impl fmt::Display for PerimeterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accessPolicies/{}/servicePerimeters/{}", self.policy, self.perimeter)
    }
}

impl FromStr for PerimeterName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match *name.split('/').collect::<Vec<_>>() {
            ["accessPolicies", policy, "servicePerimeters", perimeter]
                if !policy.is_empty() && !perimeter.is_empty() =>
            {
                Ok(Self::new(policy, perimeter))
            }
            _ => Err(NameError::new(name, FORM)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        let name = PerimeterName::new("accessPolicies/1", "vertex");
        assert_eq!(name.to_string().parse::<PerimeterName>().unwrap(), name);
        for text in ["", "accessPolicies//servicePerimeters/x", "accessPolicies/1/accessLevels/x"] {
            assert!(text.parse::<PerimeterName>().is_err(), "{text}");
        }
    }
}
