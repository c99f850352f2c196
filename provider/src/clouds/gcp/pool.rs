//! Workload identity pools.

use std::sync::PoisonError;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::{PoolName, PoolSpec};
use crosscloud_cloud::gcp::{pools, providers};
use crosscloud_trust::Leaf;
use crosscloud_trust::gcp::Pool;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, mask, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for Pool {
    const COMES_BACK: bool = true;

    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: PoolName = id.parse()?;
        let Some(there) = client(clouds).get_pool(&name, &clouds.context()).await? else { return Ok(Look::Absent) };
        let pool = Self {
            project: seen(&name.project),
            pool: seen(&name.pool),
            display_name: seen(&there.spec.display_name),
            description: seen(&there.spec.description),
            disabled: Leaf::Known(there.spec.disabled),
        };
        Ok(if there.is_deleted() { Look::Deleted(pool) } else { Look::There(pool) })
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_pool(&name(self)?, &spec(self)?, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let fields = mask([
            ("displayName", self.display_name != there.display_name),
            ("description", self.description != there.description),
            ("disabled", self.disabled != there.disabled),
        ]);
        client(clouds).update_pool(&name(self)?, &spec(self)?, &fields, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_pool(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    /// Brings a deleted pool back. Its old providers and the tokens issued under it come back with it, so it is disabled at once and opened
    /// last, and not at all while it holds a provider that nobody here vouches for.
    async fn revive(&self, _there: &Self, clouds: &Clouds) -> Result<bool, CloudError> {
        let (name, patient) = (name(self)?, clouds.patient());
        client(clouds).undelete_pool(&name, &patient).await?;
        let closed = PoolSpec { disabled: true, ..spec(self)? };
        client(clouds).update_pool(&name, &closed, &["displayName", "description", "disabled"], &patient).await?;
        let providers = foreign_providers(clouds, &name).await?;
        if !providers.is_empty() {
            return Err(CloudError::Foreign { pool: name, providers, outcome: "was brought back and left disabled" });
        }
        clouds.revived.lock().unwrap_or_else(PoisonError::into_inner).insert(name, self.clone());
        Ok(true)
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (name, spec) = (name(self)?, spec(self)?);
        needs.look(&pools::get(&name)).create(&pools::create(&name, &spec)).update(&pools::update(&name, &spec, &[]));
        needs.revive(&pools::undelete(&name)).revive(&providers::list(&name, "")).delete(&pools::delete(&name));
        Ok(())
    }
}

/// Opens a pool again that was brought back, unless it is to stay disabled.
pub(in crate::clouds) async fn open(clouds: &Clouds, name: &PoolName, wanted: &Pool) -> Result<(), CloudError> {
    let spec = spec(wanted)?;
    if !spec.disabled {
        client(clouds).update_pool(name, &spec, &["disabled"], &clouds.patient()).await?;
    }
    Ok(())
}

/// Refuses to take over a pool that holds providers which nobody here vouches for, deleted ones included: they can be brought back.
pub(in crate::clouds) async fn refuse_foreign_providers(clouds: &Clouds, pool: &Pool) -> Result<(), CloudError> {
    let pool = name(pool)?;
    let all = client(clouds).list_providers(&pool, &clouds.context()).await?;
    let foreign = all.iter().map(|it| it.id().to_owned()).filter(|id| is_foreign(clouds, &pool, id));
    let providers: Vec<_> = foreign.collect();
    if providers.is_empty() {
        return Ok(());
    }
    Err(CloudError::Foreign { pool, providers, outcome: "was not taken over" })
}

async fn foreign_providers(clouds: &Clouds, pool: &PoolName) -> Result<Vec<String>, CloudError> {
    let all = client(clouds).list_providers(pool, &clouds.patient()).await?;
    let live = all.iter().filter(|it| !it.is_deleted()).map(|it| it.id().to_owned());
    Ok(live.filter(|id| is_foreign(clouds, pool, id)).collect())
}

fn is_foreign(clouds: &Clouds, pool: &PoolName, id: &str) -> bool {
    clouds.providers.iter().all(|ours| ours.pool != *pool || ours.provider != id)
}

/// The pool's resource name.
pub(in crate::clouds) fn name(pool: &Pool) -> Result<PoolName, CloudError> {
    Ok(PoolName::new(known(&pool.project)?, known(&pool.pool)?))
}

fn spec(pool: &Pool) -> Result<PoolSpec, CloudError> {
    Ok(PoolSpec {
        display_name: known(&pool.display_name)?,
        description: known(&pool.description)?,
        disabled: known(&pool.disabled)?,
    })
}
