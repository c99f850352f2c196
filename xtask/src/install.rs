//! `cargo xtask dist-install`: the provider in a private filesystem mirror, for trying it by hand.

use std::path::{Path, PathBuf};

use crate::artifacts::{Build, Programs};
use crate::process::{Failure, Outcome};
use crate::{prerequisites, process, workspace};

/// The registries whose addresses the mirror answers for: `crosscloud/crosscloud` means the first to Terraform, the second to OpenTofu.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Builds, installs, and prints what to set.
pub(crate) fn run(directory: Option<&str>) -> Result<Outcome, Failure> {
    prerequisites::for_build()?;
    process::announce("building the provider");
    let programs = Programs::build(Build::Programs)?;
    let directory = directory.map_or_else(|| workspace::target().join("dist-install"), PathBuf::from);
    let configuration = install(programs.provider()?, &directory)?;
    println!(
        "The provider is installed. In the shell that runs terraform or tofu:\n\n  export TF_CLI_CONFIG_FILE={}",
        configuration.display()
    );
    Ok(Outcome::Good)
}

/// Lays the mirror under `directory` and returns the CLI configuration that uses it.
pub(crate) fn install(provider: &Path, directory: &Path) -> Result<PathBuf, Failure> {
    let mirror = directory.join("mirror");
    for host in HOSTS {
        let folder = mirror.join(host).join("crosscloud/crosscloud").join(workspace::VERSION).join(platform());
        std::fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;
        let name = format!("terraform-provider-crosscloud_v{}{}", workspace::VERSION, std::env::consts::EXE_SUFFIX);
        let binary = folder.join(name);
        // A provider that is running cannot be overwritten, but its name can be given to another file.
        let _ = std::fs::remove_file(&binary);
        std::fs::copy(provider, &binary).map_err(|error| Failure::io("write", &binary, &error))?;
    }
    let mirror = std::path::absolute(&mirror).map_err(|error| Failure::io("find", &mirror, &error))?;
    let configuration = directory.join("cli.tfrc");
    let ours = HOSTS.map(|host| format!("\"{host}/crosscloud/crosscloud\"")).join(", ");
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path    = {:?}\n    include = [{ours}]\n  }}\n  \
         direct {{\n    exclude = [{ours}]\n  }}\n}}\n",
        mirror.display().to_string()
    );
    std::fs::write(&configuration, text).map_err(|error| Failure::io("write", &configuration, &error))?;
    std::path::absolute(&configuration).map_err(|error| Failure::io("find", &configuration, &error))
}

/// This machine's platform in the registry's words.
fn platform() -> String {
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
