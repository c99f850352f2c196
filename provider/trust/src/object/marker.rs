//! What an object says of its owner: a description where the kind has one, a tag or a label elsewhere.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::leaf::{Leaf, Text};

/// Name of the tag or label that says whose an object is, on kinds without a description.
pub const MARKER: &str = "crosscloud";

/// Longest value of a Google label.
const LABEL: usize = 63;

/// What the description of an object says when the object is as wanted. `resource` is a type such as `crosscloud_trust`.
pub fn description_of(resource: &str, name: &Text) -> Text {
    Text::concat(["Managed by Terraform: ".into(), resource.into(), " ".into(), name.piece()])
}

/// The name in a description that [`description_of`] wrote.
pub fn described_name<'a>(resource: &str, description: &'a str) -> Option<&'a str> {
    let rest = description.strip_prefix("Managed by Terraform: ")?.strip_prefix(resource)?;
    rest.strip_prefix(' ').filter(|name| !name.is_empty())
}

/// The same for a label of Google's, whose alphabet is narrower.
pub(crate) fn described_label(resource: &str, name: &Text) -> Text {
    name.as_ref().map(|name| label_value(&format!("{resource} {name}")))
}

/// The name in a label that [`described_label`] wrote, unless it was too long to be told.
pub(crate) fn named_by_label(resource: &str, label: &str) -> Option<String> {
    let start = label_value(&format!("{resource} "));
    let encoded = label.strip_prefix(start.as_str()).filter(|rest| !rest.is_empty())?;
    let mut bytes = Vec::new();
    let mut rest = encoded.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if *first != b'_' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

/// Sets the marker tag.
pub(super) fn tag(tags: &mut BTreeMap<String, Text>, marker: impl Into<String>) -> bool {
    tags.insert(MARKER.to_owned(), Leaf::Known(marker.into()));
    true
}

/// A marker in the alphabet of Google's label values: lower-case letters, digits, hyphens and underscores. Everything else is its bytes in
/// hexadecimal behind an underscore; what is then too long is represented by its hash.
pub(crate) fn label_value(marker: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let encoded: String = marker
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("_{byte:02x}") })
        .collect();
    if encoded.len() <= LABEL {
        return encoded;
    }
    let digest: String = Sha256::digest(marker).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("_h{}", &digest[..60])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_from_a_description() {
        let text = description_of("crosscloud_trust", &Text::of("aks chat"));
        assert_eq!(text.known().and_then(|text| described_name("crosscloud_trust", text)), Some("aks chat"));
        assert_eq!(described_name("crosscloud_trust", "Managed by Terraform: crosscloud_trust_member x"), None);
        assert_eq!(described_name("crosscloud_trust", "AKS Pool"), None);
    }

    #[test]
    fn a_name_is_read_back_from_a_label() {
        let label = described_label("crosscloud_cmek_key", &Text::of("PHI keys_1"));
        let label = label.known().map(String::as_str).unwrap_or_default();
        assert_eq!(named_by_label("crosscloud_cmek_key", label).as_deref(), Some("PHI keys_1"));
        assert_eq!(named_by_label("crosscloud_trust", label), None);
        assert_eq!(named_by_label("crosscloud_cmek_key", "crosscloud_5fcmek_5fkey_20a_"), None);
    }

    #[test]
    fn labels_tell_markers_apart_and_keep_to_their_alphabet() {
        assert_eq!(label_value("crosscloud/me/a-b/unfinished"), "crosscloud_2fme_2fa-b_2funfinished");
        assert_ne!(label_value("a/b"), label_value("a_2fb"));
        let long = "x".repeat(200);
        assert_ne!(label_value(&long), label_value(&format!("{long}x")));
        for marker in ["Team A/ä", long.as_str()] {
            let value = label_value(marker);
            assert!(value.len() <= 63);
            assert!(value.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c)));
        }
    }
}
