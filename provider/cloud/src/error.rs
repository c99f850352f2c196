//! What can go wrong with a cloud call, each kind once, with what the cloud said and what to do next.

mod body;
mod kind;
mod next_step;
mod refusal;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::refusal::{FieldViolation, Refusal};
use crate::api::{Api, Cloud};
use crate::request::Method;
use crate::sign_in::SignInError;

pub(crate) use self::body::{Answer, BODY_LIMIT, quote};
pub(crate) use self::refusal::{contended, found_before, refused, refused_asynchronously, refused_operation};

/// Which call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The verb, for example `create`.
    pub operation: &'static str,
    /// The object, for example `workload identity pool projects/p/…/my-pool`.
    pub object: String,
    /// The API that was called.
    pub api: Api,
    /// The HTTP method.
    pub method: Method,
    /// The URL's path; queries and bodies are never kept.
    pub path: String,
    /// What the call needs to be allowed: permissions, actions or scopes, as the cloud names them.
    pub permissions: Vec<&'static str>,
    /// What allows it, too, in the place of those.
    pub instead: Option<&'static str>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {} {}", self.operation, self.object)
    }
}

/// A failed cloud call. `Display` is one sentence for a person; [`Error::next_step`] says what to do about it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection came about: nothing was sent.
    #[error("{call}: no connection to {origin}: {}", root_cause(source.as_ref()))]
    Connect {
        /// The call.
        call: Box<Call>,
        /// Scheme, host and port that were tried.
        origin: String,
        /// What the network said.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// The connection broke after the request was sent: the cloud may have carried it out.
    #[error("{call}: {origin} closed the connection before it answered: {}", root_cause(source.as_ref()))]
    Dropped {
        /// The call.
        call: Box<Call>,
        /// Scheme, host and port.
        origin: String,
        /// What the network said.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// No answer within the time allowed.
    #[error("{call}: {} within {}", if *sent { "no answer" } else { "it could not be sent" }, human(*after))]
    Timeout {
        /// The call.
        call: Box<Call>,
        /// How long was waited.
        after: Duration,
        /// Whether the cloud may have carried the call out.
        sent: bool,
    },
    /// The cloud does not accept the credentials (401).
    #[error("{call}: the credentials{of} were not accepted {0}", call = .0.call, of = origin(.0))]
    Unauthenticated(Box<Refusal>),
    /// The caller lacks a permission (403).
    #[error("{}: {} {refusal}", refusal.call, denied(permission.as_deref()))]
    PermissionDenied {
        /// What the cloud said.
        refusal: Box<Refusal>,
        /// The permission that is missing, as the cloud or else the request names it.
        permission: Option<String>,
    },
    /// The API is not switched on in the project (403 `SERVICE_DISABLED`), or not registered in the subscription.
    #[error("{}: the API {service} is not enabled in the {} {refusal}", refusal.call, surroundings(refusal.call.api))]
    ServiceDisabled {
        /// What the cloud said.
        refusal: Box<Refusal>,
        /// The API to switch on.
        service: String,
        /// Where to switch it on by hand.
        activation_url: Option<String>,
    },
    /// The object does not exist, or not for this caller (404).
    #[error("{call}: it does not exist {0}", call = .0.call)]
    NotFound(Box<Refusal>),
    /// An object of that name exists, possibly soft-deleted (409 `ALREADY_EXISTS`).
    #[error("{call}: an object of that name already exists {0}", call = .0.call)]
    AlreadyExists(Box<Refusal>),
    /// Somebody else changed the object meanwhile (409 `ABORTED`, 412).
    #[error("{call}: it was changed by someone else at the same moment {0}", call = .0.call)]
    Conflict(Box<Refusal>),
    /// The object's state does not allow the call (400 `FAILED_PRECONDITION`).
    #[error("{call}: its present state does not allow that {0}", call = .0.call)]
    FailedPrecondition(Box<Refusal>),
    /// The cloud does not accept a value (400).
    #[error("{}: a value was not accepted{} {refusal}", refusal.call, list(violations))]
    InvalidArgument {
        /// What the cloud said.
        refusal: Box<Refusal>,
        /// The fields at fault, where the cloud names them.
        violations: Vec<FieldViolation>,
    },
    /// Too many requests, or a quota is used up (429, or 403 with such a reason).
    #[error("{}: a rate limit or quota is exhausted {refusal}", refusal.call)]
    RateLimited {
        /// What the cloud said.
        refusal: Box<Refusal>,
        /// How long the cloud asks to wait.
        retry_after: Option<Duration>,
    },
    /// The cloud failed for now (408, 500, 502, 503, 504): it may have carried the call out.
    #[error("{}: the service is unavailable {refusal}", refusal.call)]
    Unavailable {
        /// What the cloud said.
        refusal: Box<Refusal>,
        /// How long the cloud asks to wait.
        retry_after: Option<Duration>,
    },
    /// Any other refusal.
    #[error("{call}: refused {0}", call = .0.call)]
    Rejected(Box<Refusal>),
    /// The answer makes no sense: not the JSON that the API documents, too large, or a redirect.
    #[error("{call}: the answer (HTTP {http_status}) is not what the API documents: {problem}")]
    Protocol {
        /// The call.
        call: Box<Call>,
        /// The HTTP status of the answer.
        http_status: u16,
        /// What is wrong with it.
        problem: String,
    },
    /// The cloud began the work, and then did not let its end be watched: it may have been carried out.
    #[error("{call}: it was begun, but its end could not be watched: {source}")]
    Unwatched {
        /// The call that began it.
        call: Box<Call>,
        /// Why it could not be watched.
        #[source]
        source: Box<Error>,
    },
    /// The run was interrupted.
    #[error("{call}: interrupted{}", if *sent { " after the request was sent" } else { "" })]
    Cancelled {
        /// The call.
        call: Box<Call>,
        /// Whether the cloud may have carried the call out.
        sent: bool,
    },
    /// No credentials could be obtained: nothing was sent.
    #[error("{call}: not signed in: {source}")]
    SignIn {
        /// The call.
        call: Box<Call>,
        /// Why not.
        #[source]
        source: SignInError,
    },
    /// The request itself cannot be sent, such as one about an object without a name.
    #[error("{call}: {problem}")]
    InvalidRequest {
        /// The call.
        call: Box<Call>,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// Which call failed.
    pub fn call(&self) -> &Call {
        match self {
            Error::Connect { call, .. }
            | Error::Dropped { call, .. }
            | Error::Timeout { call, .. }
            | Error::Protocol { call, .. }
            | Error::Cancelled { call, .. }
            | Error::Unwatched { call, .. }
            | Error::SignIn { call, .. }
            | Error::InvalidRequest { call, .. } => call,
            Error::Unauthenticated(refusal)
            | Error::NotFound(refusal)
            | Error::AlreadyExists(refusal)
            | Error::Conflict(refusal)
            | Error::FailedPrecondition(refusal)
            | Error::Rejected(refusal)
            | Error::PermissionDenied { refusal, .. }
            | Error::ServiceDisabled { refusal, .. }
            | Error::InvalidArgument { refusal, .. }
            | Error::RateLimited { refusal, .. }
            | Error::Unavailable { refusal, .. } => &refusal.call,
        }
    }

    /// What the cloud said, if it said something.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Unauthenticated(refusal)
            | Error::NotFound(refusal)
            | Error::AlreadyExists(refusal)
            | Error::Conflict(refusal)
            | Error::FailedPrecondition(refusal)
            | Error::Rejected(refusal)
            | Error::PermissionDenied { refusal, .. }
            | Error::ServiceDisabled { refusal, .. }
            | Error::InvalidArgument { refusal, .. }
            | Error::RateLimited { refusal, .. }
            | Error::Unavailable { refusal, .. } => Some(refusal),
            Error::Unwatched { source, .. } => source.refusal(),
            _ => None,
        }
    }

    /// The same, with where the credentials came from if they are at fault.
    pub(crate) fn with_credentials_of(mut self, origin: &str) -> Self {
        if let Error::Unauthenticated(refusal) = &mut self {
            refusal.credentials = Some(origin.to_owned());
        }
        self
    }

    /// What to do about it.
    pub fn next_step(&self) -> String {
        next_step::of(self)
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::NotFound(_))
    }

    /// Whether the run was interrupted.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Error::Cancelled { .. })
    }

    /// Whether the same call may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Error::Dropped { .. }
                | Error::Timeout { .. }
                | Error::Conflict(_)
                | Error::RateLimited { .. }
                | Error::Unavailable { .. }
        ) || matches!(self, Error::Connect { source, .. } if !is_refused(source))
    }

    /// Whether the cloud may have carried the call out although it failed here.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Error::Dropped { .. } | Error::Unavailable { .. } | Error::Protocol { .. } | Error::Unwatched { .. } => {
                true
            }
            Error::Cancelled { sent, .. } | Error::Timeout { sent, .. } => *sent,
            _ => false,
        }
    }

    /// What a failed look means for a call that the cloud took before it.
    pub(crate) fn unwatched(call: Box<Call>, error: Self) -> Self {
        match error {
            // The work itself goes on.
            Self::Cancelled { call, .. } => Self::Cancelled { call, sent: true },
            error if error.outcome_unknown() => error,
            // The request was accepted, so its work goes on whether or not anybody may watch.
            error => Self::Unwatched { call, source: Box::new(error) },
        }
    }

    /// Whether the cloud took the call and carries it out, although nobody saw how it ended.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Error::Unwatched { .. })
    }

    /// How long the cloud asked to wait before the next attempt.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Whether nothing listens at the address.
pub(crate) fn is_refused(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
    })
}

/// The innermost cause: it is the one a person understands ("connection refused", "invalid peer certificate").
pub(crate) fn root_cause(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |cause| cause.source())
}

fn denied(permission: Option<&str>) -> String {
    match permission {
        Some(permission) => format!("permission {permission} is missing"),
        None => "permission denied".to_owned(),
    }
}

fn origin(refusal: &Refusal) -> String {
    refusal.credentials.as_ref().map_or_else(String::new, |origin| format!(" of {origin}"))
}

fn surroundings(api: Api) -> &'static str {
    if api.cloud() == Cloud::Azure { "subscription" } else { "project" }
}

fn list(violations: &[FieldViolation]) -> String {
    violations.iter().map(|violation| format!("; {violation}")).collect()
}

fn human(duration: Duration) -> String {
    if duration >= Duration::from_secs(1) {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
