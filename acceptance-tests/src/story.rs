//! The demo's story: a trust that is too wide is refused while planning, the right one is applied and used, and nothing is left behind.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::attempt::attempt;
use crate::google::Hop;
use crate::outcome::Outcome;
use crate::pod::{Mounts, Pod};
use crate::scenario::Scenario;

/// The example that the story is about; the documentation shows the same files.
pub const EXAMPLE: &str = "scenarios/aks-to-vertex-ai";
/// The issuer of the example's cluster.
pub const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/";
/// The example's project, which the emulator holds from the start.
pub const PROJECT: &str = "ml-prod-4711";

/// The last attribute of the example's `to`, after which the story adds others.
const GOOD: &str = "roles = [\"roles/aiplatform.user\"]";
const POOL_WIDE: &str = "principals = [\"principalSet://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/*\"]";
const NO_CONDITION: &str = "attribute_condition = \"\"";

/// Tells the story on `out` and returns the world it happened in, or says which step came out otherwise. No further step
/// begins once `stop` is set.
///
/// # Errors
///
/// The number of the first step that did not come out as it must, or did not begin.
pub fn tell(out: &mut dyn Write, stop: &AtomicBool) -> Result<Scenario, usize> {
    let scenario = Scenario::new("demo");
    let terraform = scenario.terraform();
    say(out, &format!("A keyless trust from AKS to Vertex AI, on {:?} {}.", terraform.flavour, terraform.version));
    say(out, &format!("  emulated clouds   {}", scenario.clouds().origin()));
    say(out, &format!("  working folder    {}", scenario.folder().display()));
    scenario.example(EXAMPLE);

    for (number, (title, must, step)) in STEPS.iter().enumerate() {
        let number = number + 1;
        if stop.load(Ordering::SeqCst) {
            return Err(number);
        }
        say(out, &format!("\n{number}. {title}\n   must {must}"));
        let start = Instant::now();
        let mut told = Vec::new();
        let outcome = attempt(|| step(&scenario, &mut told));
        let _ = out.write_all(&told);
        let seconds = start.elapsed().as_secs_f32();
        if let Err(why) = outcome {
            say(out, &format!("   NOT AS IT MUST BE, after {seconds:.1} s: the story ends here.\n\n{why}"));
            return Err(number);
        }
        say(out, &format!("   as it must be, after {seconds:.1} s"));
    }
    Ok(scenario)
}

type Step = (&'static str, &'static str, fn(&Scenario, &mut Vec<u8>));

const STEPS: &[Step] = &[
    (
        "terraform plan of a trust that every identity of the pool may use",
        "fail, and say what to write instead",
        pool_wide,
    ),
    ("terraform plan of a trust whose condition was emptied", "fail, and say what to write instead", no_condition),
    ("terraform apply of the trust as the example has it", "succeed", apply),
    ("terraform plan once more", "find nothing to change", plan_again),
    ("the pod chat/backend asks Gemini, with its projected token and no key", "get an answer", the_pod),
    ("the pod chat/intruder of the same cluster tries the same", "be refused", another_pod),
    ("terraform destroy", "leave nothing behind", destroy),
];

fn pool_wide(scenario: &Scenario, out: &mut Vec<u8>) {
    scenario.init().succeeds();
    refused(scenario, out, POOL_WIDE, "principals");
}

fn no_condition(scenario: &Scenario, out: &mut Vec<u8>) {
    refused(scenario, out, NO_CONDITION, "attribute_condition");
}

/// Plans the example with one more attribute in `to`: refused at that attribute, and before any cloud was asked to change anything.
fn refused(scenario: &Scenario, out: &mut Vec<u8>, to: &str, attribute: &str) {
    // On one line, because terraform shows the first line of an argument only.
    let loose = format!("{GOOD}, {to}");
    scenario.edit("main.tf", GOOD, &loose);
    let shown = scenario.run(&["plan", "-no-color"]);
    quote(out, &shown);
    shown.fails().says("main.tf line").provider_behaved();
    scenario.plan().error_at(&format!("to.gcp.{attribute}"), "").provider_behaved();
    let writes = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).count();
    assert_eq!(writes, 0, "a plan changes nothing");
    scenario.edit("main.tf", &loose, GOOD);
}

fn apply(scenario: &Scenario, out: &mut Vec<u8>) {
    let shown = scenario.run(&["apply", "-no-color", "-auto-approve"]);
    let summary = shown.stdout().lines().find(|line| line.starts_with("Apply complete")).unwrap_or_default().to_owned();
    shown.succeeds().provider_behaved();
    say(out, &format!("   │ {summary}"));
    for (key, object) in scenario.output("objects").as_object().into_iter().flatten() {
        let part = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        say(out, &format!("   │ {key:<60} {:<9} {}", part("origin"), part("status")));
    }
}

fn plan_again(scenario: &Scenario, out: &mut Vec<u8>) {
    scenario.is_settled();
    say(out, "   │ No changes.");
}

fn the_pod(scenario: &Scenario, out: &mut Vec<u8>) {
    let answer = pod("backend").ask(scenario.clouds(), &mounts(scenario), PROJECT, "Is anyone there?");
    let answer = answer.unwrap_or_else(|refusal| panic!("the pod was {refusal}"));
    say(out, "   │ projected token -> token exchange -> service account -> Vertex AI");
    say(out, &format!("   │ Gemini: {answer}"));
}

fn another_pod(scenario: &Scenario, out: &mut Vec<u8>) {
    let refusal = pod("intruder").ask(scenario.clouds(), &mounts(scenario), PROJECT, "May I?");
    let refusal = refusal.expect_err("another pod must not get through");
    say(out, &format!("   │ {refusal}"));
    assert_eq!(
        refusal.hop,
        Hop::Exchange,
        "the provider's own condition keeps it out, before any binding is looked at"
    );
}

fn destroy(scenario: &Scenario, out: &mut Vec<u8>) {
    scenario.ends_clean();
    say(out, "   │ Nothing that the trust made is left in the emulated clouds.");
}

/// A pod of the example's cluster and namespace.
#[must_use]
pub fn pod(service_account: &str) -> Pod {
    Pod { issuer: ISSUER.to_owned(), namespace: "chat".to_owned(), service_account: service_account.to_owned() }
}

/// What the pods of the example mount.
#[track_caller]
#[must_use]
pub fn mounts(scenario: &Scenario) -> Mounts {
    Mounts::new(&scenario.output("credential_config"), &scenario.output("kubernetes_manifest"))
}

/// Shows what terraform told the user.
fn quote(out: &mut Vec<u8>, outcome: &Outcome) {
    for line in outcome.shown().lines().filter(|line| !line.trim().is_empty()).take(40) {
        say(out, &format!("   {line}"));
    }
}

fn say(out: &mut dyn Write, line: &str) {
    // A reader that went away, such as `head`, must not turn the story into a failure.
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
