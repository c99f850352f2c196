//! AWS roles, asked: the bearers of tokens at every federated principal, and principals of AWS at the rest.

use crosscloud_policy_sdk::model::attacker::{Attack, Scene, Suspects, suspects};
use crosscloud_policy_sdk::model::aws::{
    Caller, Condition, Decision, Effect, PolicyError, Principals, Request, Statement, TrustPolicy, Who,
};
use crosscloud_policy_sdk::model::cel::Comparison;
use crosscloud_policy_sdk::model::document::{AwsRole, TrustDocument};
use crosscloud_policy_sdk::model::policy::BuiltInSettings;
use crosscloud_policy_sdk::model::token::Token;
use crosscloud_policy_sdk::model::truth::Truth;

use super::door::{Answer, Blindness, Bound, Door, answered, is_shared, issuer_of};

/// The account of somebody who has nothing to do with the trust.
const FOREIGN_ACCOUNT: &str = "666677778888";

/// A role and whom its trust policy lets in.
#[derive(Debug)]
pub struct RoleCase<'a> {
    /// The role itself.
    pub role: &'a AwsRole,
    /// Where it stands.
    pub pointer: String,
    /// The account that the role is in, if it is said.
    pub account: Option<&'a str>,
    /// Its trust policy.
    pub reading: Reading,
    /// One door for each federated principal of each permission.
    pub doors: Vec<RoleDoor>,
    /// What becomes of principals of AWS.
    pub visits: Vec<Visit>,
}

/// A trust policy, as far as it can be read.
#[derive(Debug)]
pub enum Reading {
    /// Not known yet.
    Unknown,
    /// No policy that can be judged.
    Unreadable(PolicyError),
    /// Read.
    Policy(TrustPolicy),
}

/// A federated principal of a permission.
#[derive(Debug)]
pub struct RoleDoor {
    /// Index of the statement.
    pub statement: usize,
    /// The issuer without its scheme, as keys of conditions begin.
    pub provider: String,
    /// Where the principal stands.
    pub principal: String,
    /// What becomes of tokens that are meant to get in.
    pub genuine: Vec<(Token, Decision)>,
    /// What becomes of the others.
    pub door: Door,
}

/// A principal of AWS at the role.
#[derive(Debug)]
pub struct Visit {
    /// Who comes.
    pub visitor: Visitor,
    /// Where the principal stands that could let it in.
    pub principal: String,
    /// What happens.
    pub decision: Decision,
}

/// Who comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// A role of an account that nobody named.
    Anyone,
    /// Somebody of an account that is named as a whole, without the external id that was agreed on.
    Account(String),
    /// A service, on behalf of somebody else's resource.
    Service(String),
    /// Roles Anywhere, with a certificate of another trust anchor or another name.
    RolesAnywhere,
}

impl RoleCase<'_> {
    /// Pointer to a field of the role.
    #[must_use]
    pub fn at(&self, field: &str) -> String {
        format!("{}/{field}", self.pointer)
    }

    /// Pointer to a place in the trust policy. In a policy that is text there is only the whole.
    #[must_use]
    pub fn in_policy(&self, inner: &str) -> String {
        let inner = if self.role.assume_role_policy.is_string() { "" } else { inner };
        format!("{}/assume_role_policy{inner}", self.pointer)
    }

    /// The trust policy, if it can be read.
    #[must_use]
    pub fn policy(&self) -> Option<&TrustPolicy> {
        match &self.reading {
            Reading::Policy(policy) => Some(policy),
            Reading::Unknown | Reading::Unreadable(_) => None,
        }
    }

    /// The statement of a door.
    #[must_use]
    pub fn statement(&self, door: &RoleDoor) -> Option<&Statement> {
        self.policy()?.statements.get(door.statement)
    }

    /// Whether outside tokens can become the role.
    #[must_use]
    pub fn is_federated(&self) -> bool {
        let federated = |who: &Who| matches!(who, Who::Federated(_));
        self.policy().is_some_and(|policy| {
            policy.permissions().any(|statement| statement.principals.named().iter().any(|named| federated(&named.who)))
        })
    }
}

impl RoleDoor {
    /// The conditions of the statement that are about a claim of this provider.
    pub fn conditions_on<'a>(
        &'a self,
        statement: &'a Statement,
        claim: &'a str,
    ) -> impl Iterator<Item = &'a Condition> {
        statement.conditions.iter().filter(move |condition| condition.claim_of(&self.provider) == Some(claim))
    }

    /// Whether some condition can only be true of tokens whose claim is one of the values.
    #[must_use]
    pub fn requires(&self, statement: &Statement, claim: &str) -> bool {
        self.conditions_on(statement, claim).any(|condition| condition.operator.is_positive())
    }
}

pub(super) fn ask<'a>(
    document: &'a TrustDocument,
    settings: &BuiltInSettings,
    index: usize,
    role: &'a AwsRole,
) -> RoleCase<'a> {
    let pointer = format!("/aws_roles/{index}");
    let base = format!("{pointer}/assume_role_policy");
    let reading = if document.is_unknown(&base) {
        Reading::Unknown
    } else {
        let unknown = |inner: &str| document.is_unknown(&format!("{base}{inner}"));
        TrustPolicy::read(&role.assume_role_policy, &unknown).map_or_else(Reading::Unreadable, Reading::Policy)
    };
    let account = role.account_id.as_deref().or_else(|| role.arn.as_deref()?.split(':').nth(4));
    let (mut doors, mut visits) = (Vec::new(), Vec::new());
    if let Reading::Policy(policy) = &reading {
        for (at, statement) in policy.statements.iter().enumerate() {
            if statement.effect == Effect::Allow {
                doors.extend(
                    federated(statement)
                        .map(|(provider, principal)| open(settings, role, policy, at, provider, principal)),
                );
                visits.extend(visitors(statement, account, settings).map(|(visitor, principal)| Visit {
                    decision: visit(policy, &visitor),
                    visitor,
                    principal,
                }));
            }
        }
    }
    RoleCase { role, pointer, account, reading, doors, visits }
}

/// Issuers whose tokens a permission takes, with the place of the principal.
fn federated(statement: &Statement) -> impl Iterator<Item = (&str, &str)> {
    const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
    let reachable = statement.actions.include(ACTION) != Truth::No;
    let named = match &statement.principals {
        Principals::Are(named) if reachable => named.as_slice(),
        _ => &[],
    };
    named.iter().filter_map(|named| Some((named.who.issuer()?, named.pointer.as_str())))
}

fn open(
    settings: &BuiltInSettings,
    role: &AwsRole,
    policy: &TrustPolicy,
    at: usize,
    provider: &str,
    principal: &str,
) -> RoleDoor {
    let statement = &policy.statements[at];
    let comparisons = statement.comparisons(provider);
    let url = format!("https://{provider}");
    let of_issuer: Vec<_> = role
        .intended
        .iter()
        .filter(|claims| {
            let issuer = claims.get("iss").and_then(serde_json::Value::as_str);
            issuer.is_none_or(|issuer| crosscloud_policy_sdk::model::issuer::same(issuer, &url))
        })
        .cloned()
        .collect();
    let subjects = of_issuer.iter().filter_map(|claims| claims.get("sub")?.as_str());
    let issuer = issuer_of(Some(&url), subjects.chain(comparisons.iter().map(|it| it.literal.as_str())));
    let compared = |claim: &str| {
        let named = |it: &&Comparison| it.path.as_deref().is_some_and(|path| path[1..] == [claim.to_owned()]);
        comparisons.iter().find(named).map(|comparison| comparison.literal.as_str())
    };
    let audience = compared("oaud").or(compared("aud")).unwrap_or("sts.amazonaws.com");
    let (mut genuine, mut attempts) = (Vec::new(), Vec::new());
    if let Some(issuer) = &issuer {
        // What is compared with the audience says nothing about who somebody is.
        let about = |it: &&Comparison| {
            it.path.as_deref().is_none_or(|path| path[1..] != ["aud".to_owned()] && path[1..] != ["oaud".to_owned()])
        };
        let about: Vec<Comparison> = comparisons.iter().filter(about).cloned().collect();
        let scene = Scene { issuer, url: &url, audience, intended: &of_issuer, comparisons: &about };
        let Suspects { genuine: meant, attacks } = suspects(scene);
        // The whole policy decides, but only this statement may permit: another one has a door of its own.
        let decide = |token: &Token| {
            let request = Request::of(Caller::WebIdentity { provider, token });
            match policy.decide(&request) {
                Decision::Allowed { statement: other } if other != at => match statement.applies(&request) {
                    Truth::Yes => Decision::Allowed { statement: at },
                    Truth::No => Decision::Denied,
                    Truth::Unknown(reason) => Decision::Unclear(reason),
                },
                other => other,
            }
        };
        genuine = meant.into_iter().map(|token| (token.clone(), decide(&token))).collect();
        let answer = |attack: &Attack| match decide(&attack.token) {
            Decision::Allowed { .. } => Answer::Admitted { bound: Bound::Yes },
            Decision::Denied => Answer::Refused,
            Decision::Unclear(reason) => Answer::Unclear(reason),
        };
        attempts = answered(attacks, answer);
    }
    let shared = issuer.as_ref().is_some_and(|issuer| is_shared(issuer, settings));
    let blind = if issuer.is_none() { Some(Blindness::Issuer) } else { None };
    let conditioned = !statement.conditions.is_empty();
    RoleDoor {
        statement: at,
        provider: provider.to_owned(),
        principal: principal.to_owned(),
        genuine,
        door: Door { issuer, shared, comparisons, conditioned, blind, ..Door::default() }.tried_by(attempts),
    }
}

/// Who could come to a permission without a token, with the place of the principal that could let it in.
fn visitors(
    statement: &Statement,
    account: Option<&str>,
    settings: &BuiltInSettings,
) -> impl Iterator<Item = (Visitor, String)> {
    let own = |named: &str| account == Some(named) || settings.own_aws_accounts.iter().any(|own| own == named);
    let mut found = Vec::new();
    match &statement.principals {
        Principals::Are(named) => {
            for named in named {
                let visitor = match &named.who {
                    Who::Everyone => Visitor::Anyone,
                    Who::Account(other) if !own(other) => Visitor::Account(other.clone()),
                    Who::Service(name) if name.starts_with("rolesanywhere.") => Visitor::RolesAnywhere,
                    Who::Service(name) => Visitor::Service(name.clone()),
                    _ => continue,
                };
                found.push((visitor, named.pointer.clone()));
            }
        }
        // Whoever is not excepted is let in.
        Principals::AreNot(_) => found.push((Visitor::Anyone, format!("{}/NotPrincipal", statement.pointer))),
        Principals::Unknown => {}
    }
    found.into_iter()
}

/// Somebody with a token or an assertion where no provider is named. Whether AWS takes him for one of everybody it does not say.
fn bearer(policy: &TrustPolicy) -> Decision {
    let claims = [("sub", "intruder"), ("aud", "sts.amazonaws.com")];
    let token = Token::of_claims(claims.map(|(name, text)| (name.to_owned(), text.into())).into_iter().collect());
    let callers = [
        Caller::WebIdentity { provider: "issuer.invalid", token: &token },
        Caller::Saml { provider: "arn:aws:iam::666677778888:saml-provider/intruder" },
    ];
    let refused = callers.into_iter().all(|caller| policy.decide(&Request::of(caller)) == Decision::Denied);
    if refused {
        Decision::Denied
    } else {
        Decision::Unclear("whether `*` stands for bearers of tokens, too,".to_owned())
    }
}

fn visit(policy: &TrustPolicy, visitor: &Visitor) -> Decision {
    const SOURCE: &str = "arn:aws:s3:::somebody-elses-resource";
    let role = |account: &str| format!("arn:aws:iam::{account}:role/intruder");
    let session = |account: &str| format!("arn:aws:sts::{account}:assumed-role/intruder/session");
    let service = |name, source_arn, common_name| Caller::Service {
        name,
        source_account: FOREIGN_ACCOUNT,
        source_arn,
        common_name,
    };
    match visitor {
        Visitor::Anyone | Visitor::Account(_) => {
            let account = match visitor {
                Visitor::Account(account) => account.as_str(),
                _ => FOREIGN_ACCOUNT,
            };
            let organization = matches!(visitor, Visitor::Anyone).then_some("o-evil000000");
            let (arn, role_arn) = (session(account), role(account));
            let external_id = Some("somebody-elses-id");
            let decision = policy.decide(&Request::of(Caller::Aws {
                arn: &arn,
                role_arn: Some(&role_arn),
                account,
                organization,
                external_id,
            }));
            match decision {
                Decision::Denied if *visitor == Visitor::Anyone => bearer(policy),
                decision => decision,
            }
        }
        Visitor::Service(name) => policy.decide(&Request::of(service(name, SOURCE, None))),
        Visitor::RolesAnywhere => {
            let anchor =
                "arn:aws:rolesanywhere:eu-west-1:666677778888:trust-anchor/9e499e49-9e49-4e49-8e49-9e499e499e49";
            policy.decide(&Request::of(service("rolesanywhere.amazonaws.com", anchor, Some("intruder"))))
        }
    }
}
