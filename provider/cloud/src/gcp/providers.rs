//! Providers of workload identity pools: which issuer is trusted, and how its claims are mapped and judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Operation, PoolName, ProviderName, State, is_empty};
use crate::api::{Api, Quota};
use crate::request::Request;

/// What can be set on a provider. Exactly one of `oidc` and `aws` is set; which one can never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProviderSpec {
    /// At most 32 characters.
    #[serde(skip_serializing_if = "is_empty")]
    pub display_name: String,
    /// At most 256 characters.
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
    /// A disabled provider exchanges no token; tokens already issued keep working.
    #[serde(skip_serializing_if = "is_empty")]
    pub disabled: bool,
    /// Google attribute to CEL expression over the token's claims.
    #[serde(skip_serializing_if = "is_empty")]
    pub attribute_mapping: BTreeMap<String, String>,
    /// CEL: which tokens are accepted. Empty accepts every token of the issuer.
    #[serde(skip_serializing_if = "is_empty")]
    pub attribute_condition: String,
    /// An OpenID Connect issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc: Option<Oidc>,
    /// An AWS account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws: Option<Aws>,
}

/// An OpenID Connect issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Oidc {
    /// The issuer, exactly as it stands in its tokens.
    pub issuer_uri: String,
    /// Empty means that the provider's own name is the one audience.
    #[serde(skip_serializing_if = "is_empty")]
    pub allowed_audiences: Vec<String>,
    /// The issuer's public keys, where Google cannot fetch them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_json: Option<String>,
}

/// An AWS account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Aws {
    /// Twelve digits.
    pub account_id: String,
}

impl ProviderSpec {
    /// The update mask that makes `live` so, and `None` where nothing does: a provider's kind is for ever.
    pub fn difference(&self, live: &Self) -> Option<Vec<&'static str>> {
        if self.oidc.is_some() != live.oidc.is_some() || self.aws.is_some() != live.aws.is_some() {
            return None;
        }
        let oidc = |spec: &Self| spec.oidc.clone().unwrap_or_default();
        let (ours, theirs) = (oidc(self), oidc(live));
        let fields = [
            ("displayName", self.display_name != live.display_name),
            ("description", self.description != live.description),
            ("disabled", self.disabled != live.disabled),
            ("attributeMapping", self.attribute_mapping != live.attribute_mapping),
            ("attributeCondition", self.attribute_condition != live.attribute_condition),
            ("oidc.issuerUri", ours.issuer_uri != theirs.issuer_uri),
            ("oidc.allowedAudiences", ours.allowed_audiences != theirs.allowed_audiences),
            ("oidc.jwksJson", ours.jwks_json != theirs.jwks_json),
            ("aws.accountId", self.aws != live.aws),
        ];
        Some(fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect())
    }
}

/// A provider as Google has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// The full name.
    pub name: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: ProviderSpec,
    /// Active or soft-deleted.
    #[serde(default)]
    pub state: State,
    /// When a soft-deleted provider goes for good.
    #[serde(default)]
    pub expire_time: Option<String>,
}

impl Provider {
    /// Whether it is soft-deleted.
    pub fn is_deleted(&self) -> bool {
        self.state == State::Deleted
    }

    /// The last part of its name.
    pub fn id(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// A page of providers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Providers {
    /// The providers.
    #[serde(rename = "workloadIdentityPoolProviders")]
    pub items: Vec<Provider>,
    /// Asks for the next page, unless empty.
    pub next_page_token: String,
}

/// Reads a provider, also a soft-deleted one.
pub fn get(name: &ProviderName) -> Request<Provider> {
    about(Request::get(Api::Iam, name.path()), "read", name)
        .needs(&["iam.workloadIdentityPoolProviders.get"])
        .quota(Quota::FederationRead)
}

/// Lists a pool's providers, soft-deleted ones included.
pub fn list(pool: &PoolName, page_token: &str) -> Request<Providers> {
    let request = Request::get(Api::Iam, pool.provider("").collection())
        .about("list", format_args!("the providers of workload identity pool {pool}"))
        .needs(&["iam.workloadIdentityPoolProviders.list"])
        .quota(Quota::FederationRead)
        .query("showDeleted", true);
    if page_token.is_empty() { request } else { request.query("pageToken", page_token) }
}

/// Creates a provider.
pub fn create(name: &ProviderName, spec: &ProviderSpec) -> Request<Operation> {
    write(Request::post(Api::Iam, name.collection()), "create", name)
        .needs(&["iam.workloadIdentityPoolProviders.create"])
        .query("workloadIdentityPoolProviderId", &name.provider)
        .json(spec)
}

/// Sets the fields that `mask` names, for example `["attributeCondition", "oidc.issuerUri"]`.
pub fn update(name: &ProviderName, spec: &ProviderSpec, mask: &[&str]) -> Request<Operation> {
    write(Request::patch(Api::Iam, name.path()), "update", name)
        .needs(&["iam.workloadIdentityPoolProviders.update"])
        .query("updateMask", mask.join(","))
        .json(spec)
}

/// Soft-deletes a provider. Tokens already issued keep working until they expire.
pub fn delete(name: &ProviderName) -> Request<Operation> {
    write(Request::delete(Api::Iam, name.path()), "delete", name).needs(&["iam.workloadIdentityPoolProviders.delete"])
}

/// Brings a soft-deleted provider back with its old settings.
pub fn undelete(name: &ProviderName) -> Request<Operation> {
    write(Request::post(Api::Iam, name.path().verb("undelete")), "undelete", name)
        .needs(&["iam.workloadIdentityPoolProviders.undelete"])
        .json(&serde_json::json!({}))
}

fn write<T>(request: Request<T>, operation: &'static str, name: &ProviderName) -> Request<T> {
    about(request, operation, name).quota(Quota::FederationWrite)
}

fn about<T>(request: Request<T>, operation: &'static str, name: &ProviderName) -> Request<T> {
    request.about(operation, format_args!("workload identity pool provider {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;
    use serde_json::json;

    #[test]
    fn urls_and_bodies() {
        let name = PoolName::new("my-proj", "team-a").provider("aks");
        let base =
            "https://iam.googleapis.com/v1/projects/my-proj/locations/global/workloadIdentityPools/team-a/providers";
        let spec = ProviderSpec {
            attribute_mapping: BTreeMap::from([("google.subject".into(), "assertion.sub".into())]),
            attribute_condition: "assertion.sub == 'x'".into(),
            oidc: Some(Oidc { issuer_uri: "https://issuer/".into(), ..Oidc::default() }),
            ..ProviderSpec::default()
        };
        let create = create(&name, &spec);
        let url = |request: &Request<Operation>| request.url(&Endpoints::official()).unwrap().to_string();
        assert_eq!(url(&create), format!("{base}?workloadIdentityPoolProviderId=aks"));
        assert_eq!(
            create.body().unwrap(),
            &json!({"attributeMapping": {"google.subject": "assertion.sub"},
                "attributeCondition": "assertion.sub == 'x'", "oidc": {"issuerUri": "https://issuer/"}})
        );
        assert_eq!(url(&undelete(&name)), format!("{base}/aks:undelete"));
        assert_eq!(
            url(&update(&name, &spec, &["oidc.allowedAudiences"])),
            format!("{base}/aks?updateMask=oidc.allowedAudiences")
        );
        let aws = ProviderSpec { aws: Some(Aws { account_id: "1".into() }), ..ProviderSpec::default() };
        assert_eq!(super::create(&name, &aws).body().unwrap(), &json!({"aws": {"accountId": "1"}}));
    }

    #[test]
    fn a_difference_names_the_fields_and_no_other_kind() {
        let spec = |issuer: &str| ProviderSpec {
            oidc: Some(Oidc { issuer_uri: issuer.into(), ..Oidc::default() }),
            disabled: issuer.is_empty(),
            ..ProviderSpec::default()
        };
        assert_eq!(spec("a").difference(&spec("a")), Some(vec![]));
        assert_eq!(spec("a").difference(&spec("")), Some(vec!["disabled", "oidc.issuerUri"]));
        let aws = |id: &str| ProviderSpec { aws: Some(Aws { account_id: id.into() }), ..ProviderSpec::default() };
        assert_eq!(spec("a").difference(&aws("1")), None);
        assert_eq!(aws("2").difference(&aws("1")), Some(vec!["aws.accountId"]));
    }

    #[test]
    fn what_was_sent_equals_what_is_read_back() {
        let spec = ProviderSpec {
            description: "d".into(),
            oidc: Some(Oidc { issuer_uri: "https://i".into(), allowed_audiences: vec!["a".into()], jwks_json: None }),
            ..ProviderSpec::default()
        };
        let mut body = serde_json::to_value(&spec).unwrap();
        body["name"] = json!("projects/1/locations/global/workloadIdentityPools/p/providers/aks");
        body["state"] = json!("ACTIVE");
        let live: Provider = serde_json::from_value(body).unwrap();
        assert_eq!(live.spec, spec);
        assert_eq!(live.id(), "aks");
    }
}
