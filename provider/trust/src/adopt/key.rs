//! Keys that Google's own services encrypt with, and what the services' agents may do with them.

use std::collections::BTreeSet;

use super::{Adopted, Managed, State};

const USER: &str = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
/// What the addresses of service agents have in them.
const AGENTS: [&str; 3] = ["@gcp-sa-", "@gs-project-accounts.", ".iam.gserviceaccount.com"];

/// The key of a service. None: it is there for something else.
pub(super) fn adopt(state: &State<'_>, key: &Managed) -> Option<Adopted> {
    let (id, ring) = (key.text("id")?, key.text("key_ring")?);
    let of_key = |it: &&Managed| it.text("crypto_key_id") == Some(id) && it.text("role") == Some(USER);
    let (agents, others): (Vec<_>, Vec<_>) =
        state.of("google_kms_crypto_key_iam_member").filter(of_key).partition(|it| is_agent(it));
    if agents.is_empty() {
        return None;
    }
    let mut replaces = BTreeSet::from([key.configured.clone()]);
    replaces.extend(agents.iter().map(|it| it.configured.clone()));
    let mut remarks = Vec::new();
    if !others.is_empty() {
        remarks.push(format!("{} others may use the key, too: their grants stay as they are.", others.len()));
    }
    let neighbours = state.of(&key.kind).filter(|it| it.text("key_ring") == Some(ring)).count();
    if let Some(ring) = state.with("google_kms_key_ring", "id", ring) {
        if neighbours == 1 {
            replaces.insert(ring.configured.clone());
        } else {
            remarks.push(format!("The key ring holds {neighbours} keys, and stays as it is."));
        }
    }
    let address = format!("crosscloud_cmek_key.{}", key.label);
    Some(Adopted { address, import_id: id.to_owned(), replaces, remarks })
}

/// Whether the member is Google's own agent of a project: `service-NUMBER@gcp-sa-…` or Cloud Storage's.
fn is_agent(grant: &Managed) -> bool {
    let member = grant.text("member").and_then(|member| member.strip_prefix("serviceAccount:")).unwrap_or_default();
    let [services, storage, ending] = AGENTS;
    (member.contains(services) || member.contains(storage)) && member.ends_with(ending)
}
