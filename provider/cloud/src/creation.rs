//! Creating without harm from lost answers, and waiting until what was created is known everywhere.

use std::fmt::Display;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::error::Error;
use crate::request::Request;
use crate::transport::Transport;

/// What an object is that stands where one was to be made, after the answer was lost.
pub(crate) enum Found {
    /// Equal to what was sent: the call went through.
    Ours,
    /// Something else.
    Foreign,
    /// The state before the call.
    NotYet,
}

/// How to make sure that a new object is known everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Settling {
    /// How many good reads in a row prove it.
    pub reads: u32,
    /// The pause between them.
    pub interval: Duration,
    /// When to give up.
    pub timeout: Duration,
}

/// Sends a read; "not found" is an answer.
pub(crate) async fn find<T: DeserializeOwned>(
    transport: &Transport,
    request: &Request<T>,
    ctx: &Context,
) -> Result<Option<T>, Error> {
    match transport.send(request, ctx).await {
        Ok(object) => Ok(Some(object)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates an object so that a lost answer does no harm: looks whether the object came about, and tries again if not.
///
/// `send` is given the number of the attempt; `judge` says what an object found that way is.
pub(crate) async fn create<T, F>(
    transport: &Transport,
    send: impl Fn(u32) -> F,
    read: &Request<T>,
    judge: impl Fn(&T) -> Found,
    ctx: &Context,
) -> Result<T, Error>
where
    T: DeserializeOwned,
    F: Future<Output = Result<T, Error>>,
{
    let retry = transport.retry_policy();
    let ctx = &ctx.unshared();
    let started = Instant::now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match send(attempt).await {
            Ok(object) => return Ok(object),
            Err(error) => error,
        };
        let doubtful = error.outcome_unknown() || (attempt > 1 && matches!(error, Error::AlreadyExists(_)));
        if !doubtful || error.is_cancelled() {
            return Err(error);
        }
        match find(transport, read, ctx).await {
            Ok(found) => match found.map(|object| (judge(&object), object)) {
                Some((Found::Ours, object)) => return Ok(object),
                Some((Found::Foreign, _)) => return Err(error),
                Some((Found::NotYet, _)) | None => {}
            },
            // Sent again it would be refused for what the first call made, and nobody would know whose that is.
            Err(_) if error.is_accepted() => return Err(error),
            Err(_) => {}
        }
        let wait = retry.backoff(attempt);
        if attempt >= retry.max_attempts || started.elapsed() + wait > retry.budget || !ctx.sleep(wait, &error).await {
            return Err(error);
        }
    }
}

/// Repeats a call while what was just created is not known everywhere: as long as `is_early` says so of its failure, and as long as the
/// context is patient.
pub(crate) async fn once_known<T, F>(
    transport: &Transport,
    send: impl Fn() -> F,
    is_early: impl Fn(&Error) -> bool,
    ctx: &Context,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let patience = ctx.create_patience().unwrap_or_default();
    let started = Instant::now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match send().await {
            Err(error) if is_early(&error) => error,
            result => return result,
        };
        let wait = transport.retry_policy().backoff(attempt.min(5));
        if started.elapsed() + wait > patience || !ctx.sleep(wait, &error).await {
            return Err(error);
        }
    }
}

/// Waits until several reads in a row find the object.
///
/// # Errors
/// The last read's, once the time for it is over. The object exists all the same.
pub(crate) async fn settle<T: DeserializeOwned>(
    transport: &Transport,
    read: &Request<T>,
    name: &(dyn Display + Sync),
    settling: &Settling,
    ctx: &Context,
) -> Result<(), Error> {
    let ctx = &ctx.unshared();
    let started = Instant::now();
    let mut good = 0;
    loop {
        let result = transport.send(read, ctx).await.map(drop);
        match &result {
            Ok(()) => good += 1,
            Err(Error::NotFound(_) | Error::PermissionDenied { .. }) => good = 0,
            Err(_) => return result,
        }
        if good >= settling.reads {
            return Ok(());
        }
        let over = started.elapsed() + settling.interval > settling.timeout;
        if over || !ctx.sleep(settling.interval, name).await {
            return match result {
                Err(error) => Err(error),
                Ok(()) if ctx.is_cancelled() => Err(Error::Cancelled { call: read.raw().call(), sent: false }),
                Ok(()) => Err(Error::Timeout { call: read.raw().call(), after: started.elapsed(), sent: false }),
            };
        }
    }
}
