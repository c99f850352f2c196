//! Objects: put there whole, listed, read and deleted.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{authorised, buckets, check_precondition};
use crate::google::kms::cipher::crc32c;
use crate::google::refusal::{invalid, not_found};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

/// The content of an object.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    content: Vec<u8>,
    /// The version of the key that protects it.
    key: Option<String>,
    created_at: Millis,
}

impl Stored {
    fn generation(&self) -> String {
        self.created_at.to_string()
    }

    fn shown(&self, bucket: &str, name: &str) -> Value {
        let mut shown = json!({
            "kind": "storage#object",
            "id": format!("{bucket}/{name}/{}", self.created_at),
            "bucket": bucket,
            "name": name,
            "generation": self.generation(),
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            "size": self.content.len().to_string(),
            "crc32c": STANDARD.encode(crc32c(&self.content).to_be_bytes()),
            "timeCreated": rfc3339(self.created_at),
            "updated": rfc3339(self.created_at),
        });
        if let Some(key) = &self.key {
            shown["kmsKeyName"] = json!(key);
        }
        shown
    }
}

/// `objects.insert`, as a plain upload of the content.
pub(super) fn insert(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.objects.create")?;
    let name = call.request.query("name").unwrap_or_default().to_owned();
    if call.request.query("uploadType") != Some("media") {
        return Err(invalid("The emulator takes uploads with uploadType=media."));
    }
    if name.is_empty() || name.len() > 1024 || name.contains(['\r', '\n']) {
        return Err(invalid("Required parameter: name, of at most 1024 bytes without line breaks."));
    }
    let current = world.google.objects.get(&(bucket.name.clone(), name.clone()));
    check_precondition(call, "ifGenerationMatch", &current.map_or_else(|| String::from("0"), Stored::generation))?;
    put(world, &bucket.name, &name, call.request.body.to_vec()).map(|shown| Answer::json(&shown))
}

/// Puts an object there, protected by the bucket's own key where it has one.
pub(crate) fn put(world: &mut World, bucket: &str, name: &str, content: Vec<u8>) -> Result<Value, Refusal> {
    let found = world.google.buckets.get(bucket).cloned();
    let project = found.as_ref().and_then(|bucket| world.project(&bucket.project)).cloned();
    let key = match (found, project) {
        (Some(bucket), Some(project)) => buckets::try_key(world, &project, &bucket.fields)?,
        _ => None,
    };
    let stored = Stored { content, key, created_at: world.now() };
    let shown = stored.shown(bucket, name);
    world.google.objects.insert((bucket.to_owned(), name.to_owned()), stored);
    Ok(shown)
}

/// The content of one object.
pub(crate) fn content<'a>(world: &'a World, bucket: &str, name: &str) -> Option<&'a [u8]> {
    world.google.objects.get(&(bucket.to_owned(), name.to_owned())).map(|stored| stored.content.as_slice())
}

/// Everything in a bucket.
pub(crate) fn of_bucket(world: &World, bucket: &str) -> Vec<(String, Vec<u8>)> {
    let all = world.google.objects.iter().filter(|((of, _), _)| of == bucket);
    all.map(|((_, name), stored)| (name.clone(), stored.content.clone())).collect()
}

/// `objects.list`, with prefix and delimiter.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.objects.list")?;
    let prefix = call.request.query("prefix").unwrap_or_default();
    let delimiter = call.request.query("delimiter").filter(|delimiter| !delimiter.is_empty());
    let mut items = Vec::new();
    let mut prefixes = BTreeSet::new();
    for ((_, name), stored) in world.google.objects.iter().filter(|((of, _), _)| *of == bucket.name) {
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        match delimiter.and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len())) {
            Some(end) => {
                prefixes.insert(format!("{prefix}{}", &rest[..end]));
            }
            None => items.push(stored.shown(&bucket.name, name)),
        }
    }
    Ok(Answer::json(&json!({ "kind": "storage#objects", "items": items, "prefixes": prefixes })))
}

/// `objects.get`: what is known of it, or with `alt=media` its content.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.objects.get")?;
    let name = call.param("object");
    let stored = world.google.objects.get(&(bucket.name.clone(), name.to_owned()));
    let stored = stored.ok_or_else(|| not_found(format!("No such object: {}/{name}", bucket.name)))?;
    check_precondition(call, "ifGenerationMatch", &stored.generation())?;
    check_precondition(call, "generation", &stored.generation())?;
    if call.request.query("alt") == Some("media") {
        return Ok(Answer::new(200, "application/octet-stream", stored.content.clone()));
    }
    Ok(Answer::json(&stored.shown(&bucket.name, name)))
}

/// `objects.delete`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.objects.delete")?;
    let key = (bucket.name, call.param("object").to_owned());
    let Some(stored) = world.google.objects.get(&key) else {
        return Err(not_found(format!("No such object: {}/{}", key.0, key.1)));
    };
    check_precondition(call, "ifGenerationMatch", &stored.generation())?;
    check_precondition(call, "generation", &stored.generation())?;
    world.google.objects.remove(&key);
    Ok(Answer::empty(204))
}

/// All objects, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let objects = world.google.objects.iter().map(|((bucket, name), stored)| Object {
        kind: "gcp/object",
        id: format!("{bucket}/{name}"),
        state: "live",
        seeded: false,
        details: details([("resource", stored.shown(bucket, name))]),
    });
    objects.collect()
}
