//! The advice that goes with each error.

use super::{Error, is_refused};
use crate::api::Api;

pub(super) fn of(error: &Error) -> String {
    match error {
        Error::Connect { source, origin, .. } if is_refused(source) && is_local(origin) => format!(
            "Nothing listens at {origin}. Start the emulator, or unset CROSSCLOUD_ENDPOINT to use the real clouds."
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
        Error::Unauthenticated(_) => {
            "The access token is expired, revoked or meant for something else. Sign in again, for example with \
             `export GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\"`."
                .into()
        }
        Error::PermissionDenied { refusal, permission: Some(permission) } if refusal.call.api == Api::ResourceManager => {
            format!(
                "Check that the project id is right: Google gives the same answer for a project that does not exist. If it \
                 is, grant the signed-in identity a role that holds {permission}."
            )
        }
        Error::PermissionDenied { permission: Some(permission), .. } => format!(
            "Grant the signed-in identity a role that holds {permission}. A grant made a moment ago can take several \
             minutes to work."
        ),
        Error::PermissionDenied { permission: None, .. } => {
            "Check the roles of the signed-in identity, and organisation policies or service perimeters around the \
             project. A grant made a moment ago can take several minutes to work."
                .into()
        }
        Error::ServiceDisabled { service, activation_url, .. } => {
            let by_hand = activation_url.as_deref().map(|url| format!(", or visit {url}")).unwrap_or_default();
            format!(
                "Enable it with `gcloud services enable {service}`{by_hand}, and try again after a minute or two: an API \
                 that was just enabled refuses calls for a while."
            )
        }
        Error::NotFound(_) => {
            "Check the name and the project, and that the signed-in identity may see it: some APIs answer \"not found\" \
             to those who may not look."
                .into()
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

fn is_local(origin: &str) -> bool {
    ["//127.", "//[::1]", "//localhost"].iter().any(|host| origin.contains(host))
}
