//! What the operators of the clouds may do. All of it, until a test wants to know which permissions something takes.

use serde::Deserialize;

/// The permissions of the operators: all, or none but these.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restriction {
    /// Google's permissions, Azure's and AWS's actions and Graph's application permissions, by their names; all where there are none.
    permissions: Option<Vec<String>>,
}

impl Restriction {
    /// Whether the operators may do this. Azure and AWS do not mind case in the names of actions.
    pub(crate) fn allows(&self, permission: &str) -> bool {
        self.permissions.as_ref().is_none_or(|all| all.iter().any(|it| it.eq_ignore_ascii_case(permission)))
    }
}
