//! What joins clouds to chains: an identity of one cloud whose own token another cloud takes.

use super::aws::account_of;
use super::canvas::{Canvas, Key};
use super::issuers::canonical;
use crate::picture::{Kind, Meaning};

/// Joins identities to the tokens that they sign in with, where both are in view.
pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let mut found = entra(canvas);
    found.extend(aws(canvas));
    for (identity, token) in found {
        canvas.edge(&identity, &token, Meaning::SignsInAs);
    }
}

/// Managed identities, whose tokens say the principal's object id.
fn entra(canvas: &Canvas<'_>) -> Vec<(Key, Key)> {
    let identities = canvas.document.entra_identities.iter().filter_map(|identity| {
        let (principal, tenant) = (identity.principal_id.as_deref()?, identity.tenant_id.as_deref()?);
        Some((Key::of(Kind::Identity, &identity.id), principal, tenant))
    });
    let mut found = Vec::new();
    for (identity, principal, tenant) in identities {
        for url in
            [format!("https://sts.windows.net/{tenant}/"), format!("https://login.microsoftonline.com/{tenant}/v2.0")]
        {
            let issuer = Key::of(Kind::Issuer, &canonical(&url));
            let token = Key::of(Kind::Subject, &format!("{issuer:?} {principal}"));
            if canvas.nodes.contains_key(&token) {
                found.push((identity.clone(), token));
            }
        }
    }
    found
}

/// Roles, which Google sees as sessions: `arn:aws:sts::ACCOUNT:assumed-role/ROLE`.
fn aws(canvas: &Canvas<'_>) -> Vec<(Key, Key)> {
    let roles = canvas.document.aws_roles.iter().filter_map(|role| {
        let arn = role.arn.as_deref()?;
        let session = format!("arn:aws:sts::{}:assumed-role/{}", account_of(arn)?, arn.rsplit('/').next()?);
        Some((Key::of(Kind::AwsRole, arn), session))
    });
    let mut found = Vec::new();
    for (role, session) in roles {
        let is_session = |label: &str| {
            label.find(&session).is_some_and(|at| {
                let rest = &label[at + session.len()..];
                rest.is_empty() || rest.starts_with('/')
            })
        };
        let tokens = canvas.nodes.iter().filter(|(key, node)| key.kind == Kind::Subject && is_session(&node.label));
        found.extend(tokens.map(|(token, _)| (role.clone(), token.clone())));
    }
    found
}
