//! The programs under test: where Cargo put them.
//!
//! `cargo xtask` builds them and says where they are. Under plain `cargo test` they are built here, once, because Cargo
//! builds the programs of other packages for no test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The built programs.
#[derive(Debug)]
pub struct Programs {
    /// The provider.
    pub provider: PathBuf,
    /// The emulated clouds.
    pub emulator: PathBuf,
    /// The project's chores, which make policies from the template.
    pub xtask: PathBuf,
}

impl Programs {
    /// The programs that belong to this build.
    ///
    /// # Panics
    ///
    /// If they cannot be built.
    #[must_use]
    pub fn get() -> &'static Self {
        static PROGRAMS: OnceLock<Programs> = OnceLock::new();
        PROGRAMS.get_or_init(|| Self::named().unwrap_or_else(Self::build))
    }

    /// The programs that `cargo xtask` named.
    fn named() -> Option<Self> {
        let named = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file());
        Some(Self {
            provider: named("CROSSCLOUD_PROVIDER_BIN")?,
            emulator: named("CLOUD_EMULATOR_BIN")?,
            xtask: named("XTASK_BIN")?,
        })
    }

    /// Builds the programs into the target folder that this very executable lies in.
    fn build() -> Self {
        let folder = profile_folder();
        let target = folder.parent().expect("the profile's folder lies in the target folder");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--quiet", "--workspace", "--bins", "--tests", "--target-dir"])
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null());
        if folder.file_name().is_some_and(|profile| profile == "release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "the programs under test do not build");
        let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        Self {
            provider: program("terraform-provider-crosscloud"),
            emulator: program("cloud-emulator"),
            xtask: program("xtask"),
        }
    }

    /// The target folder that policies of one's own are built in, so that they share their dependencies.
    #[must_use]
    pub fn policies() -> PathBuf {
        profile_folder().with_file_name("policies")
    }
}

/// `target/debug` or its like: above this executable, which for a test lies one folder deeper.
fn profile_folder() -> PathBuf {
    let executable = std::env::current_exe().expect("the system says where this program is");
    let folder = executable.parent().expect("a program lies in a folder");
    let above = if folder.ends_with("deps") { folder.parent() } else { Some(folder) };
    above.map(Path::to_path_buf).expect("a test lies in a profile's folder")
}
