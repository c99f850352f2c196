//! What policies judge: principals, issuers, claims, CEL conditions, trust documents and findings.

pub mod document;
pub mod finding;
