//! What Cloud KMS demands of a key when it is written.

use serde_json::{Map, Value, json};

use crate::google::refusal::invalid_with_violation;
use crate::google::schema::{Field, Kind};
use crate::google::times;
use crate::http::answer::Refusal;
use crate::state::clock::{DAY, Millis};

/// How long a version waits for its destruction unless its key says otherwise.
pub(super) const DESTROY_AFTER: Millis = 30 * DAY;

const HOUR: Millis = DAY / 24;
const PURPOSES: &[&str] = &[
    "ENCRYPT_DECRYPT",
    "ASYMMETRIC_SIGN",
    "ASYMMETRIC_DECRYPT",
    "RAW_ENCRYPT_DECRYPT",
    "MAC",
    "KEY_ENCAPSULATION",
    "AES_WRAPPING",
    "CRYPTO_KEY_PURPOSE_UNSPECIFIED",
];
const LEVELS: &[&str] =
    &["SOFTWARE", "HSM", "EXTERNAL", "EXTERNAL_VPC", "HSM_SINGLE_TENANT", "PROTECTION_LEVEL_UNSPECIFIED"];

/// The template of a key's versions.
pub(crate) const TEMPLATE: &[Field] = &[Field("algorithm", Kind::Text), Field("protectionLevel", Kind::Choice(LEVELS))];

/// The fields of a key.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Output),
    Field("createTime", Kind::Output),
    Field("primary", Kind::Output),
    Field("purpose", Kind::Choice(PURPOSES)),
    Field("versionTemplate", Kind::Message(TEMPLATE)),
    Field("rotationPeriod", Kind::Duration),
    Field("nextRotationTime", Kind::Time),
    Field("destroyScheduledDuration", Kind::Duration),
    Field("labels", Kind::TextMap),
    Field("importOnly", Kind::Flag),
    Field("cryptoKeyBackend", Kind::Text),
    Field("keyAccessJustificationsPolicy", Kind::Opaque),
];

/// Fields that are settled when a key is made.
pub(super) const IMMUTABLE: &[&str] =
    &["purpose", "importOnly", "destroyScheduledDuration", "cryptoKeyBackend", "versionTemplate.protectionLevel"];

/// Fills in what Google fills in.
pub(super) fn with_defaults(mut fields: Map<String, Value>) -> Map<String, Value> {
    let symmetric = fields.get("purpose").and_then(Value::as_str) == Some("ENCRYPT_DECRYPT");
    fields.entry("destroyScheduledDuration").or_insert_with(|| json!(format!("{}s", DESTROY_AFTER / 1000)));
    let template = fields.entry("versionTemplate").or_insert_with(|| json!({}));
    if template["protectionLevel"].is_null() {
        template["protectionLevel"] = json!("SOFTWARE");
    }
    if template["algorithm"].is_null() && symmetric {
        template["algorithm"] = json!("GOOGLE_SYMMETRIC_ENCRYPTION");
    }
    fields
}

/// Refuses what Google refuses. A rotation that is scheduled now must lie ahead.
pub(super) fn check(fields: &Map<String, Value>, now: Millis, schedules: bool) -> Result<(), Refusal> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let purpose = text("purpose").unwrap_or("CRYPTO_KEY_PURPOSE_UNSPECIFIED");
    if purpose == "CRYPTO_KEY_PURPOSE_UNSPECIFIED" {
        return Err(violation("crypto_key.purpose", "The purpose of the key must be given."));
    }
    let algorithm = fields["versionTemplate"]["algorithm"].as_str().unwrap_or_default();
    let fits = match purpose {
        "ENCRYPT_DECRYPT" => ["GOOGLE_SYMMETRIC_ENCRYPTION", "EXTERNAL_SYMMETRIC_ENCRYPTION"].contains(&algorithm),
        "ASYMMETRIC_SIGN" => ["RSA_SIGN_", "EC_SIGN_", "PQ_SIGN_"].iter().any(|start| algorithm.starts_with(start)),
        "ASYMMETRIC_DECRYPT" => algorithm.starts_with("RSA_DECRYPT_"),
        "MAC" => algorithm.starts_with("HMAC_"),
        "RAW_ENCRYPT_DECRYPT" => algorithm.starts_with("AES_"),
        _ => !algorithm.is_empty(),
    };
    if !fits {
        return Err(violation(
            "crypto_key.version_template.algorithm",
            &format!("The algorithm '{algorithm}' does not go with the purpose {purpose}."),
        ));
    }
    check_rotation(fields, purpose, now, schedules)?;
    let waits = text("destroyScheduledDuration").and_then(times::duration).unwrap_or(DESTROY_AFTER);
    if !(DAY..=120 * DAY).contains(&waits) {
        return Err(violation(
            "crypto_key.destroy_scheduled_duration",
            "The time until a scheduled destruction must be between 24 hours and 120 days.",
        ));
    }
    check_labels(fields)
}

fn check_rotation(fields: &Map<String, Value>, purpose: &str, now: Millis, schedules: bool) -> Result<(), Refusal> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (period, next) = (text("rotationPeriod"), text("nextRotationTime"));
    if purpose != "ENCRYPT_DECRYPT" && (period.is_some() || next.is_some()) {
        return Err(violation(
            "crypto_key.rotation_period",
            &format!("Keys with the purpose {purpose} are not rotated automatically."),
        ));
    }
    if let Some(period) = period.and_then(times::duration) {
        if !(24 * HOUR..=876_000 * HOUR).contains(&period) {
            return Err(violation(
                "crypto_key.rotation_period",
                "The rotation period must be at least 24 hours and at most 876000 hours.",
            ));
        }
        if next.is_none() {
            return Err(violation(
                "crypto_key.next_rotation_time",
                "A key with a rotation period must also have a next rotation time.",
            ));
        }
    }
    match next.and_then(times::moment) {
        Some(next) if schedules && next <= now => {
            Err(violation("crypto_key.next_rotation_time", "The next rotation time must lie in the future."))
        }
        _ => Ok(()),
    }
}

/// Labels as every API of Google's checks them.
pub(crate) fn check_labels(fields: &Map<String, Value>) -> Result<(), Refusal> {
    let labels = fields.get("labels").and_then(Value::as_object).into_iter().flatten();
    if labels.clone().count() > 64 {
        return Err(violation("labels", "At most 64 labels are allowed."));
    }
    let word = |text: &str| {
        text.chars().count() <= 63
            && text
                .chars()
                .all(|letter| (letter.is_alphanumeric() && !letter.is_uppercase()) || letter == '_' || letter == '-')
    };
    for (key, value) in labels {
        if !word(key)
            || !key.starts_with(|first: char| first.is_alphabetic())
            || !word(value.as_str().unwrap_or_default())
        {
            return Err(violation(
                "labels",
                &format!(
                    "The label '{key}' is not valid: keys begin with a lower case letter, keys and values have at most 63 characters of \
                     lower case letters, digits, underscores and dashes."
                ),
            ));
        }
    }
    Ok(())
}

fn violation(field: &str, description: &str) -> Refusal {
    invalid_with_violation(field, description)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(change: impl FnOnce(&mut Value)) -> Option<String> {
        let mut fields = json!({ "purpose": "ENCRYPT_DECRYPT" });
        change(&mut fields);
        check(&with_defaults(fields.as_object().unwrap().clone()), 0, true).err().map(|refusal| refusal.message)
    }

    #[test]
    fn takes_a_plain_key_and_one_that_rotates() {
        assert_eq!(refused(|_| {}), None);
        let rotates = |key: &mut Value| {
            key["rotationPeriod"] = json!("7776000s");
            key["nextRotationTime"] = json!("1970-04-01T00:00:00Z");
        };
        assert_eq!(refused(rotates), None);
    }

    #[test]
    fn refuses_what_google_refuses() {
        assert!(refused(|key| key["purpose"] = json!("CRYPTO_KEY_PURPOSE_UNSPECIFIED")).unwrap().contains("purpose"));
        assert!(refused(|key| key["rotationPeriod"] = json!("7776000s")).unwrap().contains("next rotation time"));
        let soon = |key: &mut Value| {
            key["rotationPeriod"] = json!("3600s");
            key["nextRotationTime"] = json!("1970-04-01T00:00:00Z");
        };
        assert!(refused(soon).unwrap().contains("24 hours"));
        assert!(refused(|key| key["nextRotationTime"] = json!("1969-04-01T00:00:00Z")).unwrap().contains("future"));
        assert!(refused(|key| key["versionTemplate"] = json!({ "algorithm": "RSA_SIGN_PSS_2048_SHA256" })).is_some());
        assert!(refused(|key| key["destroyScheduledDuration"] = json!("3600s")).unwrap().contains("120 days"));
        assert!(refused(|key| key["labels"] = json!({ "Team": "a" })).unwrap().contains("lower case"));
    }
}
