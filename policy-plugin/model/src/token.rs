//! Tokens that are not written out until somebody reads them.
//!
//! A policy puts hundreds of tokens to every trust, and most conditions look at two or three claims. So a token keeps what its issuer makes the
//! claims from, and makes a claim when it is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::attacker::bearer::Bearer;
use crate::cel::Value;

/// Claims of a token.
pub type Claims = Map<String, Json>;

/// When every token was issued, becomes valid and expires; nobody's verdict should depend on it.
const TIMES: [(&str, i64); 3] = [("iat", 1_767_225_600), ("nbf", 1_767_225_600), ("exp", 1_767_229_200)];

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    issuer: Arc<str>,
    audience: Arc<str>,
    bearer: Bearer,
    /// Claims that somebody said, which count more than what the bearer gives.
    said: Option<Arc<BTreeMap<String, Json>>>,
}

impl Token {
    /// A token of an issuer for an audience.
    pub(crate) fn new(issuer: &Arc<str>, audience: &Arc<str>, bearer: Bearer) -> Self {
        Self { issuer: issuer.clone(), audience: audience.clone(), bearer, said: None }
    }

    /// A token with exactly these claims.
    #[must_use]
    pub fn of_claims(claims: Claims) -> Self {
        let text = |name: &str| Arc::from(claims.get(name).and_then(Json::as_str).unwrap_or_default());
        Self { issuer: text("iss"), audience: text("aud"), bearer: Bearer::Claims(Arc::new(claims)), said: None }
    }

    /// The same token, for another audience.
    #[must_use]
    pub fn for_audience(&self, audience: &str) -> Self {
        Self { audience: audience.into(), ..self.clone() }
    }

    pub(crate) fn saying(self, said: &BTreeMap<String, Json>) -> Self {
        Self { said: Some(Arc::new(said.clone())), ..self }
    }

    /// Whether a claim says nothing about whose token it is, so that a token of anybody may say anything there.
    pub(crate) fn leaves_open(&self, name: &str) -> bool {
        name != "iss" && self.bearer.leaves_open(name)
    }

    /// What the token says under a name.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Json> {
        self.value(name).map(|value| value.to_json())
    }

    /// What the token says under a name, where that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().map(str::to_owned)
    }

    /// What the token says under a name, for expressions.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        if let Some(said) = self.said.as_ref().and_then(|said| said.get(name)) {
            return Some(said.into());
        }
        match name {
            "iss" if self.bearer.is_jwt() => Some(Value::String(self.issuer.clone())),
            "aud" if !matches!(self.bearer, Bearer::Aws(_)) && !self.audience.is_empty() => {
                Some(Value::String(self.audience.clone()))
            }
            _ => self.bearer.value(name).or_else(|| {
                let time = TIMES.iter().find(|(time, _)| *time == name);
                time.filter(|_| self.bearer.is_jwt()).map(|(_, seconds)| Value::Int(*seconds))
            }),
        }
    }

    /// The whole token, written out.
    #[must_use]
    pub fn claims(&self) -> Claims {
        let said = self.said.iter().flat_map(|said| said.keys().map(String::as_str));
        let envelope = if self.bearer.is_jwt() { &["iss", "aud", "iat", "nbf", "exp"][..] } else { &[] };
        let names = envelope.iter().copied().chain(self.bearer.names()).chain(said);
        names.filter_map(|name| Some((name.to_owned(), self.claim(name)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::Token;

    #[test]
    fn says_what_it_was_told() {
        let claims: Map<String, Value> =
            [("iss".to_owned(), json!("https://a.example")), ("n".to_owned(), json!({"x": [1, true]}))]
                .into_iter()
                .collect();
        let token = Token::of_claims(claims);
        assert_eq!(token.claim("n"), Some(json!({"x": [1, true]})));
        assert_eq!(token.text("iss").as_deref(), Some("https://a.example"));
        assert_eq!(token.text("n"), None);
        assert_eq!(token.for_audience("other").text("aud").as_deref(), Some("other"));
        assert_eq!(token.claims()["n"], json!({"x": [1, true]}));
    }
}
