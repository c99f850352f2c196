//! Google's objects as resources of `hashicorp/google`.

use super::{Around, EjectError, Official};
use crate::hcl::{Block, Value};
use crate::object::Object;
use crate::object::gcp::{
    AuditConfig, CryptoKey, Grant, KeyRing, Pool, Provider, ProviderKind, Resource, Schedule, Service, ServiceAccount,
    TransferJob, TransferSource,
};

/// The resource for one member of a role on this.
pub(super) fn kind_of_grant(resource: &Resource) -> &'static str {
    match resource {
        Resource::Project { .. } => "google_project_iam_member",
        Resource::ServiceAccount { .. } => "google_service_account_iam_member",
        Resource::CryptoKey { .. } => "google_kms_crypto_key_iam_member",
        Resource::Bucket { .. } => "google_storage_bucket_iam_member",
    }
}

impl Around<'_> {
    pub(super) fn service(&self, it: &Service) -> Result<Official, EjectError> {
        let (project, service) = (self.known(&it.project, "project")?, self.known(&it.service, "service")?);
        let resource = self
            .resource()
            .set("project", project.as_str())
            .set("service", service.as_str())
            .set("disable_on_destroy", false);
        Ok(Official::new(resource, format!("{project}/{service}")))
    }

    pub(super) fn pool(&self, it: &Pool) -> Result<Official, EjectError> {
        let resource = self
            .resource()
            .set("project", self.known(&it.project, "project")?)
            .set("workload_identity_pool_id", self.known(&it.pool, "pool_id")?)
            .unless_empty("display_name", self.known(&it.display_name, "display_name")?)
            .unless_empty("description", self.known(&it.description, "description")?)
            .unless_empty("disabled", self.flag(&it.disabled, "disabled")?);
        Ok(Official::new(resource, self.id))
    }

    pub(super) fn provider(&self, it: &Provider) -> Result<Official, EjectError> {
        let pool = self.known(&it.pool, "pool_id")?;
        let pool_id = self.id.rsplit_once("/providers/").ok_or_else(|| self.damaged())?.0;
        let resource = self
            .resource()
            .set("project", self.known(&it.project, "project")?)
            .set("workload_identity_pool_id", self.refer(pool_id, "workload_identity_pool_id", pool))
            .set("workload_identity_pool_provider_id", self.known(&it.provider, "provider_id")?)
            .unless_empty("display_name", self.known(&it.display_name, "display_name")?)
            .unless_empty("description", self.known(&it.description, "description")?)
            .unless_empty("disabled", self.flag(&it.disabled, "disabled")?)
            .unless_empty("attribute_mapping", self.map(&it.attribute_mapping, "attribute_mapping")?)
            .unless_empty("attribute_condition", self.known(&it.attribute_condition, "attribute_condition")?);
        let kind = match &it.kind {
            ProviderKind::Oidc { issuer, allowed_audiences, jwks } => Block::new("oidc")
                .set("issuer_uri", self.known(issuer, "issuer")?)
                .unless_empty("allowed_audiences", self.all(allowed_audiences, "allowed_audiences")?)
                .maybe("jwks_json", jwks.as_ref().map(|jwks| self.known(jwks, "jwks")).transpose()?),
            ProviderKind::Aws { account_id } => {
                Block::new("aws").set("account_id", self.known(account_id, "account_id")?)
            }
        };
        Ok(Official::new(resource.nest(kind), self.id))
    }

    pub(super) fn service_account(&self, it: &ServiceAccount) -> Result<Official, EjectError> {
        let resource = self
            .resource()
            .set("project", self.known(&it.project, "project")?)
            .set("account_id", self.known(&it.account, "service_account_id")?)
            .unless_empty("display_name", self.known(&it.display_name, "display_name")?)
            .unless_empty("description", self.known(&it.description, "description")?)
            .unless_empty("disabled", self.flag(&it.disabled, "disabled")?);
        Ok(Official::new(resource, self.id))
    }

    /// The member is read from the id, which the state holds even where nothing else tells the number of a project in it.
    pub(super) fn grant(&self, it: &Grant) -> Result<Official, EjectError> {
        let role = self.known(&it.role, "role")?;
        let mut parts = self.id.splitn(if it.condition.is_some() { 4 } else { 3 }, ' ').skip(2);
        if it.condition.is_some() {
            parts.next();
        }
        let member = parts.next().ok_or_else(|| self.damaged())?;
        let (name, target, on) = match &it.resource {
            Resource::Project { project } => {
                let project = self.known(project, "project")?;
                ("project", Value::from(project.as_str()), project)
            }
            Resource::ServiceAccount { .. } => {
                let account = self.known(&it.resource.name(), "service_account_id")?;
                ("service_account_id", self.refer(&account, "name", account.as_str()), account)
            }
            Resource::CryptoKey { name } => {
                let key = self.known(name, "key")?;
                ("crypto_key_id", self.refer(&key, "id", key.as_str()), key)
            }
            Resource::Bucket { bucket } => {
                let bucket = self.known(bucket, "bucket")?;
                ("bucket", Value::from(bucket.as_str()), format!("b/{bucket}"))
            }
        };
        let mut resource = self.resource().set(name, target).set("role", role.as_str()).set("member", member);
        let mut import_id = format!("{on} {role} {member}");
        if let Some(condition) = &it.condition {
            let title = self.known(&condition.title, "condition")?;
            import_id = format!("{import_id} {title}");
            let condition = Block::new("condition")
                .set("title", title)
                .set("expression", self.known(&condition.expression, "condition")?);
            resource = resource.nest(condition);
        }
        Ok(Official::new(resource, import_id))
    }

    pub(super) fn audit_config(&self, it: &AuditConfig) -> Result<Official, EjectError> {
        let (project, service) = (self.known(&it.project, "project")?, self.known(&it.service, "service")?);
        let mut resource = self.resource().set("project", project.as_str()).set("service", service.as_str());
        for (key, node) in self.graph.nodes() {
            if let Object::AuditConfig(other) = &node.object
                && (&other.project, &other.service) == (&it.project, &it.service)
                && self.held.get(key).is_some_and(|held| held.made)
            {
                let log_type = self.known(&other.log_type, "log_type")?;
                resource = resource.nest(Block::new("audit_log_config").set("log_type", log_type));
            }
        }
        Ok(Official::new(resource, format!("{project} {service}")))
    }

    pub(super) fn key_ring(&self, it: &KeyRing) -> Result<Official, EjectError> {
        let resource = self
            .resource()
            .set("project", self.known(&it.project, "project")?)
            .set("location", self.known(&it.location, "location")?)
            .set("name", self.known(&it.ring, "key_ring_id")?);
        Ok(Official::new(resource, self.id))
    }

    pub(super) fn crypto_key(&self, it: &CryptoKey) -> Result<Official, EjectError> {
        let ring = self.id.rsplit_once("/cryptoKeys/").ok_or_else(|| self.damaged())?.0;
        let duration = it.destroy_scheduled_duration.as_ref();
        let duration = duration.map(|it| self.known(it, "destroy_scheduled_duration")).transpose()?;
        let resource = self
            .resource()
            .set("name", self.known(&it.key, "key_id")?)
            .set("key_ring", self.refer(ring, "id", ring))
            .set("purpose", self.known(&it.purpose, "purpose")?)
            .set("rotation_period", self.known(&it.rotation_period, "rotation_period")?)
            .maybe("destroy_scheduled_duration", duration)
            .unless_empty("labels", self.map(&it.labels, "labels")?)
            .nest(
                Block::new("version_template")
                    .set("algorithm", "GOOGLE_SYMMETRIC_ENCRYPTION")
                    .set("protection_level", self.known(&it.protection_level, "protection_level")?),
            )
            .nest(Block::new("lifecycle").set("prevent_destroy", true));
        Ok(Official::new(resource, self.id))
    }

    pub(super) fn transfer_job(&self, it: &TransferJob) -> Result<Official, EjectError> {
        let (project, name) = (self.known(&it.project, "project")?, self.known(&it.name, "name")?);
        let mut before = Vec::new();
        let source = match &it.source {
            TransferSource::S3 { bucket, path, role_arn } => Block::new("aws_s3_data_source")
                .set("bucket_name", self.known(bucket, "bucket")?)
                .unless_empty("path", self.known(path, "path")?)
                .set("role_arn", {
                    let arn = self.known(role_arn, "role_arn")?;
                    self.refer(&arn, "arn", arn.as_str())
                }),
            TransferSource::AzureBlob { storage_account, container, path, client_id, tenant_id } => {
                Block::new("azure_blob_storage_data_source")
                    .set("storage_account", self.known(storage_account, "storage_account")?)
                    .set("container", self.known(container, "container")?)
                    .unless_empty("path", self.known(path, "path")?)
                    .nest(
                        Block::new("federated_identity_config")
                            .set("client_id", self.of_identity("client_id", client_id, &mut before)?)
                            .set("tenant_id", self.of_identity("tenant_id", tenant_id, &mut before)?),
                    )
            }
        };
        let sink = Block::new("gcs_data_sink")
            .set("bucket_name", self.known(&it.sink_bucket, "bucket")?)
            .unless_empty("path", self.known(&it.sink_path, "path")?);
        let enabled = self.flag(&it.enabled, "enabled")?;
        let mut resource = self
            .resource()
            .set("project", project.as_str())
            .set("name", format!("transferJobs/{name}"))
            .unless_empty("description", self.known(&it.description, "description")?)
            .set("status", if enabled { "ENABLED" } else { "DISABLED" })
            .nest(Block::new("transfer_spec").nest(source).nest(sink));
        if let Some(schedule) = &it.schedule {
            resource = resource.nest(self.schedule(schedule)?);
        }
        Ok(Official { before, ..Official::new(resource, format!("{project}/{name}")) })
    }

    fn schedule(&self, it: &Schedule) -> Result<Block, EjectError> {
        let parts = |kind: &'static str, text: &str, separator: char, names: &[&str]| {
            let numbers = text.split(separator).map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
            let numbers = numbers.filter(|all| all.len() <= names.len()).ok_or_else(|| self.unknown("schedule"))?;
            let given = names.iter().zip(numbers.into_iter().chain(std::iter::repeat(0)));
            Ok::<_, EjectError>(given.fold(Block::new(kind), |block, (name, it)| block.set(*name, Value::Number(it))))
        };
        let date = ["year", "month", "day"];
        let mut schedule = Block::new("schedule");
        let repeat = it.repeat_interval.as_ref().map(|it| self.known(it, "schedule")).transpose()?;
        schedule = schedule.maybe("repeat_interval", repeat);
        schedule = schedule.nest(parts("schedule_start_date", &self.known(&it.start_date, "schedule")?, '-', &date)?);
        if let Some(end) = &it.end_date {
            schedule = schedule.nest(parts("schedule_end_date", &self.known(end, "schedule")?, '-', &date)?);
        }
        if let Some(time) = &it.time_of_day {
            let names = ["hours", "minutes", "seconds", "nanos"];
            schedule = schedule.nest(parts("start_time_of_day", &self.known(time, "schedule")?, ':', &names)?);
        }
        Ok(schedule)
    }
}
