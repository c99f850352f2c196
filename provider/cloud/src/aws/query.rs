//! AWS's query protocol: an action with form fields, all by POST to one path, and helpers to read what XML says.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Deserializer};

use crate::api::{Api, Quota};
use crate::request::{Path, Request};

/// A call of an action.
pub(crate) fn action<T>(api: Api, action: &'static str) -> Request<T> {
    let version = match api {
        Api::AwsSts => "2011-06-15",
        _ => "2010-05-08",
    };
    Request::post(api, Path::root()).field("Action", action).field("Version", version)
}

/// A call that only reads.
pub(crate) fn read<T>(api: Api, name: &'static str) -> Request<T> {
    action(api, name).idempotent(true).quota(Quota::Read(api))
}

impl<T> Request<T> {
    /// Adds a list of plain members.
    pub(crate) fn members(self, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> Self {
        let numbered = values.into_iter().enumerate();
        numbered.fold(self, |request, (at, value)| request.field(format!("{name}.member.{}", at + 1), value))
    }

    /// Adds a map as the list of pairs that tags are.
    pub(crate) fn tagged(self, tags: &BTreeMap<String, String>) -> Self {
        tags.iter().enumerate().fold(self, |request, (at, (key, value))| {
            let at = at + 1;
            request.field(format!("Tags.member.{at}.Key"), key).field(format!("Tags.member.{at}.Value"), value)
        })
    }
}

/// Reads the list of pairs that tags are.
pub(crate) fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Tag {
        key: String,
        #[serde(default, deserialize_with = "or_empty")]
        value: String,
    }
    let tags: Vec<Tag> = or_empty(deserializer)?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// An empty element is an empty text or list.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// XML has texts only.
pub(crate) fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr + Default,
    T::Err: Display,
{
    match Option::<String>::deserialize(deserializer)? {
        None => Ok(T::default()),
        Some(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}
