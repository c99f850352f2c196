//! A pod that uses a trust: it reads what the provider put out, as kubelet and Google's client libraries would, and calls Vertex AI.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::google::{self, Refusal};

/// A workload on a cluster.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The cluster's issuer.
    pub issuer: String,
    /// Its namespace.
    pub namespace: String,
    /// The Kubernetes service account that it runs as.
    pub service_account: String,
}

/// What a pod mounts: both come from the trust's outputs.
#[derive(Clone, Debug)]
pub struct Mounts {
    /// The file that `GOOGLE_APPLICATION_CREDENTIALS` names.
    pub credential_config: Value,
    /// The manifest whose volumes the pod has.
    pub manifest: String,
}

impl Mounts {
    /// Takes the trust's outputs as they are.
    ///
    /// # Panics
    ///
    /// If the credential configuration is not the JSON that client libraries read.
    #[track_caller]
    #[must_use]
    pub fn new(credential_config: &Value, manifest: &Value) -> Self {
        let config = credential_config.as_str().expect("the credential configuration is a string");
        Self {
            credential_config: serde_json::from_str(config).expect("the credential configuration is JSON"),
            manifest: manifest.as_str().expect("the manifest is a string").to_owned(),
        }
    }

    /// A value of the manifest by its key, such as `audience: "…"`.
    fn manifest_value(&self, key: &str) -> Option<&str> {
        self.manifest.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            line.strip_prefix(key)?.strip_prefix(':').map(|value| value.trim().trim_matches('"'))
        })
    }

    /// Where the kubelet writes the projected token.
    fn token_file(&self) -> Option<String> {
        Some(format!("{}/{}", self.manifest_value("mountPath")?, self.manifest_value("path")?))
    }
}

impl Pod {
    /// Asks a model, the whole way from the projected token to the answer.
    ///
    /// # Errors
    ///
    /// If one of the hops refuses.
    ///
    /// # Panics
    ///
    /// If manifest and configuration do not fit together: no cloud is needed to see that.
    #[track_caller]
    pub fn ask(&self, clouds: &Emulator, mounts: &Mounts, project: &str, question: &str) -> Result<String, Refusal> {
        let config = &mounts.credential_config;
        assert_eq!(config["type"], "external_account", "client libraries know the kind of credentials");
        assert_eq!(
            config["credential_source"]["file"].as_str().map(str::to_owned),
            mounts.token_file(),
            "the configuration reads the token where the manifest mounts it"
        );
        let audience = mounts.manifest_value("audience").expect("the manifest projects a token for an audience");
        google::ask(clouds, config, &self.projected_token(clouds, audience), project, question)
    }

    /// The token that the kubelet projects for the audience in the manifest.
    #[track_caller]
    #[must_use]
    pub fn projected_token(&self, clouds: &Emulator, audience: &str) -> String {
        clouds.token(&json!({
            "issuer": self.issuer,
            "subject": format!("system:serviceaccount:{}:{}", self.namespace, self.service_account),
            "audience": audience,
            "claims": {
                "kubernetes.io": {"namespace": self.namespace, "serviceaccount": {"name": self.service_account}},
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_and_configuration_are_read_as_the_kubelet_reads_them() {
        let manifest = "volumeMounts:\n  - name: t\n    mountPath: /var/run/t\nsources:\n  - serviceAccountToken:\n      audience: \"https://a/b\"\n      path: token\n";
        let mounts = Mounts::new(&json!("{}"), &json!(manifest));
        assert_eq!(mounts.manifest_value("audience"), Some("https://a/b"));
        assert_eq!(mounts.token_file().as_deref(), Some("/var/run/t/token"));
    }
}
