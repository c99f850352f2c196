//! From the attributes to the specification.

use crosscloud_trust::{AksWorkloadIdentity, Leaf};
use tfplugin::Attr;

use super::model::AksWorkloadIdentityModel;
use crate::convert::{attr, switch, switch_attr, switch_or, text};

impl AksWorkloadIdentityModel {
    /// The attributes of a specification, for an import; what is computed is not known yet.
    pub(super) fn of(spec: &AksWorkloadIdentity) -> Self {
        Self {
            cluster_id: attr(&spec.cluster_id),
            workload_identity: match spec.workload_identity {
                Leaf::Known(true) => Attr::Null,
                Leaf::Known(false) => Attr::Known(false),
                Leaf::Unknown => Attr::Unknown,
            },
            disabled: switch_attr(&spec.disabled),
            issuer: Attr::Unknown,
            objects: Attr::Unknown,
            realm: Attr::Unknown,
            timeouts: Attr::Null,
        }
    }

    /// What the user asks for.
    pub(super) fn spec(&self) -> AksWorkloadIdentity {
        AksWorkloadIdentity {
            cluster_id: text(&self.cluster_id),
            workload_identity: switch_or(&self.workload_identity, true),
            disabled: switch(&self.disabled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, each_config};

    #[test]
    fn a_specification_gives_its_attributes_back() {
        each_config::<AksWorkloadIdentityModel>(include_str!("../../malformed/aks-workload-identity.json"), |model| {
            assert_eq!(AksWorkloadIdentityModel::of(&model.spec()).spec(), model.spec());
        });
    }

    #[test]
    fn malformed_clusters_are_told_at_their_attributes() {
        let table = include_str!("../../malformed/aks-workload-identity.json");
        check::<AksWorkloadIdentityModel>(table, |model| model.spec().problems());
    }
}
