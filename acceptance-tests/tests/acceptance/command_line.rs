//! The vendors' own command lines, unmodified, in a scenario's world.

use std::process::Command;

use acceptance_tests::Scenario;
use serde_json::Value;

#[path = "../../emulator/tests/command_lines/aws_cli.rs"]
mod aws_cli;
#[path = "../../emulator/tests/command_lines/azure_cli.rs"]
mod azure_cli;

/// Installs Azure's command line, unless it is there.
pub(crate) use azure_cli::install as install_az;

/// What a command of Google's prints.
#[track_caller]
pub(crate) fn gcloud(scenario: &Scenario, arguments: &[&str]) -> Value {
    let mut command = Command::new("gcloud");
    scenario.isolated(&mut command);
    command.envs(scenario.environment_for_gcloud()).args(arguments).arg("--format=json");
    answer_of(&mut command)
}

/// What a command of AWS's prints.
#[track_caller]
pub(crate) fn aws(scenario: &Scenario, arguments: &[&str]) -> Value {
    let mut command = Command::new("aws");
    scenario.isolated(&mut command);
    command.args(arguments).envs(aws_cli::OPERATOR);
    aws_cli::configure(&mut command, &scenario.folder(), scenario.clouds().origin());
    answer_of(&mut command)
}

/// What a command of Azure's prints.
#[track_caller]
pub(crate) fn az(scenario: &Scenario, arguments: &[&str]) -> Value {
    let mut command = Command::new(azure_cli::program());
    scenario.isolated(&mut command);
    command.args(arguments);
    azure_cli::configure(&mut command, &scenario.folder().join("az"));
    answer_of(&mut command)
}

/// Signs the operator in to Azure.
#[track_caller]
pub(crate) fn az_login(scenario: &Scenario) {
    let (origin, ca_pem) = scenario.clouds().https();
    azure_cli::prepare(&scenario.folder().join("az"), ca_pem).expect("a folder can be made in the working folder");
    for command in azure_cli::choose_cloud(origin) {
        az(scenario, &command);
    }
    let signed_in = az(scenario, &azure_cli::login(azure_cli::SECRET));
    assert_eq!(signed_in[0]["tenantId"], azure_cli::TENANT);
}

/// What a command prints; most print JSON, and some nothing.
#[track_caller]
fn answer_of(command: &mut Command) -> Value {
    let output = command.output().expect("the command line starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}
