//! Workload identity pools.

use std::sync::PoisonError;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::{PoolName, PoolSpec};
use crosscloud_compose::{Converged, Created, Observed};
use crosscloud_trust::gcp::Pool;

use super::{Google, GoogleError, known};

pub(super) async fn create(google: &Google, pool: &Pool) -> Result<Created, GoogleError> {
    let (name, spec) = wanted(pool)?;
    match google.client.create_pool(&name, &spec, &google.patient()).await {
        Ok(_) => Ok(Created::New),
        Err(Error::AlreadyExists(_)) => match google.client.get_pool(&name, &google.context()).await? {
            Some(there) if there.is_deleted() => Ok(Created::SoftDeleted),
            _ => Ok(Created::Taken),
        },
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn converge(google: &Google, pool: &Pool) -> Result<Converged, GoogleError> {
    let (name, spec) = wanted(pool)?;
    match google.client.get_pool(&name, &google.patient()).await? {
        None => Ok(Converged::Absent),
        Some(there) if there.is_deleted() => revive(google, &name, &spec).await,
        Some(there) => {
            google.client.update_pool(&name, &spec, &difference(&there.spec, &spec), &google.patient()).await?;
            Ok(Converged::Done)
        }
    }
}

/// Brings a pool back that somebody deleted. Its old providers and the tokens issued under it come back with it, so it is disabled at once
/// and opened last, and not at all while it holds a provider that nobody here vouches for.
async fn revive(google: &Google, name: &PoolName, spec: &PoolSpec) -> Result<Converged, GoogleError> {
    let patient = google.patient();
    google.client.undelete_pool(name, &patient).await?;
    let closed = PoolSpec { disabled: true, ..spec.clone() };
    google.client.update_pool(name, &closed, &["displayName", "description", "disabled"], &patient).await?;
    let live = google.client.list_providers(name, &patient).await?;
    let foreign = |id: &str| google.providers.iter().all(|ours| ours.pool != *name || ours.provider != id);
    let providers: Vec<_> =
        live.iter().filter(|it| !it.is_deleted() && foreign(it.id())).map(|it| it.id().to_owned()).collect();
    if !providers.is_empty() {
        return Err(GoogleError::Foreign { pool: name.clone(), providers });
    }
    google.revived.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
    Ok(Converged::Done)
}

/// Opens a pool again that was brought back.
pub(super) async fn open(google: &Google, name: &PoolName) -> Result<(), GoogleError> {
    google.client.update_pool(name, &PoolSpec::default(), &["disabled"], &google.patient()).await?;
    Ok(())
}

pub(super) async fn observe(google: &Google, pool: &Pool) -> Result<Observed, GoogleError> {
    let (name, spec) = wanted(pool)?;
    Ok(match google.client.get_pool(&name, &google.context()).await? {
        None => Observed::Absent,
        Some(there) if there.is_deleted() => Observed::SoftDeleted,
        Some(there) if difference(&there.spec, &spec).is_empty() => Observed::Equal,
        Some(_) => Observed::Different,
    })
}

fn wanted(pool: &Pool) -> Result<(PoolName, PoolSpec), GoogleError> {
    let name = PoolName::new(known(&pool.project)?, known(&pool.pool)?);
    let display_name = known(&pool.display_name)?;
    Ok((name, PoolSpec { display_name, description: known(&pool.description)?, disabled: false }))
}

/// The update mask that turns one into the other.
fn difference(there: &PoolSpec, wanted: &PoolSpec) -> Vec<&'static str> {
    let fields = [
        ("displayName", there.display_name != wanted.display_name),
        ("description", there.description != wanted.description),
        ("disabled", there.disabled != wanted.disabled),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
