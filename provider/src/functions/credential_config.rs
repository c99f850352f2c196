//! `credential_config`: the file that tells Google's client libraries where a workload's token comes from.

use crosscloud_trust::{Endpoints, Text, TokenDelivery, credential_config};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tfplugin::{Arguments, Context, Function, FunctionError, Parameter, Signature, Type, Value};

use super::arguments::shaped;

const FORM: &str = "one of { kubernetes = {} }, { file = \"PATH\" }, { aws = {} }, { azure = { resource = \"URI\" } } and { github_actions = {} }";

/// Where the token comes from.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum TokenSource {
    Kubernetes {},
    File(String),
    Aws {},
    Azure {
        resource: String,
        #[serde(default)]
        client_id: String,
    },
    GithubActions {},
}

/// `credential_config(provider, service_account_email, token)`.
pub(super) struct CredentialConfig;

impl Function for CredentialConfig {
    fn name(&self) -> &str {
        "credential_config"
    }

    fn signature(&self) -> Signature {
        Signature::new("Writes a credential configuration for Google's client libraries", Type::String)
            .parameter(Parameter::of::<String>("provider").describe(
                "Resource name of the provider, `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/ID`.",
            ))
            .parameter(
                Parameter::of::<String>("service_account_email")
                    .nullable()
                    .describe("The service account to act as; null where the workload has the roles itself."),
            )
            .parameter(Parameter::of::<Value>("token").describe(format!("Where the workload's token comes from: {FORM}.")))
            .describe(
                "The `external_account` credential configuration, as JSON, that `GOOGLE_APPLICATION_CREDENTIALS` names. It holds no secret: \
                 only where a token comes from and where it is exchanged.\n\nFor `github_actions`, put the runner's variables in with \
                 `envsubst`. `kubernetes` reads the file that the manifest of `kubernetes_manifest` mounts; `file` any other.",
            )
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        let provider: String = arguments.get(0)?;
        let email: Option<String> = arguments.get(1)?;
        let token: TokenSource = shaped(&arguments.get::<Value>(2)?, 2, FORM)?;
        let bare = provider.trim_start_matches("https:").trim_start_matches("//iam.googleapis.com/");
        let parts: Vec<&str> = bare.split('/').collect();
        match parts.as_slice() {
            ["projects", number, "locations", "global", "workloadIdentityPools", _, "providers", _]
                if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) => {}
            _ => {
                return Err(FunctionError::argument(
                    0,
                    format!(
                        "`{provider}` names no provider: write projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/ID, with the project's number"
                    ),
                ));
            }
        }
        let (file, delivery) = match token {
            TokenSource::Kubernetes {} => (None, kubernetes()),
            TokenSource::File(path) => (Some(path), kubernetes()),
            TokenSource::Aws {} => (None, TokenDelivery::AwsCredentials),
            TokenSource::Azure { resource, client_id } => {
                let (resource, client_id) = (Text::of(resource), Text::of(client_id));
                (None, TokenDelivery::AzureInstanceMetadata { resource, client_id })
            }
            TokenSource::GithubActions {} => (None, TokenDelivery::GithubWorkflow),
        };
        let provider = Text::of(format!("//iam.googleapis.com/{bare}"));
        let email = email.map(Text::of);
        let text = credential_config(&provider, email.as_ref(), &delivery, &Endpoints::default());
        let text = text.known().cloned().ok_or_else(|| FunctionError::new("something in it is not known"))?;
        Ok(Value::from(match file {
            Some(path) => in_file(&text, &path)?,
            None => text,
        }))
    }
}

fn kubernetes() -> TokenDelivery {
    TokenDelivery::KubernetesVolume { namespace: Text::of(""), service_account: Text::of("") }
}

/// The same configuration for a token in another file.
fn in_file(config: &str, path: &str) -> Result<String, FunctionError> {
    let mut config: Json = serde_json::from_str(config).map_err(|error| FunctionError::new(error.to_string()))?;
    config["credential_source"]["file"] = json!(path);
    Ok(format!("{config:#}"))
}
