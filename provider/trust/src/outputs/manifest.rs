//! The Kubernetes manifest: the service account, the credential configuration, and a pod that shows how both are mounted.

use crate::leaf::{Leaf, Text};
use crate::outputs::{CONFIG_DIRECTORY, CONFIG_FILE, Outputs, TOKEN_DIRECTORY};

/// Tokens are renewed by the kubelet at 80 % of this time.
const TOKEN_SECONDS: u32 = 3600;

/// The manifest, once everything in it is known.
pub(super) fn of(name: &Text, namespace: &Text, account: &Text, project: &Text, outputs: &Outputs) -> Text {
    let (Some(name), Some(namespace), Some(account), Some(project), Some(audience), Some(config)) = (
        name.known(),
        namespace.known(),
        account.known(),
        project.known(),
        outputs.audience.known(),
        outputs.credential_config.known(),
    ) else {
        return Leaf::Unknown;
    };
    let [name, namespace, account, project, audience] =
        [name, namespace, account, project, audience].map(|s| quoted(s));
    let config = indented(config, 4);
    Text::of(format!(
        r#"apiVersion: v1
kind: ServiceAccount
metadata:
  name: {account}
  namespace: {namespace}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {namespace}
data:
  {CONFIG_FILE}: |
{config}
---
# Shows how a workload uses the trust: copy the volumes, the mounts and the environment into your own pods.
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: {namespace}
spec:
  serviceAccountName: {account}
  containers:
    - name: workload
      image: google/cloud-sdk:slim
      command: ["sleep", "infinity"]
      env:
        - name: GOOGLE_APPLICATION_CREDENTIALS
          value: {CONFIG_DIRECTORY}/{CONFIG_FILE}
        - name: GOOGLE_CLOUD_PROJECT
          value: {project}
      volumeMounts:
        - name: google-token
          mountPath: {TOKEN_DIRECTORY}
          readOnly: true
        - name: google-config
          mountPath: {CONFIG_DIRECTORY}
          readOnly: true
  volumes:
    - name: google-token
      projected:
        sources:
          - serviceAccountToken:
              audience: {audience}
              expirationSeconds: {TOKEN_SECONDS}
              path: token
    - name: google-config
      configMap:
        name: {name}
"#
    ))
}

/// A JSON string is a YAML string, whatever is in it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn indented(text: &str, spaces: usize) -> String {
    text.lines().map(|line| format!("{:spaces$}{line}", "")).collect::<Vec<_>>().join("\n")
}
