//! The ways in which terraform finds the provider, and the ways in which it talks to it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use acceptance_tests::install::Installation;
use acceptance_tests::programs::Programs;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

pub(crate) fn add(suite: &mut Suite) {
    suite.test("installation::from_a_filesystem_mirror", from_a_filesystem_mirror);
    suite.test("installation::by_dev_overrides_without_init", by_dev_overrides_without_init);
    suite.test("installation::by_reattaching_to_a_running_provider", by_reattaching_to_a_running_provider);
    suite.test("installation::without_tls", without_tls);
    suite.test("installation::the_version_names_the_policy", the_version_names_the_policy);
    suite.test("installation::started_by_hand_it_explains_itself", started_by_hand_it_explains_itself);
}

fn from_a_filesystem_mirror() {
    let scenario = Scenario::new("mirror");
    scenario.example(story::EXAMPLE).init().succeeds().says("Installed crosscloud/crosscloud");
    let lock = std::fs::read_to_string(scenario.folder().join(".terraform.lock.hcl")).unwrap_or_default();
    assert!(lock.contains("h1:"), "the lock file pins what was installed: {lock}");
    round_trip(&scenario);
}

fn by_dev_overrides_without_init() {
    let scenario = Scenario::installed("overrides", Installation::DevOverrides);
    scenario.example(story::EXAMPLE);
    round_trip(&scenario);
}

fn by_reattaching_to_a_running_provider() {
    let scenario = Scenario::installed("reattach", Installation::Reattach);
    scenario.example(story::EXAMPLE);
    let mut command = Command::new(&Programs::get().provider);
    scenario.isolated(&mut command);
    let mut provider = Running(command.arg("-debug").stdout(Stdio::piped()).spawn().expect("the provider starts"));
    let stdout = provider.0.stdout.take().expect("standard output is piped");
    // The pipe stays open: whoever starts a provider by hand does not close the terminal on it.
    let mut said = BufReader::new(stdout).lines().map_while(Result::ok);
    let address = said
        .find_map(|line| Some(line.split_once("TF_REATTACH_PROVIDERS=")?.1.trim_matches(['\'', '"']).to_owned()))
        .expect("the provider says how to reattach to it");
    scenario.set("TF_REATTACH_PROVIDERS", &address);
    round_trip(&scenario);
    assert!(provider.0.try_wait().expect("the provider can be asked").is_none(), "it outlives the commands");
}

fn without_tls() {
    let scenario = Scenario::new("plain");
    scenario.example(story::EXAMPLE).set("TF_DISABLE_PLUGIN_TLS", "1");
    round_trip(&scenario);
}

/// Everything a user does with a provider, once.
#[track_caller]
fn round_trip(scenario: &Scenario) {
    scenario.validate().succeeds();
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

fn the_version_names_the_policy() {
    let output = Command::new(&Programs::get().provider).arg("-version").output().expect("the provider starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    let digest = said.split(|letter: char| !letter.is_ascii_hexdigit()).find(|word| word.len() == 64);
    assert!(digest.is_some(), "the digest of the built-in policy: {said}");
}

fn started_by_hand_it_explains_itself() {
    let output = Command::new(&Programs::get().provider).stdin(Stdio::null()).output().expect("the provider starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "standard output belongs to the handshake");
    let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert!(said.contains("terraform"), "{said}");
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
