//! Grants: one role for one member, on a project or on a service account.

use crosscloud_cloud::gcp::{Grant, Granted, PolicyResource, ServiceAccountName};
use crosscloud_compose::{Created, Observed};
use crosscloud_trust::gcp::{Grant as Wanted, Resource};

use super::{Google, GoogleError, known};

/// A grant and the resource whose policy it is in.
pub(super) struct Granting {
    resource: PolicyResource,
    grant: Grant,
}

/// The policy and the entry in it that a grant of the graph stands for.
pub(super) fn of(it: &Wanted) -> Result<Granting, GoogleError> {
    let resource = match &it.resource {
        Resource::Project { project } => PolicyResource::Project(known(project)?),
        Resource::ServiceAccount { project, email } => {
            PolicyResource::ServiceAccount(ServiceAccountName::new(known(project)?, known(email)?))
        }
        Resource::CryptoKey { .. } | Resource::Bucket { .. } => {
            return Err(GoogleError::Kind("grants on keys and buckets".to_owned()));
        }
    };
    Ok(Granting { resource, grant: Grant::new(known(&it.role)?, known(&it.member)?) })
}

/// Reads the id that a grant has in state.
pub(super) fn of_id(id: &str) -> Result<Granting, GoogleError> {
    let [resource, role, member] = id.splitn(3, ' ').collect::<Vec<_>>()[..] else {
        return Err(GoogleError::Grant(id.to_owned()));
    };
    let resource = match resource.split('/').collect::<Vec<_>>()[..] {
        ["projects", project] => PolicyResource::Project(project.to_owned()),
        _ => PolicyResource::ServiceAccount(resource.parse()?),
    };
    Ok(Granting { resource, grant: Grant::new(role, member) })
}

pub(super) async fn create(google: &Google, it: &Granting) -> Result<Created, GoogleError> {
    Ok(match google.client.policies().grant(&it.resource, &it.grant, &google.patient()).await? {
        Granted::Granted => Created::New,
        Granted::Found => Created::Found,
    })
}

pub(super) async fn observe(google: &Google, it: &Granting) -> Result<Observed, GoogleError> {
    let there = google.client.policies().has(&it.resource, &it.grant, &google.context()).await?;
    Ok(if there { Observed::Equal } else { Observed::Absent })
}

pub(super) async fn delete(google: &Google, it: &Granting) -> Result<(), GoogleError> {
    google.client.policies().revoke(&it.resource, &it.grant, &google.patient()).await?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_read_back_from_its_id() {
        let member = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/a b";
        let granting =
            of_id(&format!("projects/ml/serviceAccounts/a@ml.iam.gserviceaccount.com roles/x {member}")).unwrap();
        let account = ServiceAccountName::new("ml", "a@ml.iam.gserviceaccount.com");
        assert_eq!(granting.resource, PolicyResource::ServiceAccount(account));
        assert_eq!(granting.grant, Grant::new("roles/x", member));
        assert_eq!(of_id("projects/ml roles/x user:a").unwrap().resource, PolicyResource::Project("ml".into()));
    }

    #[test]
    fn a_damaged_id_is_told() {
        for id in ["", "projects/ml", "projects/ml roles/x", "elsewhere/ml roles/x user:a"] {
            assert!(of_id(id).is_err(), "{id:?} was read");
        }
    }
}
