//! Providers of workload identity pools.

use std::collections::BTreeMap;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::{Oidc, PoolName, ProviderName, ProviderSpec};
use crosscloud_compose::{Converged, Created, Observed};
use crosscloud_trust::gcp::{Provider, ProviderKind};

use super::{Google, GoogleError, known};

pub(super) async fn create(google: &Google, provider: &Provider) -> Result<Created, GoogleError> {
    let (name, spec) = wanted(provider)?;
    match google.client.create_provider(&name, &spec, &google.patient()).await {
        Ok(_) => Ok(Created::New),
        Err(Error::AlreadyExists(_)) => match google.client.get_provider(&name, &google.context()).await? {
            Some(there) if there.is_deleted() => Ok(Created::SoftDeleted),
            _ => Ok(Created::Taken),
        },
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn converge(google: &Google, provider: &Provider) -> Result<Converged, GoogleError> {
    let (name, spec) = wanted(provider)?;
    match google.client.get_provider(&name, &google.patient()).await? {
        None => Ok(Converged::Absent),
        Some(there) => {
            if there.is_deleted() {
                // Between these two calls the provider is as it was when it was deleted; that was this trust's or shows as drift.
                google.client.undelete_provider(&name, &google.patient()).await?;
            }
            google.client.update_provider(&name, &spec, &difference(&there.spec, &spec), &google.patient()).await?;
            Ok(Converged::Done)
        }
    }
}

pub(super) async fn observe(google: &Google, provider: &Provider) -> Result<Observed, GoogleError> {
    let (name, spec) = wanted(provider)?;
    Ok(match google.client.get_provider(&name, &google.context()).await? {
        None => Observed::Absent,
        Some(there) if there.is_deleted() => Observed::SoftDeleted,
        Some(there) if difference(&there.spec, &spec).is_empty() => Observed::Equal,
        Some(_) => Observed::Different,
    })
}

/// The provider's resource name.
pub(super) fn name(provider: &Provider) -> Result<ProviderName, GoogleError> {
    let pool = PoolName::new(known(&provider.project)?, known(&provider.pool)?);
    Ok(pool.provider(known(&provider.provider)?))
}

fn wanted(provider: &Provider) -> Result<(ProviderName, ProviderSpec), GoogleError> {
    let mut attribute_mapping = BTreeMap::new();
    for (key, cel) in &provider.attribute_mapping {
        attribute_mapping.insert(key.clone(), known(cel)?);
    }
    let spec = ProviderSpec {
        display_name: known(&provider.display_name)?,
        description: known(&provider.description)?,
        disabled: false,
        attribute_mapping,
        attribute_condition: known(&provider.attribute_condition)?,
        oidc: match &provider.kind {
            ProviderKind::Oidc { issuer, allowed_audiences, .. } => Some(Oidc {
                issuer_uri: known(issuer)?,
                allowed_audiences: allowed_audiences.iter().map(known).collect::<Result<_, _>>()?,
                jwks_json: None,
            }),
            ProviderKind::Aws { .. } => return Err(GoogleError::Kind("AWS providers".to_owned())),
        },
        aws: None,
    };
    Ok((name(provider)?, spec))
}

/// The update mask that turns one into the other. A provider of another kind cannot be turned into this one; Google says so.
fn difference(there: &ProviderSpec, wanted: &ProviderSpec) -> Vec<&'static str> {
    let (ours, theirs) = (wanted.oidc.as_ref(), there.oidc.as_ref());
    let fields = [
        ("displayName", there.display_name != wanted.display_name),
        ("description", there.description != wanted.description),
        ("disabled", there.disabled != wanted.disabled),
        ("attributeMapping", there.attribute_mapping != wanted.attribute_mapping),
        ("attributeCondition", there.attribute_condition != wanted.attribute_condition),
        ("oidc.issuerUri", theirs.map(|oidc| &oidc.issuer_uri) != ours.map(|oidc| &oidc.issuer_uri)),
        (
            "oidc.allowedAudiences",
            theirs.map(|oidc| &oidc.allowed_audiences) != ours.map(|oidc| &oidc.allowed_audiences),
        ),
        ("oidc.jwksJson", theirs.map(|oidc| &oidc.jwks_json) != ours.map(|oidc| &oidc.jwks_json)),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
