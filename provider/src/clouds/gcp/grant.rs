//! Grants: one role for one member on one resource.

use crosscloud_cloud::gcp::iam_policy::{self, Policy};
use crosscloud_cloud::gcp::{Condition, Grant as Entry, Granted, PolicyResource, ServiceAccountName};
use crosscloud_trust::Text;
use crosscloud_trust::gcp::{Grant, GrantCondition, Resource};

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for Grant {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let grant = parse(id)?;
        let (resource, entry) = entry(&grant)?;
        let there = client(clouds).policies().has(&resource, &entry, &clouds.context()).await?;
        Ok(Look::of(there.then_some(grant)))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (resource, entry) = entry(self)?;
        Ok(match client(clouds).policies().grant(&resource, &entry, &clouds.patient()).await? {
            Granted::Granted => Made::New,
            Granted::Found => Made::Exists,
        })
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (resource, entry) = entry(&parse(id)?)?;
        client(clouds).policies().revoke(&resource, &entry, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let resource = resource(&self.resource)?;
        let write = iam_policy::set(&resource, &Policy::default());
        needs.look(&iam_policy::get(&resource)).create(&write).delete(&write);
        Ok(())
    }
}

/// The policy and the entry in it that a grant stands for.
fn entry(grant: &Grant) -> Result<(PolicyResource, Entry), CloudError> {
    let resource = resource(&grant.resource)?;
    let mut entry = Entry::new(known(&grant.role)?, known(&grant.member)?);
    if let Some(condition) = &grant.condition {
        entry = entry.when(Condition {
            title: Some(known(&condition.title)?),
            expression: known(&condition.expression)?,
            ..Condition::default()
        });
    }
    Ok((resource, entry))
}

/// The resource whose policy a grant is in.
pub(in crate::clouds) fn resource(resource: &Resource) -> Result<PolicyResource, CloudError> {
    Ok(match resource {
        Resource::Project { project } => PolicyResource::Project(known(project)?),
        Resource::ServiceAccount { project, email } => {
            PolicyResource::ServiceAccount(ServiceAccountName::new(known(project)?, known(email)?))
        }
        Resource::CryptoKey { name } => PolicyResource::CryptoKey(known(name)?),
        Resource::Bucket { bucket } => PolicyResource::Bucket(known(bucket)?),
    })
}

/// Reads the id that a grant has in state.
fn parse(id: &str) -> Result<Grant, CloudError> {
    let damaged = || CloudError::Id { id: id.to_owned(), what: "a resource, a role and a member, separated by spaces" };
    let [resource, role, rest] = id.splitn(3, ' ').collect::<Vec<_>>()[..] else { return Err(damaged()) };
    let resource = match resource.split('/').collect::<Vec<_>>()[..] {
        ["projects", "_", "buckets", bucket] => Resource::Bucket { bucket: seen(bucket) },
        ["projects", project] => Resource::Project { project: seen(project) },
        ["projects", project, "serviceAccounts", email] => {
            Resource::ServiceAccount { project: seen(project), email: seen(email) }
        }
        ["projects", _, "locations", _, "keyRings", _, "cryptoKeys", _] => Resource::CryptoKey { name: seen(resource) },
        _ => return Err(damaged()),
    };
    let (condition, member) = match rest.strip_prefix('?') {
        None => (None, rest),
        Some(rest) => {
            let (json, member) = rest.split_once(' ').ok_or_else(damaged)?;
            let json: serde_json::Value = serde_json::from_str(json).map_err(|_| damaged())?;
            let text = |name: &str| json[name].as_str().map(Text::of).ok_or_else(damaged);
            (Some(GrantCondition { title: text("title")?, expression: text("expression")? }), member)
        }
    };
    Ok(Grant { resource, role: seen(role), member: seen(member), condition })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crosscloud_trust::Object;

    use super::*;

    #[test]
    fn a_grant_is_read_back_from_its_id() {
        let member = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/a b";
        let condition = GrantCondition { title: Text::of("until May"), expression: Text::of("a == 'b c'") };
        let resources = [
            Resource::Project { project: Text::of("ml") },
            Resource::ServiceAccount { project: Text::of("ml"), email: Text::of("a@ml.iam.gserviceaccount.com") },
            Resource::CryptoKey { name: Text::of("projects/ml/locations/l/keyRings/r/cryptoKeys/k") },
            Resource::Bucket { bucket: Text::of("data") },
        ];
        for resource in resources {
            for condition in [None, Some(condition.clone())] {
                let (resource, role, member) = (resource.clone(), Text::of("roles/x"), Text::of(member));
                let grant = Grant { resource, role, member, condition };
                let id = Object::Grant(grant.clone()).id();
                assert_eq!(parse(id.known().unwrap()).unwrap(), grant);
            }
        }
    }

    #[test]
    fn a_damaged_id_is_told() {
        for id in
            ["", "projects/ml", "projects/ml roles/x", "elsewhere/ml roles/x user:a", "projects/ml roles/x ?{} user:a"]
        {
            assert!(parse(id).is_err(), "{id:?} was read");
        }
    }
}
