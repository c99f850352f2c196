//! Timeouts that users set: the attribute `timeouts` with a duration for each operation.
//!
//! ```
//! use std::time::Duration;
//! use tfplugin::timeouts::{Operation, Timeouts};
//! use tfplugin::{Attr, Model};
//!
//! #[derive(Clone, Debug, Model)]
//! struct Cluster {
//!     /// How long operations may take.
//!     #[attr(optional)]
//!     timeouts: Attr<Timeouts>,
//! }
//!
//! let set = Timeouts { create: "1h30m".into(), ..Timeouts::default() };
//! let cluster = Cluster { timeouts: set.into() };
//! let usual = Duration::from_secs(600);
//! assert_eq!(Timeouts::limit(&cluster.timeouts, Operation::Create, usual), Duration::from_secs(5400));
//! assert_eq!(Timeouts::limit(&cluster.timeouts, Operation::Delete, usual), usual);
//! // In a handler: let context = context.with_timeout(limit);
//! ```

use std::time::Duration;

use crate::model::{Attr, Model};
use crate::schema::Validator;
use crate::schema::validate::string;

/// How long operations may take, each a duration such as `90s`, `20m` or `1h30m`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub struct Timeouts {
    /// How long creating may take, such as `20m`.
    #[attr(optional, validate = duration())]
    pub create: Attr<String>,
    /// How long reading may take, such as `5m`.
    #[attr(optional, validate = duration())]
    pub read: Attr<String>,
    /// How long updating may take, such as `20m`.
    #[attr(optional, validate = duration())]
    pub update: Attr<String>,
    /// How long deleting may take, such as `20m`.
    #[attr(optional, validate = duration())]
    pub delete: Attr<String>,
}

/// What takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Making an object.
    Create,
    /// Looking at an object.
    Read,
    /// Changing an object.
    Update,
    /// Removing an object.
    Delete,
}

impl Timeouts {
    /// How long an operation may take: what the user set, or `usual`.
    pub fn limit(timeouts: &Attr<Timeouts>, operation: Operation, usual: Duration) -> Duration {
        let set = timeouts.known().map(|timeouts| match operation {
            Operation::Create => &timeouts.create,
            Operation::Read => &timeouts.read,
            Operation::Update => &timeouts.update,
            Operation::Delete => &timeouts.delete,
        });
        set.and_then(Attr::as_str).and_then(parse_duration).unwrap_or(usual)
    }
}

/// A duration such as `90s`, `20m` or `1h30m`.
pub fn duration() -> Validator {
    string("must be a duration such as \"90s\", \"20m\" or \"1h30m\"", |text| parse_duration(text).is_some())
}

/// Reads a duration: numbers, each with one of the units `h`, `m`, `s` and `ms`, largest unit first or not. `None` if it
/// is none, is zero, or does not fit.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (mut rest, mut total) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, unit_on) = rest.split_at(digits);
        let letters = unit_on.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(unit_on.len());
        let (unit, after) = unit_on.split_at(letters);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = after;
    }
    (!total.is_zero()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;
    use crate::schema::Schema;
    use crate::value::Value;

    #[test]
    fn durations_are_numbers_with_units() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("90s"), Some(90.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("1.5m250ms"), Some(90.25));
        for wrong in ["", "0s", "5", "m", "-5m", "5 m", "5d", "1e9h", "..s", "99999999999999999999999h"] {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_wrong_duration_is_told_at_its_attribute() {
        let timeouts = Timeouts { update: "soon".into(), ..Timeouts::default() };
        let told = Schema::of::<Timeouts>().validate(&timeouts.encode());
        let places: Vec<_> = told.iter().map(|told| told.path.clone()).collect();
        assert_eq!(places, [Some(Path::root().attribute("update"))]);
        let unknown = Value::object([("update", Value::UNKNOWN)]);
        assert!(Schema::of::<Timeouts>().validate(&unknown).is_empty());
    }
}
