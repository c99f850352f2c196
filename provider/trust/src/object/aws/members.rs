//! Statements that members of a trust add to its role's trust policy, and how the role's owner tells them from what somebody else wrote.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::statements::{self, SID, compared, edited, is_subject, texts};
use crate::leaf::{Leaf, Text};
use crate::object::aws::Role;
use crate::object::complete;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// What the `Sid` of a members' statement begins with.
const MEMBERS: &str = "Members";

/// The claim that names a subject.
const SUBJECT: &str = "sub";

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

/// The `Sid` of the statement of all members that differ from this one's in nothing but the subject.
pub(crate) fn sid_of(statement: &Value) -> String {
    let principal = statement.get("Principal").map(Value::to_string).unwrap_or_default();
    let compared = compared(statement).into_iter().flatten().filter(|(key, _)| !is_subject(key));
    let compared: BTreeMap<_, _> = compared.collect();
    let shared = format!("{principal} {}", json!(compared));
    let digest: String = Sha256::digest(shared).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{MEMBERS}{digest}")
}

/// A trust policy with nothing in it but the statements of a member, an issuer each, for whose subject they are.
pub(crate) fn only(policy: &str, subject: &str) -> String {
    let own = |it: &Value| {
        let sid = it.get(SID)?.as_str().filter(|sid| sid.starts_with(MEMBERS))?;
        statements::find(policy, sid, &[subject.to_owned()])
    };
    edited(policy, |statements| *statements = statements.iter().filter_map(own).collect()).unwrap_or_default()
}

impl Role {
    /// The trust policy that is there, without the statements of members: what has to be as this role wants it.
    pub fn without_members(&self, there: &str) -> String {
        edited(there, |statements| statements.retain(|it| !self.is_of_member(it))).unwrap_or_else(|| there.to_owned())
    }

    /// The trust policy that this role wants, with the statements of members that are there. Whoever has come into one and is not admitted goes
    /// out of it, and the others stay.
    pub fn with_members(&self, there: &str) -> Option<String> {
        let members = statements::all(there).into_iter().filter_map(|it| self.members.as_ref()?.admitted(it));
        edited(self.trust_policy.known()?, |statements| statements.extend(members))
    }

    /// The subjects of the members that are there.
    pub fn members_in(&self, there: &str) -> Vec<String> {
        let all = statements::all(there);
        all.iter().filter(|it| self.is_of_member(it)).flat_map(statements::subjects).collect()
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

    /// What is left of a statement without the subjects that the trust does not admit. None: it is no member's, or nobody is left.
    fn admitted(&self, mut statement: Value) -> Option<Value> {
        if self.claim == SUBJECT {
            let subjects = statements::subjects(&statement).into_iter();
            let admitted = subjects.filter(|it| self.values.iter().any(|value| admits(value, it))).collect();
            statements::set_subjects(&mut statement, admitted);
        }
        self.include(&statement).then_some(statement)
    }

    fn includes(&self, statement: &Value) -> Option<bool> {
        let text = |name: &str| statement.get(name).and_then(Value::as_str);
        let provider = statement.get("Principal")?.get("Federated")?.as_str()?;
        let issuer = provider.split_once(":oidc-provider/").map_or(provider, |(_, host)| host);
        let condition = statement.get("Condition")?.as_object()?;
        let compared = compared(statement)?;
        let ours = text(SID)?.starts_with(MEMBERS)
            && text("Effect")? == "Allow"
            && text("Action")? == ACTION
            && self.providers.iter().any(|it| it.known().is_some_and(|it| it == provider))
            && condition.len() == 1
            && statement.as_object()?.len() == 5;
        let subject = texts(compared.get(&format!("{issuer}:sub"))?)?;
        let audience = texts(compared.get(&format!("{issuer}:aud"))?)?;
        let values = texts(compared.get(&format!("{issuer}:{}", self.claim))?)?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
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
            "Sid": "Members0",
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
    fn members_share_a_sid_that_differ_in_nothing_but_the_subject() {
        let reports = statement("system:serviceaccount:reports:backend");
        assert_eq!(sid_of(&reports), sid_of(&statement("system:serviceaccount:reports:other")));
        let mut others = [&reports; 3].map(Value::clone);
        others[0]["Principal"]["Federated"] = json!("arn:aws:iam::123456789012:oidc-provider/elsewhere");
        others[1]["Condition"]["StringEquals"]["issuer.example.com/a:aud"] = json!("else");
        others[2]["Condition"]["StringEquals"]["issuer.example.com/a:repository_id"] = json!("2002");
        let distinct: std::collections::BTreeSet<_> = others.iter().chain([&reports]).map(sid_of).collect();
        assert_eq!(distinct.len(), 4);
        assert!(distinct.iter().all(|sid| sid.bytes().all(|c| c.is_ascii_alphanumeric())), "{distinct:?}");
    }

    #[test]
    fn whom_somebody_has_slipped_into_a_statement_goes_out_alone() {
        let good = statement("system:serviceaccount:reports:backend");
        let mut both = good.clone();
        both["Condition"]["StringEquals"]["issuer.example.com/a:sub"] =
            json!(["system:serviceaccount:other:backend", "system:serviceaccount:reports:backend"]);
        assert_eq!(role().without_members(&beside(&both)), beside(&both), "it is drift");
        assert_eq!(role().with_members(&beside(&both)).unwrap(), beside(&good));
    }

    #[test]
    fn a_member_is_told_by_its_subject() {
        let both = statement("");
        let policy =
            statements::with(&beside(&both), &sid_of(&both), &statement("system:serviceaccount:reports:backend"))
                .unwrap();
        let alone = only(&policy, "system:serviceaccount:reports:backend");
        assert_eq!(statements::all(&alone).iter().flat_map(statements::subjects).count(), 1, "{alone}");
        assert_eq!(statements::all(&only(&policy, "nobody")), [] as [Value; 0]);
    }
}
