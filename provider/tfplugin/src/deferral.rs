//! Deferral: putting a call off to a later run, because something it needs is not known yet.
//!
//! A host says in every call whether it can do that. Released versions of Terraform and OpenTofu cannot.

use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Diagnostic, Diagnostics};

/// Why a call is put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferral {
    /// The resource's configuration has unknown values.
    ResourceConfigUnknown,
    /// The provider's configuration has unknown values.
    ProviderConfigUnknown,
    /// Something that must be there first is not.
    AbsentPrerequisite,
}

impl Deferral {
    fn reason(self) -> &'static str {
        match self {
            Deferral::ResourceConfigUnknown => "a part of its configuration is not known before apply",
            Deferral::ProviderConfigUnknown => "a part of the provider's configuration is not known before apply",
            Deferral::AbsentPrerequisite => "something that must exist first does not exist yet",
        }
    }
}

/// Whether one call may be put off, and whether it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deferrals(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    allowed: bool,
    given: OnceLock<Deferral>,
}

impl Deferrals {
    pub(crate) fn new(allowed: bool) -> Self {
        Deferrals(Arc::new(Inner { allowed, given: OnceLock::new() }))
    }

    pub(crate) fn allowed(&self) -> bool {
        self.0.allowed
    }

    /// The first reason counts.
    pub(crate) fn give(&self, reason: Deferral) {
        let _ = self.0.given.set(reason);
    }

    /// Whether the call was put off, which the host may or may not accept.
    pub(crate) fn given(&self) -> bool {
        self.0.given.get().is_some()
    }

    /// The reason for the host. Where it accepts none, there is an error for the user instead.
    pub(crate) fn answer(&self, subject: &str, diagnostics: &mut Diagnostics) -> Option<Deferral> {
        let given = *self.0.given.get()?;
        if self.0.allowed {
            return Some(given);
        }
        let detail = format!(
            "{subject} has to wait, because {}. This host cannot put it off: apply what it depends on first, with \
             -target, or in a configuration of its own.",
            given.reason()
        );
        diagnostics.push(Diagnostic::error("Cannot be planned yet", detail));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deferral_is_an_error_where_the_host_does_not_know_it() {
        let mut diagnostics = Diagnostics::new();
        let allowed = Deferrals::new(true);
        assert_eq!(allowed.answer("test_x", &mut diagnostics), None);
        allowed.give(Deferral::AbsentPrerequisite);
        allowed.give(Deferral::ProviderConfigUnknown);
        assert_eq!(allowed.answer("test_x", &mut diagnostics), Some(Deferral::AbsentPrerequisite));
        assert!(diagnostics.is_empty());
        let refused = Deferrals::new(false);
        refused.give(Deferral::ResourceConfigUnknown);
        assert_eq!(refused.answer("test_x", &mut diagnostics), None);
        assert!(diagnostics.to_string().contains("test_x has to wait, because a part of its configuration"));
    }
}
