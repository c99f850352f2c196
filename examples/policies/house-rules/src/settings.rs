//! What a platform team tells the policy, and what is wrong with it.

use crosscloud_policy_sdk::model::issuer;
use serde::Deserialize;
use serde_json::Value;

/// The settings of a module in the provider block, or in the file that `CROSSCLOUD_POLICY_FILE` names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Whose tokens may be trusted, as URLs; one that ends in `/*` takes everything below it.
    pub(crate) issuers: Vec<String>,
    /// Which roles may be granted.
    pub(crate) roles: Vec<String>,
    /// What names begin with, one of these.
    pub(crate) teams: Vec<String>,
}

impl Settings {
    /// Reads the settings. All problems are told at once, so that nobody mends them one plan at a time.
    pub(crate) fn read(settings: &Value) -> Result<Self, Vec<String>> {
        let read = Self::deserialize(settings).map_err(|error| vec![error.to_string()])?;
        let problems = read.problems();
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, list) in [("issuers", &self.issuers), ("roles", &self.roles), ("teams", &self.teams)] {
            if list.is_empty() {
                problems.push(format!("`{name}` is empty, so nothing would pass"));
            }
        }
        for url in &self.issuers {
            if let Err(error) = issuer::check(url.trim_end_matches("/*")) {
                problems.push(format!("`{url}` in `issuers`: {error}"));
            }
        }
        for team in &self.teams {
            if !team.ends_with('-') {
                problems.push(format!("`{team}` in `teams` should end in `-`: `{team}` alone also begins other names"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Settings;

    #[test]
    fn whole_settings_are_read() {
        let settings = json!({"issuers": ["https://ci.acme.com/*"], "roles": ["roles/run.invoker"], "teams": ["ml-"]});
        assert!(Settings::read(&settings).is_ok());
    }

    #[test]
    fn every_problem_is_told() {
        let settings = json!({"issuers": ["http://ci.acme.com"], "roles": [], "teams": ["ml"]});
        let problems = Settings::read(&settings).err().unwrap_or_default();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(Settings::read(&json!({"issuer": []})).is_err());
        assert!(Settings::read(&json!(null)).is_err());
    }
}
