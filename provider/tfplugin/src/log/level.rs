//! Which level the environment asks for.

use tracing::Level;

/// The level set for this provider, for all providers, or for everything; the most specific variable that is set
/// decides. `None` is silence.
pub(super) fn from_environment(provider_name: &str, variable: impl Fn(&str) -> Option<String>) -> Option<Level> {
    let own = format!("TF_LOG_PROVIDER_{}", provider_name.to_uppercase().replace('-', "_"));
    [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()))
        .and_then(|value| parse(&value))
}

fn parse(value: &str) -> Option<Level> {
    match value.to_ascii_lowercase().as_str() {
        "off" => None,
        "error" => Some(Level::ERROR),
        "warn" => Some(Level::WARN),
        "info" => Some(Level::INFO),
        "debug" => Some(Level::DEBUG),
        // `json` asks the host for everything in its JSON form; it reads an unknown level as trace too.
        _ => Some(Level::TRACE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(pairs: &[(&str, &str)]) -> Option<Level> {
        from_environment("cross-cloud", |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn silence_by_default() {
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[("TF_LOG", "")]), None);
        assert_eq!(level(&[("TF_LOG", "off")]), None);
    }

    #[test]
    fn the_most_specific_variable_wins() {
        assert_eq!(level(&[("TF_LOG", "WARN")]), Some(Level::WARN));
        assert_eq!(level(&[("TF_LOG", "warn"), ("TF_LOG_PROVIDER", "debug")]), Some(Level::DEBUG));
        assert_eq!(level(&[("TF_LOG", "warn"), ("TF_LOG_PROVIDER_CROSS_CLOUD", "off")]), None);
    }

    #[test]
    fn unknown_levels_and_json_mean_everything() {
        assert_eq!(level(&[("TF_LOG", "json")]), Some(Level::TRACE));
        assert_eq!(level(&[("TF_LOG", "1")]), Some(Level::TRACE));
    }
}
