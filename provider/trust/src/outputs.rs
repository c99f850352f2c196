//! What a workload needs to use a trust: principal, audience, credential configuration, Kubernetes manifest and environment.

use std::collections::BTreeMap;

use crate::facts::{Facts, IdentityFacts};
use crate::graph::{Builder, Graph};
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::source::{Identity, TokenDelivery, Tokens};
use crate::spec::Spec;
use crate::target::azure::Azure;
use crate::target::gcp::Gcp;

mod credential_config;
mod manifest;

pub use credential_config::of as credential_config;
pub use manifest::{Pod, of as kubernetes_manifest};

/// Where the kubelet writes the token for Google.
const TOKEN_DIRECTORY: &str = "/var/run/secrets/crosscloud";
/// Where the credential configuration is mounted.
const CONFIG_DIRECTORY: &str = "/etc/crosscloud";
const CONFIG_FILE: &str = "credential-config.json";

/// What a workload needs to use a trust. Each value is known as soon as what it is made of is; one that this trust does not have is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// The `iss` claim of the workload's tokens.
    pub issuer: Option<Text>,
    /// The `sub` claim of the workload's tokens.
    pub subject: Option<Text>,
    /// The audience that the workload must ask a token for.
    pub audience: Option<Text>,
    /// The workload as the target's IAM names it.
    pub principal: Option<Text>,
    /// The Google service account that the workload acts as.
    pub service_account_email: Option<Text>,
    /// Client id of the Azure identity that the workload acts as.
    pub client_id: Option<Text>,
    /// Tenant of that identity.
    pub tenant_id: Option<Text>,
    /// The `external_account` credential configuration that Google's client libraries read.
    pub credential_config: Option<Text>,
    /// Kubernetes objects that give a pod what it needs.
    pub kubernetes_manifest: Option<Text>,
    /// Environment variables for the workload.
    pub environment: Option<Leaf<BTreeMap<String, Text>>>,
    /// Resource names of the keys, by what they are for.
    pub key_names: Option<Leaf<BTreeMap<String, Text>>>,
}

/// Where the clouds' token services are, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Google's Security Token Service.
    pub google_sts: String,
    /// Google's IAM Service Account Credentials API.
    pub google_iam_credentials: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            google_sts: "https://sts.googleapis.com".to_owned(),
            google_iam_credentials: "https://iamcredentials.googleapis.com".to_owned(),
        }
    }
}

impl Outputs {
    /// The outputs of a specification.
    pub fn of(spec: &Spec, facts: &Facts, endpoints: &Endpoints) -> Self {
        let (Leaf::Known(source), Leaf::Known(targets)) = (&spec.from, &spec.to) else { return Self::unknown() };
        let nothing = BTreeMap::new();
        let identity = source.build(&mut Builder::new(&nothing), &spec.name, facts);
        let mut outputs = Self {
            issuer: identity.issuer().cloned(),
            subject: Some(identity.subject()),
            environment: Some(Leaf::Known(BTreeMap::new())),
            ..Self::default()
        };
        // Where both clouds are targets, the outputs that stand for one are Google's: Azure's libraries ask for their own by themselves.
        match &targets.azure {
            Some(Leaf::Known(azure)) => outputs.fill_azure(spec, azure, facts),
            Some(Leaf::Unknown) => return Self::unknown(),
            None => {}
        }
        match &targets.gcp {
            Some(Leaf::Known(gcp)) => outputs.fill_gcp(spec, gcp, &identity, facts, endpoints),
            Some(Leaf::Unknown) => return Self::unknown(),
            None => {}
        }
        if let TokenDelivery::KubernetesVolume { namespace, service_account } = &identity.delivery {
            let project = targets.gcp.as_ref().and_then(Leaf::known).map(|gcp| &gcp.project);
            let pod = manifest::Pod { name: &spec.name, namespace, service_account, project };
            outputs.kubernetes_manifest = Some(manifest::of(&pod, &outputs));
        }
        outputs
    }

    fn fill_gcp(&mut self, spec: &Spec, gcp: &Gcp, identity: &Identity, facts: &Facts, endpoints: &Endpoints) {
        let resource = gcp.provider_resource(&spec.name, facts);
        let email = match gcp.direct {
            Leaf::Known(true) => None,
            Leaf::Known(false) => Some(gcp.names(&spec.name).email),
            Leaf::Unknown => Some(Leaf::Unknown),
        };
        self.audience = Some(audience(gcp, identity, &resource));
        self.principal = Some(gcp.principal(&spec.name, identity, facts));
        self.credential_config = Some(credential_config(&resource, email.as_ref(), &identity.delivery, endpoints));
        self.service_account_email = email;
        self.variable("GOOGLE_APPLICATION_CREDENTIALS", Text::of(format!("{CONFIG_DIRECTORY}/{CONFIG_FILE}")));
        self.variable("GOOGLE_CLOUD_PROJECT", gcp.project.clone());
        if gcp.encryption.is_some() {
            self.key_names = Some(key_names(&Graph::of(spec, facts)));
        }
    }

    fn fill_azure(&mut self, spec: &Spec, azure: &Azure, facts: &Facts) {
        let id = azure.identity_id(&spec.name);
        let given = facts.identity(&id);
        let client = IdentityFacts::text(given, |it| &it.client_id);
        let tenant = IdentityFacts::text(given, |it| &it.tenant_id);
        self.audience = Some(azure.audience());
        self.principal = Some(IdentityFacts::text(given, |it| &it.principal_id));
        self.variable("AZURE_CLIENT_ID", client.clone());
        self.variable("AZURE_TENANT_ID", tenant.clone());
        self.client_id = Some(client);
        self.tenant_id = Some(tenant);
    }

    fn variable(&mut self, name: &str, value: Text) {
        if let Some(Leaf::Known(variables)) = &mut self.environment {
            variables.insert(name.to_owned(), value);
        }
    }

    /// Nothing is known, not even what there will be.
    fn unknown() -> Self {
        let unknown = || Some(Leaf::Unknown);
        Self {
            issuer: unknown(),
            subject: unknown(),
            audience: unknown(),
            principal: unknown(),
            service_account_email: unknown(),
            client_id: unknown(),
            tenant_id: unknown(),
            credential_config: unknown(),
            kubernetes_manifest: unknown(),
            environment: Some(Leaf::Unknown),
            key_names: Some(Leaf::Unknown),
        }
    }
}

/// What the workload asks its token for: the provider itself, unless source or user says otherwise.
fn audience(gcp: &Gcp, identity: &Identity, resource: &Text) -> Text {
    if let Tokens::Oidc { audience: Some(audience), .. } = &identity.tokens {
        return audience.clone();
    }
    match &gcp.allowed_audiences {
        None => Text::concat(["https:".into(), resource.piece()]),
        Some(Leaf::Known(audiences)) => audiences.first().cloned().unwrap_or(Leaf::Unknown),
        Some(Leaf::Unknown) => Leaf::Unknown,
    }
}

/// Resource names of a graph's keys, by what they are for.
pub(crate) fn key_names(graph: &Graph) -> Leaf<BTreeMap<String, Text>> {
    if graph.hidden().iter().any(|path| path.starts_with("to.gcp.encryption")) {
        return Leaf::Unknown;
    }
    let keys = graph.nodes().iter().filter_map(|(key, node)| match &node.object {
        Object::CryptoKey(_) => Some((key.strip_prefix("gcp/crypto_key/")?.to_owned(), node.object.id())),
        _ => None,
    });
    Leaf::Known(keys.collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
