//! Import of a trust: reads what the import id names, and has the specification reconstructed.

use crosscloud_cloud::Context;
use crosscloud_trust::import::{ImportId, Look, Seen, reconstruct};
use crosscloud_trust::{Facts, Object, Spec};
use tfplugin::{Diagnostic, Diagnostics};

use crate::clouds::{self, CloudError, Clouds};
use crate::composite::ask;
use crate::diagnostics;
use crate::shared::Shared;

/// The specification that the objects behind an import id amount to.
pub(super) async fn specification(
    clouds: &Clouds,
    shared: &Shared,
    context: &Context,
    id: &str,
) -> Result<Spec, Diagnostics> {
    let parsed: ImportId =
        id.parse().map_err(|error| Diagnostic::error("This is not the import id of a trust", format!("{error}.")))?;
    let failed =
        |error: &CloudError| Diagnostics::from(diagnostics::of_error("Cannot look at what is to be imported", error));
    let mut facts = Facts::default();
    for query in parsed.queries() {
        ask(shared, &query, context, &mut facts).await.map_err(|error| failed(&error))?;
    }
    let seen = see(clouds, &parsed).await.map_err(|error| failed(&error))?;
    facts.merge(clouds.learnt());
    reconstruct(&parsed, &seen, &facts).map_err(|error| {
        let detail = format!("`{id}` names no trust that can be recognised: {error}.");
        Diagnostic::error("The trust cannot be reconstructed", detail).into()
    })
}

async fn see(clouds: &Clouds, id: &ImportId) -> Result<Seen, CloudError> {
    let mut seen = Seen::default();
    for look in id.looks() {
        match look {
            Look::Object(key, object) => match clouds.look_for(&object).await? {
                clouds::Look::There(there) => {
                    seen.objects.insert(key, there);
                }
                // What is deleted can tell what it was; whether it may come back, the next plan asks.
                clouds::Look::Deleted(there) => {
                    seen.objects.insert(key, there);
                }
                clouds::Look::Absent => {}
            },
            Look::Grants(resource, members) => {
                let counts = |grant: &crosscloud_trust::gcp::Grant| {
                    grant.member.known().is_some_and(|member| members.include(member))
                };
                let grants = clouds.grants(&resource).await?.into_iter().filter(counts);
                seen.listed.extend(grants.map(Object::Grant));
            }
            Look::Assignments(identity) => seen.listed.extend(clouds.role_assignments(&identity).await?),
            Look::Credentials(identity) => seen.listed.extend(clouds.credentials(&identity).await?),
        }
    }
    Ok(seen)
}
