//! Keys of service accounts: made here, told once, and kept as their public half only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::accounts;
use super::iam::body;
use super::refusal::{invalid, not_found};
use super::schema::{Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::clock::rfc3339;
use crate::state::world::World;
use crate::tokens::issuers;

/// The body of `keys.create`.
pub(crate) const CREATE: &[Field] = &[
    Field("privateKeyType", Kind::Choice(&["TYPE_UNSPECIFIED", "TYPE_GOOGLE_CREDENTIALS_FILE"])),
    Field("keyAlgorithm", Kind::Choice(&["KEY_ALG_UNSPECIFIED", "KEY_ALG_RSA_2048"])),
];
/// Keys without an end.
const FOR_EVER: &str = "9999-12-31T23:59:59Z";
/// How many keys an account may have.
const MOST: usize = 10;

/// `serviceAccounts.keys.create`: the credential file of whoever asks.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut account = accounts::found(world, call, "iam.serviceAccountKeys.create")?;
    body(call, CREATE, "")?;
    if account.keys.len() >= MOST {
        return Err(Refusal::new(429, "RESOURCE_EXHAUSTED", "Maximum number of keys on account reached."));
    }
    let (pem, public) = issuers::key_pair().ok_or_else(|| Refusal::new(500, "INTERNAL", "No key could be made."))?;
    let id = world.next_id("service account key")[..40].to_owned();
    let file = json!({
        "type": "service_account",
        "project_id": account.project,
        "private_key_id": id,
        "private_key": pem,
        "client_email": account.email,
        "client_id": account.unique_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "universe_domain": "googleapis.com",
    });
    let mut shown = shown(world, &account.name(), &id);
    shown["privateKeyType"] = json!("TYPE_GOOGLE_CREDENTIALS_FILE");
    shown["privateKeyData"] = json!(STANDARD.encode(format!("{file:#}\n")));
    account.keys.insert(id, public);
    accounts::keep(world, account);
    Ok(Answer::json(&shown))
}

/// `serviceAccounts.keys.delete`: what it signs counts no longer.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut account = accounts::found(world, call, "iam.serviceAccountKeys.delete")?;
    if !call.request.body.is_empty() {
        return Err(invalid("Invalid JSON payload received. A deletion has no body."));
    }
    let id = call.param("key");
    account.keys.remove(id).ok_or_else(|| not_found(format!("Service account key {id} does not exist.")))?;
    accounts::keep(world, account);
    Ok(Answer::json(&json!({})))
}

fn shown(world: &World, account: &str, id: &str) -> Value {
    json!({
        "name": format!("{account}/keys/{id}"),
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
        "validAfterTime": rfc3339(world.now()),
        "validBeforeTime": FOR_EVER,
    })
}
