//! What every way to sign in goes through: with the wrong secret it is refused and its source named, with the right one a trust is planned, applied,
//! settled and destroyed, and in neither case does a secret get into state, plan, log or output.
//!
//! The provider reads real credentials here, as in the real clouds: its endpoints lead to the emulator, which verifies whatever it is sent.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use acceptance_tests::suite::Suite;
use acceptance_tests::{Emulator, Outcome, Scenario};
use serde_json::{Value, json};

use crate::archive;

/// One way to sign in.
pub(crate) struct Way {
    /// What it is called in the list of tests.
    pub(crate) name: &'static str,
    /// Sets the environment for it; with false, one secret in it is wrong.
    pub(crate) set: fn(&World, bool),
    /// What the wrong one is refused with: where it came from, and the cloud's own words.
    pub(crate) refused: &'static [&'static str],
}

/// A cloud, and the smallest configuration that needs it.
pub(crate) struct Cloud {
    /// How the tests' names begin.
    pub(crate) name: &'static str,
    /// What stands in the provider block; `ORIGIN` is the emulator, and `BESIDE` the folder of the user's files.
    pub(crate) endpoints: &'static str,
    /// The value of `to`.
    pub(crate) to: &'static str,
    /// What there is before any terraform runs.
    pub(crate) prepare: fn(&World),
    /// How every token begins that this cloud issues.
    pub(crate) tokens: &'static [&'static str],
}

/// One test a way.
pub(crate) fn add(suite: &mut Suite, cloud: &'static Cloud, ways: &'static [Way]) {
    for way in ways {
        suite.test(&format!("sign_in::{}::{}", cloud.name, way.name), move || signs_in(cloud, way));
    }
}

/// A scenario whose provider signs in for real, and the secrets that must not be seen.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    secrets: RefCell<Vec<String>>,
}

impl World {
    /// The cloud as it is before any terraform runs, and the configuration.
    fn of(cloud: &Cloud) -> Self {
        let mut world = Self { scenario: Scenario::new("sign-in"), secrets: RefCell::default() };
        (cloud.prepare)(&world);
        world.scenario.begins_here();
        let origin = world.clouds().origin().to_owned();
        let block = cloud.endpoints.replace("ORIGIN", &origin).replace("BESIDE", &world.home().display().to_string());
        world.scenario.write("main.tf", &configuration(&block, cloud.to));
        world.scenario.init().succeeds();
        world
    }

    /// Without an emulator's realm credentials are read, and those of the machine that the tests run on must not be.
    fn leaves_the_real_clouds_alone(&self) {
        let nobody = "127.0.0.1:1";
        self.scenario.unset("CROSSCLOUD_ENDPOINT").set("GCE_METADATA_HOST", nobody);
        self.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{nobody}"));
    }

    pub(crate) fn clouds(&self) -> &Emulator {
        self.scenario.clouds()
    }

    /// The emulator's address for a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.clouds().origin())
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        self.scenario.set(name, value);
    }

    /// Names something that must not be seen, and answers it.
    pub(crate) fn secret(&self, text: &str) -> String {
        assert!(text.len() >= 8, "what is so short may stand anywhere: {text}");
        self.secrets.borrow_mut().push(text.to_owned());
        text.to_owned()
    }

    /// Writes a file below the home folder, and answers its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    }

    /// Writes a file that need not be text.
    pub(crate) fn bytes(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.file(name, "");
        fs::write(&path, bytes).expect("a file can be written");
        path
    }

    /// Writes a program and puts it before all others.
    pub(crate) fn program(&self, name: &str, script: &str) -> String {
        let path = self.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a file can be made a program");
        }
        let others = std::env::var("PATH").unwrap_or_default();
        self.set("PATH", &format!("{}:{others}", self.home().join("bin").display()));
        path
    }

    /// Says who runs on the simulated machines.
    pub(crate) fn machine(&self, machine: &Value) {
        self.clouds().machine_is(machine);
    }

    fn home(&self) -> PathBuf {
        self.scenario.folder().join("../home")
    }

    fn log(&self) -> PathBuf {
        self.scenario.folder().join("../trace.log")
    }

    /// No secret is anywhere that terraform writes to.
    #[track_caller]
    fn keeps_secrets(&self, cloud: &Cloud, outcomes: &[Outcome]) {
        let state = |name: &str| fs::read_to_string(self.scenario.folder().join(name)).unwrap_or_default();
        let mut places = vec![
            ("the state", state("terraform.tfstate")),
            ("the state before", state("terraform.tfstate.backup")),
            ("the plan", archive::text_of(&self.scenario.folder().join("tfplan"))),
            ("the log", fs::read_to_string(self.log()).expect("terraform has written a log")),
        ];
        places.extend(outcomes.iter().map(|outcome| ("the output", outcome.shown())));
        assert!(
            places[3].1.contains("sign-in request") || places[3].1.contains("cloud request"),
            "the log is detailed"
        );
        let secrets = self.secrets.borrow();
        for secret in secrets.iter().map(String::as_str).chain(cloud.tokens.iter().copied()) {
            // What has lines is written with escapes in most places.
            for line in secret.lines().filter(|line| line.len() >= 8 && !line.starts_with("-----")) {
                for (place, text) in &places {
                    assert!(!text.contains(line), "{place} holds a secret: {line}");
                }
            }
        }
    }
}

fn signs_in(cloud: &Cloud, way: &Way) {
    let world = World::of(cloud);
    world.leaves_the_real_clouds_alone();
    world.scenario.set("TF_LOG", "TRACE").set("TF_LOG_PATH", &world.log().display().to_string());

    (way.set)(&world, false);
    let before = world.clouds().made();
    let mut refused = world.scenario.apply().fails().provider_behaved();
    for part in way.refused {
        refused = refused.says(part);
    }
    assert_eq!(world.clouds().made(), before, "whoever is refused makes nothing");

    (way.set)(&world, true);
    let planned = world.scenario.plan().has_changes().warns("endpoints that are no cloud's own").provider_behaved();
    let applied = world.scenario.apply_plan().succeeds().provider_behaved();
    world.scenario.is_settled();
    world.keeps_secrets(cloud, &[refused, planned, applied]);
    world.scenario.ends_clean();
}

/// Every one of these is refused while planning: by its source, in the words that go with it, and without a secret even in the log.
pub(crate) fn all_are_refused(cloud: &Cloud, ways: &[Way]) {
    let world = World::of(cloud);
    for way in ways {
        world.scenario.forget_environment();
        world.leaves_the_real_clouds_alone();
        world.scenario.set("TF_LOG", "TRACE");
        (way.set)(&world, false);
        let refused = world.scenario.plan().fails().provider_behaved();
        let refused = way.refused.iter().fold(refused, |refused, part| refused.says(part));
        let secrets = world.secrets.take();
        let lines = secrets.iter().flat_map(|secret| secret.lines()).filter(|line| !line.starts_with("-----"));
        lines.fold(refused, |refused, secret| refused.never_says(secret));
    }
}

/// A provider whose endpoints are these, and a trust.
pub(crate) fn configuration(endpoints: &str, to: &str) -> String {
    format!(
        r#"terraform {{
  required_providers {{
    crosscloud = {{ source = "crosscloud/crosscloud" }}
  }}
}}

provider "crosscloud" {{
{endpoints}}}

resource "crosscloud_trust" "ci" {{
  name = "sign-in"
  from = {{ github_actions = {{
    owner         = "octo-org"
    owner_id      = "1001"
    repository    = "app"
    repository_id = "2001"
    environment   = "production"
  }} }}
  to = {to}
}}
"#
    )
}

/// A job of GitHub Actions of another repository than the trust's.
pub(crate) fn pipeline() -> Value {
    json!({ "kind": "github_actions", "owner": "acme", "owner_id": 7, "repository": "platform", "repository_id": 8 })
}
