//! Google's own command line, unmodified, sees in the emulator what terraform made, and terraform takes over what it made.

use acceptance_tests::suite::{Needs, Suite};
use acceptance_tests::{Scenario, story};

use crate::command_line::gcloud;
use crate::trust::applied;

pub(crate) fn add(suite: &mut Suite) {
    suite.test_with(&[Needs::Gcloud], "gcloud::describes_what_terraform_made", describes_what_terraform_made);
    suite.test_with(&[Needs::Gcloud], "gcloud::terraform_takes_over_what_it_made", terraform_takes_over_what_it_made);
}

fn describes_what_terraform_made() {
    let scenario = applied("gcloud");
    let at = ["--location=global"];
    let pool = gcloud(&scenario, &[&["iam", "workload-identity-pools", "describe", "aks-chat"][..], &at].concat());
    assert_eq!(pool["name"], "projects/471100000011/locations/global/workloadIdentityPools/aks-chat");
    assert_eq!(pool["state"], "ACTIVE");

    let describe = ["iam", "workload-identity-pools", "providers", "describe", "aks-chat"];
    let provider = gcloud(&scenario, &[&describe[..], &["--workload-identity-pool=aks-chat"], &at].concat());
    assert_eq!(provider["oidc"]["issuerUri"], story::ISSUER);
    assert_eq!(provider["attributeCondition"], "assertion.sub == 'system:serviceaccount:chat:backend'");

    let account = scenario.output("service_account_email");
    let account = account.as_str().unwrap_or_default();
    let policy = gcloud(&scenario, &["iam", "service-accounts", "get-iam-policy", account]);
    assert_eq!(policy["bindings"][0]["role"], "roles/iam.workloadIdentityUser");
    assert_eq!(policy["bindings"][0]["members"][0], scenario.output("principal"));
}

/// The commands of the guide, with what it leaves out: an audience and a condition that fit, and the subject as it is mapped.
fn terraform_takes_over_what_it_made() {
    let scenario = Scenario::new("takeover");
    scenario.example(story::EXAMPLE);
    let (pool, email) = ("aks-chat", format!("aks-chat@{}.iam.gserviceaccount.com", story::PROJECT));
    let run = |arguments: &[&str]| gcloud(&scenario, arguments);
    let services = ["iam", "iamcredentials", "sts", "aiplatform"].map(|name| format!("{name}.googleapis.com"));
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    run(&[&["services", "enable"][..], &services].concat());
    run(&["iam", "workload-identity-pools", "create", pool, "--location=global", "--display-name=AKS Pool"]);
    run(&[
        "iam",
        "workload-identity-pools",
        "providers",
        "create-oidc",
        pool,
        "--workload-identity-pool=aks-chat",
        "--location=global",
        &format!("--issuer-uri={}", story::ISSUER),
        "--attribute-mapping=google.subject=assertion.sub",
        "--attribute-condition=assertion.sub == 'system:serviceaccount:chat:backend'",
    ]);
    run(&["iam", "service-accounts", "create", pool]);
    let member = "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:chat:backend";
    let (user, member) = ("--role=roles/iam.workloadIdentityUser", format!("--member={member}"));
    run(&["iam", "service-accounts", "add-iam-policy-binding", &email, user, &member]);
    let member = format!("--member=serviceAccount:{email}");
    run(&["projects", "add-iam-policy-binding", story::PROJECT, "--role=roles/aiplatform.user", &member]);

    scenario.init().succeeds();
    let made = scenario.clouds().made();
    let id = format!(
        "aks->gcp;projects/{}/locations/global/workloadIdentityPools/{pool}/providers/{pool};{email}",
        story::PROJECT
    );
    scenario.run(&["import", "-no-color", "crosscloud_trust.chat", &id]).succeeds();
    // What people read of the objects becomes the trust's own; nothing else is to be done.
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions("crosscloud_trust.chat"), ["update"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    assert_eq!(scenario.clouds().made(), made, "every object is the one that gcloud made");
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Through?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}
