//! Endpoints that the user names: the vendors' own by another way, such as a private endpoint in a network, or servers that stand in for them.

use url::{Host, Url};

use super::azure_cloud::AzureCloud;
use super::{EndpointError, is_loopback};
use crate::api::{Api, Cloud};

/// What ends the names of Google's and AWS's hosts, private endpoints included.
const GOOGLE: &[&str] = &["googleapis.com"];
const AWS: &[&str] = &["amazonaws.com", "amazonaws.com.cn", "api.aws"];

/// Takes an endpoint for an API. Credentials go there, so it is https; plain http is for this machine.
pub(super) fn endpoint(api: Api, text: &str) -> Result<Url, EndpointError> {
    let url = Url::parse(text.trim())
        .map_err(|problem| EndpointError::NotAUrl { value: text.to_owned(), problem: problem.to_string() })?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(EndpointError::Plain { host: url.host_str().unwrap_or_default().to_owned() }),
        scheme => return Err(EndpointError::Scheme { scheme: scheme.to_owned() }),
    }
    let path = url.path().trim_matches('/');
    let versioned = api.cloud() == Cloud::Google && is_version(path);
    let surplus = [
        (!url.username().is_empty() || url.password().is_some(), "user name and password"),
        (!path.is_empty() && !versioned, "path"),
        (url.query().is_some(), "query"),
        (url.fragment().is_some(), "fragment"),
    ];
    match surplus.into_iter().find(|(present, _)| *present) {
        Some((_, part)) => Err(EndpointError::NotAnOrigin { part }),
        None => Ok(url),
    }
}

/// Whether the endpoint is the vendor's: what it holds is then the real cloud's, whichever way leads there.
pub(super) fn is_vendors(api: Api, url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else { return false };
    let within = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    match api.cloud() {
        Cloud::Google => GOOGLE.iter().any(|domain| within(domain)),
        Cloud::Aws => AWS.iter().any(|domain| within(domain)),
        Cloud::Azure => {
            let hosts = AzureCloud::ALL.into_iter().flat_map(AzureCloud::hosts);
            hosts.into_iter().any(|host| within(host.trim_start_matches("https://")))
        }
    }
}

/// The version of an API, which Google's own provider wants at the end of an endpoint: `v1`, `v1beta1`, `storage/v1`.
fn is_version(path: &str) -> bool {
    let version = path.strip_prefix("storage/").unwrap_or(path);
    let rest = version.strip_prefix('v').unwrap_or_default();
    rest.starts_with(|first: char| first.is_ascii_digit()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_to_https_or_to_this_machine() {
        for good in [
            "https://iam-corp.p.googleapis.com",
            "https://iam-corp.p.googleapis.com/v1/",
            "https://storage-corp.p.googleapis.com/storage/v1/",
            "https://iam.example.com:8443",
            "http://127.0.0.1:8787/v1beta1",
            "http://localhost:1",
        ] {
            assert!(endpoint(Api::Iam, good).is_ok(), "{good}");
        }
        let refused = |text| endpoint(Api::AwsIam, text).expect_err(text);
        assert_eq!(refused("http://iam.example.com"), EndpointError::Plain { host: "iam.example.com".to_owned() });
        assert!(matches!(refused("http://127.0.0.1.example.com"), EndpointError::Plain { .. }));
        assert!(matches!(refused("ftp://iam.example.com"), EndpointError::Scheme { .. }));
        assert!(matches!(refused("iam.example.com"), EndpointError::NotAUrl { .. }));
        // Only Google's provider writes versions.
        assert_eq!(refused("https://iam.example.com/v1"), EndpointError::NotAnOrigin { part: "path" });
        assert_eq!(refused("https://u:p@x.example"), EndpointError::NotAnOrigin { part: "user name and password" });
        assert!(endpoint(Api::Iam, "https://iam.example.com/proxy/v1").is_err());
    }

    #[test]
    fn private_endpoints_are_the_vendors_and_look_alikes_are_not() {
        let is = |api, text: &str| is_vendors(api, &text.parse().expect(text));
        assert!(is(Api::Kms, "https://cloudkms-corp.p.googleapis.com"));
        assert!(is(Api::AwsSts, "https://vpce-1-2.sts.eu-west-1.vpce.amazonaws.com"));
        assert!(is(Api::AwsSts, "https://sts.eu-west-1.api.aws"));
        assert!(is(Api::AzureResourceManager, "https://westeurope.management.azure.com"));
        assert!(is(Api::EntraLogin, "https://login.microsoftonline.us"));
        assert!(!is(Api::Kms, "https://cloudkms.evilgoogleapis.com"));
        assert!(!is(Api::Kms, "https://googleapis.com.example.com"));
        assert!(!is(Api::AwsIam, "https://iam.googleapis.com"));
        assert!(!is(Api::AwsIam, "http://127.0.0.1:1"));
    }
}
