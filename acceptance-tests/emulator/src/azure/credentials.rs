//! `federatedIdentityCredentials` of user-assigned identities: one write at a time for an identity, twenty at most, no pair twice.

use serde_json::{Map, Value, json};

use super::directory::Federated;
use super::refusal::{bad_request, parent_not_found};
use super::resources::{self, Resource, admitted, body, check_version, key, live, missing, page};
use super::{flexible, identities};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::world::World;

/// The type.
pub(crate) const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";

pub(crate) const CREDENTIAL: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}/federatedIdentityCredentials/{credential}";
pub(crate) const OF_IDENTITY: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}/federatedIdentityCredentials";

const VERSIONS: &[&str] = &[
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
];
/// Only these have expressions instead of subjects.
const FLEXIBLE: &[&str] = &["2025-01-31-preview", "2025-05-31-preview"];

const MEMBERS: &[&str] = &["id", "name", "type", "properties", "systemData"];

/// How many an identity or application may have.
pub(crate) const MOST: usize = 20;
/// The longest issuer, subject and audience.
const LONGEST: usize = 600;

/// Create or replace. A write that meets another one under the same identity is refused.
pub(crate) fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let (identity, id) = ids(call);
    admitted(world, call, &format!("{KIND}/write"), &id)?;
    let parent = live(world, &identity).ok_or_else(|| parent_not_found(KIND, &identity))?.clone();
    check_name(call.param("credential"))?;
    let properties = checked(call)?;
    let busy = occupied(world, &parent)?;
    let others = resources::listed_all(world, KIND, &identity);
    let existing = others.iter().find(|other| other.key() == key(&id)).map(|other| (*other).clone());
    let same = |other: &Resource| {
        let equal = |name: &str| other.property(name) == properties.get(name).unwrap_or(&Value::Null);
        other.key() != key(&id) && equal("issuer") && equal("subject") && equal("claimsMatchingExpression")
    };
    if others.iter().any(|other| same(other)) {
        return Err(bad_request(format!(
            "Issuer and subject combination already exists for this Managed Identity: the federated identity credential '{}' must not \
             repeat the issuer and subject of another one.",
            call.param("credential")
        )));
    }
    if existing.is_none() && others.len() >= MOST {
        return Err(bad_request(format!(
            "Too many Federated Identity Credentials for the managed identity '{identity}'. The number of Federated Identity Credentials \
             under one managed identity must not exceed {MOST}."
        )));
    }
    let shown = match existing {
        Some(mut existing) => {
            existing.body.insert(String::from("properties"), Value::Object(properties));
            existing.revision = world.next_number();
            existing.life.visible_from = world.visible_from().max(existing.life.visible_from);
            let shown = existing.shown();
            world.azure.resources.insert(existing.key(), existing);
            Answer::json(&shown)
        }
        None => {
            let mut body = Map::new();
            body.insert(String::from("properties"), Value::Object(properties));
            Answer::json_with(201, &resources::insert(world, id, KIND, body).shown())
        }
    };
    Ok(Answer { occupies: Some(busy), ..shown })
}

pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let (_, id) = ids(call);
    admitted(world, call, &format!("{KIND}/read"), &id)?;
    let credential = live(world, &id)
        .ok_or_else(|| missing(call, KIND, &format!("{}/{}", call.param("identity"), call.param("credential"))))?;
    Ok(Answer::json(&credential.shown()))
}

pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let (identity, id) = ids(call);
    admitted(world, call, &format!("{KIND}/delete"), &id)?;
    let Some(parent) = live(world, &identity).cloned() else {
        return Err(parent_not_found(KIND, &identity));
    };
    let busy = occupied(world, &parent)?;
    Ok(Answer { occupies: Some(busy), ..resources::remove(world, &id) })
}

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let (identity, _) = ids(call);
    admitted(world, call, &format!("{KIND}/read"), &identity)?;
    live(world, &identity).ok_or_else(|| missing(call, identities::KIND, call.param("identity")))?;
    Ok(page(resources::listed(world, KIND, &identity).into_iter().map(Resource::shown).collect()))
}

/// The credentials of a managed identity, as a token is checked against them.
pub(crate) fn of_identity(world: &World, identity: &str) -> Vec<Federated> {
    let text = |resource: &Resource, name: &str| resource.property(name).as_str().map(str::to_owned);
    let credentials = resources::listed_all(world, KIND, identity).into_iter().map(|resource| Federated {
        id: resource.id.clone(),
        name: resource.name.clone(),
        issuer: text(resource, "issuer").unwrap_or_default(),
        subject: text(resource, "subject"),
        expression: resource.property("claimsMatchingExpression")["value"].as_str().map(str::to_owned),
        audiences: resource
            .property("audiences")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        description: None,
        visible_from: resource.life.visible_from,
    });
    credentials.collect()
}

/// Refuses a name that is not allowed, for managed identities and applications.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let bytes = name.as_bytes();
    let good = (3..=120).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if good {
        return Ok(());
    }
    Err(bad_request(format!(
        "The Federated Identity Credential name '{name}' is not valid. It must match ^[a-zA-Z0-9]{{1}}[a-zA-Z0-9-_]{{2,119}}$."
    )))
}

/// Refuses an issuer, subject or audience that no token could have.
pub(crate) fn check_text(name: &str, value: &str) -> Result<(), Refusal> {
    if value.is_empty() || value.chars().count() > LONGEST {
        return Err(bad_request(format!("The property '{name}' must have between 1 and {LONGEST} characters.")));
    }
    Ok(())
}

/// Refuses an issuer that is no https URL.
pub(crate) fn check_issuer(issuer: &str) -> Result<(), Refusal> {
    check_text("issuer", issuer)?;
    let good = url::Url::parse(issuer).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if good { Ok(()) } else { Err(bad_request(format!("The issuer '{issuer}' is not a valid https URL."))) }
}

fn checked(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let given = body(call, MEMBERS)?;
    let version = call.request.query("api-version").unwrap_or_default();
    let mut allowed = vec!["issuer", "subject", "audiences"];
    if FLEXIBLE.contains(&version) {
        allowed.push("claimsMatchingExpression");
    }
    let properties = resources::properties(&given, &allowed)?;
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let issuer = text("issuer").ok_or_else(|| bad_request("The property 'issuer' is required."))?;
    check_issuer(issuer)?;
    let audiences: Vec<&str> =
        properties.get("audiences").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let [audience] = audiences.as_slice() else {
        return Err(bad_request("The property 'audiences' must have exactly one value."));
    };
    check_text("audiences", audience)?;
    let mut kept = json!({ "issuer": issuer, "audiences": [audience] });
    let expression = properties.get("claimsMatchingExpression").filter(|expression| !expression.is_null());
    match (text("subject"), expression) {
        (Some(subject), None) => {
            check_text("subject", subject)?;
            kept["subject"] = json!(subject);
        }
        (None, Some(expression)) => {
            flexible::check(issuer, expression).map_err(|error| bad_request(error.to_string()))?;
            kept["claimsMatchingExpression"] = expression.clone();
        }
        _ => {
            return Err(bad_request(
                "Exactly one of the properties 'subject' and 'claimsMatchingExpression' is required.",
            ));
        }
    }
    Ok(kept.as_object().cloned().unwrap_or_default())
}

/// What a write keeps busy; refused while another one does.
fn occupied(world: &World, identity: &Resource) -> Result<String, Refusal> {
    let busy = format!("federated credentials of {}", identity.key());
    if !world.is_occupied(&busy) {
        return Ok(busy);
    }
    Err(Refusal::new(
        409,
        "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        format!(
            "Too many Federated Identity Credentials are written concurrently for the managed identity '{}'. Concurrent Federated Identity \
             Credentials writes under the same managed identity are not supported.",
            identity.key()
        ),
    ))
}

fn ids(call: &Call<'_>) -> (String, String) {
    let identity = identities::id(call);
    let id = format!("{identity}/federatedIdentityCredentials/{}", call.param("credential"));
    (identity, id)
}
