//! The demo: tells the story on standard output; the exit code says whether it came out as it must.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its user on standard output")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use acceptance_tests::{Scenario, story};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let keep = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [option] if option == "--keep" => true,
        _ => {
            eprintln!("Usage: demo [--keep]");
            return ExitCode::from(2);
        }
    };
    listen_for_ctrl_c();
    match story::tell(&mut std::io::stdout(), &INTERRUPTED) {
        Ok(scenario) if keep => stay(scenario),
        Ok(_) => {
            println!("\nThe story came out as it must.");
            ExitCode::SUCCESS
        }
        Err(_) if INTERRUPTED.load(Ordering::SeqCst) => ExitCode::from(130),
        Err(step) => {
            eprintln!("\nStep {step} did not come out as it must; what it said is above.");
            ExitCode::FAILURE
        }
    }
}

/// Swallows Ctrl-C: terraform gets it too and stops, no further step begins, and the world is cleaned up on the way out.
fn listen_for_ctrl_c() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            INTERRUPTED.store(true, Ordering::SeqCst);
        }
    });
}

/// Leaves the emulator up and the folder there, and says how to use them.
fn stay(scenario: Scenario) -> ExitCode {
    let environment = scenario.environment_for_a_shell();
    let gcloud = scenario.environment_for_gcloud();
    let (folder, emulator) = scenario.keep();
    let id = emulator.id().unwrap_or_default();
    // A deleted pool keeps its name for thirty days; whoever goes on by hand begins with fresh clouds.
    emulator.reset();
    println!("\nThe emulator stays up, as at the start, at {} (process {id}). In a shell:\n", emulator.origin());
    println!("  cd {}", folder.join("work").display());
    for (name, value) in environment {
        println!("  export {name}={value}");
    }
    println!("  terraform apply\n\nWith Google's own command line:\n");
    for (name, value) in gcloud {
        println!("  export {name}={value}");
    }
    println!("  gcloud iam workload-identity-pools list --location=global\n\nWhat the emulator holds and was asked:\n");
    println!("  curl {0}/_emulator/objects\n  curl {0}/_emulator/requests", emulator.origin());
    println!("\nTo end it: kill {id} && rm -r {}", folder.display());
    emulator.leave_running();
    ExitCode::SUCCESS
}
