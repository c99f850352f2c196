//! Federated identity credentials of applications.

use serde_json::{Map, Value, json};

use super::{applications, bad_request, body, not_found};
use crate::azure::credentials::{MOST, check_issuer, check_name, check_text};
use crate::azure::directory::Federated;
use crate::azure::flexible;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::world::World;

const MEMBERS: &[&str] = &["name", "issuer", "subject", "audiences", "description", "claimsMatchingExpression"];

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let application = applications::found(world, call)?;
    let now = world.now();
    let visible = application.credentials.values().filter(|credential| now >= credential.visible_from);
    let shown = super::filter::chosen(call, visible.map(shown).collect())?;
    Ok(Answer::json(&json!({ "value": shown })))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut application = applications::found(world, call)?;
    let body = body(call, MEMBERS)?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    check_name(&name).map_err(worded)?;
    if application.credentials.values().any(|credential| credential.name == name) {
        return Err(Refusal::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!("FederatedIdentityCredential with name {name} already exists."),
        ));
    }
    if application.credentials.len() >= MOST {
        return Err(bad_request(format!(
            "The number of federated identity credentials on the application must not exceed {MOST}."
        )));
    }
    let id = world.next_guid("federated credential");
    let credential = checked(&body, id.clone(), name, world.visible_from())?;
    check_unique(&application.credentials, &credential)?;
    let shown = shown(&credential);
    application.credentials.insert(id, credential);
    applications::store(world, application);
    Ok(Answer::json_with(201, &shown))
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let application = applications::found(world, call)?;
    let credential = found(&application.credentials, call.param("credential"))?;
    if world.now() < credential.visible_from {
        return Err(not_found(call.param("credential")));
    }
    Ok(Answer::json(&shown(credential)))
}

pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut application = applications::found(world, call)?;
    let old = found(&application.credentials, call.param("credential"))?.clone();
    let patch = body(call, MEMBERS)?;
    if patch.get("name").is_some_and(|name| name != old.name.as_str()) {
        return Err(bad_request("The name of a federated identity credential cannot be changed."));
    }
    let mut whole = shown(&old).as_object().cloned().unwrap_or_default();
    whole.extend(patch);
    let credential = checked(&whole, old.id.clone(), old.name, world.visible_from().max(old.visible_from))?;
    check_unique(&application.credentials, &credential)?;
    application.credentials.insert(old.id, credential);
    applications::store(world, application);
    Ok(Answer::empty(204))
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut application = applications::found(world, call)?;
    let id = found(&application.credentials, call.param("credential"))?.id.clone();
    application.credentials.remove(&id);
    applications::store(world, application);
    Ok(Answer::empty(204))
}

/// As Graph writes it.
pub(super) fn shown(credential: &Federated) -> Value {
    let mut shown = json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "audiences": credential.audiences,
        "description": credential.description,
    });
    if let Some(expression) = &credential.expression {
        shown["claimsMatchingExpression"] = json!({ "value": expression, "languageVersion": 1 });
    }
    shown
}

/// A credential is found by its id or its name.
fn found<'a>(
    credentials: &'a std::collections::BTreeMap<String, Federated>,
    key: &str,
) -> Result<&'a Federated, Refusal> {
    credentials.values().find(|credential| credential.id == key || credential.name == key).ok_or_else(|| not_found(key))
}

fn checked(body: &Map<String, Value>, id: String, name: String, visible_from: i64) -> Result<Federated, Refusal> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let issuer = text("issuer").unwrap_or_default();
    check_issuer(issuer).map_err(worded)?;
    let audiences: Vec<String> = body
        .get("audiences")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let [audience] = audiences.as_slice() else {
        return Err(bad_request("The property 'audiences' must have exactly one value."));
    };
    check_text("audiences", audience).map_err(worded)?;
    let expression = body.get("claimsMatchingExpression").filter(|expression| !expression.is_null());
    match (text("subject"), expression) {
        (Some(subject), None) => check_text("subject", subject).map_err(worded)?,
        (None, Some(expression)) => {
            flexible::check(issuer, expression).map_err(|error| bad_request(error.to_string()))?
        }
        _ => {
            return Err(bad_request(
                "Exactly one of the properties 'subject' and 'claimsMatchingExpression' is required.",
            ));
        }
    }
    Ok(Federated {
        id,
        name,
        issuer: issuer.to_owned(),
        subject: text("subject").map(str::to_owned),
        expression: expression.and_then(|expression| expression["value"].as_str()).map(str::to_owned),
        audiences,
        description: text("description").map(str::to_owned),
        visible_from,
    })
}

fn check_unique(
    credentials: &std::collections::BTreeMap<String, Federated>,
    wanted: &Federated,
) -> Result<(), Refusal> {
    let twin = credentials.values().any(|other| {
        other.id != wanted.id
            && other.issuer == wanted.issuer
            && other.subject == wanted.subject
            && other.expression == wanted.expression
    });
    if twin {
        return Err(bad_request(
            "Issuer and subject combination already exists for this application: FederatedIdentityCredential must be unique.",
        ));
    }
    Ok(())
}

/// The same refusal in Graph's words.
fn worded(refusal: Refusal) -> Refusal {
    Refusal { code: String::from("Request_BadRequest"), ..refusal }
}
