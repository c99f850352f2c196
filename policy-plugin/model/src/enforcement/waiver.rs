//! Waivers: somebody answers for a finding, for a reason, until a day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Date, EnforcementError};

/// A waiver.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Rule that is waived.
    pub rule: String,
    /// What it is waived for, such as `crosscloud_trust/aks-chat`. In the gate an address, in which `*` stands for any text.
    pub subject: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Last day on which it counts, in UTC.
    pub expires: Date,
}

impl Waiver {
    /// Whether it is about a finding of a rule on a subject.
    #[must_use]
    pub fn covers(&self, rule: &str, subject: &str) -> bool {
        self.rule == rule && matches(&self.subject, subject)
    }

    /// Whether it still counts on a day.
    #[must_use]
    pub fn counts_on(&self, today: Date) -> bool {
        today <= self.expires
    }

    pub(super) fn problem(&self) -> Option<EnforcementError> {
        let parts =
            [("rule", &self.rule), ("subject", &self.subject), ("owner", &self.owner), ("reason", &self.reason)];
        let (part, _) = parts.into_iter().find(|(_, text)| text.trim().is_empty())?;
        Some(EnforcementError::Blank { rule: self.rule.clone(), subject: self.subject.clone(), part })
    }
}

/// Whether a text matches as a whole, with `*` for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_whole_subjects() {
        for (pattern, text, expected) in [
            ("crosscloud_trust/a", "crosscloud_trust/a", true),
            ("crosscloud_trust/a", "crosscloud_trust/ab", false),
            ("module.x.*", "module.x.aws_iam_role.y", true),
            ("*.aws_iam_role.*", "module.x.aws_iam_role.y", true),
            ("a*a", "a", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
