//! A request as handlers see it: decoded path segments, the `:verb` of Google's custom methods or the action of AWS's Query protocol, query
//! and body.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as it was sent, without the query.
    pub(crate) path: String,
    /// Percent-decoded segments; the last one without its verb.
    pub(crate) segments: Vec<String>,
    /// What follows the last colon of the last segment; for a request to the root, the `Action` of its query or form.
    pub(crate) verb: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it came over https.
    pub(crate) secure: bool,
}

impl Request {
    /// Takes a request apart.
    pub(crate) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let path = uri.path().to_owned();
        let mut raw: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let mut verb = None;
        if let Some((name, after)) = raw.last().and_then(|last| last.rsplit_once(':'))
            && !after.is_empty()
            && after.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            verb = Some(after.to_owned());
            raw.pop();
            raw.push(name);
        }
        let segments = raw.into_iter().map(percent_decoded).collect();
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let mut request = Self { method, path, segments, verb, query, headers, body, secure: false };
        if request.segments.is_empty() {
            request.verb = request.action();
        }
        request
    }

    /// The origin that the client used, from its `Host` header.
    pub(crate) fn origin(&self) -> String {
        let host = self.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("{}://{host}", if self.secure { "https" } else { "http" })
    }

    /// The pairs of a form body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        if self.is_form() { url::form_urlencoded::parse(&self.body).into_owned().collect() } else { Vec::new() }
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the journal shows as the path and faults look at: the path, and the action where that alone tells requests apart.
    pub(crate) fn target(&self) -> String {
        match &self.verb {
            Some(action) if self.segments.is_empty() => format!("{}?Action={action}", self.path),
            _ => self.path.clone(),
        }
    }

    fn action(&self) -> Option<String> {
        let action = self.query("Action").map(str::to_owned);
        action.or_else(|| self.form().into_iter().find(|(name, _)| name == "Action").map(|(_, value)| value))
    }

    /// The value of one query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bearer token, if the request carries one.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let header = self.headers.get("authorization")?.to_str().ok()?;
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
    }

    /// Whether the body is an HTML form.
    pub(crate) fn is_form(&self) -> bool {
        self.headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
    }
}

/// Decodes `%XX`; anything that does not decode to UTF-8 stays as it was sent, and then matches no resource.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match escaped {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request(uri: &str) -> Request {
        Request::new(Method::GET, &uri.parse().unwrap(), HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn splits_the_verb_from_the_last_segment_only() {
        let request = request("/v1/projects/p/serviceAccounts/a%40b.c:getIamPolicy?options.requestedPolicyVersion=3");
        assert_eq!(request.segments, ["v1", "projects", "p", "serviceAccounts", "a@b.c"]);
        assert_eq!(request.verb.as_deref(), Some("getIamPolicy"));
        assert_eq!(request.query("options.requestedPolicyVersion"), Some("3"));
    }

    #[test]
    fn an_encoded_colon_is_no_verb() {
        let request = request("/v1/a%3Ab");
        assert_eq!(request.segments, ["v1", "a:b"]);
        assert_eq!(request.verb, None);
    }

    #[test]
    fn a_broken_escape_stays_as_sent() {
        assert_eq!(percent_decoded("100%-%zz-%f"), "100%-%zz-%f");
        assert_eq!(percent_decoded("%ff"), "%ff");
    }
}
