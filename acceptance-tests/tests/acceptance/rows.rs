//! The way that every row goes: plan, apply, nothing to change, eject, import, nothing to change, a change in place, nothing to change, destroy,
//! nothing left. What the row is for must work after the apply, and after the change.

use acceptance_tests::{Emulator, Scenario};

use crate::eject;

/// An example and what is done with it.
pub(crate) struct Row {
    /// Folder below `examples/scenarios`.
    pub(crate) example: &'static str,
    /// What is written instead of what from the beginning, for a variant of the example.
    pub(crate) variant: &'static [(&'static str, &'static str)],
    /// The resource that is imported and changed.
    pub(crate) address: &'static str,
    /// Its import id.
    pub(crate) import: Option<&'static str>,
    /// What is written instead of what, to change it in place.
    pub(crate) change: (&'static str, &'static str),
}

/// Where on its way a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Applied as the example has it.
    Applied,
    /// Changed in place.
    Changed,
}

impl Row {
    /// Goes the whole way. `prepare` makes what the user has already; `works` uses what the row set up.
    #[track_caller]
    pub(crate) fn goes<T>(&self, prepare: impl FnOnce(&Emulator) -> T, works: impl Fn(&Scenario, &T, Stage)) {
        let mut scenario = Scenario::new(self.example);
        let prepared = prepare(scenario.clouds());
        scenario.begins_here();
        scenario.example(&format!("scenarios/{}", self.example));
        for (from, to) in self.variant {
            scenario.edit("main.tf", from, to);
        }
        scenario.plan().has_changes().provider_behaved();
        assert_eq!(scenario.planned_actions(self.address), ["create"]);
        scenario.apply_plan().succeeds().provider_behaved();
        scenario.is_settled();
        works(&scenario, &prepared, Stage::Applied);
        eject::hands_over(&scenario);

        if let Some(id) = self.import {
            imports(&scenario, self.address, id);
        }

        let (from, to) = self.change;
        scenario.edit("main.tf", from, to);
        scenario.plan().has_changes().provider_behaved();
        assert_eq!(scenario.planned_actions(self.address), ["update"]);
        scenario.clouds().forget_requests();
        scenario.apply_plan().succeeds().provider_behaved();
        let deleted: Vec<_> = scenario.clouds().requests().into_iter().filter(|it| it.method == "DELETE").collect();
        assert!(deleted.is_empty(), "a change in place deletes nothing: {deleted:?}");
        scenario.is_settled();
        works(&scenario, &prepared, Stage::Changed);
        scenario.ends_clean();
    }
}

/// Loses the state of a resource and imports it: every object is found, and there is nothing to change.
#[track_caller]
pub(crate) fn imports(scenario: &Scenario, address: &str, id: &str) {
    let before = objects(scenario, address);
    scenario.run(&["state", "rm", address]).succeeds();
    scenario.run(&["import", "-no-color", address, id]).succeeds().provider_behaved();
    assert_eq!(objects(scenario, address), before, "an import finds every object");
    scenario.is_settled();
}

/// Every object of a resource, with its id and its status. Who made what may be there anyway, such as a grant, is nowhere to be read.
fn objects(scenario: &Scenario, address: &str) -> Vec<String> {
    let resource = scenario.resource(address);
    let objects = resource["objects"].as_object().into_iter().flatten();
    objects.map(|(key, object)| format!("{key} {} {}", object["id"], object["status"])).collect()
}

/// An output that is JSON.
#[track_caller]
pub(crate) fn json(scenario: &Scenario, output: &str) -> serde_json::Value {
    let text = scenario.output(output);
    serde_json::from_str(text.as_str().unwrap_or_default()).unwrap_or_else(|error| panic!("{output}: {error}: {text}"))
}
