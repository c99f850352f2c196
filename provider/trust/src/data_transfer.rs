//! `crosscloud_data_transfer`: Google fetches data from another cloud itself. Its transfer agent comes with a token of its own, so the other side
//! trusts exactly that agent, and nothing is proxied and no key changes hands.

use std::collections::BTreeMap;

use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Graph, Node};
use crate::leaf::{Leaf, Text};
use crate::object::gcp::{Grant, Resource, Schedule, ServiceAgent, TransferJob, TransferRun};
use crate::object::{Key, Object, description_of};
use crate::target::azure::OwnedIdentity;
use crate::target::gcp::add_service;

mod check;
mod import;
mod sources;

/// The type of the resource.
const RESOURCE: &str = "crosscloud_data_transfer";

const SERVICE: &str = "storagetransfer.googleapis.com";

/// What the agent needs on the bucket that it writes to.
pub(crate) const SINK_ROLES: [&str; 2] = ["roles/storage.legacyBucketWriter", "roles/storage.objectViewer"];

/// Name of the inline policy by which the role reads.
pub(crate) const READ_POLICY: &str = "read";

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataTransfer {
    /// Name of the transfer; the ids of what it creates derive from it.
    pub name: Text,
    /// Google project that runs the job.
    pub project: Text,
    /// Name of the job behind `transferJobs/`, where it is not the transfer's.
    pub job_id: Option<Text>,
    /// Where the data is.
    pub from: Leaf<TransferFrom>,
    /// Where it goes.
    pub to: Leaf<TransferTo>,
    /// When the job runs.
    pub schedule: Option<Leaf<Schedule>>,
    /// Whether the job is run once right after it was made.
    pub run_once: Leaf<bool>,
    /// Whether the job stands still for the time being.
    pub disabled: Leaf<bool>,
    /// Labels.
    pub labels: Leaf<BTreeMap<String, Text>>,
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferFrom {
    /// In an Amazon S3 bucket.
    S3(FromS3),
    /// In an Azure Blob Storage container.
    AzureBlob(FromAzureBlob),
}

/// An Amazon S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromS3 {
    /// Name of the bucket.
    pub bucket: Text,
    /// Folder in it.
    pub path: Option<Text>,
    /// AWS account of the role.
    pub account_id: Option<Text>,
    /// Name of the role to make, where it is not the transfer's.
    pub role_name: Option<Text>,
    /// Path of the role to make.
    pub role_path: Option<Text>,
    /// ARN of a role that exists, in place of one to make.
    pub existing_role_arn: Option<Text>,
}

/// An Azure Blob Storage container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromAzureBlob {
    /// Resource id of the storage account.
    pub storage_account_id: Text,
    /// Name of the container.
    pub container: Text,
    /// Folder in it.
    pub path: Option<Text>,
    /// The identity to make.
    pub owned: OwnedIdentity,
    /// Resource id of an identity that exists, in place of one to make.
    pub existing_identity: Option<Text>,
}

/// Where the data goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferTo {
    /// Name of the Cloud Storage bucket.
    pub bucket: Text,
    /// Folder in it.
    pub path: Option<Text>,
}

impl DataTransfer {
    /// The objects that the transfer wants.
    pub fn graph(&self, facts: &Facts) -> Graph {
        let none = BTreeMap::new();
        let mut graph = Builder::new(self.labels.known().unwrap_or(&none));
        if self.labels.is_unknown() {
            graph.hide("labels");
        }
        let (Leaf::Known(from), Leaf::Known(to)) = (&self.from, &self.to) else {
            graph.hide(if self.from.is_unknown() { "from" } else { "to" });
            return graph.finish();
        };
        if self.schedule.as_ref().is_some_and(Leaf::is_unknown) {
            graph.hide("schedule");
            return graph.finish();
        }
        let api = add_service(&mut graph, &self.project, SERVICE, "project");
        let agent = ServiceAgent { project: self.project.clone(), service: Text::of(SERVICE) };
        let node = Node::new(Object::ServiceAgent(agent), "project").after([&api]);
        let agent = graph.add(format!("gcp/service_agent/{SERVICE}"), node);
        graph.want_text(&self.project, |project| FactQuery::TransferAgent { project }, Some(&agent), facts);

        let other = match from {
            TransferFrom::S3(it) => sources::s3(&mut graph, self, it, facts, &agent),
            TransferFrom::AzureBlob(it) => sources::azure_blob(&mut graph, self, it, facts, &agent),
        };
        let mut after = other.made;
        after.extend(self.add_sink(&mut graph, to, facts, &agent, other.owned.as_ref()));
        let job = TransferJob {
            project: self.project.clone(),
            name: self.job(),
            description: description_of(RESOURCE, &self.name),
            source: other.source,
            sink_bucket: to.bucket.clone(),
            sink_path: to.path.clone().unwrap_or(Text::of("")),
            schedule: self.schedule.as_ref().and_then(Leaf::known).cloned(),
            enabled: self.disabled.map(|off| !off),
        };
        let path = if self.job_id.is_some() { "job_id" } else { "name" };
        let job = graph.add("gcp/transfer_job", Node::new(Object::TransferJob(job), path).after(&after));
        match (self.run_once, self.disabled) {
            (Leaf::Known(true), Leaf::Known(false)) => {
                let run = TransferRun { project: self.project.clone(), job: self.job() };
                let node = Node::new(Object::TransferRun(run), "run_once").after([&job]).below([&job]);
                graph.add("gcp/transfer_run", node);
            }
            (Leaf::Known(false), _) | (_, Leaf::Known(true)) => {}
            (Leaf::Unknown, _) => graph.hide("run_once"),
            (_, Leaf::Unknown) => graph.hide("disabled"),
        }
        graph.finish()
    }

    /// Lets the agent write to the bucket. The agent runs every transfer of the project, so grants that are there already may be another one's;
    /// where they are not, they belong with what this transfer has made on the other side.
    fn add_sink(
        &self,
        graph: &mut Builder<'_>,
        to: &TransferTo,
        facts: &Facts,
        agent: &Key,
        owned: Option<&Key>,
    ) -> Vec<Key> {
        let member = Text::concat(["serviceAccount:".into(), self.agent_email(facts).piece()]);
        let grants = SINK_ROLES.map(|role| {
            let grant = Grant {
                resource: Resource::Bucket { bucket: to.bucket.clone() },
                role: Text::of(role),
                member: member.clone(),
                condition: None,
            };
            let node = Node::new(Object::Grant(grant), "to.bucket").after([agent]).after(owned).below(owned);
            graph.add(format!("gcp/bucket_grant/{role}"), node)
        });
        grants.to_vec()
    }

    /// Name of the job behind `transferJobs/`.
    pub fn job(&self) -> Text {
        self.job_id.clone().unwrap_or_else(|| self.name.clone())
    }

    /// Email of the agent that runs the job.
    pub fn agent_email(&self, facts: &Facts) -> Text {
        facts.transfer_agent(&self.project).map_or(Leaf::Unknown, |agent| Text::of(&agent.email))
    }

    /// Unique id of that agent: the subject that the other cloud trusts.
    pub fn agent_subject(&self, facts: &Facts) -> Text {
        facts.transfer_agent(&self.project).map_or(Leaf::Unknown, |agent| Text::of(&agent.subject_id))
    }

    /// ARN of the AWS role that the agent assumes, for a transfer from S3.
    pub fn role_arn(&self) -> Option<Text> {
        match self.from.known() {
            Some(TransferFrom::S3(it)) => Some(it.role_arn(&self.name)),
            Some(TransferFrom::AzureBlob(_)) => None,
            None => Some(Leaf::Unknown),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
