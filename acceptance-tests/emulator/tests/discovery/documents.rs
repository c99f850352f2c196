//! The discovery documents, fetched once with pip and kept in the build folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::python::python;

/// The release of Google's Python client whose documents count.
const CLIENT: &str = "google-api-python-client==2.202.0";

/// Documents by API and version, such as `iam.v1`.
const NAMES: &[&str] = &[
    "accesscontextmanager.v1",
    "aiplatform.v1",
    "aiplatform.v1beta1",
    "cloudkms.v1",
    "cloudresourcemanager.v1",
    "cloudresourcemanager.v3",
    "iam.v1",
    "iamcredentials.v1",
    "serviceusage.v1",
    "serviceusage.v1beta1",
    "storage.v1",
    "storagetransfer.v1",
    "sts.v1",
];

/// Takes the documents out of the package, which is an archive.
const EXTRACT: &str = "
import glob, sys, zipfile
folder = sys.argv[1]
archive = zipfile.ZipFile(glob.glob(folder + '/*.whl')[0])
for name in sys.argv[2:]:
    text = archive.read('googleapiclient/discovery_cache/documents/' + name + '.json')
    open(folder + '/' + name + '.json', 'wb').write(text)
";

/// All of them.
#[derive(Debug)]
pub(crate) struct Documents {
    by_name: BTreeMap<&'static str, Value>,
}

impl Documents {
    /// Reads them, and fetches them first where they are not there yet. The error says why that failed.
    pub(crate) fn fetch() -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("google-discovery").join(CLIENT.replace("==", "-"));
        let complete = NAMES.iter().all(|name| folder.join(format!("{name}.json")).is_file());
        if !complete {
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            let target = folder.to_string_lossy().into_owned();
            let options = ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"];
            let patience = ["--retries", "0", "--timeout", "20", "--dest", &target, CLIENT];
            python(&[options.as_slice(), &patience].concat())?;
            python(&[&["-c", EXTRACT, &target], NAMES].concat())?;
        }
        let by_name = NAMES.iter().map(|name| {
            let text = fs::read_to_string(folder.join(format!("{name}.json"))).map_err(|error| error.to_string())?;
            Ok((*name, serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?))
        });
        Ok(Self { by_name: by_name.collect::<Result<_, String>>()? })
    }

    /// One document.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.by_name.get(name)
    }

    /// The documents of one service, such as `iam.googleapis.com`.
    pub(crate) fn of_service(&self, service: &str) -> Vec<&Value> {
        let prefix = service.replace(".googleapis.com", ".");
        self.by_name.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(_, document)| document).collect()
    }
}
