//! Certificate and key in PEM, in any order and with whatever stands between them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::contents::Contents;
use super::encryption::{self, Rounds};
use super::flaw::Flaw;
use crate::secret::Secret;

const BEGIN: &str = "-----BEGIN ";

/// Whether a file is meant to be PEM.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|part| part == BEGIN.as_bytes())
}

/// Reads every certificate and key.
pub(super) fn open(bytes: &[u8], password: Option<&Secret>) -> Result<Contents, Flaw> {
    // What stands between the blocks may be in any encoding.
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let mut contents = Contents::default();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix(BEGIN).and_then(|line| line.strip_suffix("-----")) else { continue };
        let end = format!("-----END {label}-----");
        let body = Zeroizing::new(lines.by_ref().take_while(|line| *line != end).collect::<String>());
        let decoded = || match STANDARD.decode(body.as_bytes()) {
            Ok(der) => Ok(Zeroizing::new(der)),
            Err(_) if body.contains("ENCRYPTED") => Err(Flaw::OldEncryption),
            Err(_) => Err(Flaw::Malformed),
        };
        match label {
            "CERTIFICATE" => contents.add_certificate(&decoded()?),
            "RSA PRIVATE KEY" => contents.add_rsa(decoded()?),
            "PRIVATE KEY" => contents.add_key(&decoded()?)?,
            "ENCRYPTED PRIVATE KEY" => {
                let Some(password) = password else { return Err(Flaw::NoPassword) };
                let password = encryption::Password::of(password.expose());
                let key = encryption::open_key(&decoded()?, &password, &mut Rounds::default())?;
                contents.add_key(&key).map_err(Flaw::of_garbled)?;
            }
            _ if label.ends_with("PRIVATE KEY") => contents.add_other(),
            _ => {}
        }
    }
    Ok(contents)
}
