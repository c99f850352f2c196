//! What AWS holds at the start: accounts with their users and buckets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Account of the default seed.
pub const ACCOUNT: &str = "123456789012";
/// Access key of the default seed's operator.
pub const OPERATOR_KEY: &str = "AKIAEMULATOROPERATOR";
/// Its secret. It is no secret: it opens nothing but the emulator.
pub const OPERATOR_SECRET: &str = "emulator-secret-access-key-of-the-operator";

/// AWS at the start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAws {
    /// Accounts.
    #[serde(default)]
    pub accounts: Vec<SeedAccount>,
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAccount {
    /// Account id, twelve digits.
    pub id: String,
    /// IAM users.
    #[serde(default)]
    pub users: Vec<SeedUser>,
    /// S3 buckets.
    #[serde(default)]
    pub buckets: Vec<SeedBucket>,
}

/// An IAM user with one access key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedUser {
    /// User name.
    pub name: String,
    /// Path; `/` when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// What the user may: an identity policy.
    pub policy: Value,
}

/// An S3 bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedBucket {
    /// Bucket name.
    pub name: String,
    /// Region.
    pub region: String,
    /// Objects: key and text.
    #[serde(default)]
    pub objects: BTreeMap<String, String>,
}

impl Default for SeedAws {
    /// One account, its operator, and a user who may nothing.
    fn default() -> Self {
        let user = |name: &str, key: &str, secret: &str, policy: Value| SeedUser {
            name: name.to_owned(),
            path: None,
            access_key_id: key.to_owned(),
            secret_access_key: secret.to_owned(),
            policy,
        };
        let everything =
            json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
        Self {
            accounts: vec![SeedAccount {
                id: ACCOUNT.to_owned(),
                users: vec![
                    user("operator", OPERATOR_KEY, OPERATOR_SECRET, everything),
                    user("nobody", "AKIAEMULATORNOBODY00", "emulator-secret-access-key-of-nobody", Value::Null),
                ],
                buckets: Vec::new(),
            }],
        }
    }
}
