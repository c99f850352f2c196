//! Google Cloud: one file an API, over projects, policies and principals that all of them share.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) mod access;
pub(crate) mod accounts;
pub(crate) mod agents;
pub(crate) mod aws_token;
pub(crate) mod credentials;
pub(crate) mod expressions;
pub(crate) mod iam;
pub(crate) mod keys;
pub(crate) mod kms;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod metadata;
pub(crate) mod oauth;
pub(crate) mod organizations;
pub(crate) mod perimeters;
pub(crate) mod policy;
pub(crate) mod pools;
pub(crate) mod projects;
pub(crate) mod provider_rules;
pub(crate) mod providers;
pub(crate) mod refusal;
pub(crate) mod roles;
pub(crate) mod schema;
pub(crate) mod services;
pub(crate) mod storage;
pub(crate) mod sts;
pub(crate) mod subject_token;
pub(crate) mod times;
pub(crate) mod transfer;
pub(crate) mod vertex;

use crate::http::route::Vendor;
use crate::seed::Seed;
use crate::state::clock::Millis;
use crate::state::journal::request_id;
use crate::state::world::World;
use access::AccessTokens;
use accounts::Account;
use policy::Policy;
use pools::Pool;
use projects::Project;
use providers::Provider;

/// Google's way on the wire. Whatever no other vendor claims is answered in its shape.
pub(crate) static VENDOR: Vendor = Vendor {
    any_case: false,
    strict_query: true,
    owns: |_| true,
    request_id,
    request_id_headers: &["x-request-id"],
    render: refusal::render,
};

/// Everything that Google holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// By project id.
    pub(crate) projects: BTreeMap<String, Project>,
    /// What each folder is in, by name.
    pub(crate) folders: BTreeMap<String, String>,
    pub(crate) perimeters: perimeters::Perimeters,
    /// By resource name with the project number.
    pub(crate) pools: BTreeMap<String, Pool>,
    /// By resource name with the project number.
    pub(crate) providers: BTreeMap<String, Provider>,
    /// By unique id.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Google's own service agents that were made sure of: e-mail address, and from when on they can be granted roles.
    pub(crate) agents: BTreeMap<String, Millis>,
    pub(crate) kms: kms::Keys,
    /// By name.
    pub(crate) buckets: BTreeMap<String, storage::buckets::Bucket>,
    /// By bucket and name.
    pub(crate) objects: BTreeMap<(String, String), storage::objects::Stored>,
    pub(crate) transfers: transfer::Transfers,
    pub(crate) vertex: vertex::resources::Resources,
    /// Allow policies by full resource name, such as `//iam.googleapis.com/projects/p/serviceAccounts/1`.
    pub(crate) policies: BTreeMap<String, Policy>,
    pub(crate) tokens: AccessTokens,
    purged_at: Millis,
}

/// Puts the seed's projects into an empty world.
pub(crate) fn plant(world: &mut World, seed: &Seed) {
    organizations::plant(world, seed);
    for policy in &seed.access_policies {
        perimeters::access_policies::plant(world, policy);
    }
    for project in &seed.projects {
        projects::plant(world, project);
        for account in &project.service_accounts {
            accounts::plant(world, &project.id, account);
        }
        for pool in &project.workload_identity_pools {
            pools::plant(world, &project.number, pool);
        }
    }
}

/// Forgets what was deleted long enough ago. Looks at most once a minute, because it looks at everything.
pub(crate) fn purge(world: &mut World) {
    let now = world.now();
    let google = &mut world.google;
    if now.saturating_sub(google.purged_at) < 60_000 {
        return;
    }
    google.purged_at = now;
    google.pools.retain(|_, pool| pool.life.remembered(now));
    let pools: BTreeSet<&String> = google.pools.keys().collect();
    google.providers.retain(|_, provider| provider.life.remembered(now) && pools.contains(&provider.pool));
    google.accounts.retain(|_, account| account.life.remembered(now));
    google.transfers.jobs.retain(|_, job| job.is_remembered(now));
    google.policies.retain(|name, _| match name.strip_prefix("//iam.googleapis.com/") {
        Some(resource) => {
            let id = resource.rsplit('/').next().unwrap_or_default();
            google.accounts.contains_key(id) || google.pools.contains_key(resource)
        }
        None => true,
    });
}
