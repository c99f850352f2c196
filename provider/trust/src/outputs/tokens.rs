//! Where a workload's tokens lie, and how they get there where no platform puts them.

use crate::leaf::{Leaf, Text};
use crate::source::{TokenDelivery, Towards};

/// Where the kubelet writes the token for Google.
pub(super) const TOKEN_DIRECTORY: &str = "/var/run/secrets/crosscloud";
/// Where the kubelet writes the token for AWS.
pub(super) const AWS_TOKEN_DIRECTORY: &str = "/var/run/secrets/crosscloud-aws";
/// Where a workload that runs elsewhere puts its tokens.
const FOLDER: &str = "/tmp/crosscloud";

/// The file that a workload's token for a cloud is in. None where nothing reads one.
pub(super) fn file(delivery: &TokenDelivery, towards: Towards) -> Option<String> {
    match (delivery, towards) {
        (TokenDelivery::KubernetesVolume { .. }, Towards::Gcp) => Some(format!("{TOKEN_DIRECTORY}/token")),
        (TokenDelivery::KubernetesVolume { .. }, Towards::Aws) => Some(format!("{AWS_TOKEN_DIRECTORY}/token")),
        // Azure's webhook mounts the token and says where.
        (TokenDelivery::KubernetesVolume { .. }, Towards::Azure) => None,
        // The vendors' own actions and providers fetch it; Google's library asks the metadata service itself.
        (TokenDelivery::GithubWorkflow | TokenDelivery::TerraformRun | TokenDelivery::AwsCredentials, _)
        | (TokenDelivery::AzureInstanceMetadata { .. }, Towards::Gcp) => None,
        _ => Some(format!("{FOLDER}/{}-token", word(towards))),
    }
}

/// A shell command that puts the token for a cloud into its file, to be run again before the token expires. None where that is not needed, or
/// where only the user knows how.
pub(super) fn command(delivery: &TokenDelivery, towards: Towards, audience: &Text) -> Option<Text> {
    let file = file(delivery, towards)?;
    let fetch = |audience: &str| {
        Some(match delivery {
            TokenDelivery::GitlabJob => format!("printf %s \"${}\"", variable(towards)),
            TokenDelivery::GoogleMetadata => format!(
                "curl -sf -H 'Metadata-Flavor: Google' 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience={}&format=full'",
                encoded(audience)
            ),
            TokenDelivery::AwsTokenService { .. } => format!(
                "aws sts get-web-identity-token --audience '{audience}' --signing-algorithm RS256 --query WebIdentityToken --output text"
            ),
            TokenDelivery::AzureInstanceMetadata { resource, client_id } => {
                let url = metadata_url(resource.known()?, client_id.known()?);
                format!("curl -sf -H 'Metadata: true' '{url}' | jq -r .access_token")
            }
            _ => return None,
        })
    };
    if matches!(delivery, TokenDelivery::File | TokenDelivery::KubernetesVolume { .. }) {
        return None;
    }
    let fetched = audience.known().and_then(|audience| fetch(audience));
    let whole = fetched.map(|fetch| format!("install -d -m 700 {FOLDER} && {fetch} > {file}"));
    Some(whole.map_or(Leaf::Unknown, Leaf::Known))
}

/// The variable that a GitLab job names its token for a cloud by.
fn variable(towards: Towards) -> String {
    format!("CROSSCLOUD_{}_TOKEN", word(towards).to_uppercase())
}

/// What Azure's metadata service is asked. A machine may have several identities, and is then asked for one by its client id.
pub(super) fn metadata_url(resource: &str, client_id: &str) -> String {
    let url =
        format!("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}");
    if client_id.is_empty() { url } else { format!("{url}&client_id={client_id}") }
}

/// Percent-encodes a query value.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A cloud in the names of files and variables, which is the attribute of `to`.
pub(super) fn word(towards: Towards) -> &'static str {
    match towards {
        Towards::Gcp => "gcp",
        Towards::Azure => "azure",
        Towards::Aws => "aws",
    }
}
