//! The calls about functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;

use super::calls::Subject;
use super::{Reply, Server, schemas, values};
use crate::context::Context;
use crate::diagnostic::Diagnostics;
use crate::function::{DynFunction, FunctionError, Parameter};
use crate::provider::DynProvider;
use crate::value::Value;

impl Server {
    pub(super) async fn call_function(
        &self,
        request: wire::call_function::Request,
    ) -> Reply<wire::call_function::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("CallFunction", &request.name);
        let failed = |error: FunctionError| wire::call_function::Response {
            result: None,
            error: Some(wire::FunctionError {
                text: error.text,
                function_argument: error.argument.and_then(|position| i64::try_from(position).ok()),
            }),
        };
        let work = move |stop| async move {
            let called = async {
                let function = provider
                    .functions()
                    .get(&request.name)
                    .ok_or_else(|| FunctionError::new(format!("this provider has no function {}", request.name)))?;
                let arguments = arguments(function.as_ref(), request.arguments)?;
                let result = function.call(Context::new(stop), arguments).await?;
                let result = values::encode(&result, &function.signature().returns)?;
                Ok::<_, FunctionError>(wire::call_function::Response { result, error: None })
            };
            called.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(Diagnostics::from(told).into())).await
    }
}

fn arguments(function: &dyn DynFunction, given: Vec<wire::DynamicValue>) -> Result<Vec<Value>, FunctionError> {
    let decode = |(position, argument)| {
        let parameter = function
            .signature()
            .parameter_at(position)
            .ok_or_else(|| FunctionError::argument(position, format!("{} takes no such argument", function.name())))?;
        values::decode(Some(argument), &parameter.ty, "argument")
            .map_err(|told| FunctionError { argument: Some(position), ..told.into() })
    };
    given.into_iter().enumerate().map(decode).collect()
}

/// The signatures of all functions.
pub(super) fn signatures(provider: &dyn DynProvider) -> BTreeMap<String, wire::Function> {
    provider.functions().iter().map(|(name, function)| (name.clone(), signature(function.as_ref()))).collect()
}

fn signature(function: &dyn DynFunction) -> wire::Function {
    let signature = function.signature();
    wire::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(wire::function::Return { r#type: signature.returns.to_json_bytes() }),
        summary: signature.summary.clone(),
        description_kind: schemas::kind(&signature.description),
        description: signature.description.clone(),
        deprecation_message: signature.deprecation.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> wire::function::Parameter {
    wire::function::Parameter {
        name: parameter.name.to_string(),
        r#type: parameter.ty.to_json_bytes(),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description_kind: schemas::kind(&parameter.description),
        description: parameter.description.clone(),
    }
}
