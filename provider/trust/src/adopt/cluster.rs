//! AKS clusters, of which a composite has two switches and the rest stays where it is.

use std::collections::BTreeSet;

use super::{Adopted, Managed};

const ISSUER: &str = "oidc_issuer_enabled";
const WEBHOOK: &str = "workload_identity_enabled";

/// The cluster's switches. None: its issuer is off, so there is nothing to take over.
pub(super) fn adopt(cluster: &Managed) -> Option<Adopted> {
    let is_on = |name: &str| cluster.attributes.get(name).and_then(serde_json::Value::as_bool) == Some(true);
    if !is_on(ISSUER) {
        return None;
    }
    let mut remarks = vec![
        format!("{} goes on to manage the cluster, with `{ISSUER}` and `{WEBHOOK}` under", cluster.configured),
        "`ignore_changes` and no longer as arguments: from here on the composite has these two switches.".to_owned(),
    ];
    if !is_on(WEBHOOK) {
        remarks
            .push("Its webhook is off: write `workload_identity = false`, or the composite switches it on.".to_owned());
    }
    Some(Adopted {
        address: format!("crosscloud_aks_workload_identity.{}", cluster.label),
        import_id: cluster.text("id")?.to_owned(),
        replaces: BTreeSet::new(),
        remarks,
    })
}
