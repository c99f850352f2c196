//! The clouds' clients, as the provider block and the environment ask for them.

use std::collections::BTreeMap;
use std::time::Duration;

use crosscloud_cloud::sign_in::{
    self, AssumeRole, AwsSignIn, AzureSignIn, ExternalCredentials, GoogleSignIn, SignInError, WebIdentity,
};
use crosscloud_cloud::transport::ConfigError;
use crosscloud_cloud::{
    Cloud, Config, Endpoints, Quota, RateLimits, Realm, RetryPolicy, Secret, TokenSource, Transport, aws, azure, gcp,
};
use tfplugin::{Attr, Diagnostic, Diagnostics, Model as _};

use super::model::{AwsModel, AzureModel, GoogleModel, ProviderModel};

/// Name files with certificate authorities to trust.
const CA_BUNDLES: [&str; 3] = ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];

/// The clients of every cloud. Making them sends nothing.
pub(crate) struct Clients {
    pub(crate) google: gcp::Client,
    pub(crate) azure: azure::Client,
    pub(crate) aws: aws::Client,
    pub(crate) realm: Realm,
    /// Whether the whole provider block was known.
    pub(crate) complete: bool,
}

/// Makes the clients. Sends nothing, but for asking the metadata host of an Azure cloud where one is named.
pub(super) async fn of(config: &ProviderModel, terraform_version: Option<&str>) -> Result<Clients, Diagnostics> {
    let settings = |endpoints: Endpoints, tokens: TokenSource, roots: &Option<String>| {
        let mut settings = Config::new(endpoints, tokens, user_agent(terraform_version));
        settings.rate = rate_limits(&config.rate_limits);
        settings.extra_roots_pem = roots.clone();
        if let Some(retries) = config.max_retries.known().and_then(|retries| u32::try_from(*retries).ok()) {
            settings.retry = RetryPolicy { max_attempts: retries.saturating_add(1), ..settings.retry };
        }
        settings
    };
    let roots = extra_roots()?;
    // Whoever describes a cloud is not shown any credentials.
    let nobody = TokenSource::Missing(SignInError::Foreign { cloud: Cloud::Azure });
    let anonymous = settings(Endpoints::official(), nobody, &roots);
    let endpoints = super::endpoints::of(config, &anonymous).await?;
    let realm = endpoints.realm();
    let transport =
        |tokens: TokenSource| Transport::new(settings(endpoints.clone(), tokens, &roots)).map_err(no_client);
    let google = config.gcp.known().map(google_sign_in).unwrap_or_default();
    let google = transport(sign_in::google(&google, &realm, env))?;
    let azure = config.azure.known().map(azure_sign_in).unwrap_or_default();
    let azure = transport(sign_in::azure(&azure, &realm, env))?;
    let aws = config.aws.known().map(aws_sign_in).unwrap_or_default();
    let aws = transport(sign_in::aws(&aws, &realm, env))?;
    let complete = config.encode().is_wholly_known();
    let timing = (
        if endpoints.is_local(Cloud::Google) { gcp::Timing::emulator() } else { gcp::Timing::default() },
        if endpoints.is_local(Cloud::Azure) { azure::Timing::emulator() } else { azure::Timing::default() },
        if endpoints.is_local(Cloud::Aws) { aws::Timing::emulator() } else { aws::Timing::default() },
    );
    Ok(Clients {
        google: gcp::Client::new(google, timing.0),
        azure: azure::Client::new(azure, timing.1),
        aws: aws::Client::new(aws, timing.2),
        realm,
        complete,
    })
}

/// Why there is no HTTP client.
pub(super) fn no_client(error: ConfigError) -> Diagnostic {
    Diagnostic::error("The HTTP client cannot be set up", format!("{error}."))
}

fn google_sign_in(config: &GoogleModel) -> GoogleSignIn {
    let external = config.external_credentials.known().map(|external| ExternalCredentials {
        audience: external.audience.as_str().unwrap_or_default().to_owned(),
        service_account_email: external.service_account_email.as_str().unwrap_or_default().to_owned(),
        identity_token: Secret::new(external.identity_token.as_str().unwrap_or_default()),
    });
    GoogleSignIn {
        access_token: config.access_token.as_str().map(Secret::new),
        credentials: config.credentials.as_str().map(Secret::new),
        external_credentials: external,
        impersonate_service_account: config.impersonate_service_account.as_str().map(str::to_owned),
        delegates: texts(&config.impersonate_service_account_delegates),
    }
}

fn azure_sign_in(config: &AzureModel) -> AzureSignIn {
    let text = |value: &Attr<String>| value.as_str().map(str::to_owned);
    let secret = |value: &Attr<String>| value.as_str().map(Secret::new);
    AzureSignIn {
        tenant_id: text(&config.tenant_id),
        client_id: text(&config.client_id),
        client_id_file_path: text(&config.client_id_file_path),
        client_certificate: secret(&config.client_certificate),
        client_certificate_path: text(&config.client_certificate_path),
        client_certificate_password: config.client_certificate_password.as_str().map(Secret::verbatim),
        client_secret: secret(&config.client_secret),
        client_secret_file_path: text(&config.client_secret_file_path),
        use_aks_workload_identity: config.use_aks_workload_identity.known().copied(),
        use_oidc: config.use_oidc.known().copied(),
        oidc_token: secret(&config.oidc_token),
        oidc_token_file_path: text(&config.oidc_token_file_path),
        oidc_request_url: text(&config.oidc_request_url),
        oidc_request_token: secret(&config.oidc_request_token),
        use_msi: config.use_msi.known().copied(),
        msi_endpoint: text(&config.msi_endpoint),
        use_cli: config.use_cli.known().copied(),
    }
}

/// What the block `aws` says about signing in.
pub(super) fn aws_sign_in(config: &AwsModel) -> AwsSignIn {
    let text = |value: &Attr<String>| value.as_str().map(str::to_owned);
    let roles = config.assume_role.known().into_iter().flatten().map(|role| AssumeRole {
        role_arn: text(&role.role_arn).unwrap_or_default(),
        session_name: text(&role.session_name),
        external_id: text(&role.external_id),
        duration: seconds(&role.duration),
    });
    AwsSignIn {
        access_key: text(&config.access_key),
        secret_key: config.secret_key.as_str().map(Secret::new),
        session_token: config.token.as_str().map(Secret::new),
        profile: text(&config.profile),
        shared_config_files: texts(&config.shared_config_files),
        shared_credentials_files: texts(&config.shared_credentials_files),
        web_identity: config.assume_role_with_web_identity.known().map(|identity| WebIdentity {
            role_arn: text(&identity.role_arn).unwrap_or_default(),
            session_name: text(&identity.session_name),
            token: identity.web_identity_token.as_str().map(Secret::new),
            token_file: text(&identity.web_identity_token_file),
            duration: seconds(&identity.duration),
        }),
        assume_role: roles.collect(),
        allowed_account_ids: texts(&config.allowed_account_ids),
    }
}

fn seconds(duration: &Attr<i64>) -> Option<Duration> {
    duration.known().and_then(|seconds| u64::try_from(*seconds).ok()).map(Duration::from_secs)
}

fn texts(list: &Attr<Vec<Attr<String>>>) -> Vec<String> {
    list.known().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The documented quotas but for those that are named. Validation has seen to it that they are quotas and numbers.
fn rate_limits(config: &Attr<BTreeMap<String, Attr<i64>>>) -> RateLimits {
    let named = config.known().into_iter().flatten().filter_map(|(name, per_minute)| {
        Some((Quota::named(name)?, u32::try_from(*per_minute.known()?).unwrap_or(u32::MAX)))
    });
    named.fold(RateLimits::default(), |limits, (quota, per_minute)| limits.with_quota(quota, per_minute))
}

/// The certificate authorities that the environment names in the ways of the vendors' own tools, besides those of the machine.
fn extra_roots() -> Result<Option<String>, Diagnostic> {
    let mut roots = String::new();
    for variable in CA_BUNDLES {
        let Some(path) = env(variable).filter(|path| !path.is_empty()) else { continue };
        let refused = |why: String| {
            let detail = format!("`{path}`: {why}.\n\nIt should be a file with certificates in PEM.");
            Diagnostic::error(format!("{variable} cannot be used"), detail)
        };
        let pem = std::fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(refused("there is no certificate in it".to_owned()));
        }
        roots.push_str(&pem);
        roots.push('\n');
    }
    Ok(Some(roots).filter(|roots| !roots.is_empty()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_quotas_change_and_the_others_stay() {
        let name = Quota::FederationWrite.to_string();
        let limits = rate_limits(&Attr::Known(BTreeMap::from([(name, Attr::Known(600))])));
        assert_eq!(limits.per_minute.into_iter().collect::<Vec<_>>(), [(Quota::FederationWrite, 600)]);
        assert!(rate_limits(&Attr::Null).per_minute.is_empty());
    }

    #[test]
    fn the_guide_to_limits_tells_every_quota() {
        let guide = include_str!("../../../docs/guides/limits.md");
        for quota in Quota::all() {
            let row = format!("| `{quota}` | {} |", quota.documented_per_minute());
            assert!(guide.contains(&row), "missing: {row}");
        }
    }
}
