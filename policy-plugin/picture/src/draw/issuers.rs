//! Issuers, and the workloads that their tokens stand for.

use std::collections::BTreeMap;

use crosscloud_policy_model::issuer::{Cluster, Issuer, same};
use serde_json::Value;

use super::canvas::{Canvas, Key};
use crate::picture::{Kind, Meaning};
use crate::text::shown;

/// Claims that say least about who somebody is.
const ENVELOPE: [&str; 7] = ["iss", "aud", "iat", "nbf", "exp", "jti", "typ"];

/// The issuer with this URL.
pub(super) fn issuer(canvas: &mut Canvas<'_>, url: &str, place: &str) -> Key {
    let shown_url = canvas.shown(place, url);
    let name = if shown_url == url { name(canvas, url) } else { shown_url.clone() };
    let key = canvas.node(Kind::Issuer, &canonical(url), &name, &name);
    canvas.detail(&key, shown_url);
    key
}

/// The account whose principals Google takes for signed requests.
pub(super) fn aws_account(canvas: &mut Canvas<'_>, account: &str) -> Key {
    let name = format!("AWS account {account}");
    canvas.node(Kind::Issuer, &format!("aws:{account}"), &name, &name)
}

/// Everybody who gets tokens from an issuer.
pub(super) fn anyone(canvas: &mut Canvas<'_>, issuer: &Key) -> Key {
    let (label, detail) = (label(canvas, issuer), "every token that the issuer gives out");
    let key = canvas.node(Kind::Anyone, &format!("issuer {issuer:?}"), &format!("anyone of {label}"), &label);
    canvas.detail(&key, detail);
    canvas.edge(issuer, &key, Meaning::Issues);
    key
}

/// A workload, by the subject of its tokens.
pub(super) fn subject(canvas: &mut Canvas<'_>, issuer: &Key, subject: &str, place: &str) -> Key {
    let (home, shown) = (label(canvas, issuer), canvas.shown(place, subject));
    let key = canvas.node(Kind::Subject, &format!("{issuer:?} {subject}"), &shown, &home);
    canvas.edge(issuer, &key, Meaning::Issues);
    key
}

/// A workload, by the claims that somebody said of it.
pub(super) fn workload(
    canvas: &mut Canvas<'_>,
    issuer: &Key,
    claims: &BTreeMap<String, Value>,
    place: &str,
) -> Option<Key> {
    Some(subject(canvas, issuer, &who(claims)?, place))
}

/// Who a token stands for, from its claims.
pub(super) fn who(claims: &BTreeMap<String, Value>) -> Option<String> {
    let telling = ["sub", "arn"].iter().find_map(|name| claims.get(*name)?.as_str());
    if let Some(text) = telling.filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    let said = claims.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str()));
    let said: Vec<String> = said.map(|(name, value)| format!("{name} = {}", shown(value))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// What an issuer is called in the picture.
pub(super) fn label(canvas: &Canvas<'_>, key: &Key) -> String {
    canvas.nodes.get(key).map(|node| node.label.clone()).unwrap_or_default()
}

/// An issuer's URL in the one form that equal ones share.
pub(super) fn canonical(url: &str) -> String {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    format!("{host}/{}", path.trim_end_matches('/'))
}

fn name(canvas: &Canvas<'_>, url: &str) -> String {
    let cluster = canvas.document.clusters.iter().find(|it| it.issuer.as_deref().is_some_and(|it| same(it, url)));
    let cluster = cluster.and_then(|cluster| cluster.name.as_deref()).and_then(|name| name.rsplit('/').next());
    let called = |id: &str| cluster.unwrap_or(id).to_owned();
    match Issuer::classify(url) {
        Issuer::Kubernetes(Cluster::Aks { id, .. }) => format!("AKS cluster {}", called(&id)),
        Issuer::Kubernetes(Cluster::Eks { id, .. }) => format!("EKS cluster {}", called(&id)),
        Issuer::Kubernetes(Cluster::Gke { cluster: id, .. }) => format!("GKE cluster {}", called(&id)),
        Issuer::GitHub { host } if host != "token.actions.githubusercontent.com" => format!("GitHub Actions of {host}"),
        Issuer::GitLab { host } if host != "gitlab.com" => format!("GitLab of {host}"),
        Issuer::Entra { tenant: Some(tenant) } => format!("Entra tenant {tenant}"),
        Issuer::Shared { host } | Issuer::Other { host } => match cluster {
            Some(name) => format!("cluster {name}"),
            None if host.is_empty() => url.to_owned(),
            None => host,
        },
        known => known.to_string().trim_start_matches("the ").to_owned(),
    }
}
