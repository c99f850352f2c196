//! How work that goes on in the cloud is watched.

use std::time::{Duration, Instant};

use crate::context::Context;
use crate::error::Error;
use crate::request::Raw;
use crate::retry::exponential;

/// How often to look: the client backs off unless the cloud says when to come again.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// The wait before the first look; each further one is twice as long.
    pub initial: Duration,
    /// The longest wait between looks.
    pub max: Duration,
    /// When to give up on work that does not end.
    pub timeout: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self { initial: Duration::from_millis(250), max: Duration::from_secs(5), timeout: Duration::from_secs(600) }
    }
}

/// The watch over one piece of work.
pub(crate) struct Watch<'a> {
    polling: &'a Polling,
    raw: &'a Raw,
    started: Instant,
    looks: u32,
}

impl<'a> Watch<'a> {
    /// Begins to watch what `raw` has started.
    pub(crate) fn new(polling: &'a Polling, raw: &'a Raw) -> Self {
        Self { polling, raw, started: Instant::now(), looks: 0 }
    }

    /// Waits until it is time for the next look.
    ///
    /// # Errors
    /// [`Error::Timeout`] or [`Error::Cancelled`], both of which leave the work going on.
    pub(crate) async fn pause(&mut self, asked: Option<Duration>, ctx: &Context) -> Result<(), Error> {
        self.looks += 1;
        let own = exponential(self.polling.initial, self.polling.max, self.looks);
        let pause = asked.unwrap_or(own).min(self.polling.timeout);
        let over = self.started.elapsed() + pause > self.polling.timeout;
        if !over && ctx.sleep(pause, &self.raw.object).await {
            return Ok(());
        }
        Err(if ctx.is_cancelled() {
            Error::Cancelled { call: self.raw.call(), sent: true }
        } else {
            Error::Timeout { call: self.raw.call(), after: self.started.elapsed(), sent: true }
        })
    }

    /// What a failed look means for the work that it was to watch.
    pub(crate) fn blinded(&self, error: Error) -> Error {
        Error::unwatched(self.raw.call(), error)
    }
}
