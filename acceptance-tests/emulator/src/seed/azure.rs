//! What Azure holds at the start: tenants, their applications, subscriptions and resources.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Tenant of the default seed.
pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
/// Subscription of the default seed.
pub const SUBSCRIPTION: &str = "22222222-3333-4444-5555-666666666666";
/// Application (client) id of the operator in every tenant that seeds none of its own.
pub const OPERATOR_CLIENT: &str = "33333333-4444-5555-6666-777777777777";
/// Client secret of that operator. It is no secret: it opens nothing but the emulator.
pub const OPERATOR_SECRET: &str = "emulator-client-secret-of-the-operator";

/// Azure at the start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAzure {
    /// Tenants. A bearer token that nobody issued is the operator of the first.
    #[serde(default)]
    pub tenants: Vec<SeedTenant>,
}

/// A Microsoft Entra tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedTenant {
    /// Tenant id.
    pub id: String,
    /// Verified domain, such as `example.onmicrosoft.com`.
    pub domain: String,
    /// Applications with a service principal each, beside the operator's own.
    #[serde(default)]
    pub applications: Vec<SeedApplication>,
    /// Subscriptions that trust this tenant.
    #[serde(default)]
    pub subscriptions: Vec<SeedSubscription>,
}

/// An application of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedApplication {
    /// Display name; ids follow from it.
    pub display_name: String,
    /// Application (client) id; made from the name when absent.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Client secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Application ID URIs.
    #[serde(default)]
    pub identifier_uris: Vec<String>,
    /// `api.requestedAccessTokenVersion`: 1 when absent.
    #[serde(default)]
    pub token_version: Option<u8>,
}

/// A subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSubscription {
    /// Subscription id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Whether the operator is left without any role on it.
    #[serde(default)]
    pub operator_denied: bool,
    /// Resource groups.
    #[serde(default)]
    pub resource_groups: Vec<SeedGroup>,
    /// Role assignments, beside Owner for the operator.
    #[serde(default)]
    pub role_assignments: Vec<SeedAssignment>,
}

/// A resource group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedGroup {
    /// Name.
    pub name: String,
    /// Region.
    pub location: String,
    /// What it holds; a parent stands before its children.
    #[serde(default)]
    pub resources: Vec<SeedResource>,
}

/// A resource, written as the API writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedResource {
    /// Type, such as `Microsoft.CognitiveServices/accounts/deployments`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name, with the parent's name and a slash in front for a child.
    pub name: String,
    /// Body: location, tags, sku, kind, identity, properties.
    #[serde(default)]
    pub body: Map<String, Value>,
}

/// A role assignment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAssignment {
    /// Name of a built-in role.
    pub role: String,
    /// Object id of the principal.
    pub principal_id: String,
    /// Scope; the subscription when absent.
    #[serde(default)]
    pub scope: Option<String>,
}

impl Default for SeedAzure {
    /// One tenant and one subscription, with a cluster that has neither issuer nor workload identity yet, and an Azure OpenAI account.
    fn default() -> Self {
        let resource = |kind: &str, name: &str, body: Value| SeedResource {
            kind: kind.to_owned(),
            name: name.to_owned(),
            body: body.as_object().cloned().unwrap_or_default(),
        };
        let resources = vec![
            resource(
                "Microsoft.ContainerService/managedClusters",
                "ml-aks",
                json!({
                    "location": "westeurope",
                    "sku": { "name": "Base", "tier": "Free" },
                    "identity": { "type": "SystemAssigned" },
                    "properties": {
                        "kubernetesVersion": "1.33",
                        "dnsPrefix": "ml-aks",
                        "enableRBAC": true,
                        "agentPoolProfiles": [{ "name": "system", "count": 1, "vmSize": "Standard_D2s_v5", "mode": "System", "osType": "Linux" }],
                        "networkProfile": { "networkPlugin": "azure", "serviceCidr": "10.0.0.0/16", "dnsServiceIP": "10.0.0.10" },
                    },
                }),
            ),
            resource(
                "Microsoft.CognitiveServices/accounts",
                "ml-openai",
                json!({
                    "location": "westeurope",
                    "kind": "OpenAI",
                    "sku": { "name": "S0" },
                    "properties": { "customSubDomainName": "ml-openai", "disableLocalAuth": true, "publicNetworkAccess": "Enabled" },
                }),
            ),
            resource(
                "Microsoft.CognitiveServices/accounts/deployments",
                "ml-openai/gpt-4o",
                json!({
                    "sku": { "name": "Standard", "capacity": 10 },
                    "properties": { "model": { "format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20" } },
                }),
            ),
        ];
        Self {
            tenants: vec![SeedTenant {
                id: TENANT.to_owned(),
                domain: String::from("example.onmicrosoft.com"),
                applications: Vec::new(),
                subscriptions: vec![SeedSubscription {
                    id: SUBSCRIPTION.to_owned(),
                    name: String::from("ML production"),
                    operator_denied: false,
                    resource_groups: vec![SeedGroup {
                        name: String::from("ml-prod"),
                        location: String::from("westeurope"),
                        resources,
                    }],
                    role_assignments: Vec::new(),
                }],
            }],
        }
    }
}
