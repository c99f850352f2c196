//! Measures the built-in policy: time until it is ready, and time for one trust, beside the same code run natively.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use crosscloud_policy_host::PolicySet;
use crosscloud_policy_host::model::policy::Request;
use crosscloud_policy_plugin::examples::{Base, Example, Outcome};
use crosscloud_policy_plugin::{BuiltIn, Policy};

const RUNS: usize = 300;

fn main() {
    let started = Instant::now();
    let set = PolicySet::built_in().unwrap();
    println!("ready after {:?}", started.elapsed());
    for (name, base, changes) in [
        ("tight, AKS", Base::Aks, &[][..]),
        (
            "open, AKS",
            Base::Aks,
            &[("/providers/0/attribute_condition", "\"assertion.sub.startsWith('system:serviceaccount:chat')\"")][..],
        ),
        ("tight, GitHub", Base::GitHub, &[][..]),
    ] {
        let document = Example { title: name, base, changes, outcome: Outcome::Pass }.document().unwrap();
        let request = Request { document, settings: serde_json::Value::Null };
        let fuel = set.evaluate(&request).unwrap().fuel;
        let sandboxed = median(|| drop(set.evaluate(&request).unwrap()));
        let native = median(|| drop(BuiltIn::evaluate(&request)));
        println!("{name}: {sandboxed:?} in the sandbox, {native:?} natively, {fuel} units of fuel");
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}
