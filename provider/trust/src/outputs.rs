//! What a workload needs to use a trust: principal, audience, credential configuration, Kubernetes manifest and environment.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Facts, IdentityFacts};
use crate::graph::Graph;
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::source::{Identity, TokenDelivery, Towards};
use crate::spec::Spec;
use crate::target::aws::Aws;
use crate::target::azure::Azure;
use crate::target::gcp::Gcp;

mod credential_config;
mod manifest;
mod tokens;

pub use credential_config::of as credential_config;
pub use manifest::{Pod, of as kubernetes_manifest};

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
    /// The AWS role that the workload acts as.
    pub role_arn: Option<Text>,
    /// The AWS OIDC provider for the issuer.
    pub oidc_provider_arn: Option<Text>,
    /// A profile for AWS's configuration file.
    pub aws_config: Option<Text>,
    /// Credential configurations for the issuers that have names.
    pub credential_configs: Option<Leaf<BTreeMap<String, Text>>>,
    /// Commands that fetch the workload's tokens, by the cloud that they are for.
    pub token_commands: Option<Leaf<BTreeMap<String, Text>>>,
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
        let identity = |towards| source.identity(towards, &spec.name, facts);
        let mut outputs = Self { environment: Some(Leaf::Known(BTreeMap::new())), ..Self::default() };
        // Where several clouds are targets, the outputs that stand for one are Google's, else Azure's: those clouds' own tools ask for the
        // others by themselves.
        match &targets.aws {
            Some(Leaf::Known(aws)) => outputs.fill_aws(spec, aws, &identity(Towards::Aws)),
            Some(Leaf::Unknown) => return Self::unknown(),
            None => {}
        }
        match &targets.azure {
            Some(Leaf::Known(azure)) => outputs.fill_azure(spec, azure, &identity(Towards::Azure), facts),
            Some(Leaf::Unknown) => return Self::unknown(),
            None => {}
        }
        match &targets.gcp {
            Some(Leaf::Known(gcp)) => outputs.fill_gcp(spec, gcp, &identity(Towards::Gcp), facts, endpoints),
            Some(Leaf::Unknown) => return Self::unknown(),
            None => {}
        }
        let identity = identity(Towards::Gcp);
        if let TokenDelivery::KubernetesVolume { namespace, service_account } = &identity.delivery {
            let project = targets.gcp.as_ref().and_then(Leaf::known).map(|gcp| &gcp.project);
            let aws_audience = targets.aws.as_ref().and_then(Leaf::known).map(|aws| aws.audience(&identity));
            let aws_audience = aws_audience.as_ref();
            let pod = manifest::Pod { name: &spec.name, namespace, service_account, project, aws_audience };
            outputs.kubernetes_manifest = Some(manifest::of(&pod, &outputs));
        }
        outputs
    }

    fn fill_gcp(&mut self, spec: &Spec, gcp: &Gcp, identity: &Identity, facts: &Facts, endpoints: &Endpoints) {
        self.shown(identity);
        let email = match gcp.direct {
            Leaf::Known(true) => None,
            Leaf::Known(false) => Some(gcp.names(&spec.name).email),
            Leaf::Unknown => Some(Leaf::Unknown),
        };
        let config = |provider: &Text| credential_config(provider, email.as_ref(), &identity.delivery, endpoints);
        let issuers = identity.issuers();
        let resource = gcp.provider_resource(&spec.name, issuers.first(), facts);
        let audiences = gcp.audiences(&spec.name, identity, facts);
        let audience = audiences.known().and_then(BTreeSet::first).cloned().unwrap_or(Leaf::Unknown);
        self.principal = Some(gcp.principal(&spec.name, identity, facts));
        if identity.delivery == TokenDelivery::TerraformRun {
            self.variable("TFC_GCP_PROVIDER_AUTH", Text::of("true"));
            self.variable("TFC_GCP_WORKLOAD_IDENTITY_AUDIENCE", audience.clone());
            let name = resource.as_ref().map(|name| name.replacen("//iam.googleapis.com/", "", 1));
            self.variable("TFC_GCP_WORKLOAD_PROVIDER_NAME", name);
            if let Some(email) = &email {
                self.variable("TFC_GCP_RUN_SERVICE_ACCOUNT_EMAIL", email.clone());
            }
        } else {
            self.credential_config = Some(config(&resource));
            self.variable("GOOGLE_APPLICATION_CREDENTIALS", Text::of(format!("{CONFIG_DIRECTORY}/{CONFIG_FILE}")));
            self.variable("GOOGLE_CLOUD_PROJECT", gcp.project.clone());
        }
        let labelled = issuers.iter().filter_map(|accepted| {
            let resource = gcp.provider_resource(&spec.name, Some(accepted), facts);
            Some((accepted.label.clone()?, config(&resource)))
        });
        let labelled: BTreeMap<_, _> = labelled.collect();
        self.credential_configs = (!labelled.is_empty()).then_some(Leaf::Known(labelled));
        self.token_command(Towards::Gcp, identity, &audience);
        self.audience = Some(audience);
        self.service_account_email = email.clone();
        if gcp.encryption.is_some() {
            self.key_names = Some(key_names(&Graph::of(spec, facts)));
        }
    }

    fn fill_azure(&mut self, spec: &Spec, azure: &Azure, identity: &Identity, facts: &Facts) {
        self.shown(identity);
        let given = facts.identity(&azure.identity_id(&spec.name));
        let client = IdentityFacts::text(given, |it| &it.client_id);
        let tenant = IdentityFacts::text(given, |it| &it.tenant_id);
        let audience = azure.audience();
        self.principal = Some(IdentityFacts::text(given, |it| &it.principal_id));
        if identity.delivery == TokenDelivery::TerraformRun {
            self.variable("TFC_AZURE_PROVIDER_AUTH", Text::of("true"));
            self.variable("TFC_AZURE_RUN_CLIENT_ID", client.clone());
            self.variable("TFC_AZURE_WORKLOAD_IDENTITY_AUDIENCE", audience.clone());
            self.variable("ARM_TENANT_ID", tenant.clone());
        } else {
            self.variable("AZURE_CLIENT_ID", client.clone());
            self.variable("AZURE_TENANT_ID", tenant.clone());
            if let Some(file) = tokens::file(&identity.delivery, Towards::Azure) {
                self.variable("AZURE_FEDERATED_TOKEN_FILE", Text::of(file));
            }
        }
        self.token_command(Towards::Azure, identity, &audience);
        self.audience = Some(audience);
        self.client_id = Some(client);
        self.tenant_id = Some(tenant);
    }

    fn fill_aws(&mut self, spec: &Spec, aws: &Aws, identity: &Identity) {
        self.shown(identity);
        let role = aws.role_arn(&spec.name);
        let audience = aws.audience(identity);
        self.principal = Some(role.clone());
        let made = identity.issuers().first().filter(|_| identity.delivery != TokenDelivery::GoogleMetadata);
        self.oidc_provider_arn = made.map(|accepted| aws.provider_arn(accepted));
        if identity.delivery == TokenDelivery::TerraformRun {
            self.variable("TFC_AWS_PROVIDER_AUTH", Text::of("true"));
            self.variable("TFC_AWS_RUN_ROLE_ARN", role.clone());
            self.variable("TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE", audience.clone());
        } else {
            self.variable("AWS_ROLE_ARN", role.clone());
            self.variable("AWS_ROLE_SESSION_NAME", spec.name.clone());
            if let Some(file) = tokens::file(&identity.delivery, Towards::Aws) {
                let lines = ["[profile ", "]\nrole_arn = ", "\nrole_session_name = ", "\nweb_identity_token_file = "];
                let values = [&spec.name, &role, &spec.name];
                let pieces = lines.iter().zip(values).flat_map(|(line, value)| [(*line).into(), value.piece()]);
                let end = [lines[3].into(), file.as_str().into(), "\n".into()];
                self.aws_config = Some(Text::concat(pieces.chain(end)));
                self.variable("AWS_WEB_IDENTITY_TOKEN_FILE", Text::of(file));
            }
        }
        self.token_command(Towards::Aws, identity, &audience);
        self.audience = Some(audience);
        self.role_arn = Some(role);
    }

    /// What tokens the workload shows.
    fn shown(&mut self, identity: &Identity) {
        self.issuer = identity.issuer().cloned();
        self.subject = Some(identity.subject());
    }

    fn token_command(&mut self, towards: Towards, identity: &Identity, audience: &Text) {
        let Some(command) = tokens::command(&identity.delivery, towards, audience) else { return };
        let commands = self.token_commands.get_or_insert_with(|| Leaf::Known(BTreeMap::new()));
        if let Leaf::Known(commands) = commands {
            commands.insert(tokens::word(towards).to_owned(), command);
        }
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
            role_arn: unknown(),
            oidc_provider_arn: unknown(),
            aws_config: unknown(),
            credential_configs: Some(Leaf::Unknown),
            token_commands: Some(Leaf::Unknown),
        }
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
