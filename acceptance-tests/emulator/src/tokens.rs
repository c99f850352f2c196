//! Tokens of workloads: issuers that exist only here, with the vendors' real names, and the tokens they sign.

pub(crate) mod issuers;
pub(crate) mod mint;
pub(crate) mod workloads;
