//! Azure's own command line, from PyPI.

use std::process::Command;

use serde_json::{Value, json};

use crate::azure_cli::{self, SECRET, TENANT};
use crate::command::{Stage, json_of, refusal_of};

const GROUP: &str = "ml-prod";

struct Az {
    stage: Stage,
}

impl Az {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(azure_cli::program());
        command.args(arguments);
        azure_cli::configure(&mut command, &self.stage.folder);
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Value {
        json_of(&mut self.command(arguments))
    }
}

/// The third document, from switching on the cluster's issuer to the role on the account.
pub(crate) fn set_up() {
    let az = Az { stage: Stage::new("az") };
    azure_cli::prepare(&az.stage.folder, az.stage.running.ca_pem.as_ref().unwrap()).unwrap();
    for command in azure_cli::choose_cloud(az.stage.running.https.as_ref().unwrap()) {
        az.run(&command);
    }
    assert!(refusal_of(&mut az.command(&azure_cli::login("guess"))).contains("AADSTS7000215"));
    assert_eq!(az.run(&azure_cli::login(SECRET))[0]["tenantId"], TENANT);

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
