//! What a workload needs to use a trust: principal, audience, credential configuration, Kubernetes manifest and environment.

use std::collections::BTreeMap;

use serde_json::json;

use crate::facts::Facts;
use crate::leaf::{Leaf, Text};
use crate::source::{Identity, TokenDelivery};
use crate::spec::{Gcp, Spec};

mod manifest;

/// Where the kubelet writes the token.
const TOKEN_DIRECTORY: &str = "/var/run/secrets/crosscloud";
/// Where the credential configuration is mounted.
const CONFIG_DIRECTORY: &str = "/etc/crosscloud";
const CONFIG_FILE: &str = "credential-config.json";

/// What a workload needs to use a trust. Each value is known as soon as what it is made of is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    /// The `iss` claim of the workload's tokens.
    pub issuer: Text,
    /// The `sub` claim of the workload's tokens.
    pub subject: Text,
    /// The audience that the workload must ask a token for.
    pub audience: Text,
    /// The workload as IAM names it.
    pub principal: Text,
    /// The service account that the workload acts as.
    pub service_account_email: Text,
    /// The `external_account` credential configuration that Google's client libraries read.
    pub credential_config: Text,
    /// Kubernetes objects that give a pod the token and the configuration.
    pub kubernetes_manifest: Text,
    /// Environment variables for the workload.
    pub environment: Leaf<BTreeMap<String, Text>>,
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
        let mut outputs = Self::unknown();
        let Leaf::Known(source) = &spec.from else { return outputs };
        let identity = source.identity();
        outputs.issuer = identity.issuer.clone();
        outputs.subject = identity.subject.clone();
        if let Leaf::Known(targets) = &spec.to
            && let Some(Leaf::Known(gcp)) = &targets.gcp
        {
            outputs.fill(&spec.name, gcp, &identity, facts, endpoints);
        }
        outputs
    }

    fn fill(&mut self, name: &Text, gcp: &Gcp, identity: &Identity, facts: &Facts, endpoints: &Endpoints) {
        let resource = gcp.provider_resource(name, facts);
        let email = gcp.email(name);
        self.audience = Text::concat(["https:".into(), resource.piece()]);
        self.principal = gcp.principal(name, identity, facts);
        self.credential_config = match (resource.known(), email.known()) {
            (Some(resource), Some(email)) => Text::of(credential_config(resource, email, endpoints)),
            _ => Leaf::Unknown,
        };
        self.service_account_email = email;
        self.environment = Leaf::Known(BTreeMap::from([
            ("GOOGLE_APPLICATION_CREDENTIALS".to_owned(), Text::of(format!("{CONFIG_DIRECTORY}/{CONFIG_FILE}"))),
            ("GOOGLE_CLOUD_PROJECT".to_owned(), gcp.project.clone()),
        ]));
        let TokenDelivery::KubernetesVolume { namespace, service_account } = &identity.delivery;
        self.kubernetes_manifest = manifest::of(name, namespace, service_account, &gcp.project, self);
    }

    fn unknown() -> Self {
        Self {
            issuer: Leaf::Unknown,
            subject: Leaf::Unknown,
            audience: Leaf::Unknown,
            principal: Leaf::Unknown,
            service_account_email: Leaf::Unknown,
            credential_config: Leaf::Unknown,
            kubernetes_manifest: Leaf::Unknown,
            environment: Leaf::Unknown,
        }
    }
}

fn credential_config(provider_resource: &str, email: &str, endpoints: &Endpoints) -> String {
    let config = json!({
        "type": "external_account",
        "universe_domain": "googleapis.com",
        "audience": provider_resource,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/v1/token", endpoints.google_sts),
        "service_account_impersonation_url": format!(
            "{}/v1/projects/-/serviceAccounts/{email}:generateAccessToken",
            endpoints.google_iam_credentials
        ),
        "credential_source": { "file": format!("{TOKEN_DIRECTORY}/token"), "format": { "type": "text" } },
    });
    format!("{config:#}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::tests::{facts, trust};

    #[test]
    fn the_outputs_name_the_provider_by_project_number() {
        let outputs = Outputs::of(&trust(), &facts(), &Endpoints::default());
        let provider = "iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat";
        assert_eq!(outputs.audience, Text::of(format!("https://{provider}")));
        let config: serde_json::Value = serde_json::from_str(outputs.credential_config.known().unwrap()).unwrap();
        assert_eq!(config["audience"], format!("//{provider}"));
        assert_eq!(config["token_url"], "https://sts.googleapis.com/v1/token");
        assert_eq!(
            config["service_account_impersonation_url"],
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com:generateAccessToken"
        );
    }

    #[test]
    fn the_manifest_asks_for_a_token_with_the_providers_audience() {
        let outputs = Outputs::of(&trust(), &facts(), &Endpoints::default());
        let manifest = outputs.kubernetes_manifest.known().unwrap();
        assert!(manifest.contains(&format!("audience: \"{}\"", outputs.audience.known().unwrap())), "{manifest}");
        assert!(manifest.contains("namespace: \"chat\""), "{manifest}");
    }

    #[test]
    fn nothing_is_guessed_before_the_project_number_is_known() {
        let outputs = Outputs::of(&trust(), &Facts::default(), &Endpoints::default());
        assert_eq!(outputs.audience, Leaf::Unknown);
        assert_eq!(outputs.kubernetes_manifest, Leaf::Unknown);
        assert_eq!(outputs.subject, Text::of("system:serviceaccount:chat:backend"));
    }
}
