//! Keys out of passwords as PKCS#12 makes them, and how much work that may be.

use std::num::NonZeroU32;

use aws_lc_rs::digest::{self, Algorithm};
use zeroize::Zeroizing;

use crate::sign_in::azure::certificate::flaw::Flaw;

/// How many rounds of hashing a file may ask for, all its parts together: some seconds. Those that ask for most, to be slow to guess, ask for
/// less than a million a part.
pub(crate) const ROUNDS: u32 = 10_000_000;

/// The rounds that are left.
pub(crate) struct Rounds(u32);

impl Default for Rounds {
    fn default() -> Self {
        Self(ROUNDS)
    }
}

impl Rounds {
    /// Takes as many rounds as a file asks for.
    pub(crate) fn take(&mut self, wanted: u32) -> Result<NonZeroU32, Flaw> {
        self.0 = self.0.checked_sub(wanted).ok_or(Flaw::Costly)?;
        NonZeroU32::new(wanted).ok_or(Flaw::Malformed)
    }
}

/// A password in the two forms that keys are made of.
pub(crate) struct Password {
    text: Zeroizing<String>,
    /// Big-endian UTF-16 with a zero at its end, for PKCS#12.
    wide: Zeroizing<Vec<u8>>,
}

impl Password {
    pub(crate) fn of(text: &str) -> Self {
        let wide = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
        Self { text: Zeroizing::new(text.to_owned()), wide: Zeroizing::new(wide) }
    }

    /// No password, which has no zero at its end either.
    pub(crate) fn none() -> Self {
        Self { text: Zeroizing::default(), wide: Zeroizing::default() }
    }

    pub(super) fn as_text(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// What a key is for, so that each part of an archive has another.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Vector = 2,
    Seal = 3,
}

/// Makes a key as RFC 7292 says in its appendix B.2.
pub(super) fn derive(
    hash: &'static Algorithm,
    purpose: Purpose,
    password: &Password,
    salt: &[u8],
    rounds: NonZeroU32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let filled =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(bytes.len().next_multiple_of(block)).collect() };
    let mut input = Zeroizing::new([filled(salt), filled(&password.wide)].concat());
    let mut key = Zeroizing::new(Vec::with_capacity(length + hash.output_len()));
    while key.len() < length {
        let first = Zeroizing::new([vec![purpose as u8; block].as_slice(), &input].concat());
        let mut part = digest::digest(hash, &first);
        for _ in 1..rounds.get() {
            part = digest::digest(hash, part.as_ref());
        }
        key.extend_from_slice(part.as_ref());
        let addend: Vec<u8> = part.as_ref().iter().copied().cycle().take(block).collect();
        input.chunks_exact_mut(block).for_each(|chunk| add_and_one(chunk, &addend));
    }
    key.truncate(length);
    key
}

/// Adds a number and one to a number of the same length, both big-endian; what does not fit is dropped.
fn add_and_one(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (digit, add) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*digit) + u16::from(*add) + carry;
        *digit = sum as u8;
        carry = sum >> 8;
    }
}
