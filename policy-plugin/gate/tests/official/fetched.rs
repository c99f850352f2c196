//! What is fetched: the schema of SARIF, which OASIS publishes and a crate carries, and a validator of JSON Schema.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use libtest_mimic::Failed;
use serde_json::Value;

/// The crate that carries the schema as OASIS publishes it.
const CRATE: &str = "serde-sarif";
const VERSION: &str = "=0.8.0";

/// The validator, and a reader of YAML.
const PACKAGES: [&str; 2] = ["jsonschema==4.26.0", "pyyaml==6.0.3"];

/// YAML as JSON.
const READ: &str = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";

/// Says what is wrong with a document, a line a fault.
const VALIDATE: &str = r#"
import json, sys
from jsonschema.validators import validator_for
schema, document = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
validator = validator_for(schema)
validator.check_schema(schema)
faults = sorted(validator(schema).iter_errors(document), key=lambda fault: list(map(str, fault.path)))
print("\n".join(f"{fault.json_path}: {fault.message[:300]}" for fault in faults))
sys.exit(bool(faults))
"#;

/// A validator, and a schema for it.
pub(crate) struct Validator {
    pub(crate) sarif: PathBuf,
    packages: PathBuf,
    folder: PathBuf,
}

impl Validator {
    /// Fetches what is not there yet. The error says why it cannot be had.
    pub(crate) fn fetch() -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official");
        let packages = folder.join("python").join(PACKAGES.join("+"));
        if !packages.join("yaml").is_dir() {
            let target = packages.display().to_string();
            let options =
                ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "30"];
            run(Command::new("python3").args(options).args(["--target", &target]).args(PACKAGES))?;
        }
        let sarif = schema(&folder.join("crate")).map_err(|error| error.to_string())??;
        Ok(Self { sarif, packages, folder })
    }

    /// Fails with what the schema has against a document.
    pub(crate) fn accepts(&self, schema: &Path, document: &str) -> Result<(), Failed> {
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::write(file.path(), document)?;
        let validator = ["-c", VALIDATE].map(Path::new);
        let mut command = Command::new("python3");
        command.args(validator).args([schema, file.path()]).env("PYTHONPATH", &self.packages);
        run(&mut command).map(drop).map_err(Failed::from)
    }

    /// A document in YAML.
    pub(crate) fn yaml(&self, text: &str) -> Result<Value, Failed> {
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::write(file.path(), text)?;
        let mut command = Command::new("python3");
        command.args(["-c", READ]).env("PYTHONPATH", &self.packages).stdin(fs::File::open(file.path())?);
        Ok(serde_json::from_str(&run(&mut command)?)?)
    }
}

/// Where Cargo has put the crate.
fn schema(folder: &Path) -> io::Result<Result<PathBuf, String>> {
    fs::create_dir_all(folder)?;
    let manifest = format!(
        "[package]\nname = \"schemas\"\nversion = \"0.0.0\"\n[lib]\npath = \"lib.rs\"\n[dependencies]\n{CRATE} = \"{VERSION}\"\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("lib.rs"), "")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = run(Command::new(cargo).args(["metadata", "--quiet", "--format-version", "1"]).current_dir(folder));
    Ok(told.and_then(|told| {
        let metadata: Value = serde_json::from_str(&told).map_err(|error| error.to_string())?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let path = packages.filter(|it| it["name"] == CRATE).find_map(|it| it["manifest_path"].as_str());
        let path = path.ok_or_else(|| format!("cargo does not know {CRATE}"))?;
        Ok(Path::new(path).with_file_name("src").join("schema.json"))
    }))
}

/// What a program prints; where it fails, what it has to say.
fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{printed}{}", said.lines().last().unwrap_or_default()))
}
