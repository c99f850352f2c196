//! Archives of every make, opened; and of every fault, refused. How they were made stands in `archives/README.md`.

use std::time::{Duration, Instant};

use super::*;

const MODERN: &str = include_str!("archives/modern.b64");
const MODERN_EMPTY: &str = include_str!("archives/modern-empty.b64");
const OLDER: &str = include_str!("archives/older.b64");
const OLDER_EMPTY: &str = include_str!("archives/older-empty.b64");
const OLDER_NONE: &str = include_str!("archives/older-none.b64");
const UNENCRYPTED: &str = include_str!("archives/unencrypted.b64");
const UNSEALED: &str = include_str!("archives/unsealed.b64");
const NO_KEY: &str = include_str!("archives/no-key.b64");
const NO_CERTIFICATE: &str = include_str!("archives/no-certificate.b64");
const CURVE: &str = include_str!("archives/curve.b64");
const KEY: &str = include_str!("archives/key.pem");
const AUTHORITY: &str = include_str!("archives/authority.pem");
const DEPLOYER: &str = include_str!("archives/deployer.pem");
const PASSWORD: &str = "ünlock 7";

fn decoded(archive: &str) -> Vec<u8> {
    STANDARD.decode(archive.split_whitespace().collect::<String>()).expect("it is Base64")
}

fn open(bytes: &[u8], password: Option<&str>) -> Result<Certificate, String> {
    Certificate::open(bytes, password.map(Secret::verbatim).as_ref()).map_err(|flaw| flaw.to_string())
}

/// What names the certificate that all keys here belong to.
fn thumbprint() -> String {
    let der = decoded(&DEPLOYER.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der))
}

#[test]
fn archives_of_every_make_are_opened() {
    for (name, archive, password) in [
        ("modern", MODERN, Some(PASSWORD)),
        ("modern, empty password", MODERN_EMPTY, None),
        ("modern, empty password", MODERN_EMPTY, Some("")),
        ("older", OLDER, Some(PASSWORD)),
        ("older, empty password", OLDER_EMPTY, None),
        ("older, empty password", OLDER_EMPTY, Some("")),
        ("older, no password", OLDER_NONE, None),
        ("older, no password", OLDER_NONE, Some("")),
        ("neither encrypted nor sealed", UNENCRYPTED, None),
        ("not sealed", UNSEALED, Some(PASSWORD)),
    ] {
        let certificate = open(&decoded(archive), password).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(certificate.thumbprint, thumbprint(), "{name}");
    }
}

#[test]
fn the_certificate_is_the_one_of_the_key_wherever_it_stands() {
    let noise = "Bag Attributes\n    friendlyName: M\u{fc}ller\n";
    for pem in [
        [KEY, DEPLOYER, AUTHORITY].concat(),
        [AUTHORITY, DEPLOYER, KEY].concat(),
        [noise, AUTHORITY, noise, DEPLOYER, noise, KEY].concat(),
    ] {
        // Programs on Windows write what stands between in their own encoding.
        let latin: Vec<u8> =
            pem.chars().map(|char| u8::try_from(u32::from(char)).expect("all of it is Latin")).collect();
        assert_eq!(open(&latin, Some(PASSWORD)).expect("it is opened").thumbprint, thumbprint());
    }
}

#[test]
fn what_does_not_open_says_why_and_what_to_do() {
    let wrong = "its password is not the one";
    let none = "neither `client_certificate_password` nor ARM_CLIENT_CERTIFICATE_PASSWORD is set";
    for (name, bytes, password, says) in [
        ("another password", decoded(MODERN), Some("another"), wrong),
        ("another password, older", decoded(OLDER), Some("another"), wrong),
        ("another password, not sealed", decoded(UNSEALED), Some("another"), wrong),
        ("white space is part of a password", decoded(MODERN), Some(" ünlock 7"), wrong),
        ("a password for none", decoded(OLDER_NONE), Some("another"), wrong),
        ("no password", decoded(MODERN), None, none),
        ("no password, older", decoded(OLDER), None, none),
        ("no password, not sealed", decoded(UNSEALED), None, none),
        ("no password, PEM", [KEY, DEPLOYER].concat().into(), None, none),
        ("another password, PEM", [KEY, DEPLOYER].concat().into(), Some("another"), wrong),
        ("no key", decoded(NO_KEY), None, "there is no private key in it"),
        ("no key, PEM", DEPLOYER.into(), None, "there is no private key in it"),
        ("no certificate", decoded(NO_CERTIFICATE), None, "there is no certificate in it"),
        ("no certificate, PEM", KEY.into(), Some(PASSWORD), "there is no certificate in it"),
        ("an elliptic curve", decoded(CURVE), None, "not an RSA key"),
        (
            "other certificates",
            [KEY, AUTHORITY].concat().into(),
            Some(PASSWORD),
            "none of the certificates in it, 1 in",
        ),
        ("cut off", decoded(MODERN)[..1000].to_vec(), Some(PASSWORD), "it is cut off"),
        (
            "one byte short",
            decoded(MODERN).split_last().expect("it is long").1.to_vec(),
            Some(PASSWORD),
            "it is cut off",
        ),
        ("BER", vec![0x30, 0x80, 0x02, 0x01, 0x03], None, "written in BER"),
        (
            "a length beyond all memory",
            vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02],
            None,
            "no PKCS#12 archive that can",
        ),
        ("something else", b"{\"hush\": 1}".to_vec(), None, "neither a PKCS#12 archive nor PEM"),
    ] {
        let error = open(&bytes, password).expect_err(name);
        assert!(error.contains(says), "{name}: {error}");
    }
}

/// Replaces every place where 2048 rounds are asked for.
fn with_rounds(archive: &[u8], rounds: [u8; 2]) -> Vec<u8> {
    let (mut changed, asked) = (archive.to_vec(), [0x02, 0x02, 0x08, 0x00]);
    let places: Vec<_> = (0..archive.len() - 4).filter(|at| archive[*at..at + 4] == asked).collect();
    assert!(!places.is_empty());
    for place in places {
        changed[place + 2..place + 4].copy_from_slice(&rounds);
    }
    changed
}

#[test]
fn a_file_cannot_keep_the_machine_busy() {
    assert!(open(&with_rounds(&decoded(MODERN), [0x00, 0x00]), Some(PASSWORD)).is_err());
    // An archive whose seal alone takes two thousand million rounds: its length field gets two more bytes, as every length around it.
    let archive = decoded(OLDER);
    let seal = archive.len() - 2;
    assert_eq!(archive[seal - 2..], [0x02, 0x02, 0x08, 0x00]);
    let mut hostile = [&archive[..seal - 2], &[0x02, 0x04, 0x7f, 0xff, 0xff, 0xff]].concat();
    let outer = u16::from_be_bytes([hostile[2], hostile[3]]) + 2;
    hostile[2..4].copy_from_slice(&outer.to_be_bytes());
    let mac = archive.len() - 0x33;
    assert_eq!(hostile[mac..mac + 2], [0x30, 0x31]);
    hostile[mac + 1] += 2;
    let began = Instant::now();
    let error = open(&hostile, Some(PASSWORD)).expect_err("it asks for too much");
    assert!(error.contains("more than 10000000 rounds of hashing"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(2));
}

/// A generator of numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// The seal would refuse nearly every mutation: those without one are where the reader is tried to its depth.
#[test]
fn no_mutation_of_an_archive_is_a_panic() {
    let mut dice = Dice(7);
    let mut opened = 0;
    for (archive, password, times) in [
        (UNENCRYPTED, None, 20_000),
        (UNSEALED, Some(PASSWORD), 300),
        (OLDER, Some(PASSWORD), 300),
        (CURVE, None, 300),
        (KEY, Some(PASSWORD), 300),
    ] {
        let valid = if archive.starts_with('-') { archive.into() } else { decoded(archive) };
        for _ in 0..times {
            let mut bytes = valid.clone();
            for _ in 0..=dice.below(3) {
                let (at, length) = (dice.below(bytes.len()), dice.below(9));
                let end = (at + length).min(bytes.len());
                match dice.below(5) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] = [0x00, 0x01, 0x04, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff][dice.below(9)],
                    2 => bytes[at] ^= 1 << dice.below(8),
                    3 => drop(bytes.drain(at..end)),
                    _ => bytes
                        .splice(
                            at..at,
                            valid[at.min(valid.len() - 9)..].iter().take(length).copied().collect::<Vec<_>>(),
                        )
                        .for_each(drop),
                }
                if bytes.is_empty() {
                    break;
                }
            }
            opened += usize::from(open(&bytes, password).is_ok());
        }
    }
    assert!(opened > 0, "some mutations change nothing that matters");
}
