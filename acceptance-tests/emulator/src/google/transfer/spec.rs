//! What a job says about source, sink and conditions, and what Storage Transfer demands of it.

use serde_json::{Map, Value};

use super::schedule;
use crate::google::refusal::invalid_with_violation;
use crate::google::schema::{Field, Kind};
use crate::google::times;
use crate::http::answer::Refusal;

const STATUSES: &[&str] = &["ENABLED", "DISABLED", "DELETED", "STATUS_UNSPECIFIED"];
const OVERWRITE: &[&str] = &["DIFFERENT", "NEVER", "ALWAYS", "OVERWRITE_WHEN_UNSPECIFIED"];
const PAYLOADS: &[&str] = &["NONE", "JSON"];
const EVENTS: &[&str] = &["TRANSFER_OPERATION_SUCCESS", "TRANSFER_OPERATION_FAILED", "TRANSFER_OPERATION_ABORTED"];
const ACTIONS: &[&str] = &["FIND", "DELETE", "COPY", "LOGGABLE_ACTION_UNSPECIFIED"];
const ACTION_STATES: &[&str] = &["SUCCEEDED", "FAILED", "SKIPPED", "LOGGABLE_ACTION_STATE_UNSPECIFIED"];

const ACCESS_KEY: &[Field] = &[Field("accessKeyId", Kind::Text), Field("secretAccessKey", Kind::Text)];
/// An S3 bucket as a source.
pub(crate) const S3: &[Field] = &[
    Field("bucketName", Kind::Text),
    Field("path", Kind::Text),
    Field("roleArn", Kind::Text),
    Field("awsAccessKey", Kind::Message(ACCESS_KEY)),
    Field("credentialsSecret", Kind::Text),
    Field("cloudfrontDomain", Kind::Text),
    Field("managedPrivateNetwork", Kind::Flag),
    Field("privateNetworkService", Kind::Text),
];
const SAS: &[Field] = &[Field("sasToken", Kind::Text)];
const FEDERATED: &[Field] = &[Field("clientId", Kind::Text), Field("tenantId", Kind::Text)];
/// An Azure container as a source.
pub(crate) const AZURE: &[Field] = &[
    Field("storageAccount", Kind::Text),
    Field("container", Kind::Text),
    Field("path", Kind::Text),
    Field("azureCredentials", Kind::Message(SAS)),
    Field("credentialsSecret", Kind::Text),
    Field("federatedIdentityConfig", Kind::Message(FEDERATED)),
    Field("privateNetworkService", Kind::Text),
];
/// A Cloud Storage bucket as a source or sink.
pub(crate) const GCS: &[Field] =
    &[Field("bucketName", Kind::Text), Field("path", Kind::Text), Field("managedFolderTransferEnabled", Kind::Flag)];
const OPTIONS: &[Field] = &[
    Field("overwriteObjectsAlreadyExistingInSink", Kind::Flag),
    Field("deleteObjectsUniqueInSink", Kind::Flag),
    Field("deleteObjectsFromSourceAfterTransfer", Kind::Flag),
    Field("overwriteWhen", Kind::Choice(OVERWRITE)),
    Field("metadataOptions", Kind::Opaque),
];
const CONDITIONS: &[Field] = &[
    Field("includePrefixes", Kind::Texts),
    Field("excludePrefixes", Kind::Texts),
    Field("includeStorageClasses", Kind::Texts),
    Field("matchGlob", Kind::Text),
    Field("minTimeElapsedSinceLastModification", Kind::Duration),
    Field("maxTimeElapsedSinceLastModification", Kind::Duration),
    Field("lastModifiedSince", Kind::Time),
    Field("lastModifiedBefore", Kind::Time),
];
/// Where from, where to, and what.
pub(crate) const SPEC: &[Field] = &[
    Field("awsS3DataSource", Kind::Message(S3)),
    Field("azureBlobStorageDataSource", Kind::Message(AZURE)),
    Field("gcsDataSource", Kind::Message(GCS)),
    Field("httpDataSource", Kind::Opaque),
    Field("gcsDataSink", Kind::Message(GCS)),
    Field("objectConditions", Kind::Message(CONDITIONS)),
    Field("transferOptions", Kind::Message(OPTIONS)),
    Field("transferManifest", Kind::Opaque),
];
const NOTIFICATION: &[Field] = &[
    Field("pubsubTopic", Kind::Text),
    Field("eventTypes", Kind::Choices(EVENTS)),
    Field("payloadFormat", Kind::Choice(PAYLOADS)),
];
const LOGGING: &[Field] = &[
    Field("logActions", Kind::Choices(ACTIONS)),
    Field("logActionStates", Kind::Choices(ACTION_STATES)),
    Field("enableOnpremGcsTransferLogs", Kind::Flag),
];
/// A job.
pub(crate) const JOB: &[Field] = &[
    Field("creationTime", Kind::Output),
    Field("lastModificationTime", Kind::Output),
    Field("deletionTime", Kind::Output),
    Field("latestOperationName", Kind::Output),
    Field("name", Kind::Text),
    Field("description", Kind::Text),
    Field("projectId", Kind::Text),
    Field("serviceAccount", Kind::Text),
    Field("transferSpec", Kind::Message(SPEC)),
    Field("notificationConfig", Kind::Message(NOTIFICATION)),
    Field("loggingConfig", Kind::Message(LOGGING)),
    Field("schedule", Kind::Message(schedule::FIELDS)),
    Field("status", Kind::Choice(STATUSES)),
];

const SOURCES: &[&str] = &["awsS3DataSource", "azureBlobStorageDataSource", "gcsDataSource", "httpDataSource"];

/// Refuses what Storage Transfer refuses.
pub(super) fn check(job: &Map<String, Value>) -> Result<(), Refusal> {
    let description = job.get("description").and_then(Value::as_str).unwrap_or_default();
    if description.len() > 1024 {
        return Err(violation("description", "The description must have at most 1024 bytes."));
    }
    let empty = Map::new();
    let spec = job.get("transferSpec").and_then(Value::as_object).unwrap_or(&empty);
    match SOURCES.iter().filter(|source| spec.contains_key(**source)).count() {
        1 => {}
        0 => return Err(violation("transfer_spec.data_source", "The transfer specification must have a data source.")),
        _ => {
            return Err(violation(
                "transfer_spec.data_source",
                "The transfer specification has more than one data source.",
            ));
        }
    }
    let sink = &job["transferSpec"]["gcsDataSink"];
    if text(sink, "bucketName").is_empty() {
        return Err(violation(
            "transfer_spec.gcs_data_sink",
            "The transfer specification must have a data sink with a bucket.",
        ));
    }
    for (name, source) in spec.iter().filter(|(name, _)| name.ends_with("DataSource") || name.ends_with("DataSink")) {
        check_path(name, text(source, "path"))?;
    }
    if let Some(source) = spec.get("awsS3DataSource") {
        check_s3(source)?;
    }
    if let Some(source) = spec.get("azureBlobStorageDataSource") {
        check_azure(source)?;
    }
    if spec.get("gcsDataSource").is_some_and(|source| text(source, "bucketName").is_empty()) {
        return Err(violation("transfer_spec.gcs_data_source.bucket_name", "The source must name a bucket."));
    }
    check_options(spec)?;
    if let Some(notification) = job.get("notificationConfig") {
        let topic: Vec<&str> = text(notification, "pubsubTopic").split('/').collect();
        if !matches!(topic.as_slice(), ["projects", project, "topics", name] if !project.is_empty() && !name.is_empty())
        {
            return Err(violation(
                "notification_config.pubsub_topic",
                "The topic must be of the form projects/{project}/topics/{topic}.",
            ));
        }
    }
    schedule::check(job.get("schedule"))
}

fn check_path(name: &str, path: &str) -> Result<(), Refusal> {
    if path.is_empty() || (path.ends_with('/') && !path.starts_with('/') && path.len() <= 1024) {
        return Ok(());
    }
    Err(violation(
        &format!("transfer_spec.{name}.path"),
        &format!("The path '{path}' must be empty or end with a '/', and not begin with one."),
    ))
}

fn check_s3(source: &Value) -> Result<(), Refusal> {
    const PLACE: &str = "transfer_spec.aws_s3_data_source";
    if text(source, "bucketName").is_empty() {
        return Err(violation(PLACE, "The S3 source must name a bucket."));
    }
    one_credential(PLACE, source, &["awsAccessKey", "credentialsSecret", "roleArn"])?;
    let role = text(source, "roleArn");
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let good = matches!(parts.as_slice(), ["arn", "aws" | "aws-cn" | "aws-us-gov", "iam", "", account, resource]
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
            && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()));
    if !role.is_empty() && !good {
        return Err(violation(
            "transfer_spec.aws_s3_data_source.role_arn",
            &format!("'{role}' is not the ARN of a role, such as arn:aws:iam::123456789012:role/name."),
        ));
    }
    Ok(())
}

fn check_azure(source: &Value) -> Result<(), Refusal> {
    const PLACE: &str = "transfer_spec.azure_blob_storage_data_source";
    let account = text(source, "storageAccount");
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !(3..=24).contains(&account.len()) || !word(account) {
        return Err(violation(PLACE, &format!("'{account}' is not the name of an Azure storage account.")));
    }
    if text(source, "container").is_empty() {
        return Err(violation(PLACE, "The Azure source must name a container."));
    }
    one_credential(PLACE, source, &["azureCredentials", "credentialsSecret", "federatedIdentityConfig"])?;
    if !["azureCredentials", "credentialsSecret", "federatedIdentityConfig"].iter().any(|name| is_given(source, name)) {
        return Err(violation(PLACE, "The Azure source must carry credentials."));
    }
    let federated = &source["federatedIdentityConfig"];
    if !federated.is_null() && (text(federated, "clientId").is_empty() || text(federated, "tenantId").is_empty()) {
        return Err(violation(PLACE, "A federated identity must name its client id and its tenant id."));
    }
    Ok(())
}

fn one_credential(place: &str, source: &Value, names: &[&str]) -> Result<(), Refusal> {
    let given: Vec<&str> = names.iter().copied().filter(|name| is_given(source, name)).collect();
    if given.len() > 1 {
        return Err(violation(place, &format!("Only one of {} can be given.", given.join(" and "))));
    }
    Ok(())
}

/// gcloud sends an empty access key along with a role, and nobody minds.
fn is_given(source: &Value, name: &str) -> bool {
    match &source[name] {
        Value::Object(fields) => !fields.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => false,
    }
}

fn check_options(spec: &Map<String, Value>) -> Result<(), Refusal> {
    let flag = |name: &str| spec.get("transferOptions").is_some_and(|options| options[name] == true);
    if flag("deleteObjectsUniqueInSink") && flag("deleteObjectsFromSourceAfterTransfer") {
        return Err(violation(
            "transfer_spec.transfer_options",
            "delete_objects_unique_in_sink and delete_objects_from_source_after_transfer exclude each other.",
        ));
    }
    let Some(conditions) = spec.get("objectConditions") else { return Ok(()) };
    let timed = [
        "minTimeElapsedSinceLastModification",
        "maxTimeElapsedSinceLastModification",
        "lastModifiedSince",
        "lastModifiedBefore",
    ];
    if flag("deleteObjectsUniqueInSink") && timed.iter().any(|name| !conditions[*name].is_null()) {
        return Err(violation(
            "transfer_spec.object_conditions",
            "delete_objects_unique_in_sink does not go with conditions on modification times.",
        ));
    }
    let moment = |name: &str| conditions[name].as_str().and_then(times::moment);
    if let (Some(since), Some(before)) = (moment("lastModifiedSince"), moment("lastModifiedBefore"))
        && since >= before
    {
        return Err(violation(
            "transfer_spec.object_conditions",
            "last_modified_since must be before last_modified_before.",
        ));
    }
    Ok(())
}

fn text<'a>(message: &'a Value, name: &str) -> &'a str {
    message[name].as_str().unwrap_or_default()
}

fn violation(field: &str, description: &str) -> Refusal {
    invalid_with_violation(field, description)
}
