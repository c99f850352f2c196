//! Values that are not known yet, narrowed by what the configuration says of them.

use serde_json::{Value, json};

use crate::support::{change, create, has, judged, plan, rules, unknown};

/// A role whose policy waits for the ARN of a provider that the same plan makes.
fn waiting(module: &str, key: &str) -> [Value; 2] {
    let address = |rest: &str| if module.is_empty() { rest.to_owned() } else { format!("{module}.{rest}") };
    let mut role = unknown(
        create(&address(&format!("aws_iam_role.ci{key}")), json!({"name": "ci"})),
        json!({"assume_role_policy": true, "arn": true}),
    );
    let mut document = unknown(
        change(
            &address(&format!("data.aws_iam_policy_document.trust{key}")),
            &["read"],
            json!({"statement": [{
                "actions": ["sts:AssumeRoleWithWebIdentity"], "effect": "Allow",
                "principals": [{"type": "Federated", "identifiers": ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]}],
                "condition": [{"test": "StringLike", "variable": "token.actions.githubusercontent.com:sub", "values": ["*"]}],
            }]}),
        ),
        json!({"json": true}),
    );
    for change in [&mut role, &mut document] {
        if !module.is_empty() {
            change["module_address"] = json!(module);
        }
        if !key.is_empty() {
            change["index"] = serde_json::from_str(key.trim_matches(['[', ']'])).unwrap();
        }
    }
    [role, document]
}

fn resources(policy: Value) -> Value {
    json!([{"address": "aws_iam_role.ci", "mode": "managed", "type": "aws_iam_role", "name": "ci", "expressions": {"assume_role_policy": policy}}])
}

const DIRECT: [&str; 2] = ["data.aws_iam_policy_document.trust.json", "data.aws_iam_policy_document.trust"];

#[test]
fn a_policy_is_read_from_the_document_that_it_will_be_made_of() {
    let mut plan = plan(&waiting("", ""));
    let hidden = judged(&plan);
    assert!(has(&hidden, "x-unknown-trust", "aws_iam_role.ci"), "{:?}", rules(&hidden));
    plan["configuration"]["root_module"]["resources"] = resources(json!({"references": DIRECT}));
    let report = judged(&plan);
    let finding = report.findings.iter().find(|it| it.rule == "aws-oidc-sub-star").unwrap();
    assert_eq!((finding.address.as_str(), finding.path.as_str()), ("aws_iam_role.ci", "assume_role_policy"));
    assert!(!has(&report, "x-unknown-trust", "aws_iam_role.ci"));
}

#[test]
fn instances_refer_to_their_own() {
    let changes = [waiting("module.ci[\"prod\"]", "[\"a\"]"), waiting("module.ci[\"prod\"]", "[\"b\"]")].concat();
    let mut plan = plan(&changes);
    plan["configuration"]["root_module"]["module_calls"]["ci"]["module"]["resources"] =
        resources(json!({"references": ["data.aws_iam_policy_document.trust", "each.key"]}));
    let report = judged(&plan);
    for key in ["a", "b"] {
        let address = format!("module.ci[\"prod\"].aws_iam_role.ci[\"{key}\"]");
        assert!(has(&report, "aws-oidc-sub-star", &address), "{:?}", rules(&report));
    }
}

#[test]
fn references_are_followed_into_and_out_of_modules() {
    let [mut role, document] = waiting("", "");
    role["address"] = json!("module.role.aws_iam_role.ci");
    role["module_address"] = json!("module.role");
    let mut plan = plan(&[role, document]);
    plan["configuration"]["root_module"]["module_calls"]["role"] = json!({
        "source": "./role", "expressions": {"policy": {"references": DIRECT}},
        "module": {"resources": resources(json!({"references": ["var.policy"]}))},
    });
    let report = judged(&plan);
    assert!(has(&report, "aws-oidc-sub-star", "module.role.aws_iam_role.ci"), "{:?}", rules(&report));
}
