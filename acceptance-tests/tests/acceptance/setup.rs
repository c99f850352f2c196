//! What the sweeps go through: one example, perhaps with an owner, perhaps replaced before it is destroyed.

use std::collections::BTreeSet;

use acceptance_tests::emulator::Request;
use acceptance_tests::{Fault, Scenario, story};

/// One set-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Folder under `examples/`.
    pub(crate) example: &'static str,
    /// Whether the provider marks what it makes.
    pub(crate) owner: bool,
    /// Whether replacements are created before what they replace is destroyed.
    pub(crate) create_before_destroy: bool,
}

/// AKS to Vertex AI.
pub(crate) const VERTEX: Setup = Setup { example: story::EXAMPLE, owner: false, create_before_destroy: false };

/// AKS to Azure OpenAI.
pub(crate) const OPENAI: Setup =
    Setup { example: "scenarios/aks-to-azure-openai", owner: false, create_before_destroy: false };

/// A trust with keys of its own.
pub(crate) const CMEK: Setup = Setup { example: "scenarios/cmek", owner: false, create_before_destroy: false };

impl Setup {
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
        let scenario = Scenario::new(name);
        scenario.example(self.example);
        if self.owner {
            scenario.set("CROSSCLOUD_OWNER", "team-a");
        }
        if self.create_before_destroy {
            let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("an example has a main.tf");
            let first = main.find("resource \"crosscloud_trust\"").expect("the example has a trust");
            let (before, resource) = main.split_at(first);
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

fn is_deletion(request: &Request) -> bool {
    request.method == "DELETE" || request.path.contains("Action=Delete") || request.path.ends_with(":destroy")
}
