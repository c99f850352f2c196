//! Facts that a graph lacks: asked of the clouds, each once what it hangs on is there.

use std::collections::BTreeSet;

use crosscloud_cloud::{CancellationToken, Context};
use crosscloud_compose::Journal;
use crosscloud_trust::{FactQuery, Facts, Graph, IdentityFacts, TransferAgent, Want};
use futures::future::join_all;
use tfplugin::Diagnostics;

use super::is_there;
use crate::clouds::CloudError;
use crate::diagnostics;
use crate::shared::Shared;

/// Completes `facts` with the answers that `graph` wants and that can be had, given what is there. Answers can lead to further questions.
/// `strict`: what the user refers to has to exist.
pub(super) async fn complete(
    shared: &Shared,
    mut facts: Facts,
    graph: impl Fn(&Facts) -> Graph,
    journal: &Journal,
    cancel: &CancellationToken,
    strict: bool,
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
        let context = Context::new().with_cancel(cancel.clone()).sharing_reads();
        let answers = join_all(queries.iter().map(|query| answer_to(shared, query, &context))).await;
        let mut failed = Diagnostics::new();
        for (query, answer) in queries.iter().zip(answers) {
            match answer {
                Ok(Some(answer)) => answer(&mut facts),
                Ok(None) if strict && depends_on_nothing(&graph, query) => {
                    failed.push(diagnostics::of_nothing(query, &graph))
                }
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

/// Whether no object of the graph has to be made before there is an answer: then what the user refers to does not exist.
fn depends_on_nothing(graph: &Graph, query: &FactQuery) -> bool {
    graph.wants().iter().any(|want| want.query == *query && want.after.is_none())
}

/// Asks for one fact and keeps the answer, if there is one.
pub(crate) async fn ask(
    shared: &Shared,
    query: &FactQuery,
    context: &Context,
    facts: &mut Facts,
) -> Result<(), CloudError> {
    if let Some(answer) = answer_to(shared, query, context).await? {
        answer(facts);
    }
    Ok(())
}

type Answer = Box<dyn FnOnce(&mut Facts) + Send>;

/// Asks for one fact. There is no answer where the object is not there.
async fn answer_to(shared: &Shared, query: &FactQuery, context: &Context) -> Result<Option<Answer>, CloudError> {
    Ok(match query.clone() {
        FactQuery::ProjectNumber { project } => {
            let number = shared.google.project(&project, context).await?.number;
            answer(move |facts| facts.project_numbers.insert(project, number))
        }
        FactQuery::ProjectId { number } => {
            let id = shared.google.project(&number, context).await?.project_id;
            answer(move |facts| facts.project_numbers.insert(id, number))
        }
        FactQuery::Identity { id } => shared.azure.get_identity(&id.parse()?, context).await?.and_then(|identity| {
            let it = identity.properties;
            let known =
                IdentityFacts { principal_id: it.principal_id, client_id: it.client_id, tenant_id: it.tenant_id };
            answer(move |facts| facts.identities.insert(id, known))
        }),
        FactQuery::Issuer { cluster } => {
            let issuer = shared.azure.cluster(&cluster.parse()?, context).await?;
            let issuer = issuer.and_then(|cluster| cluster.issuer_url().map(str::to_owned));
            issuer.and_then(|issuer| answer(move |facts| facts.issuers.insert(cluster, issuer)))
        }
        FactQuery::RoleDefinition { scope, name } => {
            let role = shared.azure.role_definition(&scope.parse()?, &name, context).await?;
            role.and_then(|role| answer(move |facts| facts.role_definitions.insert((scope, name), role.name)))
        }
        FactQuery::Application { identifier_uri, .. } => {
            let application = shared.azure.application_by_uri(&identifier_uri, context).await?;
            application.and_then(|it| answer(move |facts| facts.applications.insert(identifier_uri, it.app_id)))
        }
        FactQuery::OutboundIssuer { account_id } => {
            let federation = shared.aws.outbound_federation(context).await?;
            federation.and_then(|it| answer(move |facts| facts.outbound_issuers.insert(account_id, it.issuer)))
        }
        FactQuery::TransferAgent { project } => {
            let it = shared.google.transfer_agent(&project, context).await?;
            let agent = TransferAgent { email: it.account_email, subject_id: it.subject_id };
            answer(move |facts| facts.transfer_agents.insert(project, agent))
        }
    })
}

/// What to do with a fact.
fn answer<T>(learn: impl FnOnce(&mut Facts) -> T + Send + 'static) -> Option<Answer> {
    Some(Box::new(move |facts| {
        learn(facts);
    }))
}
