//! One test's own world: a working folder, emulated clouds, an installed provider, and the commands run there.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::emulator::{self, Emulator};
use crate::install::{self, Installation};
use crate::outcome::Outcome;
use crate::processes;
use crate::programs::Programs;
use crate::story;
use crate::terraform::{Terraform, isolate};

/// A private folder, private clouds, and the real terraform or tofu between them.
///
/// Everything ends with it: the emulator is stopped and the folder removed. With `ACCEPTANCE_KEEP` set, the folder of a
/// test that fails stays.
#[derive(Debug)]
pub struct Scenario {
    // Dropped before the folder that its log lies in.
    emulator: Emulator,
    folder: Option<TempDir>,
    terraform: Terraform,
    configuration: PathBuf,
    initialised: Cell<bool>,
    environment: RefCell<Vec<(String, Option<String>)>>,
}

impl Scenario {
    /// Starts a world in which the provider is installed as most users have it: in a mirror.
    #[track_caller]
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::installed(name, Installation::FilesystemMirror)
    }

    /// Starts a world with the provider installed in this way.
    #[track_caller]
    #[must_use]
    pub fn installed(name: &str, installation: Installation) -> Self {
        Self::with_provider(name, installation, &Programs::get().provider)
    }

    /// Starts a world with this program as the provider.
    #[track_caller]
    #[must_use]
    pub fn with_provider(name: &str, installation: Installation, provider: &Path) -> Self {
        let terraform = Terraform::find().expect("terraform or tofu is on PATH, or TF_CLI_PATH names one");
        let folder = tempfile::Builder::new().prefix(&format!("crosscloud-{name}-")).tempdir();
        let folder = folder.expect("a temporary folder can be made");
        for inner in ["work", "home", "data"] {
            fs::create_dir(folder.path().join(inner)).expect("a folder can be made in the temporary folder");
        }
        let configuration =
            install::configure(installation, provider, folder.path()).expect("the provider can be installed");
        Self {
            emulator: Emulator::start(folder.path()),
            terraform,
            configuration,
            initialised: Cell::new(installation != Installation::FilesystemMirror),
            environment: RefCell::default(),
            folder: Some(folder),
        }
    }

    /// The emulated clouds.
    #[must_use]
    pub fn clouds(&self) -> &Emulator {
        &self.emulator
    }

    /// What the clouds hold by now was there before the test: it must be there at the end.
    #[track_caller]
    pub fn begins_here(&mut self) {
        self.emulator.is_the_start();
    }

    /// The terraform or tofu that is driven.
    #[must_use]
    pub fn terraform(&self) -> &Terraform {
        &self.terraform
    }

    /// The working folder, which holds the configuration and the state.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Writes a file of the configuration.
    #[track_caller]
    pub fn write(&self, name: &str, text: &str) -> &Self {
        let file = self.folder().join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).expect("a folder can be made in the working folder");
        }
        fs::write(file, text).expect("a file can be written in the working folder");
        self
    }

    /// Copies the configuration of `examples/<path>` into the working folder.
    #[track_caller]
    pub fn example(&self, path: &str) -> &Self {
        for entry in fs::read_dir(examples().join(path)).expect("the example exists").flatten() {
            if entry.path().extension().is_some_and(|kind| kind == "tf") {
                fs::copy(entry.path(), self.folder().join(entry.file_name())).expect("the example can be copied");
            }
        }
        self
    }

    /// Replaces a part of a file, which must be there exactly once.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = fs::read_to_string(self.folder().join(name)).expect("the file is there");
        assert_eq!(text.matches(from).count(), 1, "{name} holds {from:?} exactly once");
        self.write(name, &text.replace(from, to))
    }

    /// Sets an environment variable for the commands that follow.
    pub fn set(&self, name: &str, value: &str) -> &Self {
        self.environment.borrow_mut().push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// Takes an environment variable from the commands that follow.
    pub fn unset(&self, name: &str) -> &Self {
        self.environment.borrow_mut().push((name.to_owned(), None));
        self
    }

    /// Takes back what was set and unset.
    pub fn forget_environment(&self) {
        self.environment.borrow_mut().clear();
    }

    /// `terraform init`.
    #[track_caller]
    pub fn init(&self) -> Outcome {
        self.initialised.set(true);
        self.run(&["init", "-no-color"])
    }

    /// `terraform validate`.
    #[track_caller]
    pub fn validate(&self) -> Outcome {
        self.ready().run(&["validate", "-json"])
    }

    /// `terraform plan`, kept as a file for [`Scenario::planned`] and [`Scenario::apply_plan`].
    #[track_caller]
    pub fn plan(&self) -> Outcome {
        self.plan_with(&[])
    }

    /// `terraform plan` with more options.
    #[track_caller]
    pub fn plan_with(&self, options: &[&str]) -> Outcome {
        let command = ["plan", "-json", "-detailed-exitcode", "-out=tfplan"];
        self.ready().run(&[&command, options].concat())
    }

    /// `terraform apply` of the configuration as it stands.
    #[track_caller]
    pub fn apply(&self) -> Outcome {
        self.ready().run(&["apply", "-json", "-auto-approve"])
    }

    /// `terraform apply`, whose provider is killed as soon as the clouds hold a request. `None` if they hold none: the apply then ended by
    /// itself.
    #[track_caller]
    pub fn apply_killed(&self) -> Option<Outcome> {
        let arguments = ["apply", "-json", "-auto-approve"];
        let mut command = self.ready().command();
        let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.expect("terraform starts");
        let terraform = child.id();
        let ended = std::thread::spawn(move || child.wait_with_output().expect("terraform can be waited for"));
        let mut killed = false;
        while !killed && !ended.is_finished() {
            killed = self.emulator.holds_one(Duration::from_millis(200))
                && processes::kill_children(terraform, "terraform-provi") > 0;
        }
        self.emulator.end_faults();
        let output = ended.join().expect("waiting does not panic");
        let outcome = Outcome::of(format!("terraform {}", arguments.join(" ")), self.folder(), &output);
        killed.then_some(outcome)
    }

    /// `terraform apply` of the last plan.
    #[track_caller]
    pub fn apply_plan(&self) -> Outcome {
        self.ready().run(&["apply", "-json", "tfplan"])
    }

    /// `terraform destroy`.
    #[track_caller]
    pub fn destroy(&self) -> Outcome {
        self.ready().run(&["destroy", "-json", "-auto-approve"])
    }

    /// The last plan as `terraform show -json` has it.
    #[track_caller]
    pub fn planned(&self) -> Value {
        self.json(&["show", "-json", "tfplan"])
    }

    /// What the last plan does with a resource: `["no-op"]`, `["create"]`, `["update"]`, `["delete", "create"]`.
    #[track_caller]
    pub fn planned_actions(&self, address: &str) -> Vec<String> {
        let plan = self.planned();
        let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
        let change = changes.iter().find(|change| change["address"] == address);
        let change = change.unwrap_or_else(|| panic!("the plan does not mention {address}"));
        serde_json::from_value(change["change"]["actions"].clone()).expect("a plan lists actions as strings")
    }

    /// The value of an output.
    #[track_caller]
    pub fn output(&self, name: &str) -> Value {
        self.json(&["output", "-json", name])
    }

    /// The attributes of a resource of the root module in the state; null if it is not there.
    #[track_caller]
    pub fn resource(&self, address: &str) -> Value {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.into_iter().find(|resource| resource["address"] == address);
        found.map_or(Value::Null, |resource| resource["values"].clone())
    }

    /// A second plan must be empty: what was applied is what is there.
    #[track_caller]
    pub fn is_settled(&self) {
        self.plan().is_empty_plan();
    }

    /// Everything must go, and the clouds must then hold what they held before the test.
    #[track_caller]
    pub fn ends_clean(&self) {
        self.destroy().succeeds();
        self.emulator.is_empty();
    }

    /// Runs terraform with these arguments, whatever comes out.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command();
        let output = command.args(arguments).output().expect("terraform starts");
        Outcome::of(format!("terraform {}", arguments.join(" ")), self.folder(), &output)
    }

    /// Terraform as a command, in this world's folder and environment.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.terraform.path);
        self.isolated(&mut command);
        command
    }

    /// Puts any command into this world's folder and environment.
    pub fn isolated(&self, command: &mut Command) {
        isolate(command, Some(&self.root().join("home")));
        command.current_dir(self.folder()).stdin(Stdio::null());
        command
            .env("TF_CLI_CONFIG_FILE", &self.configuration)
            .env("TF_DATA_DIR", self.root().join("data"))
            .env("CROSSCLOUD_ENDPOINT", self.emulator.origin());
        for (name, value) in self.environment.borrow().iter() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }

    /// What a person's shell needs to go on by hand with terraform.
    #[must_use]
    pub fn environment_for_a_shell(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TF_CLI_CONFIG_FILE", self.configuration.display().to_string()),
            ("TF_DATA_DIR", self.root().join("data").display().to_string()),
            ("CROSSCLOUD_ENDPOINT", self.emulator.origin().to_owned()),
        ]
    }

    /// What Google's command line needs to talk to the emulator and to nothing else.
    #[must_use]
    pub fn environment_for_gcloud(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("CLOUDSDK_CONFIG", self.root().join("home/gcloud").display().to_string()),
            ("CLOUDSDK_CORE_PROJECT", story::PROJECT.to_owned()),
            ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1".to_owned()),
            ("CLOUDSDK_AUTH_ACCESS_TOKEN", emulator::OPERATOR_TOKEN.to_owned()),
        ];
        // The slash at the end is required: gcloud appends the path to it as it is.
        let apis = [
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_TRANSFER",
        ];
        environment.extend(apis.map(|api| (api, format!("{}/", self.emulator.origin()))));
        environment
    }

    /// Leaves the folder behind and returns its path; the emulator must be kept by the caller.
    #[must_use]
    pub fn keep(mut self) -> (PathBuf, Emulator) {
        let folder = self.folder.take().map(TempDir::keep).unwrap_or_default();
        let emulator = std::mem::replace(&mut self.emulator, Emulator::none());
        (folder, emulator)
    }

    fn root(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new("."), TempDir::path)
    }

    fn ready(&self) -> &Self {
        if !self.initialised.get() {
            self.init().succeeds();
        }
        self
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.ready().run(arguments).succeeds();
        serde_json::from_str(outcome.stdout()).expect("terraform prints JSON when it is asked to")
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        if std::thread::panicking()
            && std::env::var_os("ACCEPTANCE_KEEP").is_some()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("kept: {}", folder.keep().display());
        }
    }
}

/// The examples, which documentation, demo and tests share.
fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}
