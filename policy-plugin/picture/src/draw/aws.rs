//! AWS: who may assume which role, and what the role may do.

use crosscloud_policy_model::aws::{Effect, Named, Principals, Statement, TrustPolicy, Who};
use crosscloud_policy_model::document::AwsRole;
use crosscloud_policy_model::truth::Truth;

use super::canvas::{Canvas, Key, Says};
use super::issuers;
use crate::picture::{Kind, Meaning};

/// Draws OpenID Connect providers and roles.
pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let document = canvas.document;
    for (index, provider) in document.aws_oidc_providers.iter().enumerate() {
        let at = format!("/aws_oidc_providers/{index}");
        let arn = canvas.known(&format!("{at}/arn"), &provider.arn).map(str::to_owned);
        let place = format!("{at}/issuer");
        let issuer = canvas.known(&place, &provider.issuer).map(str::to_owned);
        let name = arn.clone().or_else(|| issuer.clone()).unwrap_or_else(|| at.clone());
        let node = oidc_provider(canvas, &name);
        canvas.at(&node, &at);
        if let Some(url) = issuer {
            let issuer = issuers::issuer(canvas, &url, &place);
            canvas.stands_on(
                (&issuer, &node, Meaning::TrustedBy, None),
                [(&place, Says::Grant), (&format!("{at}/client_ids"), Says::Condition)],
            );
        }
    }
    // All roles come first, so that one that may assume another is one node with it.
    let nodes: Vec<Key> =
        document.aws_roles.iter().enumerate().map(|(index, role)| role_node(canvas, index, role)).collect();
    for ((index, role), node) in document.aws_roles.iter().enumerate().zip(&nodes) {
        admitted(canvas, index, role, node);
        granted(canvas, index, role, node);
    }
}

/// The account that an ARN names.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

fn home(account: Option<&str>) -> String {
    account.map_or_else(|| "AWS".to_owned(), |account| format!("AWS account {account}"))
}

fn role_node(canvas: &mut Canvas<'_>, index: usize, role: &AwsRole) -> Key {
    let at = format!("/aws_roles/{index}");
    let place = format!("{at}/name");
    let arn = canvas.known(&format!("{at}/arn"), &role.arn).map(str::to_owned);
    let account = role.account_id.as_deref().or_else(|| account_of(arn.as_deref()?));
    let name = canvas.known(&place, &role.name).or_else(|| arn.as_deref()?.rsplit('/').next());
    let label = canvas.shown(&place, name.unwrap_or("a role not named yet"));
    let key = canvas.placed(Kind::AwsRole, arn.as_deref().unwrap_or(&at), &label, &home(account), &at);
    if let Some(arn) = arn {
        canvas.detail(&key, canvas.shown(&format!("{at}/arn"), &arn));
    }
    key
}

fn oidc_provider(canvas: &mut Canvas<'_>, name: &str) -> Key {
    let label = name.split(":oidc-provider/").last().unwrap_or(name).trim_start_matches("https://");
    let key = canvas.node(Kind::OidcProvider, name, label, &home(account_of(name)));
    canvas.detail(&key, name);
    key
}

fn admitted(canvas: &mut Canvas<'_>, index: usize, role: &AwsRole, node: &Key) {
    let base = format!("/aws_roles/{index}/assume_role_policy");
    let document = canvas.document;
    let unknown = |inner: &str| document.is_unknown(&format!("{base}{inner}"));
    let policy =
        if document.is_unknown(&base) { None } else { TrustPolicy::read(&role.assume_role_policy, &unknown).ok() };
    let Some(policy) = policy else {
        let who = canvas.unknown(&base, "AWS");
        canvas.stands_on((&who, node, Meaning::Assumes, None), [(&base, Says::Grant)]).unknown = true;
        return;
    };
    // In a policy that is text there is only the whole.
    let place = |inner: &str| if role.assume_role_policy.is_string() { base.clone() } else { format!("{base}{inner}") };
    for statement in policy.statements.iter().filter(|it| it.effect == Effect::Allow && may_assume(it)) {
        let conditions = place(&format!("{}/Condition", statement.pointer));
        let whole = place(&statement.pointer);
        let enter = |canvas: &mut Canvas<'_>, who: &Key, principal: &str, issuer: Option<&str>, unknown: bool| {
            let edge = (who, node, Meaning::Assumes, None);
            let draft = canvas
                .stands_on(edge, [(principal, Says::Grant), (&conditions, Says::Condition), (&whole, Says::Condition)]);
            draft.issuer = issuer.map(issuers::canonical);
            draft.unknown |= unknown;
        };
        match &statement.principals {
            Principals::Are(named) => {
                for named in named {
                    let principal = place(&named.pointer);
                    if let Some(provider) = named.who.issuer() {
                        let url = format!("https://{provider}");
                        for (who, unknown) in federated(canvas, &base, named, statement, &url) {
                            enter(canvas, &who, &principal, Some(&url), unknown);
                        }
                    } else {
                        let who = principal_node(canvas, &base, named);
                        enter(canvas, &who, &principal, None, named.who == Who::Unknown);
                    }
                }
            }
            Principals::AreNot(named) => {
                let but: Vec<String> = named.iter().map(|named| name_of(&named.who)).collect();
                let principal = place(&format!("{}/NotPrincipal", statement.pointer));
                let label = canvas.shown(&principal, &format!("anyone but {}", but.join(", ")));
                let who = canvas.node(Kind::Anyone, &principal, &label, "AWS");
                enter(canvas, &who, &principal, None, false);
            }
            Principals::Unknown => {
                let who = canvas.unknown(&whole, "AWS");
                enter(canvas, &who, &whole, None, true);
            }
        }
    }
}

/// Whether a statement is about assuming the role in some way.
fn may_assume(statement: &Statement) -> bool {
    const WAYS: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
    WAYS.iter().any(|way| statement.actions.include(way) != Truth::No)
}

/// Whose tokens of an issuer a statement takes, and whether that is not known yet.
fn federated(canvas: &mut Canvas<'_>, base: &str, named: &Named, statement: &Statement, url: &str) -> Vec<(Key, bool)> {
    let issuer = issuers::issuer(canvas, url, &format!("{base}{}", named.pointer));
    let provider = url.trim_start_matches("https://");
    let about = |claim: &str| {
        let mut found =
            statement.conditions.iter().filter(|it| it.claim_of(provider) == Some(claim) && it.operator.is_positive());
        found.next()
    };
    let mut subjects = Vec::new();
    if let Some(condition) = about("sub") {
        let place = format!("{base}{}", condition.pointer);
        for value in &condition.values {
            subjects.push(match value {
                Some(value) if value.text == "*" => (issuers::anyone(canvas, &issuer), false),
                Some(value) => (issuers::subject(canvas, &issuer, &value.text, &place), false),
                None => (canvas.unknown(&place, "AWS"), true),
            });
        }
    } else {
        let others = statement.conditions.iter().filter(|it| it.operator.is_positive());
        let others = others
            .filter_map(|it| Some((it.claim_of(provider)?, it)))
            .filter(|(claim, _)| !matches!(*claim, "aud" | "oaud"));
        let others: Vec<String> =
            others.map(|(claim, it)| format!("{claim} = {}", it.texts().collect::<Vec<_>>().join(" or "))).collect();
        subjects.push(if others.is_empty() {
            (issuers::anyone(canvas, &issuer), false)
        } else {
            (
                issuers::subject(
                    canvas,
                    &issuer,
                    &others.join(", "),
                    &format!("{base}{}/Condition", statement.pointer),
                ),
                false,
            )
        });
    }
    // The object in the account that stands for the issuer, where the principal names one.
    if let Who::Federated(arn) = &named.who
        && arn.starts_with("arn:")
    {
        let provider = oidc_provider(canvas, arn);
        for (who, _) in &subjects {
            canvas.edge(who, &provider, Meaning::AdmittedBy);
        }
    }
    subjects
}

fn principal_node(canvas: &mut Canvas<'_>, base: &str, named: &Named) -> Key {
    let place = format!("{base}{}", named.pointer);
    let label = canvas.shown(&place, &name_of(&named.who));
    match &named.who {
        Who::Everyone => canvas.node(Kind::Anyone, "aws *", &label, "AWS"),
        Who::Account(account) => {
            let key = canvas.node(Kind::Anyone, &format!("aws {account}"), &label, &home(Some(account)));
            canvas.detail(&key, "every principal of the account that its own policies let");
            key
        }
        Who::Arn(arn) => {
            let role = Key::of(Kind::AwsRole, arn);
            if canvas.nodes.contains_key(&role) {
                return role;
            }
            let key = canvas.node(Kind::Principal, arn, &label, &home(account_of(arn)));
            canvas.detail(&key, canvas.shown(&place, arn));
            key
        }
        Who::Unknown => canvas.unknown(&place, "AWS"),
        Who::Federated(name) | Who::Service(name) | Who::Canonical(name) => {
            canvas.node(Kind::Principal, name, &label, "AWS")
        }
    }
}

fn name_of(who: &Who) -> String {
    match who {
        Who::Everyone => "anyone in AWS".to_owned(),
        Who::Account(account) => format!("anyone of AWS account {account}"),
        Who::Arn(arn) => arn.splitn(6, ':').last().unwrap_or(arn).to_owned(),
        Who::Federated(name) | Who::Service(name) | Who::Canonical(name) => name.clone(),
        Who::Unknown => "not known yet".to_owned(),
    }
}

fn granted(canvas: &mut Canvas<'_>, index: usize, role: &AwsRole, node: &Key) {
    let home = canvas.nodes.get(node).map(|node| node.home.clone()).unwrap_or_default();
    for (number, arn) in role.attached_policies.iter().enumerate() {
        let place = format!("/aws_roles/{index}/attached_policies/{number}");
        let grant = match canvas.known(&place, arn) {
            Some(arn) => {
                let label = canvas.shown(&place, arn.rsplit('/').next().unwrap_or(arn));
                let grant = canvas.node(Kind::Grant, &format!("{home} {arn}"), &label, &home);
                canvas.detail(&grant, canvas.shown(&place, arn));
                grant
            }
            None => canvas.unknown(&place, &home),
        };
        canvas.stands_on((node, &grant, Meaning::Granted, None), [(&place, Says::Grant)]).unknown |= arn.is_none();
    }
    for number in 0..role.inline_policies.len() {
        let place = format!("/aws_roles/{index}/inline_policies/{number}");
        let grant = canvas.node(Kind::Grant, &place, &format!("inline policy {}", number + 1), &home);
        canvas.stands_on((node, &grant, Meaning::Granted, None), [(&place, Says::Grant)]);
    }
}
