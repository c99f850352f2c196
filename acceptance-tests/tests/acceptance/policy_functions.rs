//! Provider functions on the real terraform: what they compute, and the policy on resources that the provider does not make.

use acceptance_tests::Scenario;
use acceptance_tests::suite::Suite;
use serde_json::{Value, json};

const POOL: &str = "projects/471100000011/locations/global/workloadIdentityPools/shared";
const HEADER: &str =
    "terraform {\n  required_providers {\n    crosscloud = { source = \"crosscloud/crosscloud\" }\n  }\n}\n";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("policy_functions::a_wildcard_fails_in_a_precondition_and_nothing_is_created", a_wildcard_is_refused);
    suite.test("policy_functions::unknown_leaves_are_no_violation", unknown_leaves);
    suite.test("policy_functions::mistakes_are_told", mistakes);
    suite.test("policy_functions::principals", principals);
    suite.test("policy_functions::what_a_workload_needs", what_a_workload_needs);
    suite.test("policy_functions::tokens_are_evaluated", tokens);
}

/// A resource of another provider stands in as one that every terraform has; what it is to become is judged before it is made.
fn role(principal: &str) -> String {
    format!(
        r#"{HEADER}
resource "terraform_data" "account" {{
  input = "123456789012"
}}

locals {{
  role = {{
    name = "deploy"
    assume_role_policy = jsonencode({{
      Version   = "2012-10-17"
      Statement = [{{ Effect = "Allow", Principal = {principal}, Action = "sts:AssumeRole" }}]
    }})
  }}
  findings = provider::crosscloud::policy_findings("aws_iam_role", local.role)
}}

resource "terraform_data" "role" {{
  input = local.role

  lifecycle {{
    precondition {{
      condition     = alltrue([for f in local.findings : f.verdict != "violation"])
      error_message = "Refused: ${{jsonencode([for f in local.findings : f.rule])}}"
    }}
  }}
}}
"#
    )
}

fn a_wildcard_is_refused() {
    let scenario = Scenario::new("wildcard");
    scenario.write("main.tf", &role("\"*\""));
    scenario.plan().fails_with("aws-principal-star").provider_behaved();
    scenario.apply().fails_with("aws-principal-star").provider_behaved();
    let state = std::fs::read_to_string(scenario.folder().join("terraform.tfstate")).unwrap_or_default();
    assert!(!state.contains("\"role\""), "nothing was created: {state}");
    scenario.write("main.tf", &role("{ AWS = \"arn:aws:iam::123456789012:role/ci\" }"));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
}

/// The account is known only once something else is made: the plan goes through, and the apply decides.
fn unknown_leaves() {
    let scenario = Scenario::new("unknown");
    scenario.write("main.tf", &role("{ AWS = \"arn:aws:iam::${terraform_data.account.output}:role/ci\" }"));
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let late = Scenario::new("late-wildcard");
    late.write("main.tf", &role("terraform_data.account.output").replace("\"123456789012\"", "\"*\""));
    late.plan().has_changes().provider_behaved();
    late.apply().fails_with("aws-principal-star").provider_behaved();
    assert!(late.resource("terraform_data.role").is_null(), "the role is not made");
}

fn mistakes() {
    let scenario = Scenario::new("mistakes");
    for (call, says) in [
        ("policy_findings(\"aws_iam_rolle\", { name = \"x\" })", "aws_iam_role"),
        ("policy_findings(\"aws_iam_role\", { bucket = \"x\" })", "assume_role_policy"),
        ("policy_findings(\"aws_iam_role\", \"x\")", "must be an object"),
        ("principal(\"projects/ml-prod-4711/locations/global/workloadIdentityPools/shared\", \"x\")", "number"),
        ("parse_principal(\"robot:x\")", "is not a member"),
        ("credential_config(\"x\", null, { aws = {} })", "names no provider"),
        ("evaluate_trust({ gcp = {} }, {})", "google"),
    ] {
        scenario.write("main.tf", &format!("{HEADER}\noutput \"x\" {{\n  value = provider::crosscloud::{call}\n}}\n"));
        scenario.plan().fails_with(says).provider_behaved();
    }
}

/// The value of an expression of the provider's functions.
#[track_caller]
fn value(scenario: &Scenario, call: &str) -> Value {
    scenario.write("main.tf", &format!("{HEADER}\noutput \"x\" {{\n  value = provider::crosscloud::{call}\n}}\n"));
    scenario.apply().succeeds().provider_behaved();
    scenario.output("x")
}

fn principals() {
    let scenario = Scenario::new("principals");
    let subject = "system:serviceaccount:chat:backend";
    let member = format!("principal://iam.googleapis.com/{POOL}/subject/{subject}");
    assert_eq!(value(&scenario, &format!("principal(\"{POOL}\", \"{subject}\")")), json!(member));
    let set = format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/octo/app");
    assert_eq!(value(&scenario, &format!("principal_set(\"{POOL}\", \"repository\", \"octo/app\")")), json!(set));
    let parts = value(&scenario, &format!("parse_principal(\"{set}\")"));
    assert_eq!(
        parts,
        json!({"kind": "attribute", "pool": POOL, "pool_id": "shared", "project_number": "471100000011", "attribute": "repository", "value": "octo/app"})
    );
}

fn what_a_workload_needs() {
    let scenario = Scenario::new("needs");
    let call =
        format!("credential_config(\"{POOL}/providers/aws\", \"x@p.iam.gserviceaccount.com\", {{ aws = {{}} }})");
    let config: Value = serde_json::from_str(value(&scenario, &call).as_str().expect("a text")).expect("JSON");
    assert_eq!(config["audience"], format!("//iam.googleapis.com/{POOL}/providers/aws"));
    assert_eq!(config["credential_source"]["environment_id"], "aws1");
    let call = format!("credential_config(\"{POOL}/providers/x\", null, {{ file = \"/run/token\" }})");
    let config: Value = serde_json::from_str(value(&scenario, &call).as_str().expect("a text")).expect("JSON");
    assert_eq!(config["credential_source"]["file"], "/run/token");
    assert!(config["service_account_impersonation_url"].is_null());
    let call = "kubernetes_manifest({ name = \"n\", namespace = \"chat\", service_account = \"backend\", azure = { client_id = \"c-1\", tenant_id = \"t-1\" } })";
    let manifest = value(&scenario, call);
    assert!(
        manifest.as_str().is_some_and(|text| text.contains("azure.workload.identity/client-id: \"c-1\"")),
        "{manifest}"
    );
}

fn tokens() {
    let scenario = Scenario::new("tokens");
    let google = "{ google = { attribute_mapping = { \"google.subject\" = \"assertion.sub\" }, attribute_condition = \"assertion.sub.startsWith('repo:octo/')\", pool = \"POOL\", members = [\"principal://iam.googleapis.com/POOL/subject/repo:octo/app:ref:refs/heads/main\"] } }"
        .replace("POOL", POOL);
    let ask = |trust: &str, claims: &str| value(&scenario, &format!("evaluate_trust({trust}, {claims})"));
    let ours = ask(&google, "{ sub = \"repo:octo/app:ref:refs/heads/main\" }");
    assert_eq!(ours["verdict"], "admitted");
    assert_eq!(ours["members"].as_array().map(Vec::len), Some(1), "{ours}");
    assert_eq!(ask(&google, "{ sub = \"repo:octo-evil/app:ref:refs/heads/main\" }")["verdict"], "refused");
    let aws = "{ aws = { assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { Federated = \"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com\" }, Action = \"sts:AssumeRoleWithWebIdentity\", Condition = { StringLike = { \"token.actions.githubusercontent.com:sub\" = \"repo:octo*\" } } }] }) } }";
    let claims = "{ iss = \"https://token.actions.githubusercontent.com\", sub = \"repo:octo-evil/app:pull_request\", aud = \"sts.amazonaws.com\" }";
    assert_eq!(ask(aws, claims)["verdict"], "admitted");
    let azure = "{ azure = { issuer = \"https://token.actions.githubusercontent.com\", audiences = [\"api://AzureADTokenExchange\"], subject = \"repo:octo/app:environment:prod\" } }";
    assert_eq!(ask(azure, claims)["verdict"], "refused");
}
