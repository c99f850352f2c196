//! Strings that mean something: addresses, networks, times, JSON, and whatever an author adds.
//!
//! ```
//! use std::net::IpAddr;
//! use tfplugin::model::{Parsed, Timestamp};
//! use tfplugin::{Attr, Model, Path, Schema, Value};
//!
//! /// A name in a zone.
//! #[derive(Clone, Debug, Model)]
//! struct Record {
//!     /// Where it leads.
//!     #[attr(required)]
//!     address: Attr<Parsed<IpAddr>>,
//!     /// When it ends.
//!     #[attr(optional)]
//!     expires: Attr<Parsed<Timestamp>>,
//! }
//!
//! let record = |address: &str| Value::object([("address", Value::from(address)), ("expires", Value::Null)]);
//! let read = Record::decode(record("2001:DB8::1"), &Path::root()).unwrap();
//! assert!(read.address.known().unwrap().value().is_ipv6());
//! // It is kept as it was written.
//! assert_eq!(read.encode(), record("2001:DB8::1"));
//! assert!(Schema::of::<Record>().validate(&record("2001:DB8::1::")).has_error());
//! ```

mod cidr;
mod timestamp;

pub use cidr::{Cidr, NoNetwork};
pub use timestamp::Timestamp;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::field::{AttrType, Shape};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::schema::Same;
use crate::schema::validate::string;
use crate::types::Type;
use crate::value::Value;

/// What a string can mean.
pub trait Meaning: Sized + 'static {
    /// What such a string must be, for messages: "must be an IP address".
    const REQUIREMENT: &'static str;

    /// Reads a string. `None` if it means nothing.
    fn parse(text: &str) -> Option<Self>;

    /// Writes it in the usual way.
    fn write(&self) -> String;

    /// Whether two strings with these meanings are the same to whoever reads them.
    fn same(&self, other: &Self) -> bool;
}

/// A string together with what it means.
///
/// It is checked while the configuration is validated, kept as it was written, and compared by what it means: what a
/// cloud writes in another way is no change.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    text: String,
    value: T,
}

impl<T: Meaning> Parsed<T> {
    /// Reads a string. `None` if it means nothing.
    pub fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(|value| Parsed { text: text.to_owned(), value })
    }

    /// What it means.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// What it means, without the string.
    pub fn into_value(self) -> T {
        self.value
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T: Meaning> From<T> for Parsed<T> {
    fn from(value: T) -> Self {
        Parsed { text: value.write(), value }
    }
}

impl<T: Meaning> PartialEq for Parsed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value.same(&other.value)
    }
}

impl<T: Meaning> AttrType for Parsed<T> {
    fn shape() -> Shape {
        let same = Same::new(|left, right| {
            let [left, right] = [left, right].map(|value| value.as_str().and_then(T::parse));
            left.zip(right).is_some_and(|(left, right)| left.same(&right))
        });
        let validator = string(T::REQUIREMENT, |text| T::parse(text).is_some());
        Shape::Checked { ty: Type::String, validators: vec![validator], same: Some(same) }
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        let text = String::decode_known(value, path)?;
        Parsed::parse(&text).ok_or_else(|| {
            let detail = format!("`{path}` {}.", T::REQUIREMENT);
            Diagnostic::attribute_error(path, "Invalid attribute value", detail).into()
        })
    }

    fn encode_known(&self) -> Value {
        Value::from(self.text.as_str())
    }
}

macro_rules! address {
    ($($type:ty, $requirement:literal;)*) => {$(
        impl Meaning for $type {
            const REQUIREMENT: &'static str = $requirement;

            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn write(&self) -> String {
                self.to_string()
            }

            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

address! {
    IpAddr, "must be an IP address";
    Ipv4Addr, "must be an IPv4 address";
    Ipv6Addr, "must be an IPv6 address";
    Cidr, "must be a network such as 10.0.0.0/8 or 2001:db8::/32";
}

/// JSON, compared without regard to white space and the order of members.
impl Meaning for serde_json::Value {
    const REQUIREMENT: &'static str = "must be JSON";

    fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{plan_resource_change, proposed_new_state};
    use crate::schema::{Attribute, Schema};

    #[test]
    fn what_means_the_same_is_no_change() {
        let schema = Schema::new(vec![
            Parsed::<serde_json::Value>::shape().attribute("json"),
            Vec::<Parsed<IpAddr>>::shape().attribute("hosts"),
            std::collections::BTreeMap::<String, Parsed<Timestamp>>::shape().attribute("times"),
            Attribute::new("etag", Type::String).computed(),
        ]);
        let value = |json: &str, host: &str, time: &str, etag: Value| {
            Value::object([
                ("json", Value::from(json)),
                ("hosts", Value::list([host.into(), "1.2.3.4".into()])),
                ("times", Value::map([("end", Value::from(time))])),
                ("etag", etag),
            ])
        };
        let prior = value(r#"{"a":1,"b":[2]}"#, "2001:db8::1", "2026-01-01T00:00:00Z", "e".into());
        let plan = |config: &Value| {
            let proposed = proposed_new_state(&schema.attributes, &prior, config);
            plan_resource_change(&schema, config, &prior, proposed).planned
        };
        let rewritten = value(r#"{ "b": [2], "a": 1 }"#, "2001:DB8:0::1", "2026-01-01T01:00:00+01:00", Value::Null);
        assert_eq!(plan(&rewritten), prior);
        let changed = value(r#"{"a":2}"#, "2001:db8::2", "2026-01-01T00:00:01Z", Value::Null);
        assert_eq!(plan(&changed).attribute("etag"), Some(&Value::UNKNOWN));
        assert!(!schema.validate(&rewritten).has_error());
        let told = schema.validate(&value("{", "1.2.3", "soon", Value::Null));
        let places: Vec<String> = told.iter().filter_map(|told| told.path.as_ref()).map(ToString::to_string).collect();
        assert_eq!(places, ["json", "hosts[0]", "times[\"end\"]"]);
    }
}
