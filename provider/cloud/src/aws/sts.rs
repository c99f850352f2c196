//! Security Token Service: who the caller is, and roles entered for a while.

use std::time::Duration;

use serde::Deserialize;

use super::query;
use super::sigv4::Keys;
use crate::api::Api;
use crate::request::Request;
use crate::secret::Secret;

/// Who makes the calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallerIdentity {
    /// Twelve digits.
    pub account: String,
    /// The user or the session.
    pub arn: String,
    /// The unique id.
    pub user_id: String,
}

/// A role that was entered.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumedRole {
    /// The keys that act as it.
    pub credentials: Credentials,
    /// The session.
    pub assumed_role_user: AssumedRoleUser,
}

/// The session of a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AssumedRoleUser {
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    #[serde(rename = "Arn")]
    pub arn: String,
    /// The role's unique id and the session's name.
    #[serde(rename = "AssumedRoleId")]
    pub assumed_role_id: String,
}

/// Keys that are lent for a while.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

impl Credentials {
    /// How long they last from now; `None` if the answer does not say it in a way that is understood.
    pub fn remaining(&self) -> Option<Duration> {
        let until: jiff::Timestamp = self.expiration.parse().ok()?;
        Some(Duration::try_from(until.duration_since(jiff::Timestamp::now())).unwrap_or_default())
    }

    /// When they end, as AWS wrote it.
    pub fn expiration(&self) -> &str {
        &self.expiration
    }

    /// The keys themselves.
    pub fn into_keys(self) -> Keys {
        Keys {
            access_key_id: self.access_key_id,
            secret_access_key: Secret::new(self.secret_access_key),
            session_token: Some(Secret::new(self.session_token)),
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Asks who the caller is. Everybody may.
pub fn get_caller_identity() -> Request<CallerIdentity> {
    query::read(Api::AwsSts, "GetCallerIdentity").about("ask for", "the identity behind the AWS credentials")
}

/// Enters a role with the caller's own keys.
pub fn assume_role(
    role_arn: &str,
    session_name: &str,
    external_id: Option<&str>,
    lasts: Option<Duration>,
) -> Request<AssumedRole> {
    let request = entering("AssumeRole", role_arn, session_name).needs(&["sts:AssumeRole"]);
    let request = match external_id {
        Some(id) => request.field("ExternalId", id),
        None => request,
    };
    lasting(request, lasts)
}

/// Enters a role with a token of another issuer. Nobody signs it: the token is the proof.
pub fn assume_role_with_web_identity(
    role_arn: &str,
    session_name: &str,
    token: &Secret,
    lasts: Option<Duration>,
) -> Request<AssumedRole> {
    let request = entering("AssumeRoleWithWebIdentity", role_arn, session_name)
        .anonymous()
        .redacting(token)
        .field("WebIdentityToken", token.expose());
    lasting(request, lasts)
}

fn lasting(request: Request<AssumedRole>, lasts: Option<Duration>) -> Request<AssumedRole> {
    match lasts {
        Some(lasts) => request.field("DurationSeconds", lasts.as_secs()),
        None => request,
    }
}

fn entering(action: &'static str, role_arn: &str, session_name: &str) -> Request<AssumedRole> {
    query::read(Api::AwsSts, action)
        .about("enter", format_args!("role {role_arn}"))
        .sensitive()
        .field("RoleArn", role_arn)
        .field("RoleSessionName", session_name)
}
