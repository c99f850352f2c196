//! Builds the built-in policy, from source, into code for the target: Rust to WebAssembly, to a component, to machine code.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

#[path = "src/engine.rs"]
mod engine;

const WASM: &str = "wasm32-unknown-unknown";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let target = env::var("TARGET")?;
    for input in [
        "Cargo.toml",
        "Cargo.lock",
        "proto/policy.wit",
        "policy-plugin/Cargo.toml",
        "policy-plugin/src",
        "policy-plugin/model/Cargo.toml",
        "policy-plugin/model/src",
        "policy-plugin/sdk/Cargo.toml",
        "policy-plugin/sdk/src",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine.rs");

    let module = fs::read(build_guest(&root, &out)?)?;
    let component = wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| format!("the built-in policy does not become a component: {error:#}"))?;
    let engine = Engine::new(&engine::config(&target)?)?;
    assert_no_imports(&engine, &component)?;
    fs::write(out.join("policy.cwasm"), engine.precompile_component(&component)?)?;
    let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=POLICY_DIGEST={digest}");
    println!("cargo::rustc-env=POLICY_TARGET={target}");
    Ok(())
}

/// Runs a Cargo of its own: the outer one cannot build one package for two targets in one go.
fn build_guest(root: &Path, out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = out.join("guest");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo.args(["build", "--quiet", "--locked", "--package", "crosscloud-policy-plugin", "--lib"]);
    cargo.args(["--profile", "policy", "--target", WASM, "--target-dir"]).arg(&folder);
    // What the outer build was told about compilers and flags is not meant for the guest.
    for name in [
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
        "TARGET",
    ] {
        cargo.env_remove(name);
    }
    // Panic messages carry file names; without the folders of this machine the digest is the same everywhere.
    let mut flags = vec![format!("--remap-path-prefix={}=.", root.display())];
    let user =
        env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(|user| PathBuf::from(user).join(".cargo"));
    if let Some(home) = env::var_os("CARGO_HOME").map(PathBuf::from).or(user) {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    let output = cargo.output().map_err(|error| format!("cargo does not start for the built-in policy: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let missing = text.contains("target may not be installed") || text.contains("can't find crate for `core`");
        let hint =
            if missing { format!("\nThe target is missing: run `rustup target add {WASM}`.") } else { String::new() };
        return Err(format!("the built-in policy does not build:\n{text}{hint}").into());
    }
    Ok(folder.join(WASM).join("policy").join("crosscloud_policy_plugin.wasm"))
}

fn assert_no_imports(engine: &Engine, component: &[u8]) -> Result<(), Box<dyn Error>> {
    let component = Component::from_binary(engine, component)?;
    let imports: Vec<String> = component.component_type().imports(engine).map(|(name, _)| name.to_owned()).collect();
    if imports.is_empty() { Ok(()) } else { Err(format!("the built-in policy imports {}", imports.join(", ")).into()) }
}
