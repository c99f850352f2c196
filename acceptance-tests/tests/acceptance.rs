//! The acceptance tests: the real terraform or tofu, the provider, and the emulated clouds.
//!
//! One file an idea under `acceptance/`; each adds its tests to the suite.

use std::process::ExitCode;

use acceptance_tests::suite::Suite;

#[path = "acceptance/adopt.rs"]
mod adopt;
#[path = "acceptance/archive.rs"]
mod archive;
#[path = "acceptance/authors.rs"]
mod authors;
#[path = "acceptance/bad_input.rs"]
mod bad_input;
#[path = "acceptance/command_line.rs"]
mod command_line;
#[path = "acceptance/disabled.rs"]
mod disabled;
#[path = "acceptance/drift.rs"]
mod drift;
#[path = "acceptance/drift_elsewhere.rs"]
mod drift_elsewhere;
#[path = "acceptance/eject.rs"]
mod eject;
#[path = "acceptance/eject_members.rs"]
mod eject_members;
#[path = "acceptance/eject_schemas.rs"]
mod eject_schemas;
#[path = "acceptance/gate.rs"]
mod gate;
#[path = "acceptance/gcloud.rs"]
mod gcloud;
#[path = "acceptance/import.rs"]
mod import;
#[path = "acceptance/import_members.rs"]
mod import_members;
#[path = "acceptance/installation.rs"]
mod installation;
#[path = "acceptance/interrupted.rs"]
mod interrupted;
#[path = "acceptance/issuers.rs"]
mod issuers;
#[path = "acceptance/killed.rs"]
mod killed;
#[path = "acceptance/listener.rs"]
mod listener;
#[path = "acceptance/matrix.rs"]
mod matrix;
#[path = "acceptance/members.rs"]
mod members;
#[path = "acceptance/network.rs"]
mod network;
#[path = "acceptance/official_providers.rs"]
mod official_providers;
#[path = "acceptance/official_schemas.rs"]
mod official_schemas;
#[path = "acceptance/offline.rs"]
mod offline;
#[path = "acceptance/paths.rs"]
mod paths;
#[path = "acceptance/permissions.rs"]
mod permissions;
#[path = "acceptance/permissions_members.rs"]
mod permissions_members;
#[path = "acceptance/platform.rs"]
mod platform;
#[path = "acceptance/policy.rs"]
mod policy;
#[path = "acceptance/policy_approved.rs"]
mod policy_approved;
#[path = "acceptance/policy_check.rs"]
mod policy_check;
#[path = "acceptance/policy_functions.rs"]
mod policy_functions;
#[path = "acceptance/policy_live.rs"]
mod policy_live;
#[path = "acceptance/realms.rs"]
mod realms;
#[path = "acceptance/rows.rs"]
mod rows;
#[path = "acceptance/rows_azure.rs"]
mod rows_azure;
#[path = "acceptance/rows_data.rs"]
mod rows_data;
#[path = "acceptance/rows_google.rs"]
mod rows_google;
#[path = "acceptance/rows_malformed.rs"]
mod rows_malformed;
#[path = "acceptance/setup.rs"]
mod setup;
#[path = "acceptance/sign_in.rs"]
mod sign_in;
#[path = "acceptance/sign_in_aws.rs"]
mod sign_in_aws;
#[path = "acceptance/sign_in_azure.rs"]
mod sign_in_azure;
#[path = "acceptance/sign_in_google.rs"]
mod sign_in_google;
#[path = "acceptance/sign_in_malformed.rs"]
mod sign_in_malformed;
#[path = "acceptance/taken_over.rs"]
mod taken_over;
#[path = "acceptance/trust.rs"]
mod trust;
#[path = "acceptance/update.rs"]
mod update;
#[path = "acceptance/web_identity.rs"]
mod web_identity;

fn main() -> ExitCode {
    let mut suite = Suite::new();
    trust::add(&mut suite);
    update::add(&mut suite);
    web_identity::add(&mut suite);
    disabled::add(&mut suite);
    drift::add(&mut suite);
    drift_elsewhere::add(&mut suite);
    interrupted::add(&mut suite);
    killed::add(&mut suite);
    import::add(&mut suite);
    import_members::add(&mut suite);
    eject::add(&mut suite);
    eject_members::add(&mut suite);
    eject_schemas::add(&mut suite);
    adopt::add(&mut suite);
    permissions::add(&mut suite);
    permissions_members::add(&mut suite);
    policy::add(&mut suite);
    policy_approved::add(&mut suite);
    authors::add(&mut suite);
    policy_live::add(&mut suite);
    policy_functions::add(&mut suite);
    policy_check::add(&mut suite);
    gate::add(&mut suite);
    bad_input::add(&mut suite);
    installation::add(&mut suite);
    rows_google::add(&mut suite);
    rows_azure::add(&mut suite);
    rows_data::add(&mut suite);
    rows_malformed::add(&mut suite);
    matrix::add(&mut suite);
    issuers::add(&mut suite);
    members::add(&mut suite);
    realms::add(&mut suite);
    offline::add(&mut suite);
    sign_in::add(&mut suite);
    sign_in_google::add(&mut suite);
    sign_in_azure::add(&mut suite);
    sign_in_aws::add(&mut suite);
    sign_in_malformed::add(&mut suite);
    network::add(&mut suite);
    gcloud::add(&mut suite);
    taken_over::add(&mut suite);
    suite.run()
}
