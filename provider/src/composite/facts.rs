//! Facts that a graph lacks: asked of the clouds, each once what it hangs on is there.

use std::collections::BTreeSet;

use crosscloud_cloud::{CancellationToken, Context, Error};
use crosscloud_compose::Journal;
use crosscloud_trust::{FactQuery, Facts, Graph, Want};
use futures::future::join_all;
use tfplugin::Diagnostics;

use super::is_there;
use crate::diagnostics;
use crate::shared::Shared;

/// Completes `facts` with the answers that `graph` wants and that can be had, given what is there. Answers can lead to further questions.
pub(super) async fn complete(
    shared: &Shared,
    mut facts: Facts,
    graph: impl Fn(&Facts) -> Graph,
    journal: &Journal,
    cancel: &CancellationToken,
) -> Result<Facts, Diagnostics> {
    let mut asked: BTreeSet<FactQuery> = BTreeSet::new();
    loop {
        let open = |want: &&Want| {
            !facts.answers(&want.query)
                && !asked.contains(&want.query)
                && want.after.as_ref().is_none_or(|key| is_there(journal, key))
        };
        let graph = graph(&facts);
        let queries: BTreeSet<FactQuery> = graph.wants().iter().filter(open).map(|want| want.query.clone()).collect();
        if queries.is_empty() {
            return Ok(facts);
        }
        let context = Context::new().with_cancel(cancel.clone());
        let answers = join_all(queries.iter().map(|query| ask(shared, query, &context))).await;
        let mut failed = Diagnostics::new();
        for (query, answer) in queries.iter().zip(answers) {
            match answer {
                Ok(Some(answer)) => answer(&mut facts),
                Ok(None) => {}
                Err(error) => failed.push(diagnostics::of_lookup(&error, query, &graph)),
            }
        }
        if failed.has_error() {
            return Err(failed);
        }
        asked.extend(queries);
    }
}

type Answer = Box<dyn FnOnce(&mut Facts) + Send>;

/// Asks for one fact. There is no answer where the object is not there.
async fn ask(shared: &Shared, query: &FactQuery, context: &Context) -> Result<Option<Answer>, Error> {
    let query = query.clone();
    Ok(match query {
        FactQuery::ProjectNumber { project } => {
            let number = shared.google.project(&project, context).await?.number;
            Some(Box::new(move |facts| {
                facts.project_numbers.insert(project, number);
            }))
        }
        _ => None,
    })
}
