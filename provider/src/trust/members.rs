//! Members of a trust that somebody else lets in, with `crosscloud_trust_member` or by hand: a trust that goes locks them out.

use crosscloud_compose::Journal;
use crosscloud_trust::document::Beside;
use crosscloud_trust::gcp::Resource;
use crosscloud_trust::import::Members;
use crosscloud_trust::{Object, Spec};

use crate::clouds::{CloudError, Clouds, Look};
use crate::composite::{LeftBehind, beside};

/// Who comes in by one of the `doomed` objects and is not this trust's own workload, which stands in `journal`.
pub(super) async fn left_behind(
    clouds: &Clouds,
    spec: &Spec,
    doomed: &[Object],
    journal: &Journal,
) -> Result<LeftBehind, CloudError> {
    let awaited = spec.admits.is_some();
    let pool = doomed.iter().find_map(|object| match object {
        Object::Pool(pool) => Some(pool),
        _ => None,
    });
    let mut there = Vec::new();
    for object in doomed {
        match object {
            // A binding of a stranger is found by the policy; whom the condition cannot let in is no member.
            Object::ServiceAccount(_) if !awaited => {}
            Object::ServiceAccount(_) | Object::ManagedIdentity(_) => there.extend(beside(clouds, object).await?),
            Object::Pool(pool) if awaited => {
                let project = Resource::Project { project: pool.project.clone() };
                there.extend(clouds.grants(&project).await?.into_iter().map(Beside::Grant));
            }
            _ => {}
        }
    }
    let of_pool = pool.and_then(|pool| pool.pool.known());
    let of_pool = of_pool.map(|id| Members::OfPool(format!("/locations/global/workloadIdentityPools/{id}/")));
    let member = |it: Beside| {
        let (object, name) = match it {
            Beside::Grant(it) => {
                let member = it.member.known()?.clone();
                if !of_pool.as_ref()?.include(&member) {
                    return None;
                }
                (Object::Grant(it), member)
            }
            Beside::Credential { credential, .. } => {
                let name = format!("the federated credential {}", credential.name.known()?);
                (Object::FederatedCredential(credential), name)
            }
            Beside::Provider(_) => return None,
        };
        let id = object.id().known()?.clone();
        (!journal.values().any(|entry| entry.id.eq_ignore_ascii_case(&id))).then_some(name)
    };
    let mut names: Vec<String> = there.into_iter().filter_map(member).collect();
    for object in doomed {
        if let Object::Role(role) = object
            && let Look::There(Object::Role(there)) = clouds.look_for(object).await?
        {
            let members = role.members_in(there.trust_policy.known().map_or("", String::as_str));
            names
                .extend(members.into_iter().map(|subject| format!("the subject {subject} in the role's trust policy")));
        }
    }
    names.sort();
    names.dedup();
    Ok(LeftBehind { names, awaited })
}
