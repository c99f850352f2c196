//! Terraform plugin protocol 6 and go-plugin messages, generated from our own .proto files.
//!
//! Nothing but generated code: clients and servers for both packages. The contract of policy modules,
//! `policy.wit`, lies beside the .proto files and is read from there by the crates that need it.

/// Terraform plugin protocol 6 (package `tfplugin6`).
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services that go-plugin expects of every plugin (package `plugin`).
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod plugin {
    tonic::include_proto!("plugin");
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::{plugin, tfplugin6 as wire};

    #[test]
    fn services_have_the_names_that_hosts_call() {
        assert_eq!(wire::provider_server::SERVICE_NAME, "tfplugin6.Provider");
        assert_eq!(plugin::grpc_controller_server::SERVICE_NAME, "plugin.GRPCController");
        assert_eq!(plugin::grpc_stdio_server::SERVICE_NAME, "plugin.GRPCStdio");
        assert_eq!(plugin::grpc_broker_server::SERVICE_NAME, "plugin.GRPCBroker");
    }

    #[test]
    fn fields_have_the_numbers_that_hosts_read() {
        let plan = wire::plan_resource_change::Request { planned_private: vec![1], ..Default::default() };
        assert_eq!(plan.encode_to_vec(), [9 << 3 | 2, 1, 1]);
        let schema = wire::get_provider_schema::Response {
            server_capabilities: Some(wire::ServerCapabilities { plan_destroy: true, ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(schema.encode_to_vec(), [6 << 3 | 2, 2, 1 << 3, 1]);
        let attribute = wire::schema::Attribute { write_only: true, ..Default::default() };
        assert_eq!(attribute.encode_to_vec(), [11 << 3, 1]);
        // Absent and empty differ where the protocol says `optional`.
        let renewed = wire::renew_ephemeral_resource::Response { private: Some(Vec::new()), ..Default::default() };
        assert_eq!(renewed.encode_to_vec(), [3 << 3 | 2, 0]);
    }
}
