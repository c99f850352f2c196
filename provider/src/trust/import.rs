//! Import of a trust: reads what the import id names, and has the specification reconstructed.

use crosscloud_cloud::Context;
use crosscloud_trust::import::{ImportId, reconstruct};
use crosscloud_trust::{Facts, Spec};
use tfplugin::{Diagnostic, Diagnostics};

use crate::clouds::Clouds;
use crate::composite::{ask, see, unreadable};
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
    let mut facts = Facts::default();
    for query in parsed.queries() {
        ask(shared, &query, context, &mut facts).await.map_err(|error| unreadable(&error))?;
    }
    let seen = see(clouds, parsed.looks()).await.map_err(|error| unreadable(&error))?;
    facts.merge(clouds.learnt());
    reconstruct(&parsed, &seen, &facts).map_err(|error| {
        let detail = format!("`{id}` names no trust that can be recognised: {error}.");
        Diagnostic::error("The trust cannot be reconstructed", detail).into()
    })
}
