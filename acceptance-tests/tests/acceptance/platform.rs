//! A trust of a platform in three clouds, and a member of each kind. A member names the trust's objects by their ids, so that it can stand in any
//! state.

use acceptance_tests::workload::{SUBSCRIPTION, ask_azure_openai};
use acceptance_tests::{Scenario, aws, google, story};
use serde_json::{Value, json};

/// What a configuration begins with.
pub(crate) const REQUIRES: &str =
    "terraform {\n  required_providers {\n    crosscloud = { source = \"crosscloud/crosscloud\" }\n  }\n}\n";

/// The trust's address.
pub(crate) const TRUST: &str = "crosscloud_trust.platform";

const PROVIDER: &str =
    "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-platform/providers/aks-platform";
const ACCOUNT: &str = "aks-platform@ml-prod-4711.iam.gserviceaccount.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/aks-platform";
const POOL: &str =
    "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-platform";

/// A kind of member, which is its name and its service account in the namespace `reports`, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Acts as the trust's service account in Google Cloud.
    Account,
    /// Has roles of its own there.
    Roles,
    /// Acts as the trust's identity in Azure.
    Azure,
    /// Becomes the trust's role in AWS.
    Aws,
}

/// Every kind.
pub(crate) const KINDS: [Kind; 4] = [Kind::Account, Kind::Roles, Kind::Azure, Kind::Aws];

/// A world in which the trust can be applied.
#[track_caller]
pub(crate) fn world(name: &str) -> Scenario {
    let mut scenario = Scenario::new(name);
    aws::bucket(scenario.clouds(), "ml-data");
    aws::object(scenario.clouds(), "ml-data", "model.bin", "weights");
    scenario.begins_here();
    scenario.write("main.tf", &format!("{REQUIRES}\n{}", trust()));
    scenario
}

/// The trust.
pub(crate) fn trust() -> String {
    format!(
        r#"resource "crosscloud_trust" "platform" {{
  name   = "aks-platform"
  from   = {{ aks = {{ issuer = "{}", namespace = "chat", service_account = "backend" }} }}
  admits = {{ namespaces = ["reports"] }}
  to = {{
    gcp = {{ project = "{}", roles = ["roles/aiplatform.user"] }}
    azure = {{
      subscription_id = "{SUBSCRIPTION}"
      resource_group  = "ml-prod"
      location        = "westeurope"
      roles = [{{
        role  = "Cognitive Services OpenAI User"
        scope = "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai"
      }}]
    }}
    aws = {{ account_id = "{}", policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] }}
  }}
}}
"#,
        story::ISSUER,
        story::PROJECT,
        aws::ACCOUNT,
    )
}

/// The trust's import id.
pub(crate) fn trust_id() -> String {
    format!("aks->gcp+azure+aws;{PROVIDER};{ACCOUNT};{}/federatedIdentityCredentials/aks-platform;{ROLE}", identity())
}

/// The trust policy of the trust's role as it is.
#[track_caller]
pub(crate) fn live_trust_policy(scenario: &Scenario) -> Value {
    let role = scenario.clouds().objects_of("aws/role").remove(0);
    role["resource"]["assume_role_policy"].clone()
}

fn identity() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-platform"
    )
}

impl Kind {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Roles => "roles",
            Self::Azure => "azure",
            Self::Aws => "aws",
        }
    }

    /// Its address.
    pub(crate) fn address(self) -> String {
        format!("crosscloud_trust_member.{}", self.name())
    }

    /// The arguments of the member, as they stand in its block.
    pub(crate) fn arguments(self) -> String {
        let project = story::PROJECT;
        let to = match self {
            Self::Account => format!(
                r#"gcp = {{ project = "{project}", existing = {{ provider = "{PROVIDER}", service_account = "{ACCOUNT}" }} }}"#
            ),
            Self::Roles => format!(
                r#"gcp = {{ project = "{project}", existing = {{ provider = "{PROVIDER}" }}, roles = ["roles/aiplatform.user"] }}"#
            ),
            Self::Azure => format!(r#"azure = {{ existing = {{ identity = "{}" }} }}"#, identity()),
            Self::Aws => format!(r#"aws = {{ existing = {{ role = "{ROLE}" }} }}"#),
        };
        format!(
            "  name = \"{0}\"\n  from = {{ aks = {{ issuer = \"{1}\", namespace = \"reports\", service_account = \"{0}\" }} }}\n  to   = {{ {to} }}\n",
            self.name(),
            story::ISSUER,
        )
    }

    /// The member's block. `more` stands in it, too.
    pub(crate) fn block(self, more: &str) -> String {
        format!("\nresource \"crosscloud_trust_member\" \"{}\" {{\n{}{more}}}\n", self.name(), self.arguments())
    }

    /// Its import id.
    pub(crate) fn import_id(self) -> String {
        let name = self.name();
        let principal = format!("{POOL}/subject/system:serviceaccount:reports:{name}");
        match self {
            Self::Account => format!("{name};aks->gcp;{PROVIDER};{ACCOUNT};{principal}"),
            Self::Roles => format!("{name};aks->gcp;{PROVIDER};{principal}"),
            Self::Azure => format!("{name};aks->azure;{}/federatedIdentityCredentials/{name}", identity()),
            Self::Aws => format!("{name};aks->aws;{ROLE};subject:system:serviceaccount:reports:{name}"),
        }
    }

    /// What the member's workload is answered, the whole way.
    pub(crate) fn asks(self, scenario: &Scenario) -> Result<String, String> {
        let clouds = scenario.clouds();
        let workload = json!({"kind": "kubernetes", "namespace": "reports", "service_account": self.name()});
        let token = |audience: &str| {
            clouds.token(&json!({"issuer": story::ISSUER, "audience": audience, "workload": &workload}))
        };
        match self {
            Self::Account | Self::Roles => {
                let audience = format!("//iam.googleapis.com/{}", PROVIDER.replace("ml-prod-4711", "471100000011"));
                let impersonation = format!(
                    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"
                );
                let config = json!({
                    "type": "external_account",
                    "audience": audience,
                    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                    "token_url": "https://sts.googleapis.com/v1/token",
                    "service_account_impersonation_url": (self == Self::Account).then_some(impersonation),
                });
                google::ask(clouds, &config, &token(&format!("https:{audience}")), story::PROJECT, "Who are you?")
                    .map_err(|refusal| refusal.to_string())
            }
            Self::Azure => {
                let made = clouds.by_hand("GET", &format!("{}?api-version=2024-11-30", identity()), None).body;
                let client = made["properties"]["clientId"].as_str().unwrap_or_default();
                ask_azure_openai(clouds, client, &token("api://AzureADTokenExchange"), "Who are you?")
                    .map_err(|answer| answer.body.to_string())
            }
            Self::Aws => aws::read(clouds, ROLE, &token("sts.amazonaws.com"), "/ml-data/model.bin")
                .map_err(|answer| answer.body.to_string()),
        }
    }
}
