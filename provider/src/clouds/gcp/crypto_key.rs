//! Cloud KMS keys. The name of a key can never be used for another, so deleting one is to destroy its versions.

use std::collections::BTreeMap;
use std::time::Duration;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::kms::{self, KeyVersion, KeyVersionState, Timestamp};
use crosscloud_cloud::gcp::{CryptoKeyName, CryptoKeySpec, KeyRingName, VersionTemplate};
use crosscloud_trust::Text;
use crosscloud_trust::gcp::CryptoKey;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

const ALGORITHM: &str = "GOOGLE_SYMMETRIC_ENCRYPTION";

impl Kind for CryptoKey {
    const COMES_BACK: bool = true;

    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: CryptoKeyName = id.parse()?;
        let Some(there) = client(clouds).get_crypto_key(&name, &clouds.context()).await? else {
            return Ok(Look::Absent);
        };
        let (retired, spec) = (there.is_retired(), there.spec);
        let key = Self {
            project: seen(&name.ring.project),
            location: seen(&name.ring.location),
            ring: seen(&name.ring.key_ring),
            key: seen(&name.key),
            purpose: seen(&there.purpose),
            protection_level: seen(&spec.version_template.protection_level),
            rotation_period: spec.rotation_period.map_or(Text::of(""), seconds),
            destroy_scheduled_duration: spec.destroy_scheduled_duration.map(seconds),
            labels: spec.labels.into_iter().map(|(name, value)| (name, Text::of(value))).collect(),
        };
        Ok(if retired { Look::Deleted(key) } else { Look::There(key) })
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_crypto_key(&name(self)?, &spec(self)?, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let wanted = spec(self)?;
        let fields = wanted.difference(&spec(there)?);
        client(clouds).update_crypto_key(&name(self)?, &wanted, &fields, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).retire_crypto_key(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    async fn revive(&self, _there: &Self, clouds: &Clouds) -> Result<bool, CloudError> {
        client(clouds).revive_crypto_key(&name(self)?, &spec(self)?, &clouds.patient()).await?;
        Ok(true)
    }

    /// Where no time is asked for, Google's own is no difference.
    fn equals(&self, there: &Self) -> bool {
        let duration = self.destroy_scheduled_duration.clone().or_else(|| there.destroy_scheduled_duration.clone());
        Self { destroy_scheduled_duration: duration, ..self.clone() } == *there
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let name = name(self)?;
        needs.look(&kms::get_key(&name));
        let (spec, now) = (spec(self)?, Timestamp::UNIX_EPOCH);
        let change = kms::update_key(&name, &spec, &[], now);
        let version = KeyVersion { name: String::new(), state: KeyVersionState::default() };
        needs.create(&kms::create_key(&name, &spec, now)).update(&change);
        needs.revive(&kms::list_versions(&name, "")).revive(&kms::restore_version(&version));
        needs.revive(&kms::enable_version(&version)).revive(&kms::create_version(&name));
        needs.delete(&change).delete(&kms::list_versions(&name, "")).delete(&kms::destroy_version(&version));
        Ok(())
    }
}

fn name(key: &CryptoKey) -> Result<CryptoKeyName, CloudError> {
    Ok(KeyRingName::new(known(&key.project)?, known(&key.location)?, known(&key.ring)?).key(known(&key.key)?))
}

fn spec(key: &CryptoKey) -> Result<CryptoKeySpec, CloudError> {
    let mut labels = BTreeMap::new();
    for (name, value) in &key.labels {
        labels.insert(name.clone(), known(value)?);
    }
    Ok(CryptoKeySpec {
        version_template: VersionTemplate {
            protection_level: known(&key.protection_level)?,
            algorithm: ALGORITHM.to_owned(),
        },
        rotation_period: duration(&key.rotation_period)?,
        destroy_scheduled_duration: key.destroy_scheduled_duration.as_ref().map_or(Ok(None), duration)?,
        labels,
    })
}

/// Google writes durations as seconds with an `s`.
fn duration(text: &Text) -> Result<Option<Duration>, CloudError> {
    let text = known(text)?;
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = text.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
    let damaged = || CloudError::Id { id: text.clone(), what: "a duration in seconds, such as `7776000s`" };
    Ok(Some(Duration::from_secs(seconds.ok_or_else(damaged)?)))
}

fn seconds(duration: Duration) -> Text {
    Text::of(format!("{}s", duration.as_secs()))
}
