//! Applications of Microsoft Entra, by Microsoft Graph: what a workload asks a token for, or acts as.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::ClaimsMatchingExpression;
use crate::api::{Api, Quota};
use crate::request::{Empty, Path, Request};

/// What can be set on an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationSpec {
    /// For people; need not be unique.
    pub display_name: String,
    /// The URIs that tokens can be asked for by; each is unique in the tenant.
    pub identifier_uris: Vec<String>,
    /// `AzureADMyOrg` unless other tenants may use it.
    #[serde(deserialize_with = "or_empty")]
    pub sign_in_audience: String,
    /// For people and tools.
    #[serde(deserialize_with = "or_empty")]
    pub description: String,
    /// Tags.
    pub tags: Vec<String>,
    /// How its tokens are made.
    pub api: ApplicationApi,
}

/// How an application's tokens are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationApi {
    /// 1 or 2; absent means 1. Tokens of version 1 name `https://sts.windows.net/TENANT/` as their issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_access_token_version: Option<i32>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An application as Entra has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// The object's id, which calls name it by.
    pub id: String,
    /// The client id, which workloads name it by.
    pub app_id: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: ApplicationSpec,
    /// When it was deleted, if it was.
    #[serde(default)]
    pub deleted_date_time: Option<String>,
}

/// An application's face in a tenant, without which no token can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// The object's id, which roles are assigned to.
    pub id: String,
    /// The application's client id.
    pub app_id: String,
    /// Whether it may be used.
    #[serde(default)]
    pub account_enabled: Option<bool>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// Which foreign tokens may act as an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationCredentialSpec {
    /// The credential's name, fixed once it exists.
    pub name: String,
    /// The issuer, exactly as it stands in its tokens.
    pub issuer: String,
    /// The subject, exactly; absent where an expression takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Exactly one.
    pub audiences: Vec<String>,
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_empty")]
    pub description: String,
    /// Which subjects are accepted, in place of one subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_matching_expression: Option<ClaimsMatchingExpression>,
}

/// Such a credential as Entra has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ApplicationCredential {
    /// Its id.
    pub id: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: ApplicationCredentialSpec,
}

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Page<T> {
    /// The items.
    #[serde(default = "Vec::new")]
    pub value: Vec<T>,
    /// The URL of the next page.
    #[serde(rename = "@odata.nextLink", default)]
    pub next_link: Option<String>,
}

impl ApplicationSpec {
    /// The fields in which `live` is otherwise, and which a PATCH with the same names changes.
    pub fn difference(&self, live: &Self) -> Vec<&'static str> {
        let audience = |spec: &Self| {
            if spec.sign_in_audience.is_empty() { MY_ORG.to_owned() } else { spec.sign_in_audience.clone() }
        };
        let version = |spec: &Self| spec.api.requested_access_token_version.unwrap_or(1);
        let fields = [
            ("displayName", self.display_name != live.display_name),
            ("identifierUris", self.identifier_uris != live.identifier_uris),
            ("signInAudience", audience(self) != audience(live)),
            ("description", self.description != live.description),
            ("tags", self.tags != live.tags),
            ("api", version(self) != version(live)),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    fn body(&self) -> Value {
        let mut body = json!(self);
        if self.sign_in_audience.is_empty() {
            body["signInAudience"] = json!(MY_ORG);
        }
        if self.description.is_empty() {
            body["description"] = Value::Null;
        }
        body
    }
}

const MY_ORG: &str = "AzureADMyOrg";
/// Reads applications. Whoever manages them reads them, too, but for the deleted ones.
const READ: &[&str] = &["Application.Read.All"];
/// The caller owns what it makes, so the narrow permission is enough to change it later.
const WRITE: &[&str] = &[MANAGE];
const MANAGE: &str = "Application.ReadWrite.OwnedBy";

/// Reads an application by its object id.
pub fn get(id: &str) -> Request<Application> {
    about(Request::get(Api::MicrosoftGraph, applications().segment(id)), "read", id).needs(READ).or(MANAGE)
}

/// Finds the applications that an identifier URI names, of which there is at most one.
pub fn by_identifier_uri(uri: &str) -> Request<Page<Application>> {
    find("identifierUris/any(u:u eq", uri, ")")
}

/// Finds the applications that carry a tag.
pub fn by_tag(tag: &str) -> Request<Page<Application>> {
    find("tags/any(t:t eq", tag, ")")
}

/// Finds the application of a client id.
pub fn by_app_id(app_id: &str) -> Request<Page<Application>> {
    find("appId eq", app_id, "")
}

/// Creates an application.
pub fn create(spec: &ApplicationSpec) -> Request<Application> {
    about(Request::post(Api::MicrosoftGraph, applications()), "create", &spec.display_name)
        .needs(WRITE)
        .json(&spec.body())
}

/// Sets the fields that `mask` names.
pub fn update(id: &str, spec: &ApplicationSpec, mask: &[&str]) -> Request<Empty> {
    let all = spec.body();
    let body: Map<String, Value> = mask.iter().map(|field| ((*field).to_owned(), all[*field].clone())).collect();
    about(Request::patch(Api::MicrosoftGraph, applications().segment(id)), "update", id).needs(WRITE).json(&body)
}

/// Deletes an application softly: for 30 days it can be restored, and its identifier URIs stay taken.
pub fn delete(id: &str) -> Request<Empty> {
    about(Request::delete(Api::MicrosoftGraph, applications().segment(id)), "delete", id).needs(WRITE)
}

/// Lists the deleted applications. Graph filters them by hardly anything, so the caller does.
pub fn deleted() -> Request<Page<Application>> {
    Request::get(Api::MicrosoftGraph, deleted_items().literal("microsoft.graph.application"))
        .about("list", "the deleted applications")
        .needs(READ)
}

/// Reads a deleted application by its object id.
pub fn get_deleted(id: &str) -> Request<Application> {
    about(Request::get(Api::MicrosoftGraph, deleted_items().segment(id)), "read the deleted", id).needs(READ)
}

/// Brings a deleted application back.
pub fn restore(id: &str) -> Request<Application> {
    let path = deleted_items().segment(id).literal("restore");
    about(Request::post(Api::MicrosoftGraph, path), "restore", id).needs(WRITE).json(&json!({}))
}

/// Deletes a deleted application for good.
pub fn purge(id: &str) -> Request<Empty> {
    about(Request::delete(Api::MicrosoftGraph, deleted_items().segment(id)), "delete for good", id).needs(WRITE)
}

/// Finds the service principal of an application in this tenant.
pub fn service_principal_of(app_id: &str) -> Request<Page<ServicePrincipal>> {
    Request::get(Api::MicrosoftGraph, service_principals())
        .query("$filter", format_args!("appId eq '{}'", quoted(app_id)))
        .about("find", format_args!("the service principal of application {app_id}"))
        .needs(READ)
        .or(MANAGE)
}

/// Creates an application's service principal.
pub fn create_service_principal(app_id: &str, tags: &[String]) -> Request<ServicePrincipal> {
    Request::post(Api::MicrosoftGraph, service_principals())
        .about("create", format_args!("the service principal of application {app_id}"))
        .needs(WRITE)
        .json(&json!({ "appId": app_id, "tags": tags }))
}

/// Deletes a service principal.
pub fn delete_service_principal(id: &str) -> Request<Empty> {
    Request::delete(Api::MicrosoftGraph, service_principals().segment(id))
        .about("delete", format_args!("service principal {id}"))
        .needs(WRITE)
}

/// Lists an application's federated credentials.
pub fn credentials(application: &str) -> Request<Page<ApplicationCredential>> {
    Request::get(Api::MicrosoftGraph, credential_collection(application))
        .about("list", format_args!("the federated credentials of application {application}"))
        .needs(READ)
        .or(MANAGE)
}

/// Creates a federated credential.
pub fn create_credential(application: &str, spec: &ApplicationCredentialSpec) -> Request<ApplicationCredential> {
    Request::post(Api::MicrosoftGraph, credential_collection(application))
        .about("create", format_args!("federated credential {} of application {application}", spec.name))
        .needs(WRITE)
        .json(spec)
}

/// Replaces everything about a federated credential but its name.
pub fn update_credential(application: &str, id: &str, spec: &ApplicationCredentialSpec) -> Request<Empty> {
    let mut body = json!(spec);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("name");
    }
    Request::patch(Api::MicrosoftGraph, credential_collection(application).segment(id))
        .about("update", format_args!("federated credential {} of application {application}", spec.name))
        .needs(WRITE)
        .json(&body)
}

/// Deletes a federated credential.
pub fn delete_credential(application: &str, id: &str) -> Request<Empty> {
    Request::delete(Api::MicrosoftGraph, credential_collection(application).segment(id))
        .about("delete", format_args!("federated credential {id} of application {application}"))
        .needs(WRITE)
}

fn find(before: &str, value: &str, after: &str) -> Request<Page<Application>> {
    Request::get(Api::MicrosoftGraph, applications())
        .query("$filter", format_args!("{before} '{}'{after}", quoted(value)))
        .about("find", format_args!("application {value}"))
        .needs(READ)
        .or(MANAGE)
        .quota(Quota::Read(Api::MicrosoftGraph))
}

fn applications() -> Path {
    Path::new("v1.0").literal("applications")
}

fn service_principals() -> Path {
    Path::new("v1.0").literal("servicePrincipals")
}

fn deleted_items() -> Path {
    Path::new("v1.0").literal("directory").literal("deletedItems")
}

fn credential_collection(application: &str) -> Path {
    applications().segment(application).literal("federatedIdentityCredentials")
}

fn about<T>(request: Request<T>, operation: &'static str, application: &str) -> Request<T> {
    request.about(operation, format_args!("application {application}"))
}

/// A quote in OData is written twice.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

/// Graph writes null where there is no text.
fn or_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    fn spec() -> ApplicationSpec {
        ApplicationSpec {
            display_name: "Vertex".into(),
            identifier_uris: vec!["api://vertex".into()],
            tags: vec!["crosscloud/me/t".into()],
            api: ApplicationApi { requested_access_token_version: Some(2), rest: Map::new() },
            ..ApplicationSpec::default()
        }
    }

    #[test]
    fn urls_and_bodies() {
        let base = "https://graph.microsoft.com/v1.0";
        assert_eq!(
            create(&spec()).body().unwrap(),
            &json!({"displayName": "Vertex", "identifierUris": ["api://vertex"], "signInAudience": "AzureADMyOrg",
                "description": null, "tags": ["crosscloud/me/t"], "api": {"requestedAccessTokenVersion": 2}})
        );
        assert_eq!(
            update("1", &spec(), &["tags", "description"]).body().unwrap(),
            &json!({"tags": ["crosscloud/me/t"], "description": null})
        );
        assert_eq!(
            by_identifier_uri("api://it's").url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}/applications?%24filter=identifierUris%2Fany%28u%3Au%20eq%20%27api%3A%2F%2Fit%27%27s%27%29")
        );
        assert_eq!(
            restore("1").url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}/directory/deletedItems/1/restore")
        );
        let credential = ApplicationCredentialSpec { name: "n".into(), issuer: "i".into(), ..Default::default() };
        assert_eq!(update_credential("1", "2", &credential).body().unwrap(), &json!({"issuer": "i", "audiences": []}));
    }

    #[test]
    fn an_application_is_read_and_compared() {
        let live: Application = serde_json::from_value(json!({
            "id": "1", "appId": "2", "displayName": "Vertex", "identifierUris": ["api://vertex"], "description": null,
            "signInAudience": "AzureADMyOrg", "tags": [], "web": {}, "deletedDateTime": null,
            "api": {"requestedAccessTokenVersion": null, "oauth2PermissionScopes": []}}))
        .unwrap();
        assert_eq!(spec().difference(&live.spec), ["tags", "api"]);
        let page: Page<Application> =
            serde_json::from_value(json!({"value": [], "@odata.nextLink": "https://x"})).unwrap();
        assert_eq!(page.next_link.as_deref(), Some("https://x"));
    }
}
