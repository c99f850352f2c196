//! What the sweeps go through: one example, perhaps with an owner, perhaps replaced before it is destroyed.

use std::collections::BTreeSet;

use acceptance_tests::aws::{self, Session};
use acceptance_tests::emulator::Request;
use acceptance_tests::{Emulator, Fault, Scenario, google, story};

use crate::rows_data::container;

/// One set-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Folder under `examples/`.
    pub(crate) example: &'static str,
    /// Makes what the user has already.
    pub(crate) prepare: fn(&Emulator),
    /// Whether the provider marks what it makes.
    pub(crate) owner: bool,
    /// Whether replacements are created before what they replace is destroyed.
    pub(crate) create_before_destroy: bool,
}

/// AKS to Vertex AI.
pub(crate) const VERTEX: Setup = Setup::of(story::EXAMPLE, |_| ());

/// AKS to Azure OpenAI.
pub(crate) const OPENAI: Setup = Setup::of("scenarios/aks-to-azure-openai", |_| ());

/// An Azure managed identity to Vertex AI.
pub(crate) const AZURE: Setup = Setup::of("scenarios/azure-identity-to-vertex-ai", |_| ());

/// A perimeter around the project of a trust.
pub(crate) const PERIMETER: Setup = Setup::of("scenarios/service-perimeter", |clouds| {
    let path = format!("/v1/projects/{}/services/storage.googleapis.com:enable", story::PROJECT);
    clouds.by_hand("POST", &path, Some(&serde_json::json!({})));
});

/// A trust with keys of its own.
pub(crate) const CMEK: Setup = Setup::of("scenarios/cmek", |_| ());

/// An AWS role to Vertex AI.
pub(crate) const AWS_ROLE: Setup = Setup::of("scenarios/aws-role-to-vertex-ai", |clouds| {
    let _ = Session::of_new_role(clouds, "ml-training-role", "i-0123456789abcdef0");
});

/// Amazon S3 to Cloud Storage, run once; the bucket is empty, so that nothing but the set-up's own objects comes about.
pub(crate) const S3: Setup = Setup::of("scenarios/s3-to-gcs", |clouds| {
    aws::bucket(clouds, "acme-training");
    google::bucket(clouds, "ml-training");
});

/// Azure Blob Storage to Cloud Storage, run once.
pub(crate) const BLOB: Setup = Setup::of("scenarios/azure-blob-to-gcs", container);

/// A GitHub Actions workflow to Google.
pub(crate) const GITHUB: Setup = Setup::of("scenarios/github-actions-to-google", |_| ());

/// A key by itself.
pub(crate) const KEY: Setup = Setup::of("scenarios/cmek-key", |_| ());

/// Workload identity on a cluster that exists.
pub(crate) const CLUSTER: Setup = Setup::of("scenarios/aks-workload-identity", |_| ());

/// A trust on Google and Azure, shared by two teams.
pub(crate) const TEAMS: Setup = Setup::of("scenarios/aks-shared-by-teams", |_| ());

/// AKS to three clouds.
pub(crate) const THREE_CLOUDS: Setup = Setup::of("scenarios/aks-to-three-clouds", |_| ());

impl Setup {
    const fn of(example: &'static str, prepare: fn(&Emulator)) -> Self {
        Self { example, prepare, owner: false, create_before_destroy: false }
    }

    /// The same with an owner.
    pub(crate) fn owned(self) -> Self {
        Self { owner: true, ..self }
    }

    /// The same with replacements created first, which only an owner makes possible.
    pub(crate) fn created_first(self) -> Self {
        Self { create_before_destroy: true, ..self.owned() }
    }

    /// A world in which the set-up can be applied.
    #[track_caller]
    pub(crate) fn world(self, name: &str) -> Scenario {
        let mut scenario = Scenario::new(name);
        (self.prepare)(scenario.clouds());
        scenario.begins_here();
        scenario.example(self.example);
        if self.owner {
            scenario.set("CROSSCLOUD_OWNER", "team-a");
        }
        if self.create_before_destroy {
            let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("an example has a main.tf");
            // What a row is about comes last.
            let last = main.rfind("resource \"crosscloud_").expect("the example has a resource");
            let (before, resource) = main.split_at(last);
            let resource = resource.replacen("{\n", "{\n  lifecycle { create_before_destroy = true }\n", 1);
            scenario.write("main.tf", &format!("{before}{resource}"));
        }
        scenario
    }
}

/// One fault for each request, by its method, its path and which of its like it was.
pub(crate) fn refusals(requests: &[Request]) -> Vec<Fault> {
    // An operation has another id each time.
    let path_of = |request: &Request| match request.path.find("/operations/") {
        Some(at) => request.path[..at + "/operations/".len()].to_owned(),
        None => request.path.clone(),
    };
    let faults = requests.iter().enumerate().map(|(number, request)| {
        let path = path_of(request);
        let alike = |earlier: &&Request| earlier.method == request.method && earlier.path.contains(&path);
        let nth = 1 + requests[..number].iter().filter(alike).count();
        Fault { method: request.method.clone(), path, nth, times: 1, status: 403 }
    });
    faults.collect()
}

/// Goes on after whatever stopped the first apply: no DELETE, everything that was made is kept with the ids that the clouds chose, and in the
/// end there is what an apply without trouble makes, nothing less and nothing twice.
#[track_caller]
pub(crate) fn goes_on(scenario: &Scenario, wanted: &BTreeSet<String>) {
    let made = scenario.clouds().made();
    scenario.clouds().forget_requests();
    scenario.apply().succeeds().provider_behaved();
    let requests = scenario.clouds().requests();
    let deletes: Vec<&Request> = requests.iter().filter(|request| is_deletion(request)).collect();
    assert!(deletes.is_empty(), "the next apply deletes nothing: {deletes:?}");
    let after = scenario.clouds().made();
    for (object, ids) in &made {
        assert_eq!(after.get(object), Some(ids), "{object} is kept");
    }
    let there: BTreeSet<String> = after.into_keys().collect();
    assert_eq!(there, *wanted, "what is there in the end");
    scenario.is_settled();
}

/// The set-up's objects after an apply without trouble, and the requests that it took.
#[track_caller]
pub(crate) fn model(setup: Setup) -> (BTreeSet<String>, Vec<Request>) {
    let scenario = setup.world("model");
    scenario.plan().has_changes();
    scenario.clouds().forget_requests();
    scenario.apply_plan().succeeds().provider_behaved();
    (scenario.clouds().made().into_keys().collect(), scenario.clouds().requests())
}

/// Whether a request deletes something.
pub(crate) fn is_deletion(request: &Request) -> bool {
    request.method == "DELETE" || request.path.contains("Action=Delete") || request.path.ends_with(":destroy")
}
