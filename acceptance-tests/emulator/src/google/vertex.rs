//! Vertex AI: answers whoever really got through. The text is made from the request alone, so that a test can tell that its question arrived.

pub(crate) mod resources;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::access;
use super::refusal::{self, COMMON_QUERY, invalid, invalid_with_violation, not_found};
use super::schema::{self, Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::clock::rfc3339;
use crate::state::world::World;

/// `aiplatform.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "aiplatform.googleapis.com",
    title: "Vertex AI API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects: resources::objects,
    routes: &[
        Route { method: "POST", template: ENDPOINTS, query: &["endpointId"], handler: resources::create },
        Route { method: "GET", template: ENDPOINTS, query: LIST, handler: resources::list },
        Route { method: "GET", template: ENDPOINT, query: &[], handler: resources::get },
        Route { method: "DELETE", template: ENDPOINT, query: &[], handler: resources::delete },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/endpoints/{resource}/operations/{operation}",
            query: &[],
            handler: resources::operation,
        },
        Route { method: "POST", template: DATASETS, query: &[], handler: resources::create },
        Route { method: "GET", template: DATASETS, query: LIST, handler: resources::list },
        Route { method: "GET", template: DATASET, query: &[], handler: resources::get },
        Route { method: "DELETE", template: DATASET, query: &[], handler: resources::delete },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/datasets/{resource}/operations/{operation}",
            query: &[],
            handler: resources::operation,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:generateContent",
            query: &[],
            handler: generate,
        },
        Route {
            method: "POST",
            template: "/v1beta1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:generateContent",
            query: &[],
            handler: generate,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:streamGenerateContent",
            query: &[],
            handler: stream,
        },
        Route {
            method: "POST",
            template: "/v1beta1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:streamGenerateContent",
            query: &[],
            handler: stream,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:rawPredict",
            query: &[],
            handler: raw_predict,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:predict",
            query: &[],
            handler: predict,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/endpoints/{endpoint}:predict",
            query: &[],
            handler: predict,
        },
    ],
};

const ENDPOINTS: &str = "/v1/projects/{project}/locations/{location}/endpoints";
const ENDPOINT: &str = "/v1/projects/{project}/locations/{location}/endpoints/{resource}";
const DATASETS: &str = "/v1/projects/{project}/locations/{location}/datasets";
const DATASET: &str = "/v1/projects/{project}/locations/{location}/datasets/{resource}";
const LIST: &[&str] = &["filter", "orderBy", "pageSize", "pageToken", "readMask"];

const CONTENT: &[Field] = &[Field("role", Kind::Text), Field("parts", Kind::Any)];
/// The body of `generateContent`.
pub(crate) const GENERATE: &[Field] = &[
    Field("contents", Kind::Messages(CONTENT)),
    Field("systemInstruction", Kind::Message(CONTENT)),
    Field("tools", Kind::Any),
    Field("toolConfig", Kind::Any),
    Field("safetySettings", Kind::Any),
    Field("generationConfig", Kind::Opaque),
    Field("labels", Kind::TextMap),
    Field("cachedContent", Kind::Text),
    Field("modelArmorConfig", Kind::Opaque),
];
/// The body of `predict`.
pub(crate) const PREDICT: &[Field] =
    &[Field("instances", Kind::Any), Field("parameters", Kind::Any), Field("labels", Kind::TextMap)];

/// Publishers and how the names of their models begin.
const MODELS: &[(&str, &[&str])] = &[
    ("anthropic", &["claude-"]),
    ("google", &["gemini-", "gemma-", "imagen-", "multimodalembedding", "text-", "veo-"]),
    ("meta", &["llama-"]),
    ("mistralai", &["codestral-", "mistral-"]),
];

fn generate(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let prompt = admitted_prompt(world, call)?;
    let text = reply(call.param("model"), &prompt);
    Ok(Answer::json(&generated(world, call, &prompt, &text, true)))
}

/// The same answer in two pieces: a JSON array, or server-sent events for `alt=sse`.
fn stream(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let prompt = admitted_prompt(world, call)?;
    let text = reply(call.param("model"), &prompt);
    let (first, last) = text.split_once(": ").unwrap_or((&text, ""));
    let pieces =
        [generated(world, call, &prompt, &format!("{first}: "), false), generated(world, call, &prompt, last, true)];
    if call.request.query("alt") != Some("sse") {
        return Ok(Answer::json(&json!(pieces)));
    }
    let body: String = pieces.iter().map(|piece| format!("data: {piece}\r\n\r\n")).collect();
    Ok(Answer::new(200, "text/event-stream", body))
}

/// Publishers other than Google take their own bodies; this is the one of Anthropic's messages.
fn raw_predict(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    admit(world, call)?;
    known_model(call)?;
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return Err(invalid_with_violation("messages", "At least one message is required."));
    };
    let prompt = messages.iter().map(|message| texts(&message["content"])).collect::<Vec<_>>().join(" ");
    let text = reply(call.param("model"), &prompt);
    Ok(Answer::json(&json!({
        "id": format!("msg_vrtx_{}", &digest(&prompt)[..24]),
        "type": "message",
        "role": "assistant",
        "model": call.param("model"),
        "content": [{ "type": "text", "text": text }],
        "stop_reason": "end_turn",
        "stop_sequence": null,
        "usage": { "input_tokens": tokens(&prompt), "output_tokens": tokens(&text) },
    })))
}

fn predict(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    admit(world, call)?;
    let endpoint = call.param("endpoint");
    if endpoint.is_empty() {
        known_model(call)?;
    }
    let body = checked(call, PREDICT)?;
    let instances = body.get("instances").and_then(Value::as_array).filter(|instances| !instances.is_empty());
    let Some(instances) = instances else {
        return Err(invalid_with_violation("instances", "At least one instance is required."));
    };
    let predictions: Vec<Value> = instances
        .iter()
        .map(|instance| {
            let digest = Sha256::digest(instance.to_string());
            json!({ "score": f64::from(digest[0]) / 255.0, "input": instance })
        })
        .collect();
    let mut answer = json!({ "predictions": predictions });
    if !endpoint.is_empty() {
        answer["deployedModelId"] = json!(super::services::sha_digits(endpoint));
    }
    Ok(Answer::json(&answer))
}

fn admit(world: &World, call: &Call<'_>) -> Result<(), Refusal> {
    access::caller(world, call)?;
    access::issued_here(world, call)?;
    access::project(world, call, "aiplatform.endpoints.predict")?;
    check_location(call)
}

fn check_location(call: &Call<'_>) -> Result<(), Refusal> {
    let location = call.param("location");
    let region = location.rsplit_once('-').is_some_and(|(area, place)| {
        !area.is_empty()
            && area.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && place.bytes().any(|byte| byte.is_ascii_digit())
    });
    if region || ["global", "us", "eu"].contains(&location) {
        return Ok(());
    }
    Err(invalid_with_violation("name", &format!("'{location}' is not a location of Vertex AI.")))
}

fn admitted_prompt(world: &World, call: &Call<'_>) -> Result<String, Refusal> {
    admit(world, call)?;
    known_model(call)?;
    let body = checked(call, GENERATE)?;
    let contents = body.get("contents").and_then(Value::as_array).filter(|contents| !contents.is_empty());
    let Some(contents) = contents else {
        return Err(invalid_with_violation("contents", "At least one contents field is required."));
    };
    for content in contents {
        if content["parts"].as_array().is_none_or(Vec::is_empty) && !content["parts"].is_object() {
            return Err(invalid_with_violation("contents.parts", "Every content must have at least one part."));
        }
        if content["role"].as_str().is_some_and(|role| !["user", "model", "function"].contains(&role)) {
            return Err(invalid_with_violation("contents.role", "Please use a valid role: user, model."));
        }
    }
    Ok(contents.iter().map(|content| texts(&content["parts"])).collect::<Vec<_>>().join(" "))
}

fn known_model(call: &Call<'_>) -> Result<(), Refusal> {
    let (publisher, model) = (call.param("publisher"), call.param("model"));
    let known = MODELS
        .iter()
        .any(|(name, families)| *name == publisher && families.iter().any(|family| model.starts_with(family)));
    if known {
        return Ok(());
    }
    let name = call.request.segments.iter().skip(1).map(String::as_str).collect::<Vec<_>>().join("/");
    Err(not_found(format!("Publisher Model `{name}` was not found or your project does not have access to it.")))
}

fn checked(call: &Call<'_>, fields: &'static [Field]) -> Result<Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    schema::checked(&body, fields, "")
}

fn generated(world: &World, call: &Call<'_>, prompt: &str, text: &str, last: bool) -> Value {
    let mut candidate = json!({ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 });
    if last {
        candidate["finishReason"] = json!("STOP");
    }
    let (asked, answered) = (tokens(prompt), tokens(text));
    json!({
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": asked, "candidatesTokenCount": answered, "totalTokenCount": asked + answered, "trafficType": "ON_DEMAND",
        },
        "modelVersion": call.param("model"),
        "createTime": rfc3339(world.now()),
        "responseId": &digest(prompt)[..24],
    })
}

/// The texts of one part, of a list of parts, or a plain text.
fn texts(parts: &Value) -> String {
    match parts {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(texts).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
        Value::Object(part) => part.get("text").map(texts).unwrap_or_default(),
        _ => String::new(),
    }
}

fn reply(model: &str, prompt: &str) -> String {
    let words = prompt.split_whitespace().count();
    let beginning: String = prompt.chars().take(200).collect();
    format!("{model} (emulated) read {words} words: {beginning}")
}

fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
