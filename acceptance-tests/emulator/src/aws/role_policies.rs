//! Policies of roles: written into them, or managed and attached.

use serde_json::{Map, Value};

use super::access::url_encoded;
use super::iam::{done, no_such_entity};
use super::managed;
use super::policy::Document;
use super::query::{self, check_name, members, text};
use super::roles::{Role, named, store};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::clock::Millis;
use crate::state::world::World;

/// All inline policies of a role together, without white space.
const INLINE_LONGEST: usize = 10_240;
/// Managed policies on one role.
const ATTACHED_MOST: usize = 10;

/// An inline policy.
#[derive(Debug, Clone)]
pub(crate) struct Inline {
    pub(crate) text: String,
    pub(crate) document: Document,
    /// From when on it counts.
    pub(crate) visible_from: Millis,
}

pub(crate) fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let name = params.required("PolicyName")?;
    check_name("policyName", name, 128)?;
    let written = params.required("PolicyDocument")?;
    let document = Document::parsed(written).and_then(|document| document.check_identity().map(|()| document));
    let document = document.map_err(|malformed| Refusal::new(400, "MalformedPolicyDocument", malformed.to_string()))?;
    let inline = Inline { text: written.to_owned(), document, visible_from: world.visible_from() };
    role.inline.insert(name.to_owned(), inline);
    let length = |text: &str| text.chars().filter(|character| !character.is_whitespace()).count();
    if role.inline.values().map(|policy| length(&policy.text)).sum::<usize>() > INLINE_LONGEST {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Maximum policy size of {INLINE_LONGEST} bytes exceeded for role {}", role.name),
        ));
    }
    store(world, role);
    done(world, call)
}

pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (role, params) = named(world, call)?;
    let name = params.required("PolicyName")?;
    let policy = role.inline.get(name).ok_or_else(|| missing_inline(name))?;
    let shown =
        text("RoleName", &role.name) + &text("PolicyName", name) + &text("PolicyDocument", &url_encoded(&policy.text));
    Ok(query::answer(world, call, &shown))
}

pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let name = params.required("PolicyName")?;
    role.inline.remove(name).ok_or_else(|| missing_inline(name))?;
    store(world, role);
    done(world, call)
}

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (role, _) = named(world, call)?;
    let names = members("PolicyNames", role.inline.keys().map(|name| query::escaped(name)));
    Ok(query::answer(world, call, &(text("IsTruncated", "false") + &names)))
}

pub(crate) fn attach(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let arn = params.required("PolicyArn")?;
    attachable(arn)?;
    let from = world.visible_from();
    role.attached.entry(arn.to_owned()).or_insert(from);
    if role.attached.len() > ATTACHED_MOST {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_MOST}"),
        ));
    }
    store(world, role);
    done(world, call)
}

pub(crate) fn detach(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut role, params) = named(world, call)?;
    let arn = params.required("PolicyArn")?;
    if role.attached.remove(arn).is_none() {
        return Err(no_such_entity(format!("Policy {arn} was not found.")));
    }
    store(world, role);
    done(world, call)
}

pub(crate) fn list_attached(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (role, _) = named(world, call)?;
    let attached = role
        .attached
        .keys()
        .map(|arn| text("PolicyName", arn.rsplit('/').next().unwrap_or_default()) + &text("PolicyArn", arn));
    Ok(query::answer(world, call, &(text("IsTruncated", "false") + &members("AttachedPolicies", attached))))
}

/// Refuses a managed policy that does not exist.
pub(crate) fn attachable(arn: &str) -> Result<(), Refusal> {
    if !arn.starts_with("arn:aws:iam::") || !arn.contains(":policy/") {
        return Err(Refusal::new(400, "InvalidInput", format!("ARN {arn} is not valid.")));
    }
    match managed::document(arn) {
        Some(_) => Ok(()),
        None => Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable."))),
    }
}

/// The inline policies of a role, for the control API.
pub(crate) fn shown(role: &Role) -> Value {
    let policies =
        role.inline.iter().map(|(name, policy)| (name.clone(), serde_json::from_str(&policy.text).unwrap_or_default()));
    Value::Object(policies.collect::<Map<_, _>>())
}

fn missing_inline(name: &str) -> Refusal {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}
