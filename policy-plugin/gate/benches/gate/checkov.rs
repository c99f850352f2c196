//! The same plan, judged by checkov from PyPI: the one that CHECKOV names, or one that is installed beside the build for this.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The release that is compared with.
const PACKAGE: &str = "checkov==3.3.30";

/// Prints how much longer checkov takes, and that it is left out where it cannot be had.
pub(crate) fn compare(plan: &Path, ours: Duration) {
    let program = match std::env::var_os("CHECKOV").map(PathBuf::from).map_or_else(install, Ok) {
        Ok(program) => program,
        Err(why) => return println!("\nSKIPPED the comparison with checkov: {why}"),
    };
    let started = Instant::now();
    let framework =
        ["--framework", "terraform_plan", "--quiet", "--compact", "--output", "json", "--skip-download", "--file"];
    let run = Command::new(&program).args(framework).arg(plan).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match run {
        Ok(status) if matches!(status.code(), Some(0 | 1)) => {
            let theirs = started.elapsed();
            let times = theirs.as_secs_f64() / ours.as_secs_f64();
            println!(
                "\n{PACKAGE} takes {theirs:.1?} for the same file, crosscloud-gate {ours:.1?}: {times:.0} times as long"
            );
        }
        Ok(status) => println!("\nSKIPPED the comparison with checkov: it ends with {status}"),
        Err(error) => println!("\nSKIPPED the comparison with checkov: {}: {error}", program.display()),
    }
}

/// Installs it once, in an environment of its own.
fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = programs.join("checkov");
    if !program.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let options = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "1",
            "--timeout",
            "30",
            PACKAGE,
        ];
        run(Command::new(programs.join("python")).args(options))?;
    }
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("it cannot be installed").to_owned())
}
