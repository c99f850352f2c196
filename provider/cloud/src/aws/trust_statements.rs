//! The statements of a trust policy, which several people own and which their `Sid`s tell apart.

use serde_json::{Value, json};

const STATEMENT: &str = "Statement";
const SID: &str = "Sid";

/// All statements of a policy, in their order. A single one need not stand in a list. A document that is no policy has none.
pub fn all(document: &str) -> Vec<Value> {
    let policy = serde_json::from_str::<Value>(document).unwrap_or_default();
    match policy.get(STATEMENT) {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    }
}

/// The statement with this `Sid`.
pub fn find(document: &str, sid: &str) -> Option<Value> {
    all(document).into_iter().find(|statement| has_sid(statement, sid))
}

/// The policy with `statement` under `sid`, in its old place or at the end, where those that come so stand in the order of their `Sid`s: the
/// same ones give the same policy, whichever came first. The others stay as they are. None where the document is no policy, so that nobody's
/// statements get lost.
pub fn with(document: &str, sid: &str, statement: &Value) -> Option<String> {
    let mut statement = statement.clone();
    statement.as_object_mut()?.insert(SID.to_owned(), json!(sid));
    let is_later = |it: &Value| it.get(SID).and_then(Value::as_str).is_some_and(|other| other > sid);
    replaced(document, |statements| match statements.iter_mut().find(|it| has_sid(it, sid)) {
        Some(old) => *old = statement,
        None => {
            let place = statements.iter().rposition(|it| !is_later(it)).map_or(0, |before| before + 1);
            statements.insert(place, statement);
        }
    })
}

/// The policy without the statement under `sid`. None where the document is no policy.
pub fn without(document: &str, sid: &str) -> Option<String> {
    replaced(document, |statements| statements.retain(|it| !has_sid(it, sid)))
}

fn replaced(document: &str, edit: impl FnOnce(&mut Vec<Value>)) -> Option<String> {
    let mut policy: Value = serde_json::from_str(document).ok()?;
    let mut statements = all(document);
    edit(&mut statements);
    policy.as_object_mut()?.insert(STATEMENT.to_owned(), Value::Array(statements));
    Some(policy.to_string())
}

fn has_sid(statement: &Value, sid: &str) -> bool {
    statement.get(SID).and_then(Value::as_str) == Some(sid)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::aws::same_document;

    #[test]
    fn one_statement_comes_and_goes_and_the_others_stay() {
        let foreign = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}}}"#;
        let mine = json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity"});
        let both = with(foreign, "Mine", &mine).unwrap();
        assert_eq!(all(&both).len(), 2);
        assert_eq!(find(&both, "Mine").unwrap()["Action"], "sts:AssumeRoleWithWebIdentity");
        let changed = with(&both, "Mine", &json!({"Effect": "Deny"})).unwrap();
        assert_eq!((all(&changed).len(), &find(&changed, "Mine").unwrap()["Effect"]), (2, &json!("Deny")));
        assert!(same_document(&without(&changed, "Mine").unwrap(), foreign));
        assert!(same_document(&without(foreign, "Mine").unwrap(), foreign));
        assert_eq!((find(foreign, "Mine"), with("", "Mine", &mine), without("[]", "Mine")), (None, None, None));
    }

    #[test]
    fn whoever_comes_first_the_policy_is_the_same() {
        let own = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Zero","Effect":"Deny"},{"Effect":"Allow"}]}"#;
        let after = |sids: &[&str]| {
            let add = |policy: String, sid: &&str| with(&policy, sid, &json!({"Effect": "Allow"})).unwrap();
            sids.iter().fold(own.to_owned(), add)
        };
        assert_eq!(after(&["A", "B", "C"]), after(&["C", "A", "B"]));
        let sids: Vec<_> = all(&after(&["C", "B"])).iter().map(|it| it[SID].clone()).collect();
        assert_eq!(sids, [json!("Zero"), json!(null), json!("B"), json!("C")]);
    }
}
