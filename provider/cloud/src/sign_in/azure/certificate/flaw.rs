//! What can be wrong with a file of certificate and key. None of it says what is in the file.

use der::ErrorKind;
use der::asn1::ObjectIdentifier;

use super::encryption::ROUNDS;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum Flaw {
    /// Another kind of file.
    #[error("it is neither a PKCS#12 archive nor PEM")]
    Foreign,
    /// The end is missing.
    #[error("it is cut off, or damaged")]
    Truncated,
    /// The bytes do not mean anything.
    #[error("it is damaged, or no PKCS#12 archive that can be read")]
    Malformed,
    /// The older encoding, of lengths that are not told beforehand.
    #[error(
        "it is written in BER; `openssl pkcs12 -in FILE -nodes | openssl pkcs12 -export -out NEW` writes it in DER"
    )]
    Indefinite,
    /// The password that is set opens something else.
    #[error(
        "its password is not the one that `client_certificate_password` or ARM_CLIENT_CERTIFICATE_PASSWORD says, or it is damaged"
    )]
    WrongPassword,
    /// No password is set, and without one it does not open.
    #[error("it is encrypted, and neither `client_certificate_password` nor ARM_CLIENT_CERTIFICATE_PASSWORD is set")]
    NoPassword,
    /// A PEM file is encrypted in a way that came before PKCS#8.
    #[error("its key is encrypted as OpenSSL did long ago; `openssl pkey -in FILE -aes256` writes it anew")]
    OldEncryption,
    /// It would keep the machine busy.
    #[error(
        "opening it takes more than {ROUNDS} rounds of hashing; export it again with fewer, such as OpenSSL's 2048"
    )]
    Costly,
    /// It was made in a way that hardly anybody uses.
    #[error("its {what} is {id}, which is not read; `openssl pkcs12 -export` makes an archive that is")]
    Unsupported {
        /// What the algorithm does for the archive.
        what: &'static str,
        /// The algorithm.
        id: ObjectIdentifier,
    },
    /// Certificates only.
    #[error("there is no private key in it; export it together with its key")]
    NoKey,
    /// A key only.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// A key that Entra's assertions are not signed with.
    #[error("its private key is not an RSA key of 2048 to 8192 bits that can be read")]
    NotRsa,
    /// Certificates of others, such as those of the authorities alone.
    #[error("none of the certificates in it, {0} in number, is the one of its private key")]
    Unrelated(usize),
}

impl From<der::Error> for Flaw {
    fn from(error: der::Error) -> Self {
        match error.kind() {
            ErrorKind::Incomplete { .. } => Flaw::Truncated,
            ErrorKind::IndefiniteLength => Flaw::Indefinite,
            _ => Flaw::Malformed,
        }
    }
}

impl Flaw {
    /// What it is when bytes that a password opened mean nothing: most likely, that password did not open them.
    pub(super) fn of_garbled(self) -> Self {
        match self {
            Flaw::Truncated | Flaw::Malformed | Flaw::Indefinite => Flaw::WrongPassword,
            other => other,
        }
    }
}
