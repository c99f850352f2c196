//! The other side of a transfer: what trusts Google's agent there, and what it may read.

use serde_json::json;

use crate::data_transfer::{DataTransfer, FromAzureBlob, FromS3, READ_POLICY, RESOURCE};
use crate::facts::{FactQuery, Facts, IdentityFacts};
use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::names::{guid_of, parse_role_arn};
use crate::object::aws::{Role, RolePolicy, role_arn};
use crate::object::azure::{FederatedCredential, RoleAssignment};
use crate::object::gcp::TransferSource;
use crate::object::{Key, Object, description_of};
use crate::target::azure::{EXCHANGE_AUDIENCE, identity, roles};

/// The issuer of the agent's tokens. IAM knows it without a provider of its own.
const GOOGLE: &str = "accounts.google.com";

/// The other side of a transfer.
pub(super) struct OtherSide {
    /// What the job reads.
    pub(super) source: TransferSource,
    /// What the job waits for.
    pub(super) made: Vec<Key>,
    /// The role or identity, where it is this transfer's own.
    pub(super) owned: Option<Key>,
}

/// Adds the AWS role.
pub(super) fn s3(
    graph: &mut Builder<'_>,
    transfer: &DataTransfer,
    it: &FromS3,
    facts: &Facts,
    agent: &Key,
) -> OtherSide {
    let arn = it.role_arn(&transfer.name);
    let path = it.path.clone().unwrap_or(Text::of(""));
    let exists = it.existing_role_arn.is_some();
    let (account_id, role_path, name) = it.role(&transfer.name);
    let role = Role {
        account_id,
        path: role_path,
        name,
        trust_policy: transfer.agent_subject(facts).map(|subject| trust_policy(&subject)),
        description: description_of(RESOURCE, &transfer.name),
        max_session_duration: Leaf::Known(3600),
        permissions_boundary: None,
        tags: graph.labels(),
        members: None,
    };
    let origin = match (&it.existing_role_arn, &it.role_name) {
        (Some(_), _) => "from.s3.existing_role_arn",
        (None, Some(_)) => "from.s3.role_name",
        (None, None) => "name",
    };
    let role = graph.add("aws/role", Node::new(Object::Role(role), origin).after([agent]).referenced(exists));
    let mut after = vec![role.clone()];
    if !exists {
        let policy = match (it.bucket.known(), path.known()) {
            (Some(bucket), Some(path)) => Text::of(read_policy(bucket, path)),
            _ => Leaf::Unknown,
        };
        let policy = RolePolicy { role_arn: arn.clone(), name: Text::of(READ_POLICY), policy };
        let node = Node::new(Object::RolePolicy(policy), "from.s3.bucket").after([&role]).below([&role]);
        after.push(graph.add(format!("aws/role_policy/{READ_POLICY}"), node));
    }
    let source = TransferSource::S3 { bucket: it.bucket.clone(), path, role_arn: arn };
    OtherSide { source, made: after, owned: (!exists).then_some(role) }
}

/// Admits the one agent. The subject is its unique id, which nobody else ever gets.
fn trust_policy(subject: &str) -> String {
    let condition = format!("{GOOGLE}:sub");
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": GOOGLE },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": { condition: subject } },
        }],
    })
    .to_string()
}

/// Reads one folder of one bucket.
fn read_policy(bucket: &str, path: &str) -> String {
    let arn = format!("arn:aws:s3:::{bucket}");
    let mut list = json!({ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn });
    if !path.is_empty() {
        list["Condition"] = json!({ "StringLike": { "s3:prefix": [path, format!("{path}*")] } });
    }
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": arn },
            list,
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("{arn}/{path}*") },
        ],
    })
    .to_string()
}

impl FromS3 {
    /// Account, path and name of the role.
    pub(super) fn role(&self, name: &Text) -> (Text, Text, Text) {
        if let Some(arn) = &self.existing_role_arn {
            let parts = arn.known().and_then(|arn| parse_role_arn(arn));
            return match parts {
                Some((account, path, name)) => (Text::of(account), Text::of(path), Text::of(name)),
                None => (Leaf::Unknown, Leaf::Unknown, Leaf::Unknown),
            };
        }
        (
            self.account_id.clone().unwrap_or(Leaf::Unknown),
            self.role_path.clone().unwrap_or(Text::of("/")),
            self.role_name.as_ref().unwrap_or(name).clone(),
        )
    }

    /// ARN of the role.
    pub(super) fn role_arn(&self, name: &Text) -> Text {
        if let Some(arn) = &self.existing_role_arn {
            return arn.clone();
        }
        let (account, path, name) = self.role(name);
        role_arn(&account, &path, &name)
    }
}

/// Adds the Azure identity.
pub(super) fn azure_blob(
    graph: &mut Builder<'_>,
    transfer: &DataTransfer,
    it: &FromAzureBlob,
    facts: &Facts,
    agent: &Key,
) -> OtherSide {
    let (key, id) = match &it.existing_identity {
        Some(id) => (identity::refer(graph, id, "from.azure_blob.existing_identity"), id.clone()),
        None => identity::add_for(graph, &it.owned, RESOURCE, &transfer.name, "name"),
    };
    let waits = it.existing_identity.is_none().then_some(&key);
    graph.want_text(&id, |id| FactQuery::Identity { id }, waits, facts);
    let given = facts.identity(&id);
    let text = |of: fn(&IdentityFacts) -> &String| IdentityFacts::text(given, of);

    let credential = FederatedCredential {
        identity: id.clone(),
        name: transfer.name.clone(),
        issuer: Text::of(format!("https://{GOOGLE}")),
        subject: transfer.agent_subject(facts),
        audience: Text::of(EXCHANGE_AUDIENCE),
    };
    let node = Node::new(Object::FederatedCredential(credential), "name").after([&key, agent]).below([&key]);
    let credential = graph.add("azure/federated_credential", node);

    let role = roles::STORAGE_BLOB_DATA_READER;
    let definition = roles::definition(role).unwrap_or_default();
    let scope =
        Text::concat([it.storage_account_id.piece(), "/blobServices/default/containers/".into(), it.container.piece()]);
    let name = match (scope.known(), id.known()) {
        (Some(scope), Some(id)) => Text::of(guid_of(&[scope, &definition, id])),
        _ => Leaf::Unknown,
    };
    let assignment = RoleAssignment {
        scope,
        role_definition: Text::of(definition),
        principal_id: text(|it| &it.principal_id),
        name,
        description: description_of(RESOURCE, &transfer.name),
    };
    let node = Node::new(Object::RoleAssignment(assignment), "from.azure_blob.container");
    let assignment = graph.add(format!("azure/role_assignment/{role}"), node.after([&key]).below([&key]));
    let account = it.storage_account_id.as_ref().map(|id| id.rsplit('/').next().unwrap_or_default().to_owned());
    let source = TransferSource::AzureBlob {
        storage_account: account,
        container: it.container.clone(),
        path: it.path.clone().unwrap_or(Text::of("")),
        client_id: text(|it| &it.client_id),
        tenant_id: text(|it| &it.tenant_id),
    };
    let owned = it.existing_identity.is_none().then(|| key.clone());
    OtherSide { source, made: vec![key, credential, assignment], owned }
}
