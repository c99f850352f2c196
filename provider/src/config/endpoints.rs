//! Which endpoints the provider block and the environment name, and the realm that comes of them.

use crosscloud_cloud::{Api, AzureCloud, Cloud, Config, EndpointError, Endpoints, Transport, sign_in};
use tfplugin::{Attr, Diagnostic, Path};

use super::clients::env;
use super::model::{AwsEndpointsModel, AzureEndpointsModel, EndpointsModel, GoogleEndpointsModel, ProviderModel};

/// Points every cloud at one emulator.
const EMULATOR: &str = "CROSSCLOUD_ENDPOINT";
/// Names the host that describes the Azure cloud.
const METADATA_HOST: &str = "ARM_METADATA_HOSTNAME";
/// Switches AWS's variables off.
const IGNORE_AWS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// An API, the argument that names its endpoint, and the variables of the official providers that do.
type Named<'a> = (Api, &'static str, &'a Attr<String>, &'static [&'static str]);

/// Where requests go. `plain` are the settings of the client that asks a metadata host, before there is any other.
pub(super) async fn of(config: &ProviderModel, plain: &Config) -> Result<Endpoints, Diagnostic> {
    if let Some(url) = variable(EMULATOR) {
        // The emulator is every cloud, whatever else is said.
        let endpoints = Endpoints::emulator(&url).map_err(|error| unusable(EMULATOR, &error))?;
        return regional(config, endpoints.with_azure(azure_cloud(config)?.clone()), None);
    }
    let endpoints = match metadata_host(config) {
        Some((origin, host)) => described(origin, &host, plain).await?,
        None => Endpoints::official().with_azure(azure_cloud(config)?.clone()),
    };
    let profile = config.aws.known().map(super::clients::aws_sign_in).unwrap_or_default();
    let of_profile = sign_in::aws_profile_region(&profile, env);
    regional(config, named(&config.endpoints, endpoints)?, of_profile)
}

/// The realm's endpoints with those that the arguments name, or else the variables.
fn named(config: &Attr<EndpointsModel>, endpoints: Endpoints) -> Result<Endpoints, Diagnostic> {
    let none = EndpointsModel::default();
    let model = config.known().unwrap_or(&none);
    let (google, azure, aws) =
        (GoogleEndpointsModel::default(), AzureEndpointsModel::default(), AwsEndpointsModel::default());
    let groups = [
        ("gcp", google_arguments(model.gcp.known().unwrap_or(&google)), model.gcp.is_unknown()),
        ("azure", azure_arguments(model.azure.known().unwrap_or(&azure)), model.azure.is_unknown()),
        ("aws", aws_arguments(model.aws.known().unwrap_or(&aws)), model.aws.is_unknown()),
    ];
    let root = Path::root().attribute("endpoints");
    if config.is_unknown() {
        return Err(unknown(&root));
    }
    groups.into_iter().try_fold(endpoints, |endpoints, (cloud, arguments, is_unknown)| {
        let group = root.clone().attribute(cloud);
        if is_unknown {
            return Err(unknown(&group));
        }
        arguments.into_iter().try_fold(endpoints, |endpoints, (api, argument, value, variables)| {
            let at = group.clone().attribute(argument);
            match value {
                Attr::Unknown => Err(unknown(&at)),
                Attr::Known(url) => endpoints.with_custom(api, url).map_err(|error| {
                    Diagnostic::attribute_error(&at, "The endpoint cannot be used", format!("{error}."))
                }),
                Attr::Null => from_environment(endpoints, api, variables),
            }
        })
    })
}

fn from_environment(endpoints: Endpoints, api: Api, variables: &[&'static str]) -> Result<Endpoints, Diagnostic> {
    let ignored = api.cloud() == Cloud::Aws && variable(IGNORE_AWS).is_some_and(|is| is.eq_ignore_ascii_case("true"));
    match variables.iter().filter(|_| !ignored).find_map(|name| Some((*name, variable(name)?))) {
        Some((name, url)) => endpoints.with_custom(api, &url).map_err(|error| unusable(name, &error)),
        None => Ok(endpoints),
    }
}

fn google_arguments(model: &GoogleEndpointsModel) -> Vec<Named<'_>> {
    vec![
        (Api::Iam, "iam", &model.iam, &["GOOGLE_IAM_CUSTOM_ENDPOINT", "GOOGLE_IAM_BETA_CUSTOM_ENDPOINT"]),
        (Api::Sts, "sts", &model.sts, &[]),
        (Api::IamCredentials, "iam_credentials", &model.iam_credentials, &["GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT"]),
        (
            Api::ResourceManager,
            "resource_manager",
            &model.resource_manager,
            &["GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT", "GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT"],
        ),
        (Api::ServiceUsage, "service_usage", &model.service_usage, &["GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT"]),
        (Api::Kms, "kms", &model.kms, &["GOOGLE_KMS_CUSTOM_ENDPOINT"]),
        (
            Api::AccessContextManager,
            "access_context_manager",
            &model.access_context_manager,
            &["GOOGLE_ACCESS_CONTEXT_MANAGER_CUSTOM_ENDPOINT"],
        ),
        (
            Api::StorageTransfer,
            "storage_transfer",
            &model.storage_transfer,
            &["GOOGLE_STORAGE_TRANSFER_CUSTOM_ENDPOINT"],
        ),
        (Api::Storage, "storage", &model.storage, &["GOOGLE_STORAGE_CUSTOM_ENDPOINT"]),
    ]
}

fn azure_arguments(model: &AzureEndpointsModel) -> Vec<Named<'_>> {
    vec![
        (Api::AzureResourceManager, "resource_manager", &model.resource_manager, &[]),
        (Api::MicrosoftGraph, "microsoft_graph", &model.microsoft_graph, &[]),
        (Api::EntraLogin, "login", &model.login, &[]),
    ]
}

fn aws_arguments(model: &AwsEndpointsModel) -> Vec<Named<'_>> {
    vec![
        (Api::AwsIam, "iam", &model.iam, &["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL"]),
        (Api::AwsSts, "sts", &model.sts, &["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]),
    ]
}

/// The metadata host, and what names it.
fn metadata_host(config: &ProviderModel) -> Option<(&'static str, String)> {
    let argument = config.azure.known().and_then(|azure| azure.metadata_host.known().cloned());
    let argument = argument.map(|host| ("the provider's metadata_host argument", host));
    argument.or_else(|| Some((METADATA_HOST, variable(METADATA_HOST)?)))
}

/// The endpoints of a cloud of Azure that describes itself.
async fn described(origin: &'static str, host: &str, plain: &Config) -> Result<Endpoints, Diagnostic> {
    let transport = Transport::new(plain.clone()).map_err(super::clients::no_client)?;
    let refused = |problem: String, next: String| {
        Diagnostic::error("The Azure cloud cannot be found out", format!("{problem}\n\n{next}"))
    };
    let described = sign_in::azure_cloud_at(origin, host, &transport).await;
    let described = described.map_err(|error| refused(format!("{error}."), error.next_step()))?;
    let places = [
        (Api::AzureResourceManager, &described.resource_manager),
        (Api::MicrosoftGraph, &described.graph),
        (Api::EntraLogin, &described.login),
    ];
    places.into_iter().try_fold(Endpoints::official().with_azure(described.cloud.clone()), |endpoints, (api, url)| {
        endpoints.with_custom(api, url).map_err(|error| unusable(origin, &error))
    })
}

fn azure_cloud(config: &ProviderModel) -> Result<&'static AzureCloud, Diagnostic> {
    let named = config.azure.known().and_then(|azure| azure.environment.as_str());
    sign_in::azure_cloud(named, env).map_err(|error| {
        let at = Path::root().attribute("azure").attribute("environment");
        Diagnostic::attribute_error(&at, "No such Azure cloud", error)
    })
}

/// The same in the region of the argument, of the environment, or else of the profile.
fn regional(config: &ProviderModel, endpoints: Endpoints, of_profile: Option<String>) -> Result<Endpoints, Diagnostic> {
    let region = config.aws.known().and_then(|aws| aws.region.as_str());
    let of_environment = || variable("AWS_REGION").is_some() || variable("AWS_DEFAULT_REGION").is_some();
    let region = region.or(of_profile.as_deref().filter(|_| !of_environment()));
    let region = sign_in::aws_region(region, env).map_err(|error| {
        let at = Path::root().attribute("aws").attribute("region");
        Diagnostic::attribute_error(&at, "No such AWS region", format!("{error}."))
    })?;
    Ok(endpoints.with_aws_region(region))
}

fn variable(name: &str) -> Option<String> {
    env(name).filter(|value| !value.trim().is_empty())
}

fn unusable(name: &str, error: &EndpointError) -> Diagnostic {
    Diagnostic::error(format!("{name} cannot be used"), format!("{error}."))
}

/// Where requests go decides which clouds a plan is about, so that none is made before it is known.
fn unknown(at: &Path) -> Diagnostic {
    let detail =
        "Where requests go must be known while planning. Use a value that does not depend on another resource.";
    Diagnostic::attribute_error(at, "The endpoint is not known yet", detail)
}
