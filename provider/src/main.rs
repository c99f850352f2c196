//! The plugin process: started by Terraform or OpenTofu, or by hand with `-debug` or `-version`.

use std::process::ExitCode;

use crosscloud_provider::{ADDRESS, Crosscloud, VERSION, policy_version};
use tfplugin::serve::{ServeOptions, serve};

fn main() -> ExitCode {
    serve(Crosscloud, ServeOptions::new(ADDRESS, VERSION).version_lines(policy_version))
}
