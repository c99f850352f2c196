//! Transfer jobs, with the role or the identity by which Google's agent reads, and what the agent may do on the bucket.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Adopted, Managed, State};
use crate::data_transfer::{READ_POLICY, SINK_ROLES};

/// What the addresses of transfer agents end with.
const AGENT: &str = "@storage-transfer-service.iam.gserviceaccount.com";

/// The transfer that a job is. None: it reads from somewhere else, with a key, or by an identity that the state does not hold.
pub(super) fn adopt(state: &State<'_>, job: &Managed) -> Option<Adopted> {
    let (project, name) = (job.text("project")?, job.text("name")?);
    let mut adopted = Adopted {
        address: format!("crosscloud_data_transfer.{}", job.label),
        import_id: format!("projects/{project}/{name};"),
        replaces: BTreeSet::from([job.configured.clone()]),
        remarks: Vec::new(),
    };
    if let Some(arn) = role_of(job) {
        take_role(state, arn, &mut adopted);
    } else {
        take_identity(state, client_of(job)?, &mut adopted)?;
    }
    let bucket = sink_of(job)?;
    let of_agent = |it: &&Managed| {
        it.text("bucket").is_some_and(|name| name.trim_start_matches("b/") == bucket)
            && it.text("role").is_some_and(|role| SINK_ROLES.contains(&role))
            && it.text("member").is_some_and(|member| member.ends_with(AGENT))
    };
    let users = state.of(&job.kind).filter(|it| sink_of(it) == Some(bucket)).count();
    let grants = state.of("google_storage_bucket_iam_member").filter(of_agent);
    if users == 1 {
        adopted.replaces.extend(grants.map(|it| it.configured.clone()));
    } else {
        adopted.remarks.push(format!("{users} jobs write to {bucket}: what the agent may do there stays as it is."));
    }
    Some(adopted)
}

fn take_role(state: &State<'_>, arn: &str, adopted: &mut Adopted) {
    let users = state.of("google_storage_transfer_job").filter(|it| role_of(it) == Some(arn)).count();
    let role = state.with("aws_iam_role", "arn", arn).filter(|_| users == 1);
    let Some(role) = role else {
        if users > 1 {
            adopted
                .remarks
                .push(format!("{users} jobs read by the role {arn}: it stays as it is, and is referred to."));
        }
        adopted.import_id.push_str(&format!("existing:{arn}"));
        return;
    };
    adopted.import_id.push_str(arn);
    adopted.replaces.insert(role.configured.clone());
    let of_role = |it: &&Managed| it.text("role").is_some() && it.text("role") == role.text("name");
    let (own, others): (Vec<_>, Vec<_>) =
        state.of("aws_iam_role_policy").filter(of_role).partition(|it| it.text("name") == Some(READ_POLICY));
    adopted.replaces.extend(own.iter().map(|it| it.configured.clone()));
    let attached = state.of("aws_iam_role_policy_attachment").filter(of_role).count();
    if attached + others.len() > 0 {
        adopted.remarks.push(format!(
            "A transfer's role has one inline policy, named {READ_POLICY}; {} more stay as they are.",
            attached + others.len()
        ));
    }
}

fn take_identity(state: &State<'_>, client: &str, adopted: &mut Adopted) -> Option<()> {
    let identity = state.with("azurerm_user_assigned_identity", "client_id", client)?;
    let id = identity.text("id")?;
    let parent = |it: &&Managed| it.any_text(&["user_assigned_identity_id", "parent_id"]) == Some(id);
    let credentials: Vec<_> = state.of("azurerm_federated_identity_credential").filter(parent).collect();
    let users = state.of("google_storage_transfer_job").filter(|it| client_of(it) == Some(client)).count();
    if users > 1 || credentials.len() > 1 {
        adopted.import_id.push_str(&format!("existing:{id}"));
        adopted.remarks.push("Others use its identity, too: that stays as it is, and is referred to.".to_owned());
        return Some(());
    }
    adopted.import_id.push_str(id);
    adopted.replaces.insert(identity.configured.clone());
    adopted.replaces.extend(credentials.iter().map(|it| it.configured.clone()));
    if let Some(principal) = identity.text("principal_id") {
        let roles = state.of("azurerm_role_assignment").filter(|it| it.text("principal_id") == Some(principal));
        adopted.replaces.extend(roles.map(|it| it.configured.clone()));
    }
    Some(())
}

/// The role by which a job reads from S3.
fn role_of(job: &Managed) -> Option<&str> {
    text_at(job, "/transfer_spec/0/aws_s3_data_source/0/role_arn")
}

/// The application by which a job reads from Azure.
fn client_of(job: &Managed) -> Option<&str> {
    text_at(job, "/transfer_spec/0/azure_blob_storage_data_source/0/federated_identity_config/0/client_id")
}

fn sink_of(job: &Managed) -> Option<&str> {
    text_at(job, "/transfer_spec/0/gcs_data_sink/0/bucket_name")
}

fn text_at<'a>(job: &'a Managed, pointer: &str) -> Option<&'a str> {
    job.attributes.pointer(pointer).and_then(Json::as_str).filter(|text| !text.is_empty())
}
