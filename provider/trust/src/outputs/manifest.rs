//! The Kubernetes manifest: the service account, what it is configured with, and a pod that shows how both are used.

use crate::leaf::{Leaf, Text};
use crate::outputs::tokens::{AWS_TOKEN_DIRECTORY, TOKEN_DIRECTORY};
use crate::outputs::{CONFIG_DIRECTORY, CONFIG_FILE, Outputs};

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
    /// Audience of the token for AWS, where AWS is a target.
    pub aws_audience: Option<&'a Text>,
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

/// What AWS's client libraries need.
struct Aws<'a> {
    role: &'a str,
    audience: &'a str,
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
        let aws = match (&outputs.role_arn, pod.aws_audience) {
            (Some(role), Some(audience)) => Some(Aws { role: role.known()?, audience: audience.known()? }),
            _ => None,
        };
        let names = [pod.name.known()?, pod.namespace.known()?, pod.service_account.known()?];
        Some(written(names.map(|name| quoted(name)), google.as_ref(), azure.as_ref(), aws.as_ref()))
    };
    whole().map_or(Leaf::Unknown, Leaf::Known)
}

fn written(
    [name, namespace, account]: [String; 3],
    google: Option<&Google<'_>>,
    azure: Option<&Azure<'_>>,
    aws: Option<&Aws<'_>>,
) -> String {
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
        match (google, azure) {
            (Some(_), _) => "google/cloud-sdk:slim",
            (None, Some(_)) => "mcr.microsoft.com/azure-cli",
            (None, None) => "public.ecr.aws/aws-cli/aws-cli",
        }
    ));
    let google = google.map(|google| google_parts(&name, google));
    let aws = aws.map(|aws| aws_parts(&name, aws));
    let parts: Vec<_> = google.into_iter().chain(aws).collect();
    if !parts.is_empty() {
        let of = |part: fn(&Parts) -> &String| parts.iter().map(part).cloned().collect::<String>();
        text.push_str(&format!(
            "      env:\n{}      volumeMounts:\n{}  volumes:\n{}",
            of(|it| &it.env),
            of(|it| &it.mounts),
            of(|it| &it.volumes)
        ));
    }
    text
}

/// What a target adds to a pod.
struct Parts {
    env: String,
    mounts: String,
    volumes: String,
}

fn google_parts(name: &str, google: &Google<'_>) -> Parts {
    let (project, audience) = (quoted(google.project), quoted(google.audience));
    Parts {
        env: format!(
            r#"        - name: GOOGLE_APPLICATION_CREDENTIALS
          value: {CONFIG_DIRECTORY}/{CONFIG_FILE}
        - name: GOOGLE_CLOUD_PROJECT
          value: {project}
"#
        ),
        mounts: format!(
            r#"        - name: google-token
          mountPath: {TOKEN_DIRECTORY}
          readOnly: true
        - name: google-config
          mountPath: {CONFIG_DIRECTORY}
          readOnly: true
"#
        ),
        volumes: format!(
            "{}{}",
            token_volume("google-token", &audience),
            format_args!("    - name: google-config\n      configMap:\n        name: {name}\n")
        ),
    }
}

fn aws_parts(name: &str, aws: &Aws<'_>) -> Parts {
    let (role, audience) = (quoted(aws.role), quoted(aws.audience));
    Parts {
        env: format!(
            r#"        - name: AWS_ROLE_ARN
          value: {role}
        - name: AWS_ROLE_SESSION_NAME
          value: {name}
        - name: AWS_WEB_IDENTITY_TOKEN_FILE
          value: {AWS_TOKEN_DIRECTORY}/token
"#
        ),
        mounts: format!(
            r#"        - name: aws-token
          mountPath: {AWS_TOKEN_DIRECTORY}
          readOnly: true
"#
        ),
        volumes: token_volume("aws-token", &audience),
    }
}

/// A token that the kubelet renews.
fn token_volume(name: &str, audience: &str) -> String {
    format!(
        r#"    - name: {name}
      projected:
        sources:
          - serviceAccountToken:
              audience: {audience}
              expirationSeconds: {TOKEN_SECONDS}
              path: token
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
