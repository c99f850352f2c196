//! Looking at what an import id names.

use crosscloud_trust::import::{ImportError, Look, Seen};
use crosscloud_trust::{Object, gcp};
use tfplugin::{Diagnostic, Diagnostics};

use crate::clouds::{self, CloudError, Clouds};
use crate::diagnostics;

/// Looks at everything that reconstruction asks for.
pub(crate) async fn see(clouds: &Clouds, looks: Vec<Look>) -> Result<Seen, CloudError> {
    let mut seen = Seen::default();
    for look in looks {
        match look {
            Look::Object(key, object) => match clouds.look_for(&object).await? {
                // What is deleted can tell what it was; whether it may come back, the next plan asks.
                clouds::Look::There(there) | clouds::Look::Deleted(there) => {
                    seen.objects.insert(key, there);
                }
                clouds::Look::Absent => {}
            },
            Look::Grants(resource, members) => {
                let counts = |grant: &gcp::Grant| grant.member.known().is_some_and(|member| members.include(member));
                let grants = clouds.grants(&resource).await?.into_iter().filter(counts);
                seen.listed.extend(grants.map(Object::Grant));
            }
            Look::Assignments(identity) => seen.listed.extend(clouds.role_assignments(&identity).await?),
            Look::Policies(role) => seen.listed.extend(clouds.role_policies(&role).await?),
            Look::Credentials(identity) => seen.listed.extend(clouds.credentials(&identity).await?),
        }
    }
    Ok(seen)
}

/// What is to be imported could not be looked at.
pub(crate) fn unreadable(error: &CloudError) -> Diagnostics {
    diagnostics::of_error("Cannot look at what is to be imported", error).into()
}

/// What was seen amounts to nothing.
pub(crate) fn unrecognised(id: &str, error: &ImportError) -> Diagnostics {
    let detail = format!("`{id}` names nothing that can be recognised: {error}.");
    Diagnostic::error("The resource cannot be reconstructed", detail).into()
}
