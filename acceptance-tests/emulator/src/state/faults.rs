//! Injected faults: which request they hit and what they do to it.

use serde::{Deserialize, Serialize};

use crate::http::request::Request;

/// A fault, as `POST /_emulator/faults` takes it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests count. Empty: all of them.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// The first matching request that is hit, counted from 1, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// How many requests in a row are hit: 1 by default, 0 for every one from `nth` on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens to them.
    pub action: Action,
}

/// Which requests a fault counts. Every given part must agree.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Part of the path, which includes the `:verb`; AWS's Query protocol has `/?Action=NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_contains: Option<String>,
    /// Service, such as `iam.googleapis.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
}

/// What a fault does. Parts combine: a delay can precede a drop.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Answer with this status, in the vendor's error shape; the request is not processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The vendor's reason that goes with `status`, such as `SERVICE_DISABLED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Value of a `Retry-After` header, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Wait this long before the request is processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Wait this long after the request is processed and before it is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_after_ms: Option<u64>,
    /// Close the connection before the request is processed, or after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<Moment>,
    /// Hold the request before it is processed, or after, until the control API lets it go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Moment>,
    /// What the request changes is seen only after this time: a new object is not found, a grant does not count, an API counts as switched
    /// off, an operation stays undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<u64>,
    /// Start the operation that the request asks for, and let it end in this error with nothing done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_error: Option<OperationError>,
}

/// How an operation fails.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationError {
    /// Canonical code, such as 10 for ABORTED.
    pub code: i32,
    /// What the operation says.
    pub message: String,
}

/// When the connection is closed, or the request held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request is not processed.
    Before,
    /// The request is processed, its answer is lost.
    After,
}

/// A fault in force.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Active {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) fault: Fault,
    /// Matching requests so far.
    pub(crate) matched: u32,
    /// Requests hit so far.
    pub(crate) hits: u32,
}

/// The faults in force, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    active: Vec<Active>,
    last: u64,
}

impl Faults {
    /// Puts a fault in force and returns its id.
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last += 1;
        self.active.push(Active { id: self.last, fault, matched: 0, hits: 0 });
        self.last
    }

    /// Counts a request against every fault and returns the first that hits it.
    pub(crate) fn hit(&mut self, request: &Request, api: Option<&str>) -> Option<(u64, Action)> {
        let mut hit = None;
        for active in self.active.iter_mut().filter(|active| active.fault.matching.covers(request, api)) {
            active.matched = active.matched.saturating_add(1);
            let first = active.fault.nth.unwrap_or(1).max(1);
            let times = active.fault.times.unwrap_or(1);
            let in_turn = active.matched >= first && (times == 0 || active.matched - first < times);
            if in_turn && hit.is_none() {
                active.hits += 1;
                hit = Some((active.id, active.fault.action.clone()));
            }
        }
        hit
    }

    /// All faults and how often they hit.
    pub(crate) fn active(&self) -> &[Active] {
        &self.active
    }

    /// Ends all faults.
    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }
}

impl Match {
    fn covers(&self, request: &Request, api: Option<&str>) -> bool {
        self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(request.method.as_str()))
            && self.path_contains.as_deref().is_none_or(|part| request.target().contains(part))
            && self.api.as_deref().is_none_or(|wanted| api == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    fn request(method: Method, path: &str) -> Request {
        Request::new(method, &path.parse().unwrap(), HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn hits_the_nth_matching_request_only() {
        let mut faults = Faults::default();
        faults.add(
            serde_json::from_str(
                r#"{"match":{"method":"post","path_contains":"pools"},"nth":2,"action":{"status":503}}"#,
            )
            .unwrap(),
        );
        let post = request(Method::POST, "/v1/pools");
        assert!(faults.hit(&request(Method::GET, "/v1/pools"), None).is_none());
        assert!(faults.hit(&post, None).is_none());
        assert_eq!(faults.hit(&post, None).unwrap().1.status, Some(503));
        assert!(faults.hit(&post, None).is_none());
        assert_eq!((faults.active()[0].matched, faults.active()[0].hits), (3, 1));
    }

    #[test]
    fn zero_times_means_every_one() {
        let mut faults = Faults::default();
        faults.add(serde_json::from_str(r#"{"times":0,"action":{"drop":"after"}}"#).unwrap());
        for _ in 0..3 {
            assert_eq!(faults.hit(&request(Method::GET, "/"), None).unwrap().1.drop, Some(Moment::After));
        }
    }
}
