//! Tokens of Kubernetes clusters: service accounts, named by namespace and name.
//!
//! A cluster is one tenant, but everyone who may create pods or service accounts in any namespace of it gets tokens. Names are DNS labels
//! and subdomains, which rules out capitals, other scripts and colons.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bearer::Bearer;
use super::{Attack, Dimension, Scene, Suspects, distinct, near_miss, twins};
use crate::cel::{Operator, Value};
use crate::token::Token;

const PREFIX: &str = "system:serviceaccount:";

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Account {
    namespace: Arc<str>,
    name: Arc<str>,
}

impl Account {
    fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// Reads a subject, if a cluster can have such an account.
    fn of_subject(subject: &str) -> Option<Self> {
        let (namespace, name) = subject.strip_prefix(PREFIX)?.split_once(':')?;
        Some(Self::new(namespace, name)).filter(Self::exists)
    }

    /// Whether Kubernetes accepts the names.
    fn exists(&self) -> bool {
        let label = |text: &str, limit: usize| {
            let edge = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            let bytes = text.as_bytes();
            text.len() <= limit
                && edge(bytes.first())
                && edge(bytes.last())
                && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        };
        label(&self.namespace, 63) && self.name.len() <= 253 && self.name.split('.').all(|part| label(part, 253))
    }

    fn subject(&self) -> String {
        format!("{PREFIX}{}:{}", self.namespace, self.name)
    }

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let map = |entries: Vec<(&str, Value)>| {
            Value::from(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>())
        };
        match name {
            "sub" => Some(Value::from(self.subject())),
            "kubernetes.io" => {
                let account = map(vec![
                    ("name", Value::String(self.name.clone())),
                    ("uid", Value::from("0b6a2f5e-5f0e-4d0c-9d5b-6f1f6a3c2e10")),
                ]);
                let pod = map(vec![
                    ("name", Value::from(format!("{}-7d4b9c6f5-x2v8k", self.name))),
                    ("uid", Value::from("9f1c7f0a-2c55-4c3e-8f43-0e2d9a3b7c21")),
                ]);
                Some(map(vec![
                    ("namespace", Value::String(self.namespace.clone())),
                    ("serviceaccount", account),
                    ("pod", pod),
                ]))
            }
            _ => None,
        }
    }
}

pub(super) fn suspects(scene: Scene<'_>) -> Suspects {
    let intended: Vec<Account> =
        scene.intended.iter().filter_map(|claims| Account::of_subject(claims.get("sub")?.as_str()?)).collect();
    // A subject that the condition spells out whole is meant, too.
    let spelled: Vec<Account> = scene
        .comparisons
        .iter()
        .filter(|comparison| comparison.operator == Operator::Equals)
        .filter_map(|comparison| Account::of_subject(&comparison.literal))
        .collect();
    let meant: Vec<&Account> = intended.iter().chain(&spelled).collect();
    let fallback = Account::new("team", "workload");
    let model = meant.first().copied().unwrap_or(&fallback);

    let mut found: Vec<(Dimension, &'static str, Account)> = Vec::new();
    variations(model, &mut found);
    for comparison in scene.comparisons {
        near_misses(model, &near_miss::of(comparison, &["", "-", ":"]), &mut found);
    }
    found.retain(|(_, _, account)| account.exists() && !meant.contains(&account));
    let (issuer, audience): (&Arc<str>, &Arc<str>) = (&scene.url.into(), &scene.audience.into());
    let token = |account: &Account| Token::new(issuer, audience, Bearer::Account(account.clone()));
    let attacks = distinct(found, |(_, _, account)| account.clone())
        .map(|(dimension, bearer, account)| Attack { dimension, stranger: false, bearer, token: token(&account) })
        .collect();
    let genuine = intended.iter().zip(scene.intended).map(|(account, said)| token(account).saying(said));
    Suspects { genuine: genuine.collect(), attacks }
}

fn variations(model: &Account, found: &mut Vec<(Dimension, &'static str, Account)>) {
    const OTHER: &str = "another service account of the cluster";
    const NAMESAKE: &str = "a service account of the same name in another namespace";
    const NEIGHBOUR: &str = "another service account of the same namespace";
    const LOOKALIKE: &str = "a service account with a similar name";
    let Account { namespace, name } = model;
    found.push((Dimension::Workload, OTHER, Account::new("evil", "intruder")));
    found.push((Dimension::Namespace, NAMESAKE, Account::new("evil", name.clone())));
    found.push((Dimension::Workload, NEIGHBOUR, Account::new(namespace.clone(), "intruder")));
    found.push((Dimension::Workload, NEIGHBOUR, Account::new(namespace.clone(), "default")));
    for twin in twins(name, '-') {
        found.push((Dimension::Twin, LOOKALIKE, Account::new(namespace.clone(), twin.clone())));
        found.push((Dimension::Twin, LOOKALIKE, Account::new("evil", twin)));
    }
    for twin in twins(namespace, '-') {
        found.push((
            Dimension::Twin,
            "a service account in a namespace with a similar name",
            Account::new(twin, name.clone()),
        ));
    }
    found.push((Dimension::Twin, LOOKALIKE, Account::new(namespace.clone(), format!("{name}.evil"))));
    found.push((Dimension::Twin, LOOKALIKE, Account::new("evil", format!("{namespace}-{name}"))));
    found.push((Dimension::Twin, LOOKALIKE, Account::new("evil", format!("{namespace}.{name}"))));
    found.push((Dimension::Twin, LOOKALIKE, Account::new(name.clone(), namespace.clone())));
    const SHIFTED: &str = "a service account whose namespace and name run together to the same text";
    for joint in ["", "-"] {
        let whole = format!("{namespace}{joint}{name}");
        for (at, _) in whole.match_indices(joint).filter(|(at, _)| *at != namespace.len()) {
            let shifted = Account::new(&whole[..at], &whole[at + joint.len()..]);
            found.push((Dimension::Boundary, SHIFTED, shifted));
        }
    }
}

/// Reads each text as a subject, or as one without its beginning, or as a namespace and as a name.
fn near_misses(model: &Account, texts: &[String], found: &mut Vec<(Dimension, &'static str, Account)>) {
    const BEARER: &str = "a service account close to what the condition spells";
    let mut add = |account: Account| found.push((Dimension::NearMiss, BEARER, account));
    for text in texts {
        let rest = text.strip_prefix(PREFIX).unwrap_or(text);
        match rest.split_once(':') {
            Some((namespace, name)) if !name.contains(':') => add(Account::new(namespace, name)),
            Some(_) => {}
            None if rest.len() < text.len() => {}
            None => {
                let name: Arc<str> = text.as_str().into();
                add(Account::new("evil", name.clone()));
                add(Account::new(name.clone(), "evil"));
                add(Account::new(name.clone(), model.name.clone()));
                add(Account::new(model.namespace.clone(), name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn knows_which_accounts_can_exist() {
        for (subject, expected) in [
            ("system:serviceaccount:chat:backend", true),
            ("system:serviceaccount:chat:back.end", true),
            ("system:serviceaccount:Chat:backend", false),
            ("system:serviceaccount:chat:back:end", false),
            ("system:serviceaccount:chat:", false),
            ("system:serviceaccount:-chat:backend", false),
            ("system:serviceaccount:chat:b\u{430}ckend", false),
            ("system:node:n1", false),
        ] {
            assert_eq!(Account::of_subject(subject).is_some(), expected, "{subject}");
        }
    }
}
