//! Managed identities, whose creation would overwrite one that exists.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Client;
use crate::azure::identities::{self, Identity, IdentitySpec};
use crate::azure::{IdentityName, operations, same_location};
use crate::context::Context;
use crate::creation::{self, Found};
use crate::error::{Error, found_before};

/// What Azure answers when a PUT replaced something instead of making it.
const REPLACED: u16 = 200;

impl Client {
    /// Reads an identity.
    pub async fn get_identity(&self, name: &IdentityName, ctx: &Context) -> Result<Option<Identity>, Error> {
        self.find(&identities::get(name), ctx).await
    }

    /// Creates an identity and waits until it is known everywhere, as far as that can be seen in reasonable time.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when there is one: this API would overwrite it, so it is looked for first.
    pub async fn create_identity(
        &self,
        name: &IdentityName,
        spec: &IdentitySpec,
        ctx: &Context,
    ) -> Result<Identity, Error> {
        let (put, read) = (identities::put(name, spec), identities::get(name));
        if self.find(&read, ctx).await?.is_some() {
            return Err(found_before(*put.raw().call()));
        }
        let judge = |live: &Identity| {
            let equal = live.spec.tags == spec.tags && same_location(&live.spec.location, &spec.location);
            if equal { Found::Ours } else { Found::Foreign }
        };
        let watched = read.clone().answering();
        let overtaken = AtomicBool::new(false);
        let send = async |attempt| {
            let done = operations::run(&self.transport, &put, &watched, &self.timing.polling, ctx).await?;
            // Somebody else was faster between the look and the write. Later attempts may be finding the first one's work.
            overtaken.store(attempt == 1 && done.http_status == REPLACED, Ordering::Relaxed);
            match done.object {
                Some(identity) => Ok(identity),
                None => self.transport.send(&read, ctx).await,
            }
        };
        let created = creation::create(&self.transport, send, &read, judge, ctx).await?;
        if overtaken.load(Ordering::Relaxed) {
            return Err(found_before(*put.raw().call()));
        }
        if let Err(error) = creation::settle(&self.transport, &read, name, &self.timing.settling, ctx).await {
            tracing::warn!(identity = %name, cause = %error, "a new managed identity is not yet known everywhere");
        }
        Ok(created)
    }

    /// Replaces the tags, which is all that can be changed.
    pub async fn update_identity(
        &self,
        name: &IdentityName,
        spec: &IdentitySpec,
        ctx: &Context,
    ) -> Result<Identity, Error> {
        self.transport.send(&identities::set_tags(name, &spec.tags), ctx).await
    }

    /// Deletes an identity. Answers `false` when nothing was left to delete.
    pub async fn delete_identity(&self, name: &IdentityName, ctx: &Context) -> Result<bool, Error> {
        self.delete(&identities::delete(name), &identities::get(name).answering(), ctx).await
    }
}
