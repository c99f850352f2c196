//! What the provider's program does when a person starts it: `eject` and `adopt`, the ways out and in.
//!
//! Nothing is asked of any cloud: a state holds every id, and the graph says the rest.

mod adopt;
mod eject;
mod facts;
mod state;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use crosscloud_trust::eject::EjectError;
use tfplugin::codec::CodecError;

use state::{Instance, StateError};

const USAGE: &str = "\
Usage: terraform-provider-crosscloud eject|adopt STATE.json

Both read a state, as `terraform show -json` or `terraform state pull` writes it (`-` reads standard input), ask no cloud for anything,
and write blocks for a configuration to standard output. Applied, they change nothing in any cloud.

  eject  the resources of hashicorp/google, azurerm, azuread and aws that stand for the state's crosscloud resources, each with its import
  adopt  the imports of the crosscloud resources that the state holds in pieces, as resources of the official providers
";

/// Why a command has nothing to write.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// It holds no state.
    #[error("{file}: {source}")]
    State {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: StateError,
    },
    /// There is nothing to eject.
    #[error("the state holds no crosscloud resource that could be handed over")]
    NothingOfOurs,
    /// There is nothing to adopt.
    #[error(
        "the state holds no provider of a workload identity pool, no federated credential and no role of AWS for a source that `crosscloud_trust` has, no \
         service perimeter, no key of a service, no transfer job without a key, and no AKS cluster with an issuer"
    )]
    NothingOfOthers,
    /// A resource is of a type that this version does not know.
    #[error("{0} is of a type that this version of the provider does not know")]
    Kind(String),
    /// The attributes of a resource are not those of its type.
    #[error("{address}: the state was not written by this version of the provider: {source}")]
    Attributes {
        /// The resource.
        address: String,
        /// What does not fit.
        source: CodecError,
    },
    /// The attributes of a resource cannot be understood.
    #[error(
        "{0}: the state holds attributes that this version of the provider cannot read; apply it once with this version"
    )]
    Model(String),
    /// The state says too little.
    #[error("{address}: {source}")]
    Eject {
        /// The resource.
        address: String,
        /// What is missing.
        source: EjectError,
    },
}

/// Runs the command line if it is one of a person's; hosts pass no arguments.
pub fn command(arguments: &[String]) -> Option<ExitCode> {
    let (verb, rest) = arguments.split_first()?;
    let write = match verb.as_str() {
        "eject" => eject::written,
        "adopt" => adopt::written,
        _ => return None,
    };
    let [file] = rest else {
        let _ = io::stderr().write_all(USAGE.as_bytes());
        return Some(ExitCode::from(2));
    };
    Some(match instances(file).and_then(|instances| write(&instances)) {
        Ok(text) => match io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::from(2)
        }
    })
}

fn instances(file: &str) -> Result<Vec<Instance>, Failure> {
    let unread = |source| Failure::Read { file: file.to_owned(), source };
    let mut bytes = Vec::new();
    match file {
        "-" => io::stdin().read_to_end(&mut bytes).map_err(unread)?,
        path => std::fs::File::open(path).and_then(|mut it| it.read_to_end(&mut bytes)).map_err(unread)?,
    };
    state::read(&bytes).map_err(|source| Failure::State { file: file.to_owned(), source })
}
