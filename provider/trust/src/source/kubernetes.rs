//! Kubernetes, whoever runs it: the cluster's own OIDC issuer vouches for its service accounts. Where nobody can reach the issuer, its public
//! keys are handed over instead.

use std::collections::BTreeMap;

use crosscloud_policy_model::issuer::{Cluster, Issuer};
use serde_json::{Value, json};

use crate::graph::Builder;
use crate::import::{Evidence, known};
use crate::leaf::{Leaf, Text};
use crate::names::{cel_string, issuer_fault};
use crate::object::gcp::ProviderKind;
use crate::problem::Problem;
use crate::source::{Accepted, Identity, Selector, TokenDelivery, Tokens};

const ISSUER: &str = "from.kubernetes.issuer";
const ISSUERS: &str = "from.kubernetes.issuers";
const NAMESPACE: &str = "from.kubernetes.namespace";
const SERVICE_ACCOUNT: &str = "from.kubernetes.service_account";
pub(crate) const JWKS: &str = "from.kubernetes.jwks";

/// Longest name of an issuer: it becomes the end of ids that have 32 characters.
const MAX_LABEL: usize = 12;

/// Issuers by names of the user's own, where there are some.
pub(super) type Issuers = Option<Leaf<BTreeMap<String, Text>>>;

/// A workload on any Kubernetes cluster, known by its Kubernetes service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubernetes {
    /// OIDC issuer URL of the cluster, verbatim.
    pub issuer: Option<Text>,
    /// Issuers of clusters that take this one's place or are replaced by it, by names of the user's own.
    pub issuers: Option<Leaf<BTreeMap<String, Text>>>,
    /// Kubernetes namespace.
    pub namespace: Text,
    /// Kubernetes service account.
    pub service_account: Text,
    /// Public keys of an issuer that cannot be reached, as a JWK set.
    pub jwks: Option<Text>,
}

pub(super) fn build(it: &Kubernetes, graph: &mut Builder<'_>) -> Identity {
    let issuers = accepted(graph, it.issuer.as_ref(), &it.issuers, ISSUERS);
    let path = if it.issuer.is_some() { ISSUER } else { ISSUERS };
    let mut identity = pod(issuers, path, (&it.namespace, &it.service_account), SERVICE_ACCOUNT);
    if let Tokens::Oidc { jwks, .. } = &mut identity.tokens {
        jwks.clone_from(&it.jwks);
    }
    identity
}

/// The issuers that are accepted: the one that needs no name, then those that have one.
pub(super) fn accepted(
    graph: &mut Builder<'_>,
    issuer: Option<&Text>,
    named: &Option<Leaf<BTreeMap<String, Text>>>,
    path: &'static str,
) -> Vec<Accepted> {
    let mut issuers: Vec<_> = issuer.cloned().into_iter().flat_map(Accepted::one).collect();
    match named {
        None => {}
        Some(Leaf::Unknown) => graph.hide(path),
        Some(Leaf::Known(named)) => issuers.extend(
            named.iter().map(|(label, issuer)| Accepted { label: Some(label.clone()), issuer: issuer.clone() }),
        ),
    }
    issuers
}

/// What a pod amounts to.
pub(super) fn pod(
    issuers: Vec<Accepted>,
    issuer_path: &'static str,
    (namespace, service_account): (&Text, &Text),
    subject_path: &'static str,
) -> Identity {
    let subject =
        Text::concat(["system:serviceaccount:".into(), namespace.piece(), ":".into(), service_account.piece()]);
    let claims = |accepted: &Accepted| {
        let (namespace, service_account) = (namespace.known()?, service_account.known()?);
        Some(BTreeMap::from([
            ("iss".to_owned(), json!(accepted.issuer.known()?)),
            ("sub".to_owned(), json!(subject.known()?)),
            (
                "kubernetes.io".to_owned(),
                json!({ "namespace": namespace, "serviceaccount": { "name": service_account } }),
            ),
        ]))
    };
    let claims: Option<Vec<_>> = issuers.iter().map(claims).collect();
    Identity {
        tokens: Tokens::Oidc { issuers, audience: None, jwks: None },
        condition: subject.as_ref().map(|subject| format!("assertion.sub == {}", cel_string(subject))),
        selectors: vec![Selector::Subject(subject.clone())],
        subjects: vec![subject],
        pins: BTreeMap::new(),
        issuer_path,
        subject_path,
        attribute_mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
        claims: claims.map_or(Leaf::Unknown, Leaf::Known),
        delivery: TokenDelivery::KubernetesVolume {
            namespace: namespace.clone(),
            service_account: service_account.clone(),
        },
        after: Vec::new(),
    }
}

/// The source that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Result<Kubernetes, &'static str> {
    let (namespace, account) = evidence.pod()?;
    let (issuer, issuers) = recognise_issuers(evidence)?;
    let jwks = match evidence.provider().map(|provider| &provider.kind) {
        Some(ProviderKind::Oidc { jwks, .. }) => jwks.clone(),
        _ => None,
    };
    Ok(Kubernetes { issuer, issuers, namespace: known(namespace), service_account: known(account), jwks })
}

/// The issuer that needs no name, unless the one that is seen has one, and those that do. The names are what the import id says.
pub(super) fn recognise_issuers(evidence: &Evidence<'_>) -> Result<(Option<Text>, Issuers), &'static str> {
    let issuer = evidence.issuer().ok_or("there is no provider and no credential with an issuer")?;
    let named = &evidence.id.issuers;
    let without_name = (!named.values().any(|url| url == issuer)).then(|| known(issuer));
    let named = named.iter().map(|(name, url)| (name.clone(), Text::of(url))).collect::<BTreeMap<_, _>>();
    Ok((without_name, (!named.is_empty()).then_some(Leaf::Known(named))))
}

pub(super) fn problems(it: &Kubernetes) -> Vec<Problem> {
    let mut problems = Vec::new();
    if it.issuer.is_none() && it.issuers.is_none() {
        problems.push(Problem::at(
            "from.kubernetes",
            "No cluster",
            "Set `issuer` to the URL that `kubectl get --raw /.well-known/openid-configuration` shows, character for character.",
        ));
    }
    let private = it.jwks.is_some();
    if let Some(Leaf::Known(issuer)) = &it.issuer
        && let Some(detail) = cluster_fault(issuer, private)
    {
        problems.push(Problem::at(ISSUER, "Not the issuer of a cluster", detail));
    }
    problems.extend(issuers_problems(ISSUERS, &it.issuers, |issuer| {
        cluster_fault(issuer, private).map(|detail| ("Not the issuer of a cluster", detail))
    }));
    if let Some(jwks) = &it.jwks {
        if it.issuers.is_some() {
            problems.push(Problem::at(
                JWKS,
                "One key set for several clusters",
                "The keys are those of one cluster, and `issuers` names more. Make a trust for each private cluster.",
            ));
        } else if let Some(detail) = jwks.known().and_then(|text| jwks_fault(text)) {
            problems.push(Problem::at(JWKS, "Not a set of public keys", detail));
        }
    }
    problems.extend(pod_problems(NAMESPACE, &it.namespace, SERVICE_ACCOUNT, &it.service_account));
    problems
}

/// Why this is not the issuer of a cluster.
fn cluster_fault(issuer: &str, private: bool) -> Option<String> {
    if let Some(fault) = issuer_fault(issuer, private) {
        return Some(fault);
    }
    let other = match Issuer::classify(issuer) {
        Issuer::Kubernetes(Cluster::Aks { .. }) => {
            "a cluster on AKS: write `from = { aks = { … } }`, which knows such issuers better"
        }
        Issuer::Kubernetes(_) | Issuer::Other { .. } => return None,
        Issuer::Google => {
            "Google accounts; a cluster on GKE has `https://container.googleapis.com/v1/projects/…/clusters/…`"
        }
        Issuer::GitHub { .. } => "GitHub Actions",
        Issuer::GitLab { .. } => "GitLab",
        Issuer::TerraformCloud => "HCP Terraform",
        Issuer::Entra { .. } => "Microsoft Entra",
        Issuer::AwsOutbound { .. } => "an AWS account, which vouches for roles",
        _ => "a service that many customers share",
    };
    Some(format!("`{issuer}` is the issuer of {other}."))
}

/// Why this is not a set of public keys.
fn jwks_fault(text: &str) -> Option<String> {
    const HOW: &str = "Write what `kubectl get --raw /openid/v1/jwks` prints.";
    let Ok(set) = serde_json::from_str::<Value>(text) else { return Some(format!("It is no JSON. {HOW}")) };
    let Some(keys) = set.get("keys").and_then(Value::as_array).filter(|keys| !keys.is_empty()) else {
        return Some(format!("It has no `keys`. {HOW}"));
    };
    for (index, key) in keys.iter().enumerate() {
        let of_kind = key.get("kty").and_then(Value::as_str).is_some_and(|kind| ["RSA", "EC"].contains(&kind));
        if key.get("d").is_some() || key.get("p").is_some() || key.get("k").is_some() {
            return Some(format!(
                "Key {index} is a private one, which must never leave the cluster: whoever has it can be any workload. Replace that key, then: {HOW}"
            ));
        }
        if !of_kind {
            return Some(format!(
                "Key {index} is neither an RSA nor an EC key, which are all that Google takes. {HOW}"
            ));
        }
        if key.get("kid").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Some(format!("Key {index} has no `kid`, by which tokens name their key. {HOW}"));
        }
    }
    None
}

/// What is wrong with the issuers that have names.
pub(super) fn issuers_problems(
    path: &str,
    issuers: &Option<Leaf<BTreeMap<String, Text>>>,
    fault: impl Fn(&str) -> Option<(&'static str, String)>,
) -> Vec<Problem> {
    let Some(Leaf::Known(issuers)) = issuers else { return Vec::new() };
    let mut problems = Vec::new();
    if issuers.is_empty() {
        problems.push(Problem::at(path, "No issuers", "Name at least one, or leave the argument out."));
    }
    for (label, issuer) in issuers {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !(1..=MAX_LABEL).contains(&label.len()) || !label.bytes().all(plain) {
            problems.push(Problem::at_key(
                path,
                label,
                "Not a name for an issuer",
                format!(
                    "`{}` cannot be one: 1 to {MAX_LABEL} lower-case letters and digits, such as `green`. Ids of the objects for the issuer end in it.",
                    label.escape_debug()
                ),
            ));
        }
        if let Some((summary, detail)) = issuer.known().and_then(|issuer| fault(issuer)) {
            problems.push(Problem::at_key(path, label, summary, detail));
        }
    }
    problems
}

/// What is wrong with the names of a pod.
pub(super) fn pod_problems(
    namespace_path: &str,
    namespace: &Text,
    account_path: &str,
    account: &Text,
) -> impl Iterator<Item = Problem> {
    let namespace = namespace.known().and_then(|it| namespace_problem(namespace_path, it));
    namespace.into_iter().chain(account.known().and_then(|it| account_problem(account_path, it)))
}

fn namespace_problem(path: &str, namespace: &str) -> Option<Problem> {
    (!is_dns_label(namespace)).then(|| {
        Problem::at(
            path,
            "Not a Kubernetes namespace",
            format!(
                "`{}` cannot be a namespace: 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at each end.",
                namespace.escape_debug()
            ),
        )
    })
}

fn account_problem(path: &str, account: &str) -> Option<Problem> {
    let detail = if crate::names::is_guid(account) {
        "This is a client id, as the annotation `azure.workload.identity/client-id` holds it. The cluster's tokens name the Kubernetes service \
         account, not an Azure identity: write the name of the service account that the pod runs under."
            .to_owned()
    } else if account.starts_with("system:serviceaccount:") {
        format!(
            "`{account}` is a whole subject: write the bare name, such as `backend`, without `system:serviceaccount:` and without the namespace."
        )
    } else if account.len() <= 253 && account.split('.').all(is_dns_label) {
        return None;
    } else {
        format!(
            "`{}` cannot be a service account: write its bare name, such as `backend`: lower-case letters, digits, hyphens and periods.",
            account.escape_debug()
        )
    };
    Some(Problem::at(path, "Not a Kubernetes service account", detail))
}

pub(crate) fn is_dns_label(text: &str) -> bool {
    let alphanumeric = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().all(|c| alphanumeric(c) || c == b'-')
        && text.bytes().next().is_some_and(alphanumeric)
        && text.bytes().last().is_some_and(alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_never_passes_for_a_public_one() {
        let rsa = r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "x", "e": "AQAB"}]}"#;
        assert_eq!(jwks_fault(rsa), None);
        for (text, said) in [
            ("-----BEGIN PUBLIC KEY-----", "no JSON"),
            ("{}", "no `keys`"),
            (r#"{"keys": []}"#, "no `keys`"),
            (r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "x", "e": "AQAB", "d": "y"}]}"#, "private"),
            (r#"{"keys": [{"kty": "oct", "kid": "a", "k": "x"}]}"#, "private"),
            (r#"{"keys": [{"kty": "OKP", "kid": "a", "x": "x"}]}"#, "neither"),
            (r#"{"keys": [{"kty": "RSA", "n": "x", "e": "AQAB"}]}"#, "no `kid`"),
        ] {
            assert!(jwks_fault(text).is_some_and(|fault| fault.contains(said)), "{text}");
        }
    }

    #[test]
    fn issuers_of_other_services_are_no_clusters() {
        for good in [
            "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E",
            "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c",
            "https://k8s.example.com",
        ] {
            assert_eq!(cluster_fault(good, false), None);
        }
        for wrong in
            ["https://gitlab.com", "https://accounts.google.com", "https://k8s.local", "http://k8s.example.com"]
        {
            assert!(cluster_fault(wrong, false).is_some(), "{wrong}");
        }
        assert_eq!(cluster_fault("https://kubernetes.default.svc.cluster.local", true), None);
    }
}
