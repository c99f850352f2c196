//! Principals of one AWS account, as `GetCallerIdentity` tells Google of them: an ARN, an account and a user id.
//!
//! Google checks the account, so everyone here is an insider. Roles and users differ in who can make them: a user's path is free text, which
//! lets it look like a role's session, and a session's name is chosen by whoever assumes the role.

use std::sync::Arc;

use super::bearer::Bearer;
use super::{Attack, Dimension, Scene, Suspects, distinct, near_miss, twins};
use crate::cel::{Comparison, Value};
use crate::document::IntendedClaims;
use crate::token::Token;

/// What `GetCallerIdentity` says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    arn: Arc<str>,
}

impl Identity {
    pub(super) const NAMES: [&'static str; 3] = ["arn", "account", "userid"];

    fn session(account: &str, role: &str, session: &str) -> Self {
        Self { arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}").into() }
    }

    fn user(account: &str, path_and_name: &str) -> Self {
        Self { arn: format!("arn:aws:iam::{account}:user/{path_and_name}").into() }
    }

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match name {
            "arn" => Some(Value::String(self.arn.clone())),
            "account" => self.arn.split(':').nth(4).map(Value::from),
            "userid" => {
                let session = self.arn.rsplit('/').next().unwrap_or_default();
                let role = self.arn.contains(":assumed-role/");
                Some(Value::from(if role {
                    format!("AROAEXAMPLEEXAMPLE000:{session}")
                } else {
                    "AIDAEXAMPLEEXAMPLE000".to_owned()
                }))
            }
            _ => None,
        }
    }
}

/// Account, role and session of an ARN such as `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION`, as far as they are there.
fn role_of(arn: &str) -> Option<(&str, &str, &str)> {
    let rest = arn.split_once(":assumed-role/")?.1;
    let (role, session) = rest.split_once('/').unwrap_or((rest, ""));
    Some((arn.split(':').nth(4)?, role, session)).filter(|(_, role, _)| !role.is_empty())
}

pub(super) fn suspects(scene: Scene<'_>, account: &str) -> Suspects {
    let arn_of = |said: &IntendedClaims| said.get("arn").and_then(|arn| Some(Identity { arn: arn.as_str()?.into() }));
    let intended: Vec<Identity> = scene.intended.iter().filter_map(arn_of).collect();
    let spelled = scene.comparisons.iter().find_map(|comparison| role_of(&comparison.literal));
    let (role, session) = match intended.first().and_then(|identity| role_of(&identity.arn)).or(spelled) {
        Some((_, role, session)) => {
            (role.to_owned(), if session.is_empty() { "i-0abc".to_owned() } else { session.to_owned() })
        }
        None => ("workload".to_owned(), "i-0abc".to_owned()),
    };
    let mut found: Vec<(Dimension, &'static str, Identity)> = Vec::new();
    let mut add = |dimension, bearer, identity| found.push((dimension, bearer, identity));
    add(Dimension::Workload, "another role of the account", Identity::session(account, "intruder", &session));
    add(Dimension::Workload, "a user of the account", Identity::user(account, "intruder"));
    add(
        Dimension::Workload,
        "the root user of the account",
        Identity { arn: format!("arn:aws:iam::{account}:root").into() },
    );
    add(
        Dimension::Workload,
        "a federated user of the account",
        Identity { arn: format!("arn:aws:sts::{account}:federated-user/intruder").into() },
    );
    for twin in twins(&role, '-') {
        add(Dimension::Twin, "a role with a similar name", Identity::session(account, &twin, &session));
    }
    const IMITATION: &str = "a user whose path imitates the role";
    for path in [format!("assumed-role/{role}/x"), format!("{role}/x"), format!("x/assumed-role/{role}/{session}")] {
        add(Dimension::Twin, IMITATION, Identity::user(account, &path));
    }
    const NAMESAKE: &str = "another role whose session is named like the intended one";
    add(Dimension::Twin, NAMESAKE, Identity::session(account, "intruder", &role));
    for text in scene.comparisons.iter().flat_map(texts) {
        if let Some((_, role, session)) = role_of(&text) {
            let session = if session.is_empty() { "x" } else { session };
            add(
                Dimension::NearMiss,
                "a role close to what the condition spells",
                Identity::session(account, role, session),
            );
        } else if is_name(&text) {
            add(
                Dimension::NearMiss,
                "a role close to what the condition spells",
                Identity::session(account, &text, "x"),
            );
            add(
                Dimension::NearMiss,
                "a session close to what the condition spells",
                Identity::session(account, "intruder", &text),
            );
        }
    }
    // Whoever may assume the role names its session, so another session of it is no intruder.
    found.retain(|(_, _, identity)| role_of(&identity.arn).is_none_or(|(_, name, _)| name != role));
    let none: Arc<str> = "".into();
    let attacks = distinct(found, |(_, _, identity)| identity.clone()).map(|(dimension, bearer, identity)| Attack {
        dimension,
        stranger: false,
        bearer,
        token: Token::new(&none, &none, Bearer::Aws(identity)),
    });
    let genuine = intended.iter().zip(scene.intended);
    let genuine = genuine.map(|(identity, said)| Token::new(&none, &none, Bearer::Aws(identity.clone())).saying(said));
    Suspects { genuine: genuine.collect(), attacks: attacks.collect() }
}

fn texts(comparison: &Comparison) -> Vec<String> {
    near_miss::of(comparison, &["", "-", "/"])
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
}
