//! Writing files so that a reader finds the old contents or the new ones, and never a half of either.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::error::GateError;

/// Puts a text into a file, in one step.
///
/// # Errors
/// [`GateError::Output`] with what the system said; the file is as it was before.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), GateError> {
    place(path, text).map_err(|error| GateError::Output { what: path.display().to_string(), reason: error.to_string() })
}

fn place(path: &Path, text: &str) -> io::Result<()> {
    // What is no file of its own, such as a pipe, cannot be replaced.
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    let Some(name) = path.file_name() else { return Err(io::ErrorKind::IsADirectory.into()) };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(hidden);
    let written = fs::File::create(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&part, path));
    if placed.is_err() {
        let _ = fs::remove_file(&part);
    }
    placed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_or_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        write(&file, "old").unwrap();
        write(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        assert!(write(&folder.path().join("nowhere/report.json"), "x").is_err());
        assert!(write(folder.path(), "x").is_err());
    }
}
