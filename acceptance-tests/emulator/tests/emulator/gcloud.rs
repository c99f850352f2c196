//! Google's own command line, unmodified, sees these clouds as Google's.

mod keys;
mod perimeters;
mod transfer;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::client::{Cloud, ISSUER, NUMBER, PROJECT, SUBJECT};

/// The APIs that are pointed at the emulator.
const APIS: &[&str] = &[
    "ACCESSCONTEXTMANAGER",
    "CLOUDKMS",
    "CLOUDRESOURCEMANAGER",
    "IAM",
    "IAMCREDENTIALS",
    "SERVICEUSAGE",
    "STORAGE",
    "TRANSFER",
];

struct Gcloud {
    origin: String,
    folder: PathBuf,
}

impl Gcloud {
    fn new(origin: &str) -> Self {
        let port = origin.rsplit(':').next().unwrap();
        let folder = std::env::temp_dir().join(format!("cloud-emulator-gcloud-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("token"), "fake-token").unwrap();
        Self { origin: origin.to_owned(), folder }
    }

    fn output(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new("gcloud");
        command.args(arguments).arg("--format=json").env("CLOUDSDK_CONFIG", &self.folder);
        command.env("CLOUDSDK_CORE_PROJECT", PROJECT).env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1");
        command.env("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", self.folder.join("token"));
        for api in APIS {
            command.env(format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}"), format!("{}/", self.origin));
        }
        command.output().unwrap()
    }

    /// Writes a file that a command reads.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// What a command that must fail says.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(!output.status.success(), "gcloud {arguments:?} was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "gcloud {arguments:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

impl Drop for Gcloud {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

/// Runs commands against an emulator of their own, which is handed back; none where there is no gcloud.
async fn by_hand(commands: fn(&Gcloud)) -> Option<Cloud> {
    if !on_path("gcloud") {
        eprintln!(
            "SKIPPED: gcloud is not on PATH, so nothing shows that the real command line works against the emulator."
        );
        return None;
    }
    let cloud = Cloud::start().await;
    let gcloud = Gcloud::new(&cloud.running.http);
    tokio::task::spawn_blocking(move || commands(&gcloud)).await.unwrap();
    Some(cloud)
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_makes_and_shows_the_whole_trust() {
    if let Some(cloud) = by_hand(set_up_by_hand).await {
        assert_eq!(cloud.objects("gcp/grant").await.len(), 3);
    }
}

fn set_up_by_hand(gcloud: &Gcloud) {
    let location = "--location=global";
    gcloud.run(&["services", "enable", "iam.googleapis.com"]);
    gcloud.run(&["iam", "workload-identity-pools", "create", "aks-pool", location, "--display-name=AKS Pool"]);
    let create = [
        "iam",
        "workload-identity-pools",
        "providers",
        "create-oidc",
        "aks-provider",
        location,
        "--workload-identity-pool=aks-pool",
    ];
    let issuer = format!("--issuer-uri={ISSUER}");
    let condition = format!("--attribute-condition=assertion.sub == '{SUBJECT}'");
    let provider = [issuer.as_str(), "--attribute-mapping=google.subject=assertion.sub", &condition];
    gcloud.run(&[create.as_slice(), &provider].concat());

    let shown = gcloud.run(&["iam", "workload-identity-pools", "describe", "aks-pool", location]);
    assert_eq!(shown["name"], format!("projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool"));
    assert_eq!((shown["displayName"].as_str(), shown["state"].as_str()), (Some("AKS Pool"), Some("ACTIVE")));
    let describe = [
        "iam",
        "workload-identity-pools",
        "providers",
        "describe",
        "aks-provider",
        location,
        "--workload-identity-pool=aks-pool",
    ];
    assert_eq!(gcloud.run(&describe)["oidc"]["issuerUri"], ISSUER);
    let update = [
        "iam",
        "workload-identity-pools",
        "providers",
        "update-oidc",
        "aks-provider",
        location,
        "--workload-identity-pool=aks-pool",
    ];
    gcloud.run(&[update.as_slice(), &["--allowed-audiences=api://AzureADTokenExchange"]].concat());
    assert_eq!(gcloud.run(&describe)["oidc"]["allowedAudiences"][0], "api://AzureADTokenExchange");
    let aws = [
        "iam",
        "workload-identity-pools",
        "providers",
        "create-aws",
        "aws-provider",
        location,
        "--workload-identity-pool=aks-pool",
    ];
    gcloud.run(&[aws.as_slice(), &["--account-id=123456789012"]].concat());
    // An Azure managed identity: the guides leave the mapping out, and gcloud refuses that before anything is sent.
    let azure = ["azure-provider", location, "--workload-identity-pool=aks-pool"];
    let tenant = "--issuer-uri=https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
    let oidc = [&create[..4], &azure, &[tenant, "--allowed-audiences=api://gcp-federation"]].concat();
    assert!(gcloud.refused(&oidc).contains("--attribute-mapping"));
    gcloud.run(&[oidc.as_slice(), &["--attribute-mapping=google.subject=assertion.sub"]].concat());

    gcloud.run(&["iam", "service-accounts", "create", "ai-writer", "--display-name=AI writer"]);
    let email = format!("ai-writer@{PROJECT}.iam.gserviceaccount.com");
    let account = format!("--member=serviceAccount:{email}");
    gcloud.run(&[
        "projects",
        "add-iam-policy-binding",
        PROJECT,
        &account,
        "--role=roles/aiplatform.user",
        "--condition=None",
    ]);
    let pod = format!(
        "--member=principal://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/subject/{SUBJECT}"
    );
    let bound = gcloud.run(&[
        "iam",
        "service-accounts",
        "add-iam-policy-binding",
        &email,
        &pod,
        "--role=roles/iam.workloadIdentityUser",
    ]);
    assert_eq!(bound["bindings"][0]["members"][0].as_str(), pod.strip_prefix("--member="));

    // The role of an AWS workload, by what the default mapping really yields.
    let role = format!(
        "--member=principalSet://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/attribute.aws_role/arn:aws:sts::123456789012:assumed-role/ml-training-role"
    );
    let bind = ["iam", "service-accounts", "add-iam-policy-binding", &email];
    gcloud.run(&[bind.as_slice(), &[&role, "--role=roles/iam.workloadIdentityUser"]].concat());
    let shown = gcloud.run(&["iam", "service-accounts", "get-iam-policy", &email]);
    assert_eq!(shown["bindings"][0]["members"].as_array().unwrap().len(), 2, "{shown}");

    let identity = gcloud.run(&["beta", "services", "identity", "create", "--service=aiplatform.googleapis.com"]);
    assert_eq!(identity["email"], format!("service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com"));

    gcloud.run(&["iam", "workload-identity-pools", "delete", "aks-pool", location]);
    let listed = gcloud.run(&["iam", "workload-identity-pools", "list", location, "--show-deleted"]);
    assert_eq!(listed[0]["state"], "DELETED");
    gcloud.run(&["iam", "workload-identity-pools", "undelete", "aks-pool", location]);

    let refused = gcloud.output(&["iam", "service-accounts", "create", "short"]);
    assert!(!refused.status.success());
}
