//! The account's own issuer.

use super::Client;
use crate::aws::outbound::{self, OutboundFederation};
use crate::context::Context;
use crate::error::Error;
use crate::outcome::Granted;

impl Client {
    /// The issuer of the caller's account, unless it is switched off.
    pub async fn outbound_federation(&self, ctx: &Context) -> Result<Option<OutboundFederation>, Error> {
        self.find(&outbound::get(), ctx).await
    }

    /// Makes sure that the issuer of the caller's account is switched on.
    pub async fn enable_outbound_federation(&self, ctx: &Context) -> Result<Granted, Error> {
        let ctx = &ctx.unshared();
        if self.outbound_federation(ctx).await?.is_some() {
            return Ok(Granted::Found);
        }
        match self.transport.send(&outbound::enable(), ctx).await {
            Ok(_) => Ok(Granted::Granted),
            // Somebody else may have been faster, and an answer may have been lost.
            Err(error) => match self.outbound_federation(ctx).await? {
                Some(_) => Ok(Granted::Found),
                None => Err(error),
            },
        }
    }
}
