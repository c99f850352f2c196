//! Evaluation of policies: an explicit deny wins, then any allow; conditions are looked at one by one.

use std::collections::BTreeMap;

use super::policy::{Condition, Document, Patterns, Quantifier, Statement};

/// What a request is about, as conditions see it. Keys are equal in any case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    keys: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// Sets a key with one value.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.keys.insert(key.to_ascii_lowercase(), vec![value.to_owned()]);
    }

    /// Sets a key with several values.
    pub(crate) fn set_all(&mut self, key: &str, values: Vec<String>) {
        self.keys.insert(key.to_ascii_lowercase(), values);
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.keys.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }
}

/// A request to be judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: Option<&'a str>,
    pub(crate) context: &'a Context,
}

/// Whether identity policies allow a request.
pub(crate) fn allows(policies: &[Document], request: &Request<'_>) -> bool {
    let statements =
        || policies.iter().flat_map(|policy| &policy.statements).filter(|statement| applies(statement, request));
    statements().all(|statement| statement.allow) && statements().next().is_some()
}

/// Whether a statement is about the request, apart from who makes it.
pub(crate) fn applies(statement: &Statement, request: &Request<'_>) -> bool {
    let action = |pattern: &String| like(&pattern.to_ascii_lowercase(), &request.action.to_ascii_lowercase());
    let resource = |pattern: &String| {
        request.resource.is_none_or(|resource| like(&substituted(pattern, request.context), resource))
    };
    covers(&statement.actions, action)
        && statement.resources.as_ref().is_none_or(|resources| covers(resources, resource))
        && statement.conditions.iter().all(|condition| holds(condition, request.context))
}

/// Whether patterns cover what is asked, or everything but that.
pub(crate) fn covers<T>(patterns: &Patterns<T>, matches: impl Fn(&T) -> bool) -> bool {
    patterns.values.iter().any(matches) != patterns.negated
}

/// A star stands for any characters, a question mark for one.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((star_at, star_from)) => {
                    star = Some((star_at, star_from + 1));
                    at = star_at + 1;
                    from = star_from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

fn holds(condition: &Condition, context: &Context) -> bool {
    let given = context.get(&condition.key);
    if condition.operator == "Null" {
        return condition.values.iter().any(|value| value.eq_ignore_ascii_case("true") == given.is_none());
    }
    let negated = condition.operator.contains("Not");
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        // A key that is not there fails what wants a value and satisfies what forbids one.
        return condition.if_exists || negated || condition.quantifier == Quantifier::ForAllValues;
    };
    let wanted: Vec<String> = condition.values.iter().map(|value| substituted(value, context)).collect();
    // A negated operator wants a value that equals none of the listed ones.
    let one = |value: &String| wanted.iter().any(|wanted| compare(&condition.operator, wanted, value)) != negated;
    match condition.quantifier {
        Quantifier::ForAllValues => given.iter().all(one),
        Quantifier::ForAnyValue => given.iter().any(one),
        Quantifier::One if negated => given.iter().all(one),
        Quantifier::One => given.iter().any(one),
    }
}

/// Compares with the operator, without its `Not`.
fn compare(operator: &str, wanted: &str, given: &str) -> bool {
    match operator {
        "StringEquals" | "StringNotEquals" => wanted == given,
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" | "Bool" => wanted.eq_ignore_ascii_case(given),
        "StringLike" | "StringNotLike" => like(wanted, given),
        "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => like_arn(wanted, given),
        "BinaryEquals" => wanted == given,
        _ => match operator.strip_prefix("Numeric") {
            Some(relation) => order(relation, given.parse::<f64>().ok().partial_cmp_to(wanted.parse::<f64>().ok())),
            None => match operator.strip_prefix("Date") {
                Some(relation) => order(relation, time(given).partial_cmp_to(time(wanted))),
                // Addresses are not part of the emulated requests.
                None => false,
            },
        },
    }
}

trait PartialCompare {
    fn partial_cmp_to(self, other: Self) -> Option<std::cmp::Ordering>;
}

impl<T: PartialOrd> PartialCompare for Option<T> {
    /// Nothing compares with what could not be read.
    fn partial_cmp_to(self, other: Self) -> Option<std::cmp::Ordering> {
        self?.partial_cmp(&other?)
    }
}

fn order(relation: &str, ordering: Option<std::cmp::Ordering>) -> bool {
    ordering.is_some_and(|ordering| match relation {
        "Equals" | "NotEquals" => ordering.is_eq(),
        "LessThan" => ordering.is_lt(),
        "LessThanEquals" => ordering.is_le(),
        "GreaterThan" => ordering.is_gt(),
        "GreaterThanEquals" => ordering.is_ge(),
        _ => false,
    })
}

fn time(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().map(|time| time.as_second()).ok().or_else(|| text.parse().ok())
}

/// Each of the six parts of an ARN matches for itself.
fn like_arn(pattern: &str, text: &str) -> bool {
    let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (patterns, texts) = (parts(pattern), parts(text));
    if pattern == "*" {
        return true;
    }
    patterns.len() == texts.len() && patterns.iter().zip(&texts).all(|(pattern, text)| like(pattern, text))
}

/// Replaces `${key}` by the key's value; one that is not there stays, and then matches nothing.
fn substituted(pattern: &str, context: &Context) -> String {
    let mut result = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        result.push_str(before);
        match (name, context.get(name)) {
            ("*" | "?" | "$", _) => result.push_str(name),
            (_, Some([value])) => result.push_str(value),
            _ => {
                result.push_str("${");
                result.push_str(name);
                result.push('}');
            }
        }
        rest = after;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn judged(statements: Value, action: &str, resource: &str, keys: &[(&str, &str)]) -> bool {
        let document =
            Document::parsed(&json!({ "Version": "2012-10-17", "Statement": statements }).to_string()).unwrap();
        let mut context = Context::default();
        for (key, value) in keys {
            context.set(key, value);
        }
        allows(&[document], &Request { action, resource: Some(resource), context: &context })
    }

    #[test]
    fn a_deny_wins_and_nothing_is_allowed_by_silence() {
        let allow = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*" });
        let deny = json!({ "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*" });
        let both = json!([allow, deny]);
        assert!(judged(both.clone(), "s3:GetObject", "arn:aws:s3:::data/a", &[]));
        assert!(!judged(both.clone(), "s3:DeleteObject", "arn:aws:s3:::data/a", &[]));
        assert!(!judged(both, "s3:GetObject", "arn:aws:s3:::other/a", &[]));
    }

    #[test]
    fn conditions_look_at_what_is_there_and_at_what_is_not() {
        let with = |operator: &str, value: Value| json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { "x:y": value } } }]);
        let judge =
            |operator: &str, value: Value, keys: &[(&str, &str)]| judged(with(operator, value), "a:b", "r", keys);
        assert!(judge("StringEquals", json!(["a", "b"]), &[("X:Y", "b")]));
        assert!(!judge("StringEquals", json!("a"), &[("x:y", "A")]));
        assert!(!judge("StringEquals", json!("a"), &[]));
        assert!(judge("StringEqualsIfExists", json!("a"), &[]));
        assert!(judge("StringNotEquals", json!("a"), &[]));
        assert!(!judge("StringNotEquals", json!(["a", "b"]), &[("x:y", "b")]));
        assert!(judge("StringLike", json!("repo:o/r:*"), &[("x:y", "repo:o/r:ref:x")]));
        assert!(judge("Null", json!("true"), &[]));
        assert!(judge("NumericLessThan", json!(5), &[("x:y", "4")]));
        assert!(!judge("NumericLessThan", json!(5), &[("x:y", "many")]));
        assert!(judge("ForAllValues:StringEquals", json!("a"), &[]));
        assert!(judge("ArnLike", json!("arn:aws:iam::*:role/a"), &[("x:y", "arn:aws:iam::1:role/a")]));
        assert!(!judge("ArnLike", json!("arn:aws:*:role/a"), &[("x:y", "arn:aws:iam::1:role/a")]));
        assert!(judge("StringEquals", json!("${z:w}"), &[("x:y", "v"), ("z:w", "v")]));
    }
}
