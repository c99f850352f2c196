//! `kubernetes_manifest`: what a pod needs to use a trust that was set up elsewhere.

use crosscloud_trust::{Outputs, Pod, Text, kubernetes_manifest};
use serde::Deserialize;
use tfplugin::{Arguments, Context, Function, FunctionError, Parameter, Signature, Type, Value};

use super::arguments::shaped;

const FORM: &str = "{ name, namespace, service_account, google = { project, audience, credential_config }, azure = { client_id, tenant_id }, aws = { role_arn, audience } }, of which at least one cloud is set";

/// What the manifest is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Workload {
    name: String,
    namespace: String,
    service_account: String,
    google: Option<Google>,
    azure: Option<Azure>,
    aws: Option<Aws>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Google {
    project: String,
    audience: String,
    credential_config: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Azure {
    client_id: String,
    tenant_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aws {
    role_arn: String,
    audience: String,
}

/// `kubernetes_manifest(workload)`.
pub(super) struct KubernetesManifest;

impl Function for KubernetesManifest {
    fn name(&self) -> &str {
        "kubernetes_manifest"
    }

    fn signature(&self) -> Signature {
        Signature::new("Writes the Kubernetes objects that give a pod what it needs", Type::String)
            .parameter(Parameter::of::<Value>("workload").describe(format!("The workload: {FORM}.")))
            .describe(
                "A manifest for `kubectl apply`: the service account, the credential configuration, and a pod that shows how both are used. \
                 It is the one that `crosscloud_trust` puts out as `kubernetes_manifest`, for trusts that were set up elsewhere.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let it: Workload = shaped(&arguments.get::<Value>(0)?, 0, FORM)?;
        if it.google.is_none() && it.azure.is_none() && it.aws.is_none() {
            return Err(FunctionError::argument(
                0,
                "none of google, azure and aws is set, so there is nothing to sign in to",
            ));
        }
        let mut outputs = Outputs::default();
        let project = it.google.as_ref().map(|google| Text::of(&google.project));
        if let Some(google) = it.google {
            outputs.audience = Some(Text::of(google.audience));
            outputs.credential_config = Some(Text::of(google.credential_config));
        }
        if let Some(azure) = it.azure {
            outputs.client_id = Some(Text::of(azure.client_id));
            outputs.tenant_id = Some(Text::of(azure.tenant_id));
        }
        let aws_audience = it.aws.as_ref().map(|aws| Text::of(&aws.audience));
        outputs.role_arn = it.aws.map(|aws| Text::of(aws.role_arn));
        let [name, namespace, account] = [it.name, it.namespace, it.service_account].map(Text::of);
        let (project, aws_audience) = (project.as_ref(), aws_audience.as_ref());
        let pod = Pod { name: &name, namespace: &namespace, service_account: &account, project, aws_audience };
        let text = kubernetes_manifest(&pod, &outputs);
        text.known()
            .map(|text| Value::from(text.as_str()))
            .ok_or_else(|| FunctionError::new("something in it is not known"))
    }
}
