//! AWS's error bodies, as the query protocol writes them in XML.

use super::{Answer, quote};
use crate::xml;

impl Answer {
    /// `None` when it is no such body.
    pub(super) fn aws(body: &[u8]) -> Option<Self> {
        let document = xml::parse(body).ok()?;
        let error = document.find("Error")?;
        let message = error.text("Message").unwrap_or_default();
        Some(Self {
            reason: error.text("Code"),
            request_id: document.text("RequestId").or_else(|| document.text("RequestID")),
            permission: permission_in(&message),
            message: quote(&message),
            ..Self::default()
        })
    }
}

/// "User: arn:… is not authorized to perform: iam:CreateRole on resource: …".
fn permission_in(message: &str) -> Option<String> {
    const BEFORE: &str = "authorized to perform: ";
    let word = &message[message.find(BEFORE)? + BEFORE.len()..];
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-'))).unwrap_or(word.len());
    let word = &word[..end];
    word.contains(':').then(|| word.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn code_message_permission_and_request_id_are_read() {
        let body = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
            <Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/a is not authorized to perform: iam:CreateRole \
            on resource: arn:aws:iam::1:role/r &amp; more</Message></Error><RequestId>r-9</RequestId></ErrorResponse>";
        let answer = Answer::aws(body.as_bytes()).unwrap();
        assert_eq!(answer.reason.as_deref(), Some("AccessDenied"));
        assert_eq!(answer.permission.as_deref(), Some("iam:CreateRole"));
        assert_eq!(answer.request_id.as_deref(), Some("r-9"));
        assert!(answer.message.ends_with("role/r & more"), "{}", answer.message);
    }

    #[test]
    fn other_bodies_are_not_taken_for_errors() {
        for body in [
            "",
            "{}",
            "<a/>",
            "<ErrorResponse><Error/>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><Error><Code>&a;</Code></Error>",
        ] {
            assert_eq!(Answer::aws(body.as_bytes()), None, "{body}");
        }
    }
}
