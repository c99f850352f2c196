//! Azure's own command line, from PyPI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::command::{Stage, json_of, refusal_of};

/// The release that is installed.
const RELEASE: &str = "azure-cli==2.91.0";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const GROUP: &str = "ml-prod";

struct Az {
    stage: Stage,
}

impl Az {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).args(["--output", "json"]);
        command.env("AZURE_CONFIG_DIR", self.stage.folder.join("azure"));
        command.env("REQUESTS_CA_BUNDLE", self.stage.folder.join("ca.pem"));
        command.env("AZURE_CORE_COLLECT_TELEMETRY", "0").env("AZURE_CORE_INSTANCE_DISCOVERY", "false");
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Value {
        json_of(&mut self.command(arguments))
    }
}

/// Installs it below the build folder, unless it is there. The error says why that failed.
pub(crate) fn install() -> Result<(), String> {
    if program().is_file() {
        return Ok(());
    }
    let folder = folder();
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .output()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().last().unwrap_or("it failed without a word").to_owned())
    };
    // A half-finished installation would be taken for a finished one.
    let _ = fs::remove_dir_all(&folder);
    run(Path::new("python3"), &["-m", "venv", &folder.to_string_lossy()])?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "0",
        "--timeout",
        "30",
        RELEASE,
    ];
    run(&folder.join("bin").join("python"), &pip).inspect_err(|_| {
        let _ = fs::remove_dir_all(&folder);
    })
}

fn folder() -> PathBuf {
    // The folder for files of tests lies in the build folder.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("."));
    target.join("tools").join("azure-cli")
}

fn program() -> PathBuf {
    folder().join("bin").join("az")
}

/// The third document, from switching on the cluster's issuer to the role on the account.
pub(crate) fn set_up() {
    let az = Az { stage: Stage::new("az") };
    az.stage.file("ca.pem", az.stage.running.ca_pem.as_ref().unwrap());
    let origin = az.stage.running.https.clone().unwrap();
    az.run(&["cloud", "register", "--name", "Emulated", "--endpoint-resource-manager", &origin]);
    az.run(&["cloud", "set", "--name", "Emulated"]);
    let login = |secret: &str| {
        let user = "33333333-4444-5555-6666-777777777777";
        az.command(&["login", "--service-principal", "--username", user, "--password", secret, "--tenant", TENANT])
    };
    assert!(refusal_of(&mut login("guess")).contains("AADSTS7000215"));
    assert_eq!(json_of(&mut login("emulator-client-secret-of-the-operator"))[0]["tenantId"], TENANT);

    let issuer = cluster(&az);
    identity(&az, &issuer);
    applications(&az);
}

fn cluster(az: &Az) -> String {
    let kind = "Microsoft.ContainerService/managedClusters";
    let found = az.run(&["resource", "list", "--resource-group", GROUP, "--resource-type", kind]);
    let name = found[0]["name"].as_str().unwrap();
    let group = ["--resource-group", GROUP, "--name", name];
    az.run(&[["aks", "update"].as_slice(), &group, &["--enable-workload-identity", "--enable-oidc-issuer"]].concat());
    let shown = az.run(&[["aks", "show"].as_slice(), &group].concat());
    assert_eq!(shown["securityProfile"]["workloadIdentity"]["enabled"], true);
    shown["oidcIssuerProfile"]["issuerUrl"].as_str().unwrap().to_owned()
}

fn identity(az: &Az, issuer: &str) {
    let subject = "system:serviceaccount:chat:backend";
    let group = ["--resource-group", GROUP];
    let made = az.run(&[["identity", "create", "--name", "ai-service"].as_slice(), &group].concat());
    let principal = made["principalId"].as_str().unwrap();
    let accounts = "Microsoft.CognitiveServices/accounts";
    let account = az.run(&[["resource", "list", "--resource-type", accounts].as_slice(), &group].concat());
    let account = account[0]["id"].as_str().unwrap().to_owned();
    let role = "Cognitive Services OpenAI User";
    let assign = |principal: &str| {
        let whom = ["--assignee-object-id", principal, "--assignee-principal-type", "ServicePrincipal"];
        az.command(&[["role", "assignment", "create", "--role", role, "--scope", &account].as_slice(), &whom].concat())
    };
    json_of(&mut assign(principal));
    // The client id is nobody's object id.
    assert!(refusal_of(&mut assign(made["clientId"].as_str().unwrap())).contains("PrincipalNotFound"));
    let of = ["identity", "federated-credential", "create", "--identity-name", "ai-service"];
    let what = ["--name", "aks", "--issuer", issuer, "--subject", subject];
    let credential = az.run(&[of.as_slice(), &group, &what].concat());
    assert_eq!(credential["audiences"], json!(["api://AzureADTokenExchange"]));
    let open_ai = ["--resource-group", GROUP, "--name", "ml-openai"];
    let shown = az.run(&[["cognitiveservices", "account", "show"].as_slice(), &open_ai].concat());
    assert_eq!(shown["properties"]["endpoint"], "https://ml-openai.openai.azure.com/");
    let deployments = az.run(&[["cognitiveservices", "account", "deployment", "list"].as_slice(), &open_ai].concat());
    assert_eq!(deployments[0]["name"], "gpt-4o");
    let counts = ["azure/managed_identity", "azure/federated_credential", "azure/role_assignment"]
        .map(|kind| az.stage.count(kind));
    assert_eq!(counts, [1, 1, 1]);
}

/// What an identity's way into another cloud needs: an application with an identifier of its own.
fn applications(az: &Az) {
    let uri = format!("api://{TENANT}/vertex");
    let made = az.run(&["ad", "app", "create", "--display-name", "vertex", "--identifier-uris", &uri]);
    let principal = az.run(&["ad", "sp", "create", "--id", made["appId"].as_str().unwrap()]);
    assert_eq!(principal["appId"], made["appId"]);
    let taken =
        refusal_of(&mut az.command(&["ad", "app", "create", "--display-name", "twin", "--identifier-uris", &uri]));
    assert!(taken.contains("identifierUris"), "{taken}");
}
