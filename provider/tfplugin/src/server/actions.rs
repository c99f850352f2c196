//! The calls about actions.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;
use tokio::sync::mpsc;
use wire::invoke_action::event::{Completed, Progress as ProgressEvent, Type as EventType};

use super::calls::{EventStream, Subject};
use super::{Reply, Server, messages, unknown_type, values};
use crate::action::{DynAction, Progress};
use crate::context::Context;
use crate::diagnostic::Diagnostics;
use crate::provider::DynProvider;

impl Server {
    pub(super) async fn validate_action(
        &self,
        request: wire::validate_action_config::Request,
    ) -> Reply<wire::validate_action_config::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ValidateActionConfig", &request.type_name);
        let answer = |diagnostics| wire::validate_action_config::Response { diagnostics };
        let work = move |stop| async move {
            let validated = async {
                let action = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, action.ty(), "configuration")?;
                let told = action.validate(Context::new(stop), config).await;
                Ok::<_, Diagnostics>(messages::placed(told, action.schema()))
            };
            answer(validated.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls.run(subject, work, move |told| answer(messages::diagnostics(told.into()))).await
    }

    pub(super) async fn plan_action(&self, request: wire::plan_action::Request) -> Reply<wire::plan_action::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("PlanAction", &request.action_type);
        let failed = |diagnostics| wire::plan_action::Response { diagnostics, deferred: None };
        let work = move |stop| async move {
            let planned = async {
                let action = find(provider.as_ref(), &request.action_type)?;
                let config = values::decode(request.config, action.ty(), "configuration")?;
                let context = messages::context(stop, request.client_capabilities);
                let deferrals = context.deferrals.clone();
                let mut told = action.plan(context, config).await;
                let deferred = messages::deferred(&deferrals, action.type_name(), &mut told);
                let diagnostics = messages::placed(told, action.schema());
                Ok(wire::plan_action::Response { diagnostics, deferred })
            };
            planned.await.unwrap_or_else(|told| failed(messages::diagnostics(told)))
        };
        self.calls.run(subject, work, move |told| failed(messages::diagnostics(told.into()))).await
    }

    /// Progress as it comes, then exactly one event that says how it ended.
    pub(super) fn invoke(
        &self,
        request: wire::invoke_action::Request,
    ) -> Reply<EventStream<wire::invoke_action::Event>> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("InvokeAction", &request.action_type);
        let work = move |stop, events: mpsc::Sender<wire::invoke_action::Event>| async move {
            let prepared = find(provider.as_ref(), &request.action_type)
                .and_then(|action| Ok((action, values::decode(request.config, action.ty(), "configuration")?)));
            let told = match prepared {
                Ok((action, config)) => {
                    let (progress, reports) = mpsc::channel(1);
                    let invoked = action.invoke(Context::new(stop), config, Progress::new(progress));
                    let (told, ()) = tokio::join!(invoked, forward(reports, &events));
                    messages::placed(told, action.schema())
                }
                Err(diagnostics) => messages::diagnostics(diagnostics),
            };
            // A host that has gone needs no end.
            let _ = events.send(completed(told)).await;
        };
        self.calls.stream(subject, work, |told| completed(messages::diagnostics(told.into())))
    }
}

async fn forward(mut reports: mpsc::Receiver<String>, events: &mpsc::Sender<wire::invoke_action::Event>) {
    while let Some(message) = reports.recv().await {
        let event = wire::invoke_action::Event { r#type: Some(EventType::Progress(ProgressEvent { message })) };
        if events.send(event).await.is_err() {
            return;
        }
    }
}

fn completed(diagnostics: Vec<wire::Diagnostic>) -> wire::invoke_action::Event {
    wire::invoke_action::Event { r#type: Some(EventType::Completed(Completed { diagnostics })) }
}

fn find<'a>(provider: &'a dyn DynProvider, type_name: &str) -> Result<&'a dyn DynAction, Diagnostics> {
    let found = provider.actions().get(type_name).map(|action| action.as_ref());
    found.ok_or_else(|| unknown_type(provider, "action", type_name))
}
