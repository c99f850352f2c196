//! Members of a trust: each comes and goes by itself, and the trust notices nothing.

use acceptance_tests::aws::{self, Session};
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::ask_azure_openai;
use acceptance_tests::{Scenario, google, story};
use serde_json::{Value, json};

use crate::setup::TEAMS;

const TRUST: &str = "crosscloud_trust.platform";
const REPORTS: &str = "crosscloud_trust_member.team[\"reports\"]";
const REQUIRES: &str =
    "terraform {\n  required_providers {\n    crosscloud = { source = \"crosscloud/crosscloud\" }\n  }\n}\n\n";
const BILLING: &str = "crosscloud_trust_member.team[\"billing\"]";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("members::teams_share_a_trust", teams_share_a_trust);
    suite.test("members::a_switch_of_its_own", a_switch_of_its_own);
    suite.test("members::whom_the_condition_refuses", whom_the_condition_refuses);
    suite.test("members::a_repository_with_roles_of_its_own", a_repository_with_roles_of_its_own);
    suite.test("members::a_role_by_its_name", a_role_by_its_name);
    suite.test("members::statements_of_a_role", statements_of_a_role);
    suite.test("members::many_in_one_role", many_in_one_role);
    suite.test("members::in_another_state", in_another_state);
    suite.test("members::the_twenty_first_credential", the_twenty_first_credential);
    suite.test("members::a_trust_that_admits_members_is_imported", imported);
}

fn teams_share_a_trust() {
    let scenario = TEAMS.world("teams");
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let trust = scenario.resource(TRUST);
    for (address, namespace) in [(REPORTS, "reports"), (BILLING, "billing")] {
        gets_in(&scenario, &trust, address, namespace, "backend");
        stays_outside(&scenario, &trust, address, namespace, "intruder");
        stays_outside(&scenario, &trust, address, "other", "backend");
    }

    scenario.edit("main.tf", "default     = [\"billing\", \"reports\"]", "default     = [\"reports\"]");
    let before = scenario.resource(BILLING);
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(scenario.planned_actions(TRUST), ["no-op"]);
    assert_eq!(scenario.planned_actions(REPORTS), ["no-op"]);
    scenario.clouds().forget_requests();
    scenario.apply_plan().succeeds().provider_behaved();
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).collect();
    let of = |end: &str| writes.iter().filter(|request| request.path.contains(end)).count();
    assert_eq!(
        (writes.len(), of(":setIamPolicy"), of("federatedIdentityCredentials/billing")),
        (2, 1, 1),
        "{writes:?}"
    );
    scenario.is_settled();
    gets_in(&scenario, &trust, REPORTS, "reports", "backend");
    let answers = asks(&scenario, &trust, &before, "billing", "backend");
    assert!(answers.iter().all(Result::is_err), "who has gone stays outside: {answers:?}");
    scenario.ends_clean();
}

fn a_switch_of_its_own() {
    let scenario = TEAMS.world("switch");
    scenario.apply().succeeds().provider_behaved();
    let trust = scenario.resource(TRUST);
    scenario.edit("main.tf", "  for_each = var.teams", "  for_each = var.teams\n  disabled = each.key == \"billing\"");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    stays_outside(&scenario, &trust, BILLING, "billing", "backend");
    gets_in(&scenario, &trust, REPORTS, "reports", "backend");
    scenario.ends_clean();
}

fn whom_the_condition_refuses() {
    let scenario = TEAMS.world("refused");
    scenario.apply().succeeds().provider_behaved();
    scenario.edit(
        "main.tf",
        "default     = [\"billing\", \"reports\"]",
        "default     = [\"billing\", \"other\", \"reports\"]",
    );
    scenario.clouds().forget_requests();
    for outcome in [scenario.plan(), scenario.apply()] {
        outcome
            .fails_with("gcp-wif-condition-dead")
            .error_at("to.gcp.existing.provider", "refuses the workload that the trust is for")
            .says("system:serviceaccount:other:backend")
            .provider_behaved();
    }
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).collect();
    assert!(writes.is_empty(), "{writes:?}");
    // The trust says first who may come.
    let admits = "admits = { namespaces = [\"billing\", \"reports\"] }";
    scenario.edit(
        "main.tf",
        "default     = [\"billing\", \"other\", \"reports\"]",
        "default     = [\"billing\", \"reports\"]",
    );
    scenario.edit("main.tf", admits, "admits = { namespaces = [\"billing\", \"other\", \"reports\"] }");
    scenario.apply().succeeds().provider_behaved();
    scenario.edit(
        "main.tf",
        "default     = [\"billing\", \"reports\"]",
        "default     = [\"billing\", \"other\", \"reports\"]",
    );
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    gets_in(&scenario, &scenario.resource(TRUST), "crosscloud_trust_member.team[\"other\"]", "other", "backend");
    scenario.ends_clean();
}

fn a_repository_with_roles_of_its_own() {
    let scenario = Scenario::new("repositories");
    let from = |repository: &str, id: &str| {
        format!(
            "{{ github_actions = {{ owner = \"octo-org\", owner_id = \"1001\", repository = \"{repository}\", repository_id = \"{id}\", environment = \"production\" }} }}"
        )
    };
    scenario.write("main.tf", &format!(
        "{REQUIRES}resource \"crosscloud_trust\" \"org\" {{\n  name   = \"github-org\"\n  from   = {}\n  admits = {{ repository_ids = [\"2002\"] }}\n  \
         to     = {{ gcp = {{ project = \"ml-prod-4711\", roles = [\"roles/aiplatform.user\"] }} }}\n}}\n\n\
         resource \"crosscloud_trust_member\" \"tools\" {{\n  name = \"tools\"\n  from = {}\n  \
         to   = {{ gcp = {{ project = \"ml-prod-4711\", roles = [\"roles/aiplatform.user\"], existing = {{ provider = crosscloud_trust.org.objects[\"gcp/provider\"].id }} }} }}\n}}\n",
        from("app", "2001"),
        from("tools", "2002"),
    ));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let member = scenario.resource("crosscloud_trust_member.tools");
    let text = |attribute: &str| member[attribute].as_str().unwrap_or_default();
    let config: Value = serde_json::from_str(text("credential_config")).expect("it is JSON");
    let ask = |repository: &str, id: u32, environment: &str| {
        let token = scenario.clouds().token(&json!({"audience": text("audience"), "workload": {
            "kind": "github_actions", "owner": "octo-org", "owner_id": 1001, "repository": repository, "repository_id": id,
            "environment": environment,
        }}));
        google::ask(scenario.clouds(), &config, &token, story::PROJECT, "Who are you?")
    };
    let answer = ask("tools", 2002, "production");
    assert!(answer.is_ok(), "{answer:?}");
    assert!(ask("tools", 2002, "staging").is_err(), "nothing binds another environment");
    assert!(ask("tools", 2003, "production").is_err(), "somebody else has taken over the name");
    let policy = scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711:getIamPolicy", None).body;
    assert!(policy.to_string().contains(text("principal")), "{policy}");
    scenario.ends_clean();
}

fn a_role_by_its_name() {
    let mut scenario = Scenario::new("roles");
    let session = |role: &str| Session::of_new_role(scenario.clouds(), role, "i-0123456789abcdef0");
    let [training, twin] = ["ml-training", "ml-training-2"].map(session);
    scenario.begins_here();
    let role = |name: &str| format!("{{ aws_role = {{ account_id = \"123456789012\", role_name = \"{name}\" }} }}");
    scenario.write("main.tf", &format!(
        "{REQUIRES}resource \"crosscloud_trust\" \"account\" {{\n  name   = \"aws-account\"\n  from   = {}\n  admits = {{ role_names = [\"ml-training\"] }}\n  \
         to     = {{ gcp = {{ project = \"ml-prod-4711\", roles = [\"roles/aiplatform.user\"] }} }}\n}}\n\n\
         resource \"crosscloud_trust_member\" \"training\" {{\n  name = \"training\"\n  from = {}\n  \
         to   = {{ gcp = {{ project = \"ml-prod-4711\", existing = {{ provider = crosscloud_trust.account.objects[\"gcp/provider\"].id, \
         service_account = crosscloud_trust.account.service_account_email }} }} }}\n}}\n",
        role("ml-serving"),
        role("ml-training"),
    ));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let config = scenario.resource("crosscloud_trust_member.training")["credential_config"].clone();
    let config: Value = serde_json::from_str(config.as_str().unwrap_or_default()).expect("it is JSON");
    let ask = |session: &Session| {
        google::ask(scenario.clouds(), &config, &session.subject_token(&config), story::PROJECT, "Who are you?")
    };
    let answer = ask(&training);
    assert!(answer.is_ok(), "{answer:?}");
    assert!(ask(&twin).is_err(), "another role of the account stays outside");
    scenario.ends_clean();
}

fn statements_of_a_role() {
    let mut scenario = Scenario::new("statements");
    aws::bucket(scenario.clouds(), "ml-data");
    aws::object(scenario.clouds(), "ml-data", "model.bin", "weights");
    scenario.begins_here();
    let from = |namespace: &str| {
        format!(
            "{{ aks = {{ issuer = \"{}\", namespace = {namespace}, service_account = \"backend\" }} }}",
            story::ISSUER
        )
    };
    scenario.write("main.tf", &format!(
        "{REQUIRES}resource \"crosscloud_trust\" \"platform\" {{\n  name     = \"aks-platform\"\n  from     = {}\n  \
         admits   = {{ namespaces = [\"billing\", \"reports\"] }}\n  disabled = false\n  \
         to       = {{ aws = {{ account_id = \"{}\", policy_arns = [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"] }} }}\n}}\n\n\
         resource \"crosscloud_trust_member\" \"team\" {{\n  for_each = toset([\"billing\", \"reports\"])\n  name     = each.key\n  \
         from     = {}\n  to       = {{ aws = {{ existing = {{ role = crosscloud_trust.platform.role_arn }} }} }}\n}}\n",
        from("\"chat\""),
        aws::ACCOUNT,
        from("each.key"),
    ));
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let role = scenario.resource(TRUST)["role_arn"].as_str().unwrap_or_default().to_owned();
    let read = |namespace: &str, account: &str| {
        let workload = json!({"kind": "kubernetes", "namespace": namespace, "service_account": account});
        let token = json!({"issuer": story::ISSUER, "audience": "sts.amazonaws.com", "workload": workload});
        aws::read(scenario.clouds(), &role, &scenario.clouds().token(&token), "/ml-data/model.bin")
    };
    for (namespace, account, inside) in [
        ("chat", "backend", true),
        ("billing", "backend", true),
        ("reports", "backend", true),
        ("reports", "intruder", false),
        ("other", "backend", false),
    ] {
        let answer = read(namespace, account);
        assert_eq!(answer.is_ok(), inside, "{namespace}/{account}: {answer:?}");
    }

    // What the trust does with its role leaves its members in. Whom it does not admit stays outside, and is taken out again.
    let policy = |role: &str| {
        let shown = aws::by_hand(scenario.clouds(), "iam", "GetRole", &[("RoleName", role)]);
        shown.body.as_str().unwrap_or_default().to_owned()
    };
    let mut foreign = trust_policy(&policy("aks-platform"));
    for (claim, value) in foreign["Statement"][2]["Condition"]["StringEquals"].as_object_mut().into_iter().flatten() {
        if claim.ends_with(":sub") {
            *value = json!("system:serviceaccount:other:backend");
        }
    }
    let written = [("RoleName", "aks-platform"), ("PolicyDocument", &foreign.to_string())];
    aws::by_hand(scenario.clouds(), "iam", "UpdateAssumeRolePolicy", &written);
    assert!(read("other", "backend").is_err(), "somebody has turned a member's statement round, and the border holds");
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions(TRUST), ["update"]);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    assert!(read("other", "backend").is_err());
    assert!(read("billing", "backend").is_ok() && read("reports", "backend").is_ok());

    // Whom the role would refuse is no member.
    scenario.edit("main.tf", "toset([\"billing\", \"reports\"])", "toset([\"billing\", \"other\", \"reports\"])");
    scenario
        .plan()
        .fails_with("aws-trust-dead")
        .error_at("to.aws.existing.role", "refuses the workload")
        .says("system:serviceaccount:other:backend")
        .provider_behaved();

    // One goes, and the trust and the others notice nothing.
    scenario.edit("main.tf", "toset([\"billing\", \"other\", \"reports\"])", "toset([\"reports\"])");
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(
        (scenario.planned_actions(TRUST), scenario.planned_actions(REPORTS)),
        (vec!["no-op".into()], vec!["no-op".into()])
    );
    scenario.clouds().forget_requests();
    scenario.apply_plan().succeeds().provider_behaved();
    let writes = scenario.clouds().requests().iter().filter(|it| it.path.contains("UpdateAssumeRolePolicy")).count();
    assert_eq!(writes, 1);
    scenario.is_settled();
    assert!(read("billing", "backend").is_err() && read("reports", "backend").is_ok());

    // A role that refuses everybody refuses whoever would come, too.
    scenario.edit("main.tf", "disabled = false", "disabled = true");
    scenario.apply().succeeds().provider_behaved();
    assert!(read("reports", "backend").is_err(), "the role refuses everybody");
    scenario.edit("main.tf", "toset([\"reports\"])", "toset([\"billing\", \"reports\"])");
    scenario
        .plan()
        .fails_with("aws-trust-dead")
        .error_at("to.aws.existing.role", "refuses the workload")
        .provider_behaved();
    scenario.edit("main.tf", "toset([\"billing\", \"reports\"])", "toset([\"reports\"])");
    scenario.edit("main.tf", "disabled = true", "disabled = false");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();

    // The member's state gets lost.
    scenario.run(&["state", "rm", REPORTS]).succeeds();
    let id = format!("reports;aks->aws;{role};subject:system:serviceaccount:reports:backend");
    scenario.run(&["import", "-no-color", "-input=false", REPORTS, &id]).succeeds().provider_behaved();
    scenario.is_settled();
    scenario.run(&["state", "rm", REPORTS]).succeeds();
    scenario
        .destroy()
        .fails_with("The trust has members")
        .says("the subject system:serviceaccount:reports:backend in the role's trust policy")
        .provider_behaved();
    scenario.run(&["import", "-no-color", "-input=false", REPORTS, &id]).succeeds();
    scenario.ends_clean();
}

/// A trust policy has 2,048 characters, and members have one statement in common.
fn many_in_one_role() {
    let mut scenario = Scenario::new("many");
    aws::bucket(scenario.clouds(), "ml-data");
    aws::object(scenario.clouds(), "ml-data", "model.bin", "weights");
    scenario.begins_here();
    scenario.write("main.tf", &format!(
        "{REQUIRES}resource \"crosscloud_trust\" \"platform\" {{\n  name   = \"aks-platform\"\n  \
         from   = {{ aks = {{ issuer = \"{0}\", namespace = \"chat\", service_account = \"backend\" }} }}\n  admits = {{ namespaces = [\"reports\"] }}\n  \
         to     = {{ aws = {{ account_id = \"{1}\", policy_arns = [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"] }} }}\n}}\n\n\
         resource \"crosscloud_trust_member\" \"worker\" {{\n  count = 8\n  name  = \"worker-${{count.index}}\"\n  \
         from  = {{ aks = {{ issuer = \"{0}\", namespace = \"reports\", service_account = \"w${{count.index}}\" }} }}\n  \
         to    = {{ aws = {{ existing = {{ role = crosscloud_trust.platform.role_arn }} }} }}\n}}\n",
        story::ISSUER,
        aws::ACCOUNT,
    ));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let role = scenario.resource(TRUST)["role_arn"].as_str().unwrap_or_default().to_owned();
    let read = |account: &str| {
        let workload = json!({"kind": "kubernetes", "namespace": "reports", "service_account": account});
        let token = json!({"issuer": story::ISSUER, "audience": "sts.amazonaws.com", "workload": workload});
        aws::read(scenario.clouds(), &role, &scenario.clouds().token(&token), "/ml-data/model.bin")
    };
    assert!(read("w0").is_ok() && read("w7").is_ok() && read("w8").is_err());

    // The last ones go, and nobody else notices; two of one subject are not two.
    scenario.edit("main.tf", "count = 8", "count = 7");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    assert!(read("w6").is_ok() && read("w7").is_err());
    scenario.edit("main.tf", "\"w${count.index}\"", "\"w${min(count.index, 5)}\"");
    scenario.apply().fails_with("aws/role_statement").provider_behaved();
    scenario.edit("main.tf", "\"w${min(count.index, 5)}\"", "\"w${count.index}\"");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

/// The trust policy in an answer about a role.
fn trust_policy(answer: &str) -> Value {
    let document = answer.split_once("<AssumeRolePolicyDocument>").and_then(|(_, rest)| rest.split_once('<'));
    let encoded = format!("d={}", document.map_or("", |(document, _)| document));
    let decoded = url::form_urlencoded::parse(encoded.as_bytes()).next().map(|(_, text)| text.into_owned());
    serde_json::from_str(&decoded.unwrap_or_default()).expect("it is JSON")
}

fn in_another_state() {
    let scenario = TEAMS.world("states");
    scenario.edit("main.tf", "default     = [\"billing\", \"reports\"]", "default     = []");
    scenario.apply().succeeds().provider_behaved();
    let trust = scenario.resource(TRUST);
    let (provider, identity) = (&trust["objects"]["gcp/provider"]["id"], &trust["objects"]["azure/identity"]["id"]);
    let account = &trust["service_account_email"];
    scenario.write(
        "team/main.tf",
        &format!(
            "{REQUIRES}resource \"crosscloud_trust_member\" \"reports\" {{\n  name = \"reports\"\n  \
             from = {{ aks = {{ issuer = \"{}\", namespace = \"reports\", service_account = \"backend\" }} }}\n  to = {{\n    \
             gcp   = {{ project = \"{}\", existing = {{ provider = {provider}, service_account = {account} }} }}\n    \
             azure = {{ existing = {{ identity = {identity} }} }}\n  }}\n}}\n\noutput \"member\" {{\n  \
             value = crosscloud_trust_member.reports\n}}\n",
            story::ISSUER,
            story::PROJECT,
        ),
    );
    let team = |arguments: &[&str]| scenario.run(&[&["-chdir=team"], arguments].concat());
    team(&["init", "-no-color"]).succeeds();
    team(&["apply", "-json", "-auto-approve"]).succeeds().provider_behaved();
    team(&["plan", "-json", "-detailed-exitcode"]).is_empty_plan();
    let shown = team(&["output", "-json", "member"]).succeeds();
    let member: Value = serde_json::from_str(shown.stdout()).expect("it is JSON");
    assert!(asks(&scenario, &trust, &member, "reports", "backend").iter().all(Result::is_ok));
    scenario.is_settled();

    // The state of the team gets lost, and what is there comes under its management again.
    let principal = member["principal"].as_str().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let id = format!(
        "reports;aks->gcp+azure;{};{};{principal};{}/federatedIdentityCredentials/reports",
        text(provider),
        text(account),
        text(identity)
    );
    let address = "crosscloud_trust_member.reports";
    team(&["state", "rm", address]).succeeds();
    let of_nobody = id.replace("reports:backend", "gone:backend").replace("Credentials/reports", "Credentials/gone");
    team(&["import", "-no-color", "-input=false", address, &of_nobody])
        .fails_with("The member cannot be reconstructed");
    team(&["import", "-no-color", "-input=false", address, &id]).succeeds().provider_behaved();
    team(&["plan", "-json", "-detailed-exitcode"]).is_empty_plan();

    // The trust stays while somebody comes in by it.
    scenario
        .destroy()
        .fails_with("The trust has members")
        .says("subject/system:serviceaccount:reports:backend")
        .says("the federated credential reports")
        .provider_behaved();
    assert!(asks(&scenario, &trust, &member, "reports", "backend").iter().all(Result::is_ok));
    team(&["destroy", "-json", "-auto-approve"]).succeeds().provider_behaved();
    assert!(asks(&scenario, &trust, &member, "reports", "backend").iter().all(Result::is_err));
    scenario.plan().provider_behaved();
    assert_eq!(scenario.planned_actions(TRUST), ["no-op"]);
    scenario.ends_clean();
}

fn the_twenty_first_credential() {
    let scenario = TEAMS.world("credentials");
    let start = "resource \"crosscloud_trust_member\" \"team\"";
    let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("an example has a main.tf");
    let (trust, _) = main.split_once(start).expect("the example has members");
    let members = |count: usize| {
        format!(
            "{start} {{\n  count = {count}\n  name  = \"reports-${{count.index}}\"\n  \
             from  = {{ aks = {{ issuer = var.issuer, namespace = \"reports\", service_account = \"reports-${{count.index}}\" }} }}\n  \
             to    = {{ azure = {{ existing = {{ identity = crosscloud_trust.platform.objects[\"azure/identity\"].id }} }} }}\n}}\n"
        )
    };
    scenario.write("main.tf", &format!("{trust}{}", members(19)));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.write("main.tf", &format!("{trust}{}", members(20)));
    scenario.plan().has_changes().warns("az-fic-count").says("has 21 federated credentials, and Entra takes 20");
    scenario
        .apply_plan()
        .fails_with("Too many Federated Identity Credentials")
        .says("must not exceed 20")
        .provider_behaved();
    scenario.write("main.tf", &format!("{trust}{}", members(19)));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

fn imported() {
    let scenario = TEAMS.world("imported");
    scenario.apply().succeeds().provider_behaved();
    let id = "aks->gcp+azure;projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-platform/providers/aks-platform;\
              aks-platform@ml-prod-4711.iam.gserviceaccount.com;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/\
              providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-platform/federatedIdentityCredentials/aks-platform";
    scenario.run(&["state", "rm", TRUST]).succeeds();
    scenario.run(&["import", "-no-color", "-input=false", TRUST, id]).succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

/// What the workload of a member is answered by both clouds.
fn asks(
    scenario: &Scenario,
    trust: &Value,
    member: &Value,
    namespace: &str,
    account: &str,
) -> [Result<String, String>; 2] {
    let clouds = scenario.clouds();
    let config = member["credential_config"].as_str().unwrap_or_default();
    let config: Value = serde_json::from_str(config).expect("it is JSON");
    let client = trust["client_id"].as_str().unwrap_or_default();
    let token = |audience: &str| {
        clouds.token(&json!({
            "issuer": story::ISSUER,
            "audience": audience,
            "workload": {"kind": "kubernetes", "namespace": namespace, "service_account": account},
        }))
    };
    let google_token = token(member["audience"].as_str().unwrap_or_default());
    [
        google::ask(clouds, &config, &google_token, story::PROJECT, "Who are you?")
            .map_err(|refusal| refusal.to_string()),
        ask_azure_openai(clouds, client, &token("api://AzureADTokenExchange"), "Who are you?")
            .map_err(|answer| answer.body.to_string()),
    ]
}

#[track_caller]
fn gets_in(scenario: &Scenario, trust: &Value, address: &str, namespace: &str, account: &str) {
    let answers = asks(scenario, trust, &scenario.resource(address), namespace, account);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[track_caller]
fn stays_outside(scenario: &Scenario, trust: &Value, address: &str, namespace: &str, account: &str) {
    let answers = asks(scenario, trust, &scenario.resource(address), namespace, account);
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
}
