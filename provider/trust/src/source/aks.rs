//! Azure Kubernetes Service: the cluster's own OIDC issuer vouches for Kubernetes service accounts.

use std::collections::BTreeMap;

use crate::facts::{FactQuery, Facts};
use crate::graph::Builder;
use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::ArmId;
use crate::problem::Problem;
use crate::source::{Identity, kubernetes};

const ISSUER: &str = "from.aks.issuer";
const CLUSTER: &str = "from.aks.cluster_id";
const ISSUERS: &str = "from.aks.issuers";
const NAMESPACE: &str = "from.aks.namespace";
const SERVICE_ACCOUNT: &str = "from.aks.service_account";

/// The ARM type of AKS clusters.
pub(crate) const CLUSTER_KIND: &str = "Microsoft.ContainerService/managedClusters";

/// Hosts of AKS issuers end so, in the public, US Government and China clouds.
const ISSUER_HOSTS: [&str; 3] = [".prod-aks.azure.com", ".prod-aks.azure.us", ".prod-aks.azure.cn"];

const WHERE_FROM: &str = "Copy the URL from `az aks show --query oidcIssuerProfile.issuerUrl`, or from \
     `azurerm_kubernetes_cluster.….oidc_issuer_url`, character for character: issuers are compared exactly.";

/// A workload on Azure Kubernetes Service, known by its Kubernetes service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aks {
    /// OIDC issuer URL of the cluster, verbatim.
    pub issuer: Option<Text>,
    /// Resource id of the cluster, whose issuer is then looked up.
    pub cluster_id: Option<Text>,
    /// Issuers of clusters that take this one's place or are replaced by it, by names of the user's own.
    pub issuers: Option<Leaf<BTreeMap<String, Text>>>,
    /// Kubernetes namespace.
    pub namespace: Text,
    /// Kubernetes service account.
    pub service_account: Text,
}

pub(super) fn build(aks: &Aks, graph: &mut Builder<'_>, facts: &Facts) -> Identity {
    let issuer = match (&aks.issuer, &aks.cluster_id) {
        (Some(issuer), _) => Some(issuer.clone()),
        (None, Some(Leaf::Known(cluster))) => {
            graph.want(FactQuery::Issuer { cluster: cluster.clone() }, None, facts);
            Some(facts.issuers.get(cluster).cloned().map_or(Leaf::Unknown, Leaf::Known))
        }
        (None, Some(Leaf::Unknown)) => Some(Leaf::Unknown),
        (None, None) => None,
    };
    let issuers = kubernetes::accepted(graph, issuer.as_ref(), &aks.issuers, ISSUERS);
    let path = match (&aks.issuer, &aks.cluster_id) {
        (Some(_), _) => ISSUER,
        (None, Some(_)) => CLUSTER,
        (None, None) => ISSUERS,
    };
    kubernetes::pod(issuers, path, (&aks.namespace, &aks.service_account), SERVICE_ACCOUNT)
}

/// The source that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<Aks, &'static str> {
    let (namespace, account) = evidence.pod()?;
    let (issuer, issuers) = kubernetes::recognise_issuers(evidence)?;
    Ok(Aks {
        issuer: issuer.filter(|_| evidence.id.cluster.is_none()),
        cluster_id: evidence.id.cluster.as_deref().map(known),
        issuers,
        namespace: known(namespace),
        service_account: known(account),
    })
}

pub(super) fn problems(aks: &Aks) -> Vec<Problem> {
    let mut problems = Vec::new();
    match (&aks.issuer, &aks.cluster_id) {
        (None, None) if aks.issuers.is_none() => problems.push(Problem::at(
            "from.aks",
            "No cluster",
            format!("Set `issuer`, or `cluster_id` to have the issuer looked up. {WHERE_FROM}"),
        )),
        (Some(_), Some(_)) => problems.push(Problem::at(
            CLUSTER,
            "Cluster named twice",
            "Set `issuer` or `cluster_id`, not both: they could come to disagree.",
        )),
        _ => {}
    }
    if let Some(Leaf::Known(issuer)) = &aks.issuer
        && let Err(why) = check_issuer(issuer)
    {
        problems.push(Problem::at(ISSUER, "Not an AKS issuer URL", format!("{why} {WHERE_FROM}")));
    }
    if let Some(Leaf::Known(cluster)) = &aks.cluster_id
        && ArmId::parse(cluster, CLUSTER_KIND).is_none()
    {
        problems.push(not_a_cluster(CLUSTER, cluster));
    }
    problems.extend(kubernetes::issuers_problems(ISSUERS, &aks.issuers, |issuer| {
        check_issuer(issuer).err().map(|why| ("Not an AKS issuer URL", format!("{why} {WHERE_FROM}")))
    }));
    problems.extend(kubernetes::pod_problems(NAMESPACE, &aks.namespace, SERVICE_ACCOUNT, &aks.service_account));
    problems
}

/// What is wrong with an id that is not a cluster's.
pub(crate) fn not_a_cluster(path: &str, id: &str) -> Problem {
    Problem::at(
        path,
        "Not the resource id of an AKS cluster",
        format!(
            "`{}` is not `/subscriptions/ID/resourceGroups/GROUP/providers/{CLUSTER_KIND}/NAME`, which `az aks show --query id` prints.",
            id.escape_debug()
        ),
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Towards};

    fn aks(issuer: &str, namespace: &str, account: &str) -> Aks {
        Aks {
            issuer: Some(Text::of(issuer)),
            cluster_id: None,
            issuers: None,
            namespace: Text::of(namespace),
            service_account: Text::of(account),
        }
    }

    const GOOD: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/";

    #[test]
    fn the_condition_admits_the_one_service_account() {
        let identity =
            Source::Aks(aks(GOOD, "chat", "backend")).identity(Towards::Gcp, &Text::of("chat"), &Facts::default());
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
        for account in
            ["", "system:serviceaccount:chat:backend", "back end", "*", "a..b", "11111111-1111-4111-8111-111111111111"]
        {
            assert_eq!(problems(&aks(GOOD, "chat", account)).len(), 1, "{account:?} was accepted");
        }
    }
}
