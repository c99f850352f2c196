//! IAM roles.

use std::collections::BTreeMap;

use super::access::{summary, unique_id, url_encoded};
use super::iam::{authorised, authorised_to_tag, begin, done, no_such_entity};
use super::policy::Document;
use super::query::{self, Params, check_name, members, optional, tag_members, text, validation};
use super::role_policies::Inline;
use super::trust_policy;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

/// A role.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) arn: String,
    pub(crate) id: String,
    /// The trust policy as it was written.
    pub(crate) trust_text: String,
    pub(crate) trust: Document,
    /// The trust policy that still counts until then, while a change is on its way.
    trust_before: Option<(Document, Millis)>,
    pub(crate) description: Option<String>,
    pub(crate) max_session_duration: i64,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    /// By name.
    pub(crate) inline: BTreeMap<String, Inline>,
    /// ARNs of managed policies, and from when on they count.
    pub(crate) attached: BTreeMap<String, Millis>,
    created_at: Millis,
    visible_from: Millis,
}

impl Role {
    /// The trust policy that counts at a time.
    pub(crate) fn trust_at(&self, now: Millis) -> &Document {
        match &self.trust_before {
            Some((before, until)) if now < *until => before,
            _ => &self.trust,
        }
    }

    fn shown(&self) -> String {
        text("Path", &self.path)
            + &text("RoleName", &self.name)
            + &text("RoleId", &self.id)
            + &text("Arn", &self.arn)
            + &text("CreateDate", &rfc3339(self.created_at))
            + &text("AssumeRolePolicyDocument", &url_encoded(&self.trust_text))
            + &optional("Description", self.description.as_deref())
            + &text("MaxSessionDuration", &self.max_session_duration.to_string())
            + &self.boundary.as_deref().map_or_else(String::new, |arn| {
                query::element(
                    "PermissionsBoundary",
                    &(text("PermissionsBoundaryType", "Policy") + &text("PermissionsBoundaryArn", arn)),
                )
            })
            + &(if self.tags.is_empty() { String::new() } else { tag_members(&self.tags) })
    }
}

/// The key under which a role is kept: names are equal in any case.
pub(crate) fn key(account: &str, name: &str) -> String {
    format!("{account}/{}", name.to_ascii_lowercase())
}

/// The role with that name that a read finds.
pub(crate) fn by_name<'a>(world: &'a World, account: &str, name: &str) -> Option<&'a Role> {
    world.aws.roles.get(&key(account, name)).filter(|role| role.name == name && world.now() >= role.visible_from)
}

/// The role with that ARN that a read finds.
pub(crate) fn by_arn<'a>(world: &'a World, arn: &str) -> Option<&'a Role> {
    world.aws.roles.values().find(|role| role.arn == arn).filter(|role| world.now() >= role.visible_from)
}

/// The caller's role that the request names, for a caller who may do this with it.
pub(crate) fn named(world: &World, call: &Call<'_>) -> Result<(Role, Params), Refusal> {
    let (caller, params) = begin(world, call)?;
    let name = params.required("RoleName")?;
    check_name("roleName", name, 64)?;
    let found = by_name(world, &caller.account, name).cloned();
    let arn =
        found.as_ref().map_or_else(|| format!("arn:aws:iam::{}:role/{name}", caller.account), |role| role.arn.clone());
    authorised(world, call, &caller, &arn)?;
    let role = found.ok_or_else(|| no_such_entity(format!("The role with name {name} cannot be found.")))?;
    Ok((role, params))
}

/// Puts a changed role back.
pub(crate) fn store(world: &mut World, role: Role) {
    world.aws.roles.insert(key(&role.account, &role.name), role);
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, params) = begin(world, call)?;
    let name = params.required("RoleName")?;
    check_name("roleName", name, 64)?;
    let path = params.get("Path").unwrap_or("/");
    check_path(path)?;
    let arn = format!("arn:aws:iam::{}:role{path}{name}", caller.account);
    authorised(world, call, &caller, &arn)?;
    let trust_text = params.required("AssumeRolePolicyDocument")?;
    let description = checked_description(&params)?;
    let duration = params.number("MaxSessionDuration", 3600, 43200)?.unwrap_or(3600);
    let tags = params.tags()?;
    authorised_to_tag(world, &caller, "iam:TagRole", &arn, &tags)?;
    let key = key(&caller.account, name);
    if world.aws.roles.contains_key(&key) {
        return Err(Refusal::new(409, "EntityAlreadyExists", format!("Role with name {name} already exists.")));
    }
    let trust = trust_policy::checked(world, trust_text)?;
    let boundary = params.get("PermissionsBoundary").map(str::to_owned);
    if let Some(boundary) = &boundary {
        super::role_policies::attachable(boundary)?;
    }
    let id = unique_id("AROA", &world.next_id("role"));
    let role = Role {
        account: caller.account,
        name: name.to_owned(),
        path: path.to_owned(),
        arn,
        id,
        trust_text: trust_text.to_owned(),
        trust,
        trust_before: None,
        description,
        max_session_duration: duration,
        boundary,
        tags,
        inline: BTreeMap::new(),
        attached: BTreeMap::new(),
        created_at: world.now(),
        visible_from: world.visible_from(),
    };
    let shown = query::element("Role", &role.shown());
    world.aws.roles.insert(key, role);
    Ok(query::answer(world, call, &shown))
}

pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (role, _) = named(world, call)?;
    Ok(query::answer(world, call, &query::element("Role", &role.shown())))
}

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, params) = begin(world, call)?;
    let prefix = params.get("PathPrefix").unwrap_or("/");
    authorised(world, call, &caller, &format!("arn:aws:iam::{}:role{prefix}", caller.account))?;
    let now = world.now();
    let roles = world
        .aws
        .roles
        .values()
        .filter(|role| role.account == caller.account && role.path.starts_with(prefix) && now >= role.visible_from);
    // Lists leave tags out, as IAM's do.
    let shown = members("Roles", roles.map(|role| Role { tags: Vec::new(), ..role.clone() }.shown()));
    Ok(query::answer(world, call, &(text("IsTruncated", "false") + &shown)))
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    if let Some(description) = checked_description(&params)? {
        role.description = Some(description).filter(|description| !description.is_empty());
    }
    // The real API goes back to an hour when the duration is left out.
    role.max_session_duration = params.number("MaxSessionDuration", 3600, 43200)?.unwrap_or(3600);
    store(world, role);
    Ok(query::answer(world, call, " "))
}

pub(crate) fn update_description(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    params.required("Description")?;
    role.description = checked_description(&params)?;
    let shown = query::element("Role", &role.shown());
    store(world, role);
    Ok(query::answer(world, call, &shown))
}

pub(crate) fn update_trust(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let document = params.required("PolicyDocument")?;
    let trust = trust_policy::checked(world, document)?;
    let before = std::mem::replace(&mut role.trust, trust);
    role.trust_before = Some((before, world.visible_from()));
    role.trust_text = document.to_owned();
    store(world, role);
    done(world, call)
}

pub(crate) fn put_boundary(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let boundary = params.required("PermissionsBoundary")?;
    super::role_policies::attachable(boundary)?;
    role.boundary = Some(boundary.to_owned());
    store(world, role);
    done(world, call)
}

pub(crate) fn delete_boundary(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, _) = named(world, call)?;
    role.boundary = None;
    store(world, role);
    done(world, call)
}

/// A role goes only when nothing hangs on it. Trust policies that name it keep its id, which nobody has any more.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (role, _) = named(world, call)?;
    let conflict =
        |what: &str| Err(Refusal::new(409, "DeleteConflict", format!("Cannot delete entity, must {what} first.")));
    if !role.attached.is_empty() {
        return conflict("detach all policies");
    }
    if !role.inline.is_empty() {
        return conflict("delete policies");
    }
    world.aws.roles.remove(&key(&role.account, &role.name));
    trust_policy::forget(world, &role.arn, &role.id);
    done(world, call)
}

pub(crate) fn tag(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    merge_tags(&mut role.tags, params.tags()?)?;
    store(world, role);
    done(world, call)
}

pub(crate) fn untag(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let keys = params.list("TagKeys");
    role.tags.retain(|(tag, _)| !keys.iter().any(|key| key.eq_ignore_ascii_case(tag)));
    store(world, role);
    done(world, call)
}

pub(crate) fn list_tags(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (role, _) = named(world, call)?;
    Ok(query::answer(world, call, &(text("IsTruncated", "false") + &tag_members(&role.tags))))
}

/// Instance profiles are not emulated, so a role is in none.
pub(crate) fn list_instance_profiles(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    named(world, call)?;
    Ok(query::answer(world, call, &(text("IsTruncated", "false") + &members("InstanceProfiles", []))))
}

/// Adds tags and replaces those of the same key.
pub(crate) fn merge_tags(tags: &mut Vec<(String, String)>, more: Vec<(String, String)>) -> Result<(), Refusal> {
    for (key, value) in more {
        tags.retain(|(other, _)| !other.eq_ignore_ascii_case(&key));
        tags.push((key, value));
    }
    if tags.len() > 50 {
        return Err(Refusal::new(409, "LimitExceeded", "Cannot exceed quota for TagsPerRole: 50"));
    }
    Ok(())
}

/// All roles, for the control API.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let roles = world.aws.roles.values().flat_map(|role| {
        let object = |kind, id, resource| Object {
            kind,
            id,
            state: "live",
            seeded: false,
            details: details([("resource", resource)]),
        };
        let inline = role
            .inline
            .keys()
            .map(move |name| object("aws/role_policy", format!("{} {name}", role.arn), serde_json::Value::Null));
        let attached = role.attached.keys().map(move |arn| {
            object("aws/role_policy_attachment", format!("{} {arn}", role.arn), serde_json::Value::Null)
        });
        inline.chain(attached).chain([object("aws/role", role.arn.clone(), summary(role))]).collect::<Vec<_>>()
    });
    roles.collect()
}

fn checked_description(params: &Params) -> Result<Option<String>, Refusal> {
    let description = params.get("Description");
    if description.is_some_and(|description| description.chars().count() > 1000) {
        return Err(validation(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000",
        ));
    }
    Ok(description.map(str::to_owned))
}

fn check_path(path: &str) -> Result<(), Refusal> {
    let good = path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if good {
        return Ok(());
    }
    Err(validation(format!(
        "The specified value for path is invalid: '{path}'. It must begin and end with / and contain only alphanumeric characters and/or / characters."
    )))
}
