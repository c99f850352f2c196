//! Cloud KMS: key rings and the keys in them. The name of a key can never be used again.

use std::collections::BTreeMap;

use crate::leaf::Text;
use crate::object::marker::{label_value, tag};
use crate::object::{Kind, MARKER, complete};

complete! {
    /// A key ring. It has no settings.
    pub struct KeyRing {
        /// Project id.
        pub project: Text,
        /// Location, such as `europe-west4`.
        pub location: Text,
        /// Key ring id.
        pub ring: Text,
    }

    /// A symmetric key.
    pub struct CryptoKey {
        /// Project id.
        pub project: Text,
        /// Location of its ring.
        pub location: Text,
        /// Key ring id.
        pub ring: Text,
        /// Key id.
        pub key: Text,
        /// `ENCRYPT_DECRYPT`. Immutable.
        pub purpose: Text,
        /// `SOFTWARE` or `HSM`. Immutable.
        pub protection_level: Text,
        /// Time between rotations in seconds, such as `7776000s`.
        pub rotation_period: Text,
        /// Time between the order to destroy a version and its destruction, such as `2592000s`; Google's default where there is none.
        /// Immutable.
        pub destroy_scheduled_duration: Option<Text>,
        /// Labels; the one named `crosscloud` says whose the key is.
        pub labels: BTreeMap<String, Text>,
    }
}

impl Kind for KeyRing {
    /// A ring has no settings and cannot be deleted while keys are in it: one that is there serves.
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "cloudkms.googleapis.com/KeyRing"
    }

    fn id(&self) -> Text {
        Text::concat([
            "projects/".into(),
            self.project.piece(),
            "/locations/".into(),
            self.location.piece(),
            "/keyRings/".into(),
            self.ring.piece(),
        ])
    }
}

impl Kind for CryptoKey {
    fn type_name(&self) -> &'static str {
        "cloudkms.googleapis.com/CryptoKey"
    }

    fn id(&self) -> Text {
        let ring =
            KeyRing { project: self.project.clone(), location: self.location.clone(), ring: self.ring.clone() }.id();
        Text::concat([ring.piece(), "/cryptoKeys/".into(), self.key.piece()])
    }

    fn marker(&self) -> Option<&Text> {
        self.labels.get(MARKER)
    }

    fn mark(&mut self, marker: &str) -> bool {
        tag(&mut self.labels, label_value(marker))
    }
}
