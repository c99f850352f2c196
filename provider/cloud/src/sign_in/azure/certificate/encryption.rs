//! Encryption with a password: the schemes of PKCS#5 (RFC 8018), which programs use today, and those of PKCS#12 itself, which they used before.

mod derivation;

use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::{digest, hmac, pbkdf2};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipher, BlockDecryptMut, InnerIvInit as _, InvalidLength, KeyInit as _};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Reader, SliceReader};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

pub(super) use self::derivation::{Password, ROUNDS, Rounds};
use self::derivation::{Purpose, derive};
use super::flaw::Flaw;

type Oid = ObjectIdentifier;

const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");
const SHA256: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.3");
const HMAC_SHA1: Oid = Oid::new_unwrap("1.2.840.113549.2.7");
const HMAC_SHA256: Oid = Oid::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: Oid = Oid::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: Oid = Oid::new_unwrap("1.2.840.113549.2.11");
const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.12");
const AES_128_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.42");
const DES_EDE3_CBC: Oid = Oid::new_unwrap("1.2.840.113549.3.7");
const PBE_DES_EDE3: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.3");
const PBE_DES_EDE2: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.4");
const PBE_RC2_128: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.5");
const PBE_RC2_40: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.6");

/// An algorithm and what goes with it.
pub(super) struct AlgorithmId<'a> {
    pub(super) id: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
}

impl<'a> AlgorithmId<'a> {
    pub(super) fn decode(reader: &mut impl Reader<'a>) -> Result<Self, Flaw> {
        reader.sequence(|algorithm| {
            let id = ObjectIdentifier::decode(algorithm)?;
            let parameters = if algorithm.is_finished() { None } else { Some(AnyRef::decode(algorithm)?) };
            Ok(Self { id, parameters })
        })
    }

    fn parameters<T>(&self, read: impl FnOnce(&mut SliceReader<'a>) -> Result<T, Flaw>) -> Result<T, Flaw> {
        self.parameters.ok_or(Flaw::Malformed)?.sequence(read)
    }
}

/// Opens a key that is encrypted by itself, in the form of PKCS#8.
pub(super) fn open_key(key: &[u8], password: &Password, rounds: &mut Rounds) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    SliceReader::new(key)?.sequence(|key| {
        let algorithm = AlgorithmId::decode(key)?;
        decrypt(&algorithm, <&OctetStringRef>::decode(key)?.as_bytes(), password, rounds)
    })
}

/// The key that an archive is sealed with.
pub(super) fn seal_key(
    algorithm: ObjectIdentifier,
    password: &Password,
    salt: &[u8],
    wanted: u32,
    rounds: &mut Rounds,
) -> Result<hmac::Key, Flaw> {
    let hmac = match algorithm {
        SHA1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        SHA256 => hmac::HMAC_SHA256,
        SHA384 => hmac::HMAC_SHA384,
        SHA512 => hmac::HMAC_SHA512,
        id => return Err(Flaw::Unsupported { what: "seal's algorithm", id }),
    };
    let hash = hmac.digest_algorithm();
    let key = derive(hash, Purpose::Seal, password, salt, rounds.take(wanted)?, hash.output_len());
    Ok(hmac::Key::new(hmac, &key))
}

/// Decrypts what a password encrypts.
pub(super) fn decrypt(
    algorithm: &AlgorithmId<'_>,
    bytes: &[u8],
    password: &Password,
    rounds: &mut Rounds,
) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let (key_length, id) = match algorithm.id {
        PBES2 => return modern(algorithm, bytes, password, rounds),
        id @ PBE_DES_EDE3 => (24, id),
        id @ (PBE_DES_EDE2 | PBE_RC2_128) => (16, id),
        id @ PBE_RC2_40 => (5, id),
        id => return Err(Flaw::Unsupported { what: "encryption", id }),
    };
    let (salt, wanted) = algorithm
        .parameters(|parameters| Ok((<&OctetStringRef>::decode(parameters)?.as_bytes(), u32::decode(parameters)?)))?;
    let mut derived = |purpose, length| {
        let wanted = rounds.take(wanted)?;
        Ok::<_, Flaw>(derive(&digest::SHA1_FOR_LEGACY_USE_ONLY, purpose, password, salt, wanted, length))
    };
    let (key, iv) = (derived(Purpose::Key, key_length)?, derived(Purpose::Vector, 8)?);
    match id {
        PBE_DES_EDE3 => unchained(TdesEde3::new_from_slice(&key), &iv, bytes),
        PBE_DES_EDE2 => unchained(TdesEde2::new_from_slice(&key), &iv, bytes),
        _ => unchained(Ok(Rc2::new_with_eff_key_len(&key, key.len() * 8)), &iv, bytes),
    }
}

/// The second scheme of PKCS#5: a key from PBKDF2, and any cipher.
fn modern(
    algorithm: &AlgorithmId<'_>,
    bytes: &[u8],
    password: &Password,
    rounds: &mut Rounds,
) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let (derivation, cipher) =
        algorithm.parameters(|both| Ok((AlgorithmId::decode(both)?, AlgorithmId::decode(both)?)))?;
    if derivation.id != PBKDF2 {
        return Err(Flaw::Unsupported { what: "key's derivation", id: derivation.id });
    }
    let (salt, wanted, hash) = derivation.parameters(|parameters| {
        let salt = <&OctetStringRef>::decode(parameters)?.as_bytes();
        let wanted = u32::decode(parameters)?;
        // The length of the key follows from the cipher, too.
        parameters.decode::<Option<u32>>()?;
        let hash = if parameters.is_finished() { HMAC_SHA1 } else { AlgorithmId::decode(parameters)?.id };
        Ok((salt, wanted, hash))
    })?;
    let hash = match hash {
        HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        id => return Err(Flaw::Unsupported { what: "key's derivation", id }),
    };
    let iv = cipher.parameters.ok_or(Flaw::Malformed)?.decode_as::<&OctetStringRef>()?.as_bytes();
    let (aes, key_length) = match cipher.id {
        AES_128_CBC => (Some(&AES_128), 16),
        AES_192_CBC => (Some(&AES_192), 24),
        AES_256_CBC => (Some(&AES_256), 32),
        DES_EDE3_CBC => (None, 24),
        id => return Err(Flaw::Unsupported { what: "encryption", id }),
    };
    let mut key = Zeroizing::new(vec![0; key_length]);
    pbkdf2::derive(hash, rounds.take(wanted)?, salt, password.as_text(), &mut key);
    let Some(aes) = aes else { return unchained(TdesEde3::new_from_slice(&key), iv, bytes) };
    let iv: [u8; 16] = iv.try_into().map_err(|_| Flaw::Malformed)?;
    let mut text = Zeroizing::new(bytes.to_vec());
    let length = UnboundCipherKey::new(aes, &key)
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .and_then(|key| key.decrypt(&mut text, DecryptionContext::Iv128(iv.into())).map(|text| text.len()))
        .map_err(|_| Flaw::WrongPassword)?;
    text.truncate(length);
    Ok(text)
}

/// Decrypts blocks that are chained, with one of the ciphers that aws-lc-rs does not have.
fn unchained<C: BlockCipher + BlockDecryptMut>(
    cipher: Result<C, InvalidLength>,
    iv: &[u8],
    bytes: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let cipher = cipher.map_err(|_| Flaw::Malformed)?;
    let chain = cbc::Decryptor::inner_iv_slice_init(cipher, iv).map_err(|_| Flaw::Malformed)?;
    let mut text = Zeroizing::new(bytes.to_vec());
    let length = chain.decrypt_padded_mut::<Pkcs7>(&mut text).map_err(|_| Flaw::WrongPassword)?.len();
    text.truncate(length);
    Ok(text)
}
