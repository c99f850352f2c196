//! URL paths made of segments, so that no caller's string can leave its own segment or add a custom verb.

use std::fmt::{self, Write as _};

/// An encoded path under construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    encoded: String,
    defect: Option<String>,
}

impl Path {
    /// Starts with the API version, for example `v1`.
    pub fn new(version: &'static str) -> Self {
        Self { encoded: format!("/{version}"), defect: None }
    }

    /// Starts at the origin, for APIs that put their version elsewhere.
    pub fn root() -> Self {
        Self { encoded: String::new(), defect: None }
    }

    /// The path of a URL that the cloud gave, as it is.
    pub(super) fn verbatim(url: &url::Url) -> Self {
        Self { encoded: url.path().to_owned(), defect: None }
    }

    /// Adds a segment that is fixed by the API, as it is.
    #[must_use]
    pub fn literal(mut self, segment: &'static str) -> Self {
        self.encoded.push('/');
        self.encoded.push_str(segment);
        self
    }

    /// Adds a caller's string as one segment, percent-encoded. Empty, `.` and `..` cannot be encoded: they make the request invalid.
    #[must_use]
    pub fn segment(mut self, segment: impl AsRef<str>) -> Self {
        let segment = segment.as_ref();
        if matches!(segment, "" | "." | "..") {
            self.defect.get_or_insert_with(|| format!("`{segment}` cannot be part of a resource name"));
        }
        self.encoded.push('/');
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
                self.encoded.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(self.encoded, "%{byte:02X}");
            }
        }
        self
    }

    /// Adds a whole resource name, such as `projects/p/locations/global`, segment by segment.
    #[must_use]
    pub fn resource(self, name: impl AsRef<str>) -> Self {
        name.as_ref().split('/').fold(self, |path, segment| path.segment(segment))
    }

    /// Adds a custom verb, such as `:undelete`, to the last segment.
    #[must_use]
    pub fn verb(mut self, verb: &'static str) -> Self {
        self.encoded.push(':');
        self.encoded.push_str(verb);
        self
    }

    /// Why the path can never be sent, if so.
    pub(crate) fn defect(&self) -> Option<&str> {
        self.defect.as_deref()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.encoded.is_empty() { "/" } else { &self.encoded })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_names_keep_their_slashes_and_nothing_else() {
        let path = Path::new("v1").resource("projects/p/serviceAccounts/a@p.iam.gserviceaccount.com").verb("enable");
        assert_eq!(path.to_string(), "/v1/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com:enable");
        assert!(Path::new("v1").resource("projects//x").defect().is_some());
        assert!(Path::new("v1").resource("projects/../x").defect().is_some());
        assert_eq!(Path::new("v1").resource("a:b").to_string(), "/v1/a%3Ab");
        assert_eq!(Path::root().to_string(), "/");
        assert_eq!(Path::root().literal("subscriptions").to_string(), "/subscriptions");
    }
}
