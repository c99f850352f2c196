//! Import: finds every object that a resource of this kind would want, and takes over those that are there.

use std::sync::Arc;
use std::time::Instant;

use crosscloud_compose::{Driver, Entry, Journal, Origin, Status};
use crosscloud_trust::Node;
use tfplugin::{Attr, Context, Diagnostic, Reply};

use super::assess::Assessment;
use super::{Composite, USUAL, journal};
use crate::clouds::{CloudError, Clouds, Look};
use crate::diagnostics;
use crate::shared::Shared;

/// The resource that an import id names. What is missing of it is left out of the journal, so that the next apply makes it.
pub(super) async fn find<C: Composite>(context: &Context<Arc<Shared>>, id: &str) -> Reply<C::Model> {
    let shared = &context.provider;
    let mut driver = Clouds::new(Arc::clone(shared), context.cancel.clone(), Instant::now() + USUAL).surveying();
    let calls = crosscloud_cloud::Context::new().with_cancel(context.cancel.clone());
    let mut model = match C::import(&driver, shared, &calls, id).await {
        Ok(model) => model,
        Err(problems) => return Reply::failed(problems),
    };
    let mut seen = Journal::new();
    let mut assessment = Assessment::<C>::recalled(shared, &model, &seen, &context.cancel).await;
    loop {
        let before = seen.len();
        driver = driver.serving(&assessment.order());
        for (key, node) in assessment.graph.nodes() {
            if seen.contains_key(key) || node.object.id().known().is_none() {
                continue;
            }
            match look::<C>(&driver, node, &seen).await {
                Ok(Some(entry)) => {
                    seen.insert(key.clone(), entry);
                }
                Ok(None) => {}
                Err(error) => return Reply::failed(diagnostics::of_error(&format!("Cannot look at {key}"), &error)),
            }
        }
        let facts = assessment.facts.clone();
        assessment = assessment.learning(driver.learnt()).completed(shared, &seen, &context.cancel).await;
        if assessment.diagnostics.has_error() {
            return Reply::failed(assessment.diagnostics);
        }
        if assessment.facts == facts && seen.len() == before {
            break;
        }
    }
    // What would be found anyway does not say that the resource is there, unless it is all that the resource is about.
    let owned = assessment.graph.nodes().values().any(|node| !node.object.may_be_found());
    let tells = |entry: &Entry| match entry.origin {
        Origin::Created => true,
        Origin::Referenced => !C::OWNS_WHAT_IT_IMPORTS,
        Origin::Found => !owned,
    };
    if !seen.values().any(tells) {
        let detail = format!(
            "Nothing of what `{id}` names is there. Check the ids, and that the credentials may read the objects."
        );
        return Reply::failed(Diagnostic::error("There is nothing to import", detail));
    }
    assessment.publish(shared, &mut model);
    let computed = C::computed(&mut model);
    *computed.realm = Attr::Known(shared.realm().name().into_owned());
    *computed.objects = journal::write(&seen);
    Reply::state(model)
}

/// What is there of a wanted object. What hangs on an object of the resource's own is its own, too.
async fn look<C: Composite>(driver: &Clouds, node: &Node, seen: &Journal) -> Result<Option<Entry>, CloudError> {
    let status = match driver.look_for(&node.object).await? {
        Look::Absent => return Ok(None),
        Look::There(_) => Status::Present,
        Look::Deleted(_) => Status::SoftDeleted,
    };
    let mine = node.below.iter().any(|key| seen.get(key).is_some_and(|entry| entry.origin == Origin::Created));
    let origin = match (node.referenced, node.object.may_be_found()) {
        (true, _) => Origin::Referenced,
        (false, true) if C::OWNS_WHAT_IT_IMPORTS => Origin::Created,
        (false, true) if !mine || driver.has_other_users(&node.object).await? => Origin::Found,
        _ => Origin::Created,
    };
    let id = node.object.id().known().cloned().ok_or(CloudError::Unknown)?;
    Ok(Some(Entry { kind: node.object.type_name().to_owned(), id, origin, status }))
}
