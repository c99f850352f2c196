//! Service accounts.

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::{ServiceAccountName, ServiceAccountSpec};
use crosscloud_compose::{Converged, Created, Observed};
use crosscloud_trust::gcp::ServiceAccount;

use super::{Google, GoogleError, known};

pub(super) async fn create(google: &Google, account: &ServiceAccount) -> Result<Created, GoogleError> {
    let (_, spec) = wanted(account)?;
    let (project, id) = (known(&account.project)?, known(&account.account)?);
    match google.client.create_service_account(&project, &id, &spec, &google.patient()).await {
        Ok(_) => Ok(Created::New),
        Err(Error::AlreadyExists(_)) => Ok(Created::Taken),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn converge(google: &Google, account: &ServiceAccount) -> Result<Converged, GoogleError> {
    let (name, spec) = wanted(account)?;
    match google.client.get_service_account(&name, &google.patient()).await? {
        None => Ok(Converged::Absent),
        Some(there) => {
            let mask = difference(&there.spec, &spec);
            google.client.update_service_account(&name, &spec, &mask, &google.patient()).await?;
            if there.disabled {
                google.client.set_service_account_enabled(&name, true, &google.patient()).await?;
            }
            Ok(Converged::Done)
        }
    }
}

pub(super) async fn observe(google: &Google, account: &ServiceAccount) -> Result<Observed, GoogleError> {
    let (name, spec) = wanted(account)?;
    Ok(match google.client.get_service_account(&name, &google.context()).await? {
        None => Observed::Absent,
        Some(there) if !there.disabled && difference(&there.spec, &spec).is_empty() => Observed::Equal,
        Some(_) => Observed::Different,
    })
}

fn wanted(account: &ServiceAccount) -> Result<(ServiceAccountName, ServiceAccountSpec), GoogleError> {
    let name = ServiceAccountName::new(known(&account.project)?, known(&account.email())?);
    let display_name = known(&account.display_name)?;
    Ok((name, ServiceAccountSpec { display_name, description: known(&account.description)? }))
}

/// The update mask that turns one into the other.
fn difference(there: &ServiceAccountSpec, wanted: &ServiceAccountSpec) -> Vec<&'static str> {
    let fields = [
        ("displayName", there.display_name != wanted.display_name),
        ("description", there.description != wanted.description),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
