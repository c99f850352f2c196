//! What has to be on the machine before anything else can work, and how to get what is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Failure, Outcome};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// `cargo xtask setup`: checks everything and installs what rustup can install.
pub(crate) fn set_up() -> Result<Outcome, Failure> {
    let terraform = for_acceptance_tests()?;
    println!("All prerequisites are there; acceptance tests will drive {}.", terraform.display());
    Ok(Outcome::Good)
}

/// What a build needs: a C compiler (aws-lc is C) and the target that the built-in policy is compiled to.
pub(crate) fn for_build() -> Result<(), Failure> {
    if find_c_compiler().is_none() {
        return Err(Failure::new("no C compiler found (looked for $CC, cc, clang, gcc and cl)").hint(
            "The TLS library is C code. Install one of:\n  \
             Debian, Ubuntu   apt-get install gcc\n  \
             Fedora           dnf install gcc\n  \
             macOS            xcode-select --install\n  \
             Windows          the Visual Studio build tools, workload \"Desktop development with C++\"",
        ));
    }
    add_wasm_target()
}

/// What a build needs, and the command line that the acceptance tests drive.
pub(crate) fn for_acceptance_tests() -> Result<PathBuf, Failure> {
    for_build()?;
    find_terraform().ok_or_else(|| {
        Failure::new("neither terraform nor tofu found on PATH, and TF_CLI_PATH does not name one").hint(
            "Install either of:\n  \
             Terraform 1.8 or later   https://developer.hashicorp.com/terraform/install\n  \
             OpenTofu 1.8 or later    https://opentofu.org/docs/intro/install\n\
             or set TF_CLI_PATH to the binary.",
        )
    })
}

/// The terraform or tofu to drive: `TF_CLI_PATH` if set, else the first of the two on PATH.
pub(crate) fn find_terraform() -> Option<PathBuf> {
    match std::env::var_os("TF_CLI_PATH") {
        Some(chosen) if !chosen.is_empty() => find_program(Path::new(&chosen)),
        _ => ["terraform", "tofu"].iter().find_map(|name| find_program(Path::new(name))),
    }
}

/// Finds a program by path or, for a bare name, on PATH.
pub(crate) fn find_program(name: &Path) -> Option<PathBuf> {
    if name.components().count() > 1 {
        return name.is_file().then(|| name.to_path_buf());
    }
    let file = format!("{}{}", name.display(), std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

fn find_c_compiler() -> Option<PathBuf> {
    let chosen = std::env::var("CC").ok().filter(|cc| !cc.is_empty());
    // CC may carry a wrapper and flags, such as `ccache gcc -m64`: its first word is the program.
    let chosen = chosen.as_deref().and_then(|cc| cc.split_whitespace().next());
    chosen.into_iter().chain(["cc", "clang", "gcc", "cl"]).find_map(|name| find_program(Path::new(name)))
}

/// What a policy is compiled to.
pub(crate) fn add_wasm_target() -> Result<(), Failure> {
    let how = format!("Install it with `rustup target add {WASM_TARGET}` (rustup: https://rustup.rs).");
    if has_wasm_target()? {
        return Ok(());
    }
    if find_program(Path::new("rustup")).is_none() {
        return Err(Failure::new(format!("this Rust toolchain lacks the target {WASM_TARGET}")).hint(how));
    }
    process::announce(format!("adding the Rust target {WASM_TARGET}"));
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM_TARGET]).current_dir(crate::workspace::root());
    process::run(&mut rustup).map_err(|failure| failure.hint(how))
}

/// Looks for the target's standard library instead of asking rustup, so that distribution packages of Rust count too.
fn has_wasm_target() -> Result<bool, Failure> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(crate::workspace::root());
    let folder = process::capture(&mut rustc).map_err(|failure| {
        failure.hint("The build needs a Rust toolchain with cargo and rustc on PATH: https://rustup.rs")
    })?;
    let libraries = std::fs::read_dir(folder.trim());
    Ok(libraries.is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libcore-")))
    }))
}
