//! Access tokens of Microsoft Entra: real signed JSON Web Tokens, of version 1 or 2 as their resource wants them, and verified when they come back.

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::{Map, Value, json};

use super::directory::{Principal, Tenant};
use crate::state::world::World;

/// Microsoft's own resources that tokens are asked for: identifiers, application id, version of its tokens.
const FIRST_PARTY: &[(&[&str], &str, u64)] = &[
    (
        &[
            "https://management.azure.com",
            "https://management.core.windows.net",
            "https://management.usgovcloudapi.net",
            "https://management.chinacloudapi.cn",
        ],
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        1,
    ),
    (
        &["https://graph.microsoft.com", "https://graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn"],
        "00000003-0000-0000-c000-000000000000",
        1,
    ),
    (&["https://cognitiveservices.azure.com"], "7d312290-28c8-473c-a0ed-8e53749b6d6d", 1),
    (&["https://ai.azure.com"], "18a66f5f-dbdf-4c17-9dd7-1634712a9cbe", 1),
    (&["https://storage.azure.com"], "e406a681-f3d4-42a8-90b6-c2b029497af1", 1),
    (&["https://vault.azure.net"], "cfa8b339-82a2-471a-a3c9-0fc0be7a4093", 1),
    // The audience of federated assertions is a resource too, and wants version 2: its tokens carry this GUID and not the URI.
    (&["api://AzureADTokenExchange"], "fb60f99c-7a34-4190-8149-302f77469936", 2),
];

/// What a token is for.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// The `aud` claim.
    pub(crate) audience: String,
    /// Version of the token.
    pub(crate) version: u64,
}

/// How a principal proved who it is, which tokens say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A client secret.
    Secret,
    /// A signed assertion or a managed identity.
    Assertion,
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires_in: i64,
    /// Object id of the principal.
    pub(crate) object_id: String,
}

/// Why a token was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It is no token of this directory, or its signature is wrong.
    Invalid,
    /// Its time is over.
    Expired,
}

/// What an accepted token says.
#[derive(Debug, Clone)]
pub(crate) struct Claims {
    pub(crate) audience: String,
    pub(crate) tenant: String,
    pub(crate) object_id: String,
    pub(crate) client_id: String,
}

/// The resource of that name in the tenant; a trailing slash is the caller's own and stays in the audience.
pub(crate) fn resource(world: &World, tenant: &str, name: &str) -> Option<Resource> {
    let plain = name.trim_end_matches('/');
    for (identifiers, app_id, version) in FIRST_PARTY {
        let known = identifiers.iter().any(|identifier| identifier.eq_ignore_ascii_case(plain));
        if known || app_id.eq_ignore_ascii_case(plain) {
            let audience = if *version == 1 { name.to_owned() } else { (*app_id).to_owned() };
            return Some(Resource { audience, version: *version });
        }
    }
    let application = world.azure.directory.applications.values().find(|application| {
        application.tenant == tenant
            && application.life.is_live()
            && (application.app_id.eq_ignore_ascii_case(plain)
                || application.uris().any(|uri| uri == plain || uri == name))
    })?;
    // Without a service principal an application is nobody whom tokens could be meant for.
    world.azure.directory.principal(tenant, &application.app_id)?;
    let version = application.token_version();
    let audience = if version == 1 { name.to_owned() } else { application.app_id.clone() };
    Some(Resource { audience, version })
}

/// Issues a token, signed by the tenant.
pub(crate) fn issue(
    world: &mut World,
    tenant: &Tenant,
    principal: &Principal,
    resource: &Resource,
    proof: Proof,
    lifetime: i64,
) -> Option<Issued> {
    let now = world.clock.seconds();
    let issuer = issuer(&tenant.id, resource.version);
    let mut claims = json!({
        "aud": resource.audience,
        "iss": issuer,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": tenant.id,
        "idtyp": "app",
        "uti": &world.next_id("token")[..22],
    });
    let strength = if proof == Proof::Secret { "1" } else { "2" };
    if resource.version == 1 {
        claims["ver"] = json!("1.0");
        claims["appid"] = json!(principal.app_id);
        claims["appidacr"] = json!(strength);
        claims["idp"] = json!(issuer);
    } else {
        claims["ver"] = json!("2.0");
        claims["azp"] = json!(principal.app_id);
        claims["azpacr"] = json!(strength);
    }
    if let Some(identity) = &principal.identity {
        claims["xms_mirid"] = json!(identity);
    }
    let key = world.issuers.key(&issuer, Algorithm::RS256).ok()?;
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(key.id().to_owned());
    let token = jsonwebtoken::encode(&header, &claims, &key.private).ok()?;
    Some(Issued { token, expires_in: lifetime, object_id: principal.object_id.clone() })
}

/// Verifies a token of this directory.
pub(crate) fn verified(world: &World, token: &str) -> Result<Claims, Bad> {
    let unverified: Map<String, Value> =
        jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| Bad::Invalid)?;
    let text = |claims: &Map<String, Value>, name: &str| {
        claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let tenant = text(&unverified, "tid");
    let issuer = text(&unverified, "iss");
    let known = world.azure.directory.tenant(&tenant).is_some()
        && [1, 2].iter().any(|version| issuer == self::issuer(&tenant, *version));
    if !known {
        return Err(Bad::Invalid);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| Bad::Invalid)?;
    let keys = world.issuers.published(&issuer).ok_or(Bad::Invalid)?;
    let key = keys.find(header.kid.as_deref().unwrap_or_default()).and_then(|key| DecodingKey::from_jwk(key).ok());
    let key = key.filter(|_| header.alg == Algorithm::RS256).ok_or(Bad::Invalid)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // The emulated time decides about expiry.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).map_err(|_| Bad::Invalid)?.claims;
    let now = world.clock.seconds();
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|expires| expires <= now) {
        return Err(Bad::Expired);
    }
    let client = if claims.contains_key("appid") { "appid" } else { "azp" };
    Ok(Claims {
        audience: text(&claims, "aud"),
        tenant,
        object_id: text(&claims, "oid"),
        client_id: text(&claims, client),
    })
}

/// The issuer of a tenant's tokens of that version.
pub(crate) fn issuer(tenant: &str, version: u64) -> String {
    if version == 1 {
        format!("https://sts.windows.net/{tenant}/")
    } else {
        format!("https://login.microsoftonline.com/{tenant}/v2.0")
    }
}
