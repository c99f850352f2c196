//! The Kubernetes manifest: the service account, what it is configured with, and a pod that shows how both are used.

use crate::leaf::{Leaf, Text};
use crate::outputs::{CONFIG_DIRECTORY, CONFIG_FILE, Outputs, TOKEN_DIRECTORY};

/// Tokens are renewed by the kubelet at 80 % of this time.
const TOKEN_SECONDS: u32 = 3600;

/// What a Kubernetes manifest is for.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// Name of the pod that shows how it is done, and of the credential configuration.
    pub name: &'a Text,
    /// Kubernetes namespace.
    pub namespace: &'a Text,
    /// Kubernetes service account.
    pub service_account: &'a Text,
    /// Google project, where Google is a target.
    pub project: Option<&'a Text>,
}

/// What Google's client libraries need.
struct Google<'a> {
    project: &'a str,
    audience: &'a str,
    config: &'a str,
}

/// What Azure's webhook needs.
struct Azure<'a> {
    client: &'a str,
    tenant: &'a str,
}

/// The Kubernetes manifest, once everything in it is known. Which clouds it signs in to, the outputs say.
pub fn of(pod: &Pod<'_>, outputs: &Outputs) -> Text {
    let whole = || {
        let google = match (pod.project, &outputs.credential_config, &outputs.audience) {
            (Some(project), Some(config), Some(audience)) => {
                Some(Google { project: project.known()?, audience: audience.known()?, config: config.known()? })
            }
            _ => None,
        };
        let azure = match (&outputs.client_id, &outputs.tenant_id) {
            (Some(client), Some(tenant)) => Some(Azure { client: client.known()?, tenant: tenant.known()? }),
            _ => None,
        };
        let names = [pod.name.known()?, pod.namespace.known()?, pod.service_account.known()?];
        Some(written(names.map(|name| quoted(name)), google.as_ref(), azure.as_ref()))
    };
    whole().map_or(Leaf::Unknown, Leaf::Known)
}

fn written([name, namespace, account]: [String; 3], google: Option<&Google<'_>>, azure: Option<&Azure<'_>>) -> String {
    let mut text =
        format!("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {account}\n  namespace: {namespace}\n");
    if let Some(azure) = azure {
        text.push_str(&format!(
            "  annotations:\n    azure.workload.identity/client-id: {}\n    azure.workload.identity/tenant-id: {}\n",
            quoted(azure.client),
            quoted(azure.tenant)
        ));
    }
    if let Some(google) = google {
        let config = indented(google.config, 4);
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: {namespace}\ndata:\n  {CONFIG_FILE}: |\n{config}\n"
        ));
    }
    text.push_str(&format!(
        "---\n# Shows how a workload uses the trust: copy what stands here into the template of your own pods.\n\
         apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n"
    ));
    if azure.is_some() {
        text.push_str(
            "  # The webhook of Azure Workload Identity looks at this label of the pod; on the service account it does nothing.\n  \
             labels:\n    azure.workload.identity/use: \"true\"\n",
        );
    }
    text.push_str(&format!(
        "spec:\n  serviceAccountName: {account}\n  containers:\n    - name: workload\n      image: {}\n      command: [\"sleep\", \"infinity\"]\n",
        if google.is_some() { "google/cloud-sdk:slim" } else { "mcr.microsoft.com/azure-cli" }
    ));
    if let Some(google) = google {
        text.push_str(&google_volumes(&name, google));
    }
    text
}

fn google_volumes(name: &str, google: &Google<'_>) -> String {
    let (project, audience) = (quoted(google.project), quoted(google.audience));
    format!(
        r#"      env:
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
    )
}

/// A JSON string is a YAML string, whatever is in it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn indented(text: &str, spaces: usize) -> String {
    text.lines().map(|line| format!("{:spaces$}{line}", "")).collect::<Vec<_>>().join("\n")
}
