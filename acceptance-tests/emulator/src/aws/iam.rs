//! IAM: roles with their policies, and OpenID Connect providers.

use super::access::{self, Caller};
use super::query::{self, Params};
use super::{VENDOR, oidc_providers, outbound, role_policies, roles, signature};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Handler, Route};
use crate::state::world::World;

/// `iam.amazonaws.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "iam.amazonaws.com",
    title: "AWS Identity and Access Management",
    common_query: &[],
    render: query::render,
    fault: query::injected,
    objects: |world| {
        let mut objects = roles::objects(world);
        objects.extend(oidc_providers::objects(world));
        objects.extend(outbound::objects(world));
        objects
    },
    routes: &[
        action("/:CreateRole", roles::create),
        action("/:GetRole", roles::get),
        action("/:ListRoles", roles::list),
        action("/:UpdateRole", roles::update),
        action("/:UpdateRoleDescription", roles::update_description),
        action("/:UpdateAssumeRolePolicy", roles::update_trust),
        action("/:PutRolePermissionsBoundary", roles::put_boundary),
        action("/:DeleteRolePermissionsBoundary", roles::delete_boundary),
        action("/:DeleteRole", roles::delete),
        action("/:TagRole", roles::tag),
        action("/:UntagRole", roles::untag),
        action("/:ListRoleTags", roles::list_tags),
        action("/:ListInstanceProfilesForRole", roles::list_instance_profiles),
        action("/:PutRolePolicy", role_policies::put),
        action("/:GetRolePolicy", role_policies::get),
        action("/:DeleteRolePolicy", role_policies::delete),
        action("/:ListRolePolicies", role_policies::list),
        action("/:AttachRolePolicy", role_policies::attach),
        action("/:DetachRolePolicy", role_policies::detach),
        action("/:ListAttachedRolePolicies", role_policies::list_attached),
        action("/:CreateOpenIDConnectProvider", oidc_providers::create),
        action("/:GetOpenIDConnectProvider", oidc_providers::get),
        action("/:ListOpenIDConnectProviders", oidc_providers::list),
        action("/:DeleteOpenIDConnectProvider", oidc_providers::delete),
        action("/:UpdateOpenIDConnectProviderThumbprint", oidc_providers::update_thumbprints),
        action("/:AddClientIDToOpenIDConnectProvider", oidc_providers::add_client),
        action("/:RemoveClientIDFromOpenIDConnectProvider", oidc_providers::remove_client),
        action("/:TagOpenIDConnectProvider", oidc_providers::tag),
        action("/:UntagOpenIDConnectProvider", oidc_providers::untag),
        action("/:ListOpenIDConnectProviderTags", oidc_providers::list_tags),
        action("/:EnableOutboundWebIdentityFederation", outbound::enable),
        action("/:GetOutboundWebIdentityFederationInfo", outbound::info),
        action("/:DisableOutboundWebIdentityFederation", outbound::disable),
    ],
};

/// The version of the API.
const VERSION: &str = "2010-05-08";

const fn action(template: &'static str, handler: Handler) -> Route {
    Route { method: "POST", template, query: &[], handler }
}

/// The caller and the parameters of a request.
pub(crate) fn begin(world: &World, call: &Call<'_>) -> Result<(Caller, Params), Refusal> {
    let params = Params::new(call);
    check_version(call, &params, VERSION)?;
    let caller = signature::caller_of(world, call, "iam")?;
    Ok((caller, params))
}

/// Refuses a version that does not have the action.
pub(crate) fn check_version(call: &Call<'_>, params: &Params, version: &str) -> Result<(), Refusal> {
    if params.get("Version") == Some(version) {
        return Ok(());
    }
    let action = call.request.verb.as_deref().unwrap_or_default();
    let given = params.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    Err(Refusal::new(400, "InvalidAction", format!("Could not find operation {action} for version {given}")))
}

/// Refuses a caller whose policies do not allow the action in hand on a resource.
pub(crate) fn authorised(world: &World, call: &Call<'_>, caller: &Caller, resource: &str) -> Result<(), Refusal> {
    let action = format!("iam:{}", call.request.verb.as_deref().unwrap_or_default());
    access::authorised(world, caller, &action, resource)
}

/// Refuses a caller who gives what is made tags and may not tag.
pub(crate) fn authorised_to_tag(
    world: &World,
    caller: &Caller,
    action: &str,
    resource: &str,
    tags: &[(String, String)],
) -> Result<(), Refusal> {
    if tags.is_empty() { Ok(()) } else { access::authorised(world, caller, action, resource) }
}

/// An answer without a result.
pub(crate) fn done(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(query::answer(world, call, ""))
}

/// 404.
pub(crate) fn no_such_entity(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}
