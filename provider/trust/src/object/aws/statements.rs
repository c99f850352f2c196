//! The statements of a trust policy. Several people own them, and a role has 2,048 characters for all, so members that differ in nothing but their
//! subjects share one, which its `Sid` tells from others.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The name of what tells statements from each other.
pub const SID: &str = "Sid";

const STATEMENT: &str = "Statement";

/// The operator that members are compared with.
const EXACTLY: &str = "StringEquals";

/// All statements of a policy, in their order. A single one need not stand in a list. A document that is no policy has none.
pub fn all(document: &str) -> Vec<Value> {
    of(&serde_json::from_str(document).unwrap_or_default())
}

/// The statement with this `Sid`, with just these subjects. None unless it has them all.
pub fn find(document: &str, sid: &str, subjects: &[String]) -> Option<Value> {
    let mut statement = all(document).into_iter().find(|statement| has_sid(statement, sid))?;
    let there = self::subjects(&statement);
    if !subjects.iter().all(|subject| there.contains(subject)) {
        return None;
    }
    set_subjects(&mut statement, subjects.iter().cloned().collect());
    Some(statement)
}

/// The policy with `statement` under `sid`, beside the subjects that are there already. A new one comes last, where those that came so stand in the
/// order of their `Sid`s: the same ones give the same policy, whichever came first. None where the document is no policy, so that nobody's
/// statements get lost.
pub fn with(document: &str, sid: &str, statement: &Value) -> Option<String> {
    edited(document, |statements| join(statements, sid, statement))
}

/// The policy without these subjects of the statement under `sid`; without the statement, once nobody is left in it. None where the document is no
/// policy.
pub fn without(document: &str, sid: &str, subjects: &[String]) -> Option<String> {
    edited(document, |statements| {
        statements.retain_mut(|it| {
            if !has_sid(it, sid) {
                return true;
            }
            let left: BTreeSet<String> = self::subjects(it).into_iter().filter(|it| !subjects.contains(it)).collect();
            let stays = !left.is_empty();
            set_subjects(it, left);
            stays
        });
    })
}

/// The subjects that a statement names.
pub fn subjects(statement: &Value) -> Vec<String> {
    let compared = compared(statement).into_iter().flatten();
    let subjects = compared.filter(|(key, _)| is_subject(key)).filter_map(|(_, value)| texts(value));
    subjects.flatten().map(str::to_owned).collect()
}

/// The subjects that a statement names, which is JSON.
pub(super) fn subjects_in(statement: &str) -> Vec<String> {
    subjects(&serde_json::from_str(statement).unwrap_or_default())
}

/// Subjects as a part of an id: one as it is, several as a list in JSON.
pub(super) fn list(subjects: &[String]) -> String {
    match subjects {
        [one] if !one.starts_with('[') => one.clone(),
        several => json!(several).to_string(),
    }
}

/// The subjects in the last part of an id. None where it is damaged.
pub fn listed(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') { serde_json::from_str(text).ok() } else { Some(vec![text.to_owned()]) }
}

/// The statements of a policy.
pub(crate) fn of(policy: &Value) -> Vec<Value> {
    match policy.get(STATEMENT) {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    }
}

/// The policy with other statements. None where it is no policy.
pub(crate) fn edited(document: &str, edit: impl FnOnce(&mut Vec<Value>)) -> Option<String> {
    let mut policy: Value = serde_json::from_str(document).ok()?;
    let mut statements = of(&policy);
    edit(&mut statements);
    policy.as_object_mut()?.insert(STATEMENT.to_owned(), Value::Array(statements));
    Some(policy.to_string())
}

/// Adds a statement's subjects to the one under `sid`, whatever else that has come to say, or the statement.
pub(crate) fn join(statements: &mut Vec<Value>, sid: &str, statement: &Value) {
    let mut statement = statement.clone();
    if let Some(fields) = statement.as_object_mut() {
        fields.insert(SID.to_owned(), json!(sid));
    }
    if let Some(there) = statements.iter_mut().find(|it| has_sid(it, sid)) {
        let both = subjects(there).into_iter().chain(subjects(&statement)).collect();
        set_subjects(&mut statement, both);
        *there = statement;
        return;
    }
    let is_later = |it: &Value| it.get(SID).and_then(Value::as_str).is_some_and(|other| other > sid);
    let place = statements.iter().rposition(|it| !is_later(it)).map_or(0, |before| before + 1);
    statements.insert(place, statement);
}

/// What a statement compares exactly.
pub(super) fn compared(statement: &Value) -> Option<&Map<String, Value>> {
    statement.get("Condition")?.get(EXACTLY)?.as_object()
}

/// Whether this names the subject of an issuer's tokens.
pub(super) fn is_subject(key: &str) -> bool {
    key.ends_with(":sub")
}

/// One text or several.
pub(crate) fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::Array(values) => values.iter().map(Value::as_str).collect(),
        value => Some(vec![value.as_str()?]),
    }
}

/// Puts other subjects into a statement.
pub(super) fn set_subjects(statement: &mut Value, subjects: BTreeSet<String>) {
    let compared = statement.pointer_mut("/Condition/StringEquals").and_then(Value::as_object_mut);
    let Some((_, value)) = compared.into_iter().flatten().find(|(key, _)| is_subject(key)) else { return };
    let mut subjects: Vec<String> = subjects.into_iter().collect();
    *value = if subjects.len() == 1 { json!(subjects.swap_remove(0)) } else { json!(subjects) };
}

fn has_sid(statement: &Value, sid: &str) -> bool {
    statement.get(SID).and_then(Value::as_str) == Some(sid)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FOREIGN: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}}}"#;

    fn statement(subjects: Value) -> Value {
        json!({"Effect": "Allow", "Condition": {"StringEquals": {"i:aud": "sts.amazonaws.com", "i:sub": subjects}}})
    }

    fn texts(subjects: &[&str]) -> Vec<String> {
        subjects.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn members_share_a_statement_and_each_leaves_alone() {
        let one = with(FOREIGN, "S", &statement(json!("a"))).unwrap();
        let both = with(&one, "S", &statement(json!("b"))).unwrap();
        assert_eq!(all(&both).len(), 2, "{both}");
        assert_eq!(subjects(&all(&both)[1]), ["a", "b"]);
        assert_eq!(find(&both, "S", &texts(&["b"])).unwrap()["Condition"]["StringEquals"]["i:sub"], "b");
        assert_eq!(find(&both, "S", &texts(&["a", "c"])), None);
        assert_eq!(find(&both, "T", &texts(&["a"])), None);
        assert_eq!(without(&both, "S", &texts(&["b"])).unwrap(), one);
        let nobody = without(&one, "S", &texts(&["a"])).unwrap();
        assert_eq!(all(&nobody), all(FOREIGN));
        assert_eq!((with("", "S", &statement(json!("a"))), without("[]", "S", &[])), (None, None));
    }

    #[test]
    fn what_somebody_has_turned_round_is_put_right_and_keeps_its_subjects() {
        let mut turned = statement(json!(["a", "b"]));
        turned["Condition"]["StringEquals"]["i:aud"] = json!("else");
        let policy = with(FOREIGN, "S", &turned).unwrap();
        let right = with(&policy, "S", &statement(json!("a"))).unwrap();
        assert_eq!(
            all(&right)[1]["Condition"]["StringEquals"],
            json!({"i:aud": "sts.amazonaws.com", "i:sub": ["a", "b"]})
        );
    }

    #[test]
    fn whoever_comes_first_the_policy_is_the_same() {
        let own = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Zero","Effect":"Deny"},{"Effect":"Allow"}]}"#;
        let after = |order: &[(&str, &str)]| {
            let add =
                |policy: String, (sid, subject): &(&str, &str)| with(&policy, sid, &statement(json!(subject))).unwrap();
            order.iter().fold(own.to_owned(), add)
        };
        assert_eq!(after(&[("A", "1"), ("B", "2"), ("A", "3")]), after(&[("A", "3"), ("B", "2"), ("A", "1")]));
        let sids: Vec<_> = all(&after(&[("C", "1"), ("B", "2")])).iter().map(|it| it[SID].clone()).collect();
        assert_eq!(sids, [json!("Zero"), json!(null), json!("B"), json!("C")]);
    }

    #[test]
    fn subjects_are_read_back_from_an_id() {
        for subjects in
            [texts(&["system:serviceaccount:chat:backend"]), texts(&["a b", "c"]), texts(&["[a"]), texts(&[])]
        {
            assert_eq!(listed(&list(&subjects)), Some(subjects));
        }
        assert_eq!(listed("[a"), None);
    }
}
