//! Building the workspace's programs and learning from Cargo where they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{self, Failure};

/// The programs of one build, by name.
#[derive(Debug)]
pub(crate) struct Programs(BTreeMap<String, PathBuf>);

/// Which targets are built besides the programs, and how they are optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// The programs only.
    Programs,
    /// The programs and every test: one build in which both share their dependencies' features.
    ProgramsAndTests,
    /// The programs as they are released.
    Release,
}

impl Programs {
    /// Builds the whole workspace, so that every chore shares one set of features and nothing is built twice.
    pub(crate) fn build(kind: Build) -> Result<Self, Failure> {
        let mut arguments = vec!["build", "--workspace", "--bins", "--message-format=json-render-diagnostics"];
        match kind {
            Build::Programs => {}
            // `cargo test FILTER` builds no examples, and tests of the runtime start some.
            Build::ProgramsAndTests => arguments.extend(["--tests", "--examples"]),
            Build::Release => arguments.push("--release"),
        }
        let mut programs = BTreeMap::new();
        let built = process::stream(&mut process::cargo(&arguments), |line| programs.extend(program(line)))?;
        if built {
            Ok(Self(programs))
        } else {
            Err(Failure::new("the build failed; the compiler's messages are above"))
        }
    }

    /// Where the program of this name is.
    pub(crate) fn path(&self, name: &str) -> Result<&Path, Failure> {
        self.0
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| Failure::new(format!("the build produced no program named {name}")))
    }

    /// The provider.
    pub(crate) fn provider(&self) -> Result<&Path, Failure> {
        self.path("terraform-provider-crosscloud")
    }

    /// Tells a command of the acceptance tests where the programs are that it drives.
    pub(crate) fn name_in<'a>(&self, command: &'a mut Command) -> Result<&'a mut Command, Failure> {
        Ok(command
            .env("CROSSCLOUD_PROVIDER_BIN", self.provider()?)
            .env("CLOUD_EMULATOR_BIN", self.path("cloud-emulator")?)
            .env("XTASK_BIN", self.path("xtask")?))
    }
}

/// The program named by one of Cargo's JSON messages; test harnesses have an executable too and are left out.
fn program(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message["reason"] != "compiler-artifact" || message["profile"]["test"] == true {
        return None;
    }
    Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(message["executable"].as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn only_programs_are_taken_from_the_messages() {
        let message = r#"{"reason":"compiler-artifact","target":{"name":"cloud-emulator"},"profile":{"test":false},"executable":"/x/cloud-emulator"}"#;
        assert_eq!(program(message), Some(("cloud-emulator".to_owned(), "/x/cloud-emulator".into())));
        assert_eq!(program(&message.replace("\"test\":false", "\"test\":true")), None);
        assert_eq!(program(&message.replace("\"/x/cloud-emulator\"", "null")), None);
        assert_eq!(program("   Compiling x v0.1.0"), None);
    }
}
