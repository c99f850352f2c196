//! Condition operators.

use std::net::IpAddr;

use super::pattern::{self, Pattern, Plain, Resolved};
use super::request::Request;
use crate::truth::Truth;

/// A condition operator, such as `ForAnyValue:StringLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// How several values of the request count.
    pub quantifier: Quantifier,
    /// What is compared.
    pub test: Test,
    /// Whether an absent key satisfies it.
    pub if_exists: bool,
}

/// How several values of one key in a request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// There is one value.
    Single,
    /// One of them is enough, and there must be one.
    Any,
    /// None of them may fail; none at all satisfies it.
    All,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Text, exactly.
    String {
        /// `StringNotEquals`.
        negated: bool,
    },
    /// Text, without regard to case.
    StringIgnoreCase {
        /// `StringNotEqualsIgnoreCase`.
        negated: bool,
    },
    /// Text with wildcards.
    StringLike {
        /// `StringNotLike`.
        negated: bool,
    },
    /// Numbers.
    Numeric(Compare),
    /// Points in time.
    Date(Compare),
    /// `true` or `false`.
    Bool,
    /// Bytes in Base64.
    Binary,
    /// Addresses and ranges.
    IpAddress {
        /// `NotIpAddress`.
        negated: bool,
    },
    /// ARNs, part by part, with wildcards.
    Arn {
        /// `ArnNotEquals` and `ArnNotLike`.
        negated: bool,
    },
    /// Whether the key is absent.
    Null,
}

/// How two numbers or dates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `Equals`.
    Equals,
    /// `NotEquals`.
    NotEquals,
    /// `LessThan`.
    Less,
    /// `LessThanEquals`.
    LessEquals,
    /// `GreaterThan`.
    Greater,
    /// `GreaterThanEquals`.
    GreaterEquals,
}

impl Operator {
    /// Reads the name of an operator. Case does not matter.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("foranyvalue:") {
            (Quantifier::Any, rest)
        } else if let Some(rest) = name.strip_prefix("forallvalues:") {
            (Quantifier::All, rest)
        } else {
            (Quantifier::Single, name.as_str())
        };
        let (base, if_exists) = match rest.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let test = Test::read(base)?;
        // Null asks for existence itself, so it goes with neither.
        if test == Test::Null && (if_exists || quantifier != Quantifier::Single) {
            return None;
        }
        Some(Self { quantifier, test, if_exists })
    }

    /// Whether it can only be true of a request that carries the key with one of the values.
    #[must_use]
    pub fn is_positive(self) -> bool {
        !self.if_exists && self.quantifier != Quantifier::All && !self.test.is_negated() && self.test != Test::Null
    }
}

impl Test {
    fn read(base: &str) -> Option<Self> {
        if let Some(compare) = base.strip_prefix("numeric") {
            return Compare::read(compare).map(Self::Numeric);
        }
        if let Some(compare) = base.strip_prefix("date") {
            return Compare::read(compare).map(Self::Date);
        }
        Some(match base {
            "stringequals" => Self::String { negated: false },
            "stringnotequals" => Self::String { negated: true },
            "stringequalsignorecase" => Self::StringIgnoreCase { negated: false },
            "stringnotequalsignorecase" => Self::StringIgnoreCase { negated: true },
            "stringlike" => Self::StringLike { negated: false },
            "stringnotlike" => Self::StringLike { negated: true },
            "bool" => Self::Bool,
            "binaryequals" => Self::Binary,
            "ipaddress" => Self::IpAddress { negated: false },
            "notipaddress" => Self::IpAddress { negated: true },
            "arnequals" | "arnlike" => Self::Arn { negated: false },
            "arnnotequals" | "arnnotlike" => Self::Arn { negated: true },
            "null" => Self::Null,
            _ => return None,
        })
    }

    /// Whether the operator asks for a difference, and so is true where the key is absent.
    #[must_use]
    pub fn is_negated(self) -> bool {
        match self {
            Self::String { negated }
            | Self::StringIgnoreCase { negated }
            | Self::StringLike { negated }
            | Self::IpAddress { negated }
            | Self::Arn { negated } => negated,
            Self::Numeric(compare) | Self::Date(compare) => compare == Compare::NotEquals,
            Self::Bool | Self::Binary | Self::Null => false,
        }
    }

    /// Whether a value of the request is one of the policy's; what negated operators then turn round.
    pub(super) fn matches(self, wanted: &Pattern, written: &str, actual: &str, request: &Request<'_>) -> Truth {
        let negated = self.is_negated();
        match self {
            Self::String { .. } | Self::Binary if wanted.plain().is_some() => Truth::from(written == actual),
            Self::String { .. } | Self::Binary => resolved(wanted, request, negated, |plain| literal(plain) == actual),
            Self::StringIgnoreCase { .. } => {
                resolved(wanted, request, negated, |plain| literal(plain).to_lowercase() == actual.to_lowercase())
            }
            Self::StringLike { .. } => resolved(wanted, request, negated, |plain| pattern::matches(plain, actual)),
            Self::Arn { .. } => resolved(wanted, request, negated, |plain| arn(plain, actual)),
            Self::Bool => Truth::from(written.eq_ignore_ascii_case(actual)),
            Self::Numeric(compare) => match (written.trim().parse(), actual.trim().parse()) {
                (Ok(wanted), Ok(actual)) => Truth::from(compare.positive().holds::<f64>(actual, wanted)),
                _ => Truth::No,
            },
            Self::Date(compare) => match (seconds(written), seconds(actual)) {
                (Some(wanted), Some(actual)) => Truth::from(compare.positive().holds(actual, wanted)),
                _ => Truth::Unknown("a date in a form of its own".to_owned()),
            },
            Self::IpAddress { .. } => Truth::from(inside(written, actual)),
            Self::Null => Truth::No,
        }
    }
}

impl Compare {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "equals" => Self::Equals,
            "notequals" => Self::NotEquals,
            "lessthan" => Self::Less,
            "lessthanequals" => Self::LessEquals,
            "greaterthan" => Self::Greater,
            "greaterthanequals" => Self::GreaterEquals,
            _ => return None,
        })
    }

    /// The comparison that a negated one turns round.
    fn positive(self) -> Self {
        if self == Self::NotEquals { Self::Equals } else { self }
    }

    fn holds<T: PartialOrd>(self, actual: T, wanted: T) -> bool {
        match self {
            Self::Equals => actual == wanted,
            Self::NotEquals => actual != wanted,
            Self::Less => actual < wanted,
            Self::LessEquals => actual <= wanted,
            Self::Greater => actual > wanted,
            Self::GreaterEquals => actual >= wanted,
        }
    }
}

fn resolved(wanted: &Pattern, request: &Request<'_>, negated: bool, accept: impl FnOnce(&[Plain]) -> bool) -> Truth {
    if let Some(plain) = wanted.plain() {
        return Truth::from(accept(plain));
    }
    match wanted.resolve(request) {
        Resolved::Text(plain) => Truth::from(accept(&plain)),
        // What a difference from nothing is worth, AWS does not say.
        Resolved::Missing if negated => Truth::Unknown("how a variable without a value compares".to_owned()),
        Resolved::Missing => Truth::No,
        Resolved::Unknown(reason) => Truth::Unknown(reason),
    }
}

/// The text where wildcards mean themselves.
fn literal(plain: &[Plain]) -> String {
    plain
        .iter()
        .map(|piece| match piece {
            Plain::Character(character) => *character,
            Plain::Any => '*',
            Plain::One => '?',
        })
        .collect()
}

/// ARNs match part by part, so that a wildcard does not reach over a colon; only the last part may hold colons.
fn arn(wanted: &[Plain], actual: &str) -> bool {
    if wanted == [Plain::Any] {
        return true;
    }
    let wanted: Vec<&[Plain]> = wanted.splitn(6, |piece| *piece == Plain::Character(':')).collect();
    let actual: Vec<&str> = actual.splitn(6, ':').collect();
    wanted.len() == 6
        && actual.len() == 6
        && wanted.iter().zip(actual).all(|(wanted, actual)| pattern::matches(wanted, actual))
}

/// Whether an address lies in a range such as `203.0.113.0/24`, or is the one that is named.
fn inside(range: &str, address: &str) -> bool {
    let (network, length) = match range.trim().split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()),
        None => (range.trim(), Some(128)),
    };
    let (Ok(network), Ok(address), Some(length)) =
        (network.parse::<IpAddr>(), address.trim().parse::<IpAddr>(), length)
    else {
        return false;
    };
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let length = length.min(width);
    length == 0 || network >> (width - length) == address >> (width - length)
}

/// Seconds since 1970 of a date such as `2026-01-31T12:00:00Z`, `2026-01-31`, or a number of seconds.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let (date, time) = match text.strip_suffix('Z').unwrap_or(text).split_once('T') {
        Some((date, time)) => (date, time),
        None => (text, "00:00:00"),
    };
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let date: Vec<i64> = date.split('-').map(number).collect::<Option<_>>()?;
    let time: Vec<i64> =
        time.split(':').map(|part| number(part.split('.').next().unwrap_or_default())).collect::<Option<_>>()?;
    let ([year, month @ 1..=12, day @ 1..=31], [hour @ 0..=23, minute @ 0..=59, rest @ ..]) =
        (date.as_slice(), time.as_slice())
    else {
        return None;
    };
    let second = match rest {
        [] => 0,
        [second @ 0..=60] => *second,
        _ => return None,
    };
    if !(1..=9999).contains(year) {
        return None;
    }
    // Days from civil, counting years from March.
    let (year, month) = if *month > 2 { (*year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let within = year.rem_euclid(400);
    let days = era * 146_097 + within * 365 + within / 4 - within / 100 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::{Operator, inside, seconds};

    #[test]
    fn reads_names() {
        for name in
            ["StringEquals", "stringlikeifexists", "ForAnyValue:StringLike", "ForAllValues:ArnNotLikeIfExists", "Null"]
        {
            assert!(Operator::read(name).is_some(), "{name}");
        }
        for name in ["", "StringContains", "NullIfExists", "ForAnyValue:Null", "ForSome:StringEquals", "IfExists"] {
            assert!(Operator::read(name).is_none(), "{name}");
        }
    }

    #[test]
    fn knows_ranges() {
        for (range, address, expected) in [
            ("203.0.113.0/24", "203.0.113.9", true),
            ("203.0.113.0/24", "203.0.114.9", false),
            ("203.0.113.9", "203.0.113.9", true),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("2001:db8::/32", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("203.0.113.0/24", "2001:db8::1", false),
            ("nonsense/24", "203.0.113.9", false),
            ("203.0.113.0/999", "203.0.113.0", true),
        ] {
            assert_eq!(inside(range, address), expected, "{range} {address}");
        }
    }

    #[test]
    fn knows_dates() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2026-11-21T23:59:59Z"), Some(1_795_305_599));
        assert_eq!(seconds("2024-02-29"), Some(1_709_164_800));
        assert_eq!(seconds("1767225600"), Some(1_767_225_600));
        assert_eq!(seconds("tomorrow"), None);
    }
}
