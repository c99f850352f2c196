//! What a cloud of Azure says about itself: where its APIs are, and which audiences their tokens have.

use url::Url;

use crate::endpoints::AzureCloud;
use crate::endpoints::azure_cloud::PUBLIC;
use crate::secret::Secret;
use crate::sign_in::SignInError;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::file::Object;
use crate::transport::Transport;

/// A cloud as its metadata host describes it.
#[derive(Clone, Debug)]
pub struct DescribedCloud {
    /// Names and audiences.
    pub cloud: AzureCloud,
    /// Where Azure Resource Manager is.
    pub resource_manager: String,
    /// Where Microsoft Graph is.
    pub graph: String,
    /// Where tokens are issued.
    pub login: String,
}

/// Asks the metadata host of a cloud, as `ARM_METADATA_HOSTNAME` names it. `origin` says for people what named it.
pub async fn azure_cloud_at(origin: &str, host: &str, transport: &Transport) -> Result<DescribedCloud, SignInError> {
    let refuse = |problem: &str| SignInError::Malformed { origin: origin.to_owned(), problem: problem.to_owned() };
    let host = host.trim();
    let url: Url = format!("https://{host}/metadata/endpoints?api-version=2022-09-01")
        .parse()
        .map_err(|_| refuse("it is not the name of a host"))?;
    let plain = url.path() == "/metadata/endpoints" && url.username().is_empty() && url.password().is_none();
    if host.is_empty() || !plain {
        return Err(refuse("it is not the name of a host; write it without https:// and without a path"));
    }
    let text = Secret::new(Ask::get(origin, url).text(transport).await?);
    read(&Object::parse(&format!("the answer of {host} ({origin})"), &text)?)
}

fn read(answer: &Object) -> Result<DescribedCloud, SignInError> {
    // A slash at the end is part of none of the audiences that libraries ask for.
    let place = |object: &Object, name: &str| {
        let text = object.text(name)?.trim_end_matches('/').to_owned();
        ask::place(object.origin(), &text).map(|_| text)
    };
    let authentication = answer
        .inner("authentication")?
        .ok_or_else(|| answer.malformed("it has no `authentication`: is this a host of Azure Resource Manager?"))?;
    let resource_manager = place(answer, "resourceManager")?;
    let (graph, login) = (place(answer, "microsoftGraphResourceId")?, place(&authentication, "loginEndpoint")?);
    let audiences = authentication.get("audiences").as_array().into_iter().flatten();
    let audience = audiences.filter_map(|audience| audience.as_str()).next_back();
    let audience = audience.ok_or_else(|| authentication.malformed("its `authentication` has no `audiences`"))?;
    let known = answer.optional("name")?.and_then(AzureCloud::named).unwrap_or(&PUBLIC);
    let suffix = match answer.inner("suffixes")? {
        Some(suffixes) => suffixes.optional("storage")?.map(str::to_owned),
        None => None,
    };
    let cloud = AzureCloud {
        login: login.clone().into(),
        resource_manager: audience.trim_end_matches('/').to_owned().into(),
        graph: graph.clone().into(),
        storage_suffix: suffix.map_or_else(|| known.storage_suffix.clone(), Into::into),
        ..known.clone()
    };
    Ok(DescribedCloud { cloud, resource_manager, graph, login })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &str) -> Result<DescribedCloud, SignInError> {
        read(&Object::parse("the answer of x (ARM_METADATA_HOSTNAME)", &Secret::new(text))?)
    }

    #[test]
    fn a_cloud_is_what_it_says_and_otherwise_what_is_known_of_its_name() {
        let stack = described(
            r#"{"name": "AzureChinaCloud", "resourceManager": "https://management.chinacloudapi.cn/", "authentication": {
                "loginEndpoint": "https://login.chinacloudapi.cn/", "audiences": ["https://management.core.chinacloudapi.cn/", "https://management.chinacloudapi.cn/"]},
                "microsoftGraphResourceId": "https://microsoftgraph.chinacloudapi.cn", "suffixes": {"storage": "core.chinacloudapi.cn"}}"#,
        );
        let stack = stack.expect("a cloud");
        assert_eq!(stack.cloud, crate::endpoints::azure_cloud::CHINA);
        assert_eq!(stack.login, "https://login.chinacloudapi.cn");
    }

    #[test]
    fn what_is_no_description_is_told() {
        for (text, says) in [
            ("<html>", "not JSON"),
            ("[]", "not an object"),
            ("{}", "no `authentication`"),
            (r#"{"authentication": {}}"#, "no `resourceManager`"),
            (r#"{"resourceManager": "http://arm.example.com", "authentication": {}}"#, "plain http to another machine"),
            (
                r#"{"resourceManager": "https://a.example", "microsoftGraphResourceId": "https://g.example", "authentication": {"loginEndpoint": "https://l.example"}}"#,
                "no `audiences`",
            ),
        ] {
            let told = described(text).expect_err(text).to_string();
            assert!(told.contains("ARM_METADATA_HOSTNAME") && told.contains(says), "{text}: {told}");
        }
    }
}
