//! Federated credentials: one write at a time under one identity.

use std::time::Instant;

use super::Client;
use crate::azure::federated_credentials::{self, FederatedCredential, FederatedCredentialSpec};
use crate::azure::{FederatedCredentialName, IdentityName};
use crate::context::Context;
use crate::creation::{self, Found};
use crate::error::{Error, found_before};
use crate::request::Request;

impl Client {
    /// Reads a credential. `flexible` asks in the version that shows claims matching expressions.
    pub async fn get_federated_credential(
        &self,
        name: &FederatedCredentialName,
        flexible: bool,
        ctx: &Context,
    ) -> Result<Option<FederatedCredential>, Error> {
        self.find(&federated_credentials::get(name, flexible), ctx).await
    }

    /// Lists an identity's credentials.
    pub async fn list_federated_credentials(
        &self,
        identity: &IdentityName,
        ctx: &Context,
    ) -> Result<Vec<FederatedCredential>, Error> {
        let mut all = Vec::new();
        let mut request = federated_credentials::list(identity);
        loop {
            let page = self.transport.send(&request, ctx).await?;
            all.extend(page.value);
            match self.next_page(&request, page.next_link.as_deref())? {
                Some(next) => request = next,
                None => return Ok(all),
            }
        }
    }

    /// Creates a credential. While the identity is still unknown to a part of Azure, waits as long as the context is patient.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when there is one: this API would overwrite it, so it is looked for first.
    pub async fn create_federated_credential(
        &self,
        name: &FederatedCredentialName,
        spec: &FederatedCredentialSpec,
        ctx: &Context,
    ) -> Result<FederatedCredential, Error> {
        let put = federated_credentials::put(name, spec, "create").idempotent(false);
        let read = federated_credentials::get(name, spec.claims_matching_expression.is_some());
        let _turn = self.credential_turn(&name.identity, &put, ctx).await?;
        if self.find(&read, ctx).await?.is_some() {
            return Err(found_before(*put.raw().call()));
        }
        let judge = |live: &FederatedCredential| if live.spec == *spec { Found::Ours } else { Found::Foreign };
        let write = || self.write_credential(&put, ctx);
        let send = |_| creation::once_known(&self.transport, write, is_new_identity, ctx);
        creation::create(&self.transport, send, &read, judge, ctx).await
    }

    /// Replaces a credential's issuer, subject, audience or expression.
    pub async fn update_federated_credential(
        &self,
        name: &FederatedCredentialName,
        spec: &FederatedCredentialSpec,
        ctx: &Context,
    ) -> Result<FederatedCredential, Error> {
        let put = federated_credentials::put(name, spec, "update");
        let _turn = self.credential_turn(&name.identity, &put, ctx).await?;
        self.write_credential(&put, ctx).await
    }

    /// Deletes a credential. Answers `false` when nothing was left to delete.
    pub async fn delete_federated_credential(
        &self,
        name: &FederatedCredentialName,
        ctx: &Context,
    ) -> Result<bool, Error> {
        let delete = federated_credentials::delete(name);
        let _turn = self.credential_turn(&name.identity, &delete, ctx).await?;
        self.delete(&delete, &federated_credentials::get(name, false).answering(), ctx).await
    }

    async fn credential_turn<T>(
        &self,
        identity: &IdentityName,
        request: &Request<T>,
        ctx: &Context,
    ) -> Result<tokio::sync::OwnedMutexGuard<()>, Error> {
        let turn = self.shared.credential_writes.lock(identity.key(), ctx).await;
        turn.ok_or_else(|| Self::no_turn(request, ctx))
    }

    /// Sends a write, again when somebody outside was writing beside it.
    async fn write_credential(
        &self,
        put: &Request<FederatedCredential>,
        ctx: &Context,
    ) -> Result<FederatedCredential, Error> {
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.transport.send(put, ctx).await {
                Err(error @ Error::Conflict(_)) => error,
                result => return result,
            };
            let wait = retry.backoff(attempt);
            let over = attempt >= retry.max_attempts || started.elapsed() + wait > retry.budget;
            if over || !ctx.sleep(wait, &error).await {
                return Err(error);
            }
        }
    }
}

/// Whether a part of Azure has not heard of the identity yet: told in more than one way.
fn is_new_identity(error: &Error) -> bool {
    let says =
        |words: &str| error.refusal().is_some_and(|refusal| refusal.message.to_ascii_lowercase().contains(words));
    match error {
        Error::NotFound(_) => true,
        Error::InvalidArgument { .. } | Error::Rejected(_) => {
            says("root object absent") || says("ms graph resource not found") || says("does not exist")
        }
        _ => false,
    }
}
