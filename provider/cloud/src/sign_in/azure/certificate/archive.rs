//! PKCS#12 archives (RFC 7292), as OpenSSL, Windows and Azure Key Vault write them.
//!
//! An archive is a list of safes, each of which may be encrypted, and a safe is a list of bags, each of which is a key, encrypted or not, or a
//! certificate. Their nesting is fixed, so that reading one needs no recursion, however hostile it is.

use aws_lc_rs::hmac;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Reader, SliceReader, Tag, TagMode, TagNumber, Tagged as _};
use zeroize::Zeroizing;

use super::contents::{Contents, skip_rest};
use super::encryption::{self, AlgorithmId, Password, Rounds};
use super::flaw::Flaw;
use crate::secret::Secret;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const ENCRYPTED_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");

/// The byte that every archive begins with.
const SEQUENCE: u8 = 0x30;

/// Opens an archive.
pub(super) fn open(bytes: &[u8], password: Option<&Secret>) -> Result<Contents, Flaw> {
    let archive = Archive::read(bytes)?;
    let mut rounds = Rounds::default();
    match password.map(Secret::expose).filter(|password| !password.is_empty()) {
        Some(password) => archive.contents(&Password::of(password), &mut rounds),
        // Programs do not agree on what the empty password is, nor whether it is the same as none.
        None => match archive.contents(&Password::of(""), &mut rounds) {
            Err(Flaw::WrongPassword) => match archive.contents(&Password::none(), &mut rounds) {
                Err(Flaw::WrongPassword) => Err(Flaw::NoPassword),
                result => result,
            },
            result => result,
        },
    }
}

/// The outermost layer: the safes, and what shows that nobody without the password has changed them.
struct Archive<'a> {
    safes: &'a [u8],
    seal: Option<Seal<'a>>,
}

struct Seal<'a> {
    algorithm: ObjectIdentifier,
    value: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

impl<'a> Archive<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Flaw> {
        if bytes.first() != Some(&SEQUENCE) {
            return Err(Flaw::Foreign);
        }
        SliceReader::new(bytes)?.sequence(|archive| {
            u8::decode(archive)?;
            let (kind, safes) = archive.sequence(content)?;
            if kind != DATA {
                return Err(Flaw::Unsupported { what: "seal", id: kind });
            }
            let seal = if archive.is_finished() { None } else { Some(Seal::read(archive)?) };
            Ok(Self { safes: octets(safes)?, seal })
        })
    }

    fn contents(&self, password: &Password, rounds: &mut Rounds) -> Result<Contents, Flaw> {
        if let Some(seal) = &self.seal {
            seal.check(self.safes, password, rounds)?;
        }
        let mut contents = Contents::default();
        SliceReader::new(self.safes)?.sequence(|safes| {
            while !safes.is_finished() {
                match safes.sequence(content)? {
                    (DATA, safe) => bags(octets(safe)?, password, rounds, &mut contents)?,
                    (ENCRYPTED_DATA, safe) => {
                        let safe = opened(safe, password, rounds)?;
                        bags(&safe, password, rounds, &mut contents).map_err(Flaw::of_garbled)?;
                    }
                    (id, _) => return Err(Flaw::Unsupported { what: "encryption", id }),
                }
            }
            Ok(())
        })?;
        Ok(contents)
    }
}

impl<'a> Seal<'a> {
    fn read(reader: &mut impl Reader<'a>) -> Result<Self, Flaw> {
        reader.sequence(|seal| {
            let (algorithm, value) = seal.sequence(|digest| {
                let algorithm = AlgorithmId::decode(digest)?.id;
                Ok::<_, Flaw>((algorithm, <&OctetStringRef>::decode(digest)?.as_bytes()))
            })?;
            let salt = <&OctetStringRef>::decode(seal)?.as_bytes();
            let rounds = seal.decode::<Option<u32>>()?.unwrap_or(1);
            Ok(Self { algorithm, value, salt, rounds })
        })
    }

    fn check(&self, safes: &[u8], password: &Password, rounds: &mut Rounds) -> Result<(), Flaw> {
        let key = encryption::seal_key(self.algorithm, password, self.salt, self.rounds, rounds)?;
        hmac::verify(&key, safes, self.value).map_err(|_| Flaw::WrongPassword)
    }
}

/// Decrypts a safe.
fn opened(safe: &[u8], password: &Password, rounds: &mut Rounds) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    SliceReader::new(safe)?.sequence(|data| {
        u8::decode(data)?;
        let bytes = data.sequence(|inner| {
            let _kind: ObjectIdentifier = inner.decode()?;
            let algorithm = AlgorithmId::decode(inner)?;
            let bytes = inner.context_specific::<&OctetStringRef>(TagNumber(0), TagMode::Implicit)?;
            encryption::decrypt(&algorithm, bytes.ok_or(Flaw::Malformed)?.as_bytes(), password, rounds)
        })?;
        skip_rest(data)?;
        Ok(bytes)
    })
}

/// Takes keys and certificates out of a safe's bags. Bags of other kinds, such as revocation lists, are of no use here.
fn bags(safe: &[u8], password: &Password, rounds: &mut Rounds, contents: &mut Contents) -> Result<(), Flaw> {
    SliceReader::new(safe)?.sequence(|bags| {
        while !bags.is_finished() {
            let (kind, value) = bags.sequence(|bag| {
                let content = content(bag)?;
                skip_rest(bag)?;
                Ok::<_, Flaw>(content)
            })?;
            match kind {
                KEY => contents.add_key(value)?,
                ENCRYPTED_KEY => {
                    let key = encryption::open_key(value, password, rounds)?;
                    contents.add_key(&key).map_err(Flaw::of_garbled)?;
                }
                CERTIFICATE => {
                    let (kind, certificate) = SliceReader::new(value)?.sequence(content)?;
                    if kind == X509 {
                        contents.add_certificate(octets(certificate)?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    })
}

/// The kind of something, and what it is, still in its own encoding: the shape that PKCS#12 has at every layer.
fn content<'a>(reader: &mut impl Reader<'a>) -> Result<(ObjectIdentifier, &'a [u8]), Flaw> {
    let kind = ObjectIdentifier::decode(reader)?;
    let wrapper = AnyRef::decode(reader)?;
    if wrapper.tag() != (Tag::ContextSpecific { constructed: true, number: TagNumber(0) }) {
        return Err(Flaw::Malformed);
    }
    Ok((kind, wrapper.value()))
}

fn octets(bytes: &[u8]) -> Result<&[u8], Flaw> {
    Ok(<&OctetStringRef>::from_der(bytes)?.as_bytes())
}
