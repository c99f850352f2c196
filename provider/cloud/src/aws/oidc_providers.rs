//! OIDC identity providers: foreign issuers that an account's roles may trust. Their name is the issuer's URL.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::query::{self, or_empty, tags};
use crate::api::Api;
use crate::request::{Empty, Request};

/// The ARN of a provider: `arn:{partition}:iam::{account}:oidc-provider/{issuer without https://}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OidcProviderArn {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// The issuer, without `https://`.
    pub issuer: String,
}

/// A text is not the ARN of an OIDC provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not the ARN of an OIDC provider, such as arn:aws:iam::123456789012:oidc-provider/issuer.example.com/id"
)]
pub struct ArnError {
    given: String,
}

/// What can be set on a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcProviderSpec {
    /// The audiences that tokens may have.
    pub client_ids: BTreeSet<String>,
    /// The fingerprints of its certificates; `None` leaves them to AWS, which trusts well-known authorities anyway.
    pub thumbprints: Option<BTreeSet<String>>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A provider as AWS has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OidcProvider {
    /// The issuer, without `https://`.
    #[serde(rename = "Url")]
    pub url: String,
    /// The audiences that tokens may have.
    #[serde(rename = "ClientIDList", default, deserialize_with = "or_empty")]
    pub client_ids: BTreeSet<String>,
    /// The fingerprints of its certificates.
    #[serde(rename = "ThumbprintList", default, deserialize_with = "or_empty")]
    pub thumbprints: BTreeSet<String>,
    /// Tags.
    #[serde(rename = "Tags", default, deserialize_with = "tags")]
    pub tags: BTreeMap<String, String>,
}

/// What creating answers.
#[derive(Clone, Debug, Deserialize)]
pub struct Created {
    /// The provider's ARN.
    #[serde(rename = "OpenIDConnectProviderArn")]
    pub arn: String,
}

impl OidcProviderSpec {
    /// The fields in which `live` is otherwise.
    pub fn difference(&self, live: &OidcProvider) -> Vec<&'static str> {
        let fields = [
            ("client_ids", self.client_ids != live.client_ids),
            ("thumbprints", self.thumbprints.as_ref().is_some_and(|wanted| *wanted != live.thumbprints)),
            ("tags", self.tags != live.tags),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

impl OidcProviderArn {
    /// Names the provider of an issuer in an account.
    pub fn new(partition: impl Into<String>, account: impl Into<String>, issuer: &str) -> Self {
        let issuer = issuer.strip_prefix("https://").unwrap_or(issuer);
        // AWS drops the slash at the end of the URL from the name.
        let issuer = issuer.strip_suffix('/').unwrap_or(issuer).to_owned();
        Self { partition: partition.into(), account: account.into(), issuer }
    }
}

impl fmt::Display for OidcProviderArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:iam::{}:oidc-provider/{}", self.partition, self.account, self.issuer)
    }
}

impl FromStr for OidcProviderArn {
    type Err = ArnError;

    fn from_str(arn: &str) -> Result<Self, ArnError> {
        match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", partition, "iam", "", account, rest] if !partition.is_empty() && !account.is_empty() => {
                match rest.strip_prefix("oidc-provider/") {
                    Some(issuer) if !issuer.is_empty() => Ok(Self {
                        partition: partition.to_owned(),
                        account: account.to_owned(),
                        issuer: issuer.to_owned(),
                    }),
                    _ => Err(ArnError { given: arn.to_owned() }),
                }
            }
            _ => Err(ArnError { given: arn.to_owned() }),
        }
    }
}

/// Reads a provider.
pub fn get(arn: &OidcProviderArn) -> Request<OidcProvider> {
    about(query::read(Api::AwsIam, "GetOpenIDConnectProvider"), "read", arn).needs(&["iam:GetOpenIDConnectProvider"])
}

/// Creates the provider of an issuer, whose URL begins with `https://`.
pub fn create(url: &str, spec: &OidcProviderSpec) -> Request<Created> {
    let request = query::action(Api::AwsIam, "CreateOpenIDConnectProvider")
        .about("create", format_args!("the OIDC provider of {url}"))
        .needs(&["iam:CreateOpenIDConnectProvider"])
        .field("Url", url)
        .members("ClientIDList", &spec.client_ids)
        .members("ThumbprintList", spec.thumbprints.iter().flatten())
        .tagged(&spec.tags);
    if spec.tags.is_empty() { request } else { request.needs(&["iam:TagOpenIDConnectProvider"]) }
}

/// Lets tokens have one more audience.
pub fn add_client_id(arn: &OidcProviderArn, client_id: &str) -> Request<Empty> {
    let action = query::action(Api::AwsIam, "AddClientIDToOpenIDConnectProvider");
    change(action, arn, "iam:AddClientIDToOpenIDConnectProvider").field("ClientID", client_id)
}

/// Lets tokens have one audience less.
pub fn remove_client_id(arn: &OidcProviderArn, client_id: &str) -> Request<Empty> {
    let action = query::action(Api::AwsIam, "RemoveClientIDFromOpenIDConnectProvider");
    change(action, arn, "iam:RemoveClientIDFromOpenIDConnectProvider").field("ClientID", client_id)
}

/// Replaces the fingerprints.
pub fn set_thumbprints(arn: &OidcProviderArn, thumbprints: &BTreeSet<String>) -> Request<Empty> {
    let action = query::action(Api::AwsIam, "UpdateOpenIDConnectProviderThumbprint");
    change(action, arn, "iam:UpdateOpenIDConnectProviderThumbprint").members("ThumbprintList", thumbprints)
}

/// Adds tags, or sets them anew.
pub fn tag(arn: &OidcProviderArn, tags: &BTreeMap<String, String>) -> Request<Empty> {
    change(query::action(Api::AwsIam, "TagOpenIDConnectProvider"), arn, "iam:TagOpenIDConnectProvider").tagged(tags)
}

/// Removes tags.
pub fn untag(arn: &OidcProviderArn, keys: &[&String]) -> Request<Empty> {
    let action = query::action(Api::AwsIam, "UntagOpenIDConnectProvider");
    change(action, arn, "iam:UntagOpenIDConnectProvider").members("TagKeys", keys)
}

/// Deletes a provider. AWS does not say whether there was one.
pub fn delete(arn: &OidcProviderArn) -> Request<Empty> {
    about(query::action(Api::AwsIam, "DeleteOpenIDConnectProvider"), "delete", arn)
        .needs(&["iam:DeleteOpenIDConnectProvider"])
        .idempotent(true)
}

fn change(request: Request<Empty>, arn: &OidcProviderArn, permission: &'static str) -> Request<Empty> {
    about(request, "update", arn).needs(&[permission]).idempotent(true)
}

fn about<T>(request: Request<T>, operation: &'static str, arn: &OidcProviderArn) -> Request<T> {
    request.about(operation, format_args!("OIDC provider {arn}")).field("OpenIDConnectProviderArn", arn)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arns_round_trip_and_others_are_refused() {
        let arn = OidcProviderArn::new("aws", "123456789012", "https://oidc.example.com/id/x:y/");
        assert_eq!(arn.to_string(), "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/x:y");
        assert_eq!(arn.to_string().parse::<OidcProviderArn>().unwrap(), arn);
        for text in ["", "arn:aws:iam::1:role/r", "arn:aws:iam::1:oidc-provider/", "arn:aws:iam:::oidc-provider/x"] {
            assert!(text.parse::<OidcProviderArn>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_provider_is_created_read_and_compared() {
        let spec = OidcProviderSpec { client_ids: BTreeSet::from(["sts".into()]), ..OidcProviderSpec::default() };
        let create = create("https://oidc.example.com", &spec);
        let fields: Vec<_> = create.fields().iter().skip(2).map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(fields, ["Url=https://oidc.example.com", "ClientIDList.member.1=sts"]);
        let live: OidcProvider = serde_json::from_value(json!({"Url": "oidc.example.com", "ClientIDList": ["sts"],
            "ThumbprintList": ["ff"], "Tags": null, "CreateDate": "2026-01-01T00:00:00Z"}))
        .unwrap();
        assert!(spec.difference(&live).is_empty());
        let other = OidcProviderSpec { thumbprints: Some(BTreeSet::new()), ..OidcProviderSpec::default() };
        assert_eq!(other.difference(&live), ["client_ids", "thumbprints"]);
    }
}
