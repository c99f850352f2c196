//! The AWS target that what was seen amounts to: the inverse of building one.

use std::collections::BTreeSet;

use crate::import::{Evidence, unless};
use crate::leaf::{Leaf, Text};
use crate::names::parse_role_arn;
use crate::object::Object;
use crate::source::{Identity, Tokens};
use crate::target::aws::{Aws, INLINE_NAME, TOKEN_AUDIENCE, USUAL_SESSION};

/// The target that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>, identity: &Identity) -> Aws {
    let arn = evidence.id.role.clone().unwrap_or_default();
    let (account, path, name) = parse_role_arn(&arn).unwrap_or_default();
    let role = evidence.role();
    let attached: BTreeSet<_> = evidence
        .seen
        .listed
        .iter()
        .filter_map(|object| match object {
            Object::RolePolicyAttachment(it) => Some(it.policy_arn.clone()),
            _ => None,
        })
        .collect();
    let inline = evidence.seen.listed.iter().find_map(|object| match object {
        Object::RolePolicy(it) if it.name == Text::of(INLINE_NAME) => Some(it.policy.clone()),
        _ => None,
    });
    // The source's own audience needs no saying.
    let audience = match &identity.tokens {
        Tokens::Oidc { audience: Some(_), .. } => None,
        _ => unless(evidence.role_audience().map(Text::of), &Text::of(TOKEN_AUDIENCE)),
    };
    Aws {
        account_id: Text::of(account),
        role_name: unless(Some(Text::of(name)), evidence.name),
        role_path: unless(Some(Text::of(path)), &Text::of("/")),
        policy_arns: Leaf::Known(attached),
        inline_policy: inline,
        audience,
        max_session_duration: role
            .map(|role| role.max_session_duration)
            .filter(|seconds| *seconds != Leaf::Known(USUAL_SESSION)),
        permissions_boundary: role.and_then(|role| role.permissions_boundary.clone()),
        existing_oidc_provider: evidence.id.existing_oidc_provider.as_deref().map(Text::of),
        disabled: Leaf::Known(role.is_some() && evidence.role_audience().is_none()),
    }
}
