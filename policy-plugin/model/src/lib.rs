//! What policies judge: principals, issuers, claims, CEL conditions, trust documents and findings.

pub mod cel;
pub mod document;
pub mod federation;
pub mod finding;
pub mod principal;
