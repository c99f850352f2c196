//! Who calls, and what they may. Three questions, in Google's order: is the credential good, is the API switched on in the project,
//! does the caller hold the permission.
//!
//! A bearer token that the emulator issued is its principal, with that principal's grants. Any other token is the operator, the owner of
//! every seeded project, unless the seed gives that token a meaning of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use crosscloud_policy_model::federation::Mapped;

use super::perimeters::enforcement;
use super::policy;
use super::pools::Pool;
use super::projects::{Project, policy_name};
use super::refusal::{denied, service_disabled, unauthenticated};
use crate::http::answer::Refusal;
use crate::http::route::Call;
use crate::seed::{OPERATOR, SeedToken};
use crate::state::clock::Millis;
use crate::state::logs::Entry;
use crate::state::world::World;

/// How every access token that the emulator issues begins, so that one from before a restart is recognised and refused.
const ISSUED: &str = "ya29.emulated.";

/// Permissions whose use reads data, in the sense of audit logs.
const DATA_READ: &[&str] = &[
    "aiplatform.endpoints.predict",
    "cloudkms.cryptoKeyVersions.useToDecrypt",
    "cloudkms.cryptoKeyVersions.useToEncrypt",
    "iam.serviceAccounts.getAccessToken",
    "sts.tokens.exchange",
];

/// Whoever a credential stands for.
#[derive(Debug, Clone)]
pub(crate) enum Principal {
    /// A person, by e-mail address.
    User(String),
    /// A service account, by unique id.
    Account(String),
    /// An identity of a workload identity pool.
    Federated(Arc<Federated>),
    /// One of Google's own service agents, by e-mail address.
    Agent(String),
}

/// What an exchanged token stands for.
#[derive(Debug)]
pub(crate) struct Federated {
    /// Resource name of the pool.
    pub(crate) pool: String,
    pub(crate) mapped: Mapped,
    /// What the token may be used for.
    pub(crate) scopes: Vec<String>,
}

/// The access tokens that were issued.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessTokens {
    issued: BTreeMap<String, Issued>,
}

#[derive(Debug, Clone)]
struct Issued {
    principal: Principal,
    expires_at: Millis,
}

impl World {
    /// Issues an access token.
    pub(crate) fn issue_access_token(&mut self, principal: Principal, expires_at: Millis) -> String {
        let token = format!("{ISSUED}{}", self.next_id("access token"));
        self.google.tokens.issued.insert(token.clone(), Issued { principal, expires_at });
        token
    }
}

/// Whoever the request's bearer token stands for.
pub(crate) fn caller(world: &World, call: &Call<'_>) -> Result<Principal, Refusal> {
    let Some(token) = call.request.bearer() else {
        return Err(unauthenticated(call.api, "CREDENTIALS_MISSING"));
    };
    if let Some(issued) = world.google.tokens.issued.get(token) {
        let stands = world.now() < issued.expires_at && stands(world, &issued.principal);
        return if stands {
            Ok(issued.principal.clone())
        } else {
            Err(unauthenticated(call.api, "ACCESS_TOKEN_EXPIRED"))
        };
    }
    if token.starts_with(ISSUED) {
        return Err(unauthenticated(call.api, "ACCESS_TOKEN_EXPIRED"));
    }
    for seeded in &world.seed.tokens {
        match seeded {
            SeedToken::Expired { token: expired } if expired == token => {
                return Err(unauthenticated(call.api, "ACCESS_TOKEN_EXPIRED"));
            }
            SeedToken::User { token: users, email } if users == token => return Ok(Principal::User(email.clone())),
            _ => {}
        }
    }
    Ok(Principal::User(OPERATOR.to_owned()))
}

/// Refuses a bearer token that the emulator did not issue: where a workload is meant to come, the operator has no business.
pub(crate) fn issued_here(world: &World, call: &Call<'_>) -> Result<(), Refusal> {
    let issued = call.request.bearer().is_some_and(|token| world.google.tokens.issued.contains_key(token));
    if issued { Ok(()) } else { Err(unauthenticated(call.api, "ACCESS_TOKEN_TYPE_UNSUPPORTED")) }
}

/// The project in the path, for a caller with the permission on it. An empty permission asks only for a good credential.
pub(crate) fn project(world: &World, call: &Call<'_>, permission: &str) -> Result<Project, Refusal> {
    on(world, call, permission, |project| vec![policy_name(&project.id)])
}

/// Like [`project`], for calls that work in a project before anything is switched on.
pub(crate) fn project_always_on(world: &World, call: &Call<'_>, permission: &str) -> Result<Project, Refusal> {
    let project = permitted(world, call, call.param("project"), permission, |project| vec![policy_name(&project.id)])?;
    let caller = caller(world, call)?;
    enforcement::enforce(world, call, &project, permission, Some(&caller))?;
    Ok(project)
}

/// Like [`project`], for a resource in it: any of the named policies may give the permission.
pub(crate) fn on(
    world: &World,
    call: &Call<'_>,
    permission: &str,
    policies: impl FnOnce(&Project) -> Vec<String>,
) -> Result<Project, Refusal> {
    on_project(world, call, call.param("project"), permission, policies)
}

/// Like [`on`], for a request whose path does not name the project.
pub(crate) fn on_project(
    world: &World,
    call: &Call<'_>,
    reference: &str,
    permission: &str,
    policies: impl FnOnce(&Project) -> Vec<String>,
) -> Result<Project, Refusal> {
    let project = permitted(world, call, reference, permission, policies)?;
    service_on(world, call, &project, permission)?;
    Ok(project)
}

fn permitted(
    world: &World,
    call: &Call<'_>,
    reference: &str,
    permission: &str,
    policies: impl FnOnce(&Project) -> Vec<String>,
) -> Result<Project, Refusal> {
    let caller = caller(world, call)?;
    let project = existing_project(world, call, reference, permission)?;
    if !permission.is_empty() && !policy::allows(world, &policies(&project), &caller, permission) {
        return Err(denied(call.api, permission, &resource(call)));
    }
    Ok(project)
}

/// The project with that id or number; one that does not exist looks like one that nobody granted anything on.
pub(crate) fn existing_project(
    world: &World,
    call: &Call<'_>,
    reference: &str,
    permission: &str,
) -> Result<Project, Refusal> {
    let permission = if permission.is_empty() { "resourcemanager.projects.get" } else { permission };
    world.project(reference).cloned().ok_or_else(|| denied(call.api, permission, &resource(call)))
}

/// Refuses the call when its API is switched off in the project, or when a perimeter around the project keeps the caller out.
pub(crate) fn service_on(world: &World, call: &Call<'_>, project: &Project, permission: &str) -> Result<(), Refusal> {
    let on = project.services.get(call.api.service).is_some_and(|service| world.now() >= service.visible_from);
    if !on {
        return Err(service_disabled(call.api.service, call.api.title, &project.number));
    }
    // The exchange of tokens asks for no credential, so its caller is nobody.
    let caller = caller(world, call).ok();
    enforcement::enforce(world, call, project, permission, caller.as_ref())?;
    note(world, call, project, permission, caller.as_ref());
    Ok(())
}

/// Writes what reads data into the audit log, where the project's policy asks for that.
fn note(world: &World, call: &Call<'_>, project: &Project, permission: &str, caller: Option<&Principal>) {
    let policy = world.google.policies.get(&policy_name(&project.id));
    if !DATA_READ.contains(&permission) || !policy.is_some_and(|policy| policy.audits(call.api.service, "DATA_READ")) {
        return;
    }
    world.log(Entry {
        log: "data_access",
        service: call.api.service,
        permission: permission.to_owned(),
        resource: resource(call),
        principal: caller.map(|caller| shown_name(world, caller)),
        perimeter: None,
        dry_run: false,
        id: format!("{:06}", world.log_length() + 1),
    });
}

/// The resource in the request's path, as refusals name it.
pub(crate) fn resource(call: &Call<'_>) -> String {
    let name = call.request.segments.iter().skip(1).map(String::as_str).collect::<Vec<_>>().join("/");
    format!("//{}/{name}", call.api.service)
}

/// A principal as messages name it.
pub(crate) fn shown_name(world: &World, principal: &Principal) -> String {
    match principal {
        Principal::User(email) | Principal::Agent(email) => email.clone(),
        Principal::Account(unique_id) => {
            world.google.accounts.get(unique_id).map_or_else(|| unique_id.clone(), |account| account.email.clone())
        }
        Principal::Federated(federated) => {
            format!("principal://iam.googleapis.com/{}/subject/{}", federated.pool, federated.mapped.subject)
        }
    }
}

/// Whether a token of this principal still works, whatever its own end.
fn stands(world: &World, principal: &Principal) -> bool {
    match principal {
        Principal::User(_) | Principal::Agent(_) => true,
        Principal::Account(unique_id) => {
            world.google.accounts.get(unique_id).is_some_and(|account| account.life.is_live() && !account.disabled)
        }
        // Tokens outlive their provider, but not their pool; they work again when the pool comes back.
        Principal::Federated(federated) => world.google.pools.get(&federated.pool).is_some_and(Pool::admits),
    }
}
