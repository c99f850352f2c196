//! Providers of workload identity pools.

use std::collections::BTreeMap;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::providers;
use crosscloud_cloud::gcp::{Aws, Oidc, PoolName, ProviderName, ProviderSpec};
use crosscloud_trust::gcp::{Provider, ProviderKind};
use crosscloud_trust::{Leaf, Text};

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, mask, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for Provider {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: ProviderName = id.parse()?;
        let Some(there) = client(clouds).get_provider(&name, &clouds.context()).await? else { return Ok(Look::Absent) };
        let deleted = there.is_deleted();
        let provider = of(&name, there.spec);
        Ok(if deleted { Look::Deleted(provider) } else { Look::There(provider) })
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_provider(&name(self)?, &spec(self)?, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (ours, theirs) = (oidc(self), oidc(there));
        let fields = mask([
            ("displayName", self.display_name != there.display_name),
            ("description", self.description != there.description),
            ("disabled", self.disabled != there.disabled),
            ("attributeMapping", self.attribute_mapping != there.attribute_mapping),
            ("attributeCondition", self.attribute_condition != there.attribute_condition),
            ("oidc.issuerUri", ours.map(|it| it.0) != theirs.map(|it| it.0)),
            ("oidc.allowedAudiences", ours.map(|it| it.1) != theirs.map(|it| it.1)),
            ("oidc.jwksJson", ours.map(|it| it.2) != theirs.map(|it| it.2)),
            ("aws.accountId", ours.is_none() && theirs.is_none() && self.kind != there.kind),
        ]);
        client(clouds).update_provider(&name(self)?, &spec(self)?, &fields, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_provider(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    /// Between its two calls the provider is as it was when it was deleted. Its pool is this trust's and disabled, or the drift of a pool
    /// that was open all the time.
    async fn revive(&self, there: &Self, clouds: &Clouds) -> Result<bool, CloudError> {
        client(clouds).undelete_provider(&name(self)?, &clouds.patient()).await?;
        self.update(there, clouds).await?;
        Ok(true)
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let name = name(self)?;
        let spec = ProviderSpec::default();
        needs.look(&providers::get(&name)).create(&providers::create(&name, &spec));
        needs
            .revive(&providers::undelete(&name))
            .update(&providers::update(&name, &spec, &[]))
            .delete(&providers::delete(&name));
        Ok(())
    }
}

/// The provider's resource name.
pub(in crate::clouds) fn name(provider: &Provider) -> Result<ProviderName, CloudError> {
    let pool = PoolName::new(known(&provider.project)?, known(&provider.pool)?);
    Ok(pool.provider(known(&provider.provider)?))
}

fn spec(provider: &Provider) -> Result<ProviderSpec, CloudError> {
    let mut attribute_mapping = BTreeMap::new();
    for (key, cel) in &provider.attribute_mapping {
        attribute_mapping.insert(key.clone(), known(cel)?);
    }
    let (oidc, aws) = match &provider.kind {
        ProviderKind::Oidc { issuer, allowed_audiences, jwks } => {
            let oidc = Oidc {
                issuer_uri: known(issuer)?,
                allowed_audiences: allowed_audiences.iter().map(known).collect::<Result<_, _>>()?,
                jwks_json: jwks.as_ref().map(known).transpose()?,
            };
            (Some(oidc), None)
        }
        ProviderKind::Aws { account_id } => (None, Some(Aws { account_id: known(account_id)? })),
    };
    Ok(ProviderSpec {
        display_name: known(&provider.display_name)?,
        description: known(&provider.description)?,
        disabled: known(&provider.disabled)?,
        attribute_mapping,
        attribute_condition: known(&provider.attribute_condition)?,
        oidc,
        aws,
    })
}

/// A provider of a third kind, such as SAML, reads as one of an issuer without a URL: it equals nothing that is ever wanted.
pub(in crate::clouds) fn of(name: &ProviderName, spec: ProviderSpec) -> Provider {
    let kind = match (spec.oidc, spec.aws) {
        (_, Some(aws)) => ProviderKind::Aws { account_id: seen(&aws.account_id) },
        (oidc, None) => {
            let oidc = oidc.unwrap_or_default();
            ProviderKind::Oidc {
                issuer: seen(&oidc.issuer_uri),
                allowed_audiences: oidc.allowed_audiences.into_iter().map(Text::of).collect(),
                jwks: oidc.jwks_json.map(Text::of),
            }
        }
    };
    Provider {
        project: seen(&name.pool.project),
        pool: seen(&name.pool.pool),
        provider: seen(&name.provider),
        display_name: seen(&spec.display_name),
        description: seen(&spec.description),
        disabled: Leaf::Known(spec.disabled),
        kind,
        attribute_mapping: spec.attribute_mapping.into_iter().map(|(key, cel)| (key, Text::of(cel))).collect(),
        attribute_condition: seen(&spec.attribute_condition),
    }
}

fn oidc(provider: &Provider) -> Option<(&Text, &Vec<Text>, &Option<Text>)> {
    match &provider.kind {
        ProviderKind::Oidc { issuer, allowed_audiences, jwks } => Some((issuer, allowed_audiences, jwks)),
        ProviderKind::Aws { .. } => None,
    }
}
