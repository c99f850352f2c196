//! Statements that members of a trust add to its role's trust policy, and how the role's owner tells them from what somebody else wrote.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::leaf::{Leaf, Text};
use crate::object::aws::Role;
use crate::object::complete;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// What the `Sid` of a member's statement begins with.
const SID: &str = "Member";

/// Most letters of a name in a `Sid`: a trust policy has 2,048 characters.
const SHOWN: usize = 24;

complete! {
    /// Whose statements the owner of a role leaves alone.
    pub struct RoleMembers {
        /// The role's providers, by ARN.
        pub providers: Vec<Text>,
        /// The audience of their tokens.
        pub audience: Text,
        /// The claim that says who may be a member.
        pub claim: &'static str,
        /// What that claim is; with a colon at the end, what it begins with.
        pub values: Vec<Text>,
    }
}

/// The `Sid` of a member's statement: letters and digits alone, the same for the same name, and another for every other.
pub(crate) fn sid_of(name: &str) -> String {
    let shown: String = name.chars().filter(char::is_ascii_alphanumeric).take(SHOWN).collect();
    let digest = Sha256::digest(name.as_bytes());
    let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{SID}{shown}{digest}")
}

/// A trust policy with nothing in it but the statement with this `Sid`.
pub(crate) fn only(policy: &str, sid: &str) -> String {
    let own = |it: &Value| it.get("Sid").and_then(Value::as_str) == Some(sid);
    edited(policy, |statements| statements.retain(own)).unwrap_or_default()
}

impl Role {
    /// The trust policy that is there, without the statements of members: what has to be as this role wants it.
    pub fn without_members(&self, there: &str) -> String {
        edited(there, |statements| statements.retain(|it| !self.is_of_member(it))).unwrap_or_else(|| there.to_owned())
    }

    /// The trust policy that this role wants, with the statements of members that are there.
    pub fn with_members(&self, there: &str) -> Option<String> {
        let mut members = statements(&serde_json::from_str(there).unwrap_or_default());
        members.retain(|it| self.is_of_member(it));
        edited(self.trust_policy.known()?, |statements| statements.extend(members))
    }

    /// The names of the members' statements that are there.
    pub fn members_in(&self, there: &str) -> Vec<String> {
        let all = statements(&serde_json::from_str(there).unwrap_or_default());
        let members = all.iter().filter(|it| self.is_of_member(it));
        members.filter_map(|it| it.get("Sid")?.as_str().map(str::to_owned)).collect()
    }

    fn is_of_member(&self, statement: &Value) -> bool {
        self.members.as_ref().is_some_and(|members| members.include(statement))
    }
}

impl RoleMembers {
    /// Whether a statement lets in just whom the trust admits: tokens of the same issuer and audience, and a subject of theirs, each compared
    /// exactly.
    fn include(&self, statement: &Value) -> bool {
        self.includes(statement).unwrap_or(false)
    }

    fn includes(&self, statement: &Value) -> Option<bool> {
        let text = |name: &str| statement.get(name).and_then(Value::as_str);
        let provider = statement.get("Principal")?.get("Federated")?.as_str()?;
        let issuer = provider.split_once(":oidc-provider/").map_or(provider, |(_, host)| host);
        let condition = statement.get("Condition")?.as_object()?;
        let compared = condition.get("StringEquals")?.as_object()?;
        let ours = text("Sid")?.starts_with(SID)
            && text("Effect")? == "Allow"
            && text("Action")? == ACTION
            && self.providers.iter().any(|it| it.known().is_some_and(|it| it == provider))
            && condition.len() == 1
            && statement.as_object()?.len() == 5;
        let subject = texts(compared, &format!("{issuer}:sub"))?;
        let audience = texts(compared, &format!("{issuer}:aud"))?;
        let values = texts(compared, &format!("{issuer}:{}", self.claim))?;
        Some(
            ours && !subject.is_empty()
                && audience == [self.audience.known()?.as_str()]
                && !values.is_empty()
                && values.iter().all(|value| self.values.iter().any(|it| admits(it, value))),
        )
    }
}

fn admits(admitted: &Text, value: &str) -> bool {
    match admitted {
        Leaf::Known(start) if start.ends_with(':') => value.starts_with(start.as_str()),
        Leaf::Known(whole) => whole == value,
        Leaf::Unknown => false,
    }
}

/// One text or several that a claim is compared with.
fn texts<'a>(compared: &'a Map<String, Value>, key: &str) -> Option<Vec<&'a str>> {
    match compared.get(key)? {
        Value::Array(values) => values.iter().map(Value::as_str).collect(),
        value => Some(vec![value.as_str()?]),
    }
}

/// The statements of a policy, of which a single one need not stand in a list.
pub(crate) fn statements(policy: &Value) -> Vec<Value> {
    match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    }
}

fn edited(policy: &str, edit: impl FnOnce(&mut Vec<Value>)) -> Option<String> {
    let mut policy: Value = serde_json::from_str(policy).ok()?;
    let mut all = statements(&policy);
    edit(&mut all);
    policy.as_object_mut()?.insert("Statement".to_owned(), Value::Array(all));
    Some(policy.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/issuer.example.com/a";

    fn role() -> Role {
        let own = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ACTION}]});
        Role {
            account_id: Text::of("123456789012"),
            path: Text::of("/"),
            name: Text::of("platform"),
            trust_policy: Text::of(own.to_string()),
            description: Text::of(""),
            max_session_duration: Leaf::Known(3600),
            permissions_boundary: None,
            tags: Default::default(),
            members: Some(RoleMembers {
                providers: vec![Text::of(PROVIDER)],
                audience: Text::of("sts.amazonaws.com"),
                claim: "sub",
                values: vec![Text::of("system:serviceaccount:reports:")],
            }),
        }
    }

    fn statement(subject: &str) -> Value {
        json!({
            "Sid": sid_of("reports"),
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": ACTION,
            "Condition": {"StringEquals": {"issuer.example.com/a:aud": "sts.amazonaws.com", "issuer.example.com/a:sub": subject}},
        })
    }

    fn beside(statement: &Value) -> String {
        edited(role().trust_policy.known().unwrap(), |all| all.push(statement.clone())).unwrap()
    }

    #[test]
    fn a_members_statement_is_left_alone_and_kept() {
        let own = role().trust_policy.known().unwrap().clone();
        let both = beside(&statement("system:serviceaccount:reports:backend"));
        assert_eq!(role().without_members(&both), own);
        assert_eq!(role().with_members(&both).unwrap(), both);
        assert_eq!(role().with_members(&own).unwrap(), own);
        assert_eq!(Role { members: None, ..role() }.without_members(&both), both, "nobody is admitted");
    }

    #[test]
    fn whatever_lets_in_anybody_else_is_drift() {
        let good = statement("system:serviceaccount:reports:backend");
        let changes: [(&str, Value); 7] = [
            ("/Sid", json!("Somebody")),
            ("/Effect", json!("Deny")),
            ("/Action", json!("sts:*")),
            ("/Principal/Federated", json!("arn:aws:iam::123456789012:oidc-provider/elsewhere")),
            ("/Condition/StringEquals/issuer.example.com~1a:sub", json!("system:serviceaccount:other:backend")),
            ("/Condition/StringEquals/issuer.example.com~1a:aud", json!(["sts.amazonaws.com", "else"])),
            ("/Condition/StringEquals/issuer.example.com~1a:sub", json!([])),
        ];
        for (pointer, value) in changes {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            let policy = beside(&bad);
            assert_eq!(role().without_members(&policy), policy, "{bad}");
        }
        let mut wild = good;
        let condition = wild["Condition"].as_object_mut().unwrap();
        let equals = condition.remove("StringEquals").unwrap();
        condition.insert("StringLike".to_owned(), equals);
        assert_eq!(role().without_members(&beside(&wild)), beside(&wild));
    }

    #[test]
    fn names_have_sids_of_their_own() {
        assert_eq!(sid_of("reports"), sid_of("reports"));
        let sids = ["reports", "re-ports", "Reports", "", "näme"].map(sid_of);
        assert!(sids.iter().all(|sid| sid.bytes().all(|c| c.is_ascii_alphanumeric())), "{sids:?}");
        let distinct: std::collections::BTreeSet<_> = sids.iter().collect();
        assert_eq!(distinct.len(), sids.len());
    }
}
