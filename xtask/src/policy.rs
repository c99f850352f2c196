//! `cargo xtask policy`: a policy of one's own, from the template to the file that a configuration pins.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::process::{self, Failure, Outcome};
use crate::{prerequisites, workspace};

const WASM: &str = "wasm32-unknown-unknown";

/// The template's files. They are a crate that builds as it stands.
const TEMPLATE: [(&str, &str); 3] = [
    ("Cargo.toml", include_str!("../../policy-plugin/sdk/template/Cargo.toml")),
    ("README.md", include_str!("../../policy-plugin/sdk/template/README.md")),
    ("src/lib.rs", include_str!("../../policy-plugin/sdk/template/src/lib.rs")),
];

/// Files of this clone that go along: with the same compiler and dependencies a policy builds as the built-in one does.
const ALONG: [&str; 2] = ["Cargo.lock", "rust-toolchain.toml"];

/// Writes a policy crate called `name` into `directory`, by default a folder of that name.
pub(crate) fn new(name: &str, directory: Option<&str>) -> Result<Outcome, Failure> {
    check_name(name)?;
    let folder = PathBuf::from(directory.unwrap_or(name));
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::new(format!("{} exists and is not empty", folder.display())));
    }
    for (file, text) in TEMPLATE {
        write(&folder.join(file), &filled_in(text, name))?;
    }
    for file in ALONG {
        let from = workspace::root().join(file);
        let text = std::fs::read_to_string(&from).map_err(|error| Failure::io("read", &from, &error))?;
        write(&folder.join(file), &text)?;
    }
    write(&folder.join(".gitignore"), "/target\n")?;
    println!(
        "{} is a policy with one rule. Its README says how to go on; in this clone:\n\n  cargo xtask policy build {}",
        folder.display(),
        folder.display()
    );
    Ok(Outcome::Good)
}

/// Builds the policy in `directory` and prints what a provider block says of it.
pub(crate) fn build(directory: &str) -> Result<Outcome, Failure> {
    prerequisites::add_wasm_target()?;
    let folder = Path::new(directory);
    if !folder.join("Cargo.toml").is_file() {
        return Err(Failure::new(format!("{directory} holds no Cargo.toml"))
            .hint("Name the folder of a policy, or make one: cargo xtask policy new NAME"));
    }
    let mut cargo =
        process::cargo(&["build", "--release", "--target", WASM, "--message-format=json-render-diagnostics"]);
    let mut module = None;
    if !process::stream(cargo.current_dir(folder), |line| module = wasm(line).or(module.take()))? {
        return Err(Failure::new("the policy does not build; the compiler's messages are above"));
    }
    let module = module.ok_or_else(|| {
        Failure::new(format!("{directory} builds no WebAssembly"))
            .hint("Its Cargo.toml needs: crate-type = [\"cdylib\", \"rlib\"]")
    })?;
    let bytes = std::fs::read(&module).map_err(|error| Failure::io("read", &module, &error))?;
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("path   = {:?}\nsha256 = \"{digest}\"", module.display().to_string());
    Ok(Outcome::Good)
}

/// The module that one of Cargo's JSON messages names.
fn wasm(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let files = message["filenames"].as_array()?;
    files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}

/// The template's text with the policy's name and the place of the SDK. The text that stands for them is what the template itself builds with.
fn filled_in(text: &str, name: &str) -> String {
    let sdk = workspace::root().join("policy-plugin").join("sdk");
    text.replace("policy-template", name)
        .replace("policy_template", &name.replace('-', "_"))
        .replace("path = \"..\"", &format!("path = {:?}", sdk.display().to_string()))
}

/// Cargo would refuse other names too, but only once everything is written.
fn check_name(name: &str) -> Result<(), Failure> {
    let good = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if good {
        return Ok(());
    }
    Err(Failure::new(format!("`{name}` cannot be the name of a policy"))
        .hint("Take lower-case letters, digits and hyphens, a letter first. Ids of its rules begin with it."))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    }
    std::fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_template_is_copied() {
        let folder = workspace::root().join("policy-plugin/sdk/template");
        let mut files = Vec::new();
        for at in [folder.clone(), folder.join("src")] {
            let entries = at.read_dir().expect("the template is there").flatten();
            files.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
        }
        let left_out = |path: &&PathBuf| !TEMPLATE.iter().any(|(file, _)| **path == folder.join(file));
        // Building the template in place makes a lock file; it is not part of it.
        files.retain(|path| !path.ends_with("Cargo.lock"));
        assert_eq!(files.iter().find(left_out), None);
    }

    #[test]
    fn nothing_of_the_template_is_left() {
        for (file, text) in TEMPLATE {
            let text = filled_in(text, "acme-rules");
            assert!(!text.contains("policy-template") && !text.contains("policy_template"), "{file}");
            assert!(!text.contains("\"..\""), "{file}");
        }
    }

    #[test]
    fn names_are_those_of_crates() {
        assert!(check_name("acme-rules2").is_ok());
        assert!(["", "Acme", "2acme", "acme_rules", "../acme"].iter().all(|name| check_name(name).is_err()));
    }

    #[test]
    fn modules_are_found_in_the_messages() {
        let message = r#"{"reason":"compiler-artifact","filenames":["/x/libacme.rlib","/x/acme.wasm"]}"#;
        assert_eq!(wasm(message), Some("/x/acme.wasm".into()));
        assert_eq!(wasm(&message.replace(".wasm", ".so")), None);
    }
}
