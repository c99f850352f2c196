//! The services that go-plugin expects beside the provider itself.

use std::sync::Arc;

use futures::stream::{self, Pending};
use tfplugin_proto::plugin::grpc_broker_server::GrpcBroker;
use tfplugin_proto::plugin::grpc_controller_server::GrpcController;
use tfplugin_proto::plugin::grpc_stdio_server::GrpcStdio;
use tfplugin_proto::plugin::{ConnInfo, Empty, StdioData};
use tonic::{Request, Response, Status, Streaming};
use tracing::debug;

use super::lifecycle::Lifecycle;

/// Ends the process when the host asks for it.
pub(crate) struct Controller {
    pub(crate) lifecycle: Arc<Lifecycle>,
    /// A debugged process outlives the hosts that attach to it.
    pub(crate) ends_process: bool,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        debug!("shutdown asked for");
        if self.ends_process {
            let lifecycle = Arc::clone(&self.lifecycle);
            // The reply has to leave first.
            tokio::spawn(async move { lifecycle.end_after_reply().await });
        }
        Ok(Response::new(Empty {}))
    }
}

/// A stream that stays open and never says anything: hosts log what they receive on it as unexpected. It also
/// keeps the host's connection from going idle.
pub(crate) struct SilentStdio;

#[tonic::async_trait]
impl GrpcStdio for SilentStdio {
    type StreamStdioStream = Pending<Result<StdioData, Status>>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(stream::pending()))
    }
}

/// Providers never open further connections.
pub(crate) struct NoBroker;

#[tonic::async_trait]
impl GrpcBroker for NoBroker {
    type StartStreamStream = Pending<Result<ConnInfo, Status>>;

    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<Self::StartStreamStream>, Status> {
        Err(Status::unimplemented("this plugin opens no further connections"))
    }
}
