//! The benchmarks: each figure beside what it is compared with, measured in one run on one machine.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its user on standard output")]

#[path = "bench/members.rs"]
mod members;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use acceptance_tests::install::Installation;
use acceptance_tests::programs::Programs;
use acceptance_tests::{Scenario, processes, story};
use tfplugin::host::Launch;

/// How many resources are planned.
const RESOURCES: usize = 1000;
/// How often each plan is run; the median counts.
const PLANS: usize = 5;
/// How often each provider is started; the median counts.
const STARTS: usize = 30;

/// How many trusts are applied together.
const TOGETHER: usize = 20;
/// How many resources Terraform applies at a time unless it is told otherwise.
const PARALLELISM: usize = 10;
/// How late every answer of a cloud is meanwhile.
const LATENESS: Duration = Duration::from_millis(50);
/// How many trusts are refreshed.
const REFRESHED: usize = 200;
/// How many service accounts Google lets a project have; the trusts beyond use their roles directly.
const ACCOUNTS: usize = 100;

const MIB: f64 = 1024.0 * 1024.0;

fn main() -> ExitCode {
    let provider = &Programs::get().provider;
    let echo = match std::env::current_exe() {
        Ok(own) => own.with_file_name(format!("echo-provider{}", std::env::consts::EXE_SUFFIX)),
        Err(error) => {
            eprintln!("cannot find the echo provider: {error}");
            return ExitCode::FAILURE;
        }
    };
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    println!("{:<58} {:>11} {:>11}", "", "measured", "aim");
    if wanted("start") {
        starts(provider, &echo);
    }
    if wanted("plan") {
        planning(provider, &echo);
    }
    if wanted("apply") {
        applying(provider);
    }
    if wanted("refresh") {
        let (requests, objects) = refresh(provider);
        line("requests that refreshing 200 trusts sends", &requests.to_string(), &format!("<= {objects}"));
    }
    if wanted("members") {
        applying_members(provider);
    }
    if wanted("size") {
        let size = std::fs::metadata(provider).map(|metadata| metadata.len()).ok();
        line("the provider's binary, release, stripped", &mebibytes(size), "<= 30 MiB");
    }
    ExitCode::SUCCESS
}

fn starts(provider: &Path, echo: &Path) {
    let start = handshake(provider);
    let echo_start = handshake(echo);
    line("process start to handshake line, median of 30", &millis(start), "<= 10 ms");
    line("  the same of the echo provider", &millis(echo_start), "");
}

fn planning(provider: &Path, echo: &Path) {
    let [trusts, echoes, built_in] = plans(provider, echo);
    line("terraform plan of 1,000 trusts, median of 5", &millis(trusts.time), "");
    line("  the same answered by the echo provider", &millis(echoes.time), "");
    line("  1,000 terraform_data, for the record", &millis(built_in.time), "");
    line("  trusts / echo", &ratio(trusts.time, echoes.time), "<= 1.25");
    line("  trusts / terraform_data", &ratio(trusts.time, built_in.time), "");
    let judging = judging(provider);
    line("judging in a plan of 1,000 trusts, validation included", &millis(judging.policy), "");
    line("  judging / plan, with a debug log", &ratio(judging.policy, judging.plan), "<= 0.10");
    line("resident memory of the provider at its most, planning", &mebibytes(trusts.memory), "<= 40 MiB");
    line("  the same of the echo provider", &mebibytes(echoes.memory), "");
}

fn applying(provider: &Path) {
    let waves = TOGETHER.div_ceil(PARALLELISM);
    let chain = apply(provider, 1) * u32::try_from(waves).unwrap_or(1);
    let together = apply(provider, TOGETHER);
    line("terraform apply of 20 trusts, each call 50 ms late", &millis(together), "");
    line("  two waves of one trust's chain, as ten are applied at a time", &millis(chain), "");
    line("  20 trusts / chain", &ratio(together, chain), "<= 1.30");
}

fn applying_members(provider: &Path) {
    let cost = members::apply(provider);
    line("terraform apply of 1,000 members at the documented quotas", &seconds(cost.time), "<= 600 s");
    line("  requests", &cost.requests.to_string(), "");
    line("  writes of the allow policy, instead of 1,000", &cost.grants.to_string(), "");
    line("  writes of pools and providers, 60 a minute", &cost.federation_writes.to_string(), "0");
    line("  reads of pools and providers, 600 a minute", &cost.federation_reads.to_string(), "");
    line("  requests of a plan of them when nothing is left to do", &cost.settled.to_string(), "");
}

/// The time from the start of the process to its handshake line, under mutual TLS as Terraform starts it.
fn handshake(provider: &Path) -> Duration {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let identity = tfplugin::host::ClientIdentity::generate().expect("a certificate can be made");
    median((0..STARTS).map(|_| {
        runtime.block_on(async {
            let launch = Launch::new(provider).identity(&identity);
            let plugin = launch.start().await.expect("the provider announces itself");
            plugin.start_up()
        })
    }))
}

/// The time that applying this many trusts takes while every call to a cloud is late.
fn apply(provider: &Path, count: usize) -> Duration {
    let world = world("apply", provider, &trusts(count));
    world.clouds().delay_every_call(LATENESS);
    let start = Instant::now();
    world.apply().succeeds();
    start.elapsed()
}

/// How many requests a refresh of many trusts sends, and how many distinct objects those trusts have.
fn refresh(provider: &Path) -> (usize, usize) {
    // Google's quota of changes a minute would make the apply, which is not measured, take minutes.
    let raised = "provider \"crosscloud\" {\n  rate_limits = { \"iam.googleapis.com/federation_write\" = 100000 }\n}\n";
    let roles = "roles = [\"roles/aiplatform.user\"]";
    let trusts = trusts(REFRESHED).replace(roles, &format!("{roles}, direct = count.index >= {ACCOUNTS}"));
    let world = world("refresh", provider, &format!("{trusts}{raised}"));
    world.apply().succeeds();
    world.clouds().forget_requests();
    world.plan_with(&["-refresh-only"]).succeeds();
    let requests = world.clouds().requests().len();
    let shown = world.run(&["show", "-json"]).succeeds();
    let state: serde_json::Value =
        serde_json::from_str(shown.stdout()).expect("terraform prints JSON when it is asked to");
    let trusts = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let objects: BTreeSet<&str> = trusts
        .iter()
        .filter_map(|trust| trust["values"]["objects"].as_object())
        .flat_map(|objects| objects.values().filter_map(|object| object["id"].as_str()))
        .collect();
    (requests, objects.len())
}

/// What one kind of plan takes.
#[derive(Clone, Copy, Debug)]
struct Cost {
    time: Duration,
    /// The provider's resident memory at its most, in bytes, where the system tells.
    memory: Option<u64>,
}

/// What judging is of a plan.
struct Judging {
    /// The time that policies took for their answers, all of them together.
    policy: Duration,
    plan: Duration,
}

/// Reads off the provider's log how long the policies took. Trusts that are judged at the same time count each for itself.
fn judging(provider: &Path) -> Judging {
    let world = world("judging", provider, &trusts(RESOURCES));
    let log = world.folder().join("terraform.log");
    let mut command = world.command();
    command.args(["plan", "-input=false", "-no-color", "-out=tfplan"]);
    command.env("TF_LOG_PROVIDER", "DEBUG").env("TF_LOG_PATH", &log);
    let start = Instant::now();
    let (output, _) = processes::run_and_watch(&mut command, "terraform-provi");
    let plan = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(&log).expect("terraform writes the log that it is asked for");
    let taken: Vec<u64> = log.lines().filter_map(nanoseconds).collect();
    assert!(taken.len() >= RESOURCES, "{} of {RESOURCES} trusts are judged in the log", taken.len());
    Judging { policy: Duration::from_nanos(taken.iter().sum()), plan }
}

/// The time that a line of the log says a policy took.
fn nanoseconds(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("judged crosscloud_trust/")?.1.split_once("nanoseconds=")?;
    rest.split(|character: char| !character.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

/// Plans the same resources with the provider, with the echo provider and with what is built into terraform, in turn, so
/// that whatever else the machine does meets all three.
fn plans(provider: &Path, echo: &Path) -> [Cost; 3] {
    let worlds = [
        world("trusts", provider, &trusts(RESOURCES)),
        world("echo", echo, &trusts(RESOURCES)),
        world("builtin", provider, &built_in()),
    ];
    let mut runs: [Vec<Cost>; 3] = Default::default();
    for _ in 0..PLANS {
        for (world, runs) in worlds.iter().zip(&mut runs) {
            runs.push(plan(world));
        }
    }
    runs.map(|runs| Cost {
        time: median(runs.iter().map(|run| run.time)),
        memory: runs.iter().filter_map(|run| run.memory).max(),
    })
}

fn world(name: &str, provider: &Path, configuration: &str) -> Scenario {
    let scenario = Scenario::with_provider(name, Installation::FilesystemMirror, provider);
    scenario.write("main.tf", configuration).init().succeeds();
    scenario
}

fn plan(world: &Scenario) -> Cost {
    let mut command = world.command();
    command.args(["plan", "-input=false", "-no-color", "-out=tfplan"]);
    let start = Instant::now();
    let (output, memory) = processes::run_and_watch(&mut command, "terraform-provi");
    let time = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Cost { time, memory }
}

const HEADER: &str =
    "terraform {\n  required_providers {\n    crosscloud = { source = \"crosscloud/crosscloud\" }\n  }\n}\n";

fn trusts(count: usize) -> String {
    format!(
        r#"{HEADER}
resource "crosscloud_trust" "chat" {{
  count = {count}
  name  = "trust-${{count.index}}"
  from  = {{ aks = {{ issuer = "{}", namespace = "chat", service_account = "backend-${{count.index}}" }} }}
  to    = {{ gcp = {{ project = "{}", roles = ["roles/aiplatform.user"] }} }}
}}
"#,
        story::ISSUER,
        story::PROJECT
    )
}

fn built_in() -> String {
    format!(
        r#"resource "terraform_data" "chat" {{
  count = {RESOURCES}
  input = {{
    name = "trust-${{count.index}}"
    from = {{ aks = {{ issuer = "{}", namespace = "chat", service_account = "backend-${{count.index}}" }} }}
    to   = {{ gcp = {{ project = "{}", roles = ["roles/aiplatform.user"] }} }}
  }}
}}
"#,
        story::ISSUER,
        story::PROJECT
    )
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn line(what: &str, measured: &str, aim: &str) {
    println!("{what:<58} {measured:>11} {aim:>11}");
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}

fn ratio(one: Duration, other: Duration) -> String {
    format!("{:.2}", one.as_secs_f64() / other.as_secs_f64())
}

#[allow(clippy::cast_precision_loss, reason = "sizes of files and processes are far below 2^52")]
fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1} MiB", bytes as f64 / MIB))
}
