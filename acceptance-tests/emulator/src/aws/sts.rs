//! The security token service: who am I, roles assumed by callers and by holders of web identities, and web identities of its own.

use super::access::{self, Caller, Identity, Session, unique_id};
use super::iam::check_version;
use super::policy::Document;
use super::query::{self, Params, check_name, element, text, validation};
use super::roles::{self, Role};
use super::trust_policy::{self, Admission};
use super::{VENDOR, outbound, signature, web_identity};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::World;

/// `sts.amazonaws.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "sts.amazonaws.com",
    title: "AWS Security Token Service",
    common_query: &[],
    render: query::render,
    fault: query::injected,
    objects: |_| Vec::new(),
    routes: &[
        Route { method: "POST", template: "/:GetCallerIdentity", query: &[], handler: get_caller_identity },
        Route { method: "GET", template: "/:GetCallerIdentity", query: &[], handler: get_caller_identity },
        Route { method: "POST", template: "/:AssumeRole", query: &[], handler: assume_role },
        Route {
            method: "POST",
            template: "/:AssumeRoleWithWebIdentity",
            query: &[],
            handler: assume_with_web_identity,
        },
        Route { method: "GET", template: "/:AssumeRoleWithWebIdentity", query: &[], handler: assume_with_web_identity },
        Route { method: "POST", template: "/:GetWebIdentityToken", query: &[], handler: outbound::token },
    ],
};

/// The version of the API.
pub(crate) const VERSION: &str = "2011-06-15";
/// A session that was itself made by a session lasts no longer.
const CHAINED: i64 = 3600;

/// A session of a role.
#[derive(Debug, Clone)]
pub(crate) struct AssumedRole {
    pub(crate) caller: Caller,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub(crate) arn: String,
    access_key_id: String,
    secret: String,
    token: String,
    expires_at: Millis,
}

/// Lets the holder of a web identity token assume a role, for an hour.
pub(crate) fn assume_role_with_web_identity(
    world: &mut World,
    role_arn: &str,
    token: &str,
    session_name: &str,
) -> Result<AssumedRole, Refusal> {
    check_session_name(session_name)?;
    let (role, _) = web_identity::admitted(world, role_arn, token)?;
    Ok(session(world, &role, session_name, 3600, None))
}

fn get_caller_identity(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, &Params::new(call), VERSION)?;
    let caller = signature::caller_of(world, call, "sts")?;
    let shown = text("Arn", &caller.arn) + &text("UserId", &caller.user_id) + &text("Account", &caller.account);
    Ok(query::answer(world, call, &shown))
}

fn assume_role(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let params = Params::new(call);
    check_version(call, &params, VERSION)?;
    let caller = signature::caller_of(world, call, "sts")?;
    let (arn, session_name) = (params.required("RoleArn")?, params.required("RoleSessionName")?);
    check_session_name(session_name)?;
    let denied = || {
        Refusal::new(
            403,
            "AccessDenied",
            format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", caller.arn),
        )
    };
    let role = roles::by_arn(world, arn).cloned().ok_or_else(denied)?;
    let mut context = access::context(world, &caller);
    context.set("sts:RoleSessionName", session_name);
    if let Some(id) = params.get("ExternalId") {
        context.set("sts:ExternalId", id);
    }
    let own = access::allowed(world, &caller, "sts:AssumeRole", arn);
    let good = match trust_policy::admits(world, role.trust_at(world.now()), &caller, &context) {
        Admission::No => false,
        // In its own account a role may name whom it trusts, and that is enough.
        Admission::ByName => own || caller.account == role.account,
        Admission::ByAccount => own,
    };
    if !good {
        return Err(denied());
    }
    let chained = matches!(caller.identity, Identity::Role { .. });
    let duration = duration(&params, &role)?;
    if chained && duration > CHAINED {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let session = session(world, &role, session_name, duration, session_policy(&params)?);
    Ok(query::answer(world, call, &shown(&session)))
}

/// Needs no signature: the token is the proof.
fn assume_with_web_identity(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let params = Params::new(call);
    check_version(call, &params, VERSION)?;
    let (arn, session_name) = (params.required("RoleArn")?, params.required("RoleSessionName")?);
    check_session_name(session_name)?;
    let (role, presented) = web_identity::admitted(world, arn, params.required("WebIdentityToken")?)?;
    let duration = duration(&params, &role)?;
    let session = session(world, &role, session_name, duration, session_policy(&params)?);
    let shown = shown(&session)
        + &text("SubjectFromWebIdentityToken", &presented.subject)
        + &text("Provider", &presented.provider)
        + &text("Audience", &presented.audience);
    Ok(query::answer(world, call, &shown))
}

impl AssumedRole {
    /// Access key id, secret, session token, and when they end.
    pub(crate) fn keys(&self) -> (&str, &str, &str, Millis) {
        (&self.access_key_id, &self.secret, &self.token, self.expires_at)
    }
}

/// Begins a session of a role.
pub(crate) fn session(
    world: &mut World,
    role: &Role,
    name: &str,
    duration: i64,
    session_policy: Option<Document>,
) -> AssumedRole {
    let access_key_id = unique_id("ASIA", &world.next_id("access key"));
    let (secret, token) = (world.next_id("secret key"), format!("emulated-session-{}", world.next_id("session token")));
    let expires_at = world.now() + duration * 1000;
    let arn = format!("arn:aws:sts::{}:assumed-role/{}/{name}", role.account, role.name);
    let caller = Caller {
        account: role.account.clone(),
        arn: arn.clone(),
        user_id: format!("{}:{name}", role.id),
        identity: Identity::Role { role: roles::key(&role.account, &role.name), session_policy },
    };
    let session = Session { caller: caller.clone(), secret: secret.clone(), token: token.clone(), expires_at };
    world.aws.sessions.insert(access_key_id.clone(), session);
    AssumedRole { caller, arn, access_key_id, secret, token, expires_at }
}

fn shown(session: &AssumedRole) -> String {
    let credentials = text("AccessKeyId", &session.access_key_id)
        + &text("SecretAccessKey", &session.secret)
        + &text("SessionToken", &session.token)
        + &text("Expiration", &rfc3339(session.expires_at));
    let user = text("AssumedRoleId", &session.caller.user_id) + &text("Arn", &session.arn);
    element("Credentials", &credentials) + &element("AssumedRoleUser", &user)
}

fn duration(params: &Params, role: &Role) -> Result<i64, Refusal> {
    let duration = params.number("DurationSeconds", 900, 43200)?.unwrap_or(3600);
    if duration > role.max_session_duration {
        return Err(validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    Ok(duration)
}

fn session_policy(params: &Params) -> Result<Option<Document>, Refusal> {
    let Some(text) = params.get("Policy") else {
        return Ok(None);
    };
    let document = Document::parsed(text).and_then(|document| document.check_identity().map(|()| document));
    document.map(Some).map_err(|malformed| Refusal::new(400, "MalformedPolicyDocument", malformed.to_string()))
}

fn check_session_name(name: &str) -> Result<(), Refusal> {
    check_name("roleSessionName", name, 64)?;
    if name.len() < 2 {
        return Err(validation(format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2"
        )));
    }
    Ok(())
}
