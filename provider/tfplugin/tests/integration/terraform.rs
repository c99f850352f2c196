//! The real `terraform` and `tofu`, whichever are on PATH, with the example providers as development overrides.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::{example, on_path, skipped};

/// A configuration, its state and the note provider's directory, private to one test and one host.
pub(crate) struct Workspace {
    host: PathBuf,
    directory: tempfile::TempDir,
}

impl Workspace {
    /// One workspace for every host on PATH.
    pub(crate) fn for_each_host(configuration: &str, run: impl Fn(&Workspace)) {
        let hosts: Vec<PathBuf> = ["terraform", "tofu"].iter().filter_map(|name| on_path(name)).collect();
        if hosts.is_empty() {
            skipped("neither terraform nor tofu is on PATH");
        }
        for host in hosts {
            run(&Workspace::new(host, configuration));
        }
    }

    fn new(host: PathBuf, configuration: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Self { host, directory };
        for name in ["note", "trap", "shelf", "hello"] {
            let binary = format!("terraform-provider-{name}{}", std::env::consts::EXE_SUFFIX);
            let overrides = workspace.path("bin");
            fs::create_dir_all(&overrides).unwrap();
            fs::hard_link(example(name), overrides.join(&binary))
                .or_else(|_| fs::copy(example(name), overrides.join(&binary)).map(drop))
                .unwrap();
        }
        fs::create_dir_all(workspace.path("notes")).unwrap();
        let overrides = workspace.path("bin").display().to_string().replace('\\', "/");
        workspace.write(
            "terraform.rc",
            &format!(
                "provider_installation {{\n  dev_overrides {{\n    \"example/note\" = \"{overrides}\"\n    \
                 \"example/trap\" = \"{overrides}\"\n    \"example/shelf\" = \"{overrides}\"\n    \
                 \"example/hello\" = \"{overrides}\"\n  }}\n  direct {{}}\n}}\n"
            ),
        );
        workspace.configure(configuration);
        workspace
    }

    pub(crate) fn configure(&self, configuration: &str) {
        let notes = self.path("notes").display().to_string().replace('\\', "/");
        self.write("main.tf", &configuration.replace("@NOTES@", &notes));
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.host);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .arg("-no-color")
            .current_dir(self.directory.path())
            .env("TF_CLI_CONFIG_FILE", self.path("terraform.rc"))
            .env("TF_DATA_DIR", self.path("data"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let output = self.command(arguments).envs(environment.iter().copied()).output().unwrap();
        Run::new(self.host.display().to_string(), arguments, output)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }
}

/// What a command printed and how it ended.
pub(crate) struct Run {
    what: String,
    code: Option<i32>,
    pub(crate) text: String,
}

impl Run {
    fn new(host: String, arguments: &[&str], output: Output) -> Self {
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Self { what: format!("{host} {}", arguments.join(" ")), code: output.status.code(), text }
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.what, self.text);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, expected: &str) -> Self {
        // Hosts wrap their messages and draw a frame around them.
        let plain =
            |text: &str| text.replace(['│', '╷', '╵', '|'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            plain(&self.text).contains(&plain(expected)),
            "{}\ndoes not say {expected:?}:\n{}",
            self.what,
            self.text
        );
        self
    }
}

const NOTE: &str = r#"
terraform {
  required_providers {
    note = { source = "example/note" }
  }
}

provider "note" {
  directory = "@NOTES@"
}

resource "note_page" "hello" {
  title = "hello"
  text  = "two words"
}

data "note_page" "again" {
  title = note_page.hello.title
}

output "words" {
  value = note_page.hello.words
}

output "again" {
  value = data.note_page.again.text
}
"#;

const TRAP: &str = r#"
terraform {
  required_providers {
    trap = { source = "example/trap" }
  }
}

resource "trap_door" "it" {
  behaviour = "@BEHAVIOUR@"
}
"#;

/// Every step of a resource's life.
fn full_life(workspace: &Workspace, environment: &[(&str, &str)]) {
    let page = workspace.path("notes").join("hello.txt");
    workspace.run_with(&["validate"], environment).ends_with(0);
    workspace.run_with(&["plan", "-detailed-exitcode"], environment).ends_with(2).says("1 to add");
    assert!(!page.exists());
    workspace.run_with(&["apply", "-auto-approve"], environment).ends_with(0).says("words = 2").says("two words");
    assert_eq!(fs::read_to_string(&page).unwrap(), "two words");
    workspace.run_with(&["plan", "-detailed-exitcode"], environment).ends_with(0).says("No changes");
    workspace.configure(&NOTE.replace("two words", "three words now"));
    workspace.run_with(&["apply", "-auto-approve"], environment).ends_with(0).says("1 changed").says("words = 3");
    fs::remove_file(&page).unwrap();
    workspace.run_with(&["plan", "-detailed-exitcode"], environment).ends_with(2).says("1 to add");
    workspace.run_with(&["apply", "-auto-approve"], environment).ends_with(0);
    workspace.run_with(&["destroy", "-auto-approve"], environment).ends_with(0).says("1 destroyed");
    assert!(!page.exists());
}

#[test]
fn a_resource_lives_and_dies() {
    Workspace::for_each_host(NOTE, |workspace| full_life(workspace, &[]));
}

#[test]
fn plaintext_works_where_tls_is_disabled() {
    Workspace::for_each_host(NOTE, |workspace| full_life(workspace, &[("TF_DISABLE_PLUGIN_TLS", "1")]));
}

#[test]
fn an_existing_page_is_imported() {
    Workspace::for_each_host(NOTE, |workspace| {
        fs::write(workspace.path("notes").join("hello.txt"), "two words").unwrap();
        workspace.run(&["import", "note_page.hello", "hello"]).ends_with(0);
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        workspace.run(&["import", "note_page.hello", "hello"]).ends_with(1);
        workspace.run(&["destroy", "-auto-approve"]).ends_with(0);
        workspace.run(&["import", "note_page.hello", "absent"]).ends_with(1).says("non-existent");
    });
}

#[test]
fn mistakes_are_told_at_their_attribute() {
    Workspace::for_each_host(NOTE, |workspace| {
        workspace.configure(&NOTE.replace("title = \"hello\"", "title = \"../escape\""));
        workspace.run(&["validate"]).ends_with(1).says("on main.tf line").says("title = \"../escape\"");
    });
}

#[test]
fn logs_come_through_at_their_level() {
    Workspace::for_each_host(NOTE, |workspace| {
        let run = workspace.run_with(&["plan"], &[("TF_LOG_PROVIDER", "DEBUG")]).ends_with(0);
        assert!(run.text.contains("[DEBUG] provider.terraform-provider-note: call started"), "{}", run.text);
        assert!(run.text.contains("tf_rpc=PlanResourceChange"), "{}", run.text);
        assert!(run.text.contains("tf_resource_type=note_page"), "{}", run.text);
        assert!(run.text.contains("tf_provider_addr=registry.terraform.io/example/note"), "{}", run.text);
        assert!(run.text.contains("tf_req_id="), "{}", run.text);
        let run = workspace.run_with(&["plan"], &[("TF_LOG_PROVIDER_NOTE", "WARN"), ("TF_LOG", "DEBUG")]).ends_with(0);
        assert!(!run.text.contains("call started"), "{}", run.text);
    });
}

#[cfg(unix)]
#[test]
fn a_running_provider_is_reattached() {
    use crate::support::{Running, signal};
    use std::io::{BufRead, BufReader, Read};

    Workspace::for_each_host(NOTE, |workspace| {
        let provider = Command::new(example("note")).arg("-debug").stdout(Stdio::piped()).spawn().unwrap();
        let mut provider = Running(provider);
        let mut output = BufReader::new(provider.0.stdout.take().unwrap());
        let setting =
            output.by_ref().lines().map_while(Result::ok).find(|line| line.contains("TF_REATTACH_PROVIDERS=")).unwrap();
        let value = setting.split_once('=').unwrap().1.trim_matches('\'');
        // No override: the host must not start the provider itself.
        workspace.write("terraform.rc", "provider_installation {\n  direct {}\n}\n");
        full_life(workspace, &[("TF_REATTACH_PROVIDERS", value)]);
        assert!(provider.0.try_wait().unwrap().is_none(), "the provider outlives its hosts");
        signal("INT", provider.0.id().into());
        assert_eq!(provider.0.wait().unwrap().code(), Some(0));
    });
}

#[test]
fn a_plan_tells_what_is_known_about_an_unknown() {
    let outputs = "output \"made\" {\n  value = trap_door.it.made_by != null\n}\n\
                   output \"number\" {\n  value = trap_door.it.made_by == 1\n}\n";
    let configuration = TRAP.replace("@BEHAVIOUR@", "hold") + outputs;
    Workspace::for_each_host(&configuration, |workspace| {
        workspace.run(&["plan"]).ends_with(0).says("+ made = true").says("+ number = (known after apply)");
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("made = true").says("number = false");
    });
}

#[test]
fn a_module_tells_the_provider_about_itself() {
    let meta = "terraform {\n  provider_meta \"trap\" {\n    module = \"the cellar\"\n  }\n}\n";
    Workspace::for_each_host(&(TRAP.replace("@BEHAVIOUR@", "hold") + meta), |workspace| {
        workspace.run(&["plan"]).ends_with(0).says("The door is asked for by the cellar.");
        workspace.configure(&TRAP.replace("@BEHAVIOUR@", "hold"));
        let run = workspace.run(&["plan"]).ends_with(0);
        assert!(!run.text.contains("is asked for by"), "{}", run.text);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_debugged_provider_does_not_need_to_be_read() {
    use crate::support::{Running, runs, signal, wait_until};
    let sockets = tempfile::tempdir().unwrap();
    let provider = Command::new(example("note"))
        .arg("-debug")
        .env("TMPDIR", sockets.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut provider = Running(provider);
    // The only reader leaves before a word is written.
    drop(provider.0.stdout.take());
    let socket = || fs::read_dir(sockets.path()).unwrap().next().is_some();
    wait_until("the provider listens", Duration::from_secs(30), socket);
    std::thread::sleep(Duration::from_millis(300));
    assert!(runs(provider.0.id()), "it ended");
    signal("INT", provider.0.id().into());
    assert_eq!(provider.0.wait().unwrap().code(), Some(0));
    assert!(!socket());
}

#[test]
fn a_panic_reaches_the_user_and_keeps_the_state() {
    Workspace::for_each_host(&TRAP.replace("@BEHAVIOUR@", "panic"), |workspace| {
        workspace
            .run(&["apply", "-auto-approve"])
            .ends_with(1)
            .says("The provider failed in ApplyResourceChange of trap_door")
            .says("the trap door gave way")
            .says("Stack trace from the");
        workspace.run(&["state", "list"]).ends_with(0).says("trap_door.it");
    });
}

#[cfg(target_os = "linux")]
mod interrupted {
    use std::os::unix::process::CommandExt;

    use super::*;
    use crate::support::{runs, signal, wait_until};

    const LIMIT: Duration = Duration::from_secs(30);

    /// Starts an apply that waits until it is stopped. Gives the host and the id of the provider's process.
    fn waiting_apply(workspace: &Workspace) -> (std::process::Child, u32) {
        let pid_file = workspace.path("pid");
        let mut command = workspace.command(&["apply", "-auto-approve"]);
        command.process_group(0).env("TRAP_PID_FILE", &pid_file).stdout(Stdio::piped()).stderr(Stdio::piped());
        let host = command.spawn().unwrap();
        wait_until("the apply begins", LIMIT, || pid_file.exists());
        (host, fs::read_to_string(&pid_file).unwrap().parse().unwrap())
    }

    #[test]
    fn an_interrupt_lets_the_provider_save_what_it_did() {
        Workspace::for_each_host(&TRAP.replace("@BEHAVIOUR@", "wait"), |workspace| {
            let (host, provider) = waiting_apply(workspace);
            // Ctrl-C reaches host and provider alike.
            signal("INT", -i64::from(host.id()));
            let output = host.wait_with_output().unwrap();
            Run::new("apply".to_owned(), &["interrupted"], output).ends_with(1).says("was stopped half-way");
            workspace.run(&["state", "list"]).ends_with(0).says("trap_door.it");
            wait_until("the provider ends", LIMIT, || !runs(provider));
        });
    }

    #[test]
    fn a_provider_does_not_outlive_a_killed_host() {
        Workspace::for_each_host(&TRAP.replace("@BEHAVIOUR@", "wait"), |workspace| {
            let (mut host, provider) = waiting_apply(workspace);
            host.kill().unwrap();
            host.wait().unwrap();
            wait_until("the provider ends", LIMIT, || !runs(provider));
        });
    }
}
