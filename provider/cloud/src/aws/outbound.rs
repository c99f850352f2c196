//! An account's own issuer: once switched on, AWS vouches for the account's roles and users with tokens that others can verify. There is one
//! for an account.

use serde::Deserialize;

use super::query;
use crate::api::Api;
use crate::request::Request;

/// The issuer of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutboundFederation {
    /// Issuer URL, the `iss` claim of the account's tokens.
    #[serde(rename = "IssuerIdentifier")]
    pub issuer: String,
}

/// Reads the issuer of the caller's account. There is none while it is switched off.
pub fn get() -> Request<OutboundFederation> {
    query::read(Api::AwsIam, "GetOutboundWebIdentityFederationInfo")
        .about("read", "the account's own issuer")
        .needs(&["iam:GetOutboundWebIdentityFederationInfo"])
}

/// Switches the issuer of the caller's account on.
pub fn enable() -> Request<OutboundFederation> {
    query::action(Api::AwsIam, "EnableOutboundWebIdentityFederation")
        .about("enable", "the account's own issuer")
        .needs(&["iam:EnableOutboundWebIdentityFederation"])
}
