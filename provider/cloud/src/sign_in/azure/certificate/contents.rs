//! What a file holds, and which of its certificates belongs to which of its keys.

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use der::asn1::{AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Reader, SliceReader, TagNumber};
use zeroize::Zeroizing;

use super::encryption::AlgorithmId;
use super::flaw::Flaw;

/// `rsaEncryption`.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The keys and certificates of a file.
#[derive(Default)]
pub(super) struct Contents {
    /// RSA keys in the form of PKCS#1.
    rsa: Vec<Zeroizing<Vec<u8>>>,
    /// Whether there is a key of another kind.
    others: bool,
    /// Certificates in DER.
    certificates: Vec<Vec<u8>>,
}

impl Contents {
    pub(super) fn add_certificate(&mut self, der: &[u8]) {
        self.certificates.push(der.to_vec());
    }

    /// Adds a key in the form of PKCS#1.
    pub(super) fn add_rsa(&mut self, der: Zeroizing<Vec<u8>>) {
        self.rsa.push(der);
    }

    /// Adds a key that signs nothing here.
    pub(super) fn add_other(&mut self) {
        self.others = true;
    }

    /// Adds a key in the form of PKCS#8.
    pub(super) fn add_key(&mut self, der: &[u8]) -> Result<(), Flaw> {
        let (kind, key) = SliceReader::new(der)?.sequence(|key| {
            u8::decode(key)?;
            let kind = AlgorithmId::decode(key)?.id;
            let inner = <&OctetStringRef>::decode(key)?;
            skip_rest(key)?;
            Ok::<_, Flaw>((kind, Zeroizing::new(inner.as_bytes().to_vec())))
        })?;
        if kind == RSA {
            self.add_rsa(key)
        } else {
            self.add_other()
        }
        Ok(())
    }

    /// The first key that has a certificate, and that certificate. An archive often holds those of the authorities, too, in any order.
    pub(super) fn pair(self) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Flaw> {
        if self.rsa.is_empty() {
            return Err(if self.others { Flaw::NotRsa } else { Flaw::NoKey });
        }
        if self.certificates.is_empty() {
            return Err(Flaw::NoCertificate);
        }
        for key in self.rsa {
            let pair = KeyPair::from_der(&key).map_err(|_| Flaw::NotRsa)?;
            let public = pair.public_key().as_ref();
            let own = |certificate: &&Vec<u8>| public_key(certificate).is_ok_and(|key| key == public);
            if let Some(certificate) = self.certificates.iter().find(own) {
                return Ok((key, certificate.clone()));
            }
        }
        Err(Flaw::Unrelated(self.certificates.len()))
    }
}

/// Passes over what is left of a sequence.
pub(super) fn skip_rest<'a>(reader: &mut impl Reader<'a>) -> Result<(), der::Error> {
    while !reader.is_finished() {
        AnyRef::decode(reader)?;
    }
    Ok(())
}

/// The public key that an X.509 certificate vouches for; an RSA key is there as `RSAPublicKey`.
fn public_key(certificate: &[u8]) -> Result<&[u8], der::Error> {
    SliceReader::new(certificate)?.sequence(|certificate| {
        let key = certificate.sequence(|body| {
            ContextSpecific::<u8>::decode_explicit(body, TagNumber(0))?;
            // Serial number, signature algorithm, issuer, validity and subject.
            for _ in 0..5 {
                AnyRef::decode(body)?;
            }
            let key = body.sequence(|key| {
                AnyRef::decode(key)?;
                BitStringRef::decode(key)
            })?;
            skip_rest(body)?;
            Ok::<_, der::Error>(key.raw_bytes())
        })?;
        skip_rest(certificate)?;
        Ok(key)
    })
}
