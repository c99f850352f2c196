//! Trust policies: who may assume a role. Checked when they are written, rewritten when somebody they name goes away, and judged by the
//! security token service.

use serde_json::Value;

use super::access::Caller;
use super::evaluate::{self, Context, Request, covers};
use super::policy::{Document, Malformed, Statement};
use super::roles;
use crate::http::answer::Refusal;
use crate::state::world::World;

/// Identity providers that need no object in an account.
const BUILT_IN: &[&str] =
    &["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

/// Issuers that many tenants share: a trust policy must look at the subject, or IAM refuses it.
const SHARED: &[&str] = &["token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io"];

/// The quota of characters that are no white space.
const LONGEST: usize = 2048;

/// Reads and checks a trust policy.
pub(crate) fn checked(world: &World, text: &str) -> Result<Document, Refusal> {
    if text.chars().filter(|character| !character.is_whitespace()).count() > LONGEST {
        return Err(Refusal::new(409, "LimitExceeded", format!("Cannot exceed quota for ACLSizePerRole: {LONGEST}")));
    }
    let document = Document::parsed(text).and_then(|document| {
        for statement in &document.statements {
            check(world, statement)?;
        }
        Ok(document)
    });
    document.map_err(|malformed| Refusal::new(400, "MalformedPolicyDocument", malformed.to_string()))
}

/// Whether the policy lets a holder of a web identity assume the role.
pub(crate) fn admits_web_identity(document: &Document, provider: &str, context: &Context) -> bool {
    let request = Request { action: "sts:AssumeRoleWithWebIdentity", resource: None, context };
    judged(document, &request, |kind, value| kind == "Federated" && value == provider)
}

/// How far the policy goes for a caller of the same or another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Not at all.
    No,
    /// Only together with the caller's own policies.
    ByAccount,
    /// By name.
    ByName,
}

/// Whether the policy lets a caller assume the role.
pub(crate) fn admits(world: &World, document: &Document, caller: &Caller, context: &Context) -> Admission {
    let request = Request { action: "sts:AssumeRole", resource: None, context };
    let names = names(world, caller);
    let by_name = |kind: &str, value: &str| kind == "AWS" && names.iter().any(|name| name == value);
    let root = format!("arn:aws:iam::{}:root", caller.account);
    let by_account =
        |kind: &str, value: &str| kind == "AWS" && (value == "*" || value == caller.account || value == root);
    if judged(document, &request, by_name) {
        return Admission::ByName;
    }
    if judged(document, &request, |kind, value| by_name(kind, value) || by_account(kind, value)) {
        return Admission::ByAccount;
    }
    Admission::No
}

/// Replaces what a deleted principal is called in every trust policy by its id, as IAM shows it from then on.
pub(crate) fn forget(world: &mut World, arn: &str, id: &str) {
    for role in world.aws.roles.values_mut() {
        let Ok(mut value) = serde_json::from_str::<Value>(&role.trust_text) else { continue };
        if rewritten(&mut value, arn, id) {
            role.trust_text = value.to_string();
            if let Ok(document) = Document::parsed(&role.trust_text) {
                role.trust = document;
            }
        }
    }
}

/// An explicit deny wins, then any allow.
fn judged(document: &Document, request: &Request<'_>, names: impl Fn(&str, &str) -> bool) -> bool {
    let about = |statement: &&Statement| {
        let principals = statement.principals.as_ref();
        principals.is_some_and(|principals| covers(principals, |(kind, value)| names(kind, value)))
            && evaluate::applies(statement, request)
    };
    let mut allowed = false;
    for statement in document.statements.iter().filter(about) {
        if !statement.allow {
            return false;
        }
        allowed = true;
    }
    allowed
}

/// What a trust policy may call the caller: its own ARN and that of its role.
fn names(world: &World, caller: &Caller) -> Vec<String> {
    let mut names = vec![caller.arn.clone()];
    if let super::access::Identity::Role { role, .. } = &caller.identity
        && let Some(role) = world.aws.roles.get(role)
    {
        names.push(role.arn.clone());
    }
    names
}

fn check(world: &World, statement: &Statement) -> Result<(), Malformed> {
    if statement.resources.is_some() {
        return Err(Malformed::Prohibited("Resource"));
    }
    let principals = statement.principals.as_ref().ok_or(Malformed::NoPrincipal)?;
    let assume = |action: &String| {
        let action = action.to_ascii_lowercase();
        action == "sts:*"
            || action.starts_with("sts:assumerole")
            || matches!(action.as_str(), "sts:tagsession" | "sts:setsourceidentity" | "sts:setcontext")
    };
    if !statement.actions.values.iter().all(assume) {
        return Err(Malformed::NotAssumeRole);
    }
    for (kind, value) in &principals.values {
        if !is_somebody(world, kind, value) {
            return Err(Malformed::Principal(format!("\"{kind}\":\"{value}\"")));
        }
        if kind == "Federated" && statement.allow {
            check_shared(statement, value)?;
        }
    }
    Ok(())
}

/// A shared issuer's subject must be compared with something that is not a mere wildcard.
fn check_shared(statement: &Statement, provider: &str) -> Result<(), Malformed> {
    let Some((_, name)) = provider.split_once(":oidc-provider/") else {
        return Ok(());
    };
    if !SHARED.contains(&name) {
        return Ok(());
    }
    let key = format!("{name}:sub");
    let looked_at = statement.conditions.iter().any(|condition| {
        condition.key.eq_ignore_ascii_case(&key)
            && matches!(condition.operator.as_str(), "StringEquals" | "StringLike" | "StringEqualsIgnoreCase")
            && !condition.if_exists
            && condition.values.iter().all(|value| !value.trim_matches(['*', '?']).is_empty())
    });
    if looked_at { Ok(()) } else { Err(Malformed::SharedIssuer(key)) }
}

fn is_somebody(world: &World, kind: &str, value: &str) -> bool {
    match kind {
        "AWS" => value == "*" || is_account(value) || is_arn_of_somebody(world, value),
        "Federated" => {
            BUILT_IN.contains(&value)
                || (value.starts_with("arn:aws:iam::")
                    && (value.contains(":oidc-provider/") || value.contains(":saml-provider/")))
        }
        "Service" => value.ends_with(".amazonaws.com"),
        _ => value.len() == 64,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Somebody in an emulated account must exist and be known everywhere; about other accounts nothing can be said.
fn is_arn_of_somebody(world: &World, arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", service, "", account, resource] = parts.as_slice() else {
        // An id that took the place of somebody who is gone may stay in a policy that is written back.
        return arn.starts_with("AROA") || arn.starts_with("AIDA");
    };
    if !is_account(account) || resource.contains('*') {
        return false;
    }
    let here = world.aws.accounts.contains_key(*account);
    match (*service, resource.split_once('/')) {
        ("iam", None) => *resource == "root",
        ("iam", Some(("role", _))) => !here || roles::by_arn(world, arn).is_some(),
        ("iam", Some(("user", _))) => !here || world.aws.users.values().any(|user| user.arn == arn),
        ("sts", Some(("assumed-role", rest))) => match rest.split_once('/') {
            Some((role, _)) => !here || roles::by_name(world, account, role).is_some(),
            None => false,
        },
        _ => false,
    }
}

fn rewritten(value: &mut Value, from: &str, to: &str) -> bool {
    match value {
        Value::String(text) if text == from => {
            *text = to.to_owned();
            true
        }
        Value::Array(values) => {
            values.iter_mut().filter_map(|value| rewritten(value, from, to).then_some(())).count() > 0
        }
        Value::Object(members) => {
            members.values_mut().filter_map(|value| rewritten(value, from, to).then_some(())).count() > 0
        }
        _ => false,
    }
}
