//! Refresh: looks at every object again and notes how it is.

use std::sync::Arc;

use crosscloud_compose::{Entry, Journal, Origin, Status, refresh};
use tfplugin::{Context, Reply};

use super::assess::Assessment;
use super::{Composite, driver, journal, run};
use crate::diagnostics;
use crate::shared::Shared;

/// Reads a state again. Nothing is written to it but how its objects are, and what the clouds now say of them.
pub(super) async fn look_again<C: Composite>(context: &Context<Arc<Shared>>, mut state: C::Model) -> Reply<C::Model> {
    let shared = &context.provider;
    let journal = journal::read(C::common(&state).objects);
    let assessment = Assessment::<C>::recalled(shared, &state, &journal, &context.cancel).await;
    let runnable = match assessment.runnable() {
        Ok(runnable) => runnable,
        Err(problems) => return Reply::failed(problems),
    };
    let driver = driver::<C>(context, &state).serving(&runnable.graph).surveying();
    let outcome = refresh(&driver, &runnable.graph, &journal, &run(context)).await;
    let diagnostics = diagnostics::of_outcome(&outcome, &assessment.graph);
    if diagnostics.has_error() {
        return Reply::failed(diagnostics);
    }
    if is_gone(&outcome.journal) {
        return Reply::gone();
    }
    let before = assessment.facts.clone();
    let assessment = assessment.learning(driver.learnt());
    if assessment.facts != before {
        assessment.publish(shared, &mut state);
    }
    *C::computed(&mut state).objects = journal::write(&outcome.journal);
    Reply::state(state).with_diagnostics(diagnostics)
}

/// Whether nothing is left: not even an object whose name is still taken. What cannot be deleted does not count.
fn is_gone(journal: &Journal) -> bool {
    let owned = |entry: &&Entry| entry.origin == Origin::Created && !entry.kind.starts_with("serviceusage.");
    let mut owned = journal.values().filter(owned).peekable();
    owned.peek().is_some() && owned.all(|entry| entry.status == Status::Missing)
}
