//! The Query protocol: parameters in a form, answers and refusals in XML.

use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::world::World;

/// The parameters of a request.
#[derive(Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Takes the form, or the query of a GET.
    pub(crate) fn new(call: &Call<'_>) -> Self {
        let mut pairs = call.request.query.clone();
        pairs.extend(call.request.form());
        Self { pairs }
    }

    /// A parameter's value, if it is given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be given.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            validation(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower_first(name)
            ))
        })
    }

    /// The values of a list, `Name.member.1` and so on.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{name}.member.{index}"))).collect()
    }

    /// Tags, as key and value, or nothing when there are none.
    pub(crate) fn tags(&self) -> Result<Vec<(String, String)>, Refusal> {
        let pair = |index: usize| {
            let key = self.get(&format!("Tags.member.{index}.Key"))?;
            Some((key.to_owned(), self.get(&format!("Tags.member.{index}.Value")).unwrap_or_default().to_owned()))
        };
        let tags: Vec<(String, String)> = (1..).map_while(pair).collect();
        if tags.len() > 50 {
            return Err(Refusal::new(409, "LimitExceeded", "Cannot exceed quota for TagsPerEntity: 50"));
        }
        for (index, (key, value)) in tags.iter().enumerate() {
            if tags[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(key)) {
                return Err(Refusal::new(
                    400,
                    "InvalidInput",
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            if key.is_empty()
                || key.chars().count() > 128
                || value.chars().count() > 256
                || key.to_ascii_lowercase().starts_with("aws:")
            {
                return Err(validation(format!(
                    "The tag '{key}' is not valid: 1 to 128 characters and a value of at most 256, without the prefix aws:."
                )));
            }
        }
        Ok(tags)
    }

    /// A whole number in a range.
    pub(crate) fn number(&self, name: &str, from: i64, to: i64) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|number| (from..=to).contains(number));
        number.map(Some).ok_or_else(|| {
            validation(format!(
                "1 validation error detected: Value '{text}' at '{}' failed to satisfy constraint: Member must have value between {from} and {to}",
                lower_first(name)
            ))
        })
    }
}

/// An element around others.
pub(crate) fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// An element with text in it.
pub(crate) fn text(name: &str, value: &str) -> String {
    element(name, &escaped(value))
}

/// An element with text in it, if there is any.
pub(crate) fn optional(name: &str, value: Option<&str>) -> String {
    value.map(|value| text(name, value)).unwrap_or_default()
}

/// A list, as `member` elements.
pub(crate) fn members(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let inner: String = members.into_iter().map(|member| element("member", &member)).collect();
    element(name, &inner)
}

/// Tags as AWS lists them.
pub(crate) fn tag_members(tags: &[(String, String)]) -> String {
    members("Tags", tags.iter().map(|(key, value)| text("Key", key) + &text("Value", value)))
}

/// A successful answer of the action in hand.
pub(crate) fn answer(world: &World, call: &Call<'_>, result: &str) -> Answer {
    let action = call.request.verb.as_deref().unwrap_or_default();
    let namespace = if call.api.service.starts_with("iam") {
        "https://iam.amazonaws.com/doc/2010-05-08/"
    } else {
        "https://sts.amazonaws.com/doc/2011-06-15/"
    };
    let result = if result.is_empty() { String::new() } else { element(&format!("{action}Result"), result) };
    let metadata = element("ResponseMetadata", &text("RequestId", &world.request_id));
    let body = format!("<{action}Response xmlns=\"{namespace}\">{result}{metadata}</{action}Response>\n");
    Answer::new(200, "text/xml", body)
}

/// Writes a refusal as `<ErrorResponse>`.
pub(crate) fn render(refusal: &Refusal) -> Answer {
    let kind = if refusal.status < 500 { "Sender" } else { "Receiver" };
    let error = text("Type", kind) + &text("Code", &refusal.code) + &text("Message", &refusal.message);
    let body = element("Error", &error) + &text("RequestId", &refusal.request_id);
    Answer::new(
        refusal.status,
        "text/xml",
        format!("<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">{body}</ErrorResponse>\n"),
    )
}

/// The refusal that an injected fault asks for.
pub(crate) fn injected(status: u16, reason: Option<&str>) -> Refusal {
    let code = match status {
        400 => "ValidationError",
        401 | 403 => "AccessDenied",
        404 => "NoSuchEntity",
        409 => "ConcurrentModification",
        429 => "Throttling",
        503 => "ServiceUnavailable",
        _ => "InternalFailure",
    };
    Refusal::new(status, reason.unwrap_or(code), format!("The request was refused by an injected fault ({status})."))
}

/// 400 for a value that no such parameter can have.
pub(crate) fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}

/// Refuses a name outside of `[\w+=,.@-]` or longer than it may be.
pub(crate) fn check_name(parameter: &str, name: &str, longest: usize) -> Result<(), Refusal> {
    let failed = |constraint: String| {
        validation(format!(
            "1 validation error detected: Value '{name}' at '{parameter}' failed to satisfy constraint: {constraint}"
        ))
    };
    if name.is_empty() || name.len() > longest {
        return Err(failed(format!("Member must have length between 1 and {longest}")));
    }
    let good = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    if good {
        Ok(())
    } else {
        Err(failed(String::from("Member must satisfy regular expression pattern: [\\w+=,.@-]+")))
    }
}

/// Escapes what XML reserves; characters that XML cannot hold are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' | '\t' => escaped.push(character),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_lowercase().to_string() + characters.as_str()).unwrap_or_default()
}
