//! What policies judge: principals, issuers, claims, CEL conditions, trust documents and findings.

pub mod attacker;
pub mod aws;
pub mod canonical;
pub mod cel;
pub mod document;
pub mod enforcement;
pub mod entra;
pub mod federation;
pub mod finding;
pub mod issuer;
pub mod policy;
pub mod principal;
pub mod token;
pub mod truth;
