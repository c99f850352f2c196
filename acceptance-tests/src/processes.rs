//! Watching the processes that a command starts, and killing them.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// How often the system is asked.
const INTERVAL: Duration = Duration::from_millis(10);

/// Runs a command and finds the most resident memory, in bytes, of its children whose name begins with `name`.
///
/// Only Linux tells; elsewhere the answer is `None`.
///
/// # Panics
///
/// If the command cannot be started.
#[must_use]
pub fn run_and_watch(command: &mut Command, name: &str) -> (Output, Option<u64>) {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let parent = child.id();
    let finished = std::thread::spawn(move || child.wait_with_output());
    let mut most = None;
    while !finished.is_finished() {
        most = children(parent, name).into_iter().filter_map(peak_memory).chain(most).max();
        std::thread::sleep(INTERVAL);
    }
    let output = finished.join().expect("waiting does not panic").expect("the command can be waited for");
    (output, most)
}

/// Kills the children of a process whose name begins with `name`, so that they cannot say a last word. Tells how many there were.
///
/// # Panics
///
/// If the system has no `kill`.
pub fn kill_children(parent: u32, name: &str) -> usize {
    let children = children(parent, name);
    for child in &children {
        let status = Command::new("kill").args(["-KILL", &child.to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "process {child} can be killed");
    }
    children.len()
}

/// The children of a process whose name, which Linux cuts at 15 letters, begins with `name`.
fn children(parent: u32, name: &str) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        field(&status, "PPid:") == Some(&parent.to_string())
            && field(&status, "Name:").is_some_and(|it| it.starts_with(name))
    })
    .collect()
}

/// The most memory that a process has had resident so far, in bytes.
fn peak_memory(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let kibibytes: u64 = field(&status, "VmHWM:")?.trim_end_matches(" kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name).map(str::trim))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_a_child_is_found() {
        assert!(peak_memory(std::process::id()).is_some_and(|bytes| bytes > 0));
        // The shell starts the sleep as its child, because something follows it.
        let (output, most) = run_and_watch(Command::new("sh").args(["-c", "sleep 0.2; true"]), "sleep");
        assert!(output.status.success());
        assert!(most.is_some_and(|bytes| bytes > 0), "{most:?}");
    }
}
