//! AWS roles that show Google a token of their account's own issuer: alone, beside Azure, and as members that are admitted by their path.

use acceptance_tests::aws::{self, Session};
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, google, story};
use serde_json::{Value, json};

use crate::eject::hands_over;
use crate::permissions::{applies_with, asked, refused_without};
use crate::platform::REQUIRES;
use crate::rows;

const TRUST: &str = "crosscloud_trust.platform";
const MEMBER: &str = "crosscloud_trust_member.team";
const ISSUER: &str = "aws/outbound_federation";
const POLICY: &str = "aws/role_policy/web_identity_token/gcp";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("web_identity::a_role_on_google", a_role_on_google);
    suite.test("web_identity::google_and_azure_at_once", google_and_azure_at_once);
    suite.test("web_identity::switched_on_later", switched_on_later);
    suite.test("web_identity::members_by_their_path", members_by_their_path);
    suite.test("web_identity::a_condition_for_every_role", a_condition_for_every_role);
    suite.test("web_identity::exactly_these_permissions", exactly_these_permissions);
    suite.test("web_identity::what_goes_together", what_goes_together);
}

fn a_role_on_google() {
    let (scenario, [serving, other]) = world(["platform/serving", "other/serving-2"]);
    scenario.write("main.tf", &trust("", GOOGLE));
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();

    let trust = scenario.resource(TRUST);
    let issuer = trust["issuer"].as_str().unwrap_or_default();
    assert!(issuer.starts_with("https://") && issuer.ends_with(".tokens.sts.global.api.aws"), "{issuer}");
    assert_eq!(trust["subject"], "arn:aws:iam::123456789012:role/platform/serving");
    let command = trust["token_commands"]["gcp"].as_str().unwrap_or_default();
    let audience = trust["audience"].as_str().unwrap_or_default();
    assert!(command.contains("get-web-identity-token") && command.contains(audience), "{command}");
    let objects = trust["objects"].as_object().expect("it has objects");
    assert!(objects.contains_key(ISSUER) && objects.contains_key(POLICY), "{objects:?}");

    let answer = ask(&scenario, TRUST, &serving);
    assert!(answer.is_ok(), "{answer:?}");
    let answer = ask(&scenario, TRUST, &other).expect_err("another role of the account has a token and stays outside");
    assert!(answer.message.contains("condition"), "{answer:?}");
    let elsewhere = serving.web_identity_token(scenario.clouds(), "https://elsewhere.example.com");
    assert!(elsewhere.is_err(), "the role may ask for tokens for this provider alone");

    let ejected = hands_over(&scenario);
    assert!(
        ejected.contains(&format!("issuer_uri = \"{issuer}\"")) && ejected.contains("GetWebIdentityToken"),
        "{ejected}"
    );
    let id = "aws_role->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/platform/providers/platform;platform@ml-prod-4711.iam.gserviceaccount.com";
    rows::imports(&scenario, TRUST, id);
    scenario.edit("main.tf", "name = \"platform\"", "name = \"platform\"\n  disabled = true");
    scenario.apply().succeeds().provider_behaved();
    assert!(ask(&scenario, TRUST, &serving).is_err(), "nobody gets in");
    scenario.edit("main.tf", "\n  disabled = true", "");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

fn google_and_azure_at_once() {
    let (scenario, [serving]) = world(["platform/serving"]);
    let azure = "azure = { subscription_id = \"22222222-3333-4444-5555-666666666666\", resource_group = \"ml-prod\", location = \"westeurope\", roles = [{ role = \"Cognitive Services OpenAI User\", scope = \"/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai\" }] }";
    scenario.write("main.tf", &trust("", &format!("{GOOGLE}\n    {azure}")));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let audiences = ["api://AzureADTokenExchange".to_owned(), text(&scenario, TRUST, "audience")];
    for audience in &audiences {
        assert!(serving.web_identity_token(scenario.clouds(), audience).is_ok(), "{audience}");
    }
    // Each of the policies goes with its target.
    scenario.edit("main.tf", azure, "");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    assert!(serving.web_identity_token(scenario.clouds(), &audiences[0]).is_err());
    let answer = ask(&scenario, TRUST, &serving);
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

fn switched_on_later() {
    let (scenario, [serving]) = world(["platform/serving"]);
    scenario.write("main.tf", &trust("", GOOGLE).replace(", web_identity = true", ""));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let config: Value = serde_json::from_str(&text(&scenario, TRUST, "credential_config")).expect("it is JSON");
    let signed = || google::ask(scenario.clouds(), &config, &serving.subject_token(&config), story::PROJECT, "Who?");
    assert!(signed().is_ok());
    // Google never changes what kind a provider is of, nor gives up its id for 30 days.
    scenario.write("main.tf", &trust("", GOOGLE));
    scenario.plan().error_at("name", "The provider cannot change its kind").provider_behaved();
    scenario.edit("main.tf", "gcp = { ", "gcp = { provider_id = \"platform-web-identity\", ");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    assert!(signed().is_err(), "a signed request is none of the issuer's tokens");
    let answer = ask(&scenario, TRUST, &serving);
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

fn members_by_their_path() {
    let roles = ["platform/serving", "team/ml/training", "team/ml/nightly/report", "team/mlops", "other/training-2"];
    let (scenario, sessions) = world(roles);
    scenario.example("scenarios/aws-roles-shared-by-teams");
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();

    let [_, training, report, mlops, other] = &sessions;
    for (role, session) in [("training", training), ("report", report)] {
        let answer = ask(&scenario, &format!("{MEMBER}[\"{role}\"]"), session);
        assert!(answer.is_ok(), "{role}: {answer:?}");
    }
    let address = format!("{MEMBER}[\"training\"]");
    for (role, session) in [(roles[3], mlops), (roles[4], other)] {
        assert!(ask(&scenario, &address, session).is_err(), "{role} is not at or below the path");
    }

    // Whom the live condition would refuse is no member, and nothing is written.
    scenario.edit("main.tf", REPORT, &format!("{REPORT}    mlops    = \"/team/\"\n"));
    scenario.clouds().forget_requests();
    for outcome in [scenario.plan(), scenario.apply()] {
        outcome
            .fails_with("gcp-wif-condition-dead")
            .error_at("to.gcp.existing.provider", "refuses the workload that the trust is for")
            .says("role/team/mlops")
            .provider_behaved();
    }
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).collect();
    assert!(writes.is_empty(), "{writes:?}");

    // One goes, and the trust and the other notice nothing.
    scenario.edit("main.tf", &format!("{REPORT}    mlops    = \"/team/\"\n"), "");
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions(TRUST), ["no-op"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    assert!(ask(&scenario, &address, training).is_ok());
    assert!(ask(&scenario, &address, report).is_err(), "who has gone stays outside");

    let ejected = hands_over(&scenario);
    assert!(ejected.contains("role/team/ml/training"), "{ejected}");
    let ids = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aws-platform/providers/aws-platform;aws-platform@ml-prod-4711.iam.gserviceaccount.com";
    rows::imports(&scenario, TRUST, &format!("aws_role->gcp;{ids}"));
    let member = format!("training;aws_role->gcp;{ids};{}", text(&scenario, &address, "principal"));
    rows::imports(&scenario, &address, &member);
    scenario.ends_clean();
}

fn a_condition_for_every_role() {
    let (scenario, _) = world(["platform/serving"]);
    let role = "assertion.sub.startsWith('arn:aws:iam::123456789012:role/')";
    let everybody = "principals = [\"principalSet://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/platform/*\"],";
    for (condition, principals, rule) in [
        ("", "", "gcp-wif-condition-missing"),
        ("assertion.sub != ''", "", "gcp-wif-condition-tautology"),
        (role, everybody, "gcp-wif-aws-account-wide"),
    ] {
        let settings = format!("gcp = {{ attribute_condition = \"{condition}\", {principals}");
        scenario.write("main.tf", &trust("", &GOOGLE.replace("gcp = {", &settings)));
        scenario.plan().fails_with(rule).provider_behaved();
    }
    // Behind an exact binding it is told and does not refuse.
    let settings = format!("gcp = {{ attribute_condition = \"{role}\",");
    scenario.write("main.tf", &trust("", &GOOGLE.replace("gcp = {", &settings)));
    scenario.plan().has_changes().says("gcp-wif-aws-account-wide").says("role/intruder");
}

fn exactly_these_permissions() {
    let (scenario, _) = world(["platform/serving"]);
    let arguments = trust("", GOOGLE);
    let (_, arguments) = arguments.split_once("\"platform\" {").expect("it is a resource");
    let (arguments, _) = arguments.rsplit_once('}').expect("it ends");
    scenario.write(
        "main.tf",
        &format!(
            "{REQUIRES}\ndata \"crosscloud_required_permissions\" \"platform\" {{\n  resource = \"crosscloud_trust\"\n  config = {{{arguments}  }}\n}}\n\n\
             output \"required\" {{\n  value = {{ platform = data.crosscloud_required_permissions.platform }}\n}}\n"
        ),
    );
    let required = asked(&scenario);
    let of_aws: Vec<_> = required.create.iter().filter(|it| it.starts_with("iam:")).map(String::as_str).collect();
    assert!(of_aws.contains(&"iam:EnableOutboundWebIdentityFederation"), "{of_aws:?}");
    assert!(of_aws.contains(&"iam:PutRolePolicy"), "{of_aws:?}");
    let configured = || {
        let (scenario, _) = world(["platform/serving"]);
        scenario.write("main.tf", &trust("", GOOGLE));
        scenario
    };
    for missing in of_aws {
        refused_without(missing, &required.create, &configured());
    }
    applies_with(&required, &configured());
}

fn what_goes_together() {
    let (scenario, _) = world(["platform/serving"]);
    let paths = "admits = { role_paths = [\"/team/ml/\"] }";
    for (configuration, path, says) in [
        (
            trust(paths, GOOGLE).replace(", web_identity = true", ""),
            "admits.role_paths",
            "requests that a role signs name no path",
        ),
        (trust("admits = { role_names = [\"training\"] }", GOOGLE), "admits.role_names", "Not what this source has"),
        (trust("admits = { role_paths = [\"/\"] }", GOOGLE), "admits.role_paths", "every role of the account"),
        (trust("admits = { role_paths = [\"team\"] }", GOOGLE), "admits.role_paths", "a slash at each end"),
        (
            trust("", GOOGLE).replace("web_identity = true", "web_identity = true, session_name = \"nightly\""),
            "from.aws_role.session_name",
            "AWS's tokens name no session",
        ),
    ] {
        scenario.write("main.tf", &configuration);
        scenario.plan().error_at(path, says).provider_behaved();
    }
}

/// A line of the example.
const REPORT: &str = "    report   = \"/team/ml/nightly/\"\n";

const GOOGLE: &str = r#"gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] }"#;

/// Roles that somebody else has made, with their paths, and a session of each. All but the first, which is the trust's own, may ask for tokens
/// for whatever audience: their owners saw to that.
#[track_caller]
fn world<const N: usize>(roles: [&str; N]) -> (Scenario, [Session; N]) {
    let mut scenario = Scenario::new("web-identity");
    let sessions = roles.map(|role| Session::of_new_role(scenario.clouds(), role, "i-0123456789abcdef0"));
    let statement = json!({ "Effect": "Allow", "Action": "sts:GetWebIdentityToken", "Resource": "*" });
    let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    for role in &roles[1..] {
        let name = role.rsplit('/').next().unwrap_or_default();
        let pairs = [("RoleName", name), ("PolicyName", "tokens"), ("PolicyDocument", &policy)];
        aws::by_hand(scenario.clouds(), "iam", "PutRolePolicy", &pairs);
    }
    scenario.begins_here();
    (scenario, sessions)
}

fn from(role: &str) -> String {
    let (path, name) = role.rsplit_once('/').expect("the role has a path");
    format!(
        "{{ aws_role = {{ account_id = \"{}\", role_name = \"{name}\", role_path = \"/{path}/\", web_identity = true }} }}",
        aws::ACCOUNT
    )
}

fn trust(admits: &str, to: &str) -> String {
    format!(
        "{REQUIRES}\nresource \"crosscloud_trust\" \"platform\" {{\n  name = \"platform\"\n  from = {}\n  {admits}\n  to = {{\n    {to}\n  }}\n}}\n",
        from("platform/serving")
    )
}

fn text(scenario: &Scenario, address: &str, attribute: &str) -> String {
    scenario.resource(address)[attribute].as_str().unwrap_or_default().to_owned()
}

/// What Vertex AI says to a role that comes with a token of its account's issuer.
fn ask(scenario: &Scenario, address: &str, session: &Session) -> Result<String, google::Refusal> {
    let audience = text(scenario, address, "audience");
    let token = session.web_identity_token(scenario.clouds(), &audience).expect("the role may ask for a token");
    let config: Value = serde_json::from_str(&text(scenario, address, "credential_config")).expect("it is JSON");
    assert_eq!(config["credential_source"]["file"], "/tmp/crosscloud/gcp-token");
    google::ask(scenario.clouds(), &config, &token, story::PROJECT, "Who are you?")
}
