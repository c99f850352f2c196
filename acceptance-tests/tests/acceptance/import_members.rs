//! Import of members of every source, and of a trust and its member while their cluster is replaced: the plan after it is empty.

use acceptance_tests::aws::Session;
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::SUBSCRIPTION;
use acceptance_tests::{Scenario, story};
use serde_json::Value;

use crate::platform::{self, REQUIRES};
use crate::rows::imports;

const POOLS: &str = "projects/ml-prod-4711/locations/global/workloadIdentityPools";
const NEW: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/aaaaaaaa-7777-8888-9999-000000000000/";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("import_members::of_github_actions", of_github_actions);
    suite.test("import_members::of_a_whole_repository", of_a_whole_repository);
    suite.test("import_members::of_an_aws_role", of_an_aws_role);
    suite.test("import_members::while_a_cluster_is_replaced", while_a_cluster_is_replaced);
    suite.test("import_members::a_role_while_a_cluster_is_replaced", a_role_while_a_cluster_is_replaced);
}

/// A trust of an organisation in three clouds, and a member of the repository `tools`.
fn organisation(name: &str, of_member: &str, to: &str) -> Scenario {
    let scenario = Scenario::new(name);
    let from = |repository: &str, id: &str, more: &str| {
        format!(
            "{{ github_actions = {{ owner = \"octo-org\", owner_id = \"1001\", repository = \"{repository}\", repository_id = \"{id}\"{more} }} }}"
        )
    };
    scenario.write(
        "main.tf",
        &format!(
            r#"{REQUIRES}
resource "crosscloud_trust" "org" {{
  name   = "github-org"
  from   = {}
  admits = {{ repository_ids = ["2002"] }}
  to = {{
    gcp   = {{ project = "ml-prod-4711", roles = ["roles/aiplatform.user"] }}
    azure = {{
      subscription_id = "{SUBSCRIPTION}"
      resource_group  = "ml-prod"
      location        = "westeurope"
      roles           = [{{ role = "Cognitive Services OpenAI User", scope = "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod" }}]
    }}
    aws   = {{ account_id = "123456789012", policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] }}
  }}
}}

resource "crosscloud_trust_member" "tools" {{
  name = "tools"
  from = {}
  to   = {{ {to} }}
}}
"#,
            from("app", "2001", ", environment = \"production\""),
            from("tools", "2002", of_member),
        ),
    );
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario
}

const GCP: &str = r#"gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"], existing = { provider = crosscloud_trust.org.objects["gcp/provider"].id } }"#;

fn of_github_actions() {
    const ADDRESS: &str = "crosscloud_trust_member.tools";
    let azure = "azure = { existing = { identity = crosscloud_trust.org.objects[\"azure/identity\"].id } }";
    let aws = "aws = { existing = { role = crosscloud_trust.org.role_arn } }";
    let scenario =
        organisation("github", ", environment = \"production\"", &format!("\n    {GCP}\n    {azure}\n    {aws}\n  "));
    let id = format!(
        "tools;github_actions->gcp+azure+aws;{POOLS}/github-org/providers/github-org;{};/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/\
         providers/Microsoft.ManagedIdentity/userAssignedIdentities/github-org/federatedIdentityCredentials/tools;\
         arn:aws:iam::123456789012:role/github-org",
        text(&scenario, ADDRESS, "principal"),
    );
    imports(&scenario, ADDRESS, &id);
    scenario.ends_clean();

    // In each of the other clouds alone.
    for (to, target, parts) in [
        (
            azure,
            "azure",
            format!(
                "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/github-org/federatedIdentityCredentials/tools"
            ),
        ),
        (
            aws,
            "aws",
            "arn:aws:iam::123456789012:role/github-org;subject:repo:octo-org@1001/tools@2002:ref:refs/heads/main"
                .to_owned(),
        ),
    ] {
        let scenario = organisation(target, ", ref = \"refs/heads/main\"", to);
        imports(&scenario, ADDRESS, &format!("tools;github_actions->{target};{parts}"));
        scenario.ends_clean();
    }
}

fn of_a_whole_repository() {
    const ADDRESS: &str = "crosscloud_trust_member.tools";
    let scenario = organisation("repository", "", GCP);
    let principal = text(&scenario, ADDRESS, "principal");
    assert!(principal.starts_with("principalSet://"), "{principal}");
    let provider = format!("{POOLS}/github-org/providers/github-org");
    let id = format!("tools;github_actions->gcp;{provider};{principal};repo:octo-org/tools");
    imports(&scenario, ADDRESS, &id);
    scenario.ends_clean();
}

fn of_an_aws_role() {
    const ADDRESS: &str = "crosscloud_trust_member.training";
    let mut scenario = Scenario::new("role");
    let _ = Session::of_new_role(scenario.clouds(), "ml-training", "i-0123456789abcdef0");
    scenario.begins_here();
    let role = |name: &str| format!("{{ aws_role = {{ account_id = \"123456789012\", role_name = \"{name}\" }} }}");
    scenario.write(
        "main.tf",
        &format!(
            r#"{REQUIRES}
resource "crosscloud_trust" "account" {{
  name   = "aws-account"
  from   = {}
  admits = {{ role_names = ["ml-training"] }}
  to     = {{ gcp = {{ project = "ml-prod-4711", roles = ["roles/aiplatform.user"] }} }}
}}

resource "crosscloud_trust_member" "training" {{
  name = "training"
  from = {}
  to = {{ gcp = {{
    project  = "ml-prod-4711"
    existing = {{
      provider        = crosscloud_trust.account.objects["gcp/provider"].id
      service_account = crosscloud_trust.account.service_account_email
    }}
  }} }}
}}
"#,
            role("ml-serving"),
            role("ml-training"),
        ),
    );
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let id = format!(
        "training;aws_role->gcp;{POOLS}/aws-account/providers/aws-account;aws-account@ml-prod-4711.iam.gserviceaccount.com;{}",
        text(&scenario, ADDRESS, "principal")
    );
    imports(&scenario, ADDRESS, &id);
    scenario.ends_clean();
}

fn while_a_cluster_is_replaced() {
    const ADDRESS: &str = "crosscloud_trust_member.reports";
    let scenario = Scenario::new("moving");
    let member = r#"
resource "crosscloud_trust_member" "reports" {
  name = "reports"
  from = { aks = { issuer = "OLD", issuers = { green = "NEW" }, namespace = "reports", service_account = "backend" } }
  to = {
    gcp = {
      project = "ml-prod-4711"
      existing = {
        provider        = "POOLS/aks-platform/providers/aks-platform"
        service_account = crosscloud_trust.platform.service_account_email
      }
    }
    azure = { existing = { identity = crosscloud_trust.platform.objects["azure/identity"].id } }
  }
}
"#;
    let before = format!("issuer = \"{}\"", story::ISSUER);
    let both = format!("{before}, issuers = {{ green = \"{NEW}\" }}");
    let green = format!("issuers = {{ green = \"{NEW}\" }}");
    let trust = platform::trust().replace(&before, &both);
    let member = member.replace("OLD", story::ISSUER).replace("NEW", NEW).replace("POOLS", POOLS);
    let main = format!("{REQUIRES}\n{trust}{member}");
    scenario.write("main.tf", &main);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let issuer = format!("issuer:green={NEW}");
    let principal = text(&scenario, ADDRESS, "principal");
    let member_id = |end: &str| {
        format!(
            "reports;aks->gcp+azure;{POOLS}/aks-platform/providers/aks-platform{end};aks-platform@ml-prod-4711.iam.gserviceaccount.com;{principal};\
             /subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-platform/\
             federatedIdentityCredentials/reports{end};{issuer}"
        )
    };
    imports(&scenario, platform::TRUST, &format!("{};{issuer}", platform::trust_id()));
    imports(&scenario, ADDRESS, &member_id(""));

    // The old cluster has gone, and only the one that has a name is left.
    scenario.write("main.tf", &main.replace(&both, &green));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let of_green = platform::trust_id()
        .replace("providers/aks-platform", "providers/aks-platform-green")
        .replace("Credentials/aks-platform", "Credentials/aks-platform-green");
    imports(&scenario, platform::TRUST, &format!("{of_green};{issuer}"));
    imports(&scenario, ADDRESS, &member_id("-green"));
    scenario.ends_clean();
}

/// In AWS nothing but the import id says what an issuer is called. A trust policy is short, and so are these issuers.
fn a_role_while_a_cluster_is_replaced() {
    let scenario = Scenario::new("moving-role");
    let from = |namespace: &str| {
        format!(
            "{{ kubernetes = {{ issuer = \"https://blue.example.com\", issuers = {{ green = \"https://green.example.com\" }}, \
             namespace = \"{namespace}\", service_account = \"backend\" }} }}"
        )
    };
    let trust = format!(
        r#"{REQUIRES}
resource "crosscloud_trust" "platform" {{
  name = "platform"
  from = {}
  to   = {{ aws = {{ account_id = "123456789012", policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] }} }}
}}
"#,
        from("chat"),
    );
    let member = format!(
        r#"
resource "crosscloud_trust_member" "reports" {{
  name = "reports"
  from = {}
  to   = {{ aws = {{ existing = {{ role = crosscloud_trust.platform.role_arn }} }} }}
}}
"#,
        from("reports"),
    );
    let parts = "arn:aws:iam::123456789012:role/platform;issuer:green=https://green.example.com";
    scenario.write("main.tf", &trust);
    scenario.apply().succeeds().provider_behaved();
    imports(&scenario, platform::TRUST, &format!("kubernetes->aws;{parts}"));

    scenario.write("main.tf", &format!("{trust}{member}"));
    scenario.edit(
        "main.tf",
        "  to   = { aws = { account_id",
        "  admits = { namespaces = [\"reports\"] }\n  to   = { aws = { account_id",
    );
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let subject = "subject:system:serviceaccount:reports:backend";
    imports(&scenario, "crosscloud_trust_member.reports", &format!("reports;kubernetes->aws;{subject};{parts}"));
    scenario.ends_clean();
}

fn text(scenario: &Scenario, address: &str, attribute: &str) -> String {
    match &scenario.resource(address)[attribute] {
        Value::String(text) => text.clone(),
        other => panic!("{attribute} of {address} is no text: {other}"),
    }
}
