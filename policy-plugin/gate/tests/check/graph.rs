//! Pictures of plans and states, through the program and through the library.

use crosscloud_gate::{Gate, Options};
use serde_json::{Value, json};

use crate::program::{gate, text};
use crate::support::{create, plan, provider};

/// Three trusts: an open pool provider with a service account, a sound AWS role, and an open one of another account.
fn three() -> Vec<Value> {
    let role = |name: &str, subject: &str| {
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
            "Condition": {
                "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                "StringLike": {"token.actions.githubusercontent.com:sub": subject},
            },
        }]});
        create(&format!("aws_iam_role.{name}"), json!({"name": name, "assume_role_policy": policy.to_string()}))
    };
    vec![
        role("sound", "repo:octo@1001/app@2001:ref:refs/heads/main"),
        provider("ci", json!(null)),
        role("open", "repo:*"),
        create(
            "google_service_account_iam_member.deploy",
            json!({
                "service_account_id": "projects/ml-prod/serviceAccounts/deploy@ml-prod.iam.gserviceaccount.com",
                "role": "roles/iam.workloadIdentityUser",
                "member": "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/*",
            }),
        ),
    ]
}

fn drawn(text: &str) -> Value {
    let picture = Gate::load(Options::default()).unwrap().graph(text).unwrap();
    serde_json::to_value(picture).unwrap()
}

/// Edges as `from -> to`, with the rules that object.
fn open_edges(picture: &Value) -> Vec<(String, Vec<String>)> {
    let label = |id: &Value| {
        picture["nodes"][usize::try_from(id.as_u64().unwrap()).unwrap()]["label"].as_str().unwrap().to_owned()
    };
    let edges = picture["edges"].as_array().unwrap().iter().filter(|edge| edge["state"] == "open");
    edges
        .map(|edge| {
            let rules = edge["notes"].as_array().unwrap().iter().map(|note| note["rule"].as_str().unwrap().to_owned());
            (format!("{} -> {}", label(&edge["from"]), label(&edge["to"])), rules.collect())
        })
        .collect()
}

#[test]
fn findings_come_to_their_own_edges() {
    let picture = drawn(&plan(&three()).to_string());
    let open = open_edges(&picture);
    let edge = |name: &str| open.iter().find(|(edge, _)| edge == name).unwrap_or_else(|| panic!("{name}: {open:#?}"));
    assert!(edge("anyone of GitHub Actions -> ci / github").1.contains(&"gcp-wif-condition-missing".to_owned()));
    assert!(edge("repo:* -> open").1.contains(&"aws-oidc-sub-star".to_owned()));
    assert!(!open.iter().any(|(edge, _)| edge.ends_with("-> sound")), "{open:#?}");
    let provider = picture["nodes"].as_array().unwrap().iter().find(|node| node["kind"] == "provider").unwrap();
    let address = provider["address"].as_str().unwrap();
    assert!(address.starts_with("google_iam_workload_identity_pool_provider.ci"), "{address}");
    assert_eq!(picture["elsewhere"], json!([]));
}

#[test]
fn trusts_of_our_own_are_drawn_apart() {
    let trust = |name: &str| {
        create(
            &format!("crosscloud_trust.{name}"),
            json!({
                "name": name,
                "from": {"github_actions": {"owner": "octo", "owner_id": "1001", "repository": "app", "repository_id": "2001", "branch": "main"}},
                "to": {"gcp": {"project": "ml-prod", "roles": ["roles/run.developer"]}},
            }),
        )
    };
    let picture = drawn(&plan(&[trust("one"), trust("two")]).to_string());
    let providers = picture["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == "provider").count();
    assert_eq!(providers, 2, "{picture:#}");
}

#[test]
fn a_state_is_drawn_with_its_modules() {
    let kept = |change: &Value| {
        json!({"address": change["address"], "mode": "managed", "type": change["type"], "name": change["name"],
            "values": change["change"]["after"], "sensitive_values": {}})
    };
    let three = three();
    let state = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {
        "resources": [kept(&three[1])],
        "child_modules": [{"address": "module.roles", "resources": [kept(&three[2])]}],
    }}});
    let open = open_edges(&drawn(&state.to_string()));
    assert!(open.iter().any(|(edge, _)| edge == "repo:* -> open"), "{open:#?}");
    assert!(open.iter().any(|(edge, _)| edge == "anyone of GitHub Actions -> ci / github"), "{open:#?}");
}

#[test]
fn sensitive_values_are_not_drawn() {
    let mut secret = provider("ci", json!("assertion.repository == 'octo/very-secret'"));
    secret["change"]["after_sensitive"] = json!({"attribute_condition": true});
    let text = plan(&[secret]).to_string();
    let gate = Gate::load(Options::default()).unwrap();
    for format in crosscloud_policy_picture::Format::ALL {
        assert!(!format.write(&gate.graph(&text).unwrap()).contains("very-secret"), "{format}");
    }
}

#[test]
fn the_program_draws_in_every_format() {
    let plan = plan(&three()).to_string();
    for (format, begins) in
        [("html", "<!doctype html>"), ("svg", "<svg "), ("mermaid", "flowchart"), ("dot", "digraph"), ("json", "{")]
    {
        let output = gate(&["graph", "--format", format, "-"], &plan);
        // A picture of an open trust is a picture: the verdict is what `check` is for.
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(
            text(&output.stdout).starts_with(begins) && text(&output.stdout).contains("GitHub Actions"),
            "{format}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let output = gate(&["graph", "--out", &file.display().to_string(), "-"], &plan);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]));
    assert!(std::fs::read_to_string(file).unwrap().starts_with("<svg "));
}

#[test]
fn what_cannot_be_drawn_is_said_with_exit_code_2() {
    for (input, says) in [
        ("resource \"a\" \"b\" {}", "Terraform configuration"),
        ("{\"version\": 4, \"serial\": 1, \"lineage\": \"x\"}", "as Terraform keeps it"),
        ("{}", "format_version"),
        ("{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"resources\": 1}}}", "cannot be read"),
    ] {
        let output = gate(&["graph", "-"], input);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{input}: {errors}");
        assert!(errors.starts_with("error: ") && errors.contains(says) && errors.lines().count() == 1, "{errors}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(gate(&["graph", "--format", "png", "-"], "{}").status.code(), Some(2));
    assert_eq!(gate(&["graph"], "").status.code(), Some(2));
}
