//! Azure OpenAI: takes only tokens of the directory for Cognitive Services, of principals whose role on the account allows the call.

use serde_json::{Value, json};

use super::access;
use super::cognitive::{DEPLOYMENT_KIND, KIND};
use super::resources::{self, Resource};
use super::tokens;
use super::{VENDOR, refusal};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `openai.azure.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "openai.azure.com",
    title: "Azure OpenAI",
    common_query: &[],
    render: refusal::render,
    fault: refusal::injected,
    objects: |_| Vec::new(),
    routes: &[
        Route {
            method: "POST",
            template: "/openai/deployments/{deployment}/chat/completions",
            query: &[],
            handler: chat,
        },
        Route {
            method: "POST",
            template: "/openai/deployments/{deployment}/embeddings",
            query: &[],
            handler: embeddings,
        },
        Route { method: "POST", template: "/openai/v1/chat/completions", query: &[], handler: chat_v1 },
    ],
};

const AUDIENCES: &[&str] = &["https://cognitiveservices.azure.com", "https://ai.azure.com"];
const CHAT: &str = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action";
const EMBEDDINGS: &str = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action";
const VERSIONS: &[&str] = &[
    "2024-02-01",
    "2024-06-01",
    "2024-10-21",
    "2024-12-01-preview",
    "2025-01-01-preview",
    "2025-03-01-preview",
    "2025-04-01-preview",
];

fn chat(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    resources::check_version(call, "Microsoft.CognitiveServices/OpenAI", VERSIONS)
        .map_err(|_| Refusal::new(404, "404", "Resource not found"))?;
    let deployment = admitted(world, call, call.param("deployment"), CHAT)?;
    let request = body(call)?;
    completion(world, &deployment, &request)
}

/// The newer form, without a version; the deployment is the model of the body.
fn chat_v1(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let request = body(call)?;
    let name = request["model"].as_str().unwrap_or_default().to_owned();
    let deployment = admitted(world, call, &name, CHAT)?;
    completion(world, &deployment, &request)
}

fn embeddings(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let deployment = admitted(world, call, call.param("deployment"), EMBEDDINGS)?;
    let request = body(call)?;
    let count = request["input"].as_array().map_or(1, Vec::len);
    let data: Vec<Value> = (0..count)
        .map(|index| json!({ "object": "embedding", "index": index, "embedding": [0.25, -0.5, 0.125] }))
        .collect();
    Ok(Answer::json(&json!({
        "object": "list", "data": data, "model": deployment.property("model")["name"], "usage": { "prompt_tokens": count, "total_tokens": count },
    })))
}

/// The deployment, for a caller who may use it.
fn admitted(world: &World, call: &Call<'_>, name: &str, action: &str) -> Result<Resource, Refusal> {
    let account = account(world, call, name);
    let unauthorised = || {
        Refusal::new(
            401,
            "401",
            "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
        )
    };
    let Some(token) = call.request.bearer() else {
        let disabled = account.as_ref().is_some_and(|account| account.property("disableLocalAuth") == true);
        return Err(match call.request.header("api-key") {
            Some(_) if disabled => Refusal::new(
                403,
                "AuthenticationTypeDisabled",
                "Key based authentication is disabled for this resource.",
            ),
            Some(_) => Refusal::new(
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a \
                 correct regional API endpoint for your resource.",
            ),
            None => unauthorised(),
        });
    };
    let claims = tokens::verified(world, token).map_err(|_| unauthorised())?;
    if !AUDIENCES.iter().any(|audience| claims.audience.trim_end_matches('/') == *audience) {
        return Err(unauthorised());
    }
    let account = account.ok_or_else(|| {
        Refusal::new(404, "ResourceNotFound", "There is no account here that this request can be meant for.")
    })?;
    let tenant = access::subscription_of(&account.id)
        .and_then(|id| world.azure.subscriptions.get(&resources::key(&format!("/subscriptions/{id}"))))
        .map(|subscription| subscription.tenant.as_str());
    if tenant != Some(claims.tenant.as_str()) {
        return Err(Refusal::new(
            400,
            "Tenant provided in token does not match resource token",
            "Token tenant does not match resource tenant.",
        ));
    }
    if account.property("customSubDomainName").is_null() {
        return Err(Refusal::new(
            400,
            "BadRequest",
            "Please provide a custom subdomain for token authentication, otherwise API key is required.",
        ));
    }
    let id = format!("{}/deployments/{name}", account.id);
    if !access::allowed(world, &claims.object_id, action, &account.id, true) {
        return Err(Refusal::new(
            401,
            "PermissionDenied",
            format!(
                "The principal `{}` lacks the required data action `{action}` to perform `POST {}` operation.",
                claims.object_id, call.request.path
            ),
        ));
    }
    resources::live(world, &id).cloned().ok_or_else(|| {
        Refusal::new(
            404,
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
        )
    })
}

/// The account that the host names. On loopback, where no name says it: the one with such a deployment, or the only one there is.
fn account(world: &World, call: &Call<'_>, deployment: &str) -> Option<Resource> {
    let now = world.now();
    let accounts =
        || world.azure.resources.values().filter(|resource| resource.kind == KIND && resource.life.is_visible(now));
    let host = call.request.header("host").unwrap_or_default();
    if let Some(name) = host
        .split_once(".openai.azure.com")
        .or_else(|| host.split_once(".cognitiveservices.azure.com"))
        .map(|(name, _)| name)
    {
        return accounts().find(|account| account.property("customSubDomainName") == name).cloned();
    }
    let with: Vec<&Resource> = accounts()
        .filter(|account| {
            world
                .azure
                .resources
                .get(&resources::key(&format!("{}/deployments/{deployment}", account.id)))
                .is_some_and(|found| found.kind == DEPLOYMENT_KIND)
        })
        .collect();
    if let [account] = with.as_slice() {
        return Some((*account).clone());
    }
    let mut all = accounts();
    all.next().filter(|_| all.next().is_none()).cloned()
}

fn body(call: &Call<'_>) -> Result<Value, Refusal> {
    let body = call.json().map_err(|error| {
        Refusal::new(400, "BadRequest", format!("We could not parse the JSON body of your request: {error}"))
    })?;
    if body.is_object() { Ok(body) } else { Err(Refusal::new(400, "BadRequest", "The body must be a JSON object.")) }
}

fn completion(world: &mut World, deployment: &Resource, request: &Value) -> Result<Answer, Refusal> {
    let messages = request["messages"].as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| {
        Refusal::new(400, "BadRequest", "Invalid value for 'messages': a list with at least one message is required.")
    })?;
    let asked =
        messages.iter().rev().find(|message| message["role"] == "user").map(|message| message["content"].clone());
    let text = format!("You said: {}", asked.as_ref().and_then(Value::as_str).unwrap_or_default());
    let id = format!("chatcmpl-{}", &world.next_id("completion")[..24]);
    let created = world.clock.seconds();
    let model = deployment.property("model")["name"].clone();
    if request["stream"] == true {
        let chunk = |delta: Value, finish: Value| {
            json!({ "id": id, "object": "chat.completion.chunk", "created": created, "model": model,
                "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] })
        };
        let body = format!(
            "data: {}\n\ndata: {}\n\ndata: [DONE]\n\n",
            chunk(json!({ "role": "assistant", "content": text }), Value::Null),
            chunk(json!({}), json!("stop"))
        );
        return Ok(Answer::new(200, "text/event-stream", body));
    }
    Ok(Answer::json(&json!({
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": messages.len(), "completion_tokens": 3, "total_tokens": messages.len() + 3 },
    })))
}
