//! The ways to install a provider, each as the CLI configuration that a user would write.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::terraform::platform;

/// The version under which the provider is installed.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How terraform finds the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installation {
    /// From a filesystem mirror, with `terraform init`.
    FilesystemMirror,
    /// From a folder named in the CLI configuration, without `terraform init`.
    DevOverrides,
    /// Already running: `TF_REATTACH_PROVIDERS` says where.
    Reattach,
}

/// Writes the CLI configuration for `provider` into `folder` and returns its path.
///
/// # Errors
///
/// If a file cannot be written.
pub fn configure(installation: Installation, provider: &Path, folder: &Path) -> io::Result<PathBuf> {
    let file = folder.join("cli.tfrc");
    // Nothing may be asked of a registry: what the mirror lacks does not exist.
    let nowhere = "  direct {\n    exclude = [\"*/*/*\"]\n  }\n";
    let method = match installation {
        Installation::FilesystemMirror => {
            format!("  filesystem_mirror {{\n    path = {:?}\n  }}\n", text(&mirror(provider)?))
        }
        Installation::DevOverrides => {
            format!("  dev_overrides {{\n    \"crosscloud/crosscloud\" = {:?}\n  }}\n", text(&overrides(provider)?))
        }
        Installation::Reattach => String::new(),
    };
    fs::write(&file, format!("disable_checkpoint = true\nprovider_installation {{\n{method}{nowhere}}}\n"))?;
    Ok(file)
}

/// A mirror that answers for both registries, laid out once for each build of the provider.
fn mirror(provider: &Path) -> io::Result<PathBuf> {
    once(provider, "mirror", |mirror| {
        for host in ["registry.terraform.io", "registry.opentofu.org"] {
            let folder = mirror.join(host).join("crosscloud/crosscloud").join(VERSION).join(platform());
            fs::create_dir_all(&folder)?;
            let name = format!("terraform-provider-crosscloud_v{VERSION}{}", std::env::consts::EXE_SUFFIX);
            link(provider, &folder.join(name))?;
        }
        Ok(())
    })
}

/// A folder that holds the provider and nothing else.
fn overrides(provider: &Path) -> io::Result<PathBuf> {
    once(provider, "overrides", |folder| {
        link(provider, &folder.join(format!("terraform-provider-crosscloud{}", std::env::consts::EXE_SUFFIX)))
    })
}

/// Lays out a folder beside the provider, named after this very build of it; tests that run at once share it.
fn once(provider: &Path, kind: &str, lay_out: impl Fn(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
    let metadata = fs::metadata(provider)?;
    let built = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let program = provider.file_stem().unwrap_or_default().to_string_lossy();
    let parent = provider.parent().unwrap_or(Path::new(".")).join("acceptance");
    let finished = parent.join(format!("{kind}-{program}-{built:x}"));
    if finished.is_dir() {
        return Ok(finished);
    }
    fs::create_dir_all(&parent)?;
    let draft = tempfile::tempdir_in(&parent)?;
    lay_out(draft.path())?;
    // Whoever renames first wins; the others' drafts are removed when they are dropped.
    match fs::rename(draft.path(), &finished) {
        Err(_) if finished.is_dir() => Ok(finished),
        renamed => renamed.map(|()| finished),
    }
}

/// A second name for a file, or a copy where the file system has no second names.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}

fn text(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
