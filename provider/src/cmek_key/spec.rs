//! From the attributes of a key to its specification.

use std::collections::BTreeMap;

use crosscloud_trust::{CmekKey, KeySettings, Leaf};

use super::model::CmekKeyModel;
use crate::convert::{option, option_text, switch, text, text_map, texts};

impl CmekKeyModel {
    /// What the user asks for.
    pub(super) fn spec(&self) -> CmekKey {
        CmekKey {
            name: text(&self.name),
            project: text(&self.project),
            location: text(&self.location),
            key_ring: option_text(&self.key_ring),
            existing_key_ring: switch(&self.existing_key_ring),
            key_id: option_text(&self.key_id),
            settings: KeySettings {
                existing: None,
                rotation_period: option_text(&self.rotation_period),
                protection_level: option_text(&self.protection_level),
                destroy_scheduled_duration: option_text(&self.destroy_scheduled_duration),
            },
            service_agents: option(&self.service_agents, texts),
            labels: option(&self.labels, text_map).unwrap_or_else(|| Leaf::Known(BTreeMap::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn malformed_keys_are_told_at_their_attributes() {
        check::<CmekKeyModel>(include_str!("../../malformed/cmek-key.json"), |model| model.spec().problems());
    }
}
