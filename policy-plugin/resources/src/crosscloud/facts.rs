//! What the provider had looked up when it planned, as far as the plan shows it.
//!
//! A plan holds no facts, only texts that are made of them: ids of objects, the principal, the audience. So those texts are made once more with
//! a mark in the place of each fact that is missing, and where the plan has another text between the same words, that is the fact. One that
//! shows nowhere stays unknown, as it is before anybody has looked it up.

use std::collections::{BTreeMap, BTreeSet};

use crosscloud_trust::{FactQuery, Facts, Graph, IdentityFacts, Leaf, Text, TransferAgent};

use crate::resource::Resource;

/// Private to these texts: no cloud gives out names that hold these characters.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The facts that planned texts are made of: the ids of the objects, and `outputs`, each with the name of its attribute.
pub(super) fn planned(
    it: &Resource<'_>,
    graph: impl Fn(&Facts) -> Graph,
    outputs: impl Fn(&Facts) -> Vec<(&'static str, Text)>,
) -> Facts {
    let mut facts = Facts::default();
    loop {
        let wants = graph(&facts).wants().iter().map(|want| want.query.clone()).collect::<BTreeSet<_>>();
        let mut marked = facts.clone();
        for (index, query) in wants.iter().enumerate() {
            learn(&mut marked, query, |part| Some(mark(index, part)));
        }
        let told = told(it, &graph(&marked), outputs(&marked));
        let before = facts.clone();
        for (index, query) in wants.iter().enumerate() {
            learn(&mut facts, query, |part| told.get(&mark(index, part)).cloned());
        }
        // One fact can lead to the next question.
        if facts == before {
            return facts;
        }
    }
}

/// What stands in the plan in the place of each mark.
fn told(it: &Resource<'_>, graph: &Graph, outputs: Vec<(&'static str, Text)>) -> BTreeMap<String, String> {
    let objects = it.at("objects");
    let ids = graph.nodes().iter().filter_map(|(key, node)| {
        Some((node.object.id().known()?.clone(), objects.at(key).at("id").text()?.to_owned()))
    });
    let outputs = outputs.into_iter().filter_map(|(name, made)| match made {
        Leaf::Known(made) => Some((made, it.at(name).text()?.to_owned())),
        Leaf::Unknown => None,
    });
    ids.chain(outputs).filter_map(|(made, planned)| fit(&made, &planned)).flatten().collect()
}

/// Puts in the answer to a question, where all of its parts are there.
fn learn(facts: &mut Facts, query: &FactQuery, part: impl Fn(&'static str) -> Option<String>) {
    let answer = || -> Option<Facts> {
        let mut facts = Facts::default();
        match query.clone() {
            FactQuery::ProjectNumber { project } => {
                facts.project_numbers.insert(project, part("number")?);
            }
            FactQuery::ProjectId { number } => {
                facts.project_numbers.insert(part("id")?, number);
            }
            FactQuery::TransferAgent { project } => {
                let agent = TransferAgent { email: part("email")?, subject_id: part("subject")? };
                facts.transfer_agents.insert(project, agent);
            }
            FactQuery::Identity { id } => {
                let identity = IdentityFacts {
                    principal_id: part("principal")?,
                    client_id: part("client")?,
                    tenant_id: part("tenant")?,
                };
                facts.identities.insert(id, identity);
            }
            FactQuery::Application { identifier_uri, .. } => {
                facts.applications.insert(identifier_uri, part("client")?);
            }
            FactQuery::Issuer { cluster } => {
                facts.issuers.insert(cluster, part("issuer")?);
            }
            FactQuery::OutboundIssuer { account_id } => {
                facts.outbound_issuers.insert(account_id, part("issuer")?);
            }
            FactQuery::RoleDefinition { scope, name } => {
                facts.role_definitions.insert((scope, name), part("name")?);
            }
        }
        Some(facts)
    };
    facts.merge(answer().unwrap_or_default());
}

fn mark(index: usize, part: &str) -> String {
    format!("{OPEN}{index} {part}{CLOSE}")
}

/// What stands in `planned` where `made` has marks. None where the words around them differ, or where two marks follow each other, so that
/// nobody can say where the one ends.
fn fit(made: &str, planned: &str) -> Option<Vec<(String, String)>> {
    let mut pieces = made.split(OPEN);
    let mut rest = planned.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let (name, words) = piece.split_once(CLOSE)?;
        let end = match (pieces.peek(), words) {
            (None, words) => rest.len().checked_sub(words.len()).filter(|end| rest.is_char_boundary(*end))?,
            (Some(_), "") => return None,
            (Some(_), words) => rest.find(words)?,
        };
        let (value, after) = rest.split_at(end);
        found.push((format!("{OPEN}{name}{CLOSE}"), value.to_owned()));
        rest = after.strip_prefix(words)?;
    }
    // The same fact in two places is the same text.
    let alike = |(name, value): &(String, String)| found.iter().all(|(other, told)| other != name || told == value);
    let whole = !found.is_empty() && found.iter().all(|entry| !entry.1.is_empty() && alike(entry));
    whole.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_between_the_same_words() {
        let (number, other) = (mark(0, "number"), mark(1, "issuer"));
        let found = |made: &str, planned: &str| {
            fit(made, planned).map(|found| found.into_iter().map(|it| it.1).collect::<Vec<_>>())
        };
        let pool = format!("projects/{number}/pools/a");
        assert_eq!(found(&pool, "projects/471/pools/a"), Some(vec!["471".to_owned()]));
        assert_eq!(found(&number, "471"), Some(vec!["471".to_owned()]));
        assert_eq!(
            found(&format!("{number} on {other}"), "1 on https://i"),
            Some(vec!["1".to_owned(), "https://i".to_owned()])
        );
        let twice = format!("{number}/{number}");
        assert_eq!(found(&twice, "1/1"), Some(vec!["1".to_owned(), "1".to_owned()]));
        for (made, planned) in [
            (pool.as_str(), "projects/471/pools/b"),
            (pool.as_str(), "projects//pools/a"),
            (pool.as_str(), "projects/"),
            (twice.as_str(), "1/2"),
            (&format!("{number}{other}"), "12"),
            ("projects/p", "projects/p"),
        ] {
            assert_eq!(found(made, planned), None, "{made} {planned}");
        }
    }
}
