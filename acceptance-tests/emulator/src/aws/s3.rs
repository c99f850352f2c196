//! S3 as a source of transfers: buckets of the seed and those made here, listed and read by whoever may. Buckets are named in the path.

use super::access::{self, Caller};
use super::query::{element, escaped, text};
use super::signature;
use crate::http::answer::{Answer, Refusal};
use crate::http::request::{Request, percent_decoded};
use crate::http::route::{Api, Call, Object, Route, Vendor};
use crate::seed::aws::SeedBucket;
use crate::state::journal::request_guid;
use crate::state::world::{World, details};

use std::collections::BTreeMap;

/// S3's way on the wire: only what is signed for it can be meant for it.
pub(crate) static VENDOR: Vendor = Vendor {
    any_case: false,
    strict_query: false,
    owns: |request| {
        request
            .header("authorization")
            .is_some_and(|header| header.starts_with("AWS4-HMAC-SHA256") && header.contains("/s3/aws4_request"))
    },
    request_id: request_guid,
    request_id_headers: &["x-amz-request-id"],
    render,
};

/// `s3.amazonaws.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "s3.amazonaws.com",
    title: "Amazon S3",
    common_query: &[],
    render,
    fault: |status, reason| {
        let code = match status {
            403 => "AccessDenied",
            404 => "NoSuchKey",
            503 => "SlowDown",
            _ => "InternalError",
        };
        Refusal::new(
            status,
            reason.unwrap_or(code),
            format!("The request was refused by an injected fault ({status})."),
        )
    },
    objects,
    routes: &[
        Route { method: "GET", template: "/", query: &[], handler: list_buckets },
        Route { method: "PUT", template: "/{bucket}", query: &[], handler: create_bucket },
        Route { method: "HEAD", template: "/{bucket}", query: &[], handler: head_bucket },
        Route { method: "DELETE", template: "/{bucket}", query: &[], handler: delete_bucket },
        Route { method: "GET", template: "/{bucket}", query: &[], handler: list_objects },
        Route { method: "GET", template: "/{bucket}/{+key}", query: &[], handler: get_object },
        Route { method: "HEAD", template: "/{bucket}/{+key}", query: &[], handler: get_object },
        Route { method: "PUT", template: "/{bucket}/{+key}", query: &[], handler: put_object },
        Route { method: "DELETE", template: "/{bucket}/{+key}", query: &[], handler: delete_object },
    ],
};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) account: String,
    pub(crate) region: String,
    /// By key.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    seeded: bool,
}

impl Bucket {
    /// A bucket as the seed describes it.
    pub(crate) fn seeded(account: &str, seed: &SeedBucket) -> Self {
        let objects = seed.objects.iter().map(|(key, text)| (key.clone(), text.clone().into_bytes()));
        Self { account: account.to_owned(), region: seed.region.clone(), objects: objects.collect(), seeded: true }
    }
}

fn render(refusal: &Refusal) -> Answer {
    let inner =
        text("Code", &refusal.code) + &text("Message", &refusal.message) + &text("RequestId", &refusal.request_id);
    xml(refusal.status, "Error", &inner, "")
}

fn xml(status: u16, name: &str, inner: &str, namespace: &str) -> Answer {
    let attribute = if namespace.is_empty() { String::new() } else { format!(" xmlns=\"{namespace}\"") };
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}{attribute}>{inner}</{name}>");
    Answer::new(status, "application/xml", body)
}

fn list_buckets(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = signature::caller_of(world, call, "s3")?;
    allowed(world, &caller, "s3:ListAllMyBuckets", "*")?;
    let mine = world.aws.buckets.iter().filter(|(_, bucket)| bucket.account == caller.account);
    let buckets: String = mine
        .map(|(name, _)| element("Bucket", &(text("Name", name) + &text("CreationDate", "2025-01-01T00:00:00.000Z"))))
        .collect();
    let owner = element("Owner", &text("ID", &caller.account));
    Ok(xml(200, "ListAllMyBucketsResult", &(owner + &element("Buckets", &buckets)), NAMESPACE))
}

fn create_bucket(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.param("bucket").to_owned();
    let caller = signature::caller_of(world, call, "s3")?;
    allowed(world, &caller, "s3:CreateBucket", &arn(&name))?;
    let good = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.']);
    if !good {
        return Err(Refusal::new(400, "InvalidBucketName", "The specified bucket is not valid."));
    }
    if let Some(bucket) = world.aws.buckets.get(&name) {
        let (code, message) = if bucket.account == caller.account {
            (
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
        } else {
            ("BucketAlreadyExists", "The requested bucket name is not available.")
        };
        return Err(Refusal::new(409, code, message));
    }
    let region = region(call.request).unwrap_or_else(|| String::from("us-east-1"));
    world
        .aws
        .buckets
        .insert(name.clone(), Bucket { account: caller.account, region, objects: BTreeMap::new(), seeded: false });
    Ok(Answer::empty(200).with_header("location", format!("/{name}")))
}

fn head_bucket(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = bucket(world, call, "s3:ListBucket")?;
    Ok(Answer::empty(200).with_header("x-amz-bucket-region", bucket.region))
}

fn delete_bucket(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = bucket(world, call, "s3:DeleteBucket")?;
    if !bucket.objects.is_empty() {
        return Err(Refusal::new(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"));
    }
    world.aws.buckets.remove(call.param("bucket"));
    Ok(Answer::empty(204))
}

/// Lists objects, or answers where the bucket is.
fn list_objects(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    if call.request.query("location").is_some() {
        let bucket = bucket(world, call, "s3:GetBucketLocation")?;
        let place = if bucket.region == "us-east-1" { String::new() } else { escaped(&bucket.region) };
        return Ok(xml(200, "LocationConstraint", &place, NAMESPACE));
    }
    let bucket = bucket(world, call, "s3:ListBucket")?;
    let prefix = call.request.query("prefix").unwrap_or_default();
    let found: Vec<(&String, &Vec<u8>)> = bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix)).collect();
    let contents: String = found
        .iter()
        .map(|(key, content)| {
            element(
                "Contents",
                &(text("Key", key)
                    + &text("LastModified", "2025-01-01T00:00:00.000Z")
                    + &text("ETag", &etag(content))
                    + &text("Size", &content.len().to_string())
                    + &text("StorageClass", "STANDARD")),
            )
        })
        .collect();
    let inner = text("Name", call.param("bucket"))
        + &text("Prefix", prefix)
        + &text("KeyCount", &found.len().to_string())
        + &text("MaxKeys", "1000")
        + &text("IsTruncated", "false")
        + &contents;
    Ok(xml(200, "ListBucketResult", &inner, NAMESPACE))
}

fn get_object(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (bucket, key) = object(world, call, "s3:GetObject")?;
    let content = bucket.objects.get(&key);
    let content = content.ok_or_else(|| Refusal::new(404, "NoSuchKey", "The specified key does not exist."))?;
    let answer = Answer::new(200, "binary/octet-stream", content.clone()).with_header("etag", etag(content));
    Ok(answer)
}

fn put_object(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (_, key) = object(world, call, "s3:PutObject")?;
    let content = call.request.body.to_vec();
    let etag = etag(&content);
    if let Some(bucket) = world.aws.buckets.get_mut(call.param("bucket")) {
        bucket.objects.insert(key, content);
    }
    Ok(Answer::empty(200).with_header("etag", etag))
}

fn delete_object(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (_, key) = object(world, call, "s3:DeleteObject")?;
    if let Some(bucket) = world.aws.buckets.get_mut(call.param("bucket")) {
        bucket.objects.remove(&key);
    }
    Ok(Answer::empty(204))
}

fn bucket(world: &World, call: &Call<'_>, action: &str) -> Result<Bucket, Refusal> {
    let caller = signature::caller_of(world, call, "s3")?;
    owned(world, &caller, call.param("bucket"), action, &arn(call.param("bucket")))
}

/// The bucket and the key in the path, which may hold a colon that looks like a verb.
fn object(world: &World, call: &Call<'_>, action: &str) -> Result<(Bucket, String), Refusal> {
    let caller = signature::caller_of(world, call, "s3")?;
    let raw = call.request.path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
    let key = percent_decoded(raw);
    let bucket = owned(world, &caller, call.param("bucket"), action, &format!("{}/{key}", arn(call.param("bucket"))))?;
    Ok((bucket, key))
}

/// Bucket policies are not emulated: nobody of another account may do anything.
fn owned(world: &World, caller: &Caller, name: &str, action: &str, resource: &str) -> Result<Bucket, Refusal> {
    let bucket = world.aws.buckets.get(name).cloned();
    let bucket = bucket.ok_or_else(|| Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    allowed(world, caller, action, resource)?;
    if bucket.account == caller.account { Ok(bucket) } else { Err(denied(caller, action, resource)) }
}

fn allowed(world: &World, caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal> {
    if access::allowed(world, caller, action, resource) { Ok(()) } else { Err(denied(caller, action, resource)) }
}

fn denied(caller: &Caller, action: &str, resource: &str) -> Refusal {
    Refusal::new(
        403,
        "AccessDenied",
        format!(
            "User: {} is not authorized to perform: {action} on resource: \"{resource}\" because no identity-based policy allows the {action} action",
            caller.arn
        ),
    )
}

fn arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

fn etag(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest: String = Sha256::digest(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digest}\"")
}

fn region(request: &Request) -> Option<String> {
    let body = std::str::from_utf8(&request.body).ok()?;
    let (_, after) = body.split_once("<LocationConstraint>")?;
    after.split_once("</LocationConstraint>").map(|(region, _)| region.to_owned())
}

fn objects(world: &World) -> Vec<Object> {
    let buckets = world.aws.buckets.iter().map(|(name, bucket)| Object {
        kind: "aws/bucket",
        id: arn(name),
        state: "live",
        seeded: bucket.seeded,
        details: details([
            ("account", serde_json::json!(bucket.account)),
            ("objects", serde_json::json!(bucket.objects.keys().collect::<Vec<_>>())),
        ]),
    });
    buckets.collect()
}
