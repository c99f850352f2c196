//! Azure's sovereign clouds as data: hosts, token audiences and the names that the official provider gives them.

use std::borrow::Cow;

/// One of Microsoft's clouds. They share APIs and nothing else: no identity and no trust crosses from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureCloud {
    /// As `ARM_ENVIRONMENT` names it.
    pub name: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// Where tokens are issued, without a trailing slash.
    pub login: Cow<'static, str>,
    /// Azure Resource Manager, and the audience of tokens for it, without a trailing slash.
    pub resource_manager: Cow<'static, str>,
    /// Microsoft Graph, and the audience of tokens for it, without a trailing slash.
    pub graph: Cow<'static, str>,
    /// The audience of tokens for Azure OpenAI and the other Cognitive Services.
    pub cognitive_services: Cow<'static, str>,
    /// What ends the host names of storage accounts, such as `core.windows.net`.
    pub storage_suffix: Cow<'static, str>,
    /// The audience that tokens for a federated credential carry.
    pub federation_audience: Cow<'static, str>,
}

/// Azure's ordinary cloud.
pub static PUBLIC: AzureCloud = AzureCloud {
    name: "public",
    aliases: &["azurecloud", "azurepubliccloud", "global"],
    login: Cow::Borrowed("https://login.microsoftonline.com"),
    resource_manager: Cow::Borrowed("https://management.azure.com"),
    graph: Cow::Borrowed("https://graph.microsoft.com"),
    cognitive_services: Cow::Borrowed("https://cognitiveservices.azure.com"),
    storage_suffix: Cow::Borrowed("core.windows.net"),
    federation_audience: Cow::Borrowed("api://AzureADTokenExchange"),
};

/// Azure for the government of the United States.
pub static US_GOVERNMENT: AzureCloud = AzureCloud {
    name: "usgovernment",
    aliases: &["azureusgovernment", "azureusgovernmentcloud", "usgovernmentl4"],
    login: Cow::Borrowed("https://login.microsoftonline.us"),
    resource_manager: Cow::Borrowed("https://management.usgovcloudapi.net"),
    graph: Cow::Borrowed("https://graph.microsoft.us"),
    cognitive_services: Cow::Borrowed("https://cognitiveservices.azure.us"),
    storage_suffix: Cow::Borrowed("core.usgovcloudapi.net"),
    federation_audience: Cow::Borrowed("api://AzureADTokenExchangeUSGov"),
};

/// Azure in China, which 21Vianet runs.
pub static CHINA: AzureCloud = AzureCloud {
    name: "china",
    aliases: &["azurechina", "azurechinacloud"],
    login: Cow::Borrowed("https://login.chinacloudapi.cn"),
    resource_manager: Cow::Borrowed("https://management.chinacloudapi.cn"),
    graph: Cow::Borrowed("https://microsoftgraph.chinacloudapi.cn"),
    cognitive_services: Cow::Borrowed("https://cognitiveservices.azure.cn"),
    storage_suffix: Cow::Borrowed("core.chinacloudapi.cn"),
    federation_audience: Cow::Borrowed("api://AzureADTokenExchangeChina"),
};

impl AzureCloud {
    /// Every cloud.
    pub const ALL: [&'static AzureCloud; 3] = [&PUBLIC, &US_GOVERNMENT, &CHINA];

    /// The cloud of that name, in any case.
    pub fn named(name: &str) -> Option<&'static AzureCloud> {
        let name = name.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|cloud| cloud.name == name || cloud.aliases.contains(&name.as_str()))
    }

    /// Where its APIs are.
    pub(super) fn hosts(&self) -> [&str; 3] {
        [&self.login, &self.resource_manager, &self.graph]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_are_found_by_the_official_names() {
        assert_eq!(AzureCloud::named("public"), Some(&PUBLIC));
        assert_eq!(AzureCloud::named("AzureUSGovernment"), Some(&US_GOVERNMENT));
        assert_eq!(AzureCloud::named(" china "), Some(&CHINA));
        assert_eq!(AzureCloud::named("german"), None);
    }

    #[test]
    fn no_two_clouds_share_a_host() {
        let mut hosts: Vec<_> = AzureCloud::ALL.iter().flat_map(|cloud| cloud.hosts()).collect();
        assert!(hosts.iter().all(|host| host.starts_with("https://") && !host.ends_with('/')));
        let all = hosts.len();
        hosts.sort_unstable();
        hosts.dedup();
        assert_eq!(hosts.len(), all);
    }
}
