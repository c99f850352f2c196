//! The metadata server of one simulated machine, which runs as the service account that the control API names.

use serde_json::json;

use super::access::Principal;
use super::{VENDOR, accounts, refusal};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `metadata.google.internal`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "metadata.google.internal",
    title: "Compute Engine metadata server",
    common_query: &[],
    render: |refusal| Answer::new(refusal.status, "text/plain", refusal.message.as_str()),
    fault: refusal::injected,
    objects: |_| Vec::new(),
    routes: &[Route {
        method: "GET",
        template: "/computeMetadata/v1/instance/service-accounts/default/token",
        query: &["scopes"],
        handler: token,
    }],
};

const LIFETIME_SECONDS: i64 = 3599;

fn token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    // Neither a browser that was led here nor a proxy sends this.
    if call.request.header("metadata-flavor") != Some("Google") || call.request.header("x-forwarded-for").is_some() {
        return Err(Refusal::new(403, "FORBIDDEN", "Missing Metadata-Flavor:Google header."));
    }
    let account = world.machine.google_service_account.as_deref().and_then(|email| accounts::live(world, email));
    let account = account.filter(|account| !account.disabled);
    let Some(account) = account.map(|account| account.unique_id.clone()) else {
        return Err(Refusal::new(404, "NOT_FOUND", "The machine has no service account."));
    };
    let expires_at = world.now() + LIFETIME_SECONDS * 1000;
    let token = world.issue_access_token(Principal::Account(account), expires_at);
    Ok(Answer::json(&json!({ "access_token": token, "expires_in": LIFETIME_SECONDS, "token_type": "Bearer" })))
}
