//! Which command line is driven, and the environment it sees: nothing of the user's gets in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The two programs that speak the plugin protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// HashiCorp's.
    Terraform,
    /// The Linux Foundation's.
    OpenTofu,
}

/// A terraform or tofu on this machine.
#[derive(Clone, Debug)]
pub struct Terraform {
    /// The program.
    pub path: PathBuf,
    /// Which of the two it is.
    pub flavour: Flavour,
    /// What it calls its version, such as `1.11.4`.
    pub version: String,
}

impl Terraform {
    /// The program that `TF_CLI_PATH` names, else `terraform`, else `tofu` from PATH.
    #[must_use]
    pub fn find() -> Option<Self> {
        let path = match std::env::var_os("TF_CLI_PATH").filter(|chosen| !chosen.is_empty()) {
            Some(chosen) => on_path(Path::new(&chosen))?,
            None => ["terraform", "tofu"].iter().find_map(|name| on_path(Path::new(name)))?,
        };
        let mut command = Command::new(&path);
        isolate(&mut command, None);
        let output = command.arg("version").output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let first = said.lines().next()?;
        let flavour = if first.starts_with("OpenTofu") { Flavour::OpenTofu } else { Flavour::Terraform };
        let version = first.rsplit_once('v')?.1.to_owned();
        Some(Self { path, flavour, version })
    }

    /// Whether it is at least this version.
    #[must_use]
    pub fn is_at_least(&self, major: u32, minor: u32) -> bool {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (major, minor)
    }
}

/// Finds a program by path or, for a bare name, on PATH.
#[must_use]
pub fn on_path(name: &Path) -> Option<PathBuf> {
    if name.components().count() > 1 {
        return name.is_file().then(|| name.to_path_buf());
    }
    let file = format!("{}{}", name.display(), std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// What every program needs to run at all; everything else of the user's environment stays out, credentials first.
const ALLOWED: &[&str] =
    &["PATH", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "SystemRoot", "ComSpec", "PATHEXT", "LD_LIBRARY_PATH"];

/// Clears a command's environment but for what programs need to run at all; `home` becomes its home folder.
pub fn isolate(command: &mut Command, home: Option<&Path>) {
    let kept: Vec<(&str, OsString)> =
        ALLOWED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).collect();
    command.env_clear().envs(kept);
    command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
    if let Some(home) = home {
        command.env("HOME", home).env("USERPROFILE", home).env("APPDATA", home).env("XDG_CONFIG_HOME", home);
    }
}

/// This machine's platform in the registry's words.
#[must_use]
pub fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{os}_{architecture}")
}
