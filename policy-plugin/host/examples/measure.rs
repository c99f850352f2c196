//! Measures the built-in policy: time until it is ready, and time for one trust, beside the same code run natively.
//!
//! Next to the clock stands the time that the processor really worked, where the system tells it: on a busy machine only that means much.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use crosscloud_policy_host::model::policy::Request;
use crosscloud_policy_host::{Limits, Policy, PolicySet};
use crosscloud_policy_plugin::examples::{Base, Example, Outcome};
use crosscloud_policy_plugin::{BuiltIn, Policy as _};

const RUNS: usize = 500;

fn main() {
    const OPEN: &str = "\"assertion.sub.startsWith('system:serviceaccount:chat')\"";
    let (started, worked) = (Instant::now(), work());
    let set = PolicySet::built_in().unwrap();
    println!("ready after {:?}, {:?} of work", started.elapsed(), work() - worked);
    show("loading it once more", || drop(Policy::built_in(Limits::default()).unwrap()));
    show("an empty document", || drop(set.evaluate(&Request::default()).unwrap()));
    for (name, base, changes) in [
        ("tight, AKS", Base::Aks, &[][..]),
        ("open, AKS", Base::Aks, &[("/providers/0/attribute_condition", OPEN)][..]),
        ("tight, GitHub to Google", Base::GitHub, &[][..]),
        ("tight, GitHub to AWS", Base::AwsRole, &[][..]),
        ("tight, GitHub to Azure", Base::Entra, &[][..]),
    ] {
        let document = Example { title: name, base, changes, outcome: Outcome::Pass }.document().unwrap();
        let request = Request { document, settings: serde_json::Value::Null };
        let fuel = set.evaluate(&request).unwrap().fuel;
        show(&format!("{name}, in the sandbox, {fuel} units of fuel"), || drop(set.evaluate(&request).unwrap()));
        show(&format!("{name}, natively"), || drop(BuiltIn::evaluate(&request)));
    }
}

/// Runs something often. Shows the median on the clock, and the work per run.
fn show(name: &str, mut run: impl FnMut()) {
    let worked = work();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{name}: {:?}, {:?} of work", times[RUNS / 2], (work() - worked) / u32::try_from(RUNS).unwrap());
}

/// Time that this thread has been on a processor; zero where the system does not say.
fn work() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}
