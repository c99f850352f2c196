//! Bad input: each is answered at its argument in words that help, and nothing makes the provider panic.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Fault, Scenario, story};

const TEMPLATE: &str = r#"terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

resource "terraform_data" "unknown" {
  input = {
    project = "ml-prod-4711", name  = "aks-chat", namespace = "chat", account = "backend"
    issuer = "@ISSUER@"
    role   = "roles/aiplatform.user"
    cel    = "assertion.sub"
    member = "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:chat:backend"
    exact  = "assertion.sub == 'system:serviceaccount:chat:backend'"
  }
}

resource "crosscloud_trust" "chat" {
  name = "aks-chat"
  from = {
    aks = {
      issuer          = "@ISSUER@"
      namespace       = "chat"
      service_account = "backend"
    }
  }
  to = {
    gcp = {
      project = "ml-prod-4711"
      roles   = ["roles/aiplatform.user"]
    }
  }
}
"#;

const ISSUER: &str = "issuer          = \"@ISSUER@\"";
const PROJECT: &str = "project = \"ml-prod-4711\"\n";
const ROLES: &str = "roles   = [\"roles/aiplatform.user\"]";
const NAME: &str = "name = \"aks-chat\"";
const NAMESPACE: &str = "namespace       = \"chat\"";
const ACCOUNT: &str = "service_account = \"backend\"";

/// What is written instead of what, the argument that must be named, and words that must be said.
const MALFORMED: &[(&str, &str, &str, &str)] = &[
    (PROJECT, "project = \"471100000011\"\n", "to.gcp.project", "project number"),
    (PROJECT, "project = \"\"\n", "to.gcp.project", "project id"),
    (PROJECT, "project = \"ML_Prod\"\n", "to.gcp.project", "project id"),
    (PROJECT, "project = \"projects/ml-prod-4711\"\n", "to.gcp.project", "project id"),
    (ISSUER, "issuer = \"\"", "from.aks.issuer", "issuer"),
    (ISSUER, "issuer = \"not a url\"", "from.aks.issuer", "https://"),
    (ISSUER, "issuer = \"http://westeurope.oic.prod-aks.azure.com/t/c/\"", "from.aks.issuer", "https://"),
    (ISSUER, "issuer = \"https://westeurope.oic.prod-aks.azure.com/t/c\"", "from.aks.issuer", "slash"),
    (ISSUER, "issuer = \"https://token.actions.githubusercontent.com/\"", "from.aks.issuer", "issuer"),
    (NAMESPACE, "namespace = \"\"", "from.aks.namespace", "namespace"),
    (NAMESPACE, "namespace = \"Chat_1\"", "from.aks.namespace", "namespace"),
    (ACCOUNT, "service_account = \"\"", "from.aks.service_account", "service account"),
    (ACCOUNT, "service_account = \"system:serviceaccount:chat:backend\"", "from.aks.service_account", "bare name"),
    (NAME, "name = \"\"", "name", "name"),
    (NAME, "name = \"AKS chat\"", "name", "name"),
    (ROLES, "roles = []", "to.gcp.roles", "role"),
    (ROLES, "roles = [\"\"]", "to.gcp.roles", "role"),
    (ROLES, "roles = [\"aiplatform.user\"]", "to.gcp.roles", "roles/"),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n principals = []", "to.gcp.principals", "principals"),
    (
        ROLES,
        "roles = [\"roles/aiplatform.user\"]\n principals = [\"user:eve@example.com\"]",
        "to.gcp.principals",
        "principal://",
    ),
    (
        ROLES,
        "roles = [\"roles/aiplatform.user\"]\n attribute_mapping = {}",
        "to.gcp.attribute_mapping",
        "google.subject",
    ),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n pool_id = \"gcp-mine\"", "to.gcp.pool_id", "gcp-"),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n provider_id = \"x\"", "to.gcp.provider_id", "4 to 32"),
    (
        ROLES,
        "roles = [\"roles/aiplatform.user\"]\n service_account_id = \"ends-\"",
        "to.gcp.service_account_id",
        "service account",
    ),
];

/// Where a value can be unknown while planning.
const UNKNOWN: &[(&str, &str)] = &[
    (NAME, "name = terraform_data.unknown.output.name"),
    (ISSUER, "issuer = terraform_data.unknown.output.issuer"),
    (ISSUER, "issuer = \"https://${terraform_data.unknown.output.name}.example/\""),
    (NAMESPACE, "namespace = terraform_data.unknown.output.namespace"),
    (ACCOUNT, "service_account = terraform_data.unknown.output.account"),
    (PROJECT, "project = terraform_data.unknown.output.project\n"),
    (ROLES, "roles = [terraform_data.unknown.output.role]"),
    (ROLES, "roles = terraform_data.unknown.output[*].role"),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n principals = [terraform_data.unknown.output.member]"),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n attribute_condition = terraform_data.unknown.output.exact"),
    (
        ROLES,
        "roles = [\"roles/aiplatform.user\"]\n attribute_mapping = { \"google.subject\" = terraform_data.unknown.output.cel }",
    ),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n pool_id = terraform_data.unknown.output.name"),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n provider_id = terraform_data.unknown.output.name"),
    (ROLES, "roles = [\"roles/aiplatform.user\"]\n service_account_id = terraform_data.unknown.output.name"),
];

pub(crate) fn add(suite: &mut Suite) {
    suite.test("bad_input::each_is_answered_at_its_argument", each_is_answered_at_its_argument);
    suite.test("bad_input::a_source_and_a_target_are_needed", a_source_and_a_target_are_needed);
    suite.test("bad_input::unknown_values_are_planned_around", unknown_values_are_planned_around);
    suite.test("bad_input::everything_unknown_at_once", everything_unknown_at_once);
    suite.test("bad_input::an_endpoint_that_refuses_connections", an_endpoint_that_refuses_connections);
    suite.test("bad_input::an_endpoint_beyond_loopback", an_endpoint_beyond_loopback);
    suite.test("bad_input::expired_credentials", expired_credentials);
    suite.test("bad_input::a_project_that_is_not_there", a_project_that_is_not_there);
}

fn template() -> String {
    TEMPLATE.replace("@ISSUER@", story::ISSUER)
}

#[track_caller]
fn with(from: &str, to: &str) -> String {
    let from = from.replace("@ISSUER@", story::ISSUER);
    assert_eq!(template().matches(&from).count(), 1, "the template holds {from:?} once");
    template().replace(&from, to)
}

fn each_is_answered_at_its_argument() {
    let scenario = Scenario::new("malformed");
    scenario.write("main.tf", &template()).validate().succeeds();
    for (from, to, path, says) in MALFORMED {
        scenario.write("main.tf", &with(from, to));
        scenario.validate().fails().error_at(path, says).provider_behaved();
    }
}

fn a_source_and_a_target_are_needed() {
    let scenario = Scenario::new("empty");
    let from = format!(
        "aks = {{\n      issuer          = \"{}\"\n      namespace       = \"chat\"\n      service_account = \"backend\"\n    }}",
        story::ISSUER
    );
    scenario.write("main.tf", &with(&from, "")).validate().fails_with("from").provider_behaved();
    let to = "gcp = {\n      project = \"ml-prod-4711\"\n      roles   = [\"roles/aiplatform.user\"]\n    }";
    scenario.write("main.tf", &with(to, "")).validate().fails_with("to").provider_behaved();
    scenario.write("main.tf", &with(to, "gcp = null")).validate().fails_with("to").provider_behaved();
}

fn unknown_values_are_planned_around() {
    let scenario = Scenario::new("unknown");
    for (from, to) in UNKNOWN {
        scenario.write("main.tf", &with(from, to));
        scenario.validate().succeeds().provider_behaved();
        // A policy may refuse what it cannot tell; a crash or an inconsistent plan is never an answer.
        scenario.plan().provider_behaved();
    }
}

fn everything_unknown_at_once() {
    let scenario = Scenario::new("unknowns");
    let all = [NAME, ISSUER, NAMESPACE, ACCOUNT, PROJECT].iter().fold(template(), |text, from| {
        let to = UNKNOWN.iter().find(|(place, _)| place == from).map_or("", |(_, to)| to);
        text.replacen(&from.replace("@ISSUER@", story::ISSUER), to, 1)
    });
    scenario.write("main.tf", &all);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let whole = r#"resource "crosscloud_trust" "chat" {
  name = "aks-chat"
  from = terraform_data.whole.output.from
  to   = terraform_data.whole.output.to
}

resource "terraform_data" "whole" {
  input = {
    from = { aks = { issuer = "@ISSUER@", namespace = "chat", service_account = "backend" } }
    to   = { gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }
  }
}
"#;
    let header = template().split("resource ").next().unwrap_or_default().to_owned();
    scenario.write("main.tf", &(header + &whole.replace("@ISSUER@", story::ISSUER)));
    scenario.plan().succeeds().provider_behaved();
}

fn an_endpoint_that_refuses_connections() {
    let scenario = Scenario::new("refusing");
    scenario.write(
        "main.tf",
        &template().replace("provider \"crosscloud\" {}", "provider \"crosscloud\" {\n  max_retries = 0\n}"),
    );
    // Port 1 is reserved, and nobody listens there.
    scenario.set("CROSSCLOUD_ENDPOINT", "http://127.0.0.1:1");
    scenario.plan().fails_with("127.0.0.1:1").provider_behaved();
}

fn an_endpoint_beyond_loopback() {
    let scenario = Scenario::new("beyond");
    scenario.write("main.tf", &template());
    for endpoint in ["http://192.0.2.1:80", "https://emulator.example.com", "not a url", "file:///etc/passwd"] {
        scenario.set("CROSSCLOUD_ENDPOINT", endpoint);
        scenario.plan().fails_with("CROSSCLOUD_ENDPOINT").provider_behaved();
    }
}

fn expired_credentials() {
    let scenario = Scenario::new("expired");
    scenario.write("main.tf", &template());
    for method in ["GET", "POST"] {
        let path = "/v1/".to_owned();
        scenario.clouds().inject(&Fault { method: method.to_owned(), path, nth: 1, times: 0, status: 401 });
    }
    scenario.plan().fails_with("401").provider_behaved().says("GOOGLE_OAUTH_ACCESS_TOKEN");
}

fn a_project_that_is_not_there() {
    let scenario = Scenario::new("project");
    scenario.write("main.tf", &with(PROJECT, "project = \"no-such-project\"\n"));
    scenario.plan().fails().error_at("to.gcp.project", "no-such-project").provider_behaved();
}
