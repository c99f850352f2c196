//! AKS clusters that somebody else manages: two of their settings can be switched on, and one of them off again.

use crosscloud_cloud::azure::clusters;
use crosscloud_cloud::azure::{ClusterName, WorkloadIdentity};
use crosscloud_trust::azure::Cluster;
use crosscloud_trust::{Leaf, Text};

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::known;
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds, lock};

impl Kind for Cluster {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: ClusterName = id.parse()?;
        let there = client(clouds).cluster(&name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| {
            learn(clouds, id, there.issuer_url());
            Self {
                id: Text::of(id),
                oidc_issuer: Leaf::Known(there.has_oidc_issuer()),
                workload_identity: Leaf::Known(there.has_workload_identity()),
                disabled: Leaf::Known(!there.has_workload_identity()),
            }
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let id = known(&self.id)?;
        if let Look::There(there) = Self::look(clouds, &id, None).await?
            && self.equals(&there)
        {
            return Ok(Made::Exists);
        }
        self.switch(clouds).await?;
        Ok(Made::New)
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        self.switch(clouds).await
    }

    /// The cluster stays as it is: AKS never lets the one setting be switched off, and pods rely on the other. What is off stays off.
    async fn delete(_clouds: &Clouds, _id: &str) -> Result<(), CloudError> {
        Ok(())
    }

    /// What is on and not asked for is no difference, unless it has to be off.
    fn equals(&self, there: &Self) -> bool {
        let holds = |wanted: &Leaf<bool>, there: &Leaf<bool>| *wanted != Leaf::Known(true) || wanted == there;
        holds(&self.oidc_issuer, &there.oidc_issuer)
            && holds(&self.workload_identity, &there.workload_identity)
            && holds(&self.disabled, &there.disabled)
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let name: ClusterName = known(&self.id)?.parse()?;
        let put = clusters::put(&name, &serde_json::Value::Null, None);
        needs.look(&clusters::get(&name)).create(&put).update(&put);
        Ok(())
    }
}

trait Switch {
    async fn switch(&self, clouds: &Clouds) -> Result<(), CloudError>;
}

impl Switch for Cluster {
    async fn switch(&self, clouds: &Clouds) -> Result<(), CloudError> {
        let id = known(&self.id)?;
        let webhook = match (known(&self.workload_identity)?, known(&self.disabled)?) {
            (_, true) => Some(false),
            (on, false) => on.then_some(true),
        };
        let wanted = WorkloadIdentity { oidc_issuer: known(&self.oidc_issuer)?, webhook };
        let cluster = client(clouds).set_workload_identity(&id.parse()?, &wanted, &clouds.patient()).await?;
        learn(clouds, &id, cluster.issuer_url());
        Ok(())
    }
}

/// Keeps the issuer that AKS chose for the cluster.
fn learn(clouds: &Clouds, id: &str, issuer: Option<&str>) {
    if let Some(issuer) = issuer {
        lock(&clouds.learnt).issuers.insert(id.to_owned(), issuer.to_owned());
    }
}
