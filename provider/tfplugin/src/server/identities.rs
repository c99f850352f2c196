//! The calls about identities of resources, and identities in the messages of other calls.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;
use tonic::Response;

use super::calls::Subject;
use super::{Reply, Server, messages, resources, values};
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::DynResource;
use crate::schema::Schema;
use crate::value::Value;

impl Server {
    pub(super) async fn identity_schemas(&self) -> Reply<wire::get_resource_identity_schemas::Response> {
        let resources = self.provider.resources().iter();
        let identities = resources.filter_map(|(name, resource)| Some((name.clone(), schema(resource.identity()?))));
        Ok(Response::new(wire::get_resource_identity_schemas::Response {
            identity_schemas: identities.collect(),
            diagnostics: Vec::new(),
        }))
    }

    pub(super) async fn upgrade_identity(
        &self,
        request: wire::upgrade_resource_identity::Request,
    ) -> Reply<wire::upgrade_resource_identity::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("UpgradeResourceIdentity", &request.type_name);
        let failed = |diagnostics| wire::upgrade_resource_identity::Response {
            upgraded_identity: None,
            diagnostics: messages::diagnostics(diagnostics),
        };
        let work = move |stop| async move {
            let upgraded = async {
                let resource = resources::find(provider.as_ref(), &request.type_name)?;
                let json = request.raw_identity.map(|identity| identity.json).unwrap_or_default();
                if json.is_empty() {
                    let told =
                        Diagnostic::error("Identity of an unknown form", "The stored identity has no JSON form.");
                    return Err(told.into());
                }
                let outcome = resource.upgrade_identity(Context::new(stop), request.version, json).await;
                Ok(wire::upgrade_resource_identity::Response {
                    upgraded_identity: encode(&outcome.value.unwrap_or_default(), resource)?,
                    diagnostics: messages::diagnostics(outcome.diagnostics),
                })
            };
            upgraded.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }
}

/// Reads an identity that a host sends along. Null if it sends none, or if the resource has none.
pub(super) fn decode(
    identity: Option<wire::ResourceIdentityData>,
    resource: &dyn DynResource,
) -> Result<Value, Diagnostics> {
    match resource.identity().zip(identity) {
        Some((schema, identity)) => values::decode(identity.identity_data, &schema.implied_type(), "identity"),
        None => Ok(Value::Null),
    }
}

/// Writes an identity; none if it is null.
pub(super) fn encode(
    identity: &Value,
    resource: &dyn DynResource,
) -> Result<Option<wire::ResourceIdentityData>, Diagnostics> {
    match resource.identity() {
        Some(schema) if !identity.is_null() => {
            let identity_data = values::encode(identity, &schema.implied_type())?;
            Ok(Some(wire::ResourceIdentityData { identity_data }))
        }
        _ => Ok(None),
    }
}

fn schema(schema: &Schema) -> wire::ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|attribute| wire::resource_identity_schema::IdentityAttribute {
        name: attribute.name.to_string(),
        r#type: attribute.implied_type().to_json_bytes(),
        required_for_import: attribute.presence.is_required(),
        optional_for_import: attribute.presence.is_optional(),
        description: attribute.description.clone(),
    });
    wire::ResourceIdentitySchema { version: schema.version, identity_attributes: attributes.collect() }
}
