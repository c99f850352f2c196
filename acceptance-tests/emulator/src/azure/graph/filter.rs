//! `$filter` as far as command lines and clients use it: equality, a value in a list, and the beginning of a text, joined by `and`.

use serde_json::Value;

use super::bad_request;
use crate::http::answer::Refusal;
use crate::http::route::Call;

/// Keeps the objects that the request's `$filter` chooses, and answers them as a list.
pub(super) fn chosen(call: &Call<'_>, mut objects: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    let filter = call.request.query("$filter").unwrap_or_default().trim();
    for term in terms(filter) {
        let term = parsed(term).ok_or_else(|| Refusal {
            code: String::from("Request_UnsupportedQuery"),
            ..bad_request(format!("Unsupported or invalid query filter clause specified: '{term}'."))
        })?;
        objects.retain(|object| term.holds(object));
    }
    Ok(objects)
}

#[derive(Debug, PartialEq, Eq)]
enum Term {
    Equals(String, String),
    Contains(String, String),
    StartsWith(String, String),
}

impl Term {
    fn holds(&self, object: &Value) -> bool {
        match self {
            Self::Equals(name, value) => object[name].as_str().is_some_and(|text| text.eq_ignore_ascii_case(value)),
            Self::Contains(name, value) => {
                object[name].as_array().is_some_and(|values| values.iter().any(|each| each == value.as_str()))
            }
            Self::StartsWith(name, value) => object[name]
                .as_str()
                .is_some_and(|text| text.to_ascii_lowercase().starts_with(&value.to_ascii_lowercase())),
        }
    }
}

/// The terms between `and`s, apart from those inside of quotes.
fn terms(filter: &str) -> Vec<&str> {
    let (mut terms, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, character) in filter.char_indices() {
        quoted ^= character == '\'';
        if !quoted && filter[at..].starts_with(" and ") {
            terms.push(&filter[start..at]);
            start = at + " and ".len();
        }
    }
    terms.push(filter.get(start..).unwrap_or_default());
    terms.into_iter().map(str::trim).filter(|term| !term.is_empty()).collect()
}

fn parsed(term: &str) -> Option<Term> {
    if let Some(rest) = term.strip_prefix("startswith(").or_else(|| term.strip_prefix("startsWith(")) {
        let (name, value) = rest.strip_suffix(')')?.split_once(',')?;
        return Some(Term::StartsWith(name.trim().to_owned(), quoted(value)?));
    }
    if let Some((name, rest)) = term.split_once("/any(") {
        let (variable, condition) = rest.strip_suffix(')')?.split_once(':')?;
        let (compared, value) = condition.split_once(" eq ")?;
        return (compared.trim() == variable.trim()).then_some(Term::Contains(name.to_owned(), quoted(value)?));
    }
    let (name, value) = term.split_once(" eq ")?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then_some(Term::Equals(name.to_owned(), quoted(value)?))
}

fn quoted(text: &str) -> Option<String> {
    Some(text.trim().strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_clients_write_them() {
        assert_eq!(parsed("appId eq 'x'"), Some(Term::Equals("appId".into(), "x".into())));
        let any = parsed("identifierUris/any(s:s eq 'api://t/n')");
        assert_eq!(any, Some(Term::Contains("identifierUris".into(), "api://t/n".into())));
        assert_eq!(
            parsed("startswith(displayName,'a''b')"),
            Some(Term::StartsWith("displayName".into(), "a'b".into()))
        );
        assert_eq!(parsed("displayName ne 'x'"), None);
        assert_eq!(terms("a eq 'x and y' and b eq 'z'"), ["a eq 'x and y'", "b eq 'z'"]);
    }
}
