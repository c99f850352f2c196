//! OIDC identity providers.

use super::Client;
use crate::aws::oidc_providers::{self, Created, OidcProvider, OidcProviderArn, OidcProviderSpec};
use crate::aws::roles::tag_changes;
use crate::context::Context;
use crate::creation::{self, Found};
use crate::error::Error;
use crate::outcome::{Granted, Revoked};

impl Client {
    /// Reads a provider.
    pub async fn get_oidc_provider(&self, arn: &OidcProviderArn, ctx: &Context) -> Result<Option<OidcProvider>, Error> {
        self.find(&oidc_providers::get(arn), ctx).await
    }

    /// Creates the provider of an issuer, whose URL begins with `https://`. `arn` is the one that it is going to have.
    pub async fn create_oidc_provider(
        &self,
        arn: &OidcProviderArn,
        url: &str,
        spec: &OidcProviderSpec,
        ctx: &Context,
    ) -> Result<OidcProvider, Error> {
        let (create, read) = (oidc_providers::create(url, spec), oidc_providers::get(arn));
        let send = async |_| {
            let Created { .. } = self.transport.send(&create, ctx).await?;
            let again = || self.transport.send(&read, ctx);
            let early = |error: &Error| matches!(error, Error::NotFound(_));
            let known = creation::once_known(&self.transport, again, early, ctx).await;
            known.map_err(|error| Error::unwatched(create.raw().call(), error))
        };
        let judge = |live: &OidcProvider| if spec.difference(live).is_empty() { Found::Ours } else { Found::Foreign };
        creation::create(&self.transport, send, &read, judge, ctx).await
    }

    /// Turns a provider as it is into one as wanted, with the calls that its differences need and no others. An audience is added before
    /// another is removed, so that there always is one.
    pub async fn update_oidc_provider(
        &self,
        arn: &OidcProviderArn,
        live: &OidcProvider,
        spec: &OidcProviderSpec,
        ctx: &Context,
    ) -> Result<(), Error> {
        for added in spec.client_ids.difference(&live.client_ids) {
            self.change(&oidc_providers::add_client_id(arn, added), ctx).await?;
        }
        for removed in live.client_ids.difference(&spec.client_ids) {
            self.change(&oidc_providers::remove_client_id(arn, removed), ctx).await?;
        }
        if let Some(thumbprints) = spec.thumbprints.as_ref().filter(|wanted| **wanted != live.thumbprints) {
            self.change(&oidc_providers::set_thumbprints(arn, thumbprints), ctx).await?;
        }
        let (set, gone) = tag_changes(&spec.tags, &live.tags);
        if !set.is_empty() {
            self.change(&oidc_providers::tag(arn, &set), ctx).await?;
        }
        if !gone.is_empty() {
            self.change(&oidc_providers::untag(arn, &gone), ctx).await?;
        }
        Ok(())
    }

    /// Makes sure that tokens may have an audience.
    pub async fn add_client_id(&self, arn: &OidcProviderArn, client_id: &str, ctx: &Context) -> Result<Granted, Error> {
        let there = self.get_oidc_provider(arn, &ctx.unshared()).await?;
        if there.is_some_and(|provider| provider.client_ids.contains(client_id)) {
            return Ok(Granted::Found);
        }
        self.change(&oidc_providers::add_client_id(arn, client_id), ctx).await?;
        Ok(Granted::Granted)
    }

    /// Makes sure that tokens may not have an audience.
    pub async fn remove_client_id(
        &self,
        arn: &OidcProviderArn,
        client_id: &str,
        ctx: &Context,
    ) -> Result<Revoked, Error> {
        let there = self.delete(&oidc_providers::remove_client_id(arn, client_id), ctx).await?;
        Ok(if there { Revoked::Revoked } else { Revoked::Absent })
    }

    /// Deletes a provider. Answers `false` when nothing was left to delete.
    pub async fn delete_oidc_provider(&self, arn: &OidcProviderArn, ctx: &Context) -> Result<bool, Error> {
        if self.get_oidc_provider(arn, ctx).await?.is_none() {
            return Ok(false);
        }
        self.delete(&oidc_providers::delete(arn), ctx).await
    }
}
