//! OpenID Connect providers of an account: whose web identities its roles may trust.

use sha2::{Digest, Sha256};

use super::iam::{authorised, authorised_to_tag, begin, done, no_such_entity};
use super::query::{self, Params, members, tag_members, text, validation};
use super::roles::merge_tags;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

/// Client ids of one provider.
const CLIENTS_MOST: usize = 100;
/// Thumbprints of one provider.
const THUMBPRINTS_MOST: usize = 5;
/// Providers of one account.
const PROVIDERS_MOST: usize = 100;

/// A provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) account: String,
    pub(crate) arn: String,
    /// The issuer without `https://`, as IAM keeps it.
    pub(crate) url: String,
    pub(crate) clients: Vec<String>,
    thumbprints: Vec<String>,
    tags: Vec<(String, String)>,
    created_at: Millis,
    visible_from: Millis,
}

/// The provider of an account for tokens of an issuer.
pub(crate) fn of_issuer<'a>(world: &'a World, account: &str, issuer: &str) -> Option<&'a Provider> {
    let url = issuer.strip_prefix("https://")?;
    let found = world.aws.providers.values().find(|provider| provider.account == account && provider.url == url);
    found.filter(|provider| world.now() >= provider.visible_from)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, params) = begin(world, call)?;
    let given = params.required("Url")?;
    let url = checked_url(given)?;
    let arn = format!("arn:aws:iam::{}:oidc-provider/{url}", caller.account);
    authorised(world, call, &caller, &arn)?;
    let clients: Vec<String> = params.list("ClientIDList").into_iter().map(str::to_owned).collect();
    check_clients(&clients)?;
    let mut thumbprints: Vec<String> = params.list("ThumbprintList").into_iter().map(str::to_owned).collect();
    check_thumbprints(&thumbprints)?;
    let tags = params.tags()?;
    authorised_to_tag(world, &caller, "iam:TagOpenIDConnectProvider", &arn, &tags)?;
    if world.aws.providers.contains_key(&arn) {
        return Err(Refusal::new(
            409,
            "EntityAlreadyExists",
            format!("Provider with url https://{url} already exists."),
        ));
    }
    if world.aws.providers.values().filter(|provider| provider.account == caller.account).count() >= PROVIDERS_MOST {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for OpenIdConnectProvidersPerAccount: {PROVIDERS_MOST}"),
        ));
    }
    if thumbprints.is_empty() {
        thumbprints = vec![fetched_thumbprint(world, given)?];
    }
    let tags_shown = if tags.is_empty() { String::new() } else { tag_members(&tags) };
    let shown = text("OpenIDConnectProviderArn", &arn) + &tags_shown;
    let provider = Provider {
        account: caller.account,
        arn: arn.clone(),
        url,
        clients,
        thumbprints,
        tags,
        created_at: world.now(),
        visible_from: world.visible_from(),
    };
    world.aws.providers.insert(arn, provider);
    Ok(query::answer(world, call, &shown))
}

pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (provider, _) = named(world, call)?;
    let list = |name: &str, values: &[String]| members(name, values.iter().map(|value| query::escaped(value)));
    let tags = if provider.tags.is_empty() { String::new() } else { tag_members(&provider.tags) };
    let shown = text("Url", &provider.url)
        + &list("ClientIDList", &provider.clients)
        + &list("ThumbprintList", &provider.thumbprints)
        + &text("CreateDate", &rfc3339(provider.created_at))
        + &tags;
    Ok(query::answer(world, call, &shown))
}

pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, _) = begin(world, call)?;
    authorised(world, call, &caller, &format!("arn:aws:iam::{}:oidc-provider/*", caller.account))?;
    let now = world.now();
    let providers = world
        .aws
        .providers
        .values()
        .filter(|provider| provider.account == caller.account && now >= provider.visible_from);
    let shown = members("OpenIDConnectProviderList", providers.map(|provider| text("Arn", &provider.arn)));
    Ok(query::answer(world, call, &shown))
}

/// Deletes a provider, whoever trusts it; one that is not there is as good as deleted.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, params) = begin(world, call)?;
    let arn = params.required("OpenIDConnectProviderArn")?;
    authorised(world, call, &caller, arn)?;
    if world.aws.providers.get(arn).is_some_and(|provider| provider.account == caller.account) {
        world.aws.providers.remove(arn);
    }
    done(world, call)
}

pub(crate) fn update_thumbprints(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut provider, params) = named(world, call)?;
    let thumbprints: Vec<String> = params.list("ThumbprintList").into_iter().map(str::to_owned).collect();
    if thumbprints.is_empty() {
        return Err(validation(
            "1 validation error detected: Value null at 'thumbprintList' failed to satisfy constraint: Member must not be null",
        ));
    }
    check_thumbprints(&thumbprints)?;
    provider.thumbprints = thumbprints;
    stored(world, call, provider)
}

/// Adding what is there already changes nothing.
pub(crate) fn add_client(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut provider, params) = named(world, call)?;
    let client = params.required("ClientID")?.to_owned();
    if !provider.clients.contains(&client) {
        provider.clients.push(client);
    }
    check_clients(&provider.clients)?;
    stored(world, call, provider)
}

/// Removing what is not there changes nothing.
pub(crate) fn remove_client(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut provider, params) = named(world, call)?;
    let client = params.required("ClientID")?;
    provider.clients.retain(|known| known != client);
    stored(world, call, provider)
}

pub(crate) fn tag(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut provider, params) = named(world, call)?;
    merge_tags(&mut provider.tags, params.tags()?)?;
    stored(world, call, provider)
}

pub(crate) fn untag(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut provider, params) = named(world, call)?;
    let keys = params.list("TagKeys");
    provider.tags.retain(|(tag, _)| !keys.iter().any(|key| key.eq_ignore_ascii_case(tag)));
    stored(world, call, provider)
}

pub(crate) fn list_tags(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (provider, _) = named(world, call)?;
    Ok(query::answer(world, call, &(text("IsTruncated", "false") + &tag_members(&provider.tags))))
}

/// All providers, for the control API.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let providers = world.aws.providers.values().map(|provider| Object {
        kind: "aws/oidc_provider",
        id: provider.arn.clone(),
        state: "live",
        seeded: false,
        details: details([(
            "resource",
            serde_json::json!({
                "url": provider.url,
                "client_ids": provider.clients,
                "thumbprints": provider.thumbprints,
                "tags": provider.tags.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            }),
        )]),
    });
    providers.collect()
}

fn named(world: &World, call: &Call<'_>) -> Result<(Provider, Params), Refusal> {
    let (caller, params) = begin(world, call)?;
    let arn = params.required("OpenIDConnectProviderArn")?;
    authorised(world, call, &caller, arn)?;
    let now = world.now();
    let found = world
        .aws
        .providers
        .get(arn)
        .filter(|provider| provider.account == caller.account && now >= provider.visible_from);
    let provider =
        found.cloned().ok_or_else(|| no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}")))?;
    Ok((provider, params))
}

fn stored(world: &mut World, call: &Call<'_>, provider: Provider) -> Result<Answer, Refusal> {
    world.aws.providers.insert(provider.arn.clone(), provider);
    done(world, call)
}

/// The URL without `https://`; a slash at its end stays, because tokens carry it too.
fn checked_url(given: &str) -> Result<String, Refusal> {
    let parsed = url::Url::parse(given).ok();
    let good = given.len() <= 255
        && parsed.is_some_and(|url| {
            url.scheme() == "https"
                && url.has_host()
                && url.port().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
    match given.strip_prefix("https://").filter(|_| good) {
        Some(url) => Ok(url.to_owned()),
        None => Err(validation(format!("Invalid Open ID Connect Provider URL: {given}"))),
    }
}

fn check_clients(clients: &[String]) -> Result<(), Refusal> {
    if clients.len() > CLIENTS_MOST {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENTS_MOST}"),
        ));
    }
    if clients.iter().any(|client| client.is_empty() || client.len() > 255) {
        return Err(validation("A client id must have between 1 and 255 characters."));
    }
    Ok(())
}

fn check_thumbprints(thumbprints: &[String]) -> Result<(), Refusal> {
    if thumbprints.len() > THUMBPRINTS_MOST {
        return Err(Refusal::new(400, "InvalidInput", "Thumbprint list must contain fewer than 5 entries."));
    }
    let good = |thumbprint: &String| thumbprint.len() == 40 && thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    if thumbprints.iter().all(good) {
        return Ok(());
    }
    Err(validation(
        "1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: Member must have length 40",
    ))
}

/// IAM asks the issuer's host for its certificate when no thumbprint is given.
fn fetched_thumbprint(world: &World, issuer: &str) -> Result<String, Refusal> {
    if world.issuers.all().any(|(url, reachable)| url == issuer && !reachable) {
        return Err(Refusal::new(
            400,
            "OpenIdIdpCommunicationError",
            "Please check your OpenID Connect provider URL: it could not be reached.",
        ));
    }
    let host = url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    Ok(Sha256::digest(host).iter().take(20).map(|byte| format!("{byte:02x}")).collect())
}
