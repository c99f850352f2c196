//! Service accounts.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ServiceAccountName, is_empty};
use crate::api::Api;
use crate::request::{Empty, Path, Request};

/// What can be set on a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAccountSpec {
    /// At most 100 bytes.
    #[serde(skip_serializing_if = "is_empty")]
    pub display_name: String,
    /// At most 256 bytes.
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
}

/// A service account as Google has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// The full name.
    pub name: String,
    /// The email, which members and callers use.
    pub email: String,
    /// The number that a re-created account of the same email does not share.
    pub unique_id: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: ServiceAccountSpec,
    /// The project's id.
    #[serde(default)]
    pub project_id: String,
    /// Whether it was switched off.
    #[serde(default)]
    pub disabled: bool,
}

/// What undeleting yields.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undeleted {
    /// The account, with the unique id and the grants that it had.
    pub restored_account: ServiceAccount,
}

impl ServiceAccountSpec {
    /// The update mask that makes `live` so.
    pub fn difference(&self, live: &Self) -> Vec<&'static str> {
        let fields = [
            ("displayName", self.display_name != live.display_name),
            ("description", self.description != live.description),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

/// Reads a service account.
pub fn get(name: &ServiceAccountName) -> Request<ServiceAccount> {
    about(Request::get(Api::Iam, name.path()), "read", name).needs(&["iam.serviceAccounts.get"])
}

/// Creates the account whose email begins with `account_id`.
pub fn create(project: &str, account_id: &str, spec: &ServiceAccountSpec) -> Request<ServiceAccount> {
    let path = Path::new("v1").literal("projects").segment(project).literal("serviceAccounts");
    about(Request::post(Api::Iam, path), "create", &ServiceAccountName::of_id(project, account_id))
        .needs(&["iam.serviceAccounts.create"])
        .json(&json!({ "accountId": account_id, "serviceAccount": spec }))
}

/// Sets the fields that `mask` names; only `displayName` and `description` can be.
pub fn update(name: &ServiceAccountName, spec: &ServiceAccountSpec, mask: &[&str]) -> Request<ServiceAccount> {
    about(Request::patch(Api::Iam, name.path()), "update", name)
        .needs(&["iam.serviceAccounts.update"])
        .json(&json!({ "serviceAccount": spec, "updateMask": mask.join(",") }))
}

/// Deletes the account. Grants to it become dead entries; an account made later under the same email does not get them.
pub fn delete(name: &ServiceAccountName) -> Request<Empty> {
    about(Request::delete(Api::Iam, name.path()), "delete", name).needs(&["iam.serviceAccounts.delete"])
}

/// Brings a deleted account back, which Google promises for 30 days at most and not always. A deleted account is named by its number.
pub fn undelete(project: &str, unique_id: &str) -> Request<Undeleted> {
    let name = ServiceAccountName::new(project, unique_id);
    about(Request::post(Api::Iam, name.path().verb("undelete")), "undelete", &name)
        .needs(&["iam.serviceAccounts.undelete"])
        .json(&json!({}))
}

/// Switches the account on or off.
pub fn set_enabled(name: &ServiceAccountName, enabled: bool) -> Request<Empty> {
    let (verb, operation, permission) = if enabled {
        ("enable", "enable", "iam.serviceAccounts.enable")
    } else {
        ("disable", "disable", "iam.serviceAccounts.disable")
    };
    about(Request::post(Api::Iam, name.path().verb(verb)), operation, name)
        .needs(&[permission])
        .idempotent(true)
        .json(&json!({}))
}

fn about<T>(request: Request<T>, operation: &'static str, name: &ServiceAccountName) -> Request<T> {
    request.about(operation, format_args!("service account {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn urls_and_bodies() {
        let name = ServiceAccountName::of_id("my-proj", "run");
        let base = "https://iam.googleapis.com/v1/projects/my-proj/serviceAccounts";
        let account = format!("{base}/run@my-proj.iam.gserviceaccount.com");
        let url = |request: &Request<Empty>| request.url(&Endpoints::official()).unwrap().to_string();
        assert_eq!(get(&name).url(&Endpoints::official()).unwrap().as_str(), account);
        assert_eq!(url(&delete(&name)), account);
        assert_eq!(url(&set_enabled(&name, false)), format!("{account}:disable"));
        let undelete = undelete("my-proj", "1234").url(&Endpoints::official()).unwrap();
        assert_eq!(undelete.as_str(), format!("{base}/1234:undelete"));
        let spec = ServiceAccountSpec { display_name: "d".into(), description: String::new() };
        let create = create("my-proj", "run", &spec);
        assert_eq!(create.url(&Endpoints::official()).unwrap().as_str(), base);
        assert_eq!(create.body().unwrap(), &json!({"accountId": "run", "serviceAccount": {"displayName": "d"}}));
        let update = update(&name, &spec, &["displayName", "description"]);
        assert_eq!(
            update.body().unwrap(),
            &json!({"serviceAccount": {"displayName": "d"}, "updateMask": "displayName,description"})
        );
    }
}
