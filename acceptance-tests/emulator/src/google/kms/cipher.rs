//! Encryption and decryption with a key: really done, so that what was encrypted with another key or version does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::keys::{self, Key};
use super::versions::{State, Version};
use super::{authorised, body};
use crate::google::refusal::{invalid, invalid_with_violation, precondition};
use crate::google::schema::{Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::world::World;

/// The body of `encrypt`.
pub(crate) const ENCRYPT: &[Field] = &[
    Field("plaintext", Kind::Bytes),
    Field("additionalAuthenticatedData", Kind::Bytes),
    Field("plaintextCrc32c", Kind::Long),
    Field("additionalAuthenticatedDataCrc32c", Kind::Long),
];
/// The body of `decrypt`.
pub(crate) const DECRYPT: &[Field] = &[
    Field("ciphertext", Kind::Bytes),
    Field("additionalAuthenticatedData", Kind::Bytes),
    Field("ciphertextCrc32c", Kind::Long),
    Field("additionalAuthenticatedDataCrc32c", Kind::Long),
];

const LIMIT: usize = 64 * 1024;
const NONCE: usize = 12;

/// `cryptoKeys.encrypt`, with the primary version.
pub(super) fn encrypt(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeyVersions.useToEncrypt")?;
    let body = body(call, ENCRYPT, "")?;
    let plaintext = bytes(&body, "plaintext");
    let authenticated = bytes(&body, "additionalAuthenticatedData");
    if plaintext.is_empty() || plaintext.len() > LIMIT || authenticated.len() > LIMIT {
        return Err(invalid_with_violation("plaintext", "The plaintext must have between 1 byte and 64 KiB."));
    }
    let verified = checked_sum(&body, "plaintextCrc32c", &plaintext)?;
    let verified_data = checked_sum(&body, "additionalAuthenticatedDataCrc32c", &authenticated)?;
    let key = symmetric(world, &name)?;
    let Some(version) = key.primary() else {
        return Err(precondition(format!("CryptoKey {name} has no primary version.")));
    };
    enabled(version)?;
    let number = key.primary.unwrap_or_default();
    let nonce: Vec<u8> = Sha256::digest(world.next_id("nonce")).iter().copied().take(NONCE).collect();
    let mut sealed = [number.to_be_bytes().as_slice(), &nonce].concat();
    sealed.extend(run(version, &nonce, &authenticated, plaintext, true).ok_or_else(unreadable)?);
    Ok(Answer::json(&json!({
        "name": version.name,
        "ciphertext": STANDARD.encode(&sealed),
        "ciphertextCrc32c": crc32c(&sealed).to_string(),
        "verifiedPlaintextCrc32c": verified,
        "verifiedAdditionalAuthenticatedDataCrc32c": verified_data,
        "protectionLevel": key.fields["versionTemplate"]["protectionLevel"],
    })))
}

/// `cryptoKeys.decrypt`, with the version that encrypted.
pub(super) fn decrypt(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeyVersions.useToDecrypt")?;
    let body = body(call, DECRYPT, "")?;
    let sealed = bytes(&body, "ciphertext");
    let authenticated = bytes(&body, "additionalAuthenticatedData");
    checked_sum(&body, "ciphertextCrc32c", &sealed)?;
    checked_sum(&body, "additionalAuthenticatedDataCrc32c", &authenticated)?;
    let key = symmetric(world, &name)?;
    let (number, rest) = sealed.split_first_chunk::<4>().ok_or_else(unreadable)?;
    let number = u32::from_be_bytes(*number);
    let version = key.versions.get(&number).ok_or_else(unreadable)?;
    enabled(version)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(unreadable)?;
    let plaintext = run(version, nonce, &authenticated, sealed.to_vec(), false).ok_or_else(unreadable)?;
    Ok(Answer::json(&json!({
        "plaintext": STANDARD.encode(&plaintext),
        "plaintextCrc32c": crc32c(&plaintext).to_string(),
        "usedPrimary": key.primary == Some(number),
        "protectionLevel": key.fields["versionTemplate"]["protectionLevel"],
    })))
}

fn symmetric(world: &World, name: &str) -> Result<Key, Refusal> {
    let key = keys::found(world, name)?;
    if key.purpose() != "ENCRYPT_DECRYPT" {
        return Err(invalid_with_violation("name", &format!("The purpose of {name} is not ENCRYPT_DECRYPT.")));
    }
    Ok(key.clone())
}

/// Refuses a version that is switched off or on its way out.
pub(super) fn enabled(version: &Version) -> Result<(), Refusal> {
    if version.state == State::Enabled {
        return Ok(());
    }
    Err(precondition(format!("{} is not enabled, current state is: {:?}.", version.name, version.state)))
}

fn run(version: &Version, nonce: &[u8], authenticated: &[u8], mut data: Vec<u8>, seal: bool) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &version.material).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    if seal {
        key.seal_in_place_append_tag(nonce, Aad::from(authenticated), &mut data).ok()?;
        return Some(data);
    }
    key.open_in_place(nonce, Aad::from(authenticated), &mut data).ok().map(|opened| opened.to_vec())
}

fn unreadable() -> Refusal {
    invalid("Decryption failed: verify that 'name' refers to the correct CryptoKey.")
}

fn bytes(body: &Map<String, Value>, name: &str) -> Vec<u8> {
    let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).unwrap_or_default()
}

/// Whether a checksum came along; a wrong one is refused.
fn checked_sum(body: &Map<String, Value>, name: &str, data: &[u8]) -> Result<bool, Refusal> {
    match body.get(name).and_then(Value::as_str) {
        None => Ok(false),
        Some(sum) if sum == crc32c(data).to_string() => Ok(true),
        Some(_) => Err(invalid(format!("The checksum in field {name} did not match the data."))),
    }
}

/// The checksum that Google's APIs use.
pub(crate) fn crc32c(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 };
        }
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn sums_as_the_standard_does() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
