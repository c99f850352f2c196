//! Durations as Google writes them in JSON: `7776000s`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Deserialize)]
#[serde(transparent)]
struct Text(String);

/// Writes whole seconds.
pub(super) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|duration| format!("{}s", duration.as_secs())).serialize(serializer)
}

/// Reads seconds, of which a fraction is dropped.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let Some(Text(text)) = Option::deserialize(deserializer)? else { return Ok(None) };
    let seconds =
        text.strip_suffix('s').and_then(|number| number.split('.').next()).and_then(|whole| whole.parse().ok());
    seconds
        .map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` is not a duration such as 7776000s")))
}
