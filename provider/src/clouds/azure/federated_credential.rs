//! Federated credentials of managed identities.

use crosscloud_cloud::Error;
use crosscloud_cloud::azure::federated_credentials;
use crosscloud_cloud::azure::{FederatedCredentialName, FederatedCredentialSpec, IdentityName};
use crosscloud_trust::Text;
use crosscloud_trust::azure::FederatedCredential;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::known;
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

/// What stands between the identity and the credential's name in an id.
const COLLECTION: &str = "/federatedIdentityCredentials/";

impl Kind for FederatedCredential {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: FederatedCredentialName = id.parse()?;
        let there = client(clouds).get_federated_credential(&name, false, &clouds.context()).await?;
        // The identity is spelled as the id spells it: Azure does not mind case there, and may answer with another.
        let identity = id.split_once(COLLECTION).map_or(id, |(identity, _)| identity);
        Ok(Look::of(there.map(|there| Self {
            identity: Text::of(identity),
            name: Text::of(name.name),
            issuer: Text::of(there.spec.issuer),
            subject: Text::of(there.spec.subject.unwrap_or_default()),
            audience: Text::of(there.spec.audiences.join(" ")),
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (name, spec) = parts(self)?;
        match client(clouds).create_federated_credential(&name, &spec, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (name, spec) = parts(self)?;
        client(clouds).update_federated_credential(&name, &spec, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_federated_credential(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let identity: IdentityName = known(&self.identity)?.parse()?;
        let name = identity.federated_credential(known(&self.name)?);
        let put = federated_credentials::put(&name, &FederatedCredentialSpec::default(), "create");
        needs.look(&federated_credentials::get(&name, false)).create(&put).update(&put);
        needs.delete(&federated_credentials::delete(&name));
        Ok(())
    }
}

fn parts(credential: &FederatedCredential) -> Result<(FederatedCredentialName, FederatedCredentialSpec), CloudError> {
    let identity: IdentityName = known(&credential.identity)?.parse()?;
    let spec = FederatedCredentialSpec {
        issuer: known(&credential.issuer)?,
        subject: Some(known(&credential.subject)?),
        audiences: vec![known(&credential.audience)?],
        claims_matching_expression: None,
    };
    Ok((identity.federated_credential(known(&credential.name)?), spec))
}
