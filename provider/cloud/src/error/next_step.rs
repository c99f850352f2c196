//! The advice that goes with each error.

use super::{Error, Refusal, is_refused};
use crate::api::{Api, Cloud};

pub(super) fn of(error: &Error) -> String {
    match error {
        Error::Connect { source, origin, .. } if is_refused(source) && is_local(origin) => format!(
            "Nothing listens at {origin}, or at the proxy on the way there (HTTPS_PROXY and NO_PROXY). Start the emulator, or unset \
             CROSSCLOUD_ENDPOINT or the endpoint that names it to use the real clouds."
        ),
        Error::Connect { origin, .. } => format!(
            "Check that {origin} can be reached from here: name resolution, firewall, HTTPS_PROXY and NO_PROXY, and the \
             certificate authorities that this machine trusts."
        ),
        Error::Timeout { sent: false, .. } => {
            "Run the same command again to go on, or allow more time or more requests.".into()
        }
        Error::Dropped { .. } | Error::Timeout { .. } => {
            "The cloud may have carried the request out. Run the same command again: it looks before it writes.".into()
        }
        Error::Unauthenticated(refusal) => unauthenticated(refusal).into(),
        Error::PermissionDenied { refusal, permission: Some(permission) } if refusal.call.api == Api::ResourceManager => {
            format!(
                "Check that the project id is right: Google gives the same answer for a project that does not exist. If it \
                 is, grant the signed-in identity a role that holds {permission}."
            )
        }
        Error::PermissionDenied { refusal, permission: Some(permission) } if refusal.call.api.cloud() == Cloud::Aws => {
            format!(
                "Allow the signed-in identity {permission} in one of its policies, and look for a permissions boundary or a service \
                 control policy that denies it."
            )
        }
        Error::PermissionDenied { permission: Some(permission), .. } => format!(
            "Grant the signed-in identity a role that holds {permission}. A grant made a moment ago can take several \
             minutes to work."
        ),
        Error::PermissionDenied { refusal, permission: None } if refusal.call.api.cloud() != Cloud::Google => {
            "Check the roles and policies of the signed-in identity. A grant made a moment ago can take several minutes to work."
                .into()
        }
        Error::PermissionDenied { permission: None, .. } => {
            "Check the roles of the signed-in identity, and organisation policies or service perimeters around the \
             project. A grant made a moment ago can take several minutes to work."
                .into()
        }
        Error::ServiceDisabled { refusal, service, .. } if refusal.call.api.cloud() == Cloud::Azure => format!(
            "Register it with `az provider register --namespace {service}`, and try again once `az provider show` says Registered."
        ),
        Error::ServiceDisabled { service, activation_url, .. } => {
            let by_hand = activation_url.as_deref().map(|url| format!(", or visit {url}")).unwrap_or_default();
            format!(
                "Enable it with `gcloud services enable {service}`{by_hand}, and try again after a minute or two: an API \
                 that was just enabled refuses calls for a while."
            )
        }
        Error::NotFound(refusal) if refusal.call.api.cloud() == Cloud::Azure => {
            "Check the name, the resource group and the subscription, and that the signed-in identity is of the right tenant."
                .into()
        }
        Error::NotFound(refusal) if refusal.call.api.cloud() == Cloud::Aws => {
            "Check the name, and that the signed-in identity is of the right account.".into()
        }
        Error::NotFound(_) => {
            "Check the name and the project, and that the signed-in identity may see it: some APIs answer \"not found\" \
             to those who may not look."
                .into()
        }
        Error::AlreadyExists(refusal) if refusal.call.api.cloud() != Cloud::Google => {
            "Choose another name, import the existing object, or refer to it as an existing one.".into()
        }
        Error::AlreadyExists(_) => {
            "Choose another name, or import the existing object. A pool or provider that was deleted within the last 30 \
             days keeps its name: it can be undeleted."
                .into()
        }
        Error::Conflict(_) => "Run the same command again. If it keeps happening, find out what else writes to it.".into(),
        Error::FailedPrecondition(_) => {
            "Look at the object's present state in the cloud's console; it may be deleted, disabled or still being changed.".into()
        }
        Error::InvalidArgument { .. } => "Correct the value that the cloud names and run the same command again.".into(),
        Error::RateLimited { .. } => {
            "Wait and run the same command again; lower the provider's request rate, or ask the cloud for a higher quota.".into()
        }
        Error::Unavailable { .. } => {
            "Look at the cloud's status page and run the same command again: it looks before it writes.".into()
        }
        Error::Rejected(refusal) if refusal.http_status == 407 => {
            "The proxy wants credentials: put them into HTTPS_PROXY, or except the host with NO_PROXY.".into()
        }
        Error::Rejected(refusal) => match &refusal.request_id {
            Some(id) => format!("If the message does not help, give request id {id} to the cloud's support."),
            None => "If the message does not help, ask the cloud's support and name the time of the call.".into(),
        },
        Error::Protocol { .. } => {
            "Something between here and the cloud may have answered in its place: check HTTPS_PROXY and the endpoint.".into()
        }
        Error::Cancelled { sent: true, .. } => {
            "The cloud may have carried the request out. Run the same command again: it looks before it writes.".into()
        }
        Error::Cancelled { sent: false, .. } => "Run the same command again to go on.".into(),
        Error::Unwatched { source, .. } => of(source),
        Error::SignIn { source, .. } => source.next_step(),
        Error::InvalidRequest { .. } => "Correct the name that the object is given in the configuration.".into(),
    }
}

fn unauthenticated(refusal: &Refusal) -> &'static str {
    match (refusal.call.api, refusal.reason.as_deref().unwrap_or_default()) {
        (_, "SignatureDoesNotMatch" | "RequestExpired") => {
            "Check the secret access key, and that this machine's clock is right: AWS refuses signatures that are minutes old."
        }
        (_, "ExpiredToken" | "ExpiredTokenException") => {
            "The session's credentials have expired. Sign in again, for example with `aws sso login`, and export the new ones."
        }
        (Api::EntraLogin, _) => {
            "Check the tenant, the client id and the client secret or federated token that the provider was given; the code that begins \
             with AADSTS says which of them Entra does not accept."
        }
        (api, _) => match api.cloud() {
            Cloud::Google => {
                "The access token is expired, revoked or meant for something else. Sign in again, for example with \
                 `export GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\"`."
            }
            Cloud::Azure => {
                "The access token is expired, or of another tenant than the subscription. Check ARM_TENANT_ID and sign in again."
            }
            Cloud::Aws => {
                "AWS does not know these keys. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
            }
        },
    }
}

fn is_local(origin: &str) -> bool {
    ["//127.", "//[::1]", "//localhost"].iter().any(|host| origin.contains(host))
}
