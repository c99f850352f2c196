//! The clouds' clients, as the provider block and the environment ask for them.

use crosscloud_cloud::sign_in::{self, AwsSignIn, AzureSignIn, GoogleSignIn};
use crosscloud_cloud::{Config, Endpoints, Realm, RetryPolicy, Secret, TokenSource, Transport, aws, azure, gcp};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::model::{AwsModel, AzureModel, ProviderModel};

/// Points every cloud at one emulator.
const ENDPOINT: &str = "CROSSCLOUD_ENDPOINT";

/// The clients of every cloud. Making them sends nothing.
pub(crate) struct Clients {
    pub(crate) google: gcp::Client,
    pub(crate) azure: azure::Client,
    pub(crate) aws: aws::Client,
    pub(crate) realm: Realm,
}

/// Makes the clients.
pub(super) fn of(config: &ProviderModel, terraform_version: Option<&str>) -> Result<Clients, Diagnostics> {
    let none = AzureModel::default();
    let azure_config = config.azure.known().unwrap_or(&none);
    let endpoints = match env(ENDPOINT).filter(|url| !url.is_empty()) {
        None => Endpoints::official(),
        Some(url) => Endpoints::emulator(&url)
            .map_err(|error| Diagnostic::error(format!("{ENDPOINT} cannot be used"), format!("{error}.")))?,
    };
    let cloud = sign_in::azure_cloud(azure_config.environment.as_str(), env).map_err(|error| {
        let at = Path::root().attribute("azure").attribute("environment");
        Diagnostic::attribute_error(&at, "No such Azure cloud", error)
    })?;
    let no_aws = AwsModel::default();
    let aws_config = config.aws.known().unwrap_or(&no_aws);
    let region = sign_in::aws_region(aws_config.region.as_str(), env).map_err(|error| {
        let at = Path::root().attribute("aws").attribute("region");
        Diagnostic::attribute_error(&at, "No such AWS region", format!("{error}."))
    })?;
    let endpoints = endpoints.with_azure(cloud).with_aws_region(region);
    let realm = endpoints.realm();
    let max_attempts = max_attempts(&config.max_retries)?;
    let transport = |tokens: TokenSource| {
        let mut transport = Config::new(endpoints.clone(), tokens, user_agent(terraform_version));
        if let Some(max_attempts) = max_attempts {
            transport.retry = RetryPolicy { max_attempts, ..transport.retry };
        }
        Transport::new(transport)
            .map_err(|error| Diagnostic::error("The HTTP client cannot be set up", format!("{error}.")))
    };
    let access_token = config.gcp.known().and_then(|gcp| gcp.access_token.as_str()).map(Secret::new);
    let google = transport(sign_in::google(&GoogleSignIn { access_token }, &realm, env))?;
    let azure = transport(sign_in::azure(&azure_sign_in(azure_config), &realm, env))?;
    let aws = transport(sign_in::aws(&aws_sign_in(aws_config), &realm, env))?;
    Ok(match realm {
        Realm::Real => Clients {
            google: gcp::Client::new(google, gcp::Timing::default()),
            azure: azure::Client::new(azure, azure::Timing::default()),
            aws: aws::Client::new(aws, aws::Timing::default()),
            realm,
        },
        Realm::Emulator { .. } => Clients {
            google: gcp::Client::new(google, gcp::Timing::emulator()),
            azure: azure::Client::new(azure, azure::Timing::emulator()),
            aws: aws::Client::new(aws, aws::Timing::emulator()),
            realm,
        },
    })
}

fn azure_sign_in(config: &AzureModel) -> AzureSignIn {
    let text = |value: &Attr<String>| value.as_str().map(str::to_owned);
    AzureSignIn {
        tenant_id: text(&config.tenant_id),
        client_id: text(&config.client_id),
        client_secret: config.client_secret.as_str().map(Secret::new),
        use_oidc: config.use_oidc.known().copied(),
        oidc_token: config.oidc_token.as_str().map(Secret::new),
        oidc_token_file_path: text(&config.oidc_token_file_path),
    }
}

fn aws_sign_in(config: &AwsModel) -> AwsSignIn {
    AwsSignIn {
        access_key: config.access_key.as_str().map(str::to_owned),
        secret_key: config.secret_key.as_str().map(Secret::new),
        session_token: config.token.as_str().map(Secret::new),
    }
}

fn max_attempts(retries: &Attr<i64>) -> Result<Option<u32>, Diagnostic> {
    let Some(retries) = retries.known() else { return Ok(None) };
    let attempts = u32::try_from(*retries).ok().and_then(|retries| retries.checked_add(1));
    attempts.map(Some).ok_or_else(|| {
        let at = Path::root().attribute("max_retries");
        Diagnostic::attribute_error(
            &at,
            "Not a number of retries",
            format!("`{retries}` is not 0 or a small whole number."),
        )
    })
}

/// The user agent that HashiCorp's own providers send, with ours in it.
fn user_agent(terraform_version: Option<&str>) -> String {
    let host = terraform_version.unwrap_or("unknown");
    let ours = format!("Terraform/{host} (+https://www.terraform.io) terraform-provider-crosscloud/{}", crate::VERSION);
    match env("TF_APPEND_USER_AGENT").filter(|more| !more.trim().is_empty()) {
        Some(more) => format!("{ours} {}", more.trim()),
        None => ours,
    }
}

/// A variable of the environment.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
