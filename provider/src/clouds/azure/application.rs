//! Entra applications that stand for an audience.

use crosscloud_cloud::Error;
use crosscloud_cloud::azure::applications;
use crosscloud_cloud::azure::applications::{Application as Live, ApplicationApi, ApplicationSpec};
use crosscloud_trust::Text;
use crosscloud_trust::azure::Application;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds, lock};

/// Only accounts of the application's own tenant.
const OWN_TENANT: &str = "AzureADMyOrg";

impl Kind for Application {
    async fn look(clouds: &Clouds, id: &str, wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let of = |there: &Live| Self {
            // Who signs in reaches one tenant only, and an application does not say which it is in.
            tenant_id: wanted.map_or_else(|| tenant_in(id), |wanted| wanted.tenant_id.clone()),
            display_name: seen(&there.spec.display_name),
            identifier_uri: seen(id),
            description: seen(&there.spec.description),
        };
        if let Some(there) = client(clouds).application_by_uri(id, &clouds.context()).await? {
            learn(clouds, id, &there);
            return Ok(Look::There(of(&there)));
        }
        Ok(deleted(clouds, id).await?.map_or(Look::Absent, |there| Look::Deleted(of(&there))))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_application(&spec(self)?, &clouds.patient()).await {
            Ok(made) => {
                learn(clouds, &known(&self.identifier_uri)?, &made);
                Ok(Made::New)
            }
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let patient = clouds.patient();
        if let Some(live) = client(clouds).application_by_uri(&known(&self.identifier_uri)?, &patient).await? {
            let wanted = spec(self)?;
            let fields = wanted.difference(&live.spec);
            client(clouds).update_application(&live.id, &wanted, &fields, &patient).await?;
        }
        Ok(())
    }

    async fn revive(&self, there: &Self, clouds: &Clouds) -> Result<bool, CloudError> {
        let uri = known(&self.identifier_uri)?;
        if let Some(gone) = deleted(clouds, &uri).await? {
            let back = client(clouds).restore_application(&gone.id, &clouds.patient()).await?;
            learn(clouds, &uri, &back);
        }
        self.update(there, clouds).await?;
        Ok(true)
    }

    /// A deleted application keeps its identifier URI for 30 days. Nothing but its audience was ever made of it, so it goes for good.
    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let patient = clouds.patient();
        if let Some(live) = client(clouds).application_by_uri(id, &patient).await? {
            client(clouds).delete_application(&live.id, &patient).await?;
            client(clouds).purge_application(&live.id, &patient).await?;
        }
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let spec = spec(self)?;
        needs
            .look(&applications::by_identifier_uri(&known(&self.identifier_uri)?))
            .create(&applications::create(&spec));
        // Without a look at the deleted ones, one that is in the way is noticed when its URI turns out to be taken.
        needs.revive(&applications::deleted()).revive(&applications::restore(""));
        needs.update(&applications::update("", &spec, &[]));
        needs.delete(&applications::delete("")).delete(&applications::purge(""));
        Ok(())
    }
}

/// The deleted application that still holds the URI. Whoever may not list deleted ones finds out when the URI turns out to be taken.
async fn deleted(clouds: &Clouds, uri: &str) -> Result<Option<Live>, CloudError> {
    match client(clouds).deleted_applications(&clouds.context()).await {
        Ok(gone) => Ok(gone.into_iter().find(|it| it.spec.identifier_uris.iter().any(|held| held == uri))),
        Err(Error::PermissionDenied { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the client id that Entra chose.
fn learn(clouds: &Clouds, uri: &str, application: &Live) {
    lock(&clouds.learnt).applications.insert(uri.to_owned(), application.app_id.clone());
}

/// The tenant in an identifier URI of the form `api://TENANT/NAME`.
fn tenant_in(uri: &str) -> Text {
    let rest = uri.strip_prefix("api://").unwrap_or_default();
    seen(rest.split('/').next().unwrap_or_default())
}

fn spec(application: &Application) -> Result<ApplicationSpec, CloudError> {
    Ok(ApplicationSpec {
        display_name: known(&application.display_name)?,
        identifier_uris: vec![known(&application.identifier_uri)?],
        sign_in_audience: OWN_TENANT.to_owned(),
        description: known(&application.description)?,
        tags: Vec::new(),
        api: ApplicationApi::default(),
    })
}
