//! A cloud API call as a value: built here without any I/O, sent by the transport.
//!
//! A request knows which IAM permissions it needs and which object it is about, so that required permissions and
//! error texts derive from the requests themselves.

mod path;

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;
use url::Url;

pub use self::path::Path;
use crate::api::{Api, Quota};
use crate::endpoints::Endpoints;
use crate::error::{Call, Error};

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or calls a custom verb.
    Post,
    /// Changes the fields named in an update mask.
    Patch,
    /// Replaces.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A request whose answer is a `T`.
pub struct Request<T> {
    raw: Raw,
    answer: PhantomData<fn() -> T>,
}

/// An answer without content that matters (`{}` or nothing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Empty {}

/// A request without its answer's type: what the transport works on.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) method: Method,
    pub(crate) api: Api,
    pub(crate) path: Path,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) idempotent: bool,
    pub(crate) sensitive: bool,
    pub(crate) quota: Quota,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) operation: &'static str,
    pub(crate) object: String,
    defect: Option<String>,
}

impl<T> Request<T> {
    /// A read. Idempotent.
    pub fn get(api: Api, path: Path) -> Self {
        Self::new(Method::Get, api, path)
    }

    /// A creation or a custom verb. Not idempotent unless [`Request::idempotent`] says so.
    pub fn post(api: Api, path: Path) -> Self {
        Self::new(Method::Post, api, path)
    }

    /// A change of named fields. Idempotent: the same fields get the same values.
    pub fn patch(api: Api, path: Path) -> Self {
        Self::new(Method::Patch, api, path)
    }

    /// A replacement. Idempotent.
    pub fn put(api: Api, path: Path) -> Self {
        Self::new(Method::Put, api, path)
    }

    /// A deletion. Idempotent: a repeated one finds nothing.
    pub fn delete(api: Api, path: Path) -> Self {
        Self::new(Method::Delete, api, path)
    }

    fn new(method: Method, api: Api, path: Path) -> Self {
        let reads = method == Method::Get;
        let raw = Raw {
            method,
            api,
            path,
            query: Vec::new(),
            body: None,
            idempotent: method != Method::Post,
            sensitive: false,
            quota: if reads { Quota::Read(api) } else { Quota::Write(api) },
            permissions: Vec::new(),
            operation: "call",
            object: api.to_string(),
            defect: None,
        };
        Self { raw, answer: PhantomData }
    }

    /// What the call does to which object, for people: `about("create", "service account a@b")`.
    #[must_use]
    pub fn about(mut self, operation: &'static str, object: impl fmt::Display) -> Self {
        self.raw.operation = operation;
        self.raw.object = object.to_string();
        self
    }

    /// The IAM permissions that the call needs.
    #[must_use]
    pub fn needs(mut self, permissions: &[&'static str]) -> Self {
        self.raw.permissions.extend_from_slice(permissions);
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.raw.query.push((name, value.to_string()));
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(value) => self.raw.body = Some(value),
            Err(error) => self.raw.defect = Some(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// Declares that sending it twice has the effect of sending it once.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.raw.idempotent = yes;
        self
    }

    /// Declares that body or answer hold a secret: neither is ever quoted in an error.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.raw.sensitive = true;
        self
    }

    /// Draws on another quota than the API's ordinary one.
    #[must_use]
    pub fn quota(mut self, quota: Quota) -> Self {
        self.raw.quota = quota;
        self
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.raw.method
    }

    /// The API that it goes to.
    pub fn api(&self) -> Api {
        self.raw.api
    }

    /// The encoded path, beginning with a slash.
    pub fn path(&self) -> String {
        self.raw.path.to_string()
    }

    /// The body, if any.
    pub fn body(&self) -> Option<&Value> {
        self.raw.body.as_ref()
    }

    /// The IAM permissions that it needs.
    pub fn permissions(&self) -> &[&'static str] {
        &self.raw.permissions
    }

    /// Whether it may be sent again when its outcome is unknown.
    pub fn is_idempotent(&self) -> bool {
        self.raw.idempotent
    }

    /// The object that it is about.
    pub fn object(&self) -> &str {
        &self.raw.object
    }

    /// The full URL at the given endpoints.
    pub fn url(&self, endpoints: &Endpoints) -> Result<Url, Error> {
        self.raw.url(endpoints)
    }

    pub(crate) fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl<T> Clone for Request<T> {
    fn clone(&self) -> Self {
        Self { raw: self.raw.clone(), answer: PhantomData }
    }
}

/// Bodies may hold tokens, so `Debug` shows where a request goes and not what it carries.
impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.raw.method.as_str(), self.raw.api, self.raw.path)
    }
}

impl Raw {
    pub(crate) fn url(&self, endpoints: &Endpoints) -> Result<Url, Error> {
        let refuse = |problem: String| Error::InvalidRequest { call: self.call(), problem };
        if let Some(defect) = self.defect.as_deref().or(self.path.defect()) {
            return Err(refuse(defect.to_owned()));
        }
        let mut url = Url::parse(&format!("{}{}", endpoints.base_url(self.api), self.path))
            .map_err(|error| refuse(format!("its URL is malformed: {error}")))?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    pub(crate) fn call(&self) -> Box<Call> {
        Box::new(Call {
            operation: self.operation,
            object: self.object.clone(),
            api: self.api,
            method: self.method,
            path: self.path.to_string(),
            permissions: self.permissions.clone(),
        })
    }

    /// Whether the call may change something.
    pub(crate) fn writes(&self) -> bool {
        !matches!(self.quota, Quota::Read(_) | Quota::FederationRead)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn request(id: &str) -> Request<Empty> {
        Request::get(Api::Iam, Path::new("v1").literal("projects").segment(id).literal("serviceAccounts"))
    }

    #[test]
    fn url_and_query_are_encoded() {
        let request = request("my-proj").query("updateMask", "a,b").query("q", "x&y=z #");
        let url = request.url(&Endpoints::official()).unwrap();
        assert_eq!(
            url.as_str(),
            "https://iam.googleapis.com/v1/projects/my-proj/serviceAccounts?updateMask=a%2Cb&q=x%26y%3Dz+%23"
        );
    }

    #[test]
    fn a_segment_cannot_be_escaped() {
        for hostile in ["a/../../b", "x:setIamPolicy", "p?alt=media", "p#f", "a b", "%2e%2e%2f", "é", "a\\b", "a\nb"] {
            let url = request(hostile).url(&Endpoints::official()).unwrap();
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 4, "{hostile:?} became {url}");
            assert_eq!((segments[0], segments[1], segments[3]), ("v1", "projects", "serviceAccounts"), "{url}");
            assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
            assert!(!segments[2].contains(':'), "{url}");
        }
    }

    #[test]
    fn segments_that_no_encoding_can_save_are_refused() {
        for hostile in ["", ".", "..", "%2e", ".%2E"] {
            let result = request(hostile).url(&Endpoints::official());
            if hostile.contains('%') {
                // A percent sign is itself encoded, so this is an ordinary, if odd, segment.
                assert!(result.unwrap().path().contains("%252"));
            } else {
                assert!(matches!(result, Err(Error::InvalidRequest { .. })), "{hostile:?}");
            }
        }
    }

    #[test]
    fn debug_never_shows_a_body() {
        let request = request("p").json(&serde_json::json!({"token": "top-secret"}));
        assert_eq!(format!("{request:?}"), "GET iam.googleapis.com/v1/projects/p/serviceAccounts");
    }
}
