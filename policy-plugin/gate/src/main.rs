//! The program `crosscloud-gate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    crosscloud_gate::cli::main()
}
