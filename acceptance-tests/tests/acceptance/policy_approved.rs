//! A plan is applied under the policy that it was approved under, or not at all.
//!
//! From release 1.16 on, Terraform plans once more when it applies, and hands the provider what its approved plan left. That release is played
//! here by a host that speaks the protocol with the provider's real program.

use acceptance_tests::programs::Programs;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};
use crosscloud_provider::{ProviderModel, TrustModel};
use serde_json::{Value, json};
use tfplugin::codec::{json as decoder, msgpack};
use tfplugin::host::{ClientIdentity, Launch};
use tfplugin::model::Field;
use tfplugin::types::Type;
use tfplugin::{Attr, Model};
use tfplugin_proto::tfplugin6 as wire;

const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("policy_approved::another_policy_than_the_approved_one_is_refused", another_policy_is_refused);
}

fn another_policy_is_refused() {
    let scenario = Scenario::new("approved");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let plans = |policy: &Value, floor: Option<&str>, approved: Approved| {
        runtime.block_on(plan(&scenario, policy, floor, approved))
    };
    let usual = json!({"settings": "{\"own_aws_accounts\": [\"123456789012\"]}"});
    let (first, left) = plans(&usual, None, Approved::NotYet);
    assert_eq!(first, [] as [String; 0]);
    assert!(!left.is_empty(), "the plan leaves the digest of its policy");
    let approved = || Approved::HandedOn(left.clone());

    let (again, _) = plans(&usual, None, approved());
    assert_eq!(again, [] as [String; 0], "the approved policy itself");

    let waiver = json!({"rule": "gcp-wif-condition-missing", "subject": "crosscloud_trust/aks-chat", "owner": "alice",
        "reason": "until the audit", "expires": "2999-12-31"});
    let level = json!({"gcp-wif-condition-missing": "warn"});
    for (what, policy) in [
        ("no settings", json!({})),
        ("other settings", json!({"settings": "{\"own_aws_accounts\": []}"})),
        ("another level", json!({"settings": usual["settings"], "rules": level})),
        ("one waiver more", json!({"settings": usual["settings"], "waivers": [waiver]})),
    ] {
        let (told, _) = plans(&policy, None, approved());
        assert!(told.iter().any(|summary| summary == "Planned under another policy"), "{what}: {told:?}");
    }

    scenario.write("floor.json", "{\"rules\": {\"gcp-wif-condition-missing\": \"deny\"}}");
    let floor = scenario.folder().join("floor.json").display().to_string();
    let (told, _) = plans(&usual, Some(&floor), approved());
    assert!(told.iter().any(|summary| summary == "Planned under another policy"), "another floor: {told:?}");

    // Earlier releases hand nothing on: the policy at hand judges by itself.
    let (told, _) = plans(&json!({}), None, Approved::Kept(left.clone()));
    assert_eq!(told, [] as [String; 0]);
    assert!(scenario.clouds().requests().iter().all(|request| !request.is_write()));
}

/// What the approved plan left, as hosts deal with it.
enum Approved {
    /// This is the plan that somebody is to approve.
    NotYet,
    /// The host hands it on and says that it does.
    HandedOn(Vec<u8>),
    /// The host does not know of it; whatever stands in the message counts for nothing.
    Kept(Vec<u8>),
}

/// Plans the trust of the first example in a process of its own. Gives the summaries of its errors, and what the plan leaves for the next call.
async fn plan(scenario: &Scenario, policy: &Value, floor: Option<&str>, approved: Approved) -> (Vec<String>, Vec<u8>) {
    let identity = ClientIdentity::generate().expect("a certificate can be made");
    let launch = Launch::new(&Programs::get().provider).identity(&identity);
    let launch = launch.environment("CROSSCLOUD_ENDPOINT", scenario.clouds().origin());
    let launch = floor.into_iter().fold(launch, |launch, file| launch.environment("CROSSCLOUD_POLICY_FILE", file));
    let plugin = launch.start().await.expect("the provider starts");
    let connection = plugin.connect().await.expect("the provider takes the certificate");
    let mut provider = connection.provider();

    let config = encoded::<ProviderModel>(&json!({ "policy": policy }));
    let configure = wire::configure_provider::Request { config, ..Default::default() };
    let reply = provider.configure_provider(configure).await.expect("the call is answered").into_inner();
    assert_eq!(errors(&reply.diagnostics), [] as [String; 0], "the provider is configured");

    let (private, keeps) = match approved {
        Approved::NotYet => (Vec::new(), true),
        Approved::HandedOn(private) => (private, true),
        Approved::Kept(private) => (private, false),
    };
    let config = encoded::<TrustModel>(&json!({
        "name": "aks-chat",
        "from": {"aks": {"issuer": ISSUER, "namespace": "chat", "service_account": "backend"}},
        "to": {"gcp": {"project": story::PROJECT, "roles": ["roles/aiplatform.user"]}},
    }));
    let request = wire::plan_resource_change::Request {
        type_name: "crosscloud_trust".to_owned(),
        prior_state: encoded::<TrustModel>(&Value::Null),
        proposed_new_state: config.clone(),
        config,
        planned_private: private,
        client_capabilities: Some(wire::ClientCapabilities { store_planned_private: keeps, ..Default::default() }),
        ..Default::default()
    };
    let reply = provider.plan_resource_change(request).await.expect("the call is answered").into_inner();
    (errors(&reply.diagnostics), reply.planned_private)
}

/// A value as a host sends it. What is left out is null.
fn encoded<M: Model>(value: &Value) -> Option<wire::DynamicValue> {
    let ty: Type = Attr::<M>::shape().implied_type();
    let value = decoder::decode_lenient(value.to_string().as_bytes(), &ty).expect("the value fits the schema");
    let msgpack = msgpack::encode(&value, &ty).expect("the value can be sent");
    Some(wire::DynamicValue { msgpack: msgpack.into(), ..Default::default() })
}

fn errors(diagnostics: &[wire::Diagnostic]) -> Vec<String> {
    let grave = diagnostics.iter().filter(|it| it.severity() == wire::diagnostic::Severity::Error);
    grave.map(|it| it.summary.clone()).collect()
}
