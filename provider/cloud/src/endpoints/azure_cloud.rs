//! Azure's sovereign clouds as data: hosts, token audiences and the names that the official provider gives them.

/// One of Microsoft's clouds. They share APIs and nothing else: no identity and no trust crosses from one to another.
#[derive(Debug, PartialEq, Eq)]
pub struct AzureCloud {
    /// As `ARM_ENVIRONMENT` names it.
    pub name: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// Where tokens are issued, without a trailing slash.
    pub login: &'static str,
    /// Azure Resource Manager, without a trailing slash.
    pub resource_manager: &'static str,
    /// Microsoft Graph, without a trailing slash.
    pub graph: &'static str,
    /// The audience of tokens for Azure OpenAI and the other Cognitive Services.
    pub cognitive_services: &'static str,
    /// What ends the host names of storage accounts, such as `core.windows.net`.
    pub storage_suffix: &'static str,
    /// The audience that tokens for a federated credential carry.
    pub federation_audience: &'static str,
}

/// Azure's ordinary cloud.
pub static PUBLIC: AzureCloud = AzureCloud {
    name: "public",
    aliases: &["azurecloud", "azurepubliccloud", "global"],
    login: "https://login.microsoftonline.com",
    resource_manager: "https://management.azure.com",
    graph: "https://graph.microsoft.com",
    cognitive_services: "https://cognitiveservices.azure.com",
    storage_suffix: "core.windows.net",
    federation_audience: "api://AzureADTokenExchange",
};

/// Azure for the government of the United States.
pub static US_GOVERNMENT: AzureCloud = AzureCloud {
    name: "usgovernment",
    aliases: &["azureusgovernment", "azureusgovernmentcloud", "usgovernmentl4"],
    login: "https://login.microsoftonline.us",
    resource_manager: "https://management.usgovcloudapi.net",
    graph: "https://graph.microsoft.us",
    cognitive_services: "https://cognitiveservices.azure.us",
    storage_suffix: "core.usgovcloudapi.net",
    federation_audience: "api://AzureADTokenExchangeUSGov",
};

/// Azure in China, which 21Vianet runs.
pub static CHINA: AzureCloud = AzureCloud {
    name: "china",
    aliases: &["azurechina", "azurechinacloud"],
    login: "https://login.chinacloudapi.cn",
    resource_manager: "https://management.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    cognitive_services: "https://cognitiveservices.azure.cn",
    storage_suffix: "core.chinacloudapi.cn",
    federation_audience: "api://AzureADTokenExchangeChina",
};

impl AzureCloud {
    /// Every cloud.
    pub const ALL: [&'static AzureCloud; 3] = [&PUBLIC, &US_GOVERNMENT, &CHINA];

    /// The cloud of that name, in any case.
    pub fn named(name: &str) -> Option<&'static AzureCloud> {
        let name = name.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|cloud| cloud.name == name || cloud.aliases.contains(&name.as_str()))
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
        let mut hosts: Vec<_> =
            AzureCloud::ALL.iter().flat_map(|cloud| [cloud.login, cloud.resource_manager, cloud.graph]).collect();
        assert!(hosts.iter().all(|host| host.starts_with("https://") && !host.ends_with('/')));
        let all = hosts.len();
        hosts.sort_unstable();
        hosts.dedup();
        assert_eq!(hosts.len(), all);
    }
}
