//! From the attributes of a key to its specification.

use std::collections::BTreeMap;

use crosscloud_trust::{CmekKey, KeySettings, Leaf};

use tfplugin::Attr;

use super::model::CmekKeyModel;
use crate::convert::{
    attr, labels_attr, option, option_attr, option_leaf_attr, option_text, set_attr, switch, switch_attr, text,
    text_map, texts,
};

impl CmekKeyModel {
    /// The attributes of a specification, for an import; what is computed is not known yet.
    pub(super) fn of(spec: &CmekKey) -> Self {
        Self {
            name: attr(&spec.name),
            project: attr(&spec.project),
            location: attr(&spec.location),
            key_ring: option_attr(&spec.key_ring),
            existing_key_ring: switch_attr(&spec.existing_key_ring),
            key_id: option_attr(&spec.key_id),
            rotation_period: option_attr(&spec.settings.rotation_period),
            protection_level: option_attr(&spec.settings.protection_level),
            destroy_scheduled_duration: option_attr(&spec.settings.destroy_scheduled_duration),
            service_agents: option_leaf_attr(&spec.service_agents, set_attr),
            disabled: switch_attr(&spec.disabled),
            labels: labels_attr(&spec.labels),
            adopt: Attr::Null,
            key_name: Attr::Unknown,
            key_ring_name: Attr::Unknown,
            objects: Attr::Unknown,
            realm: Attr::Unknown,
            timeouts: Attr::Null,
        }
    }

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
            disabled: switch(&self.disabled),
            labels: option(&self.labels, text_map).unwrap_or_else(|| Leaf::Known(BTreeMap::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, each_config};

    #[test]
    fn a_specification_gives_its_attributes_back() {
        each_config::<CmekKeyModel>(include_str!("../../malformed/cmek-key.json"), |model| {
            assert_eq!(CmekKeyModel::of(&model.spec()).spec(), model.spec());
        });
    }

    #[test]
    fn malformed_keys_are_told_at_their_attributes() {
        check::<CmekKeyModel>(include_str!("../../malformed/cmek-key.json"), |model| model.spec().problems());
    }
}
