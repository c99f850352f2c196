//! Azure's own command line: a release from PyPI below the build folder, and what makes it talk to an emulator and to nothing else. The acceptance
//! tests use it, too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release that is installed.
const RELEASE: &str = "azure-cli==2.91.0";
/// The emulator's Entra tenant.
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
/// The secret of the emulator's operator.
pub(crate) const SECRET: &str = "emulator-client-secret-of-the-operator";

/// Installs it below the build folder, unless it is there. The error says why that failed.
pub(crate) fn install() -> Result<(), String> {
    if program().is_file() {
        return Ok(());
    }
    let folder = folder();
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .output()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().last().unwrap_or("it failed without a word").to_owned())
    };
    // A half-finished installation would be taken for a finished one.
    let _ = fs::remove_dir_all(&folder);
    run(Path::new("python3"), &["-m", "venv", &folder.to_string_lossy()])?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "0",
        "--timeout",
        "30",
        RELEASE,
    ];
    run(&folder.join("bin").join("python"), &pip).inspect_err(|_| {
        let _ = fs::remove_dir_all(&folder);
    })
}

fn folder() -> PathBuf {
    // The folder for files of tests lies in the build folder.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("."));
    target.join("tools").join("azure-cli")
}

/// The program.
pub(crate) fn program() -> PathBuf {
    folder().join("bin").join("az")
}

/// Keeps a command to a configuration of its own in `folder`, and to the authority whose certificate [`prepare`] has put there.
pub(crate) fn configure(command: &mut Command, folder: &Path) {
    command.env("AZURE_CONFIG_DIR", folder.join("azure")).env("REQUESTS_CA_BUNDLE", folder.join("ca.pem"));
    command.env("AZURE_CORE_COLLECT_TELEMETRY", "0").env("AZURE_CORE_INSTANCE_DISCOVERY", "false");
    command.args(["--output", "json"]);
}

/// Lays out a folder for [`configure`].
pub(crate) fn prepare(folder: &Path, ca_pem: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("ca.pem"), ca_pem)
}

/// The two commands after which the emulator at `origin` is the cloud that is talked to.
pub(crate) fn choose_cloud(origin: &str) -> [Vec<&str>; 2] {
    let register = vec!["cloud", "register", "--name", "Emulated", "--endpoint-resource-manager", origin];
    [register, vec!["cloud", "set", "--name", "Emulated"]]
}

/// The command that signs the operator in.
pub(crate) fn login(secret: &str) -> Vec<&str> {
    let user = "33333333-4444-5555-6666-777777777777";
    vec!["login", "--service-principal", "--username", user, "--password", secret, "--tenant", TENANT]
}
