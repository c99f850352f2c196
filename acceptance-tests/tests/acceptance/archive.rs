//! Reads what is in a plan file, which is a zip archive.

use std::fs;
use std::path::Path;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// What begins the entry of a file in the directory at the end.
const ENTRY: &[u8] = b"PK\x01\x02";
const STORED: usize = 0;
const DEFLATED: usize = 8;
/// No plan of a test is larger.
const LIMIT: usize = 64 * 1024 * 1024;

/// All files of the archive, one after the other.
#[track_caller]
pub(crate) fn text_of(path: &Path) -> String {
    let bytes = fs::read(path).expect("there is a plan file");
    let mut text = String::new();
    let mut files = 0;
    let starts = bytes.windows(4).enumerate().filter(|(_, four)| *four == ENTRY).map(|(start, _)| start);
    for start in starts {
        let (method, packed, at) =
            (number(&bytes, start + 10, 2), number(&bytes, start + 20, 4), number(&bytes, start + 42, 4));
        // The file's own header repeats its name and has extras of a length of its own.
        let content = at + 30 + number(&bytes, at + 26, 2) + number(&bytes, at + 28, 2);
        let content = &bytes[content..content + packed];
        let content = match method {
            STORED => content.to_vec(),
            DEFLATED => decompress_to_vec_with_limit(content, LIMIT).expect("the file is packed as zip packs"),
            other => panic!("the file is packed in a way that is not known here: {other}"),
        };
        text.push_str(&String::from_utf8_lossy(&content));
        files += 1;
    }
    assert!(files >= 3 && text.contains("crosscloud_trust"), "a plan holds plan, state and configuration");
    text
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}
