//! Who calls, and what they may: users with long-lived keys, sessions of roles, and the identity policies of either.

use serde_json::Value;

use super::evaluate::{self, Context, Request};
use super::policy::Document;
use super::{managed, role_policies, roles};
use crate::http::answer::Refusal;
use crate::seed::aws::{OPERATOR_KEY, SeedUser};
use crate::state::clock::Millis;
use crate::state::world::World;

/// Whoever calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) identity: Identity,
}

/// Whose policies decide.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// A user, by access key id.
    User(String),
    /// A session of the role with that key, narrowed down by a session policy.
    Role {
        /// Key of the role.
        role: String,
        /// The policy that came with the session.
        session_policy: Option<Document>,
    },
}

/// An IAM user of the seed.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) access_key_id: String,
    secret: String,
    policy: Option<Document>,
}

impl User {
    /// A user as the seed describes them.
    pub(crate) fn seeded(account: &str, seed: &SeedUser) -> Self {
        let path = seed.path.as_deref().unwrap_or("/");
        let policy = if seed.policy.is_null() { None } else { Document::parsed(&seed.policy.to_string()).ok() };
        let arn = format!("arn:aws:iam::{account}:user{path}{}", seed.name);
        Self {
            id: unique_id("AIDA", &arn),
            account: account.to_owned(),
            arn,
            name: seed.name.clone(),
            access_key_id: seed.access_key_id.clone(),
            secret: seed.secret_access_key.clone(),
            policy,
        }
    }
}

/// Temporary credentials.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) expires_at: Millis,
}

/// The caller and secret of an access key, with the session token that goes with it.
pub(crate) fn credential(world: &World, key_id: &str, token: Option<&str>) -> Result<(Caller, String), Refusal> {
    let unknown =
        || Refusal::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    if let Some(user) = world.aws.users.get(key_id) {
        if token.is_some() {
            return Err(unknown());
        }
        let caller = Caller {
            account: user.account.clone(),
            arn: user.arn.clone(),
            user_id: user.id.clone(),
            identity: Identity::User(key_id.to_owned()),
        };
        return Ok((caller, user.secret.clone()));
    }
    let session =
        world.aws.sessions.get(key_id).filter(|session| token == Some(session.token.as_str())).ok_or_else(unknown)?;
    if world.now() >= session.expires_at {
        return Err(Refusal::new(403, "ExpiredToken", "The security token included in the request is expired"));
    }
    if let Identity::Role { role, .. } = &session.caller.identity
        && !world.aws.roles.contains_key(role)
    {
        return Err(unknown());
    }
    Ok((session.caller.clone(), session.secret.clone()))
}

/// Whether a caller's own policies allow an action on a resource.
pub(crate) fn allowed(world: &World, caller: &Caller, action: &str, resource: &str) -> bool {
    allowed_in(world, caller, action, resource, &context(world, caller))
}

/// Whether a caller's own policies, within the role's boundary and the session's policy, allow an action in this context.
fn allowed_in(world: &World, caller: &Caller, action: &str, resource: &str, context: &Context) -> bool {
    if matches!(&caller.identity, Identity::User(key) if key == OPERATOR_KEY) && !world.operator.allows(action) {
        return false;
    }
    let request = Request { action, resource: Some(resource), context };
    let (policies, session_policy, boundary) = match &caller.identity {
        Identity::User(key) => {
            (world.aws.users.get(key).and_then(|user| user.policy.clone()).into_iter().collect(), None, None)
        }
        Identity::Role { role, session_policy } => {
            let boundary = world.aws.roles.get(role).and_then(|role| role.boundary.as_deref());
            (of_role(world, role), session_policy.as_ref(), boundary.and_then(managed::document))
        }
    };
    let within = |policy: &Document| evaluate::allows(std::slice::from_ref(policy), &request);
    evaluate::allows(&policies, &request) && session_policy.is_none_or(within) && boundary.as_ref().is_none_or(within)
}

/// Refuses a caller whose own policies do not allow the action.
pub(crate) fn authorised(world: &World, caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal> {
    authorised_in(world, caller, action, resource, &context(world, caller))
}

/// The same for a request that has condition keys of its own.
pub(crate) fn authorised_in(
    world: &World,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
) -> Result<(), Refusal> {
    if allowed_in(world, caller, action, resource, context) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "AccessDenied",
        format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action",
            caller.arn
        ),
    ))
}

/// The condition keys that every request of the caller has.
pub(crate) fn context(world: &World, caller: &Caller) -> Context {
    let mut context = Context::default();
    context.set("aws:PrincipalAccount", &caller.account);
    context.set("aws:userid", &caller.user_id);
    context.set("aws:SecureTransport", "true");
    match &caller.identity {
        Identity::User(key) => {
            context.set("aws:PrincipalArn", &caller.arn);
            context.set("aws:PrincipalType", "User");
            if let Some(user) = world.aws.users.get(key) {
                context.set("aws:username", &user.name);
            }
        }
        Identity::Role { role, .. } => {
            context.set("aws:PrincipalType", "AssumedRole");
            if let Some(role) = world.aws.roles.get(role) {
                context.set("aws:PrincipalArn", &role.arn);
                for (key, value) in &role.tags {
                    context.set(&format!("aws:PrincipalTag/{key}"), value);
                }
            }
        }
    }
    context
}

/// An id as IAM gives them: a prefix and letters and digits in upper case.
pub(crate) fn unique_id(prefix: &str, text: &str) -> String {
    use sha2::{Digest, Sha256};
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(text);
    let rest: String = digest.iter().take(17).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    format!("{prefix}{rest}")
}

fn of_role(world: &World, key: &str) -> Vec<Document> {
    let Some(role) = world.aws.roles.get(key) else {
        return Vec::new();
    };
    let now = world.now();
    let inline = role.inline.values().filter(|policy| now >= policy.visible_from).map(|policy| policy.document.clone());
    let attached = role.attached.iter().filter(|(_, from)| now >= **from).filter_map(|(arn, _)| managed::document(arn));
    inline.chain(attached).collect()
}

/// The text of a policy as IAM returns it.
pub(crate) fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// What is listed about a role for the control API.
pub(crate) fn summary(role: &roles::Role) -> Value {
    serde_json::json!({
        "arn": role.arn,
        "role_id": role.id,
        "path": role.path,
        "description": role.description,
        "max_session_duration": role.max_session_duration,
        "assume_role_policy": serde_json::from_str::<Value>(&role.trust_text).unwrap_or_default(),
        "inline_policies": role_policies::shown(role),
        "attached_policies": role.attached.keys().collect::<Vec<_>>(),
        "tags": role.tags.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
    })
}
