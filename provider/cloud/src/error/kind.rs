//! What a refusal means, told by status and reason together: a 403 may be a quota, a 409 a race or a name taken. One function a cloud.

use super::Refusal;
use crate::api::{Api, Cloud};

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unauthenticated,
    Denied,
    Disabled,
    NotFound,
    Exists,
    Conflict,
    Precondition,
    Invalid,
    RateLimited,
    Unavailable,
    Rejected,
}

pub(super) fn of(refusal: &Refusal) -> Kind {
    match refusal.call.api.cloud() {
        Cloud::Google => google(refusal),
        Cloud::Azure => azure(refusal),
        Cloud::Aws => aws(refusal),
    }
}

fn google(refusal: &Refusal) -> Kind {
    let status = refusal.status.as_deref().unwrap_or_default();
    let reason = refusal.reason.as_deref().unwrap_or_default();
    if matches!(reason, "SERVICE_DISABLED" | "accessNotConfigured") {
        return Kind::Disabled;
    }
    // Google answers some exhausted quotas with 403, and older APIs name them in camel case.
    let limited = matches!(
        reason,
        "RATE_LIMIT_EXCEEDED" | "rateLimitExceeded" | "userRateLimitExceeded" | "RESOURCE_QUOTA_EXCEEDED"
    );
    if limited || status == "RESOURCE_EXHAUSTED" {
        return Kind::RateLimited;
    }
    match (refusal.http_status, status) {
        (409, "ALREADY_EXISTS") => Kind::Exists,
        (409, "") if matches!(reason, "alreadyExists" | "duplicate") || says_exists(refusal) => Kind::Exists,
        (400, "FAILED_PRECONDITION") => Kind::Precondition,
        (status, _) => by_status(status),
    }
}

fn azure(refusal: &Refusal) -> Kind {
    match refusal.reason.as_deref().unwrap_or_default() {
        "MissingSubscriptionRegistration" => Kind::Disabled,
        "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity" => Kind::Conflict,
        "RoleAssignmentExists" | "Request_MultipleObjectsWithSameKeyValue" | "ObjectConflict" => Kind::Exists,
        // Entra's refusals of a client are 400 and 401 alike.
        "invalid_client" | "invalid_grant" | "unauthorized_client" => Kind::Unauthenticated,
        "temporarily_unavailable" => Kind::Unavailable,
        // Nobody's role would help.
        "RequestDisallowedByPolicy" => Kind::Rejected,
        "ScopeLocked" | "ReadOnlyDisabledSubscription" => Kind::Precondition,
        "RoleAssignmentLimitExceeded" => Kind::Rejected,
        // Graph says so with 400. Resource providers mean a clash of values by that, which their own words explain best.
        _ if refusal.http_status == 400 && refusal.call.api == Api::MicrosoftGraph && says_exists(refusal) => {
            Kind::Exists
        }
        _ if refusal.http_status == 409 && says_exists(refusal) => Kind::Exists,
        _ => by_status(refusal.http_status),
    }
}

fn aws(refusal: &Refusal) -> Kind {
    match refusal.reason.as_deref().unwrap_or_default() {
        "NoSuchEntity" => Kind::NotFound,
        "EntityAlreadyExists" => Kind::Exists,
        "ConcurrentModification" | "EntityTemporarilyUnmodifiable" => Kind::Conflict,
        "DeleteConflict" => Kind::Precondition,
        "LimitExceeded" | "UnmodifiableEntity" => Kind::Rejected,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown"
        | "BandwidthLimitExceeded" => Kind::RateLimited,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "OptInRequired" => Kind::Denied,
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired" => Kind::Unauthenticated,
        // AWS could not reach the issuer just now.
        "IDPCommunicationError" => Kind::Unavailable,
        _ if refusal.http_status == 409 && refusal.call.api == Api::AwsIam && says_exists(refusal) => Kind::Exists,
        _ => by_status(refusal.http_status),
    }
}

fn by_status(http_status: u16) -> Kind {
    match http_status {
        400 | 422 => Kind::Invalid,
        401 => Kind::Unauthenticated,
        403 => Kind::Denied,
        404 | 410 => Kind::NotFound,
        409 | 412 => Kind::Conflict,
        429 => Kind::RateLimited,
        408 | 500 | 502 | 503 | 504 => Kind::Unavailable,
        _ => Kind::Rejected,
    }
}

fn says_exists(refusal: &Refusal) -> bool {
    refusal.message.to_ascii_lowercase().contains("already exist")
}
