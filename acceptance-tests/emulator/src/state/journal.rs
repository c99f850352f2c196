//! The journal of requests: what was asked, in order, and how far each request came. It never holds a header, a body or a credential.

use serde::Serialize;

use crate::http::request::Request;
use crate::http::route::Api;

/// Query parameters that can carry a credential.
const SECRET_PARAMETERS: &[&str] =
    &["access_token", "key", "oauth_token", "token", "code", "sig", "X-Amz-Signature", "X-Amz-Security-Token"];

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Progress {
    /// It arrived; nothing was done yet.
    Received,
    /// The world has changed as it asked, the answer is not sent yet.
    Committed,
    /// The answer was handed to the connection.
    Answered,
    /// The connection was closed without an answer.
    Dropped,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) request_id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) query: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<&'static str>,
    pub(crate) status: Option<u16>,
    pub(crate) progress: Progress,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<u64>,
}

/// The journal. Sequence numbers keep counting when it is cleared.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    last: u64,
}

impl Journal {
    /// Notes that a request arrived and returns its sequence number.
    pub(crate) fn receive(&mut self, request: &Request, api: Option<&'static Api>) -> u64 {
        self.last += 1;
        let query = request
            .query
            .iter()
            .filter(|(name, _)| !SECRET_PARAMETERS.iter().any(|secret| secret.eq_ignore_ascii_case(name)))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.entries.push(Entry {
            sequence: self.last,
            request_id: api.map_or(request_id as fn(u64) -> String, |api| api.vendor.request_id)(self.last),
            method: request.method.to_string(),
            path: request.target(),
            query,
            api: api.map(|api| api.service),
            status: None,
            progress: Progress::Received,
            fault: None,
        });
        self.last
    }

    /// Changes the entry with that number, if it was not cleared meanwhile.
    pub(crate) fn update(&mut self, sequence: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.sequence == sequence) {
            change(entry);
        }
    }

    /// The id that the answer to the request with that number carries.
    pub(crate) fn request_id(&self, sequence: u64) -> String {
        let entry = self.entries.iter().rev().find(|entry| entry.sequence == sequence);
        entry.map_or_else(|| request_id(sequence), |entry| entry.request_id.clone())
    }

    /// All requests since the last clearing, oldest first.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Forgets all requests.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// The id that the answer to that request carries.
pub(crate) fn request_id(sequence: u64) -> String {
    format!("emu-{sequence:08}")
}

/// The same as a GUID, for vendors whose ids are such.
pub(crate) fn request_guid(sequence: u64) -> String {
    format!("e0000000-0000-4000-8000-{sequence:012}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    #[test]
    fn keeps_masks_and_leaves_out_credentials() {
        let uri = "/v1/x?updateMask=description&access_token=ya29.secret&KEY=k".parse().unwrap();
        let request = Request::new(Method::PATCH, &uri, HeaderMap::new(), Bytes::new());
        let mut journal = Journal::default();
        let sequence = journal.receive(&request, None);
        assert_eq!(journal.entries()[0].query, ["updateMask=description"]);
        journal.update(sequence, |entry| entry.progress = Progress::Answered);
        assert_eq!(journal.entries()[0].progress, Progress::Answered);
        journal.clear();
        assert_eq!(journal.receive(&request, None), 2);
    }
}
