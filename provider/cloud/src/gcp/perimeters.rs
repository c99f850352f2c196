//! Access Context Manager: an organisation's access policy, and the service perimeters in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Operation, PerimeterName, is_empty};
use crate::api::{Api, Quota};
use crate::request::{Path, Request};

/// What can be set on a service perimeter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PerimeterSpec {
    /// Unique in the access policy.
    pub title: String,
    /// For people.
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
    /// What is enforced.
    #[serde(skip_serializing_if = "is_empty")]
    pub status: PerimeterConfig,
    /// What would be enforced: violations of it are only logged. It counts where `use_explicit_dry_run_spec` is set.
    #[serde(skip_serializing_if = "is_empty")]
    pub spec: PerimeterConfig,
    /// Whether the dry run is about `spec`.
    #[serde(skip_serializing_if = "is_empty")]
    pub use_explicit_dry_run_spec: bool,
}

/// What a perimeter protects, and who may cross it. Google takes the lists whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PerimeterConfig {
    /// Projects, as `projects/NUMBER`.
    #[serde(skip_serializing_if = "is_empty")]
    pub resources: BTreeSet<String>,
    /// Access levels, by their full names.
    #[serde(skip_serializing_if = "is_empty")]
    pub access_levels: BTreeSet<String>,
    /// APIs, such as `aiplatform.googleapis.com`.
    #[serde(skip_serializing_if = "is_empty")]
    pub restricted_services: BTreeSet<String>,
    /// Which APIs can be reached from inside.
    #[serde(skip_serializing_if = "is_empty")]
    pub vpc_accessible_services: VpcAccessibleServices,
    /// Who may come in.
    #[serde(skip_serializing_if = "is_empty")]
    pub ingress_policies: Vec<IngressPolicy>,
    /// Who may go out.
    #[serde(skip_serializing_if = "is_empty")]
    pub egress_policies: Vec<EgressPolicy>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Which APIs can be reached from inside a perimeter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VpcAccessibleServices {
    /// Whether there is a limit at all.
    #[serde(skip_serializing_if = "is_empty")]
    pub enable_restriction: bool,
    /// The APIs.
    #[serde(skip_serializing_if = "is_empty")]
    pub allowed_services: BTreeSet<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One rule about who may come in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressPolicy {
    /// At most 100 characters.
    #[serde(skip_serializing_if = "is_empty")]
    pub title: String,
    /// Who, from where.
    pub ingress_from: Crossing,
    /// To what.
    pub ingress_to: Destination,
}

/// One rule about who may go out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EgressPolicy {
    /// At most 100 characters.
    #[serde(skip_serializing_if = "is_empty")]
    pub title: String,
    /// Who.
    pub egress_from: Crossing,
    /// To what.
    pub egress_to: Destination,
}

/// Who crosses a perimeter, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Crossing {
    /// Members such as `serviceAccount:…`, `principal://…` or `principalSet://…`.
    #[serde(skip_serializing_if = "is_empty")]
    pub identities: BTreeSet<String>,
    /// `ANY_IDENTITY`, `ANY_USER_ACCOUNT` or `ANY_SERVICE_ACCOUNT` in place of a list.
    #[serde(skip_serializing_if = "is_empty")]
    pub identity_type: String,
    /// From where.
    #[serde(skip_serializing_if = "is_empty")]
    pub sources: Vec<Source>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where a call comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// An access level, or `*` for everywhere.
    #[serde(skip_serializing_if = "is_empty")]
    pub access_level: String,
    /// A project or network.
    #[serde(skip_serializing_if = "is_empty")]
    pub resource: String,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a crossing leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Destination {
    /// Projects, as `projects/NUMBER`, or `*`.
    #[serde(skip_serializing_if = "is_empty")]
    pub resources: BTreeSet<String>,
    /// What may be called.
    #[serde(skip_serializing_if = "is_empty")]
    pub operations: Vec<ApiOperation>,
    /// Everything else, for example roles.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Methods of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApiOperation {
    /// The API, or `*`.
    pub service_name: String,
    /// Its methods or permissions.
    #[serde(skip_serializing_if = "is_empty")]
    pub method_selectors: Vec<MethodSelector>,
}

/// A method or a permission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MethodSelector {
    /// A method, or `*`.
    #[serde(skip_serializing_if = "is_empty")]
    pub method: String,
    /// A permission.
    #[serde(skip_serializing_if = "is_empty")]
    pub permission: String,
}

/// A perimeter as Google has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Perimeter {
    /// The full name.
    pub name: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: PerimeterSpec,
    /// `PERIMETER_TYPE_REGULAR`, which is also what absence means, or `PERIMETER_TYPE_BRIDGE`.
    #[serde(default)]
    pub perimeter_type: String,
    /// Which state of it this is.
    #[serde(default)]
    pub etag: String,
}

/// An access policy: what perimeters lie in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccessPolicy {
    /// `accessPolicies/NUMBER`.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub title: String,
    /// The projects and folders that it is about; none is the whole organisation.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A page of access policies.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessPolicies {
    /// The policies.
    #[serde(rename = "accessPolicies")]
    pub items: Vec<AccessPolicy>,
    /// Asks for the next page, unless empty.
    pub next_page_token: String,
}

impl PerimeterSpec {
    /// The update mask that makes `live` so.
    pub fn difference(&self, live: &Self) -> Vec<&'static str> {
        let fields = [
            ("title", self.title != live.title),
            ("description", self.description != live.description),
            ("status", self.status != live.status),
            ("spec", self.spec != live.spec),
            ("useExplicitDryRunSpec", self.use_explicit_dry_run_spec != live.use_explicit_dry_run_spec),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

/// Lists the access policies of an organisation, given by its number.
pub fn list_policies(organization: &str, page_token: &str) -> Request<AccessPolicies> {
    let path = Path::new("v1").literal("accessPolicies");
    let request = Request::get(Api::AccessContextManager, path)
        .about("list", format_args!("the access policies of organization {organization}"))
        .needs(&["accesscontextmanager.policies.list"])
        .query("parent", format_args!("organizations/{organization}"));
    if page_token.is_empty() { request } else { request.query("pageToken", page_token) }
}

/// Reads a perimeter.
pub fn get(name: &PerimeterName) -> Request<Perimeter> {
    about(Request::get(Api::AccessContextManager, name.path()), "read", name)
        .needs(&["accesscontextmanager.servicePerimeters.get"])
        .quota(Quota::Read(Api::AccessContextManager))
}

/// Creates a perimeter.
pub fn create(name: &PerimeterName, spec: &PerimeterSpec) -> Request<Operation> {
    let mut body = json!(spec);
    body["name"] = json!(name.to_string());
    body["perimeterType"] = json!("PERIMETER_TYPE_REGULAR");
    about(Request::post(Api::AccessContextManager, name.collection()), "create", name)
        .needs(&["accesscontextmanager.servicePerimeters.create"])
        .json(&body)
}

/// Sets the fields that `mask` names, unless somebody changed the perimeter since the state that `etag` names.
pub fn update(name: &PerimeterName, spec: &PerimeterSpec, mask: &[&str], etag: &str) -> Request<Operation> {
    let mut body = json!(spec);
    body["name"] = json!(name.to_string());
    if !etag.is_empty() {
        body["etag"] = json!(etag);
    }
    about(Request::patch(Api::AccessContextManager, name.path()), "update", name)
        .needs(&["accesscontextmanager.servicePerimeters.update"])
        .query("updateMask", mask.join(","))
        .json(&body)
}

/// Deletes a perimeter.
pub fn delete(name: &PerimeterName) -> Request<Operation> {
    about(Request::delete(Api::AccessContextManager, name.path()), "delete", name)
        .needs(&["accesscontextmanager.servicePerimeters.delete"])
}

fn about<T>(request: Request<T>, operation: &'static str, name: &PerimeterName) -> Request<T> {
    request.about(operation, format_args!("service perimeter {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    fn spec() -> PerimeterSpec {
        let ingress = IngressPolicy {
            title: "token exchange".into(),
            ingress_from: Crossing {
                identities: BTreeSet::from(["principal://x".into()]),
                sources: vec![Source { access_level: "*".into(), ..Source::default() }],
                ..Crossing::default()
            },
            ingress_to: Destination {
                resources: BTreeSet::from(["projects/1".into()]),
                operations: vec![ApiOperation {
                    service_name: "sts.googleapis.com".into(),
                    method_selectors: vec![MethodSelector { method: "*".into(), ..MethodSelector::default() }],
                }],
                ..Destination::default()
            },
        };
        let status = PerimeterConfig {
            resources: BTreeSet::from(["projects/1".into()]),
            restricted_services: BTreeSet::from(["aiplatform.googleapis.com".into()]),
            ingress_policies: vec![ingress],
            ..PerimeterConfig::default()
        };
        PerimeterSpec { title: "vertex".into(), status, ..PerimeterSpec::default() }
    }

    #[test]
    fn urls_and_bodies() {
        let name = PerimeterName::new("123", "vertex");
        let base = "https://accesscontextmanager.googleapis.com/v1/accessPolicies";
        let create = create(&name, &spec());
        assert_eq!(create.url(&Endpoints::official()).unwrap().as_str(), format!("{base}/123/servicePerimeters"));
        assert_eq!(
            create.body().unwrap(),
            &json!({"name": "accessPolicies/123/servicePerimeters/vertex", "title": "vertex",
                "perimeterType": "PERIMETER_TYPE_REGULAR",
                "status": {"resources": ["projects/1"], "restrictedServices": ["aiplatform.googleapis.com"],
                    "ingressPolicies": [{"title": "token exchange",
                        "ingressFrom": {"identities": ["principal://x"], "sources": [{"accessLevel": "*"}]},
                        "ingressTo": {"resources": ["projects/1"], "operations": [
                            {"serviceName": "sts.googleapis.com", "methodSelectors": [{"method": "*"}]}]}}]}})
        );
        let update = update(&name, &spec(), &["status"], "e-1");
        assert_eq!(
            update.url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}/123/servicePerimeters/vertex?updateMask=status")
        );
        assert_eq!(update.body().unwrap()["etag"], json!("e-1"));
        assert_eq!(
            list_policies("9", "").url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}?parent=organizations%2F9")
        );
    }

    #[test]
    fn order_is_no_difference_and_what_is_unknown_is_one() {
        let mut body = json!(spec());
        body["name"] = json!("accessPolicies/123/servicePerimeters/vertex");
        body["etag"] = json!("e-1");
        body["status"]["vpcAccessibleServices"] = json!({});
        let live: Perimeter = serde_json::from_value(body.clone()).unwrap();
        assert!(spec().difference(&live.spec).is_empty());
        body["status"]["newLoophole"] = json!(true);
        body["useExplicitDryRunSpec"] = json!(true);
        let live: Perimeter = serde_json::from_value(body).unwrap();
        assert_eq!(spec().difference(&live.spec), ["status", "useExplicitDryRunSpec"]);
    }
}
