//! What is handed over together, into one module.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{Address, Held, official};
use crate::graph::Graph;
use crate::hcl::Value;
use crate::leaf::Text;
use crate::object::aws::{RoleStatement, statements};
use crate::object::{Key, Object};

/// What is handed over together: the addresses that are given out, so that no two resources get the same, and what one composite holds in a
/// resource of another's. A role's resource is its whole trust policy, in which members of the trust have statements.
#[derive(Debug, Default)]
pub struct Module {
    addresses: BTreeSet<String>,
    /// Roles that get a resource, by ARN.
    roles: BTreeSet<String>,
    /// Members' statements by the role's ARN, as they stand in the trust policy.
    statements: BTreeMap<String, Vec<Json>>,
}

impl Module {
    /// Notes what a graph has made, before anything is handed over.
    pub fn see(&mut self, graph: &Graph, held: &BTreeMap<Key, Held>) {
        for (key, node) in graph.nodes() {
            let Some(it) = held.get(key).filter(|held| held.made && !node.referenced) else { continue };
            match &node.object {
                Object::Role(_) => {
                    self.roles.insert(it.id.clone());
                }
                Object::RoleStatement(statement) => {
                    if let (Some(role), Some((sid, statement))) = (statement.role_arn.known(), written(statement)) {
                        statements::join(self.statements.entry(role.clone()).or_default(), &sid, &statement);
                    }
                }
                _ => {}
            }
        }
    }

    /// What the reader has to know of the objects of a graph that get no resource.
    pub fn remarks(&self, graph: &Graph, held: &BTreeMap<Key, Held>) -> Vec<String> {
        let mut found = Vec::new();
        let mut others = Vec::new();
        for (key, node) in graph.nodes() {
            match held.get(key) {
                None => others.push(format!("{key} is not there, so there is nothing to import.")),
                Some(held) if !held.made || node.referenced => found.push(key.as_str()),
                Some(_) => others.extend(self.remark(key, &node.object)),
            }
        }
        if !found.is_empty() {
            others.insert(0, format!("It did not make these, so they stay whose they are: {}.", found.join(", ")));
        }
        others
    }

    fn remark(&self, key: &str, object: &Object) -> Vec<String> {
        match object {
            Object::RoleStatement(it) => match (it.role_arn.known(), written(it)) {
                (Some(role), _) if self.roles.contains(role) => {
                    vec![format!("{key} is in `assume_role_policy` of {role}.")]
                }
                (Some(role), Some((_, statement))) => elsewhere(key, role, statement),
                _ => vec![format!("{key} stays as it is, in a role whose resource has to hold it.")],
            },
            Object::Role(it) if it.members.is_some() => vec![
                format!(
                    "{key} admits members. Those of this state are in its `assume_role_policy`; a member of another state is not, and"
                ),
                "would go with the first apply: `eject` of that state writes the statement that has to be added."
                    .to_owned(),
            ],
            object if official(object).is_none() => {
                vec![format!("{key} stays as it is; the official providers have no resource for it.")]
            }
            _ => Vec::new(),
        }
    }

    /// The statements that members have in the trust policy of a role.
    pub(super) fn statements_in(&self, role: &str) -> impl Iterator<Item = &Json> {
        self.statements.get(role).into_iter().flatten()
    }

    pub(super) fn give(&mut self, kind: &'static str, wanted: &str) -> Address {
        let mut label = wanted.to_owned();
        let mut count = 1;
        while !self.addresses.insert(format!("{kind}.{label}")) {
            count += 1;
            label = format!("{wanted}_{count}");
        }
        Address { kind, label }
    }
}

/// What is to be done about a statement in a role of another state.
fn elsewhere(key: &str, role: &str, statement: Json) -> Vec<String> {
    let mut lines = vec![
        format!("{key} stays in the trust policy of {role}, which another state holds."),
        "Where an `aws_iam_role` stands for that role, its `assume_role_policy` has to hold this statement, or the subject in the one of its `Sid`, or the member is shut out:".to_owned(),
    ];
    let statement = Value::from(statement).to_string();
    lines.extend(statement.lines().map(|line| format!("  {line}")));
    lines
}

/// A statement and its `Sid`, as it stands in the trust policy. None: the state does not tell it.
fn written(it: &RoleStatement) -> Option<(String, Json)> {
    let sid = it.sid.known()?;
    let mut statement: Json = serde_json::from_str(Text::known(&it.statement)?).ok()?;
    statement.as_object_mut()?.insert("Sid".to_owned(), json!(sid));
    Some((sid.clone(), statement))
}
