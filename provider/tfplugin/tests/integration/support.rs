//! What the tests share: where the example providers are, and how to signal processes.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// The binary of an example. Cargo builds examples together with the tests of a package.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent().and_then(|deps| deps.parent()).unwrap().join("examples").join(name);
    let binary = binary.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(binary.exists(), "{} is missing: run `cargo build -p tfplugin --examples`", binary.display());
    binary
}

/// A program of this name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|directory| directory.join(&file)).find(|path| path.is_file())
}

/// Sends a signal, such as `INT`, to a process, or to a process group if `target` is negative.
#[cfg(unix)]
pub(crate) fn signal(name: &str, target: i64) {
    let status = Command::new("sh").arg("-c").arg(format!("kill -s {name} -- {target}")).status().unwrap();
    assert!(status.success(), "cannot send {name} to {target}");
}

/// Whether a process exists and is not just waiting to be collected.
#[cfg(target_os = "linux")]
pub(crate) fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Waits until `holds`.
pub(crate) fn wait_until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Says that a test did not run. Written around the capture of test output, so that it is always seen.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// A process that ends with the test, even if the test fails.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
