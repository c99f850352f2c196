//! Principals of one AWS account, as tokens of the account's own issuer tell of them: the subject is the ARN of a role or a user, with its path.
//!
//! Everyone here is an insider. Whoever may create a role at a path chooses what stands behind the path, names are unique in an account as long
//! as they are taken, and tags of the request are for whoever asks for the token to choose.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::bearer::Bearer;
use super::{Attack, Dimension, Scene, Suspects, distinct, near_miss, twins};
use crate::cel::{Comparison, Value};
use crate::document::IntendedClaims;
use crate::token::Token;

/// The claim in which AWS tells more of the caller.
const MORE: &str = "https://sts.amazonaws.com/";
const TAGS: &str = "request_tags";

/// Who asked AWS for the token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caller {
    arn: Arc<str>,
    tags: Arc<BTreeMap<String, String>>,
}

impl Caller {
    pub(super) const NAMES: [&'static str; 2] = ["sub", MORE];

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match name {
            "sub" => Some(Value::String(self.arn.clone())),
            MORE => {
                let account = self.arn.split(':').nth(4);
                let mut more =
                    json!({ "aws_account": account, "principal_id": &*self.arn, "source_region": "us-east-1" });
                if !self.tags.is_empty() {
                    more[TAGS] = json!(*self.tags);
                }
                Some(Value::from(&more))
            }
            _ => None,
        }
    }
}

/// A role, by its account, its path with a slash at each end, and its name.
struct Role<'a> {
    account: &'a str,
    path: &'a str,
    name: &'a str,
}

impl<'a> Role<'a> {
    /// Reads an ARN, or the beginning of one.
    fn read(arn: &'a str) -> Option<Self> {
        let (account, path_and_name) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
        let start = path_and_name.rfind('/').map_or(0, |slash| slash + 1);
        let (path, name) = path_and_name.split_at(start);
        Some(Self { account, path, name: if name.is_empty() { "workload" } else { name } })
    }
}

pub(super) fn suspects(scene: Scene<'_>) -> Suspects {
    let subject = |said: &IntendedClaims| said.get("sub").and_then(Json::as_str).map(str::to_owned);
    let intended: Vec<String> = scene.intended.iter().filter_map(subject).collect();
    let spelled = || scene.comparisons.iter().find_map(|comparison| Role::read(&comparison.literal));
    let role = intended.first().and_then(|arn| Role::read(arn)).or_else(spelled);
    let Role { account, path, name } = role.unwrap_or(Role { account: "123456789012", path: "", name: "workload" });

    let role = |path: &str, name: &str| format!("arn:aws:iam::{account}:role/{path}{name}");
    let user = |path: &str, name: &str| format!("arn:aws:iam::{account}:user/{path}{name}");
    let mut found: Vec<(Dimension, &'static str, String)> = Vec::new();
    let mut add = |dimension, bearer, arn| found.push((dimension, bearer, arn));
    add(Dimension::Workload, "another role of the account", role("", "intruder"));
    add(Dimension::Workload, "another role at the same path", role(path, "intruder"));
    add(Dimension::Workload, "a user of the account", user("", "intruder"));
    add(Dimension::Workload, "the root user of the account", format!("arn:aws:iam::{account}:root"));
    for twin in twins(name, '-') {
        add(Dimension::Twin, "a role with a similar name", role(path, &twin));
    }
    const NAMESAKE: &str = "a role of that name at another path, once the name is free";
    for elsewhere in ["", "intruder/"].into_iter().filter(|it| *it != path) {
        add(Dimension::Twin, NAMESAKE, role(elsewhere, name));
    }
    if let Some(path) = path.strip_suffix('/') {
        for twin in twins(path, '-') {
            add(Dimension::Twin, "a role at a path with a similar name", role(&format!("{twin}/"), "intruder"));
        }
    }
    const IMITATION: &str = "a user whose path imitates the role";
    for imitation in [path.to_owned(), format!("role/{path}")] {
        add(Dimension::Twin, IMITATION, user(&imitation, name));
    }
    for text in scene.comparisons.iter().flat_map(|comparison| near_miss::of(comparison, &["", "-", "/"])) {
        const NEAR: &str = "a role close to what the condition spells";
        match Role::read(&text) {
            Some(near) if near.account == account => add(Dimension::NearMiss, NEAR, role(near.path, near.name)),
            None if is_path_and_name(&text) => add(Dimension::NearMiss, NEAR, role("", &text)),
            _ => {}
        }
    }
    found.retain(|(.., arn)| !intended.contains(arn));

    let issuer: &Arc<str> = &scene.url.into();
    let audience: &Arc<str> = &scene.audience.into();
    let tags = Arc::new(wanted_tags(scene.comparisons));
    let token =
        |arn: &str| Token::new(issuer, audience, Bearer::Vouched(Caller { arn: arn.into(), tags: tags.clone() }));
    let attacks = distinct(found, |(.., arn)| arn.clone()).map(|(dimension, bearer, arn)| Attack {
        dimension,
        stranger: false,
        bearer,
        token: token(&arn),
    });
    let genuine = intended.iter().zip(scene.intended).map(|(arn, said)| token(arn).saying(said));
    Suspects { genuine: genuine.collect(), attacks: attacks.collect() }
}

/// The tags that a condition wants to see in a request.
fn wanted_tags(comparisons: &[Comparison]) -> BTreeMap<String, String> {
    let wanted = |comparison: &Comparison| match comparison.path.as_deref() {
        Some([root, more, tags, name]) if root == "assertion" && more == MORE && tags == TAGS => {
            Some((name.clone(), near_miss::core(comparison)?))
        }
        _ => None,
    };
    comparisons.iter().filter_map(wanted).collect()
}

/// Whether a role may be called so, with or without a path in front.
fn is_path_and_name(text: &str) -> bool {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte));
    (1..=64).contains(&name.len()) && path.len() <= 510 && plain(text) && !text.contains("//") && !text.starts_with('/')
}
