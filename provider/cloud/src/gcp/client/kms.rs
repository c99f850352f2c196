//! Key rings and keys. Neither is ever deleted: of a key the versions are destroyed, and can be brought back for a while.

use jiff::Timestamp;

use super::Client;
use crate::context::Context;
use crate::creation::Found;
use crate::error::Error;
use crate::gcp::kms::{self, CryptoKey, CryptoKeySpec, KeyRing, KeyVersion, KeyVersionState};
use crate::gcp::{CryptoKeyName, KeyRingName};

impl Client {
    /// Reads a key ring; shared by all who ask within a while.
    pub async fn get_key_ring(&self, name: &KeyRingName, ctx: &Context) -> Result<Option<KeyRing>, Error> {
        self.shared.rings.get(&name.to_string(), self.find(&kms::get_ring(name), ctx)).await
    }

    /// Creates a key ring.
    pub async fn create_key_ring(&self, name: &KeyRingName, ctx: &Context) -> Result<KeyRing, Error> {
        let (create, read) = (kms::create_ring(name), kms::get_ring(name));
        // Rings carry no mark: one that is there after an answer was lost counts as ours, and nothing is ever done to it.
        let judge = |_: &KeyRing| Found::Ours;
        let result = self.create(|| self.transport.send(&create, ctx), &read, judge, ctx).await;
        self.shared.rings.invalidate(&name.to_string());
        result
    }

    /// Whether a key of that name was deleted for good: nothing can ever have the name again. Only ring and id are compared, because the record
    /// may name the project by its number.
    pub async fn is_retired_name(&self, name: &CryptoKeyName, ctx: &Context) -> Result<bool, Error> {
        let ours = format!("/keyRings/{}/cryptoKeys/{}", name.ring.key_ring, name.key);
        let mut page_token = String::new();
        loop {
            let request = kms::list_retired(&name.ring.project, &name.ring.location, &page_token);
            let page = self.transport.send(&request, ctx).await?;
            if page.items.iter().any(|record| record.original_resource.ends_with(&ours)) {
                return Ok(true);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(false);
            }
        }
    }

    /// Reads a key.
    pub async fn get_crypto_key(&self, name: &CryptoKeyName, ctx: &Context) -> Result<Option<CryptoKey>, Error> {
        self.find(&kms::get_key(name), ctx).await
    }

    /// Creates a key with its first version.
    pub async fn create_crypto_key(
        &self,
        name: &CryptoKeyName,
        spec: &CryptoKeySpec,
        ctx: &Context,
    ) -> Result<CryptoKey, Error> {
        let (create, read) = (kms::create_key(name, spec, Timestamp::now()), kms::get_key(name));
        let judge = |live: &CryptoKey| {
            let equal = spec.difference(&live.spec).is_empty() && spec.fixed_difference(&live.spec).is_empty();
            if equal && !live.is_retired() { Found::Ours } else { Found::Foreign }
        };
        self.create(|| self.transport.send(&create, ctx), &read, judge, ctx).await
    }

    /// Sets the fields that `mask` names. An empty mask only reads.
    pub async fn update_crypto_key(
        &self,
        name: &CryptoKeyName,
        spec: &CryptoKeySpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<CryptoKey, Error> {
        if mask.is_empty() {
            return self.transport.send(&kms::get_key(name), ctx).await;
        }
        self.transport.send(&kms::update_key(name, spec, mask, Timestamp::now()), ctx).await
    }

    /// Lists a key's versions.
    pub async fn list_key_versions(&self, key: &CryptoKeyName, ctx: &Context) -> Result<Vec<KeyVersion>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self.transport.send(&kms::list_versions(key, &page_token), ctx).await?;
            all.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Stops a key's rotation and schedules the destruction of every version. The key itself stays, and its name is never free again.
    /// Answers `false` when nothing was left to destroy.
    pub async fn retire_crypto_key(&self, name: &CryptoKeyName, ctx: &Context) -> Result<bool, Error> {
        let Some(key) = self.get_crypto_key(name, ctx).await? else { return Ok(false) };
        if key.spec.rotation_period.is_some() {
            // Otherwise the next rotation would bring a new version to life.
            let still = CryptoKeySpec { rotation_period: None, ..key.spec };
            self.update_crypto_key(name, &still, &["rotationPeriod", "nextRotationTime"], ctx).await?;
        }
        let mut destroyed = false;
        for version in self.list_key_versions(name, ctx).await? {
            if !matches!(version.state, KeyVersionState::Enabled | KeyVersionState::Disabled) {
                continue;
            }
            match self.transport.send(&kms::destroy_version(&version), ctx).await {
                Ok(_) => destroyed = true,
                // A lost answer, or somebody else: either way it is on its way out.
                Err(Error::FailedPrecondition(_)) => {}
                Err(error) if error.outcome_unknown() => {
                    self.transport.send(&kms::destroy_version(&version).idempotent(true), ctx).await?;
                    destroyed = true;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(destroyed)
    }

    /// Brings a retired key back to work: versions that can still be saved are, or else a new one is made; then the rest is set as wanted.
    pub async fn revive_crypto_key(
        &self,
        name: &CryptoKeyName,
        spec: &CryptoKeySpec,
        ctx: &Context,
    ) -> Result<CryptoKey, Error> {
        let mut working = None;
        for version in self.list_key_versions(name, ctx).await? {
            let version = match version.state {
                KeyVersionState::DestroyScheduled => self.transport.send(&kms::restore_version(&version), ctx).await?,
                KeyVersionState::Disabled | KeyVersionState::Enabled => version,
                _ => continue,
            };
            if version.state != KeyVersionState::Enabled {
                self.transport.send(&kms::enable_version(&version), ctx).await?;
            }
            // They come oldest first; the newest is to encrypt.
            working = Some(version);
        }
        let working = match working {
            Some(version) => version,
            None => self.transport.send(&kms::create_version(name), ctx).await?,
        };
        let key = self.transport.send(&kms::get_key(name), ctx).await?;
        if key.is_retired() {
            self.transport.send(&kms::make_primary(name, &working), ctx).await?;
        }
        self.update_crypto_key(name, spec, &spec.difference(&key.spec), ctx).await
    }
}
