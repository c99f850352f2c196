//! The libraries, fetched once with pip and kept in the build folder, and what is read out of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::python::python;

/// The releases that count.
const PACKAGES: &[&str] = &[
    "azure-mgmt-msi==7.1.0",
    "azure-mgmt-authorization==4.0.0",
    "azure-mgmt-containerservice==41.8.0",
    "azure-mgmt-cognitiveservices==14.1.0",
    "azure-mgmt-storage==25.0.0",
    "botocore==1.44.5",
];

/// Reads the names on the wire out of the archives: classes with their members, and AWS's service models as they are.
const EXTRACT: &str = r#"
import ast, glob, gzip, json, sys, zipfile
folder = sys.argv[1]
models = {"aws": {}, "azure": {}}

def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

def members(body):
    found = {}
    for item in body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.value, ast.Call) and getattr(item.value.func, "id", "") == "rest_field":
            named = [text(word.value) for word in item.value.keywords if word.arg == "name"]
            found[named[0] if named else item.target.id] = True
        if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") == "_attribute_map" and isinstance(item.value, ast.Dict):
            for entry in item.value.values:
                for key, value in zip(entry.keys, entry.values):
                    if text(key) == "key":
                        found[text(value)] = True
    return found

for path in glob.glob(folder + "/*.whl"):
    archive = zipfile.ZipFile(path)
    for name in archive.namelist():
        for service, version in (("iam", "2010-05-08"), ("sts", "2011-06-15")):
            if name.startswith(f"botocore/data/{service}/{version}/service-2.json"):
                data = archive.read(name)
                models["aws"][service] = json.loads(gzip.decompress(data) if name.endswith(".gz") else data)
        if name.startswith("azure/mgmt/") and name.rsplit("/", 1)[-1] in ("_models.py", "_models_py3.py"):
            service = name.split("/")[2]
            classes = models["azure"].setdefault(service, {})
            # Later versions come last and win.
            for node in ast.walk(ast.parse(archive.read(name))):
                if isinstance(node, ast.ClassDef):
                    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
                    classes[node.name] = {"members": sorted(members(node.body)), "bases": bases}
json.dump(models, open(folder + "/models.json", "w"))
"#;

/// The models: `aws` by service, `azure` by service and class. The error says why there are none.
pub(crate) fn fetch() -> Result<Value, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vendor-models");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let target = folder.to_string_lossy().into_owned();
    let file = folder.join("models.json");
    let packages = PACKAGES.join(" ");
    let fetched = folder.join("fetched");
    if fs::read_to_string(&fetched).ok().as_deref() != Some(packages.as_str()) {
        let options = ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"];
        let patience = ["--retries", "0", "--timeout", "30", "--dest", &target];
        python(&[options.as_slice(), &patience, PACKAGES].concat())?;
        fs::write(&fetched, packages).map_err(|error| error.to_string())?;
    }
    python(&["-c", EXTRACT, &target])?;
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
