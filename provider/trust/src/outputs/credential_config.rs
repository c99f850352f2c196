//! The `external_account` credential configuration of Google's client libraries. It holds no secret: only where the token comes from and where
//! it is exchanged.

use serde_json::{Value, json};

use crate::leaf::{Leaf, Text};
use crate::outputs::Endpoints;
use crate::outputs::tokens::{encoded, file, metadata_url};
use crate::source::{TokenDelivery, Towards};

/// The credential configuration, once everything in it is known. `provider` is the provider's resource name, by project number; `email` the service
/// account to act as, if there is one.
pub fn of(provider: &Text, email: Option<&Text>, delivery: &TokenDelivery, endpoints: &Endpoints) -> Text {
    let whole = || {
        let provider = provider.known()?;
        let (token_type, source) = source(delivery, provider)?;
        let mut config = json!({
            "type": "external_account",
            "universe_domain": "googleapis.com",
            "audience": provider,
            "subject_token_type": format!("urn:ietf:params:{token_type}"),
            "token_url": format!("{}/v1/token", endpoints.google_sts),
            "credential_source": source,
        });
        if let Some(email) = email {
            config["service_account_impersonation_url"] = Value::from(format!(
                "{}/v1/projects/-/serviceAccounts/{}:generateAccessToken",
                endpoints.google_iam_credentials,
                email.known()?
            ));
        }
        Some(format!("{config:#}"))
    };
    whole().map_or(Leaf::Unknown, Leaf::Known)
}

/// The type of the token and where it comes from. None: not known yet.
fn source(delivery: &TokenDelivery, provider: &str) -> Option<(&'static str, Value)> {
    const JWT: &str = "oauth:token-type:jwt";
    Some(match delivery {
        TokenDelivery::AwsCredentials => (
            "aws:token-type:aws4_request",
            json!({
                "environment_id": "aws1",
                "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone",
                "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials",
                "imdsv2_session_token_url": "http://169.254.169.254/latest/api/token",
                "regional_cred_verification_url":
                    "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
            }),
        ),
        TokenDelivery::AzureInstanceMetadata { resource, client_id } => (
            JWT,
            json!({
                "url": metadata_url(resource.known()?, client_id.known()?),
                "headers": { "Metadata": "True" },
                "format": { "type": "json", "subject_token_field_name": "access_token" },
            }),
        ),
        // The runner sets these variables for every job that may ask for tokens; `envsubst` puts their values in.
        TokenDelivery::GithubWorkflow => (
            JWT,
            json!({
                "url": format!("${{ACTIONS_ID_TOKEN_REQUEST_URL}}&audience={}", encoded(&format!("https:{provider}"))),
                "headers": { "Authorization": "Bearer ${ACTIONS_ID_TOKEN_REQUEST_TOKEN}" },
                "format": { "type": "json", "subject_token_field_name": "value" },
            }),
        ),
        other => (JWT, json!({ "file": file(other, Towards::Gcp)?, "format": { "type": "text" } })),
    })
}
