//! Logging as hosts expect it from a plugin: one hclog JSON object a line on standard error.
//!
//! Code logs through `tracing`. Without `TF_LOG` or one of its relatives nothing is installed and nothing is written.

mod layer;
mod level;
mod mask;
mod panic;
mod record;
mod timestamp;

use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

pub use mask::mask;
pub(crate) use mask::masked;
pub(crate) use panic::message as panic_message;

/// Installs the panic hook and, if the environment asks for logs, the log itself. A second call changes nothing
/// about the log: the first subscriber of a process stays.
pub fn install(provider_name: &str) {
    panic::install();
    let wanted = level::from_environment(provider_name, |name| std::env::var(name).ok());
    if let Some(level) = wanted {
        let subscriber = Registry::default().with(layer::Hclog::new(level, std::io::stderr));
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}
