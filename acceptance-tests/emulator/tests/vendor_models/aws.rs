//! IAM and the token service against botocore's service models.

use cloud_emulator::{Emulator, Options, Running};
use serde_json::{Value, json};

use crate::block_on;
use crate::signing::{self, Keys};
use crate::xml::{self, Element};

const ACCOUNT: &str = "123456789012";
const ISSUER: &str = "https://idp.example.com/tenant/";

/// Parameters of a call.
type Pairs = Vec<(&'static str, String)>;

/// Every route is an action of the model, under the model's version; every parameter of the calls below is one of the model's.
pub(crate) fn compare_requests(models: &Value) -> Vec<String> {
    let described: Value = block_on(async {
        let running = Emulator::start(Options::default()).await.unwrap();
        reqwest::get(format!("{}/_emulator/apis", running.http)).await.unwrap().json().await.unwrap()
    });
    let mut found = Vec::new();
    let mut actions = 0;
    for api in described["apis"].as_array().unwrap() {
        let service = api["service"].as_str().unwrap_or_default();
        let Some(model) = service.strip_suffix(".amazonaws.com").and_then(|name| models["aws"].get(name)) else {
            continue;
        };
        for route in api["routes"].as_array().unwrap() {
            let action = route["template"].as_str().unwrap().trim_start_matches("/:");
            actions += 1;
            if model["operations"].get(action).is_none() {
                found.push(format!("{service} has no action {action}"));
            }
        }
    }
    if actions < 30 {
        found.push(format!("only {actions} actions were looked at"));
    }
    for (service, action, pairs) in calls() {
        let model = &models["aws"][service];
        let shape = shape_name(&model["operations"][action]["input"]);
        for (name, _) in &pairs {
            if let Some(problem) = check_parameter(model, shape, name) {
                found.push(format!("{service} {action}: {problem}"));
            }
        }
    }
    found
}

/// Every element of every answer is one of the model's, and what the model requires is there.
pub(crate) fn compare_answers(models: &Value) -> Vec<String> {
    let mut found = Vec::new();
    block_on(async {
        let running = Emulator::start(Options::default()).await.unwrap();
        for (service, action, mut pairs) in calls() {
            if action == "AssumeRoleWithWebIdentity" {
                pairs.push(("WebIdentityToken", token(&running).await));
            }
            let text = call(&running, service, action, &pairs).await;
            let document = xml::parsed(&text);
            let model = &models["aws"][service];
            let output = &model["operations"][action]["output"];
            if document.name != format!("{action}Response") {
                found.push(format!("{service} {action} was refused: {text}"));
                continue;
            }
            let result = document.child(&format!("{action}Result"));
            match (output.get("shape"), result) {
                (Some(shape), Some(result)) => {
                    let problems = check(model, shape.as_str().unwrap(), result, action);
                    found.extend(problems.into_iter().map(|problem| format!("{service} {problem}")));
                }
                (None, Some(_)) => found.push(format!("{service} {action} has no result, and yet it is answered")),
                (Some(_), None) => found.push(format!("{service} {action} has no result in the answer")),
                (None, None) => {}
            }
        }
    });
    found
}

/// Calls in an order in which each succeeds, with all parameters that the emulator knows.
fn calls() -> Vec<(&'static str, &'static str, Pairs)> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": ACCOUNT }, "Action": "sts:AssumeRole" },
        { "Effect": "Allow", "Principal": { "Federated": "accounts.google.com" }, "Action": "sts:AssumeRoleWithWebIdentity" },
    ] })
    .to_string();
    let policy =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } })
            .to_string();
    let role = || ("RoleName", String::from("model"));
    let arn = ("RoleArn", format!("arn:aws:iam::{ACCOUNT}:role/team/model"));
    let provider =
        || ("OpenIDConnectProviderArn", format!("arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com/tenant/"));
    let managed = || ("PolicyArn", String::from("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    let tag = || [("Tags.member.1.Key", String::from("team")), ("Tags.member.1.Value", String::from("ml"))];
    let of = |name: &'static str, value: &str| (name, value.to_owned());
    let boundary = ("PermissionsBoundary", String::from("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    let create = vec![
        role(),
        of("Path", "/team/"),
        of("AssumeRolePolicyDocument", &trust),
        of("Description", "d"),
        of("MaxSessionDuration", "7200"),
        boundary,
    ];
    let session = |more: Pairs| {
        [vec![arn.clone(), of("RoleSessionName", "session"), of("DurationSeconds", "900"), of("Policy", &policy)], more]
            .concat()
    };
    vec![
        ("iam", "CreateRole", [create, tag().to_vec()].concat()),
        ("iam", "GetRole", vec![role()]),
        ("iam", "ListRoles", vec![of("PathPrefix", "/")]),
        ("iam", "UpdateRole", vec![role(), of("Description", "e"), of("MaxSessionDuration", "3600")]),
        ("iam", "UpdateRoleDescription", vec![role(), of("Description", "f")]),
        ("iam", "UpdateAssumeRolePolicy", vec![role(), of("PolicyDocument", &trust)]),
        ("iam", "TagRole", [vec![role()], tag().to_vec()].concat()),
        ("iam", "ListRoleTags", vec![role()]),
        ("iam", "UntagRole", vec![role(), of("TagKeys.member.1", "other")]),
        ("iam", "ListInstanceProfilesForRole", vec![role()]),
        ("iam", "PutRolePolicy", vec![role(), of("PolicyName", "p"), of("PolicyDocument", &policy)]),
        ("iam", "GetRolePolicy", vec![role(), of("PolicyName", "p")]),
        ("iam", "ListRolePolicies", vec![role()]),
        ("iam", "AttachRolePolicy", vec![role(), managed()]),
        ("iam", "ListAttachedRolePolicies", vec![role()]),
        ("sts", "GetCallerIdentity", vec![]),
        ("sts", "AssumeRole", session(vec![of("ExternalId", "external")])),
        ("sts", "AssumeRoleWithWebIdentity", session(vec![])),
        ("iam", "DetachRolePolicy", vec![role(), managed()]),
        ("iam", "DeleteRolePolicy", vec![role(), of("PolicyName", "p")]),
        ("iam", "DeleteRole", vec![role()]),
        (
            "iam",
            "CreateOpenIDConnectProvider",
            [
                vec![
                    of("Url", ISSUER),
                    of("ClientIDList.member.1", "client"),
                    of("ThumbprintList.member.1", &"0".repeat(40)),
                ],
                tag().to_vec(),
            ]
            .concat(),
        ),
        ("iam", "GetOpenIDConnectProvider", vec![provider()]),
        ("iam", "ListOpenIDConnectProviders", vec![]),
        (
            "iam",
            "UpdateOpenIDConnectProviderThumbprint",
            vec![provider(), of("ThumbprintList.member.1", &"1".repeat(40))],
        ),
        ("iam", "AddClientIDToOpenIDConnectProvider", vec![provider(), of("ClientID", "other")]),
        ("iam", "RemoveClientIDFromOpenIDConnectProvider", vec![provider(), of("ClientID", "other")]),
        ("iam", "TagOpenIDConnectProvider", [vec![provider()], tag().to_vec()].concat()),
        ("iam", "ListOpenIDConnectProviderTags", vec![provider()]),
        ("iam", "UntagOpenIDConnectProvider", vec![provider(), of("TagKeys.member.1", "team")]),
        ("iam", "DeleteOpenIDConnectProvider", vec![provider()]),
        ("iam", "EnableOutboundWebIdentityFederation", vec![]),
        ("iam", "GetOutboundWebIdentityFederationInfo", vec![]),
        (
            "sts",
            "GetWebIdentityToken",
            [
                vec![of("Audience.member.1", "a"), of("SigningAlgorithm", "ES384"), of("DurationSeconds", "60")],
                tag().to_vec(),
            ]
            .concat(),
        ),
        ("iam", "DisableOutboundWebIdentityFederation", vec![]),
    ]
}

async fn call(running: &Running, service: &str, action: &str, pairs: &[(&str, String)]) -> String {
    let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", version).extend_pairs(pairs);
    let body = form.finish();
    let host = running.http.trim_start_matches("http://");
    let mut request =
        reqwest::Client::new().post(&running.http).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in signing::headers(&Keys::operator(), service, host, ("POST", "/", ""), &body) {
        if name != "host" {
            request = request.header(name, value);
        }
    }
    request.body(body).send().await.unwrap().text().await.unwrap()
}

async fn token(running: &Running) -> String {
    let order = json!({ "issuer": "https://accounts.google.com", "subject": "1", "audience": "a" });
    let url = format!("{}/_emulator/tokens", running.http);
    let answer: Value = reqwest::Client::new().post(url).json(&order).send().await.unwrap().json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

fn shape_name(reference: &Value) -> &str {
    reference["shape"].as_str().unwrap_or_default()
}

/// Follows `Tags.member.1.Key` through the shapes.
fn check_parameter(model: &Value, shape: &str, name: &str) -> Option<String> {
    let mut shape = shape;
    let mut parts = name.split('.');
    while let Some(part) = parts.next() {
        let described = &model["shapes"][shape];
        match described["type"].as_str() {
            Some("structure") => match described["members"].get(part) {
                Some(member) => shape = shape_name(member),
                None => return Some(format!("{shape} has no member {part}")),
            },
            Some("list") if part == "member" => {
                parts.next();
                shape = shape_name(&described["member"]);
            }
            _ => return Some(format!("{shape} has nothing called {part}")),
        }
    }
    None
}

fn check(model: &Value, shape: &str, element: &Element, at: &str) -> Vec<String> {
    let described = &model["shapes"][shape];
    let mut found = Vec::new();
    match described["type"].as_str() {
        Some("structure") => {
            for child in &element.children {
                let at = format!("{at}.{}", child.name);
                match described["members"].get(&child.name) {
                    Some(member) => found.extend(check(model, shape_name(member), child, &at)),
                    None => found.push(format!("{at} is unknown to {shape}")),
                }
            }
            for required in described["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if element.child(required).is_none() {
                    found.push(format!("{at} has no {required}, which {shape} requires"));
                }
            }
        }
        Some("list") => {
            for child in &element.children {
                if child.name != "member" {
                    found.push(format!("{at} has a {} among its members", child.name));
                }
                found.extend(check(model, shape_name(&described["member"]), child, &format!("{at}.member")));
            }
        }
        _ if !element.children.is_empty() => found.push(format!("{at} has elements where {shape} has a value")),
        _ => {}
    }
    found
}
