//! Azure Kubernetes Service: the cluster's own OIDC issuer vouches for Kubernetes service accounts.

use std::collections::BTreeMap;

use serde_json::json;

use crate::leaf::{Leaf, Text};
use crate::problem::Problem;
use crate::source::{Identity, TokenDelivery};
use crate::spec::Aks;

const ISSUER: &str = "from.aks.issuer";
const NAMESPACE: &str = "from.aks.namespace";
const SERVICE_ACCOUNT: &str = "from.aks.service_account";

/// Hosts of AKS issuers end so, in the public, US Government and China clouds.
const ISSUER_HOSTS: [&str; 3] = [".prod-aks.azure.com", ".prod-aks.azure.us", ".prod-aks.azure.cn"];

const WHERE_FROM: &str = "Copy the URL from `az aks show --query oidcIssuerProfile.issuerUrl`, or from \
     `azurerm_kubernetes_cluster.….oidc_issuer_url`, character for character: issuers are compared exactly.";

pub(super) fn identity(aks: &Aks) -> Identity {
    let subject =
        Text::concat(["system:serviceaccount:".into(), aks.namespace.piece(), ":".into(), aks.service_account.piece()]);
    let claims = match (aks.issuer.known(), subject.known(), aks.namespace.known(), aks.service_account.known()) {
        (Some(issuer), Some(subject), Some(namespace), Some(service_account)) => Leaf::Known(BTreeMap::from([
            ("iss".to_owned(), json!(issuer)),
            ("sub".to_owned(), json!(subject)),
            (
                "kubernetes.io".to_owned(),
                json!({ "namespace": namespace, "serviceaccount": { "name": service_account } }),
            ),
        ])),
        _ => Leaf::Unknown,
    };
    Identity {
        issuer: aks.issuer.clone(),
        condition: Text::concat(["assertion.sub == '".into(), subject.piece(), "'".into()]),
        subject,
        issuer_path: ISSUER,
        subject_path: SERVICE_ACCOUNT,
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        claims,
        delivery: TokenDelivery::KubernetesVolume {
            namespace: aks.namespace.clone(),
            service_account: aks.service_account.clone(),
        },
    }
}

pub(super) fn problems(aks: &Aks) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(issuer) = aks.issuer.known()
        && let Err(why) = check_issuer(issuer)
    {
        problems.push(Problem::at(ISSUER, "Not an AKS issuer URL", format!("{why} {WHERE_FROM}")));
    }
    if let Some(namespace) = aks.namespace.known()
        && !is_dns_label(namespace)
    {
        problems.push(Problem::at(
            NAMESPACE,
            "Not a Kubernetes namespace",
            format!(
                "`{namespace}` cannot be a namespace: 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at each end."
            ),
        ));
    }
    if let Some(account) = aks.service_account.known()
        && !(account.len() <= 253 && account.split('.').all(is_dns_label))
    {
        problems.push(Problem::at(
            SERVICE_ACCOUNT,
            "Not a Kubernetes service account",
            format!(
                "`{account}` cannot be a service account: write its bare name, such as `backend`, without `system:serviceaccount:` and without the namespace."
            ),
        ));
    }
    problems
}

fn check_issuer(issuer: &str) -> Result<(), String> {
    if issuer.is_empty() {
        return Err("The issuer is empty.".to_owned());
    }
    let Some(rest) = issuer.strip_prefix("https://") else {
        return Err(format!("`{issuer}` does not begin with `https://`."));
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if issuer.chars().any(|c| c.is_whitespace() || c.is_control()) || issuer.contains(['?', '#', '@', '\\']) {
        return Err(format!("`{}` has characters that no issuer has.", issuer.escape_debug()));
    }
    if !ISSUER_HOSTS.iter().any(|end| host.len() > end.len() && host.ends_with(end)) {
        return Err(format!(
            "The host `{host}` is not one of AKS's, which end in {}.",
            ISSUER_HOSTS.map(|end| format!("`{end}`")).join(", ")
        ));
    }
    if path.is_empty() || path.starts_with('/') || path.contains("//") {
        return Err(format!("`{issuer}` does not name a cluster."));
    }
    if !path.ends_with('/') {
        return Err(format!(
            "`{issuer}` lacks the slash that AKS issuers end in, so no token of the cluster would match it."
        ));
    }
    Ok(())
}

fn is_dns_label(text: &str) -> bool {
    let alphanumeric = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().all(|c| alphanumeric(c) || c == b'-')
        && text.bytes().next().is_some_and(alphanumeric)
        && text.bytes().last().is_some_and(alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aks(issuer: &str, namespace: &str, account: &str) -> Aks {
        Aks { issuer: Text::of(issuer), namespace: Text::of(namespace), service_account: Text::of(account) }
    }

    const GOOD: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/";

    #[test]
    fn the_condition_admits_the_one_service_account() {
        let identity = identity(&aks(GOOD, "chat", "backend"));
        assert_eq!(identity.condition, Text::of("assertion.sub == 'system:serviceaccount:chat:backend'"));
    }

    #[test]
    fn issuers_of_aks_pass_in_each_of_their_forms() {
        let older = "https://oidc.prod-aks.azure.com/22222222-2222-4222-8222-222222222222/";
        let china = "https://chinaeast2.oic.prod-aks.azure.cn/a/b/";
        for issuer in [GOOD, older, china] {
            assert_eq!(problems(&aks(issuer, "chat", "backend")), []);
        }
    }

    #[test]
    fn what_is_not_an_aks_issuer_is_refused_at_its_path() {
        for issuer in [
            "",
            "http://westeurope.oic.prod-aks.azure.com/a/b/",
            "https://westeurope.oic.prod-aks.azure.com/a/b",
            "https://westeurope.oic.prod-aks.azure.com/",
            "https://westeurope.oic.prod-aks.azure.com",
            "https://prod-aks.azure.com.evil.example/a/b/",
            "https://evil.example/?x=.prod-aks.azure.com/a/",
            "https://user@westeurope.oic.prod-aks.azure.com/a/b/",
            "https://westeurope.oic.prod-aks.azure.com/a/b/ ",
            "westeurope.oic.prod-aks.azure.com/a/b/",
            "https://.prod-aks.azure.com/a/",
        ] {
            let problems = problems(&aks(issuer, "chat", "backend"));
            assert_eq!(problems.len(), 1, "{issuer:?} was accepted");
            assert_eq!(problems[0].path.to_string(), "from.aks.issuer");
        }
    }

    #[test]
    fn names_that_kubernetes_would_refuse_are_refused() {
        for namespace in ["", "Chat", "-chat", "chat-", "a:b", "chat/x", "*"] {
            assert_eq!(problems(&aks(GOOD, namespace, "backend")).len(), 1, "{namespace:?} was accepted");
        }
        for account in ["", "system:serviceaccount:chat:backend", "back end", "*", "a..b"] {
            assert_eq!(problems(&aks(GOOD, "chat", account)).len(), 1, "{account:?} was accepted");
        }
    }
}
