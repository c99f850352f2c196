//! Reading what claims to be a plan, in bounded memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::InputError;

/// Levels of nesting that are read, which is what the JSON reader takes. Plans have some twenty, and three more for each module in a module.
const LEVELS: usize = 127;

/// Bytes that are read at most: some half a million resources.
const BYTES: u64 = 512 << 20;

const CHUNK: usize = 256 << 10;

/// The text of a plan in a file, or from standard input where the path is `-`.
///
/// # Errors
/// [`InputError`] where it cannot be read, or is surely no plan.
pub fn read(path: &Path) -> Result<String, InputError> {
    let unreadable =
        |error: io::Error| InputError::Unreadable { name: path.display().to_string(), reason: error.to_string() };
    if path == Path::new("-") {
        return text_of(io::stdin().lock(), 0).map_err(|error| error.or(unreadable));
    }
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > BYTES {
        return Err(InputError::TooLarge(BYTES));
    }
    text_of(file, length).map_err(|error| error.or(unreadable))
}

/// The text of a plan. It is looked at while it comes, so that hostile nesting is refused before it fills the memory.
///
/// # Errors
/// As [`read`].
pub fn from_reader(reader: impl Read) -> Result<String, InputError> {
    let unreadable =
        |error: io::Error| InputError::Unreadable { name: "the plan".to_owned(), reason: error.to_string() };
    text_of(reader, 0).map_err(|error| error.or(unreadable))
}

/// The text of a plan that is in memory already.
///
/// # Errors
/// As [`read`].
pub fn from_bytes(bytes: Vec<u8>) -> Result<String, InputError> {
    sniff(&bytes)?;
    Guard::default().pass(&bytes)?;
    if bytes.len() as u64 > BYTES {
        return Err(InputError::TooLarge(BYTES));
    }
    text(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String, InputError> {
    String::from_utf8(bytes).map_err(|error| InputError::NotUtf8(error.utf8_error().valid_up_to()))
}

/// What went wrong while reading.
enum Fault {
    Reading(io::Error),
    Input(InputError),
}

impl Fault {
    fn or(self, unreadable: impl FnOnce(io::Error) -> InputError) -> InputError {
        match self {
            Self::Reading(error) => unreadable(error),
            Self::Input(error) => error,
        }
    }
}

fn text_of(mut reader: impl Read, expected: u64) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(BYTES)).unwrap_or_default());
    let mut guard = Guard::default();
    loop {
        let start = bytes.len();
        let read = reader.by_ref().take(CHUNK as u64).read_to_end(&mut bytes).map_err(Fault::Reading)?;
        if start == 0 {
            sniff(&bytes).map_err(Fault::Input)?;
        }
        guard.pass(&bytes[start..]).map_err(Fault::Input)?;
        if bytes.len() as u64 > BYTES {
            return Err(Fault::Input(InputError::TooLarge(BYTES)));
        }
        if read < CHUNK {
            break;
        }
    }
    text(bytes).map_err(Fault::Input)
}

/// Tells common mistakes by how the file begins.
fn sniff(bytes: &[u8]) -> Result<(), InputError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(InputError::Binary);
    }
    let begin = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match begin.first() {
        None => Err(InputError::Empty),
        Some(b'{') => Ok(()),
        Some(byte) if !byte.is_ascii() || *byte == 0 => match std::str::from_utf8(bytes) {
            Err(error) if error.error_len().is_some() => Err(InputError::NotUtf8(error.valid_up_to())),
            _ => Err(InputError::NotAnObject),
        },
        Some(_) => {
            let word: Vec<u8> = begin.iter().copied().take_while(u8::is_ascii_lowercase).collect();
            let blocks: [&[u8]; 8] =
                [b"terraform", b"provider", b"resource", b"data", b"module", b"variable", b"output", b"locals"];
            let comment = begin.starts_with(b"#") || begin.starts_with(b"//");
            if comment || blocks.contains(&word.as_slice()) {
                Err(InputError::Configuration)
            } else {
                Err(InputError::NotAnObject)
            }
        }
    }
}

/// Counts levels of nesting.
#[derive(Default)]
struct Guard {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Guard {
    fn pass(&mut self, bytes: &[u8]) -> Result<(), InputError> {
        for byte in bytes {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => {
                        self.depth += 1;
                        if self.depth > LEVELS {
                            return Err(InputError::TooDeep(LEVELS));
                        }
                    }
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_surely_no_plan_is_named() {
        for (bytes, expected) in [
            (&b""[..], InputError::Empty),
            (b" \n", InputError::Empty),
            (b"PK\x03\x04rest", InputError::Binary),
            (b"resource \"a\" \"b\" {}", InputError::Configuration),
            (b"# a comment\n", InputError::Configuration),
            (b"[]", InputError::NotAnObject),
            (b"No changes.", InputError::NotAnObject),
            (b"\xff\xfe{\0", InputError::NotUtf8(0)),
            (b"{\"a\": \"\xff\"}", InputError::NotUtf8(7)),
        ] {
            assert_eq!(from_reader(bytes), Err(expected), "{bytes:?}");
        }
        assert!(from_reader(&b"\xef\xbb\xbf {}"[..]).is_ok());
    }

    #[test]
    fn nesting_is_refused_before_it_is_read_to_its_end() {
        struct Endless(usize);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let start = self.0;
                self.0 += buffer.len();
                assert!(self.0 < 4 * CHUNK, "read on");
                buffer.fill(b'[');
                if start == 0 {
                    buffer[..5].copy_from_slice(b"{\"a\":");
                }
                Ok(buffer.len())
            }
        }
        assert_eq!(from_reader(Endless(0)), Err(InputError::TooDeep(LEVELS)));
        let text = format!("{{\"a\": \"{}\"}}", "[".repeat(LEVELS + 1));
        assert!(from_reader(text.as_bytes()).is_ok(), "brackets in texts do not count");
    }
}
