//! Builds the built-in policy and the interpreter of Rego, from source, into code for the target: Rust to WebAssembly, to a component, to machine
//! code.

use std::env;
use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use wasmtime::Engine;

#[path = "src/engine.rs"]
mod engine;

const WASM: &str = "wasm32-unknown-unknown";

/// Effort of packing; more takes long and saves little.
const PACKING: u8 = 9;

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
        "policy-plugin/rego/Cargo.toml",
        "policy-plugin/rego/src",
        "policy-plugin/sdk/Cargo.toml",
        "policy-plugin/sdk/src",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine.rs");

    let policy = Guest { package: "crosscloud-policy-plugin", name: "policy" };
    policy.build(&root, &out)?.precompile(&Engine::new(&engine::config(&target)?)?, &out)?;
    let rego = Guest { package: "crosscloud-policy-rego", name: "rego" };
    let code = rego.build(&root, &out)?.precompile(&Engine::new(&engine::module_config(&target)?)?, &out)?;
    fs::write(out.join("rego.cwasm.deflate"), miniz_oxide::deflate::compress_to_vec(&fs::read(code)?, PACKING))?;
    println!("cargo::rustc-env=POLICY_TARGET={target}");
    Ok(())
}

/// What runs in the sandbox.
struct Guest {
    /// Its package.
    package: &'static str,
    /// What its files and its digest are called.
    name: &'static str,
}

/// A component without imports.
struct Component {
    name: &'static str,
    bytes: Vec<u8>,
    digest: String,
}

impl Guest {
    fn build(&self, root: &Path, out: &Path) -> Result<Component, Box<dyn Error>> {
        let module = fs::read(self.compile(root, out)?)?;
        let bytes = wit_component::ComponentEncoder::default()
            .module(&module)
            .and_then(|encoder| encoder.validate(true).encode())
            .map_err(|error| format!("{} does not become a component: {error:#}", self.package))?;
        self.assert_no_imports(&bytes)?;
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        println!("cargo::rustc-env={}_DIGEST={digest}", self.name.to_uppercase());
        Ok(Component { name: self.name, bytes, digest })
    }

    /// Runs a Cargo of its own: the outer one cannot build one package for two targets in one go.
    fn compile(&self, root: &Path, out: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let package = self.package;
        let folder = out.join("guest");
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(root);
        cargo.args(["build", "--quiet", "--locked", "--package", package, "--lib"]);
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
        let output = cargo.output().map_err(|error| format!("cargo does not start for {package}: {error}"))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let missing = text.contains("target may not be installed") || text.contains("can't find crate for `core`");
            let hint = if missing {
                format!("\nThe target is missing: run `rustup target add {WASM}`.")
            } else {
                String::new()
            };
            return Err(format!("{package} does not build:\n{text}{hint}").into());
        }
        Ok(folder.join(WASM).join("policy").join(format!("{}.wasm", package.replace('-', "_"))))
    }

    fn assert_no_imports(&self, component: &[u8]) -> Result<(), Box<dyn Error>> {
        let decoded = wit_component::decode(component).map_err(|error| format!("{}: {error:#}", self.package))?;
        let wit_component::DecodedWasm::Component(resolve, world) = decoded else {
            return Err(format!("{} is no component", self.package).into());
        };
        let imports: Vec<String> =
            resolve.worlds[world].imports.keys().map(|import| resolve.name_world_key(import)).collect();
        if imports.is_empty() {
            return Ok(());
        }
        Err(format!("{} imports {}", self.package, imports.join(", ")).into())
    }
}

impl Component {
    /// Writes the machine code, which takes seconds to make and is kept as long as component and compiler stay the same.
    fn precompile(&self, engine: &Engine, out: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let mut compiler = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut compiler);
        let made_from = format!("{} {:x}", self.digest, compiler.finish());
        let (code, note) = (out.join(format!("{}.cwasm", self.name)), out.join(format!("{}.made-from", self.name)));
        if !code.is_file() || fs::read_to_string(&note).ok().as_ref() != Some(&made_from) {
            fs::write(&code, engine.precompile_component(&self.bytes)?)?;
            fs::write(&note, made_from)?;
        }
        Ok(code)
    }
}
