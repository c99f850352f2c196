//! The same plan, judged by checkov from PyPI, where it is installed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Prints how much longer checkov takes.
pub(crate) fn compare(plan: &Path, ours: Duration) {
    let program = std::env::var_os("CHECKOV").unwrap_or_else(|| "checkov".into());
    let started = Instant::now();
    let run = Command::new(&program)
        .args([
            "--framework",
            "terraform_plan",
            "--quiet",
            "--compact",
            "--output",
            "json",
            "--skip-download",
            "--file",
        ])
        .arg(plan)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match run {
        Ok(status) if matches!(status.code(), Some(0 | 1)) => {
            let theirs = started.elapsed();
            let times = theirs.as_secs_f64() / ours.as_secs_f64();
            println!("\ncheckov takes {theirs:.1?} for the plan of 10,000 resources: {times:.0} times as long");
        }
        Ok(status) => println!("\nSKIPPED the comparison with checkov: it ends with {status}"),
        Err(_) => println!(
            "\nSKIPPED the comparison with checkov: install it with `pip install checkov`, or name it in CHECKOV"
        ),
    }
}
