//! The life of an object that can be brought back for thirty days after its deletion.

use super::clock::{DAY, Millis};

/// How long a deleted object keeps its name.
const KEPT: Millis = 30 * DAY;

/// Where an object is in its life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    /// When it was deleted.
    pub(crate) deleted_at: Option<Millis>,
    /// From when on it can be read; before that it is not found.
    pub(crate) visible_from: Millis,
    /// Whether it was there when the emulator started.
    pub(crate) seeded: bool,
}

impl Life {
    /// Whether it is not deleted.
    pub(crate) fn is_live(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether a read finds it, live or deleted.
    pub(crate) fn is_visible(&self, now: Millis) -> bool {
        now >= self.visible_from
    }

    /// Whether its name is still taken.
    pub(crate) fn remembered(&self, now: Millis) -> bool {
        self.expires_at().is_none_or(|end| now < end)
    }

    /// When a deleted object is gone for good.
    pub(crate) fn expires_at(&self) -> Option<Millis> {
        self.deleted_at.map(|at| at.saturating_add(KEPT))
    }

    /// The word of the control API for it.
    pub(crate) fn state(&self) -> &'static str {
        if self.is_live() { "live" } else { "soft_deleted" }
    }
}
