//! Where things are in the clone.

use std::path::{Path, PathBuf};

/// The version that the provider is built and installed as.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The root of the clone: the folder above this crate's.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Cargo's target folder, which holds everything that a chore writes.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(chosen) => root().join(chosen),
        None => root().join("target"),
    }
}
