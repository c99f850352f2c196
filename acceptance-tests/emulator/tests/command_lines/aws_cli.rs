//! AWS's own command line: what makes it talk to an emulator and to nothing else. The acceptance tests use it, too.

use std::path::Path;
use std::process::Command;

/// The keys of the emulator's operator.
pub(crate) const OPERATOR: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIAEMULATOROPERATOR"),
    ("AWS_SECRET_ACCESS_KEY", "emulator-secret-access-key-of-the-operator"),
];

/// Points a command at the emulator at `origin`. The user's own configuration has no say: it would lie in `folder`.
pub(crate) fn configure(command: &mut Command, folder: &Path, origin: &str) {
    command.env("AWS_CONFIG_FILE", folder.join("config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", folder.join("credentials"));
    command.env("AWS_ENDPOINT_URL", origin).env("AWS_DEFAULT_REGION", "us-east-1");
    command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
    command.env("AWS_PAGER", "").env("AWS_MAX_ATTEMPTS", "1");
    command.args(["--output", "json"]);
}
