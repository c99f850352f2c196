//! From the attributes to the specification.

use crosscloud_trust::AksWorkloadIdentity;

use super::model::AksWorkloadIdentityModel;
use crate::convert::{switch_or, text};

impl AksWorkloadIdentityModel {
    /// What the user asks for.
    pub(super) fn spec(&self) -> AksWorkloadIdentity {
        AksWorkloadIdentity {
            cluster_id: text(&self.cluster_id),
            workload_identity: switch_or(&self.workload_identity, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn malformed_clusters_are_told_at_their_attributes() {
        let table = include_str!("../../malformed/aks-workload-identity.json");
        check::<AksWorkloadIdentityModel>(table, |model| model.spec().problems());
    }
}
