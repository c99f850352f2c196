//! The role where OpenID Connect tokens are wanted: its account's own issuer vouches for it, once that is switched on, and the role asks AWS for
//! its tokens. Their subject is the role itself, with its path and without a session.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::names::cel_string;
use crate::object::aws::{OutboundFederation, RolePolicy};
use crate::object::{Key, Object};
use crate::problem::Problem;
use crate::source::aws_role::{ACCOUNT, AwsRole, ROLE, SESSION};
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens, Towards};

/// What is done to an account before its issuer vouches for roles.
pub(crate) const FEDERATION: &str = "aws/outbound_federation";
/// The policies that let a role ask for tokens.
pub(crate) const TOKEN_POLICY: &str = "aws/role_policy/web_identity_token";

pub(in crate::source) fn identity(role: &AwsRole, graph: &mut Builder<'_>, facts: &Facts) -> Identity {
    let federation = OutboundFederation { account_id: role.account_id.clone() };
    let key = graph.add(FEDERATION, Node::new(Object::OutboundFederation(federation), ACCOUNT));
    graph.want_text(&role.account_id, |account_id| FactQuery::OutboundIssuer { account_id }, Some(&key), facts);
    let issuer = facts.outbound_issuer(&role.account_id);
    let arn = role.arn();
    // Whom a provider that is there lets in depends on the role, whoever has asked for the issuer by then.
    let claims = arn.as_ref().map(|arn| {
        let iss = issuer.known().map(|issuer| ("iss".to_owned(), json!(issuer)));
        vec![iss.into_iter().chain([("sub".to_owned(), json!(arn))]).collect()]
    });
    Identity {
        tokens: Tokens::Oidc { issuers: Accepted::one(issuer), audience: None, jwks: None },
        condition: arn.as_ref().map(|arn| format!("assertion.sub == {}", cel_string(arn))),
        selectors: vec![Selector::Subject(arn.clone())],
        subjects: vec![arn.clone()],
        pins: BTreeMap::new(),
        issuer_path: ACCOUNT,
        subject_path: ROLE,
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        claims,
        delivery: TokenDelivery::AwsTokenService { role_arn: arn },
        after: vec![key],
    }
}

/// A role gets a token of its account's issuer only if its own policies let it ask for one, for one of these audiences. None: nothing is to be
/// asked of AWS for this identity.
pub(crate) fn let_ask(
    graph: &mut Builder<'_>,
    name: &Text,
    identity: &Identity,
    towards: Towards,
    audiences: &Leaf<BTreeSet<Text>>,
) -> Option<Key> {
    let TokenDelivery::AwsTokenService { role_arn } = &identity.delivery else { return None };
    let known = |audiences: &BTreeSet<Text>| audiences.iter().map(|it| it.known().cloned()).collect::<Option<Vec<_>>>();
    let policy = audiences.known().and_then(known).map_or(Leaf::Unknown, |it| Leaf::Known(document(&it)));
    // A trust with both targets gives the role a policy for each, so that one can go without the other.
    let (key, name) = match towards {
        Towards::Gcp => (format!("{TOKEN_POLICY}/gcp"), Text::concat([name.piece(), "-gcp".into()])),
        Towards::Azure | Towards::Aws => (TOKEN_POLICY.to_owned(), name.clone()),
    };
    let policy = RolePolicy { role_arn: role_arn.clone(), name, policy };
    Some(graph.add(key, Node::new(Object::RolePolicy(policy), identity.subject_path)))
}

pub(super) fn session_problem() -> Problem {
    Problem::at(
        SESSION,
        "AWS's tokens name no session",
        "The subject of a token of the account's own issuer is the role, whatever the session. Remove the argument, and give the workload a role of its own; or leave `web_identity` out.",
    )
}

fn document(audiences: &[String]) -> String {
    let audiences = match audiences {
        [one] => json!(one),
        several => json!(several),
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "sts:GetWebIdentityToken",
            "Resource": "*",
            "Condition": {
                "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": audiences },
                "StringEquals": { "sts:SigningAlgorithm": "RS256" },
            },
        }],
    })
    .to_string()
}
