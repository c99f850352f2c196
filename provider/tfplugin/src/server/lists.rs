//! The calls about list resources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;
use tokio::sync::mpsc;

use super::calls::{EventStream, Subject};
use super::{Reply, Server, identities, messages, resources, unknown_type, values};
use crate::context::Context;
use crate::diagnostic::Diagnostics;
use crate::list::{DynFound, DynListResource, List};
use crate::provider::DynProvider;
use crate::resource::DynResource;

type Event = wire::list_resource::Event;

impl Server {
    pub(super) async fn validate_list(
        &self,
        request: wire::validate_list_resource_config::Request,
    ) -> Reply<wire::validate_list_resource_config::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ValidateListResourceConfig", &request.type_name);
        let answer = |diagnostics| wire::validate_list_resource_config::Response { diagnostics };
        let work = move |stop| async move {
            let validated = async {
                let list = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, list.ty(), "configuration")?;
                let told = list.validate(Context::new(stop), config).await;
                Ok::<_, Diagnostics>(messages::placed(told, list.schema()))
            };
            answer(validated.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls.run(subject, work, move |told| answer(messages::diagnostics(told.into()))).await
    }

    /// One event for each object. What goes wrong as a whole is an event without an object, the last one.
    pub(super) fn list(&self, request: wire::list_resource::Request) -> Reply<EventStream<Event>> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ListResource", &request.type_name);
        let work = move |stop, events: mpsc::Sender<Event>| async move {
            let prepared = find(provider.as_ref(), &request.type_name).and_then(|list| {
                let resource = resources::find(provider.as_ref(), &request.type_name)?;
                Ok((list, resource, values::decode(request.config, list.ty(), "configuration")?))
            });
            let (list, resource, config) = match prepared {
                Ok(prepared) => prepared,
                Err(diagnostics) => return tell(messages::diagnostics(diagnostics), &events).await,
            };
            // Zero means that the host does not count.
            let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0);
            let request = List { config, include_state: request.include_resource_object, limit };
            let (sender, found) = mpsc::channel(1);
            let listed = list.list(Context::new(stop), request, sender);
            let (told, ()) = tokio::join!(listed, forward(found, resource, &events));
            if !told.is_empty() {
                tell(messages::placed(told, list.schema()), &events).await;
            }
        };
        self.calls
            .stream(subject, work, |told| Event { diagnostic: vec![messages::diagnostic(told)], ..Event::default() })
    }
}

async fn tell(diagnostic: Vec<wire::Diagnostic>, events: &mpsc::Sender<Event>) {
    // A host that has gone needs no messages.
    let _ = events.send(Event { diagnostic, ..Event::default() }).await;
}

async fn forward(mut found: mpsc::Receiver<DynFound>, resource: &dyn DynResource, events: &mpsc::Sender<Event>) {
    while let Some(found) = found.recv().await {
        let failed = |diagnostics| Event { diagnostic: messages::diagnostics(diagnostics), ..Event::default() };
        if events.send(event(found, resource).unwrap_or_else(failed)).await.is_err() {
            return;
        }
    }
}

fn event(found: DynFound, resource: &dyn DynResource) -> Result<Event, Diagnostics> {
    let resource_object = if found.state.is_null() { None } else { values::encode(&found.state, resource.ty())? };
    Ok(Event {
        identity: identities::encode(&found.identity, resource)?,
        display_name: found.display_name,
        resource_object,
        diagnostic: messages::diagnostics(found.diagnostics),
    })
}

fn find<'a>(provider: &'a dyn DynProvider, type_name: &str) -> Result<&'a dyn DynListResource, Diagnostics> {
    let found = provider.lists().get(type_name).map(|list| list.as_ref());
    found.ok_or_else(|| unknown_type(provider, "list resource", type_name))
}
