//! IAM OIDC providers.

use crosscloud_cloud::Error;
use crosscloud_cloud::aws::oidc_providers;
use crosscloud_cloud::aws::{OidcProviderArn, OidcProviderSpec};
use crosscloud_trust::aws::OidcProvider;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, known_map, seen, seen_map};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for OidcProvider {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let arn = arn(id)?;
        let there = client(clouds).get_oidc_provider(&arn, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| Self {
            account_id: seen(&arn.account),
            url: seen(&format!("https://{}", arn.issuer)),
            tags: seen_map(there.tags),
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (arn, url) = (arn(&known(&self.id_text())?)?, known(&self.url)?);
        let spec = OidcProviderSpec { tags: known_map(&self.tags)?, ..OidcProviderSpec::default() };
        match client(clouds).create_oidc_provider(&arn, &url, &spec, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (arn, patient) = (arn(&known(&self.id_text())?)?, clouds.patient());
        if let Some(live) = client(clouds).get_oidc_provider(&arn, &patient).await? {
            // Whose the audiences are says who added each.
            let spec = OidcProviderSpec {
                client_ids: live.client_ids.clone(),
                tags: known_map(&self.tags)?,
                ..OidcProviderSpec::default()
            };
            client(clouds).update_oidc_provider(&arn, &live, &spec, &patient).await?;
        }
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_oidc_provider(&arn(id)?, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let arn = arn(&known(&self.id_text())?)?;
        let spec = OidcProviderSpec { tags: known_map(&self.tags)?, ..OidcProviderSpec::default() };
        needs.look(&oidc_providers::get(&arn)).create(&oidc_providers::create("", &spec));
        needs.update(&oidc_providers::tag(&arn, &spec.tags)).update(&oidc_providers::untag(&arn, &[]));
        needs.delete(&oidc_providers::delete(&arn));
        Ok(())
    }
}

trait IdText {
    /// The provider's ARN.
    fn id_text(&self) -> crosscloud_trust::Text;
}

impl IdText for OidcProvider {
    fn id_text(&self) -> crosscloud_trust::Text {
        crosscloud_trust::Object::OidcProvider(self.clone()).id()
    }
}

pub(super) fn arn(id: &str) -> Result<OidcProviderArn, CloudError> {
    let what = "an OIDC provider, `arn:aws:iam::ACCOUNT:oidc-provider/HOST`";
    id.parse().map_err(|_| CloudError::Id { id: id.to_owned(), what })
}
