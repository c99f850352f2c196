//! The plugin process: started by Terraform or OpenTofu, or by hand with `-debug`, `-version`, or for `eject` and `adopt`.

use std::process::ExitCode;

use crosscloud_provider::{ADDRESS, Crosscloud, VERSION, command, policy_version};
use tfplugin::serve::{ServeOptions, serve};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let Some(code) = command(&arguments) {
        return code;
    }
    serve(Crosscloud, ServeOptions::new(ADDRESS, VERSION).version_lines(policy_version))
}
