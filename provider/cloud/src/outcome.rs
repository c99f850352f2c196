//! What became of a grant or a revocation: whether it was there tells who owns it.

/// What became of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It was there already.
    Found,
    /// It was added.
    Granted,
}

/// What became of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It was not there.
    Absent,
    /// It was removed.
    Revoked,
}
