//! AKS clusters: read for their issuer, and changed only to switch the issuer on, and workload identity on or off.
//!
//! PATCH knows tags only, so a change reads the whole cluster, changes two fields and writes all of it back, under its etag. The cluster is kept
//! as Azure wrote it: whatever this version does not know survives.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ClusterName;
use crate::api::Api;
use crate::request::Request;

/// The version that `az aks` 2.91 uses.
const API_VERSION: &str = "2026-06-01";

/// A cluster as Azure has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Cluster {
    body: Value,
}

/// What a cluster is to have. The issuer can be switched on and never off again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkloadIdentity {
    /// Whether to make sure that the cluster has an OIDC issuer. `false` leaves it as it is.
    pub oidc_issuer: bool,
    /// Whether pods get federated tokens by the webhook; `None` leaves it as it is.
    pub webhook: Option<bool>,
}

impl Cluster {
    /// Its id, spelt as Azure spells it.
    pub fn id(&self) -> &str {
        self.text("/id")
    }

    /// Where it is.
    pub fn location(&self) -> &str {
        self.text("/location")
    }

    /// The version of its state, which a write must name.
    pub fn etag(&self) -> Option<&str> {
        self.body.get("eTag")?.as_str()
    }

    /// `Succeeded`, or what is being done to it.
    pub fn provisioning_state(&self) -> &str {
        self.text("/properties/provisioningState")
    }

    /// The issuer of its tokens, exactly as they name it, once it is switched on.
    pub fn issuer_url(&self) -> Option<&str> {
        let url = self.body.pointer("/properties/oidcIssuerProfile/issuerURL")?.as_str()?;
        (self.has_oidc_issuer() && !url.is_empty()).then_some(url)
    }

    /// Whether the issuer is switched on.
    pub fn has_oidc_issuer(&self) -> bool {
        self.is_on("/properties/oidcIssuerProfile/enabled")
    }

    /// Whether pods get federated tokens by the webhook.
    pub fn has_workload_identity(&self) -> bool {
        self.is_on("/properties/securityProfile/workloadIdentity/enabled")
    }

    /// Whether it is as wanted.
    pub fn has(&self, wanted: &WorkloadIdentity) -> bool {
        (self.has_oidc_issuer() || !wanted.oidc_issuer)
            && wanted.webhook.is_none_or(|webhook| webhook == self.has_workload_identity())
    }

    /// The body of a write that leaves everything else as it is. What only Azure may say is left out, as `az` does.
    pub(crate) fn with(&self, wanted: &WorkloadIdentity) -> Value {
        let mut body = self.body.clone();
        if wanted.oidc_issuer {
            merge(&mut body, json!({"properties": {"oidcIssuerProfile": {"enabled": true}}}));
        }
        if let Some(webhook) = wanted.webhook {
            merge(&mut body, json!({"properties": {"securityProfile": {"workloadIdentity": {"enabled": webhook}}}}));
        }
        for path in READ_ONLY {
            strip(&mut body, path);
        }
        body
    }

    fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn is_on(&self, pointer: &str) -> bool {
        self.body.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
    }
}

/// The fields that Azure's model of a cluster marks as read-only; `*` is every item of a list or every value of a map.
const READ_ONLY: [&[&str]; 27] = [
    &["id"],
    &["name"],
    &["type"],
    &["systemData"],
    &["eTag"],
    &["identity", "principalId"],
    &["identity", "tenantId"],
    &["identity", "userAssignedIdentities", "*", "principalId"],
    &["identity", "userAssignedIdentities", "*", "clientId"],
    &["properties", "provisioningState"],
    &["properties", "powerState"],
    &["properties", "status"],
    &["properties", "maxAgentPools"],
    &["properties", "currentKubernetesVersion"],
    &["properties", "fqdn"],
    &["properties", "privateFQDN"],
    &["properties", "azurePortalFQDN"],
    &["properties", "resourceUID"],
    &["properties", "oidcIssuerProfile", "issuerURL"],
    &["properties", "addonProfiles", "*", "identity"],
    &["properties", "agentPoolProfiles", "*", "eTag"],
    &["properties", "agentPoolProfiles", "*", "currentOrchestratorVersion"],
    &["properties", "agentPoolProfiles", "*", "provisioningState"],
    &["properties", "podIdentityProfile", "userAssignedIdentities", "*", "provisioningState"],
    &["properties", "podIdentityProfile", "userAssignedIdentities", "*", "provisioningInfo"],
    &["properties", "networkProfile", "loadBalancerProfile", "effectiveOutboundIPs"],
    &["properties", "ingressProfile", "webAppRouting", "identity"],
];

fn strip(value: &mut Value, path: &[&str]) {
    match (path, value) {
        ([last], Value::Object(fields)) => {
            fields.remove(*last);
        }
        (["*", rest @ ..], Value::Array(items)) => items.iter_mut().for_each(|item| strip(item, rest)),
        (["*", rest @ ..], Value::Object(fields)) => fields.values_mut().for_each(|item| strip(item, rest)),
        ([first, rest @ ..], Value::Object(fields)) => {
            if let Some(inner) = fields.get_mut(*first) {
                strip(inner, rest);
            }
        }
        _ => {}
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Reads a cluster.
pub fn get(name: &ClusterName) -> Request<Cluster> {
    about(Request::get(Api::AzureResourceManager, name.path()), "read", name)
        .needs(&["Microsoft.ContainerService/managedClusters/read"])
}

/// Writes a cluster back, unless somebody changed it since it was read.
pub fn put(name: &ClusterName, body: &Value, etag: Option<&str>) -> Request<Cluster> {
    let request = about(Request::put(Api::AzureResourceManager, name.path()), "update", name)
        .needs(&["Microsoft.ContainerService/managedClusters/write"])
        .idempotent(false)
        .json(body);
    match etag {
        Some(etag) => request.header("if-match", etag),
        None => request,
    }
}

fn about<T>(request: Request<T>, operation: &'static str, name: &ClusterName) -> Request<T> {
    request.query("api-version", API_VERSION).about(operation, format_args!("AKS cluster {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_write_changes_two_fields_and_drops_what_only_azure_may_say() {
        let cluster: Cluster = serde_json::from_value(json!({
            "id": "/x", "name": "c", "location": "westeurope", "eTag": "e-1", "sku": {"name": "Base"},
            "identity": {"type": "UserAssigned", "principalId": "p",
                "userAssignedIdentities": {"/a": {"clientId": "c", "principalId": "p"}}},
            "properties": {"provisioningState": "Succeeded", "kubernetesVersion": "1.35", "newThing": [1],
                "securityProfile": {"defender": {"on": true}},
                "agentPoolProfiles": [{"name": "np", "count": 3, "provisioningState": "Succeeded", "eTag": "x"}]}}))
        .unwrap();
        assert_eq!((cluster.etag(), cluster.issuer_url()), (Some("e-1"), None));
        let wanted = WorkloadIdentity { oidc_issuer: true, webhook: Some(true) };
        assert!(!cluster.has(&wanted) && cluster.has(&WorkloadIdentity::default()));
        assert_eq!(
            cluster.with(&wanted),
            json!({"location": "westeurope", "sku": {"name": "Base"},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/a": {}}},
                "properties": {"kubernetesVersion": "1.35", "newThing": [1], "oidcIssuerProfile": {"enabled": true},
                    "securityProfile": {"defender": {"on": true}, "workloadIdentity": {"enabled": true}},
                    "agentPoolProfiles": [{"name": "np", "count": 3}]}})
        );
    }

    #[test]
    fn the_issuer_counts_only_while_it_is_on() {
        let of = |profile: Value| -> Cluster {
            serde_json::from_value(json!({"properties": {"oidcIssuerProfile": profile}})).unwrap()
        };
        assert_eq!(of(json!({"enabled": true, "issuerURL": "https://i/"})).issuer_url(), Some("https://i/"));
        assert_eq!(of(json!({"enabled": false, "issuerURL": "https://i/"})).issuer_url(), None);
        assert_eq!(of(json!({"enabled": true, "issuerURL": ""})).issuer_url(), None);
        assert_eq!(of(Value::Null).issuer_url(), None);
    }
}
