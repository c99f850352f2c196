//! A cloud API call as a value: built here without any I/O, sent by the transport.
//!
//! A request knows which IAM permissions it needs and which object it is about, so that required permissions and
//! error texts derive from the requests themselves.

mod path;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;
use url::Url;

pub use self::path::Path;
use crate::api::{Api, Quota};
use crate::aws::sigv4::Keys;
use crate::endpoints::Endpoints;
use crate::error::{Call, Error};
use crate::secret::Secret;

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

/// What a request carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// JSON, as Google, ARM and Graph want it.
    Json(Value),
    /// Form fields, as token endpoints and AWS's query protocol want them.
    Form(Vec<(Cow<'static, str>, String)>),
}

/// A request without its answer's type: what the transport works on.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) method: Method,
    pub(crate) api: Api,
    pub(crate) path: Path,
    pub(crate) query: Vec<(Cow<'static, str>, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Body>,
    pub(crate) idempotent: bool,
    pub(crate) sensitive: bool,
    pub(crate) anonymous: bool,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) keys: Option<Keys>,
    pub(crate) quota: Quota,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) instead: Option<&'static str>,
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
            headers: Vec::new(),
            body: None,
            idempotent: method != Method::Post,
            sensitive: false,
            anonymous: false,
            secrets: Vec::new(),
            keys: None,
            quota: if reads { Quota::Read(api) } else { Quota::Write(api) },
            permissions: Vec::new(),
            instead: None,
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

    /// A permission for more than the call, which allows it, too, in the place of those that it needs.
    #[must_use]
    pub fn or(mut self, permission: impl Into<Option<&'static str>>) -> Self {
        self.raw.instead = permission.into();
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.raw.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a header, such as `If-Match`.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.raw.headers.push((name, value.into()));
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(value) => self.raw.body = Some(Body::Json(value)),
            Err(error) => self.raw.defect = Some(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// Adds a form field; the fields are the body.
    #[must_use]
    pub fn field(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        let field = (name.into(), value.to_string());
        match &mut self.raw.body {
            Some(Body::Form(fields)) => fields.push(field),
            body => *body = Some(Body::Form(vec![field])),
        }
        self
    }

    /// Declares that the call proves itself, or that anybody may make it: no credentials go with it.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.raw.anonymous = true;
        self
    }

    /// Signs with these keys in place of the transport's own.
    #[must_use]
    pub(crate) fn signed_with(mut self, keys: Keys) -> Self {
        self.raw.keys = Some(keys);
        self
    }

    /// Names a secret that the body holds, which is then taken out of whatever the cloud says about the call.
    #[must_use]
    pub fn redacting(mut self, secret: &Secret) -> Self {
        self.raw.secrets.push(secret.clone());
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

    /// The JSON body, if it has one.
    pub fn body(&self) -> Option<&Value> {
        match &self.raw.body {
            Some(Body::Json(value)) => Some(value),
            _ => None,
        }
    }

    /// The form fields, if the body is a form.
    pub fn fields(&self) -> &[(Cow<'static, str>, String)] {
        match &self.raw.body {
            Some(Body::Form(fields)) => fields,
            _ => &[],
        }
    }

    /// The IAM permissions that it needs.
    pub fn permissions(&self) -> &[&'static str] {
        &self.raw.permissions
    }

    /// A permission for more than the call, which allows it, too.
    pub fn instead(&self) -> Option<&'static str> {
        self.raw.instead
    }

    /// Whether it may be sent again when its outcome is unknown.
    pub fn is_idempotent(&self) -> bool {
        self.raw.idempotent
    }

    /// The object that it is about.
    pub fn object(&self) -> &str {
        &self.raw.object
    }

    /// A read of an absolute URL that the cloud named in an answer: `None` unless it stays on the origin that the API has anyway, because
    /// the credentials go with it.
    pub(crate) fn follow(api: Api, url: &str, endpoints: &Endpoints) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let ours = Url::parse(&endpoints.base_url(api)).ok()?;
        if url.origin() != ours.origin() || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let mut request = Self::get(api, Path::verbatim(&url));
        request.raw.query =
            url.query_pairs().map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned())).collect();
        Some(request)
    }

    /// The same request with another type of answer.
    pub(crate) fn answering<U>(self) -> Request<U> {
        Request { raw: self.raw, answer: PhantomData }
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
            // Not every API reads a plus sign as the space that it stands for.
            let spaced = url.query().map(|query| query.replace('+', "%20"));
            url.set_query(spaced.as_deref());
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
            instead: self.instead,
        })
    }

    /// The same for two requests that ask the same thing.
    pub(crate) fn fingerprint(&self, endpoints: &Endpoints) -> Result<String, Error> {
        let url = self.url(endpoints)?;
        let body = match &self.body {
            None => String::new(),
            Some(Body::Json(value)) => value.to_string(),
            Some(Body::Form(fields)) => format!("{fields:?}"),
        };
        Ok(format!("{} {url} {body}", self.method.as_str()))
    }

    /// Whether the call may change something.
    pub(crate) fn writes(&self) -> bool {
        !self.quota.is_read()
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
            "https://iam.googleapis.com/v1/projects/my-proj/serviceAccounts?updateMask=a%2Cb&q=x%26y%3Dz%20%23"
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
    fn only_the_origin_of_the_api_is_followed() {
        let official = Endpoints::official();
        let follow = |url: &str| Request::<Empty>::follow(Api::AzureResourceManager, url, &official);
        let poll = "https://management.azure.com/subscriptions/s/providers/P/operations/1?api-version=2024&t=a%2Bb%3D";
        assert_eq!(follow(poll).unwrap().url(&official).unwrap().as_str(), poll);
        for foreign in [
            "https://management.azure.com.evil.example/x",
            "http://management.azure.com/x",
            "https://u:p@management.azure.com/x",
            "https://management.azure.com:8443/x",
            "/subscriptions/s",
            "",
        ] {
            assert!(follow(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn debug_never_shows_a_body() {
        let request = request("p").json(&serde_json::json!({"token": "top-secret"}));
        assert_eq!(format!("{request:?}"), "GET iam.googleapis.com/v1/projects/p/serviceAccounts");
    }
}
