//! Workload identity pools.

use serde::{Deserialize, Serialize};

use super::{Operation, PoolName, State, is_empty};
use crate::api::{Api, Quota};
use crate::request::{Path, Request};

/// What can be set on a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PoolSpec {
    /// At most 32 characters.
    #[serde(skip_serializing_if = "is_empty")]
    pub display_name: String,
    /// At most 256 characters.
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
    /// A disabled pool exchanges no token, and tokens already issued stop working.
    #[serde(skip_serializing_if = "is_empty")]
    pub disabled: bool,
}

impl PoolSpec {
    /// The update mask that makes `live` so.
    pub fn difference(&self, live: &Self) -> Vec<&'static str> {
        let fields = [
            ("displayName", self.display_name != live.display_name),
            ("description", self.description != live.description),
            ("disabled", self.disabled != live.disabled),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

/// A pool as Google has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
    /// The full name; it holds the project's number or id, as Google likes.
    pub name: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: PoolSpec,
    /// Active or soft-deleted.
    #[serde(default)]
    pub state: State,
    /// When a soft-deleted pool goes for good.
    #[serde(default)]
    pub expire_time: Option<String>,
    /// `FEDERATION_ONLY`, `TRUST_DOMAIN` or `SYSTEM_TRUST_DOMAIN`.
    #[serde(default)]
    pub mode: Option<String>,
}

impl Pool {
    /// Whether it is soft-deleted.
    pub fn is_deleted(&self) -> bool {
        self.state == State::Deleted
    }
}

/// A page of pools.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pools {
    /// The pools.
    #[serde(rename = "workloadIdentityPools")]
    pub items: Vec<Pool>,
    /// Asks for the next page, unless empty.
    pub next_page_token: String,
}

/// Reads a pool, also a soft-deleted one.
pub fn get(name: &PoolName) -> Request<Pool> {
    about(Request::get(Api::Iam, name.path()), "read", name)
        .needs(&["iam.workloadIdentityPools.get"])
        .quota(Quota::FederationRead)
}

/// Lists a project's pools, soft-deleted ones included.
pub fn list(project: &str, page_token: &str) -> Request<Pools> {
    let request = Request::get(Api::Iam, PoolName::new(project, "").collection())
        .about("list", format_args!("the workload identity pools of project {project}"))
        .needs(&["iam.workloadIdentityPools.list"])
        .quota(Quota::FederationRead)
        .query("showDeleted", true);
    if page_token.is_empty() { request } else { request.query("pageToken", page_token) }
}

/// Creates a pool.
pub fn create(name: &PoolName, spec: &PoolSpec) -> Request<Operation> {
    write(Request::post(Api::Iam, name.collection()), "create", name)
        .needs(&["iam.workloadIdentityPools.create"])
        .query("workloadIdentityPoolId", &name.pool)
        .json(spec)
}

/// Sets the fields that `mask` names, for example `["description", "disabled"]`.
pub fn update(name: &PoolName, spec: &PoolSpec, mask: &[&str]) -> Request<Operation> {
    write(Request::patch(Api::Iam, name.path()), "update", name)
        .needs(&["iam.workloadIdentityPools.update"])
        .query("updateMask", mask.join(","))
        .json(spec)
}

/// Soft-deletes a pool and everything in it.
pub fn delete(name: &PoolName) -> Request<Operation> {
    write(Request::delete(Api::Iam, name.path()), "delete", name).needs(&["iam.workloadIdentityPools.delete"])
}

/// Brings a soft-deleted pool back, with its providers' old settings and the tokens issued before.
pub fn undelete(name: &PoolName) -> Request<Operation> {
    let path: Path = name.path().verb("undelete");
    write(Request::post(Api::Iam, path), "undelete", name)
        .needs(&["iam.workloadIdentityPools.undelete"])
        .json(&serde_json::json!({}))
}

fn write<T>(request: Request<T>, operation: &'static str, name: &PoolName) -> Request<T> {
    about(request, operation, name).quota(Quota::FederationWrite)
}

fn about<T>(request: Request<T>, operation: &'static str, name: &PoolName) -> Request<T> {
    request.about(operation, format_args!("workload identity pool {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;
    use crate::request::Method;
    use serde_json::json;

    fn line<T>(request: &Request<T>) -> String {
        format!("{} {}", request.method().as_str(), request.url(&Endpoints::official()).unwrap())
    }

    #[test]
    fn urls_and_bodies() {
        let name = PoolName::new("my-proj", "team-a");
        let base = "https://iam.googleapis.com/v1/projects/my-proj/locations/global/workloadIdentityPools";
        assert_eq!(line(&get(&name)), format!("GET {base}/team-a"));
        assert_eq!(line(&list("my-proj", "")), format!("GET {base}?showDeleted=true"));
        assert_eq!(line(&delete(&name)), format!("DELETE {base}/team-a"));
        assert_eq!(line(&undelete(&name)), format!("POST {base}/team-a:undelete"));
        let spec = PoolSpec { display_name: "Team A".into(), ..PoolSpec::default() };
        let create = create(&name, &spec);
        assert_eq!(line(&create), format!("POST {base}?workloadIdentityPoolId=team-a"));
        assert_eq!(create.body().unwrap(), &json!({"displayName": "Team A"}));
        assert_eq!((create.method(), create.is_idempotent()), (Method::Post, false));
        assert_eq!(create.permissions(), ["iam.workloadIdentityPools.create"]);
        let update = update(&name, &PoolSpec { disabled: true, ..spec }, &["displayName", "disabled"]);
        assert_eq!(line(&update), format!("PATCH {base}/team-a?updateMask=displayName%2Cdisabled"));
        assert_eq!(update.body().unwrap(), &json!({"displayName": "Team A", "disabled": true}));
    }

    #[test]
    fn a_pool_is_read_with_unknown_fields_and_states() {
        let pool: Pool = serde_json::from_value(json!({
            "name": "projects/1/locations/global/workloadIdentityPools/x", "state": "DELETED",
            "expireTime": "2026-01-01T00:00:00Z", "mode": "FEDERATION_ONLY", "inlineTrustConfig": {}}))
        .unwrap();
        assert!(pool.is_deleted());
        assert_eq!(pool.spec, PoolSpec::default());
        let pool: Pool = serde_json::from_value(json!({"name": "x", "state": "FROZEN", "disabled": true})).unwrap();
        assert_eq!((pool.state, pool.spec.disabled), (State::Unspecified, true));
        assert!(serde_json::from_value::<Pool>(json!({})).is_err());
    }
}
