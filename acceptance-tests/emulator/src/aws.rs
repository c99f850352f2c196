//! AWS: IAM and the security token service over the Query protocol, and S3 far enough to be a source.

use std::collections::BTreeMap;

pub(crate) mod access;
pub(crate) mod evaluate;
pub(crate) mod iam;
pub(crate) mod lent;
pub(crate) mod managed;
pub(crate) mod oidc_providers;
pub(crate) mod outbound;
pub(crate) mod policy;
pub(crate) mod query;
pub(crate) mod role_policies;
pub(crate) mod roles;
pub(crate) mod s3;
pub(crate) mod signature;
pub(crate) mod sts;
pub(crate) mod trust_policy;
pub(crate) mod web_identity;

use crate::http::route::Vendor;
use crate::seed::Seed;
use crate::state::clock::Millis;
use crate::state::journal::request_guid;
use crate::state::world::World;
use access::{Session, User};
use oidc_providers::Provider;
use roles::Role;
use s3::Bucket;

/// The Query protocol: one path, and an action that says what is wanted.
pub(crate) static VENDOR: Vendor = Vendor {
    any_case: false,
    strict_query: false,
    owns: |request| request.segments.is_empty() && request.verb.is_some(),
    request_id: request_guid,
    request_id_headers: &["x-amzn-requestid"],
    render: query::render,
};

/// Everything that AWS holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Accounts, by id; with the issuer of the tokens that an account vends, once it does.
    pub(crate) accounts: BTreeMap<String, Option<String>>,
    /// By access key id.
    pub(crate) users: BTreeMap<String, User>,
    /// By account and name in lower case.
    pub(crate) roles: BTreeMap<String, Role>,
    /// By ARN.
    pub(crate) providers: BTreeMap<String, Provider>,
    /// Temporary credentials, by access key id.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Tokens of the machine's metadata service, and until when each counts.
    pub(crate) metadata_tokens: BTreeMap<String, Millis>,
    /// By name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
}

/// Puts the seed's accounts into an empty world.
pub(crate) fn plant(world: &mut World, seed: &Seed) {
    for account in &seed.aws.accounts {
        world.aws.accounts.insert(account.id.clone(), None);
        for user in &account.users {
            let user = User::seeded(&account.id, user);
            world.aws.users.insert(user.access_key_id.clone(), user);
        }
        for bucket in &account.buckets {
            world.aws.buckets.insert(bucket.name.clone(), Bucket::seeded(&account.id, bucket));
        }
    }
}
