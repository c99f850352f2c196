//! An application's own assertion, verified as Microsoft Entra verifies it: signed with the key of a certificate that the application has, which the
//! header names by its thumbprint, for this token endpoint and of this hour.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use webpki::EndEntityCert;
use webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256;

use super::assertion::check_times;
use super::directory::Principal;
use super::entra::aadsts;
use crate::http::answer::Refusal;
use crate::http::route::Call;
use crate::state::world::World;

/// Where the tokens of Microsoft's clouds are issued.
const LOGINS: [&str; 3] =
    ["https://login.microsoftonline.com", "https://login.microsoftonline.us", "https://login.chinacloudapi.cn"];

/// Whether an application vouches for itself, which no other issuer does in its name.
pub(crate) fn is_own(client: &Principal, assertion: &str) -> bool {
    let claims: Option<Map<String, Value>> = jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok();
    claims.is_some_and(|claims| claims.get("iss").and_then(Value::as_str) == Some(&client.app_id))
}

/// Refuses an assertion that does not prove to be the client.
pub(crate) fn check(world: &World, call: &Call<'_>, client: &Principal, assertion: &str) -> Result<(), Refusal> {
    let refused = |number: u64, sentence: String| aadsts(401, "invalid_client", number, sentence);
    let malformed = || refused(50_027, String::from("JWT token is invalid or malformed."));
    let parts: Vec<&str> = assertion.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Err(malformed()) };
    let object =
        |part: &str| -> Option<Map<String, Value>> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let (Some(said), Some(given)) = (object(header), object(claims)) else { return Err(malformed()) };
    let text =
        |from: &Map<String, Value>, name: &str| from.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text(&said, "alg") != "RS256" {
        return Err(refused(5_002_738, String::from("Invalid JWT token. The signing algorithm must be RS256.")));
    }
    let thumbprint = text(&said, "x5t");
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
    let certificate = certificates(world, client).into_iter().find(|der| named(der) == thumbprint);
    let certificate = certificate.ok_or_else(|| {
        refused(
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not \
                 found., Thumbprint of key used by client: '{thumbprint}', Application '{}']",
                client.app_id
            ),
        )
    })?;
    let signed = format!("{header}.{claims}");
    let der = certificate.as_slice().into();
    let verified = EndEntityCert::try_from(&der).is_ok_and(|certificate| {
        certificate.verify_signature(RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).is_ok()
    });
    if !verified {
        return Err(refused(
            700_027,
            String::from(
                "Client assertion failed signature validation. [Reason - The key was found, but use of the key to verify the signature failed.]",
            ),
        ));
    }
    if text(&given, "sub") != client.app_id {
        return Err(refused(
            700_021,
            String::from("Client assertion application identifier doesn't match 'client_id' parameter."),
        ));
    }
    let tenant = call.param("tenant");
    let own = call.request.origin();
    let right = |login: &str| text(&given, "aud") == format!("{login}/{tenant}/oauth2/v2.0/token");
    if !(right(&own) || LOGINS.into_iter().any(right)) {
        return Err(refused(
            700_023,
            format!(
                "Client assertion audience claim does not match Realm issuer. [audience '{}']",
                text(&given, "aud")
            ),
        ));
    }
    check_times(world.clock.seconds(), &given)
}

/// The certificates of the application, as Microsoft Graph holds them.
fn certificates(world: &World, client: &Principal) -> Vec<Vec<u8>> {
    let application = world.azure.directory.application(&client.tenant, &client.app_id);
    let keys = application.and_then(|application| application.fields.get("keyCredentials")).and_then(Value::as_array);
    let decoded = keys.into_iter().flatten().filter_map(|key| STANDARD.decode(key["key"].as_str()?).ok());
    decoded.collect()
}

fn named(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref())
}
