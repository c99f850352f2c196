//! Who calls, and what their roles allow.
//!
//! A token of the emulated directory is its principal, with the roles that assignments give it. Any bearer that is no JSON Web Token is the
//! operator of the first tenant, unless the seed gives it a meaning of its own.

use super::directory::guid_of;
use super::refusal::{denied, unauthenticated};
use super::resources::key;
use super::roles::covers;
use super::tokens::{self, Bad};
use crate::http::answer::Refusal;
use crate::http::route::Call;
use crate::seed::SeedToken;
use crate::state::world::World;

/// Audiences that the resource manager accepts.
const MANAGEMENT: &[&str] = &[
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
];

/// Whoever calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Object id in the directory.
    pub(crate) object_id: String,
    /// Application id, or the e-mail address of a user.
    pub(crate) client: String,
    pub(crate) tenant: String,
}

/// Whoever calls the resource manager.
pub(crate) fn caller(world: &World, call: &Call<'_>) -> Result<Caller, Refusal> {
    let Some(token) = call.request.bearer() else {
        return Err(unauthenticated(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ));
    };
    bearer(world, token, MANAGEMENT)
}

/// Whoever a bearer token stands for, where one of these audiences is accepted.
pub(crate) fn bearer(world: &World, token: &str, audiences: &[&str]) -> Result<Caller, Refusal> {
    for seeded in &world.seed.tokens {
        match seeded {
            SeedToken::Expired { token: expired } if expired == token => return Err(expired_token()),
            SeedToken::User { token: users, email } if users == token => {
                let tenant = world.azure.directory.tenants.first().map(|tenant| tenant.id.clone()).unwrap_or_default();
                return Ok(Caller { object_id: guid_of(email), client: email.clone(), tenant });
            }
            _ => {}
        }
    }
    if token.split('.').count() != 3 {
        return operator(world);
    }
    let claims = tokens::verified(world, token).map_err(|bad| match bad {
        Bad::Expired => expired_token(),
        Bad::Invalid => unauthenticated("InvalidAuthenticationToken", "The access token is invalid."),
    })?;
    if !audiences.iter().any(|audience| claims.audience.trim_end_matches('/').eq_ignore_ascii_case(audience)) {
        return Err(unauthenticated(
            "InvalidAuthenticationTokenAudience",
            format!(
                "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of the allowed \
                 audiences '{}'.",
                claims.audience,
                audiences.join("','")
            ),
        ));
    }
    Ok(Caller { object_id: claims.object_id, client: claims.client_id, tenant: claims.tenant })
}

/// Refuses a caller whose roles do not allow the action on the scope.
pub(crate) fn authorised(world: &World, caller: &Caller, action: &str, scope: &str) -> Result<(), Refusal> {
    if let Some(subscription) = subscription_of(scope) {
        let known = world.azure.subscriptions.get(&key(&format!("/subscriptions/{subscription}")));
        match known {
            None => {
                return Err(Refusal::new(
                    404,
                    "SubscriptionNotFound",
                    format!("The subscription '{subscription}' could not be found."),
                ));
            }
            Some(known) if known.tenant != caller.tenant => {
                return Err(unauthenticated(
                    "InvalidAuthenticationTokenTenant",
                    format!(
                        "The access token is from the wrong issuer 'https://sts.windows.net/{}/'. It must match the tenant '{}' associated \
                         with this subscription.",
                        caller.tenant, known.tenant
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    if allowed(world, &caller.object_id, action, scope, false) {
        return Ok(());
    }
    Err(denied(&caller.client, &caller.object_id, action, scope))
}

/// Whether a principal is the operator of a tenant.
pub(crate) fn is_operator(world: &World, object_id: &str) -> bool {
    world.azure.directory.tenants.iter().any(|tenant| tenant.operator == object_id)
}

/// Whether a principal's roles allow an action, or a data action, on a scope.
pub(crate) fn allowed(world: &World, object_id: &str, action: &str, scope: &str, data: bool) -> bool {
    if !data && is_operator(world, object_id) && !world.operator.allows(action) {
        return false;
    }
    let scope = key(scope);
    let now = world.now();
    let mut held = world.azure.assignments.values().filter(|assignment| {
        assignment.principal_id.eq_ignore_ascii_case(object_id)
            && now >= assignment.visible_from
            && is_at_or_above(&assignment.scope, &scope)
    });
    held.any(|assignment| {
        let Some(permissions) = super::definitions::permissions(world, &assignment.role_id) else {
            return false;
        };
        let (given, taken) = if data {
            (&permissions.data_actions, &permissions.not_data_actions)
        } else {
            (&permissions.actions, &permissions.not_actions)
        };
        given.iter().any(|pattern| covers(pattern, action)) && !taken.iter().any(|pattern| covers(pattern, action))
    })
}

/// Whether a scope is another one or contains it; both in lower case.
pub(crate) fn is_at_or_above(scope: &str, other: &str) -> bool {
    let scope = scope.trim_end_matches('/');
    other == scope || other.strip_prefix(scope).is_some_and(|rest| rest.starts_with('/'))
}

/// The subscription that a scope lies in.
pub(crate) fn subscription_of(scope: &str) -> Option<&str> {
    let mut parts = scope.split('/').filter(|part| !part.is_empty());
    parts.next().filter(|first| first.eq_ignore_ascii_case("subscriptions"))?;
    parts.next()
}

fn operator(world: &World) -> Result<Caller, Refusal> {
    let operator = world.azure.directory.tenants.first().and_then(|tenant| {
        let principal = world.azure.directory.principals.get(&tenant.operator)?;
        Some(Caller {
            object_id: principal.object_id.clone(),
            client: principal.app_id.clone(),
            tenant: tenant.id.clone(),
        })
    });
    operator.ok_or_else(|| unauthenticated("InvalidAuthenticationToken", "The access token is invalid."))
}

fn expired_token() -> Refusal {
    unauthenticated("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")
}
