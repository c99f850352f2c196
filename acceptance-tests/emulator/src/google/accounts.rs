//! Service accounts.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Map, Value, json};

use super::access;
use super::iam::{body, paged};
use super::policy::{self, Policy};
use super::projects::{Project, policy_name as project_policy};
use super::refusal::{denied, exists, invalid_with_violation, not_found};
use super::schema::{self, Field, Kind};
use super::services::sha_digits;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::seed::SeedServiceAccount;
use crate::state::life::Life;
use crate::state::world::{World, details};

/// The fields of a service account.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Output),
    Field("projectId", Kind::Output),
    Field("uniqueId", Kind::Output),
    Field("email", Kind::Output),
    Field("etag", Kind::Output),
    Field("oauth2ClientId", Kind::Output),
    Field("disabled", Kind::Output),
    Field("displayName", Kind::Text),
    Field("description", Kind::Text),
];
/// The body of `serviceAccounts.create`.
pub(crate) const CREATE: &[Field] = &[Field("accountId", Kind::Text), Field("serviceAccount", Kind::Message(FIELDS))];
/// The body of `serviceAccounts.patch`.
pub(crate) const PATCH: &[Field] = &[Field("serviceAccount", Kind::Message(FIELDS)), Field("updateMask", Kind::Text)];

/// A service account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) unique_id: String,
    pub(crate) email: String,
    pub(crate) project: String,
    pub(crate) disabled: bool,
    /// The public halves of its keys, by id.
    pub(crate) keys: BTreeMap<String, Jwk>,
    fields: Map<String, Value>,
    revision: u64,
    pub(crate) life: Life,
}

impl Account {
    /// The full name that the account's own policy is kept under. A namesake made later has another.
    pub(crate) fn policy_name(&self) -> String {
        format!("//iam.googleapis.com/projects/{}/serviceAccounts/{}", self.project, self.unique_id)
    }

    /// Its resource name.
    pub(crate) fn name(&self) -> String {
        format!("projects/{}/serviceAccounts/{}", self.project, self.email)
    }

    fn shown(&self) -> Value {
        let mut shown = schema::without_defaults(&self.fields);
        shown.insert(String::from("name"), json!(self.name()));
        shown.insert(String::from("projectId"), json!(self.project));
        shown.insert(String::from("uniqueId"), json!(self.unique_id));
        shown.insert(String::from("email"), json!(self.email));
        shown.insert(String::from("etag"), json!(STANDARD.encode(self.revision.to_be_bytes())));
        shown.insert(String::from("oauth2ClientId"), json!(self.unique_id));
        if self.disabled {
            shown.insert(String::from("disabled"), json!(true));
        }
        Value::Object(shown)
    }
}

/// Puts a service account of the seed into the world.
pub(crate) fn plant(world: &mut World, project: &str, seed: &SeedServiceAccount) {
    let mut fields = Map::new();
    if let Some(name) = &seed.display_name {
        fields.insert(String::from("displayName"), json!(name));
    }
    let account = new_account(world, project, &seed.account_id, fields, true);
    let grants: Vec<_> = seed.bindings.iter().map(|binding| (binding.role.clone(), binding.members.clone())).collect();
    let revision = world.next_number();
    world.google.policies.insert(account.policy_name(), Policy::seeded(grants, revision));
    world.google.accounts.insert(account.unique_id.clone(), account);
}

/// `serviceAccounts.create`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "iam.serviceAccounts.create")?;
    let mut body = body(call, CREATE, "")?;
    let id = body.get("accountId").and_then(Value::as_str).unwrap_or_default().to_owned();
    check_id(&id)?;
    let fields = match body.remove("serviceAccount") {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    check(&fields)?;
    let email = email(&project.id, &id);
    if world.google.accounts.values().any(|account| account.email == email && account.life.is_live()) {
        return Err(exists(format!("Service account {id} already exists within project projects/{}.", project.id)));
    }
    let held = world.google.accounts.values().filter(|account| account.project == project.id && account.life.is_live());
    if held.count() >= project.account_quota {
        return Err(Refusal::new(429, "RESOURCE_EXHAUSTED", "Maximum number of service accounts on project reached."));
    }
    let account = new_account(world, &project.id, &id, fields, false);
    let shown = account.shown();
    world.google.accounts.insert(account.unique_id.clone(), account);
    Ok(Answer::json(&shown))
}

/// `serviceAccounts.list`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "iam.serviceAccounts.list")?;
    let now = world.now();
    let mut accounts: Vec<&Account> = world.google.accounts.values().collect();
    accounts.retain(|account| account.project == project.id && account.life.is_live() && account.life.is_visible(now));
    accounts.sort_by(|one, other| one.email.cmp(&other.email));
    paged(call, "accounts", accounts.into_iter().map(Account::shown).collect(), 20, 100)
}

/// `serviceAccounts.get`.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(&found(world, call, "iam.serviceAccounts.get")?.shown()))
}

/// `serviceAccounts.patch`.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut account = found(world, call, "iam.serviceAccounts.update")?;
    let body = body(call, PATCH, "")?;
    let paths = schema::mask(body.get("updateMask").and_then(Value::as_str), FIELDS)?;
    let empty = Map::new();
    let patch = body.get("serviceAccount").and_then(Value::as_object).unwrap_or(&empty);
    schema::apply(&mut account.fields, patch, &paths);
    stored(world, account)
}

/// `serviceAccounts.update`, the older form that takes the whole account.
pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut account = found(world, call, "iam.serviceAccounts.update")?;
    account.fields = body(call, FIELDS, "service_account")?;
    stored(world, account)
}

/// `serviceAccounts.delete`. Bindings elsewhere stay, under the account's deleted name, and mean nobody.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut account = found(world, call, "iam.serviceAccounts.delete")?;
    account.life.deleted_at = Some(world.now());
    policy::rename_member(world, &member(&account), &deleted_member(&account));
    world.google.accounts.insert(account.unique_id.clone(), account);
    Ok(Answer::json(&json!({})))
}

/// `serviceAccounts.undelete`, by unique id.
pub(crate) fn undelete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    body(call, &[], "")?;
    let id = call.param("account");
    let account = world.google.accounts.get(id).filter(|account| !account.life.is_live()).cloned();
    let project = authorised_project(world, call, account.as_ref(), "iam.serviceAccounts.undelete")?;
    let Some(mut account) = account.filter(|account| account.project == project.id) else {
        return Err(not_found(format!("Unknown service account: {id}.")));
    };
    if world.google.accounts.values().any(|other| other.email == account.email && other.life.is_live()) {
        return Err(exists(format!("A service account {} exists already.", account.email)));
    }
    account.life.deleted_at = None;
    policy::rename_member(world, &deleted_member(&account), &member(&account));
    let shown = account.shown();
    world.google.accounts.insert(account.unique_id.clone(), account);
    Ok(Answer::json(&json!({ "restoredAccount": shown })))
}

/// `serviceAccounts.enable`.
pub(crate) fn enable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    switch(world, call, "iam.serviceAccounts.enable", false)
}

/// `serviceAccounts.disable`.
pub(crate) fn disable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    switch(world, call, "iam.serviceAccounts.disable", true)
}

/// `serviceAccounts.getIamPolicy`, whose options are in the query.
pub(crate) fn get_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let account = found(world, call, "iam.serviceAccounts.getIamPolicy")?;
    body(call, &[], "")?;
    policy::read(world, &account.policy_name(), policy::version_from_query(call)?)
}

/// `serviceAccounts.setIamPolicy`.
pub(crate) fn set_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let account = found(world, call, "iam.serviceAccounts.setIamPolicy")?;
    policy::write(world, call, &account.policy_name())
}

/// `serviceAccounts.testIamPermissions`.
pub(crate) fn test_permissions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let account = found(world, call, "")?;
    policy::test(world, call, &policies(&account))
}

/// The live account with that e-mail address or unique id.
pub(crate) fn live<'a>(world: &'a World, reference: &str) -> Option<&'a Account> {
    let now = world.now();
    world
        .google
        .accounts
        .values()
        .find(|account| {
            (account.email.eq_ignore_ascii_case(reference) || account.unique_id == reference) && account.life.is_live()
        })
        .filter(|account| account.life.is_visible(now))
}

/// The policies that decide about an account: its own and its project's.
pub(crate) fn policies(account: &Account) -> [String; 2] {
    [account.policy_name(), project_policy(&account.project)]
}

/// All accounts, for the control API.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let accounts = world.google.accounts.values().map(|account| Object {
        kind: "gcp/service_account",
        id: account.name(),
        state: account.life.state(),
        seeded: account.life.seeded,
        details: details([("unique_id", json!(account.unique_id)), ("resource", account.shown())]),
    });
    accounts.collect()
}

/// The account in the path, for a caller who holds the permission on it or on its project.
/// Below `projects/-` an account that does not exist looks like one that the caller may not see.
pub(crate) fn found(world: &World, call: &Call<'_>, permission: &str) -> Result<Account, Refusal> {
    let account = live(world, call.param("account"));
    let project = authorised_project(world, call, account, permission)?;
    match account {
        Some(account) if account.project == project.id => Ok(account.clone()),
        _ => Err(not_found(format!("Unknown service account: {}.", call.param("account")))),
    }
}

/// Puts a changed account back.
pub(crate) fn keep(world: &mut World, account: Account) {
    world.google.accounts.insert(account.unique_id.clone(), account);
}

fn authorised_project(
    world: &World,
    call: &Call<'_>,
    account: Option<&Account>,
    permission: &str,
) -> Result<Project, Refusal> {
    let caller = access::caller(world, call)?;
    let project = match (call.param("project"), account) {
        ("-", Some(account)) => &account.project,
        ("-", None) => return Err(denied(call.api, permission, &access::resource(call))),
        (project, _) => project,
    };
    let project = access::existing_project(world, call, project, permission)?;
    access::service_on(world, call, &project, permission)?;
    let names = account.map_or_else(|| vec![project_policy(&project.id)], |account| policies(account).to_vec());
    if permission.is_empty() || policy::allows(world, &names, &caller, permission) {
        return Ok(project);
    }
    Err(denied(call.api, permission, &access::resource(call)))
}

fn switch(world: &mut World, call: &Call<'_>, permission: &str, disabled: bool) -> Result<Answer, Refusal> {
    let mut account = found(world, call, permission)?;
    body(call, &[], "")?;
    account.disabled = disabled;
    world.google.accounts.insert(account.unique_id.clone(), account);
    Ok(Answer::json(&json!({})))
}

fn stored(world: &mut World, mut account: Account) -> Result<Answer, Refusal> {
    check(&account.fields)?;
    account.revision = world.next_number();
    let shown = account.shown();
    world.google.accounts.insert(account.unique_id.clone(), account);
    Ok(Answer::json(&shown))
}

fn new_account(world: &mut World, project: &str, id: &str, fields: Map<String, Value>, seeded: bool) -> Account {
    let revision = world.next_number();
    Account {
        unique_id: sha_digits(&format!("{project} {id} {revision}")),
        email: email(project, id),
        project: project.to_owned(),
        disabled: false,
        keys: BTreeMap::new(),
        fields,
        revision,
        life: Life { deleted_at: None, visible_from: world.visible_from(), seeded },
    }
}

fn email(project: &str, id: &str) -> String {
    format!("{id}@{project}.iam.gserviceaccount.com")
}

fn member(account: &Account) -> String {
    format!("serviceAccount:{}", account.email)
}

fn deleted_member(account: &Account) -> String {
    format!("deleted:serviceAccount:{}?uid={}", account.email, account.unique_id)
}

fn check_id(id: &str) -> Result<(), Refusal> {
    let bytes = id.as_bytes();
    let good = (6..=30).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(|byte| *byte != b'-')
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
    if good {
        return Ok(());
    }
    Err(invalid_with_violation(
        "account_id",
        &format!("'{id}' is not a service account id: 6 to 30 characters, [a-z]([-a-z0-9]*[a-z0-9])."),
    ))
}

fn check(fields: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, field, limit) in [("displayName", "display_name", 100), ("description", "description", 256)] {
        let length = fields.get(name).and_then(Value::as_str).unwrap_or_default().len();
        if length > limit {
            return Err(invalid_with_violation(
                field,
                &format!("The {field} has {length} bytes; at most {limit} are allowed."),
            ));
        }
    }
    Ok(())
}
