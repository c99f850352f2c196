//! The calls about data sources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;

use super::calls::Subject;
use super::{Reply, Server, messages, unknown_type, values};
use crate::context::Context;
use crate::data_source::DynDataSource;
use crate::diagnostic::Diagnostics;
use crate::provider::DynProvider;

impl Server {
    pub(super) async fn validate_data_source(
        &self,
        request: wire::validate_data_resource_config::Request,
    ) -> Reply<wire::validate_data_resource_config::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ValidateDataResourceConfig", &request.type_name);
        let answer = |diagnostics| wire::validate_data_resource_config::Response { diagnostics };
        let work = move |stop| async move {
            let validated = async {
                let source = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, source.ty(), "configuration")?;
                let told = source.validate(Context::new(stop), config).await;
                Ok::<_, Diagnostics>(messages::placed(told, source.schema()))
            };
            answer(validated.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls.run(subject, work, move |told| answer(messages::diagnostics(told.into()))).await
    }

    pub(super) async fn read_data_source(
        &self,
        request: wire::read_data_source::Request,
    ) -> Reply<wire::read_data_source::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ReadDataSource", &request.type_name);
        let failed = |diagnostics| wire::read_data_source::Response {
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let work = move |stop| async move {
            let read = async {
                let source = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, source.ty(), "configuration")?;
                let meta = messages::meta(provider.as_ref(), request.provider_meta)?;
                let context = messages::context(stop, request.client_capabilities).with_meta(meta);
                let deferrals = context.deferrals.clone();
                let mut outcome = source.read(context, config).await;
                let deferred = messages::deferred(&deferrals, source.type_name(), &mut outcome.diagnostics);
                let value = outcome.value.filter(|value| deferred.is_some() || value.is_known());
                let state = value.map(|value| values::encode(&value, source.ty())).transpose()?.flatten();
                let diagnostics = messages::placed(outcome.diagnostics, source.schema());
                Ok(wire::read_data_source::Response { state, diagnostics, deferred })
            };
            read.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }
}

fn find<'a>(provider: &'a dyn DynProvider, type_name: &str) -> Result<&'a dyn DynDataSource, Diagnostics> {
    let found = provider.data_sources().get(type_name).map(|source| source.as_ref());
    found.ok_or_else(|| unknown_type(provider, "data source", type_name))
}
