//! Resource names of Cloud KMS.

use std::fmt;
use std::str::FromStr;

use super::NameError;
use crate::request::Path;

/// A key ring: `projects/{project}/locations/{location}/keyRings/{ring}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyRingName {
    /// The project's id.
    pub project: String,
    /// For example `europe-west4` or `global`.
    pub location: String,
    /// The ring's id.
    pub key_ring: String,
}

/// A key: `{ring}/cryptoKeys/{key}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CryptoKeyName {
    /// The ring that it is on.
    pub ring: KeyRingName,
    /// The key's id.
    pub key: String,
}

const RING_FORM: &str = "projects/PROJECT/locations/LOCATION/keyRings/RING";
const KEY_FORM: &str = "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY";

impl KeyRingName {
    /// Names a key ring.
    pub fn new(project: impl Into<String>, location: impl Into<String>, key_ring: impl Into<String>) -> Self {
        Self { project: project.into(), location: location.into(), key_ring: key_ring.into() }
    }

    /// Names one of its keys.
    pub fn key(&self, key: impl Into<String>) -> CryptoKeyName {
        CryptoKeyName { ring: self.clone(), key: key.into() }
    }

    pub(crate) fn collection(&self) -> Path {
        Path::new("v1")
            .literal("projects")
            .segment(&self.project)
            .literal("locations")
            .segment(&self.location)
            .literal("keyRings")
    }

    pub(crate) fn path(&self) -> Path {
        self.collection().segment(&self.key_ring)
    }
}

impl CryptoKeyName {
    pub(crate) fn collection(&self) -> Path {
        self.ring.path().literal("cryptoKeys")
    }

    pub(crate) fn path(&self) -> Path {
        self.collection().segment(&self.key)
    }
}

impl fmt::Display for KeyRingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}/keyRings/{}", self.project, self.location, self.key_ring)
    }
}

impl fmt::Display for CryptoKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeys/{}", self.ring, self.key)
    }
}

impl FromStr for KeyRingName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match *name.split('/').collect::<Vec<_>>() {
            ["projects", project, "locations", location, "keyRings", ring]
                if [project, location, ring].iter().all(|part| !part.is_empty()) =>
            {
                Ok(Self::new(project, location, ring))
            }
            _ => Err(NameError::new(name, RING_FORM)),
        }
    }
}

impl FromStr for CryptoKeyName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new(name, KEY_FORM);
        let (ring, key) = name.rsplit_once("/cryptoKeys/").ok_or_else(wrong)?;
        if key.is_empty() || key.contains('/') {
            return Err(wrong());
        }
        Ok(ring.parse::<KeyRingName>().map_err(|_| wrong())?.key(key))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        let key = KeyRingName::new("p", "eu", "r").key("k");
        assert_eq!(key.to_string().parse::<CryptoKeyName>().unwrap(), key);
        assert_eq!(key.ring.to_string().parse::<KeyRingName>().unwrap(), key.ring);
        for text in ["", "projects/p/locations//keyRings/r", "projects/p/locations/eu/keyRings/r/cryptoKeys/k/x"] {
            assert!(text.parse::<KeyRingName>().is_err() && text.parse::<CryptoKeyName>().is_err(), "{text}");
        }
    }
}
