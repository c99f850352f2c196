//! Running a command line against an emulator of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cloud_emulator::{Emulator, Options, Running};
use serde_json::Value;

/// An emulator on a runtime of its own, and a folder for one command line's configuration.
pub(crate) struct Stage {
    pub(crate) running: Running,
    pub(crate) folder: PathBuf,
    runtime: tokio::runtime::Runtime,
}

impl Stage {
    pub(crate) fn new(name: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let https = Some("127.0.0.1:0".parse().unwrap());
        let running = runtime.block_on(Emulator::start(Options { https, ..Options::default() })).unwrap();
        let folder = std::env::temp_dir().join(format!("cloud-emulator-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { running, folder, runtime }
    }

    /// A file of the folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// What the control API answers.
    pub(crate) fn control(&self, path: &str) -> Value {
        let url = format!("{}/_emulator/{path}", self.running.http);
        self.runtime.block_on(async { reqwest::get(url).await.unwrap().json().await.unwrap() })
    }

    /// A token of a virtual issuer.
    pub(crate) fn token(&self, order: &Value) -> String {
        let url = format!("{}/_emulator/tokens", self.running.http);
        let answer: Value = self.runtime.block_on(async {
            reqwest::Client::new().post(url).json(order).send().await.unwrap().json().await.unwrap()
        });
        answer["token"].as_str().unwrap().to_owned()
    }

    /// How many live objects of a type there are that the seed did not plant.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.control(&format!("objects?type={kind}&state=live&seeded=false")).as_array().unwrap().len()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The JSON that a command prints; it must succeed.
#[track_caller]
pub(crate) fn json_of(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// What a command says when it fails, as it must.
#[track_caller]
pub(crate) fn refusal_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?} was not refused");
    said(&output)
}

/// Where a program is, if it is on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| Path::new(&folder).join(program)).find(|candidate| candidate.is_file())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
