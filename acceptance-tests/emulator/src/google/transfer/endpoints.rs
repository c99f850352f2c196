//! Both ends of a transfer: whether Google's agent gets in there. Nothing is taken on trust; the source's cloud judges the agent's token.

use serde_json::{Map, Value, json};

use crate::google::access::Principal;
use crate::google::projects::Project;
use crate::google::refusal::precondition;
use crate::google::storage::{self, buckets, objects};
use crate::google::{accounts, agents};
use crate::http::answer::Refusal;
use crate::state::world::World;
use crate::tokens::mint::{self, Order};
use crate::{aws, azure};

const GOOGLE: &str = "https://accounts.google.com";
/// The name of the agent's sessions of a role.
const SESSION: &str = "storage-transfer-service";
const AZURE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Why a run fails.
#[derive(Debug)]
pub(super) struct Failure {
    /// Canonical code, such as `PERMISSION_DENIED`.
    pub(super) code: &'static str,
    /// Which end.
    pub(super) url: String,
    pub(super) message: String,
}

/// Refuses a job whose sink the agent cannot even look at.
pub(super) fn sink_is_known(world: &World, project: &Project, job: &Map<String, Value>) -> Result<(), Refusal> {
    let name = bucket_name(job, "gcsDataSink");
    let agent = agent(world, project, job);
    let found = buckets::visible(world, name);
    match (found, agent) {
        (Some(bucket), Ok(agent)) if storage::may(world, bucket, &agent, "storage.buckets.get") => Ok(()),
        _ => Err(precondition(format!(
            "Failed to obtain the location of the Google Cloud Storage (GCS) bucket {name} due to insufficient permissions. Please verify \
             that the bucket exists and that the necessary permissions have been granted."
        ))),
    }
}

/// What a run found and brought over.
#[derive(Debug, Default)]
pub(super) struct Counters {
    found: usize,
    found_bytes: usize,
    copied: usize,
    copied_bytes: usize,
}

impl Counters {
    pub(super) fn shown(&self) -> Value {
        json!({
            "objectsFoundFromSource": self.found.to_string(),
            "bytesFoundFromSource": self.found_bytes.to_string(),
            "objectsFromSourceSkippedBySync": (self.found - self.copied).to_string(),
            "objectsCopiedToSink": self.copied.to_string(),
            "bytesCopiedToSink": self.copied_bytes.to_string(),
        })
    }
}

/// Objects by name.
type Objects = Vec<(String, Vec<u8>)>;

/// Gets in at both ends and copies what the sink does not have yet.
pub(super) fn transfer(world: &mut World, project: &Project, job: &Map<String, Value>) -> Result<Counters, Failure> {
    let agent = agent(world, project, job)?;
    let spec = &job["transferSpec"];
    let (source, objects) = if !spec["awsS3DataSource"].is_null() {
        ("awsS3DataSource", from_s3(world, project, &spec["awsS3DataSource"])?)
    } else if !spec["azureBlobStorageDataSource"].is_null() {
        ("azureBlobStorageDataSource", from_azure(world, project, &spec["azureBlobStorageDataSource"])?)
    } else if !spec["gcsDataSource"].is_null() {
        let name = bucket_name(job, "gcsDataSource");
        try_bucket(world, &agent, name, &["storage.buckets.get", "storage.objects.list", "storage.objects.get"])?;
        ("gcsDataSource", objects::of_bucket(world, name))
    } else {
        ("httpDataSource", Objects::new())
    };
    try_sink(world, &agent, job)?;
    let sink = bucket_name(job, "gcsDataSink").to_owned();
    let path = |end: &str| spec[end]["path"].as_str().unwrap_or_default();
    let listed = |name: &str| spec["objectConditions"][name].as_array().filter(|list| !list.is_empty());
    let begins = |prefixes: &Vec<Value>, name: &str| {
        prefixes.iter().filter_map(Value::as_str).any(|prefix| name.starts_with(prefix))
    };
    let mut counters = Counters::default();
    for (name, content) in objects {
        let Some(rest) = name.strip_prefix(path(source)) else { continue };
        let included = listed("includePrefixes").is_none_or(|prefixes| begins(prefixes, rest));
        if !included || listed("excludePrefixes").is_some_and(|prefixes| begins(prefixes, rest)) {
            continue;
        }
        counters.found += 1;
        counters.found_bytes += content.len();
        let name = format!("{}{rest}", path("gcsDataSink"));
        if objects::content(world, &sink, &name) == Some(content.as_slice()) {
            continue;
        }
        let size = content.len();
        objects::put(world, &sink, &name, content).map_err(|refusal| Failure {
            code: "PERMISSION_DENIED",
            url: format!("gs://{sink}/{name}"),
            message: refusal.message,
        })?;
        counters.copied += 1;
        counters.copied_bytes += size;
    }
    Ok(counters)
}

fn try_sink(world: &World, agent: &Principal, job: &Map<String, Value>) -> Result<(), Failure> {
    let spec = &job["transferSpec"];
    let sink = bucket_name(job, "gcsDataSink");
    let mut needed = vec!["storage.buckets.get", "storage.objects.list", "storage.objects.create"];
    if spec["transferOptions"]["deleteObjectsUniqueInSink"] == true
        || spec["transferOptions"]["overwriteObjectsAlreadyExistingInSink"] == true
    {
        needed.push("storage.objects.delete");
    }
    try_bucket(world, agent, sink, &needed)
}

/// Who writes the sink: Google's agent, or the account that the agent may stand in for.
fn agent(world: &World, project: &Project, job: &Map<String, Value>) -> Result<Principal, Failure> {
    let email = agents::email(&project.number, super::API.service).unwrap_or_default();
    let agent = Principal::Agent(email.clone());
    let Some(delegate) = job.get("serviceAccount").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return Ok(agent);
    };
    let denied = || Failure {
        code: "PERMISSION_DENIED",
        url: delegate.to_owned(),
        message: format!("{email} does not have iam.serviceAccounts.getAccessToken on {delegate}."),
    };
    let account = accounts::live(world, delegate).filter(|account| !account.disabled).ok_or_else(denied)?;
    let policies = accounts::policies(account);
    if !crate::google::policy::allows(world, &policies, &agent, "iam.serviceAccounts.getAccessToken") {
        return Err(denied());
    }
    Ok(Principal::Account(account.unique_id.clone()))
}

fn try_bucket(world: &World, agent: &Principal, name: &str, needed: &[&str]) -> Result<(), Failure> {
    let fail = |code, message| Err(Failure { code, url: format!("gs://{name}"), message });
    let Some(bucket) = buckets::visible(world, name) else {
        return fail("NOT_FOUND", String::from("The specified bucket does not exist."));
    };
    match needed.iter().find(|permission| !storage::may(world, bucket, agent, permission)) {
        None => Ok(()),
        Some(permission) => {
            let who = crate::google::access::shown_name(world, agent);
            fail("PERMISSION_DENIED", format!("{who} does not have {permission} access to the bucket {name}."))
        }
    }
}

/// Google's agent presents its token to AWS, assumes the role, and what that role may do with the bucket decides.
fn from_s3(world: &mut World, project: &Project, source: &Value) -> Result<Objects, Failure> {
    let text = |name: &str| source[name].as_str().unwrap_or_default().to_owned();
    let (bucket, role) = (text("bucketName"), text("roleArn"));
    let url = format!("s3://{bucket}");
    let fail = |code, message: String| Failure { code, url: url.clone(), message };
    let missing = || fail("NOT_FOUND", String::from("NoSuchBucket The specified bucket does not exist"));
    let objects = |world: &World| {
        let found = world.aws.buckets.get(&bucket);
        found.map(|found| found.objects.clone().into_iter().collect::<Objects>())
    };
    if role.is_empty() {
        // Secrets are none of the emulator's business: it holds none, and so believes them.
        return objects(world).ok_or_else(missing);
    }
    let email = agents::email(&project.number, super::API.service).unwrap_or_default();
    let audience = agents::unique_id(&email);
    let token = identity_token(world, project, &audience).map_err(|message| fail("INTERNAL", message))?;
    let assumed = aws::sts::assume_role_with_web_identity(world, &role, &token, SESSION)
        .map_err(|refusal| fail("PERMISSION_DENIED", format!("{} {}", refusal.code, refusal.message)))?;
    let arn = format!("arn:aws:s3:::{bucket}");
    for (action, resource) in [("s3:ListBucket", arn.clone()), ("s3:GetObject", format!("{arn}/*"))] {
        if !aws::access::allowed(world, &assumed.caller, action, &resource) {
            return Err(fail(
                "PERMISSION_DENIED",
                format!("AccessDenied {} is not authorized to perform: {action} on resource: {resource}", assumed.arn),
            ));
        }
    }
    objects(world).ok_or_else(missing)
}

/// Google's agent presents its token to Microsoft Entra, and what it gets to the container.
fn from_azure(world: &mut World, project: &Project, source: &Value) -> Result<Objects, Failure> {
    let text = |name: &str| source[name].as_str().unwrap_or_default().to_owned();
    let (account, container) = (text("storageAccount"), text("container"));
    let url = format!("https://{account}.blob.core.windows.net/{container}");
    let fail = |code, message: String| Failure { code, url: url.clone(), message };
    let federated = &source["federatedIdentityConfig"];
    if federated.is_null() {
        // Secrets are none of the emulator's business: it holds none, and so believes them.
        return Ok(Objects::new());
    }
    let (client, tenant) = (federated["clientId"].as_str(), federated["tenantId"].as_str());
    let assertion = identity_token(world, project, AZURE_AUDIENCE).map_err(|message| fail("INTERNAL", message))?;
    let issued = azure::entra::exchange_assertion(
        world,
        tenant.unwrap_or_default(),
        client.unwrap_or_default(),
        &assertion,
        "https://storage.azure.com/.default",
    )
    .map_err(|refusal| fail("PERMISSION_DENIED", refusal.message))?;
    let suffix = format!("/providers/microsoft.storage/storageaccounts/{account}");
    let id = world.azure.resources.keys().find(|id| id.ends_with(&suffix)).cloned();
    let id = id.ok_or_else(|| fail("NOT_FOUND", format!("The storage account {account} does not exist.")))?;
    let scope = format!("{id}/blobServices/default/containers/{container}");
    let action = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
    if !azure::access::allowed(world, &issued.object_id, action, &scope, true) {
        return Err(fail("PERMISSION_DENIED", format!("This request is not authorized to perform {action}.")));
    }
    if azure::resources::live(world, &scope).is_none() {
        return Err(fail("NOT_FOUND", format!("The container {container} does not exist.")));
    }
    // Containers are empty here: only who may read them is emulated.
    Ok(Objects::new())
}

/// The token by which Google's agent of this project is known to other clouds.
fn identity_token(world: &mut World, project: &Project, audience: &str) -> Result<String, String> {
    let email = agents::email(&project.number, super::API.service).unwrap_or_default();
    let id = agents::unique_id(&email);
    let claims = json!({ "azp": id, "email": email, "email_verified": true });
    let order = Order::plain(GOOGLE, audience, &id, claims.as_object().cloned().unwrap_or_default());
    let token = mint::mint(world, order).map_err(|error| error.to_string())?;
    Ok(token["token"].as_str().unwrap_or_default().to_owned())
}

fn bucket_name<'a>(job: &'a Map<String, Value>, end: &str) -> &'a str {
    job.get("transferSpec").and_then(|spec| spec[end]["bucketName"].as_str()).unwrap_or_default()
}
